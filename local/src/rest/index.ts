import type { Keys } from '../keys.ts'
import type { StackConfig } from '../project/config.ts'
import { answerCall } from './call.ts'
import { answerChange } from './change.ts'
import { ApiError, apiError, errorResponse } from './errors.ts'
import { beginExchange, type Exchange } from './exchange.ts'
import { openApi } from './open-api.ts'
import { closest } from './plan/closest.ts'
import { answerRead } from './read.ts'
import { createSchemaCache } from './schema/cache.ts'
import { callerOf } from './tokens.ts'
import { createDatabase } from './transaction.ts'

export interface Rest {
  /** Answers `/rest/v1`, as the role of the request's key or token. */
  fetch(request: Request): Promise<Response>
  /** Reads the schema again; every change of it also does this by itself, a little later. */
  reloadSchema(): Promise<void>
  close(): Promise<void>
}

export interface RestOptions {
  /** As which role to connect, and where. */
  urlAs: (role: string) => string
  config: StackConfig
  keys: Keys
}

/** The REST API of PostgREST: the same requests, SQL to the same effect, the same answers and errors. */
export async function startRest({ urlAs, config, keys }: RestOptions): Promise<Rest> {
  const { schemas, maxRows, extraSearchPath } = config.api
  const database = createDatabase(urlAs('authenticator'), extraSearchPath)
  // `authenticator` has no right of its own and so sees no default of a column: `postgres` reads the catalogue.
  const cache = await createSchemaCache(urlAs('postgres'), schemas)
  const options = { cache, database, schemas, maxRows }
  return {
    fetch: async (request) => {
      try {
        return await answer(await beginExchange(request, callerOf(request, keys), options))
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        const response = errorResponse(error)
        return request.method === 'HEAD' ? new Response(null, response) : response
      }
    },
    reloadSchema: cache.reload,
    close: async () => {
      await Promise.all([database.close(), cache.close()])
    },
  }
}

async function answer(exchange: Exchange): Promise<Response> {
  const { request, url, schema, schemaName } = exchange
  const [first = '', second, ...rest] = url.pathname
    .slice('/rest/v1'.length)
    .split('/')
    .slice(1)
    .map(decodeURIComponent)
  if (first === '' && second === undefined) return await openApi(exchange)
  if (first === 'rpc' && second && rest.length === 0) return await answerCall(exchange, second)
  if (second !== undefined) throw apiError(404, 'PGRST125', 'Invalid path specified in request URL')
  const table = schema.table({ schema: schemaName, name: first })
  if (!/^(GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(request.method))
    throw apiError(405, 'PGRST117', `Unsupported HTTP method: ${request.method}`)
  if (!table) throw noTable(exchange, first)
  return /^(GET|HEAD)$/.test(request.method)
    ? await answerRead(exchange, table)
    : await answerChange(exchange, table)
}

function noTable({ schema, schemaName }: Exchange, name: string) {
  const own = schema.tables.filter((table) => table.schema === schemaName).map((table) => table.name)
  const right = closest(name, own, 0.75)
  return apiError(
    404,
    'PGRST205',
    `Could not find the table '${schemaName}.${name}' in the schema cache`,
    null,
    right ? `Perhaps you meant the table '${schemaName}.${right}'` : null,
  )
}
