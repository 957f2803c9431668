import { apiError } from './errors.ts'
import { headerText } from './headers.ts'
import { checkPreferences, type Preferences, preferencesOf } from './preferences.ts'
import type { SchemaCache } from './schema/cache.ts'
import type { Schema } from './schema/types.ts'
import type { ApiSettings } from './settings.ts'
import type { Caller } from './tokens.ts'
import type { Context, Database } from './transaction.ts'

/** A request with all that answering it needs. */
export interface Exchange {
  request: Request
  url: URL
  schema: Schema
  /** The schema that the request is about. */
  schemaName: string
  /** `Content-Profile`, where there is more than one schema. */
  profile: Record<string, string>
  preferences: Preferences
  settings: ApiSettings
  maxRows: number | undefined
  context: Context
  database: Database
}

export interface ExchangeOptions {
  cache: SchemaCache
  database: Database
  schemas: string[]
  maxRows: number
}

export async function beginExchange(
  request: Request,
  caller: Caller,
  { cache, database, schemas, maxRows }: ExchangeOptions,
): Promise<Exchange> {
  const { schemaName, profile } = schemaAsked(request, schemas)
  const schema = await cache.schema()
  if (!schema) {
    const message = 'Could not query the database for the schema cache. Retrying.'
    throw apiError(503, 'PGRST002', message)
  }
  const settings = await cache.settings()
  const preferences = preferencesOf(request.headers)
  if (!settings.txEnd.mayChoose) preferences.tx = undefined
  if (preferences.timezone !== undefined && !(await cache.timezones()).has(preferences.timezone)) {
    preferences.unknown.push(`timezone=${preferences.timezone}`)
    preferences.timezone = undefined
  }
  checkPreferences(preferences)
  const { timezone } = preferences
  const url = new URL(request.url)
  // The gateway's, and no filter.
  url.searchParams.delete('apikey')
  return {
    request,
    url,
    schema,
    schemaName,
    profile,
    preferences,
    settings,
    maxRows: settings.maxRows ?? maxRows,
    context: {
      caller,
      schema: schemaName,
      request,
      settings,
      preferences,
      timezone,
      isReadOnly: false,
      ownSettings: [],
    },
    database,
  }
}

/** `Accept-Profile` of what reads, `Content-Profile` of what writes; the first exposed schema by default. */
function schemaAsked(request: Request, schemas: string[]) {
  const writes = /^(POST|PUT|PATCH|DELETE)$/.test(request.method)
  const header = request.headers.get(writes ? 'content-profile' : 'accept-profile')
  const asked = header === null ? null : headerText(header)
  if (asked !== null && !schemas.includes(asked)) {
    const hint = `Only the following schemas are exposed: ${schemas.join(', ')}`
    throw apiError(406, 'PGRST106', `Invalid schema: ${asked}`, null, hint)
  }
  const schemaName = asked ?? schemas[0] ?? 'public'
  const isNegotiated = asked !== null || schemas.length > 1
  return {
    schemaName,
    profile: (isNegotiated ? { 'content-profile': schemaName } : {}) as Record<string, string>,
  }
}
