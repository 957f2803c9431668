import { createPostgresConnection } from '@supabase/lite/postgres'
import postgres from 'postgres'
import { type Introspection, ownSchema, type Relation, type Relations } from './own-schema.ts'
import { type ApiSettings, readSettings } from './settings.ts'

export interface Catalogue {
  /** What the API knows of one schema. */
  read(schema: string): Promise<Introspection>
  /** What the settings of the roles say to the API. */
  settings(): Promise<ApiSettings>
  forget(): void
  close(): Promise<void>
}

/** What the API knows of tables and functions: read once, and again after `notify pgrst`, which every DDL sends. */
export async function catalogueOf(url: string): Promise<Catalogue> {
  const connection = createPostgresConnection({
    url,
    postgresOptions: { max: 1, idle_timeout: 5, onnotice: () => undefined },
  })
  const listener = postgres(url, { max: 1, onnotice: () => undefined })
  let known: Promise<{ everything: Introspection; relations: Relations }> | undefined
  const bySchema = new Map<string, Promise<Introspection>>()
  let settings: Promise<ApiSettings> | undefined
  const forget = () => {
    known = undefined
    settings = undefined
    bySchema.clear()
  }
  const readAll = async () => {
    const [everything, relations] = await Promise.all([
      connection.introspect({ useCache: false }),
      readRelations(listener),
    ])
    // What @supabase/lite answers when a query of it failed: an empty catalogue, without this key.
    if (!everything.functions) throw new Error('unable to read the catalogue of the database')
    return { everything, relations }
  }
  const readOne = async (schema: string) => {
    known ??= readAll()
    const { everything, relations } = await known
    return ownSchema(everything, relations, schema)
  }
  // Also on every (re)connection of the listener: what happened before it is unknown.
  await listener.listen('pgrst', forget, forget)
  return {
    read: (schema) => {
      const before = bySchema.get(schema)
      if (before) return before
      const read = readOne(schema)
      bySchema.set(schema, read)
      // A failure is not remembered: the next request asks again.
      read.catch(forget)
      return read
    },
    settings: () => {
      settings ??= readSettings(listener)
      settings.catch(forget)
      return settings
    },
    forget,
    close: async () => {
      await Promise.all([connection.close(), listener.end({ timeout: 1 })])
    },
  }
}

/** Both ends of every foreign key, and on which relations every view is built: what the introspection tells by bare names. */
async function readRelations(sql: postgres.Sql): Promise<Relations> {
  const [keys, views] = await Promise.all([
    sql<{ name: string; from: Relation; to: Relation }[]>`
      select c.conname as name,
        json_build_object('schema', n.nspname, 'name', t.relname) as "from",
        json_build_object('schema', rn.nspname, 'name', r.relname) as "to"
      from pg_constraint c
      join pg_class t on t.oid = c.conrelid
      join pg_namespace n on n.oid = t.relnamespace
      join pg_class r on r.oid = c.confrelid
      join pg_namespace rn on rn.oid = r.relnamespace
      where c.contype = 'f'`,
    sql<{ view: Relation; base: Relation }[]>`
      with recursive uses as (
        select distinct r.ev_class as view, d.refobjid as base
        from pg_rewrite r
        join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
          and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
      ), reach as (
        select * from uses union select reach.view, uses.base from reach join uses on uses.view = reach.base
      )
      select json_build_object('schema', vn.nspname, 'name', v.relname) as view,
        json_build_object('schema', bn.nspname, 'name', b.relname) as base
      from reach
      join pg_class v on v.oid = reach.view
      join pg_namespace vn on vn.oid = v.relnamespace
      join pg_class b on b.oid = reach.base
      join pg_namespace bn on bn.oid = b.relnamespace
      where vn.nspname not in ('pg_catalog', 'information_schema')`,
  ])
  return { keys: [...keys], views: [...views] }
}
