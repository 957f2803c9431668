import type { RowChange } from '../pgoutput.ts'
import type { Table } from './table.ts'

/** Values as JSON text, by column. */
type JsonRow = Map<string, string>

export interface Converted {
  row: JsonRow
  old: JsonRow
  tooLarge: boolean
}

/** `data` of a message, for a role and the columns that were asked for. */
export function dataOf(
  change: Pick<RowChange, 'type'>,
  table: Table,
  committedAt: Date,
  role: string,
  select: string[] | undefined,
  { row, old, tooLarge }: Converted,
): string {
  const { type } = change
  const columns = table.columns.filter(
    ({ name, isKey, readers }) => readers.includes(role) && (!select || isKey || select.includes(name)),
  )
  const write = (values: JsonRow, keysOnly = false) => {
    const parts = columns.flatMap(({ name, isKey }) => {
      const value = values.get(name)
      if (value === undefined || (keysOnly && !isKey)) return []
      if (tooLarge && Buffer.byteLength(value) > 64) return []
      return [`${JSON.stringify(name)}:${value}`]
    })
    return `{${parts.join(',')}}`
  }
  // A large value that an UPDATE left alone comes from the old row, if that holds it.
  const now = new Map([...old, ...row])
  const parts = [
    ...head(table, type),
    `"commit_timestamp":${JSON.stringify(committedAt.toISOString())}`,
    `"columns":${JSON.stringify(columns.map(({ name, typname }) => ({ name, type: typname })))}`,
    ...(type === 'DELETE' ? [] : [`"record":${write(now)}`]),
    // Policies cannot be asked about a row that is gone: of a table that has them only the key is told.
    ...(type === 'INSERT' ? [] : [`"old_record":${write(old, type === 'DELETE' && table.hasRls)}`]),
    `"errors":${tooLarge ? '["Error 413: Payload Too Large"]' : 'null'}`,
  ]
  return `{${parts.join(',')}}`
}

/** In place of a change that a subscriber cannot be shown. */
export function failedData({ type }: Pick<RowChange, 'type'>, table: Table, error: string): string {
  const parts = [
    ...head(table, type),
    '"commit_timestamp":null,"columns":[]',
    ...(type === 'DELETE' ? [] : ['"record":{}']),
    ...(type === 'INSERT' ? [] : ['"old_record":{}']),
    `"errors":${JSON.stringify([error])}`,
  ]
  return `{${parts.join(',')}}`
}

const head = ({ schema, name }: Table, type: string) => [
  `"schema":${JSON.stringify(schema)}`,
  `"table":${JSON.stringify(name)}`,
  `"type":"${type}"`,
]
