import type { Database } from '../database.ts'
import type { Row, RowChange } from '../pgoutput.ts'
import type { Transaction } from '../replication.ts'
import { conditionSql } from './conditions.ts'
import { type Converted, dataOf, failedData } from './payload.ts'
import type { Subscription } from './subscription.ts'
import { readTable, type Table } from './table.ts'
import { untilVisible, visibleTo } from './visibility.ts'

const mostBytes = 1024 * 1024

/** What a subscription is told of a change. */
export interface Told {
  subscription: Subscription
  data: string
}

/** Decides who hears of a change, and in which words: filters, rights on columns, policies, in this order. */
export async function applyChange(
  database: Database,
  change: RowChange,
  transaction: Transaction,
  subscriptions: Subscription[],
  log: (line: string) => void,
): Promise<Told[]> {
  const { type, relation, row } = change
  await untilVisible(database, transaction.xid)
  const roles = [...new Set(subscriptions.map(({ channel }) => channel.claims.role))]
  const table = await readTable(database.pool, relation.oid, roles)
  if (!table) return []
  const keys = table.columns.filter(({ isKey }) => isKey)
  const told: Told[] = []
  const candidates: Subscription[] = []
  for (const subscription of subscriptions) {
    const { role } = subscription.channel.claims
    const reads = keys.every(({ readers }) => readers.includes(role))
    if (type !== 'DELETE' && keys.length === 0)
      told.push({ subscription, data: failedData(change, table, 'Error 400: Bad Request, no primary key') })
    else if (type !== 'DELETE' && !reads)
      told.push({ subscription, data: failedData(change, table, 'Error 401: Unauthorized') })
    else candidates.push(subscription)
  }
  if (candidates.length === 0) return told
  const { converted, passing } = await convert(database, change, table, candidates)
  const asksPolicies = table.hasRls && type !== 'DELETE'
  const seen = asksPolicies
    ? await visibleTo(
        database,
        table,
        row,
        passing.map(({ channel }) => channel.claims),
        log,
      )
    : []
  const made = new Map<string, string>()
  passing.forEach((subscription, index) => {
    if (asksPolicies && !seen[index]) return
    const { select } = subscription.wanted
    const { role } = subscription.channel.claims
    const key = JSON.stringify([role, select])
    const data = made.get(key) ?? dataOf(change, table, transaction.committedAt, role, select, converted)
    made.set(key, data)
    told.push({ subscription, data })
  })
  return told
}

/** Values as JSON and the filters' answers, in one query: PostgreSQL knows its types best. */
async function convert(
  database: Database,
  { type, row, old }: RowChange,
  table: Table,
  subscriptions: Subscription[],
): Promise<{ converted: Converted; passing: Subscription[] }> {
  const types = new Map(table.columns.map((column) => [column.name, column.type]))
  const values: (string | null)[] = []
  const place = (value: string | null) => `$${values.push(value)}`
  const outputs: string[] = []
  // A bytea is told as it is written; its JSON would be encoded twice.
  const output = (name: string, value: string | null) => {
    const sqlType = types.get(name) ?? 'text'
    outputs.push(`to_jsonb(${place(value)}::text::${sqlType === 'bytea' ? 'text' : sqlType})::text`)
  }
  const names = (part: Row) => Object.keys(part).filter((name) => types.has(name))
  for (const part of [row, old]) for (const name of names(part)) output(name, part[name] ?? null)
  const judged = type === 'DELETE' ? old : row
  const conditions = new Map<string, number>()
  const positions = subscriptions.map(({ wanted }) =>
    wanted.filters.map((filter) => {
      const value = judged[filter.column]
      const columnType = types.get(filter.column)
      if (value === undefined || columnType === undefined) return -1
      const key = JSON.stringify(filter)
      const known = conditions.get(key)
      if (known !== undefined) return known
      const right = filter.op === 'is' ? '' : place(filter.value)
      const at = outputs.push(conditionSql(filter, columnType, place(value), right)) - 1
      conditions.set(key, at)
      return at
    }),
  )
  const { rows } = await database.pool.query<unknown[]>({
    text: `select ${outputs.join(', ') || '1'}`,
    values,
    rowMode: 'array',
  })
  const answers = rows[0] ?? []
  const read = (part: Row, from: number) =>
    new Map(names(part).map((name, index) => [name, (answers[from + index] as string | null) ?? 'null']))
  const size = [...Object.values(row), ...Object.values(old)].reduce(
    (sum, value) => sum + Buffer.byteLength(value ?? ''),
    0,
  )
  return {
    converted: { row: read(row, 0), old: read(old, names(row).length), tooLarge: size > mostBytes },
    passing: subscriptions.filter((_, index) =>
      (positions[index] ?? []).every((at) => at >= 0 && answers[at] === true),
    ),
  }
}
