import { aggregates, isToManySpread, nameOf, type PlanNode } from '../plan/types.ts'
import type { SelectedField } from '../query/types.ts'
import type { ColumnPair } from '../schema/types.ts'
import { aggregateSql, columnSql, fieldSql, logicSql, orderSql, type Scope, selectedSql } from './fields.ts'
import { ident, type Params, tableName } from './text.ts'

/** A column that a spread relation hands to the relation around it. */
interface Spread {
  name: string
  aggregate?: string
  aggregateCast?: string
}

/** The rows of a node with all that is embedded in them. */
export function readSql(node: PlanNode, params: Params, parent?: PlanNode): string {
  const scope = scopeOf(node, params)
  const isCounted = !isToOneSpread(node)
  const fields = node.fields.length === 0 && node.children.length === 0 ? [ALL] : node.fields
  const extra = sortColumns(node, scope)
  const list = [
    ...fields.map((field) => selectedSql(scope, field, isCounted)),
    ...extra.map(({ sql, name }) => `${sql} as ${ident(name)}`),
    ...node.children.flatMap((child) => embeddedColumns(child, isCounted)),
  ]
  const joins = node.children.map((child) => joinSql(child, node, params))
  const where = conditionsSql(node, scope, parent, (name) => {
    const child = node.children.find((candidate) => nameOf(candidate) === name)
    return child && { is: (negated) => `${ident(child.key)} is ${negated ? '' : 'not '}distinct from null` }
  })
  return [
    `select ${list.join(', ')}`,
    fromSql(node, parent),
    ...joins,
    where,
    groupSql(node, scope, isCounted),
    isToManySpread(node) ? '' : orderSql(scope, node.order),
    limitSql(node, params),
  ]
    .filter((part) => part !== '')
    .join(' ')
}

/** One row for each of the node's: what is joined from the inside counts by its being there. */
export function countSql(node: PlanNode, params: Params, parent?: PlanNode): string {
  const scope = scopeOf(node, params)
  const tested = new Set<PlanNode>()
  const where = conditionsSql(node, scope, parent, (name) => {
    const child = node.children.find((candidate) => nameOf(candidate) === name)
    if (!child) return undefined
    // What is joined from the inside is there.
    if (child.join === 'inner') return { is: (negated) => String(negated) }
    tested.add(child)
    return { is: (negated) => `${ident(child.key)} is ${negated ? '' : 'not '}distinct from null` }
  })
  // Each child once, however often it is asked for: what is nested would else be written out again for every level.
  const joins = [...tested].map(
    (child) => `left join lateral (${countSql(child, params, node)} limit 1) as ${ident(child.key)} on true`,
  )
  const inner = node.children
    .filter(({ join }) => join === 'inner')
    .map((child) => `exists (${countSql(child, params, node)})`)
  const all = [where.replace(/^where /, ''), ...inner].filter((part) => part !== '')
  return [
    `select 1 ${fromSql(node, parent)}`,
    ...joins,
    ...(all.length === 0 ? [] : [`where ${all.join(' and ')}`]),
  ].join(' ')
}

const ALL: SelectedField = { name: '*', path: [] }

const isToOneSpread = (node: PlanNode) => node.isSpread && node.link?.isToOne === true

function scopeOf(node: PlanNode, params: Params): Scope {
  return { prefix: ident(node.as), table: node.table, params }
}

function fromSql(node: PlanNode, parent: PlanNode | undefined): string {
  const { link } = node
  if (link?.kind === 'computed' && link.routine && parent) {
    return `from ${tableName(link.routine)}(${ident(parent.as)}::${tableName(link.from)}) as ${ident(node.as)}`
  }
  const junction = link?.junction ? `, ${tableName(link.junction.table)} as ${ident(junctionName(node))}` : ''
  return `from ${node.source} as ${ident(node.as)}${junction}`
}

const junctionName = (node: PlanNode) => `${node.as}_junction`

type EmbedTest = (name: string) => { is(negated: boolean): string } | undefined

function conditionsSql(node: PlanNode, scope: Scope, parent: PlanNode | undefined, embed: EmbedTest): string {
  const filters = node.filters.map((logic) =>
    logicSql(scope, logic, ({ field, condition }) => {
      const isNull = condition.operator === 'is' && condition.value === 'null' && field.path.length === 0
      return isNull ? embed(field.name)?.is(condition.isNegated) : undefined
    }),
  )
  const all = [...filters, ...(parent ? joinConditions(node, parent) : [])]
  return all.length === 0 ? '' : `where ${all.join(' and ')}`
}

