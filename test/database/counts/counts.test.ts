import type { SupabaseClient } from '@supabase/supabase-js'
import postgres, { type Sql, type TransactionSql } from 'postgres'
import { beforeEach, describe, expect, inject, onTestFinished, test } from 'vitest'
import { openRelations } from '../../../scripts/open-relations.ts'
import { connect } from '../../support/people.ts'
import { makePrivateRows, type PrivateRows } from './private-rows.ts'

/**
 * `Prefer: count=planned` and `count=estimated` answer from the statistics of the planner, which know every row, whatever the
 * policies say. Each test asks the same question twice, once with a value that only private rows have and once with a value that
 * no row has. The two answers must be the same.
 */

let scene: PrivateRows
let making: Promise<PrivateRows> | undefined
beforeEach(async () => {
  // Once for all tests of the file; people sign up inside a test.
  making ??= makePrivateRows()
  scene = await making
})

const counts = ['planned', 'estimated', 'exact'] as const
const open = (as: 'dbUrl' | 'adminDbUrl'): Sql => {
  const sql = postgres(inject('stack')[as], { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}

/** The value beside it that no row has. */
const absent = (type: string) =>
  type === 'uuid' ? crypto.randomUUID() : `zz${crypto.randomUUID().slice(0, 6)}`
/** The least text that comes after all texts with this beginning. */
const after = (text: string) => text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1)

interface Column {
  relation: string
  name: string
  type: string
}

const readColumns = (sql: Sql) => sql<Column[]>`
  select c.relname as relation, a.attname as name, a.atttypid::regtype::text as type
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
  order by 1, a.attnum`

/** Filters by equality and by range, with a value that stands in private rows or with one that stands nowhere. */
function filtersOf({ name, type }: Column, value: string): string[] {
  if (type === 'uuid') return [`${name}=eq.${value}`, `${name}=gte.${value}&${name}=lte.${value}`]
  return [`${name}=eq.${value}`, `${name}=gte.${value}&${name}=lt.${after(value)}`]
}

/** What the API answers to a request for a count, but for the rows. */
async function ask(supabase: SupabaseClient, relation: string, query: string, count: string) {
  const { apiUrl, publishableKey } = inject('stack')
  const { data } = await supabase.auth.getSession()
  const headers = {
    apikey: publishableKey,
    Prefer: `count=${count}`,
    ...(data.session && { Authorization: `Bearer ${data.session.access_token}` }),
  }
  const response = await fetch(`${apiUrl}/rest/v1/${relation}?${query}&limit=1`, { headers })
  const body = await response.json()
  return { status: response.status, range: response.headers.get('content-range'), code: body.code ?? null }
}

/** The private values that a relation holds: the ids and words of the scene that occur in the column. */
async function privateValue(sql: Sql, { relation, name, type }: Column): Promise<string | undefined> {
  const { ana, former, secret, songId, conversationId, messageId } = scene
  const candidates =
    type === 'uuid'
      ? [ana.id, former.id, songId, conversationId, messageId]
      : type === 'text'
        ? [secret, '👍']
        : []
  if (candidates.length === 0) return undefined
  const [row] = await sql.unsafe(
    `select v.value from unnest($1::${type}[]) as v (value)
    where exists (select from public.${relation} as r where r.${name} = v.value) limit 1`,
    [candidates as never],
  )
  return row?.value
}

type Who = 'visitor' | 'stranger' | 'former participant'

/** Asks every relation for counts, as far as it answers. Says where it answers although it is closed, and where counts differ. */
async function askRelations(who: Who) {
  const sql = open('adminDbUrl')
  const { stranger, former, secret, songId } = scene
  const supabase = { visitor: connect(), stranger: stranger.supabase, 'former participant': former.supabase }[
    who
  ]
  const role = who === 'visitor' ? 'anon' : 'authenticated'
  const told: string[] = []
  const refused: string[] = []
  let filtered = 0
  for (const column of await readColumns(sql)) {
    const isOpen = openRelations[column.relation]?.includes(role)
    const probe = await ask(supabase, column.relation, `select=${column.name}`, 'planned')
    if (!isOpen && probe.code === '42501') {
      refused.push(column.relation)
      continue
    }
    if (!isOpen) told.push(`${column.relation}.${column.name} can be read`)
    if (!/^(uuid|text)$/.test(column.type)) continue
    const value = (await privateValue(sql, column)) ?? (column.type === 'uuid' ? songId : secret)
    const [wanted, other] = [filtersOf(column, value), filtersOf(column, absent(column.type))]
    for (const count of counts)
      for (const [at, filter] of wanted.entries()) {
        const query = (text = '') => ask(supabase, column.relation, `select=${column.name}&${text}`, count)
        const [one, none] = [await query(filter), await query(other[at])]
        filtered += 2
        if (JSON.stringify(one) !== JSON.stringify(none))
          told.push(`${column.relation} ${filter} ${count}: ${one.range} and ${none.range}`)
      }
  }
  return { told, filtered, refused: [...new Set(refused)] }
}

/** Runs something while two private tables are open, as they were once. */
async function whileOpen<T>(run: () => Promise<T>): Promise<T> {
  const sql = open('dbUrl')
  const [songs, messages] = ['select (id, artist) on public.songs', 'select on public.messages']
  try {
    await sql.unsafe(`grant ${songs} to anon; grant ${messages} to authenticated`)
    return await run()
  } finally {
    await sql.unsafe(`revoke ${songs} from anon; revoke ${messages} from authenticated`)
  }
}

describe('counts tell nothing of private rows', () => {
  test.each<Who>(['visitor', 'stranger', 'former participant'])('of a relation, to a %s', async (who) => {
    const { told, filtered, refused } = await askRelations(who)
    expect(told).toEqual([])
    expect(filtered).toBeGreaterThan(50)
    expect(refused.length).toBeGreaterThan(25)
  })

  test('and the questions find a table that is open', async () => {
    const { told } = await whileOpen(() => askRelations('stranger'))
    expect(told).toEqual(expect.arrayContaining(['messages.content can be read']))
    // An estimate is of the planner only beyond the most rows of an answer; below it, the caller's own are counted.
    expect(told.filter((line) => /^messages content=eq.* planned: /.test(line))).toHaveLength(1)
  })

  test('of a function, to anybody', async () => {
    const { told, asked } = await askFunctions()
    expect(told).toEqual([])
    expect(asked).toBeGreaterThan(2000)
  })

  test('and the questions find a function that the planner looks into', async () => {
    const { told } = await askFunctions(`
      create function public.list_leaking_songs() returns table (artist text) language sql stable
        as 'select s.artist from public.songs s';
      grant select on public.songs to authenticated;
      grant execute on function public.list_leaking_songs() to authenticated;`)
    expect(told).not.toEqual([])
    expect(told.every((line) => line.includes('list_leaking_songs'))).toBe(true)
  })
})

/** Asks every function for counts, perhaps after these statements, which are undone. Answers where the counts differ. */
async function askFunctions(statements = '') {
  const { ana, stranger, former, secret, songId } = scene
  const told: string[] = []
  let asked = 0
  const walk = async (sql: TransactionSql) => {
    await sql.unsafe(statements)
    for (const { name, isVolatile, args, columns } of await readFunctions(sql)) {
      const call = `public.${name}(${args.map((arg) => `${arg.name} => ${argumentFor(arg)}::${arg.type}`).join(', ')})`
      for (const [column, count] of columns.flatMap((column) => [
        [column, 'planned'] as const,
        ...(isVolatile ? [] : [[column, 'exact'] as const]),
      ])) {
        // Signed-in users see the profiles of others, so their number of rows may depend on a user's id.
        const values = column.type === 'text' ? [secret] : count === 'planned' ? [ana.id, songId] : [songId]
        for (const value of values)
          for (const [at, filter] of conditionsOf(column, value).entries())
            for (const user of [null, stranger.id, former.id]) {
              const other = conditionsOf(column, absent(column.type))[at]
              const one = await countRows(sql, user, `select from ${call} as r where ${filter}`, count)
              const none = await countRows(sql, user, `select from ${call} as r where ${other}`, count)
              asked += 2
              if (one !== none)
                told.push(`${user ? 'user' : 'visitor'} ${call} ${filter} ${count}: ${one}, ${none}`)
            }
      }
    }
    throw undo
  }
  const undo = new Error('undo')
  await open('adminDbUrl')
    .begin(walk)
    .catch((error) => {
      if (error !== undo) throw error
    })
  return { told, asked }
}

interface Argument {
  name: string
  type: string
}

interface Callable {
  name: string
  isVolatile: boolean
  /** Those that have no default, and all ids and texts. */
  args: Argument[]
  /** The ids and texts of the rows that it returns. */
  columns: Argument[]
}

/** Every function that API roles may call, as PostgREST sees it. */
const readFunctions = (sql: TransactionSql) => sql<Callable[]>`
  select p.proname as name, p.provolatile = 'v' as "isVolatile",
    coalesce((
      select jsonb_agg(jsonb_build_object('name', p.proargnames[i], 'type', t::regtype::text) order by i)
      from unnest(p.proargtypes::oid[]) with ordinality as a (t, i)
      where i <= p.pronargs - p.pronargdefaults or t in ('uuid'::regtype, 'text'::regtype)
    ), '[]') as args,
    coalesce((
      select jsonb_agg(jsonb_build_object('name', c.name, 'type', c.type))
      from (
        select a.attname as name, a.atttypid::regtype::text as type
        from pg_type y
        join pg_attribute a on a.attrelid = y.typrelid and a.attnum > 0 and not a.attisdropped
        where y.oid = p.prorettype
        union all
        select p.proargnames[i], t::regtype::text
        from unnest(p.proallargtypes, p.proargmodes) with ordinality as o (t, mode, i)
        where o.mode in ('t', 'o', 'b')
        union all
        -- A set of single values has a column named after the function.
        select p.proname, p.prorettype::regtype::text
        where p.proretset and p.proargmodes is null
      ) as c
      where c.type in ('uuid', 'text')
    ), '[]') as columns
  from pg_proc p
  where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and p.prorettype <> 'trigger'::regtype
    and (has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('authenticated', p.oid, 'execute'))
  order by 1`

/** An argument as a literal: an id or a word of Ana's. */
function argumentFor({ name, type }: Argument): string {
  const { ana, secret, songId, conversationId, messageId } = scene
  const id = /song/.test(name)
    ? songId
    : /conversation|group/.test(name)
      ? conversationId
      : /message/.test(name)
        ? messageId
        : ana.id
  const literals: Record<string, string> = { uuid: `'${id}'`, text: `'${secret}'`, jsonb: `'{}'` }
  return literals[type] ?? 'null'
}

/** Conditions by equality and by range. */
function conditionsOf({ name, type }: Argument, value: string): string[] {
  const end = type === 'uuid' ? `<= '${value}'` : `< '${after(value)}'`
  return [`r.${name} = '${value}'`, `r.${name} >= '${value}' and r.${name} ${end}`]
}

/** How many rows a query has for a user, counted or as planned; or the code of the refusal. */
async function countRows(
  sql: TransactionSql,
  user: string | null,
  query: string,
  count: 'planned' | 'exact',
) {
  const role = user ? 'authenticated' : 'anon'
  const claims = JSON.stringify({ role, ...(user && { sub: user }) })
  try {
    return await sql.savepoint(async (tx) => {
      await tx`select set_config('role', ${role}, true), set_config('request.jwt.claims', ${claims}, true)`
      if (count === 'exact')
        return Number((await tx.unsafe(`select count(*) from (${query}) as q`))[0]?.count)
      const [row] = await tx.unsafe(`explain (format json) ${query}`)
      return row?.['QUERY PLAN'][0].Plan['Plan Rows']
    })
  } catch (error) {
    return (error as { code?: string }).code
  }
}

describe('a private text cannot be read letter by letter', () => {
  /** Reads as far as counts of ranges show which letter comes next, and says how it was refused. */
  async function guess(supabase: SupabaseClient, relation: string, column: string) {
    let known = ''
    const refusals = new Set<string | null>()
    for (let at = 0; at < 8; at++) {
      const found = await Promise.all(
        [...'abcdefghij'].map(async (letter) => {
          const [from, to] = [known + letter, after(known + letter)]
          const query = `select=${column}&${column}=gte.${from}&${column}=lt.${to}`
          const { range, code } = await ask(supabase, relation, query, 'planned')
          refusals.add(code)
          return { letter, rows: Number(range?.split('/')[1] ?? 0) }
        }),
      )
      const best = found.reduce((most, one) => (one.rows > most.rows ? one : most))
      if (found.every(({ rows }) => rows === best.rows)) break
      known += best.letter
    }
    return { known, refusals: [...refusals] }
  }

  test('of a message, by a stranger', async () => {
    const ask = () => guess(scene.stranger.supabase, 'messages', 'content')
    expect(await ask()).toEqual({ known: '', refusals: ['42501'] })
    // It is a way in, where the table is open.
    expect(await whileOpen(ask)).toMatchObject({ known: scene.secret })
  })

  test('of a song, by a visitor', async () => {
    const ask = () => guess(connect(), 'songs', 'artist')
    expect(await ask()).toEqual({ known: '', refusals: ['42501'] })
    expect(await whileOpen(ask)).toMatchObject({ known: scene.secret })
  })
})
