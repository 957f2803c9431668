import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { type Actor, type Cast, setCast } from './actors.ts'
import { type Relation, type Rights, type Role, relations } from './relations.ts'

await takeFreshStack()

/** `npm run test:matrix` asks about every column by itself. */
const whole = process.env.TERTULIA_MATRIX === 'whole'

const callers: Record<Role, Actor> = { visitor: 'visitor', signedIn: 'owner', service: 'service' }
type Command = keyof Rights

interface Cell {
  command: Command
  /** All of these, in one request. */
  columns: string[]
  allowed: boolean
}

/** What is asked about a relation: each command with all columns that it is for, and with each other column. */
function cellsOf(rights: Rights = {}, columns: string[], writable: boolean): Cell[] {
  const named = (command: 'select' | 'insert' | 'update'): Cell[] => {
    const declared = rights[command]
    const open = declared === 'all' ? columns : [...(declared ?? [])]
    const closed = columns.filter((column) => !open.includes(column))
    const one = (column: string, allowed: boolean): Cell => ({ command, columns: [column], allowed })
    return [
      ...(open.length > 0 ? [{ command, columns: open, allowed: true }] : []),
      ...(whole ? open.map((column) => one(column, true)) : []),
      ...(whole || open.length > 0 ? closed : closed.slice(0, 1)).map((column) => one(column, false)),
      ...(closed.length > 0 ? [{ command, columns, allowed: false }] : []),
    ]
  }
  const writes = writable
    ? [
        ...named('insert'),
        ...named('update'),
        { command: 'delete' as const, columns: [], allowed: rights.delete === true },
      ]
    : []
  return [...named('select'), ...writes]
}

/** Asks over the API, in a way that no row is read, written or removed. */
async function isAllowed(
  { ask, end }: Cast,
  actor: Actor,
  table: string,
  { command, columns }: Cell,
  key: string,
) {
  const list = columns.join(',')
  const nowhere = `and=(${key}.is.null,${key}.not.is.null)`
  const nulls = JSON.stringify(Object.fromEntries(columns.map((column) => [column, null])))
  const path = `/rest/v1/${table}`
  const minimal = { prefer: 'return=minimal' }
  const answers: Record<Command, () => Promise<Response>> = {
    select: () => ask(actor, `${path}?select=${list}&limit=0`),
    insert: () =>
      ask(actor, `${path}?columns=${list}`, { method: 'POST', body: `[${nulls}]`, headers: minimal }),
    update: () => ask(actor, `${path}?${nowhere}`, { method: 'PATCH', body: nulls, headers: minimal }),
    delete: () => ask(actor, `${path}?${nowhere}`, { method: 'DELETE', headers: minimal }),
  }
  const { code } = await end(await answers[command]())
  return code !== '42501'
}

test('every table and view does for each role what is declared, over the API, and nothing else', async () => {
  const cast = await setCast()
  const sql = postgres(inject('stack').dbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const known = await sql<{ name: string; kind: string; columns: string[] }[]>`
    select c.relname as name, c.relkind::text as kind, array_agg(a.attname::text order by a.attnum)
      filter (where a.attgenerated = '' and a.attidentity <> 'a') as columns
    from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relname not like 'pg\\_%'
    group by 1, 2
    order by 1`
  expect(known.map(({ name }) => name)).toEqual(Object.keys(relations).sort())
  const wrong: string[] = []
  let cells = 0
  for (const { name, kind, columns } of known) {
    const declared: Relation | undefined = relations[name]
    const readable = declared?.service?.select
    const key = readable === 'all' ? columns[0] : readable?.[0]
    for (const [role, actor] of Object.entries(callers) as [Role, Actor][]) {
      await Promise.all(
        cellsOf(declared?.[role], columns, kind !== 'v' && kind !== 'm').map(async (cell) => {
          cells++
          if ((await isAllowed(cast, actor, name, cell, key ?? '')) === cell.allowed) return
          wrong.push(
            `${role} ${cell.command} ${name} (${cell.columns}): should be ${cell.allowed ? 'allowed' : 'refused'}`,
          )
        }),
      )
    }
  }
  // What an app did not expose is not there, whoever asks.
  for (const schema of [
    'private',
    'auth',
    'storage',
    'realtime',
    'extensions',
    'pg_catalog',
    'information_schema',
  ]) {
    for (const actor of Object.values(callers)) {
      cells++
      const answer = await cast.ask(actor, '/rest/v1/songs?limit=0', {
        headers: { 'accept-profile': schema },
      })
      const { code } = await cast.end(answer)
      if (code !== 'PGRST106') wrong.push(`${actor} reaches schema ${schema}: ${code}`)
    }
  }
  console.log(`${cells} cells of ${known.length} relations, ${wrong.length} unlisted`)
  expect(wrong.join('\n')).toBe('')
}, 600_000)

test('no role of the API uses a sequence, makes an object, or becomes another role', async () => {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  const roles = ['anon', 'authenticated', 'service_role']
  const sequences = await sql`
    select r.role, c.oid::regclass::text as sequence
    from unnest(${roles}::text[]) as r (role)
    cross join pg_class c
    where c.relkind = 'S' and c.relnamespace in ('public'::regnamespace, 'private'::regnamespace)
      and has_sequence_privilege(r.role, c.oid, 'usage, select, update')`
  expect(sequences).toEqual([])
  const schemas = await sql`
    select r.role, n.nspname
    from unnest(${roles}::text[]) as r (role)
    cross join pg_namespace n
    where n.nspname in ('public', 'private', 'extensions') and has_schema_privilege(r.role, n.oid, 'create')`
  expect(schemas).toEqual([])
  const members = await sql`
    select m.rolname as member, g.rolname as of
    from pg_auth_members a
    join pg_roles m on m.oid = a.member
    join pg_roles g on g.oid = a.roleid
    where m.rolname = any (${roles})`
  expect(members).toEqual([])
})
