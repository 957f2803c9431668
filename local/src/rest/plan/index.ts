import { apiError } from '../errors.ts'
import type { At, Query, Select, SelectedRelation } from '../query/types.ts'
import type { Schema, Table } from '../schema/types.ts'
import { tableName } from '../sql/text.ts'
import { findLink } from './links.ts'
import { aggregates, isToManySpread, nameOf, type PlanNode } from './types.ts'

export interface PlanOptions {
  schema: Schema
  table: Table | undefined
  name: string
  /** Where the rows come from: the table itself, or what a change or a function answered. */
  source: string
  /** Conditions, order and limits of the request count for its rows; after a change they counted already. */
  isRead: boolean
  maxRows: number | undefined
  allowsAggregates: boolean
}

/** The tree of relations that a request asks for. */
export function planRead(query: Query, options: PlanOptions): PlanNode {
  const { name, table, source, maxRows, allowsAggregates } = options
  const root: PlanNode = { ...emptyNode(name, query.select), table, source, as: name }
  addChildren(root, query.select, options, 1)
  place(root, query, options.isRead)
  for (const node of nodesOf(root)) {
    if (!allowsAggregates && node.fields.some(({ aggregate }) => aggregate))
      throw apiError(400, 'PGRST123', 'Use of aggregate functions is not allowed')
    checkSpread(node)
    checkOrder(node)
    if (options.isRead && maxRows !== undefined) node.limit = Math.min(node.limit ?? maxRows, maxRows)
  }
  expandStars(root, false)
  return root
}

function emptyNode(name: string, { fields }: Select): PlanNode {
  return {
    name,
    isSpread: false,
    fields: fields.map(withAlias),
    children: [],
    filters: [],
    order: [],
    offset: 0,
    source: '',
    as: name,
    key: '',
  }
}

/** A value inside JSON is named after its last key. */
function withAlias(field: Select['fields'][number]): Select['fields'][number] {
  if (field.alias || field.aggregate || field.path.length === 0) return field
  const last = field.path.findLast(({ isIndex }) => !isIndex)
  return { ...field, alias: last?.key ?? field.name }
}

function addChildren(parent: PlanNode, select: Select, options: PlanOptions, depth: number): void {
  for (const relation of select.relations) {
    const child = childOf(parent, relation, options, depth)
    parent.children.push(child)
    addChildren(child, relation.select, options, depth + 1)
  }
}

function childOf(
  parent: PlanNode,
  relation: SelectedRelation,
  { schema }: PlanOptions,
  depth: number,
): PlanNode {
  const link = findLink(schema, parent, relation)
  const node: PlanNode = {
    ...emptyNode(relation.name, relation.select),
    alias: relation.alias,
    join: relation.join,
    isSpread: relation.isSpread,
    table: link.to,
    link,
    source: tableName(link.to),
    as: shortName(link.to.name, `_${depth}`),
    key: shortName(`${parent.as}_${relation.alias ?? relation.name}`, `_${depth}`, parent.children.length),
  }
  if (node.isSpread) {
    node.fields = node.fields.map((field) => ({
      ...field,
      alias: field.alias ?? (field.aggregate as string | undefined),
    }))
  }
  return node
}

/** PostgreSQL cuts names after 63 bytes, and then two may be one; an end like `_junction` may still follow. `place`: among its siblings. */
function shortName(name: string, end: string, place = 0): string {
  if (Buffer.byteLength(name + end) <= 50) return name + end
  let short = name
  while (Buffer.byteLength(short) > 40) short = [...short].slice(0, -1).join('')
  return `${short}_${place}${end}`
}

function nodesOf(node: PlanNode): PlanNode[] {
  return [node, ...node.children.flatMap(nodesOf)]
}

/** Conditions, order and limits go to the relation that their path names. */
function place(root: PlanNode, query: Query, isRead: boolean): void {
  const counts = ({ path }: At<unknown>) => isRead || path.length > 0
  for (const { path, value } of query.filters.filter(counts)) nodeAt(root, path).filters.push(value)
  for (const { path, value } of query.logic.filter(counts)) nodeAt(root, path).filters.push(value)
  for (const { path, value } of query.order) nodeAt(root, path).order = value
  if (!isRead) return
  for (const { path, value } of query.limits) nodeAt(root, path).limit = value
  for (const { path, value } of query.offsets) nodeAt(root, path).offset = value
}

function nodeAt(root: PlanNode, path: string[]): PlanNode {
  return path.reduce((node, name) => {
    const child =
      node.children.find((candidate) => nameOf(candidate) === name) ??
      node.children.find((candidate) => candidate.name === name)
    if (child) return child
    throw notEmbedded(name)
  }, root)
}

function notEmbedded(name: string) {
  return apiError(
    400,
    'PGRST108',
    `'${name}' is not an embedded resource in this request`,
    null,
    `Verify that '${name}' is included in the 'select' query parameter.`,
  )
}

function checkSpread(node: PlanNode): void {
  if (isToManySpread(node) && aggregates(node)) {
    const details = 'Aggregates are not implemented for one-to-many or many-to-many spreads.'
    throw apiError(400, 'PGRST127', 'Feature not implemented', details)
  }
}

/** `order=clients(name)`: only by one row, and only by one that is embedded. */
function checkOrder(node: PlanNode): void {
  for (const term of node.order) {
    if (term.relation === undefined) continue
    const child = node.children.find((candidate) => nameOf(candidate) === term.relation)
    if (!child) throw notEmbedded(term.relation)
    if (child.link?.isToOne !== true) {
      throw apiError(
        400,
        'PGRST118',
        `A related order on '${nameOf(child)}' is not possible`,
        `'${node.table?.name ?? node.name}' and '${nameOf(child)}' do not form a many-to-one or one-to-one relationship`,
      )
    }
    term.relation = child.key
  }
}

/** `*` is written out where the columns are grouped or made into lists. */
function expandStars(node: PlanNode, isNeeded: boolean): void {
  const needed = isNeeded || node.fields.some(({ aggregate }) => aggregate) || isToManySpread(node)
  if (needed && node.table) {
    const columns = node.table.columns.map(({ name }) => ({ name, path: [] }))
    node.fields = node.fields.flatMap((field) => (field.name === '*' && !field.aggregate ? columns : [field]))
  }
  for (const child of node.children) expandStars(child, needed)
}
