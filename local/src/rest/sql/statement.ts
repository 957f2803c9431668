import type { PlanNode } from '../plan/types.ts'
import type { Name, Routine, Table } from '../schema/types.ts'
import { countSql, readSql } from './read.ts'
import { literal, type Params, tableName } from './text.ts'

/** What the rows of an answer are made into. */
export interface Form {
  kind: 'list' | 'one' | 'csv' | 'geojson' | 'none' | 'raw'
  /** Of `raw`: what makes rows into the answer, where it is no function's own value. */
  aggregate?: Name
  /** The relation whose rows that takes; every one when there is none. */
  rowsOf?: Name
  /** Of `raw`: it is written as hexadecimal digits. */
  isBytes?: boolean
  /** Without the keys whose value is null. */
  isStripped: boolean
}

/** One row: how many there are, how many are here, the body, and what functions said about the answer. */
export interface Answer {
  total: string | null
  count: string
  body: string | null
  headers: string | null
  status: string | null
  inserted: string | null
  location: string | null
}

const ANSWER = `nullif(current_setting('response.headers', true), '') as headers, nullif(current_setting('response.status', true), '') as status`

export interface StatementOptions {
  node: PlanNode
  form: Form
  /** Whether all rows are counted, and up to which number. */
  counts: boolean
  countLimit?: number
  /** A change or a call whose rows are read as `pgrst_source`. */
  source?: string
  routine?: Routine
  /** After an upsert: how many of the rows are new. */
  hasInserted?: boolean
  /** The key of a single inserted row, as its address. */
  locationOf?: Table
}

export function statementSql(options: StatementOptions, params: Params): string {
  const { node, source, counts, routine, countLimit, form } = options
  // After a change no column is asked for where nothing is answered.
  const isBare = source !== undefined && !routine && form.kind === 'none'
  const rows = isBare ? 'select * from pgrst_source' : readSql(node, params)
  const parts = [
    ...(source === undefined ? [] : [`pgrst_source as (${source})`]),
    `pgrst_rows as (${rows})`,
    ...(counts
      ? [
          `pgrst_count as (${countSql(node, params)}${countLimit === undefined ? '' : ` limit ${countLimit}`})`,
        ]
      : []),
  ]
  const isSingle = routine !== undefined && !routine.returnsSet
  return `with ${parts.join(', ')}
    select ${counts ? '(select count(*) from pgrst_count)::text' : 'null'} as total,
      ${isSingle ? `'1'` : 'count(_row)::text'} as count,
      ${bodyOf(form, routine)}::text as body, ${ANSWER},
      ${options.hasInserted ? `nullif(current_setting('pgrst.inserted', true), '')` : 'null'} as inserted,
      ${options.locationOf ? locationSql(options.locationOf) : 'null'} as location
    from (select * from pgrst_rows) as _row`
}

function bodyOf(form: Form, routine: Routine | undefined): string {
  const { kind, isStripped } = form
  const isValue = routine !== undefined && !routine.returnsRows
  const isSingle = routine !== undefined && !routine.returnsSet
  const stripped = (json: string) => (isStripped ? `json_strip_nulls(${json})` : json)
  const all = `json_agg(${isValue ? '_row.pgrst_scalar' : '_row'})`
  switch (kind) {
    case 'none':
      return `''`
    case 'csv':
      return CSV
    case 'raw':
      return rawSql(form, isValue)
    case 'geojson':
      return `json_build_object('type', 'FeatureCollection', 'features', coalesce(json_agg(st_asgeojson(_row)::json), '[]'))`
    case 'one':
      return `coalesce(${stripped(`${all}->0`)}, 'null')`
    default:
      return isSingle ? `coalesce(${stripped(`${all}->0`)}, 'null')` : `coalesce(${stripped(all)}, '[]')`
  }
}

function rawSql({ aggregate, rowsOf, isBytes }: Form, isValue: boolean): string {
  const value = isValue ? '_row.pgrst_scalar' : '_row'
  const made = () => {
    // Without the type of its row PostgreSQL cannot tell two aggregates of one name apart.
    if (aggregate) return `${tableName(aggregate)}(${value}${rowsOf ? `::${tableName(rowsOf)}` : ''})`
    // As text: of lists there would be a list of two dimensions.
    return `(array_agg(${isBytes ? value : `${value}::text`}))[1]`
  }
  return isBytes ? `encode(${made()}::bytea, 'hex')` : made()
}

/** The names of the columns, and each row as PostgreSQL writes it. */
const CSV = `(
        select coalesce(string_agg(keys.name, ','), '')
        from (select json_object_keys(row_to_json(first_row)) as name from (select * from pgrst_rows limit 1) as first_row) as keys
      ) || E'\\n' || coalesce(string_agg(substring(_row::text, 2, length(_row::text) - 2), E'\\n'), '')`

function locationSql({ primaryKey }: Table): string {
  return `case when count(_row) = 1 then (
        select json_agg(json_build_array(entry.key, coalesce('eq.' || entry.value, 'is.null')))::text
        from (select row_to_json(one) as row from pgrst_source as one limit 1) as first_row
        cross join json_each_text(first_row.row) as entry
        where entry.key = any (array[${primaryKey.map(literal).join(', ')}]::text[])
      ) end`
}
