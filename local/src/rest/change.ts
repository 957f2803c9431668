import { bodyOf, checkAffected, checkSingle, planResponse, type Result, respond } from './answer.ts'
import { apiError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { handlersOf } from './handlers.ts'
import { type Media, negotiate } from './media.ts'
import { payloadOf } from './payload.ts'
import { planRead } from './plan/index.ts'
import { appliedPreferences, mostAffected, type Preferences } from './preferences.ts'
import { parseQuery } from './query/index.ts'
import type { Query } from './query/types.ts'
import { contentRange } from './range.ts'
import type { Table } from './schema/types.ts'
import { type Change, changeSql, checkPut, neededColumns } from './sql/change.ts'
import { type Answer, type Form, statementSql } from './sql/statement.ts'
import { Params } from './sql/text.ts'

/** POST, PUT, PATCH and DELETE of a table or view. */
export async function answerChange(exchange: Exchange, table: Table): Promise<Response> {
  const { request, url, schema, preferences, settings, context, database } = exchange
  const query = parseQuery(url.searchParams, false)
  const node = planRead(query, {
    schema,
    table,
    name: table.name,
    source: 'pgrst_source',
    isRead: false,
    maxRows: undefined,
    allowsAggregates: settings.aggregates,
  })
  const media = negotiate(request.headers.get('accept'), settings.plan, handlersOf(schema, query, { table }))
  const isAnswered = preferences.return === 'representation'
  const needed = isAnswered || preferences.return === 'headers-only'
  const change = await changeOf(exchange, table, query, needed ? neededColumns(node, table.primaryKey) : [])
  const params = new Params()
  const form: Form = isAnswered ? media.form : { kind: 'none', isStripped: false }
  const { method } = change
  const isUpsert = method === 'PUT' || (method === 'POST' && change.resolution === 'merge')
  const source = changeSql(change, params)
  const locationOf = method === 'POST' && preferences.return === 'headers-only' ? table : undefined
  const statement = statementSql(
    { node, form, counts: false, source, hasInserted: isUpsert, locationOf },
    params,
  )
  return await database.run(context, async (run) => {
    if (media.explain !== undefined)
      return planResponse(await run(`${media.explain} ${statement}`, params.values), media)
    const [answer] = (await run(statement, params.values)) as unknown as [Answer]
    const count = Number(answer.count)
    check(change, media, preferences, count)
    return respond(resultOf(exchange, change, media, answer, query), answer)
  })
}

async function changeOf(
  { request, preferences }: Exchange,
  table: Table,
  query: Query,
  returning: string[],
): Promise<Change> {
  const method = request.method as Change['method']
  const filters = query.filters.filter(({ path }) => path.length === 0).map(({ value }) => value)
  const logic = query.logic.filter(({ path }) => path.length === 0).map(({ value }) => value)
  if (method === 'PUT') {
    if (query.limits.length + query.offsets.length > 0) {
      const message = 'limit/offset querystring parameters are not allowed for PUT'
      throw apiError(400, 'PGRST114', message)
    }
    checkPut(table, filters, logic.length > 0)
  }
  const named = method === 'PUT' ? undefined : query.columns
  const body = method === 'DELETE' ? { text: '', names: [] } : await payloadOf(request, false, named)
  return {
    table,
    method,
    body: body.text,
    columns: body.names,
    conditions: [...filters, ...logic],
    resolution: resolutionOf(preferences),
    onConflict: query.onConflict,
    withDefaults: preferences.missing === 'default' && method !== 'PUT',
    returning,
  }
}

function resolutionOf({ resolution }: Preferences): Change['resolution'] {
  if (resolution === undefined) return undefined
  return resolution === 'merge-duplicates' ? 'merge' : 'ignore'
}

function check({ method }: Change, media: Media, preferences: Preferences, count: number): void {
  if (method === 'PUT') {
    if (count === 1) return
    throw apiError(400, 'PGRST115', 'Payload values do not match URL in primary key column(s)')
  }
  checkSingle(media, count)
  if (method !== 'POST') checkAffected(mostAffected(preferences), count)
}

function resultOf(
  { preferences, profile }: Exchange,
  change: Change,
  media: Media,
  answer: Answer,
  { onConflict }: Query,
): Result {
  const { method, table } = change
  const isAnswered = preferences.return === 'representation'
  const count = Number(answer.count)
  const total = preferences.count === undefined ? undefined : count
  const hasKeys = table.primaryKey.length > 0 || onConflict !== undefined
  const applied = appliedPreferences(preferences, [
    'return',
    'count',
    'tx',
    'handling',
    'timezone',
    ...(method === 'POST' && hasKeys ? (['resolution'] as const) : []),
    ...(method === 'POST' || method === 'PATCH' ? (['missing'] as const) : []),
    ...(method === 'PATCH' || method === 'DELETE' ? (['max-affected'] as const) : []),
  ])
  const inserted = Number(answer.inserted ?? 0)
  const range = method === 'PATCH' ? contentRange(0, count, total) : contentRange(1, 0, total)
  return {
    status: statusOf(change, isAnswered, inserted),
    body: isAnswered ? bodyOf(answer, media) : method === 'POST' ? '' : null,
    headers: {
      ...(method === 'PUT' ? {} : { 'content-range': range }),
      ...locationOf(table, answer.location),
      ...(isAnswered ? { 'content-type': media.type, ...profile } : {}),
      ...applied,
    },
  }
}

function statusOf({ method, resolution }: Change, isAnswered: boolean, inserted: number): number {
  if (method === 'POST') return inserted <= 0 && resolution === 'merge' ? 200 : 201
  if (!isAnswered) return 204
  return method === 'PUT' && inserted > 0 ? 201 : 200
}

function locationOf({ name }: Table, location: string | null): Record<string, string> {
  if (location === null) return {}
  const pairs = JSON.parse(location) as [string, string][]
  if (!pairs) return {}
  const search = pairs
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join('&')
  return { location: `/${encodeURIComponent(name)}?${search}` }
}
