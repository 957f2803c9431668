import { apiError } from '../errors.ts'
import type { PlanNode } from '../plan/types.ts'
import type { Filter, Logic } from '../query/types.ts'
import type { Table } from '../schema/types.ts'
import { type BodyField, bodySql } from './body.ts'
import { columnSql, logicSql } from './fields.ts'
import { ident, type Params, tableName } from './text.ts'

export interface Change {
  table: Table
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The body, as JSON, and the columns that it sets. */
  body: string
  columns: string[]
  conditions: Logic[]
  resolution?: 'merge' | 'ignore'
  /** Undefined: the primary key. */
  onConflict?: string[]
  withDefaults: boolean
  /** The columns to answer; none when only the number counts. */
  returning: string[]
}

/** The statement that changes the rows; what it returns is read as `pgrst_source`. */
export function changeSql(change: Change, params: Params): string {
  if (change.method === 'DELETE') return deleteSql(change, params)
  return change.method === 'PATCH' ? updateSql(change, params) : insertSql(change, params)
}

/** Counts what is inserted and takes off what was there already: the status of an upsert tells them apart. */
const counted = (step: '+ 1' | '- 1', result: string) =>
  `set_config('pgrst.inserted', (coalesce(nullif(current_setting('pgrst.inserted', true), '')::int, 0) ${step})::text, true) <> '${result}'`

function insertSql(change: Change, params: Params): string {
  const { table, columns, body, withDefaults, method, returning } = change
  const fields = fieldsOf(table, columns)
  const names = columns.map(ident).join(', ')
  const isPut = method === 'PUT'
  const isMerge = isPut || change.resolution === 'merge'
  const conditions = isPut
    ? change.conditions.map((logic) => logicSql({ prefix: 'pgrst_body', table, params }, logic))
    : []
  const into = `insert into ${tableName(table)}${columns.length === 0 ? '' : ` (${names})`}`
  const values =
    columns.length === 0 && /^\s*\{/.test(body)
      ? 'default values'
      : `select ${columns.map((name) => `pgrst_body.${ident(name)}`).join(', ')} ${bodySql({ text: body, fields, withDefaults }, params)}`
  if (values === 'default values') return `${into} default values ${returningSql(table, returning)}`
  const where = [...(isMerge ? [counted('+ 1', '0')] : []), ...conditions]
  return [
    into,
    values,
    where.length === 0 ? '' : `where ${where.join(' and ')}`,
    conflictSql(change, isMerge),
    returningSql(table, returning),
  ].join(' ')
}

function conflictSql({ table, columns, resolution, onConflict, method }: Change, isMerge: boolean): string {
  if (!isMerge && resolution !== 'ignore') return ''
  const keys = method === 'PUT' ? table.primaryKey : (onConflict ?? table.primaryKey)
  if (keys.length === 0) return ''
  const target = `on conflict (${keys.map(ident).join(', ')})`
  if (!isMerge || columns.length === 0) return `${target} do nothing`
  const set = columns.map((name) => `${ident(name)} = excluded.${ident(name)}`).join(', ')
  return `${target} do update set ${set} where ${counted('- 1', '-1')}`
}

function updateSql(change: Change, params: Params): string {
  const { table, columns, body, withDefaults, returning } = change
  const name = tableName(table)
  if (columns.length === 0) {
    const list = returning.map((column) => columnSql({ prefix: ident(table.name), table, params }, column))
    return `select ${list.length === 0 ? 'null' : list.join(', ')} from ${name} where false`
  }
  const set = columns.map((column) => `${ident(column)} = pgrst_body.${ident(column)}`).join(', ')
  const from = bodySql({ text: body, fields: fieldsOf(table, columns), withDefaults }, params)
  return `update ${name} set ${set} ${from} ${whereSql(change, params)} ${returningSql(table, returning)}`
}

function deleteSql(change: Change, params: Params): string {
  const { table, returning } = change
  return `delete from ${tableName(table)} ${whereSql(change, params)} ${returningSql(table, returning)}`
}

/** As the platform, whose API loads `safeupdate`. */
function whereSql({ table, conditions, method }: Change, params: Params): string {
  if (conditions.length === 0) {
    const verb = method === 'PATCH' ? 'UPDATE' : 'DELETE'
    throw apiError(400, '21000', `${verb} requires a WHERE clause`)
  }
  const scope = { prefix: tableName(table), table, params }
  return `where ${conditions.map((logic) => logicSql(scope, logic)).join(' and ')}`
}

function returningSql(table: Table, returning: string[]): string {
  if (returning.length === 0) return 'returning 1'
  const prefix = tableName(table)
  return `returning ${returning.map((name) => (name === '*' ? `${prefix}.*` : `${prefix}.${ident(name)}`)).join(', ')}`
}

function fieldsOf(table: Table, columns: string[]): BodyField[] {
  return columns.map((name) => {
    const column = table.columns.find((candidate) => candidate.name === name)
    if (column) return column
    const message = `Could not find the '${name}' column of '${table.name}' in the schema cache`
    throw apiError(400, 'PGRST204', message)
  })
}

/** The columns that the answer needs: those asked for, those of joins, and the primary key. */
export function neededColumns(node: PlanNode, primaryKey: string[]): string[] {
  const names = node.fields.map(({ name }) => name)
  const isComputed = node.children.some(({ link }) => link?.kind === 'computed')
  if (names.includes('*') || isComputed) return ['*']
  const keys = node.children.flatMap(({ link }) =>
    (link?.junction?.own ?? link?.columns ?? []).map(([own]) => own),
  )
  return [...new Set([...names, ...keys, ...primaryKey])]
}

/** PUT names one row: each column of its key with `eq`, and nothing else. */
export function checkPut(table: Table, filters: Filter[], hasLogic: boolean): void {
  const names = new Set(filters.map(({ field }) => field.name))
  const isKey = names.size === table.primaryKey.length && table.primaryKey.every((name) => names.has(name))
  const isPlain = filters.every(
    ({ condition }) => condition.operator === 'eq' && !condition.isNegated && !condition.quantifier,
  )
  if (hasLogic || table.primaryKey.length === 0 || !isKey || !isPlain) {
    const message = `Filters must include all and only primary key columns with 'eq' operators`
    throw apiError(405, 'PGRST105', message)
  }
}
