import { readFile } from 'node:fs/promises'
import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { openRelations } from '../../scripts/open-relations.ts'

const roles = ['anon', 'authenticated', 'service_role', 'tertulia_reporting', 'tertulia_maintenance']

/**
 * Who may do what, on every object of ours: a line for each grant. A new table or function changes the file, so nothing is
 * opened without being seen. Update it with `npm test -- -u` and read the difference.
 */
test('the grants are those that were meant', async () => {
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  try {
    const tables = await sql`
      select r.role, c.relname as object, p.privilege,
        case
          when has_table_privilege(r.role, c.oid, p.privilege) then 'whole table'
          else (
            select string_agg(a.attname, ', ' order by a.attnum)
            from pg_attribute a
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
              and p.privilege in ('SELECT', 'INSERT', 'UPDATE') and has_column_privilege(r.role, c.oid, a.attnum, p.privilege)
          )
        end as columns
      from unnest(${roles}::text[]) as r (role)
      cross join (values ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE'), ('REFERENCES'), ('TRIGGER')) as p (privilege)
      cross join pg_class c
      where c.relnamespace in ('public'::regnamespace, 'private'::regnamespace) and c.relkind in ('r', 'p', 'v', 'm')`
    const functions = await sql`
      select r.role, p.oid::regprocedure as object
      from unnest(${roles}::text[]) as r (role)
      cross join pg_proc p
      where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace) and has_function_privilege(r.role, p.oid, 'execute')`
    const lines = [
      ...tables
        .filter(({ columns }) => columns)
        .map((row) => `${row.role} ${row.privilege} ${row.object}: ${row.columns}`),
      ...functions.map((row) => `${row.role} EXECUTE ${row.object}`),
    ]
    await expect(`${lines.sort().join('\n')}\n`).toMatchFileSnapshot('access.txt')
  } finally {
    await sql.end()
  }
})

test('the documentation names every table and view, and who may read it', async () => {
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const relations = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f') and relname not like 'pg\\_%'
    order by 1`
  const meant = relations.map(({ name }) => {
    const roles = openRelations[name]
    return `${name}: ${roles ? `open to ${roles.join(', ')}` : 'closed'}`
  })
  const text = await readFile('docs/security/reading-tables.md', 'utf8')
  const rows = text.split('\n').filter((line) => /^\| `[^|]+\| (?:open|closed)/.test(line))
  const said = rows.flatMap((row) => {
    const [, names = '', access = ''] = row.split('|')
    return names
      .split(',')
      .map((name) => `${name} : ${access}`.replaceAll('`', '').replace(/\s+/g, ' ').replace(' :', ':').trim())
  })
  expect(said.sort()).toEqual(meant.sort())
})
