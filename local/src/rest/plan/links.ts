import { apiError } from '../errors.ts'
import type { SelectedRelation } from '../query/types.ts'
import type { Link, Schema } from '../schema/types.ts'
import { closest } from './closest.ts'
import type { PlanNode } from './types.ts'

/** The one way from a relation to what is embedded in it, by its name and hint. */
export function findLink(schema: Schema, parent: PlanNode, { name, hint }: SelectedRelation): Link {
  const all = parent.table ? schema.linksFrom(parent.table) : []
  const found = all.filter((link) => fits(link, name, hint))
  const [first] = found
  if (first && found.length === 1) return first
  const from = parent.table?.name ?? parent.name
  throw first ? ambiguous(from, name, found) : notFound(schema, parent, from, name, hint, all)
}

function fits(link: Link, name: string, hint: string | undefined): boolean {
  if (link.kind === 'computed') return link.routine?.name === name
  if (link.from === link.to) return fitsItself(link, name, hint)
  const isByKey = link.kind !== 'many-to-many'
  const only = link.columns.length === 1 ? link.columns[0] : undefined
  if (hint === undefined) {
    if (link.to.name === name) return true
    return isByKey && !link.to.isView && (link.constraint === name || only?.[0] === name)
  }
  if (link.to.name !== name) return false
  if (!isByKey) return link.junction?.table.name === hint
  return link.constraint === hint || only?.[0] === hint || only?.[1] === hint
}

/** A key from a table to itself is two ways: its name leads to the many, its column to the one. */
function fitsItself(link: Link, name: string, hint: string | undefined): boolean {
  const only = link.columns.length === 1 ? link.columns[0] : undefined
  const isMany = link.kind === 'one-to-many' && link.to.name === name
  if (hint !== undefined) return isMany && only?.[1] === hint
  return isMany || (link.kind === 'many-to-one' && only?.[0] === name)
}

function ambiguous(from: string, name: string, found: Link[]) {
  const hints = found.map((link) => `'${link.to.name}!${link.junction?.table.name ?? link.constraint}'`)
  return apiError(
    300,
    'PGRST201',
    `Could not embed because more than one relationship was found for '${from}' and '${name}'`,
    found.map(described),
    `Try changing '${name}' to one of the following: ${hints.join(', ')}. Find the desired relationship in the 'details' key.`,
  )
}

function described({ kind, from, to, constraint, columns, junction }: Link) {
  const list = (names: string[]) => `(${names.join(', ')})`
  const columnsOf = (pairs: [string, string][], place: 0 | 1) => list(pairs.map((pair) => pair[place]))
  const relationship = junction
    ? `${junction.table.name} using ${junction.constraints[0]}${columnsOf(junction.own, 1)} and ${junction.constraints[1]}${columnsOf(junction.other, 1)}`
    : `${constraint} using ${from.name}${columnsOf(columns, 0)} and ${to.name}${columnsOf(columns, 1)}`
  return { cardinality: kind, embedding: `${from.name} with ${to.name}`, relationship }
}

function notFound(
  schema: Schema,
  parent: PlanNode,
  from: string,
  name: string,
  hint: string | undefined,
  links: Link[],
) {
  const where = parent.table?.schema ?? ''
  const using = hint === undefined ? '' : `' using the hint '${hint}`
  return apiError(
    400,
    'PGRST200',
    `Could not find a relationship between '${from}' and '${name}' in the schema cache`,
    `Searched for a foreign key relationship between '${from}' and '${name}${using}' in the schema '${where}', but no matches were found.`,
    suggestion(schema, where, from, name, links),
  )
}

function suggestion(schema: Schema, where: string, from: string, name: string, links: Link[]): string | null {
  const withLinks = schema.tables.filter(
    (table) => table.schema === where && schema.linksFrom(table).length > 0,
  )
  const known = links.length > 0
  const candidates = known ? links.map(({ to }) => to.name) : withLinks.map((table) => table.name)
  const wrong = known ? name : from
  if (candidates.includes(wrong)) return null
  const right = closest(wrong, candidates, 0.33)
  return right ? `Perhaps you meant '${right}' instead of '${wrong}'.` : null
}
