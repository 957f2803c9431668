import type postgres from 'postgres'

const ours = `('public', 'private', 'supabase_migrations')`

/** What a schema consists of, each as lines that can be compared. */
const parts: Record<string, string> = {
  columns: `
    select format('%s.%s %s %s %s', a.attrelid::regclass, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
      pg_get_expr(d.adbin, d.adrelid)) as line
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace::regnamespace::text in ${ours} and a.attnum > 0 and not a.attisdropped`,
  constraints: `
    select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as line
    from pg_constraint where connamespace::regnamespace::text in ${ours}`,
  indexes: `select indexdef as line from pg_indexes where schemaname in ${ours}`,
  views: `select format('%s.%s %s', schemaname, viewname, definition) as line from pg_views where schemaname in ${ours}`,
  functions: `
    select pg_get_functiondef(oid) as line from pg_proc where pronamespace::regnamespace::text in ${ours} and prokind in ('f', 'p')`,
  triggers: `select format('%s %s', tgrelid::regclass, pg_get_triggerdef(oid)) as line from pg_trigger where not tgisinternal`,
  policies: `
    select format('%s.%s %s %s %s %s %s %s', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check) as line
    from pg_policies where tablename !~ '^messages_\\d'`,
  'row-level security': `
    select format('%s %s %s', oid::regclass, relrowsecurity, relforcerowsecurity) as line
    from pg_class where relnamespace::regnamespace::text in ${ours} and relkind in ('r', 'p')`,
  'grants on tables': `
    select format('%s %s %s', c.oid::regclass, pg_get_userbyid(x.grantee), x.privilege_type) as line
    from pg_class c, aclexplode(c.relacl) x
    where c.relnamespace::regnamespace::text in ${ours} and x.grantee <> c.relowner`,
  'grants on columns': `
    select format('%s.%s %s %s', a.attrelid::regclass, a.attname, pg_get_userbyid(x.grantee), x.privilege_type) as line
    from pg_attribute a join pg_class c on c.oid = a.attrelid, aclexplode(a.attacl) x
    where c.relnamespace::regnamespace::text in ${ours}`,
  'grants on functions': `
    select format('%s %s %s', p.oid::regprocedure, pg_get_userbyid(x.grantee), x.privilege_type) as line
    from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) x
    where p.pronamespace::regnamespace::text in ${ours} and x.grantee <> p.proowner`,
  'grants on schemas': `
    select format('%s %s %s', n.nspname, pg_get_userbyid(x.grantee), x.privilege_type) as line
    from pg_namespace n, aclexplode(n.nspacl) x where n.nspname in ${ours} and x.grantee <> n.nspowner`,
  owners: `
    select format('%s %s', oid::regclass, pg_get_userbyid(relowner)) as line
    from pg_class where relnamespace::regnamespace::text in ${ours}`,
  comments: `
    select format('%s %s %s', classoid::regclass, objsubid, description) as line
    from pg_description d
    where exists (select from pg_class c where c.oid = d.objoid and c.relnamespace::regnamespace::text in ${ours})
      or exists (select from pg_proc p where p.oid = d.objoid and p.pronamespace::regnamespace::text in ${ours})`,
  sequences: `select format('%s.%s %s', schemaname, sequencename, last_value) as line from pg_sequences where schemaname in ${ours}`,
}

async function lines(sql: postgres.Sql, query: string): Promise<string[]> {
  return (await sql.unsafe(query)).map(({ line }) => String(line)).sort()
}

/** Every difference between two databases that should be the same: what they are made of, and what is in each table. */
export async function compareDatabases(
  one: postgres.Sql,
  other: postgres.Sql,
  leftOut: string[],
): Promise<{ counts: string[]; differences: string[] }> {
  const differences: string[] = []
  const counts: string[] = []
  for (const [part, query] of Object.entries(parts)) {
    const [a, b] = await Promise.all([lines(one, query), lines(other, query)])
    counts.push(`${part}: ${a.length}, ${b.length}`)
    const [inOne, inOther] = [new Set(a), new Set(b)]
    for (const line of a) if (!inOther.has(line)) differences.push(`${part}: missing ${line.slice(0, 200)}`)
    for (const line of b) if (!inOne.has(line)) differences.push(`${part}: not wanted ${line.slice(0, 200)}`)
  }
  const tables = await lines(
    one,
    `select oid::regclass::text as line from pg_class where relnamespace::regnamespace::text in ${ours} and relkind = 'r'
      union all select unnest(array['auth.users', 'auth.identities', 'storage.buckets', 'storage.objects'])`,
  )
  let rows = 0
  for (const table of tables.filter((name) => !leftOut.includes(name))) {
    const query = `select count(*) || ' rows ' || coalesce(md5(string_agg(md5(t::text), '' order by md5(t::text))), '') as line from ${table} t`
    const [[a = ''], [b = '']] = await Promise.all([lines(one, query), lines(other, query)])
    rows += Number.parseInt(a, 10)
    if (a !== b) differences.push(`${table}: ${a}, restored ${b}`)
  }
  counts.push(`tables: ${tables.length}, with ${rows} rows`)
  return { counts, differences }
}
