import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { applyMigrations, startPostgres } from '../../local/src/index.ts'
import { type Measure, measure, percentile, type Scale } from '../measure.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const log = (line: string) => console.error(`  ${new Date().toISOString().slice(11, 19)} ${line}`)

/** Songs that live and songs long in the trash, each with its chords; and as many stale rows again of other kinds. */
async function fill(adminUrl: string, url: string, stale: number) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const owner = crypto.randomUUID()
  await sql`insert into auth.users (id, email) values (${owner}, 'owner@example.com')`
  await sql`
    insert into public.songs (created_by, title, content, visibility)
    select ${owner}, 'Canción ' || n, '{key: C}' || chr(10) || repeat('[C]La noche [F]va [G]corazón [Am]' || n || chr(10), 8), 'public'
    from generate_series(1, 2000) n`
  await sql.end()

  const admin = postgres(adminUrl, { max: 1, onnotice: () => {} })
  await admin`set session_replication_role = replica`
  // Indexes of words are slow to fill row by row and have nothing to do with a purge; they are there again afterwards.
  const indexes = await admin`
    select indexdef, indexrelid::regclass::text as name from pg_indexes join pg_index on indexrelid = format('%I.%I', schemaname, indexname)::regclass
    where schemaname = 'public' and tablename = 'songs' and not indisprimary`
  for (const { name } of indexes) await admin.unsafe(`drop index ${name}`)
  await admin`create temp table living as select row_number() over () - 1 as n, s.* from public.songs s`
  const [columns] = await admin`
    select string_agg(quote_ident(attname), ', ') as names
    from pg_attribute
    where attrelid = 'public.songs'::regclass and attnum > 0 and not attisdropped and attname not in ('id', 'deleted_at')`
  await admin.unsafe(`
    insert into public.songs (id, deleted_at, ${columns?.names})
    select gen_random_uuid(), now() - interval '31 days' - g.n * interval '1 second', ${columns?.names}
    from generate_series(1, ${stale / 2}) as g (n)
    join living l on l.n = g.n % 2000`)
  await admin`
    insert into public.song_chords
    select s.id, c.name, c.name, '', null, 8, c.place
    from public.songs s cross join (values ('C', 1), ('F', 2), ('G', 3), ('Am', 4)) as c (name, place)
    where s.deleted_at is not null`
  for (const { indexdef } of indexes) await admin.unsafe(indexdef)
  await admin`
    insert into private.undelivered_messages (position, message_id, sent_at)
    select n, gen_random_uuid(), now() - interval '5 days' from generate_series(1, ${stale / 4}::int) n`
  await admin`
    insert into private.rate_limits (user_id, action, tokens, refilled_at)
    select gen_random_uuid(), 'send', 3, now() - interval '5 days' from generate_series(1, ${stale / 4}::int) n`
  await admin`vacuum analyze public.songs, public.song_chords, private.undelivered_messages, private.rate_limits`
  await admin.end()
  return owner
}

/** A person who reads or writes songs until told to stop; answers how long each call took, in milliseconds. */
async function live(
  url: string,
  person: string,
  act: (sql: postgres.Sql, n: number) => PromiseLike<unknown>,
) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql`select set_config('request.jwt.claims', ${JSON.stringify({ role: 'authenticated', sub: person })}, false)`
  await sql`set role authenticated`
  const waits: number[] = []
  let stopped = false
  const loop = (async () => {
    for (let n = 0; !stopped; n++) {
      const startedAt = performance.now()
      await act(sql, n)
      waits.push(performance.now() - startedAt)
      await wait(5)
    }
  })()
  return {
    async stop() {
      stopped = true
      await loop
      await sql.end()
      return waits
    },
  }
}

async function lively(url: string, owner: string, during: () => Promise<unknown>) {
  const mine: string[] = []
  const people = await Promise.all([
    live(url, owner, (sql) => sql`select * from public.list_songs(null, 20)`),
    live(url, owner, (sql) => sql`select public.search_songs('corazon', '{}', 10)`),
    live(url, owner, async (sql, n) => {
      const song = { content: `[C]Hola ${n}`, visibility: 'public' }
      const [made] = await sql`select id from public.create_song(${sql.json(song)})`
      mine.push(made?.id)
    }),
    live(url, owner, (sql, n) => {
      const id = mine[n % Math.max(1, mine.length)] ?? owner
      const change =
        n % 3 === 0 ? sql`select public.delete_song(${id})` : sql`select public.restore_song(${id})`
      return change.catch(() => {})
    }),
  ])
  await during()
  const waits = await Promise.all(people.map((person) => person.stop()))
  return { readers: waits.slice(0, 2).flat(), writers: waits.slice(2).flat() }
}

