import { bodyOf, checkSingle, planResponse, respond } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { handlersOf } from './handlers.ts'
import { negotiate } from './media.ts'
import { planRead } from './plan/index.ts'
import type { PlanNode } from './plan/types.ts'
import { appliedPreferences } from './preferences.ts'
import { parseQuery } from './query/index.ts'
import { contentRange, rangeOf, statusOfRange } from './range.ts'
import type { Table } from './schema/types.ts'
import { countSql } from './sql/read.ts'
import { type Answer, statementSql } from './sql/statement.ts'
import { Params, tableName } from './sql/text.ts'
import type { Query } from './transaction.ts'

/** GET and HEAD of a table or view. */
export async function answerRead(exchange: Exchange, table: Table): Promise<Response> {
  const { request, url, schema, preferences, settings, maxRows, context, database, profile } = exchange
  const isHead = request.method === 'HEAD'
  const query = parseQuery(url.searchParams, false)
  const range = rangeOf(query, request)
  const node = planRead(query, {
    schema,
    table,
    name: table.name,
    source: tableName(table),
    isRead: true,
    maxRows,
    allowsAggregates: settings.aggregates,
  })
  Object.assign(node, { offset: range.offset, limit: smallest(range.limit, maxRows) })
  const media = negotiate(request.headers.get('accept'), settings.plan, handlersOf(schema, query, { table }))
  const params = new Params()
  const counts = preferences.count === 'exact' || preferences.count === 'estimated'
  const form = isHead ? { ...media.form, kind: 'none' as const } : media.form
  const countLimit = preferences.count === 'estimated' && maxRows !== undefined ? maxRows + 1 : undefined
  const statement = statementSql({ node, form, counts, countLimit }, params)
  return await database.run({ ...context, isReadOnly: true }, async (run) => {
    if (media.explain !== undefined)
      return planResponse(await run(`${media.explain} ${statement}`, params.values), media)
    const [answer] = (await run(statement, params.values)) as unknown as [Answer]
    const count = Number(answer.count)
    checkSingle(media, count)
    const total = await totalOf(exchange, node, answer, run)
    return respond(
      {
        status: statusOfRange(range.offset, count, total),
        body: isHead ? null : bodyOf(answer, media),
        headers: {
          'content-range': contentRange(range.offset, count, total),
          'content-location': `/${encodeURIComponent(table.name)}${query.canonical === '' ? '' : `?${query.canonical}`}`,
          'content-type': media.type,
          ...profile,
          ...appliedPreferences(preferences, ['count', 'tx', 'handling', 'timezone']),
        },
      },
      answer,
    )
  })
}

export function smallest(...numbers: (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

/** Counted, or what the planner expects: always for `planned`, and beyond the most rows of an answer for `estimated`. */
async function totalOf(
  { preferences, maxRows }: Exchange,
  node: PlanNode,
  answer: Answer,
  run: Query,
): Promise<number | undefined> {
  const counted = answer.total === null ? undefined : Number(answer.total)
  const { count } = preferences
  const isMany = count === 'estimated' && maxRows !== undefined && (counted ?? 0) > maxRows
  if (count !== 'planned' && !isMany) return counted
  const params = new Params()
  const [row] = await run(`explain (format json) ${countSql(node, params)}`, params.values)
  const [plan] = JSON.parse(Object.values(row ?? {})[0] ?? '[]') as { Plan: { 'Plan Rows': number } }[]
  return Math.max(counted ?? 0, plan?.Plan['Plan Rows'] ?? 0)
}
