import type pg from 'pg'
import { sqlState } from '../database.ts'
import type { Filter } from './filters.ts'
import type { Column, Table } from './table.ts'

const SYMBOLS: Record<string, string> = {
  eq: '=',
  neq: '<>',
  lt: '<',
  lte: '<=',
  gt: '>',
  gte: '>=',
  like: 'like',
  ilike: 'ilike',
  match: '~',
  imatch: '~*',
}

/** The filter as SQL over a value and a condition that are text; what compares with null does not hold. */
export function conditionSql(
  { op, value, negate }: Filter,
  type: string,
  left: string,
  right: string,
): string {
  const typed = `(${left}::text::${type})`
  const not = negate ? 'not ' : ''
  if (op === 'is') return `(${typed} is ${not}${value})`
  if (op === 'isdistinct')
    return `(${typed} is ${negate ? 'not ' : ''}distinct from (${right}::text::${type}))`
  if (op === 'in') return `coalesce(${not}(${typed} = any (${right}::text::${type}[])), false)`
  return `coalesce(${not}(${typed} ${SYMBOLS[op]} (${right}::text::${type})), false)`
}

/** Throws what a client is told about a filter, or a column, that cannot be followed. */
export async function checkFilters(
  db: pg.Pool,
  table: Table,
  role: string,
  filters: Filter[],
  select: string[] | undefined,
): Promise<void> {
  const readable = new Map(
    table.columns.filter(({ readers }) => readers.includes(role)).map((column) => [column.name, column]),
  )
  for (const filter of filters) {
    const column = readable.get(filter.column)
    if (!column) throw raised(`invalid column for filter ${filter.column}`)
    await checkFilter(db, filter, column)
  }
  for (const name of select ?? []) {
    if (!readable.has(name)) throw raised(`invalid column for select ${name}`)
  }
}

async function checkFilter(db: pg.Pool, filter: Filter, { type }: Column): Promise<void> {
  const { op, value } = filter
  if (op === 'is') {
    if (!['null', 'true', 'false', 'unknown'].includes(value))
      throw raised('invalid value for is filter: must be null, true, false, or unknown')
    if (value !== 'null' && type !== 'boolean')
      throw raised(`is ${value} filter requires a boolean column, got ${type}`)
    return
  }
  try {
    await db.query(`select ${conditionSql(filter, type, '$1', '$2')}`, [null, value])
    if (op === 'in') {
      const { rows } = await db.query<{ count: number }>(
        `select coalesce(cardinality($1::text::${type}[]), 0) as count`,
        [value],
      )
      if ((rows[0]?.count ?? 0) > 100) throw raised('too many values for `in` filter. Maximum 100')
    }
    if (op === 'match' || op === 'imatch') await db.query(`select '' ~ $1`, [value])
  } catch (error) {
    const { message } = error as Error
    if (sqlState(error) === '42883' && SYMBOLS[op] && op.length > 3)
      throw raised(`operator ${op} requires a text-compatible column type, got ${type}`)
    if (sqlState(error) === '2201B') throw raised(`invalid regular expression for ${op} filter: ${message}`)
    throw sqlState(error) === undefined ? error : new Error(`ERROR ${sqlState(error)} ${message}`)
  }
}

const raised = (message: string) => new Error(`ERROR P0001 (raise_exception) ${message}`)
