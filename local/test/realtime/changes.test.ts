import type { RealtimeChannel, RealtimePostgresChangesPayload, SupabaseClient } from '@supabase/supabase-js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { person, service, visitor } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'
import { query } from '../support/sql.ts'

const stack = stackOfProject(`
  create table public.notes (
    id bigint generated always as identity primary key,
    owner_id uuid references auth.users,
    body text,
    done boolean not null default false,
    tags text[] not null default '{}',
    about jsonb,
    written_at timestamptz not null default now()
  );
  alter table public.notes enable row level security;
  create policy "owners read" on public.notes for select to authenticated using ((select auth.uid()) = owner_id);
  create policy "everybody writes" on public.notes for all to service_role using (true);
  create table public.open (id int primary key, word text, secret text);
  revoke select on public.open from anon;
  grant select (id, word) on public.open to anon;
  create table public.full_rows (id int primary key, word text);
  alter table public.full_rows replica identity full;
  create table public.unkeyed (word text);
  create table public.unpublished (id int primary key);
  create schema other;
  grant usage on schema other to anon;
  create table other.things (id int primary key);
  grant select on other.things to anon;
  alter publication supabase_realtime add table public.notes, public.open, public.full_rows, public.unkeyed, other.things;
`)
const sql = (text: string) => query(stack().adminDbUrl, text)
type Heard = RealtimePostgresChangesPayload<Record<string, unknown>>

const clients: SupabaseClient[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.removeAllChannels()))
})

interface Asked {
  event?: '*' | 'INSERT' | 'UPDATE' | 'DELETE'
  schema?: string
  table?: string
  filter?: string
  select?: string[]
}

/** Subscribes and answers once the stack says that changes are followed, or why they are not. */
async function follow(client: SupabaseClient, ...all: Asked[]) {
  clients.push(client)
  const heard: Heard[] = []
  const said: { extension: string; status: string; message: string }[] = []
  let channel: RealtimeChannel = client.channel(crypto.randomUUID())
  for (const { event = '*', schema = 'public', ...rest } of all)
    channel = channel.on('postgres_changes', { event, schema, ...rest } as never, (payload: Heard) =>
      heard.push(payload),
    )
  channel.on('system', {}, (message) => said.push(message)).subscribe()
  await vi.waitFor(() => expect(said.length).toBeGreaterThan(0))
  return { heard, said, channel }
}

const until = (check: () => void) => vi.waitFor(check)

