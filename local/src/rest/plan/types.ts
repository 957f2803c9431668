import type { Logic, OrderTerm, SelectedField } from '../query/types.ts'
import type { Link, Table } from '../schema/types.ts'

/** A relation of the request with all that belongs to it. */
export interface PlanNode {
  name: string
  alias?: string
  join?: 'inner' | 'left'
  isSpread: boolean
  fields: SelectedField[]
  children: PlanNode[]
  filters: Logic[]
  order: OrderTerm[]
  limit?: number
  offset: number
  /** Unknown for a function that answers plain values. */
  table?: Table
  /** What stands after `from`. */
  source: string
  /** The name under which its columns are meant. */
  as: string
  /** From the relation around it. */
  link?: Link
  /** The name of what is joined to the relation around it. */
  key: string
}

export const nameOf = ({ alias, name }: Pick<PlanNode, 'alias' | 'name'>) => alias ?? name

export const isToManySpread = ({ isSpread, link }: PlanNode) => isSpread && link?.isToOne === false

/** Whether anything of the node is counted or summed, where that is done in the node itself. */
export function aggregates(node: PlanNode): boolean {
  return (
    node.fields.some(({ aggregate }) => aggregate) ||
    node.children.some((child) => child.isSpread && child.link?.isToOne === true && aggregates(child))
  )
}