function joinConditions(node: PlanNode, parent: PlanNode): string[] {
  const { link } = node
  if (!link) return []
  const equal = (own: string, other: string, pairs: ColumnPair[]) =>
    pairs.map(([one, two]) => `${ident(own)}.${ident(one)} = ${ident(other)}.${ident(two)}`)
  if (!link.junction) return equal(parent.as, node.as, link.columns)
  const between = junctionName(node)
  return [...equal(parent.as, between, link.junction.own), ...equal(node.as, between, link.junction.other)]
}

/** What is embedded without a column is there for its conditions alone. */
function isShown(node: PlanNode): boolean {
  return node.fields.length > 0 || node.children.some(isShown)
}

function embeddedColumns(child: PlanNode, isCounted: boolean): string[] {
  const key = ident(child.key)
  if (child.isSpread) {
    return spreadColumns(child).map(({ name, aggregate, aggregateCast }) => {
      const column = name === '*' ? `${key}.*` : `${key}.${ident(name)}`
      if (!isCounted || aggregate === undefined) return column
      return `${aggregateSql(column, aggregate, aggregateCast)} as ${ident(name)}`
    })
  }
  if (!isShown(child)) return []
  const name = ident(nameOf(child))
  return child.link?.isToOne
    ? [`row_to_json(${key}.*)::jsonb as ${name}`]
    : [`coalesce(${key}.${key}, '[]') as ${name}`]
}

/** The columns of a spread relation, and of those that are spread in it. */
function spreadColumns(node: PlanNode): Spread[] {
  return [
    ...node.fields.map(({ name, alias, aggregate, aggregateCast }) => ({
      name: alias ?? name,
      aggregate,
      aggregateCast,
    })),
    ...node.children.flatMap((child) =>
      child.isSpread ? spreadColumns(child) : isShown(child) ? [{ name: nameOf(child) }] : [],
    ),
  ]
}

function joinSql(child: PlanNode, parent: PlanNode, params: Params): string {
  const key = ident(child.key)
  const isInner = child.join === 'inner'
  const kind = isInner ? 'inner' : 'left'
  const rows = readSql(child, params, parent)
  if (child.link?.isToOne) return `${kind} join lateral (${rows}) as ${key} on true`
  const lists = isToManySpread(child) ? spreadLists(child, params) : []
  const list = [`json_agg(${key})::jsonb as ${key}`, ...lists].join(', ')
  // Of no row there is no list, and so nothing to join.
  return `${kind} join lateral (select ${list} from (${rows}) as ${key}) as ${key} on ${isInner ? `${key}.${key} is not null` : 'true'}`
}

/** Of many rows every column becomes a list, in the order that was asked for. */
function spreadLists(child: PlanNode, params: Params): string[] {
  const key = ident(child.key)
  const terms = child.order.map((term, index) => ({
    field: { name: sortName(index), path: [] },
    direction: term.direction,
    nulls: term.nulls,
  }))
  const order = orderSql({ prefix: key, table: undefined, params }, terms)
  return spreadColumns(child).map(
    ({ name }) => `coalesce(json_agg(${key}.${ident(name)} ${order}), '[]')::jsonb as ${ident(name)}`,
  )
}

const sortName = (index: number) => `pgrst_sort_${index}`

function sortColumns(node: PlanNode, scope: Scope): { sql: string; name: string }[] {
  if (!isToManySpread(node)) return []
  return node.order.map(({ field, relation }, index) => {
    const of = relation === undefined ? scope : { ...scope, prefix: ident(relation), table: undefined }
    return { sql: fieldSql(of, field), name: sortName(index) }
  })
}

function groupSql(node: PlanNode, scope: Scope, isCounted: boolean): string {
  if (!isCounted || !aggregates(node)) return ''
  const terms = [
    ...node.fields
      .filter(({ aggregate }) => !aggregate)
      .map((field) => (field.alias === undefined ? columnSql(scope, field.name) : ident(field.alias))),
    ...node.children.flatMap((child) => {
      if (!child.isSpread) return isShown(child) ? [ident(nameOf(child))] : []
      return spreadColumns(child)
        .filter(({ aggregate }) => !aggregate)
        .map(({ name }) => `${ident(child.key)}.${ident(name)}`)
    }),
  ]
  return terms.length === 0 ? '' : `group by ${terms.join(', ')}`
}

function limitSql({ limit, offset }: PlanNode, params: Params): string {
  if (limit === undefined && offset === 0) return ''
  return `limit ${limit === undefined ? 'all' : params.add(String(limit))} offset ${params.add(String(offset))}`
}