describe('a change of a table', () => {
  it('reaches its subscribers as the platform writes it', async () => {
    const { client, id } = await person(stack())
    const { heard, said } = await follow(client, { table: 'notes' })
    expect(said[0]).toMatchObject({
      extension: 'postgres_changes',
      status: 'ok',
      message: 'Subscribed to PostgreSQL',
    })
    await sql(
      `insert into public.notes (owner_id, body, tags, about) values ('${id}', 'first', '{a,b}', '{"n": 12345678901234567890}')`,
    )
    await until(() => expect(heard).toHaveLength(1))
    await sql(`update public.notes set done = true where owner_id = '${id}'`)
    // Policies are asked about the row as it is now: of one that is gone they show nothing.
    await until(() => expect(heard).toHaveLength(2))
    await sql(`delete from public.notes where owner_id = '${id}'`)
    await until(() => expect(heard).toHaveLength(3))
    const [inserted, updated, deleted] = heard as [Heard, Heard, Heard]
    expect(inserted).toMatchObject({
      schema: 'public',
      table: 'notes',
      eventType: 'INSERT',
      new: { owner_id: id, body: 'first', done: false, tags: ['a', 'b'] },
      old: {},
      errors: null,
    })
    expect(inserted.commit_timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const { id: noteId } = inserted.new as { id: number }
    expect(updated).toMatchObject({
      eventType: 'UPDATE',
      new: { id: noteId, done: true },
      old: { id: noteId },
    })
    expect(Object.keys(updated.old)).toEqual(['id'])
    expect(deleted).toMatchObject({ eventType: 'DELETE', new: {}, old: { id: noteId } })
  })

  it('is heard by those whose policies let them read it, as of now', async () => {
    const [ana, eva] = [await person(stack()), await person(stack())]
    const [ofAna, ofEva] = [
      await follow(ana.client, { table: 'notes' }),
      await follow(eva.client, { table: 'notes' }),
    ]
    const all = await follow(service(stack()), { table: 'notes' })
    const none = await follow(visitor(stack()), { table: 'notes' })
    await sql(
      `insert into public.notes (owner_id, body) values ('${ana.id}', 'of Ana'), ('${eva.id}', 'of Eva')`,
    )
    await until(() => expect(all.heard).toHaveLength(2))
    await until(() =>
      expect(ofAna.heard.map((change) => (change.new as { body: string }).body)).toEqual(['of Ana']),
    )
    await until(() =>
      expect(ofEva.heard.map((change) => (change.new as { body: string }).body)).toEqual(['of Eva']),
    )
    expect(none.heard).toEqual([])
  })

  it('comes in the order of the commits, each once', async () => {
    const { heard } = await follow(visitor(stack()), { event: 'INSERT', table: 'full_rows' })
    await Promise.all(
      [0, 1, 2, 3].map((batch) =>
        sql(
          `insert into public.full_rows select n, 'x' from generate_series(${batch * 25 + 1}, ${batch * 25 + 25}) n`,
        ),
      ),
    )
    await until(() => expect(heard).toHaveLength(100))
    const ids = heard.map((change) => (change.new as { id: number }).id)
    expect(new Set(ids).size).toBe(100)
    // Each transaction came whole.
    for (let at = 0; at < 100; at += 25) expect(ids[at + 24]).toBe((ids[at] as number) + 24)
    await sql('delete from public.full_rows')
  })

  it('tells the old row where the replica identity keeps it', async () => {
    await sql(`insert into public.full_rows values (1, 'before')`)
    const { heard } = await follow(visitor(stack()), { table: 'full_rows' })
    await sql(`update public.full_rows set word = 'after'`)
    await sql('delete from public.full_rows')
    await until(() => expect(heard).toHaveLength(2))
    expect(heard[0]).toMatchObject({ old: { id: 1, word: 'before' }, new: { id: 1, word: 'after' } })
    expect(heard[1]).toMatchObject({ old: { id: 1, word: 'after' } })
  })

  it('holds the columns that the role may read', async () => {
    const { heard } = await follow(visitor(stack()), { table: 'open' })
    await sql(`insert into public.open values (1, 'seen', 'hidden')`)
    await until(() => expect(heard).toHaveLength(1))
    expect(heard[0]?.new).toEqual({ id: 1, word: 'seen' })
    await sql('delete from public.open')
  })

  it('names its table’s lack of a primary key', async () => {
    const { heard } = await follow(visitor(stack()), { table: 'unkeyed' })
    await sql(`insert into public.unkeyed values ('x')`)
    await until(() => expect(heard[0]?.errors).toEqual(['Error 400: Bad Request, no primary key']))
  })

  it('is not heard when its transaction is rolled back', async () => {
    const { heard } = await follow(visitor(stack()), { table: 'full_rows' })
    await sql(`begin; insert into public.full_rows values (7, 'no'); rollback`)
    await sql(`insert into public.full_rows values (8, 'yes')`)
    await until(() => expect(heard).toHaveLength(1))
    expect(heard[0]?.new).toMatchObject({ id: 8 })
    await sql('delete from public.full_rows')
  })
})

describe('a subscription', () => {
  it.each([
    ['word=eq.b', [2]],
    ['word=neq.b', [1, 3]],
    ['id=lt.2', [1]],
    ['id=lte.2', [1, 2]],
    ['id=gt.2', [3]],
    ['id=gte.2', [2, 3]],
    ['word=in.(a,c)', [1, 3]],
    ['id=gt.1,word=neq.c', [2]],
    ['word=not.eq.a', [2, 3]],
    ['word=like.a%', [1]],
    ['word=imatch.^[BC]$', [2, 3]],
    ['word=eq."b"', [2]],
  ])('hears what fits %s', async (filter, ids) => {
    const client = visitor(stack())
    const { heard } = await follow(client, { event: 'INSERT', table: 'full_rows', filter })
    const last = await follow(client, { event: 'INSERT', table: 'full_rows' })
    await sql(`insert into public.full_rows values (1, 'a'), (2, 'b'), (3, 'c')`)
    await until(() => expect(last.heard).toHaveLength(3))
    await until(() => expect(heard.map((change) => (change.new as { id: number }).id)).toEqual(ids))
    await sql('delete from public.full_rows')
  })

  it('of one kind of event hears no other', async () => {
    const { heard } = await follow(visitor(stack()), { event: 'UPDATE', table: 'full_rows' })
    await sql(`insert into public.full_rows values (1, 'a')`)
    await sql(`update public.full_rows set word = 'b'`)
    await sql('delete from public.full_rows')
    await sql(`insert into public.full_rows values (2, 'a')`)
    await sql(`update public.full_rows set word = 'c'`)
    await until(() => expect(heard.map(({ eventType }) => eventType)).toEqual(['UPDATE', 'UPDATE']))
    await sql('delete from public.full_rows')
  })

  it('of every schema hears of all published tables', async () => {
    const { heard } = await follow(visitor(stack()), { schema: '*' })
    await sql('insert into other.things values (1)')
    await sql(`insert into public.full_rows values (1, 'a')`)
    await until(() => expect(heard.map(({ table }) => table)).toEqual(['things', 'full_rows']))
    await sql('delete from public.full_rows')
  })

  it('gets the columns it selects, and the key', async () => {
    const { heard } = await follow(service(stack()), { table: 'open', select: ['secret'] })
    await sql(`insert into public.open values (2, 'word', 'told')`)
    await until(() => expect(heard[0]?.new).toEqual({ id: 2, secret: 'told' }))
    await sql('delete from public.open')
  })

  it('hears once of a change that two of its bindings ask for, for both', async () => {
    const { heard } = await follow(
      visitor(stack()),
      { event: 'INSERT', table: 'full_rows' },
      { event: '*', table: 'full_rows', filter: 'id=eq.5' },
    )
    await sql(`insert into public.full_rows values (5, 'both'), (6, 'one')`)
    await until(() => expect(heard.map((change) => (change.new as { id: number }).id)).toEqual([5, 5, 6]))
    await sql('delete from public.full_rows')
  })

  it.each([
    [
      { table: 'unpublished' },
      /Please check Realtime is enabled for the given connect parameters: \[event: \*, schema: public, table: unpublished/,
    ],
    [{ table: 'nowhere' }, /Please check Realtime is enabled/],
    [{ table: 'notes', filter: 'nothing=eq.1' }, /invalid column for filter nothing/],
    [{ table: 'open', filter: 'secret=eq.1' }, /invalid column for filter secret/],
    [{ table: 'open', filter: 'id=eq.x' }, /invalid input syntax for type integer/],
    [{ table: 'open', filter: 'id=foo.1' }, /Error parsing `filter` params: \["foo", "1"\]/],
    [{ table: 'open', filter: 'id=in.1' }, /must be wrapped by parentheses/],
    [
      { table: 'open', filter: 'id=like.1' },
      /operator like requires a text-compatible column type, got integer/,
    ],
  ] as [Asked, RegExp][])('that cannot be followed says so: %o', async (asked, message) => {
    const { said } = await follow(visitor(stack()), asked)
    expect(said[0]).toMatchObject({
      extension: 'postgres_changes',
      status: 'error',
      message: expect.stringMatching(message),
    })
  })

  it('ends with its channel', async () => {
    const client = visitor(stack())
    const gone = await follow(client, { table: 'full_rows' })
    const stays = await follow(client, { table: 'full_rows' })
    await client.removeChannel(gone.channel)
    await sql(`insert into public.full_rows values (1, 'a')`)
    await until(() => expect(stays.heard).toHaveLength(1))
    expect(gone.heard).toEqual([])
    await sql('delete from public.full_rows')
  })

  it('goes on when PostgreSQL and the publication are made anew', async () => {
    const { heard } = await follow(visitor(stack()), { event: 'INSERT', table: 'full_rows' })
    await sql(`insert into public.full_rows values (1, 'a')`)
    await until(() => expect(heard).toHaveLength(1))
    await stack().restartPostgres()
    await sql(`insert into public.full_rows values (2, 'b')`)
    await until(() => expect(heard).toHaveLength(2))
    await sql(`
      begin; drop publication supabase_realtime; create publication supabase_realtime; commit;
      alter publication supabase_realtime add table public.full_rows`)
    await sql(`insert into public.full_rows values (3, 'c')`)
    await until(() => expect(heard.map((change) => (change.new as { id: number }).id)).toEqual([1, 2, 3]))
  })
})
