import pg from 'pg'
import { ApiError, apiError, databaseError, isDatabaseError } from './errors.ts'
import { headerText } from './headers.ts'
import type { Preferences } from './preferences.ts'
import type { ApiSettings, Isolation } from './settings.ts'
import { ident, literal } from './sql/text.ts'
import type { Caller } from './tokens.ts'

export interface Database {
  /** Runs `work` in one transaction, as the caller. */
  run<T>(context: Context, work: (query: Query) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export type Query = (text: string, values: (string | null)[]) => Promise<Record<string, string | null>[]>

export interface Context {
  caller: Caller
  schema: string
  request: Request
  settings: ApiSettings
  preferences: Preferences
  timezone?: string
  isReadOnly: boolean
  /** A function's own, which counts before that of the role. */
  isolation?: Isolation
  /** What a function sets for itself and PostgreSQL applies too late: its time limit. */
  ownSettings: [name: string, value: string][]
}

/** Every value arrives as PostgreSQL writes it. */
const asWritten = { getTypeParser: () => (text: string) => text }

/** Connects as `authenticator`, which can become every role of the API and is nothing by itself. */
export function createDatabase(url: string, extraSearchPath: string[]): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    idleTimeoutMillis: 60_000,
    types: asWritten as never,
  })
  pool.on('error', () => undefined)
  // While a query runs the pool does not listen: without this a backend that dies would end the whole stack.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return {
    run: async (context, work) => {
      const client = await pool.connect().catch((error: Error) => {
        throw unreachable(error)
      })
      let isBroken = false
      try {
        await client.query(beginning(context, extraSearchPath))
        const { preRequest } = context.settings
        if (preRequest) await client.query(`select ${preRequest.split('.').map(ident).join('.')}()`)
        const answer = await work(async (text, values) => (await client.query(text, values)).rows)
        const rollsBack = endsWithRollback(context)
        if (rollsBack) await client.query('set constraints all immediate')
        await client.query(rollsBack ? 'rollback' : 'commit')
        return answer
      } catch (error) {
        await client.query('rollback').catch(() => {
          isBroken = true
        })
        throw asApiError(error, context)
      } finally {
        client.release(isBroken)
      }
    },
    close: async () => {
      if (!pool.ending) await pool.end()
    },
  }
}

function asApiError(error: unknown, { caller }: Context): unknown {
  if (error instanceof ApiError) return error
  if (isDatabaseError(error)) return databaseError(error, caller.role === 'anon')
  return error instanceof Error ? unreachable(error) : error
}

function unreachable({ message }: Error): ApiError {
  return apiError(503, 'PGRST001', 'Database client error. Retrying the connection.', message)
}

/** One statement begins the transaction, becomes the role and says what policies and functions may ask. */
function beginning(context: Context, extraSearchPath: string[]): string {
  const { caller, schema, settings, timezone, isReadOnly, ownSettings } = context
  const path = [schema, ...extraSearchPath].map(ident).join(', ')
  const all: [string, string][] = [
    ['search_path', path],
    // Before the role: a setting that `authenticator` alone may change is applied too.
    ...(settings.ofRole.get(caller.role) ?? []),
    ['role', caller.role],
    ['request.jwt.claims', JSON.stringify({ ...caller.claims, role: caller.role })],
    ...requestSettings(context.request),
    ['response.status', ''],
    ['response.headers', ''],
    ['pgrst.inserted', ''],
    ...(timezone === undefined ? [] : [['timezone', timezone] as [string, string]]),
    ...ownSettings,
  ]
  const sets = all.map(([name, value]) => `set_config(${literal(name)}, ${literal(value)}, true)`)
  const isolation = context.isolation ?? settings.isolationOfRole.get(caller.role) ?? 'read committed'
  return `begin isolation level ${isolation}${isReadOnly ? ' read only' : ''}; select ${sets.join(', ')}`
}

function requestSettings(request: Request): [string, string][] {
  const sent = [...request.headers].map(([name, value]): [string, string] => [name, headerText(value)])
  const { cookie = '', ...headers } = Object.fromEntries(sent)
  const pairs = cookie.split(/;\s*/).filter((pair) => pair.includes('='))
  const cookies = pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
  return [
    ['request.method', request.method],
    ['request.path', new URL(request.url).pathname.slice('/rest/v1'.length) || '/'],
    ['request.headers', JSON.stringify(headers)],
    ['request.cookies', JSON.stringify(Object.fromEntries(cookies))],
  ]
}

/** `Prefer: tx=rollback`, where `pgrst.db_tx_end` lets a request choose. */
function endsWithRollback({ settings: { txEnd }, preferences: { tx } }: Context): boolean {
  return txEnd.mayChoose && tx !== undefined ? tx === 'rollback' : txEnd.rollback
}
