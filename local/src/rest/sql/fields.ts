import type { Condition, Field, Filter, JsonStep, Logic, OrderTerm, SelectedField } from '../query/types.ts'
import type { Table } from '../schema/types.ts'
import { arrayLiteral, ident, type Params } from './text.ts'

/** Where the columns of an expression come from. */
export interface Scope {
  /** What stands before the dot. */
  prefix: string
  table: Table | undefined
  params: Params
}

export function columnSql({ prefix }: Scope, name: string): string {
  return name === '*' ? `${prefix}.*` : `${prefix}.${ident(name)}`
}

export function fieldSql(scope: Scope, { name, path }: Field): string {
  const column = columnSql(scope, name)
  if (path.length === 0) return column
  const type = scope.table?.columns.find((candidate) => candidate.name === name)?.baseType
  const json = type === 'json' || type === 'jsonb' ? column : `to_jsonb(${column})`
  return `${json}${path.map((step) => stepSql(step, scope.params)).join('')}`
}

function stepSql({ arrow, key, isIndex }: JsonStep, params: Params): string {
  return `${arrow}${params.add(key)}${isIndex ? '::int' : ''}`
}

/** A column of an answer with its cast, what is counted of it, and its name. */
export function selectedSql(scope: Scope, field: SelectedField, isCounted: boolean): string {
  const { cast, aggregate, aggregateCast, alias } = field
  const isRow = field.name === '*' && aggregate === 'count'
  const plain = isRow && !isCounted ? scope.prefix : isRow ? '*' : fieldSql(scope, field)
  const value = castSql(plain, cast)
  const counted = isCounted ? aggregateSql(value, aggregate, aggregateCast) : value
  return alias === undefined ? counted : `${counted} as ${ident(alias)}`
}

export function aggregateSql(value: string, aggregate: string | undefined, cast: string | undefined): string {
  return aggregate === undefined ? value : castSql(`${aggregate}(${value})`, cast)
}

/** The name of a type is letters, digits and spaces, as it was parsed. */
function castSql(value: string, cast: string | undefined): string {
  return cast === undefined ? value : `cast(${value} as ${cast})`
}

export function orderSql(scope: Scope, terms: OrderTerm[]): string {
  if (terms.length === 0) return ''
  const sorted = terms.map(({ field, relation, direction = '', nulls }) => {
    const of = relation === undefined ? scope : { ...scope, prefix: ident(relation), table: undefined }
    const last = nulls === undefined ? '' : nulls === 'nullsfirst' ? 'nulls first' : 'nulls last'
    return `${fieldSql(of, field)} ${direction} ${last}`
  })
  return `order by ${sorted.join(', ')}`
}

/** `own` answers a condition by itself where it can. */
export function logicSql(scope: Scope, logic: Logic, own?: (filter: Filter) => string | undefined): string {
  if ('parts' in logic) {
    const parts = logic.parts.map((part) => logicSql(scope, part, own)).join(` ${logic.operator} `)
    return `${logic.isNegated ? 'not ' : ''}(${parts})`
  }
  return own?.(logic) ?? filterSql(scope, logic)
}

const OPERATORS: Record<string, string> = {
  eq: '=',
  neq: '<>',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  like: 'like',
  ilike: 'ilike',
  match: '~',
  imatch: '~*',
  cs: '@>',
  cd: '<@',
  ov: '&&',
  sl: '<<',
  sr: '>>',
  nxr: '&<',
  nxl: '&>',
  adj: '-|-',
  isdistinct: 'is distinct from',
}

const SEARCHES: Record<string, string> = {
  fts: 'to_tsquery',
  plfts: 'plainto_tsquery',
  phfts: 'phraseto_tsquery',
  wfts: 'websearch_to_tsquery',
}

function filterSql(scope: Scope, { field, condition }: Filter): string {
  const { isNegated, operator } = condition
  const search = SEARCHES[operator]
  const sql = search
    ? searchSql(scope, field, condition, search)
    : `${fieldSql(scope, field)} ${comparedSql(scope, condition)}`
  return isNegated ? `not ${sql}` : sql
}

function comparedSql({ params }: Scope, { operator, value, quantifier }: Condition): string {
  if (Array.isArray(value)) {
    const isEmpty = value.length === 1 && value[0] === ''
    return `= any (${params.add(isEmpty ? '{}' : arrayLiteral(value))})`
  }
  if (operator === 'is') return `is ${value.replace('_', ' ')}`
  const pattern = operator === 'like' || operator === 'ilike' ? value.replaceAll('*', '%') : value
  const sql = params.add(pattern)
  return `${OPERATORS[operator]} ${quantifier ? `${quantifier} (${sql})` : sql}`
}

/** What is no `tsvector` is made one first. */
function searchSql(scope: Scope, field: Field, { language, value }: Condition, search: string): string {
  const { params, table } = scope
  const type = table?.columns.find(({ name }) => name === field.name)?.baseType
  const config = () => (language === undefined ? '' : `${params.add(language)}, `)
  const column = fieldSql(scope, field)
  const vector = type === 'tsvector' ? column : `to_tsvector(${config()}${column})`
  return `${vector} @@ ${search}(${config()}${params.add(String(value))})`
}
