import type pg from 'pg'

export interface Column {
  name: string
  /** As clients convert values by it: `int8`. */
  typname: string
  /** As SQL writes it: `bigint`. */
  type: string
  isKey: boolean
  /** The roles, of those asked for, that may read it. */
  readers: string[]
}

export interface Table {
  oid: number
  schema: string
  name: string
  /** Quoted, for SQL. */
  fullName: string
  hasRls: boolean
  columns: Column[]
}

/** The table and who may read its columns now; undefined when it is gone. */
export async function readTable(
  db: pg.Pool | pg.PoolClient,
  oid: number,
  roles: string[],
): Promise<Table | undefined> {
  const { rows } = await db.query<Table>(
    `select c.oid::int as oid, n.nspname as schema, c.relname as name, format('%I.%I', n.nspname, c.relname) as "fullName",
      c.relrowsecurity as "hasRls",
      (select json_agg(json_build_object(
        'name', a.attname, 'typname', t.typname, 'type', pg_catalog.format_type(a.atttypid, null),
        'isKey', coalesce(a.attnum = any (pk.conkey), false),
        'readers', (
          select coalesce(json_agg(role), '[]') from unnest($2::text[]) as role
          where to_regrole(quote_ident(role)) is not null
            and pg_catalog.has_column_privilege(role, c.oid, a.attnum, 'SELECT')
        )) order by a.attnum)
      from pg_catalog.pg_attribute a
      join pg_catalog.pg_type t on t.oid = a.atttypid
      where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_constraint pk on pk.conrelid = c.oid and pk.contype = 'p'
    where c.oid = $1`,
    [oid, roles],
  )
  return rows[0]
}

/** The tables of the publication that the names fit. */
export async function publishedTables(
  db: pg.Pool,
  publication: string,
  schema: string,
  table: string,
): Promise<number[]> {
  const { rows } = await db.query<{ oid: number }>(
    `select format('%I.%I', schemaname, tablename)::regclass::oid::int as oid
    from pg_catalog.pg_publication_tables
    where pubname = $1 and ($2 = '*' or schemaname = $2) and ($3 = '*' or tablename = $3)`,
    [publication, schema, table],
  )
  return rows.map(({ oid }) => oid)
}
