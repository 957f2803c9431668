import { bodyOf, checkAffected, checkSingle, planResponse, respond } from './answer.ts'
import { apiError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { handlersOf } from './handlers.ts'
import { negotiate } from './media.ts'
import { mediaType, type Payload, payloadOf } from './payload.ts'
import { planRead } from './plan/index.ts'
import { appliedPreferences, mostAffected } from './preferences.ts'
import { parseQuery } from './query/index.ts'
import type { Query } from './query/types.ts'
import { contentRange, rangeOf, statusOfRange } from './range.ts'
import { smallest } from './read.ts'
import { findRoutine } from './routines.ts'
import type { Routine } from './schema/types.ts'
import { isolationOf } from './settings.ts'
import { type Arguments, callSql } from './sql/call.ts'
import { type Answer, statementSql } from './sql/statement.ts'
import { Params } from './sql/text.ts'
import type { Context } from './transaction.ts'

/** GET, HEAD and POST of a function. */
export async function answerCall(exchange: Exchange, name: string): Promise<Response> {
  const { request, url, schema, schemaName, preferences, settings, maxRows, context, database, profile } =
    exchange
  if (!/^(GET|HEAD|POST)$/.test(request.method))
    throw apiError(405, 'PGRST101', `Cannot use the ${request.method} method on RPC`)
  const isPost = request.method === 'POST'
  const query = parseQuery(url.searchParams, !isPost)
  const payload = isPost ? await payloadOf(request, true, query.columns) : undefined
  const names = payload?.names ?? [...new Set(query.params.map(([key]) => key))]
  const type = isPost ? mediaType(request) : undefined
  const routine = findRoutine(schema, { schema: schemaName, name }, names, type)
  checkCountable(routine, mostAffected(preferences))
  const range = rangeOf(query, request)
  const node = planOf(exchange, query, routine)
  Object.assign(node, { offset: range.offset, limit: smallest(range.limit, maxRows) })
  const media = negotiate(
    request.headers.get('accept'),
    settings.plan,
    handlersOf(schema, query, { table: node.table, routine }),
  )
  const params = new Params()
  const source = callSql(routine, argumentsOf(routine, query, payload), node, params)
  const form = request.method === 'HEAD' ? { ...media.form, kind: 'none' as const } : media.form
  const counts = preferences.count === 'exact' || preferences.count === 'estimated'
  const statement = statementSql({ node, form, counts, source, routine }, params)
  const isReadOnly = !isPost || routine.volatility !== 'v'
  return await database.run({ ...context, isReadOnly, ...ownOf(routine) }, async (run) => {
    if (media.explain !== undefined)
      return planResponse(await run(`${media.explain} ${statement}`, params.values), media)
    const [answer] = (await run(statement, params.values)) as unknown as [Answer]
    const count = Number(answer.count)
    checkSingle(media, count)
    checkAffected(mostAffected(preferences), count)
    const total = answer.total === null ? undefined : Number(answer.total)
    const isVoid = routine.returnsVoid && !routine.returnsSet
    const status = statusOfRange(range.offset, count, total)
    return respond(
      {
        status: isVoid ? 204 : status,
        body: isVoid || request.method === 'HEAD' ? null : bodyOf(answer, media),
        headers: {
          'content-range': contentRange(range.offset, count, total),
          ...(isVoid ? {} : { 'content-type': media.type, ...profile }),
          ...appliedPreferences(preferences, ['count', 'tx', 'handling', 'timezone', 'max-affected']),
        },
      },
      answer,
    )
  })
}

function planOf({ schema, settings, maxRows }: Exchange, query: Query, routine: Routine) {
  const table = schema.tables.find(({ id }) => id === routine.relation)
  return planRead(query, {
    schema,
    table,
    name: table?.name ?? routine.name,
    source: 'pgrst_source',
    isRead: true,
    maxRows,
    allowsAggregates: settings.aggregates,
  })
}

/** One value cannot be counted. */
function checkCountable({ returnsSet }: Routine, most: number | undefined): void {
  if (most === undefined || returnsSet) return
  const message =
    'Function must return SETOF or TABLE when max-affected preference is used with handling=strict'
  throw apiError(400, 'PGRST128', message)
}

function argumentsOf(routine: Routine, query: Query, payload: Payload | undefined): Arguments {
  const isWhole = routine.parameters.length === 1 && routine.parameters[0]?.name === ''
  if (payload && isWhole) return { kind: 'whole', text: payload.text }
  if (payload?.kind === 'json') return { kind: 'json', text: payload.text, names: payload.names }
  const values = new Map<string, string[]>()
  for (const [name, value] of payload?.form ?? query.params)
    values.set(name, [...(values.get(name) ?? []), value])
  return { kind: 'named', values }
}

const HOISTED = ['statement_timeout', 'plan_filter.statement_cost_limit']

/** Limits of a function, and the level of its transaction, count from before it is called. */
function ownOf({ settings }: Routine): Pick<Context, 'ownSettings' | 'isolation'> {
  const level = settings.find(([name]) => name === 'default_transaction_isolation')?.[1]
  return {
    ownSettings: settings.filter(([name]) => HOISTED.includes(name)),
    isolation: level === undefined ? undefined : isolationOf(level),
  }
}