/** All of the upkeep, batch by batch, each a transaction; answers the time of each, how many rows went, and whose the longest was. */
async function cleanUp(url: string) {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const batches: number[] = []
  let handled = 0
  let slowest = ''
  let next: string | null = null
  do {
    const startedAt = performance.now()
    const [row]: {
      answer: {
        steps: { step: string; handled: number; outcome: string; error: string }[]
        next: string | null
      }
    }[] = await sql`select private.run_maintenance(null, ${next}, '0') as answer`
    const took = performance.now() - startedAt
    const names = row?.answer.steps.map(({ step }) => step).join(', ') ?? ''
    if (took > Math.max(0, ...batches)) slowest = names
    if (took > 1000) log(`${took.toFixed()} ms: ${names}`)
    batches.push(took)
    for (const step of row?.answer.steps ?? []) {
      if (step.outcome === 'failed') throw new Error(step.error)
      handled += step.handled
    }
    next = row?.answer.next ?? null
    if (batches.length % 200 === 0) log(`${batches.length} batches, ${handled} rows`)
  } while (next !== null)
  await sql.end()
  return { batches, handled, slowest }
}

/** Rows written so far, by table. */
async function written(url: string): Promise<Map<string, number>> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  // Whoever wrote has gone, and reports as it goes.
  await wait(1500)
  const rows = await sql`
    select schemaname || '.' || relname as name, n_tup_ins + n_tup_upd + n_tup_del as n
    from pg_stat_user_tables where relname not in ('maintenance_log', 'maintenance_steps')`
  await sql.end()
  return new Map(rows.map(({ name, n }) => [name, Number(n)]))
}

/** The clean-up while people read and write songs: over 20,000 stale rows when small, a million when full. */
export async function run(scale: Scale): Promise<Measure[]> {
  const stale = scale === 'full' ? 1_000_000 : 20_000
  const folder = await mkdtemp(join(tmpdir(), 'tertulia-upkeep-'))
  await chmod(folder, 0o755)
  const server = await startPostgres({ dataDir: join(folder, 'data'), port: 0, removeAfter: folder })
  try {
    await applyMigrations({ url: server.url, workdir: root, log: () => {} })
    const owner = await fill(server.adminUrl, server.url, stale)
    log('filled')
    const before = await lively(server.url, owner, () => wait(scale === 'full' ? 30_000 : 3000))
    log('people alone')
    let first = { batches: [0], handled: 0, slowest: '' }
    const startedAt = performance.now()
    const during = await lively(server.url, owner, async () => {
      first = await cleanUp(server.url)
    })
    const seconds = (performance.now() - startedAt) / 1000
    // What the people changed behind its back, after they have gone; then there must be nothing.
    const rest = await cleanUp(server.url)
    const counted = await written(server.url)
    const second = await cleanUp(server.url)
    let changed = 0
    for (const [name, n] of await written(server.url)) {
      const more = n - (counted.get(name) ?? 0)
      if (more > 0) log(`the second run wrote ${more} rows of ${name}`)
      changed += more
    }
    const sql = postgres(server.url, { max: 1 })
    const [left] = await sql`
      select (select count(*) from public.songs where deleted_at < now() - interval '30 days')
        + (select count(*) from private.undelivered_messages) + (select count(*) from private.rate_limits where refilled_at < now() - interval '1 day') as n`
    await sql.end()
    const told = (who: 'readers' | 'writers') => [
      measure(`${who} alone: p99`, percentile(before[who], 0.99), 'ms'),
      measure(`${who} alone: longest wait`, Math.max(...before[who]), 'ms'),
      measure(`${who} meanwhile: p99`, percentile(during[who], 0.99), 'ms'),
      measure(`${who} meanwhile: longest wait`, Math.max(...during[who]), 'ms', ['<=', 2000]),
      measure(`${who} meanwhile: calls`, during[who].length, 'calls'),
    ]
    return [
      measure('stale rows', stale, 'rows'),
      measure('rows removed or changed', first.handled, 'rows', ['>=', stale]),
      measure('stale rows left', Number(left?.n), 'rows', ['<=', 0]),
      measure('time', seconds, 's'),
      measure('batches, each a transaction', first.batches.length, 'batches'),
      measure(`longest batch (${first.slowest})`, Math.max(...first.batches), 'ms', ['<=', 5000]),
      ...told('readers'),
      ...told('writers'),
      measure('what the people left behind', rest.handled, 'rows'),
      measure('second run: rows handled', second.handled, 'rows', ['<=', 0]),
      measure('second run: rows written in any table', changed, 'rows', ['<=', 0]),
    ]
  } finally {
    await server.stop()
  }
}
