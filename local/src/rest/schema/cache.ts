import pg from 'pg'
import { apiError } from '../errors.ts'
import { type ApiSettings, readSettings } from '../settings.ts'
import { findLinks } from './links.ts'
import { type Catalogue, readCatalogue } from './read.ts'
import type { Routine, Schema, Table } from './types.ts'

export interface SchemaCache {
  /** What the API knows now; undefined as long as nothing could be read. */
  schema(): Promise<Schema | undefined>
  settings(): Promise<ApiSettings>
  timezones(): Promise<Set<string>>
  reload(): Promise<void>
  close(): Promise<void>
}

/**
 * Tables and functions as PostgREST knows them: read once, and again after `notify pgrst`, which every DDL sends. Until the
 * new ones are read, requests are answered with the old.
 */
export async function createSchemaCache(url: string, schemas: string[]): Promise<SchemaCache> {
  const pool = new pg.Pool({ connectionString: url, max: 2, idleTimeoutMillis: 5_000 })
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  const rowsOf = async (text: string, values: unknown[] = []) => (await pool.query(text, values)).rows
  // Without a path PostgreSQL writes every type with its schema.
  const query = async (text: string, values: unknown[]) => {
    const client = await pool.connect()
    try {
      await client.query(`set search_path to ''`)
      return (await client.query(text, values)).rows
    } finally {
      client.release(true)
    }
  }
  let known: { schema: Schema; settings: ApiSettings } | undefined
  let reading: Promise<void> | undefined
  let isStale = false
  const read = async () => {
    const [catalogue, settings] = await Promise.all([readCatalogue(query, schemas), readSettings(rowsOf)])
    known = { schema: schemaOf(catalogue, schemas), settings }
  }
  /** One at a time; what is notified meanwhile is read after it. */
  const reload = async (): Promise<void> => {
    if (reading) {
      isStale = true
      await reading.catch(() => undefined)
      await (isStale ? reload() : reading)
      return
    }
    isStale = false
    reading = read().finally(() => {
      reading = undefined
    })
    await reading
  }
  const latest = async () => {
    if (!known) await reload().catch(() => undefined)
    return known
  }
  let zones: Promise<Set<string>> | undefined
  let again: NodeJS.Timeout | undefined
  /** Reads again, and once more when that failed: a table may have been dropped while it was read. */
  const refresh = async (): Promise<void> => {
    clearTimeout(again)
    await reload().catch(() => {
      again = setTimeout(() => void refresh(), 1_000).unref()
    })
  }
  // Before the first request, as while migrations run, there is nothing to read again.
  const listener = await listen(url, () => {
    if (known) void refresh()
  })
  return {
    schema: async () => (await latest())?.schema,
    settings: async () => (await latest())?.settings ?? (await readSettings(rowsOf)),
    timezones: () => {
      zones ??= rowsOf('select name from pg_timezone_names').then(
        (rows) => new Set(rows.map(({ name }) => name as string)),
        () => {
          zones = undefined
          throw apiError(503, 'PGRST001', 'Database client error. Retrying the connection.')
        },
      )
      return zones
    },
    reload,
    close: async () => {
      clearTimeout(again)
      await Promise.all([listener.close(), pool.ending ? undefined : pool.end()])
    },
  }
}

/** Hears `notify pgrst`, and connects again when the server was away: what happened before that is unknown. */
async function listen(url: string, notify: () => void) {
  let client: pg.Client | undefined
  let closed = false
  const connect = async (): Promise<void> => {
    const next = new pg.Client({ connectionString: url })
    next.on('error', () => undefined)
    next.on('notification', notify)
    next.on('end', () => {
      if (!closed) setTimeout(() => void again(), 100).unref()
    })
    client = next
    await next.connect()
    await next.query('listen pgrst')
  }
  const again = async () => {
    if (closed) return
    await connect().then(notify, () => undefined)
  }
  await connect()
  return {
    close: async () => {
      closed = true
      await client?.end().catch(() => undefined)
    },
  }
}

function schemaOf({ tables, keys, views, routines, handlers }: Catalogue, schemas: string[]): Schema {
  const links = findLinks(tables, keys, views, routines)
  const shown = (table: Table) => schemas.includes(table.schema)
  const byName = new Map(tables.filter(shown).map((table) => [`${table.schema}.${table.name}`, table]))
  const byRoutine = new Map<string, Routine[]>()
  for (const routine of routines) {
    const name = `${routine.schema}.${routine.name}`
    byRoutine.set(name, [...(byRoutine.get(name) ?? []), routine])
  }
  return {
    tables: [...byName.values()],
    table: ({ schema, name }) => byName.get(`${schema}.${name}`),
    linksFrom: (table) =>
      (links.get(table) ?? []).filter(
        // Within one schema, as PostgREST looks for relationships.
        ({ to, junction }) => to.schema === table.schema && shown(to) && (!junction || shown(junction.table)),
      ),
    routines: ({ schema, name }) => byRoutine.get(`${schema}.${name}`) ?? [],
    allRoutines: routines,
    handlers,
  }
}
