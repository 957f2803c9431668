import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres, { type Sql } from 'postgres'
import { applyMigrations, startPostgres } from '../../local/src/index.ts'
import { analyticsSeed } from '../analytics-seed.ts'
import { generateSongs } from '../generate-songs.ts'
import { type Measure, measure, type Scale } from '../measure.ts'

const connections = 32
const log = (line: string) => console.error(`  ${new Date().toISOString().slice(11, 19)} ${line}`)

/** A database that keeps what it confirms, as a hosted one does: with a disk that is waited for. */
async function openDatabase(songs: number) {
  const root = await mkdtemp(join(tmpdir(), 'tertulia-analytics-'))
  await chmod(root, 0o755)
  const workdir = fileURLToPath(new URL('../..', import.meta.url))
  const place = { dataDir: join(root, 'data'), port: 0 }
  const first = await startPostgres(place)
  const admin = postgres(first.adminUrl, { max: 1 })
  await admin`alter system set shared_buffers = '1GB'`
  await admin`alter system set max_wal_size = '8GB'`
  await admin.end()
  await first.stop()
  const server = await startPostgres(place)
  await applyMigrations({ url: server.url, workdir, log: () => {} })
  await generateSongs(server.url, { songs: Math.min(songs, 20_000), log })
  await addEmptySongs(server.adminUrl, songs)
  const stop = async () => {
    await server.stop()
    await rm(root, { recursive: true, force: true })
  }
  return { url: server.url, stop }
}

/** Fills up with songs without words, whose figures are counted like those of any other; 20,000 have all that songs have. */
async function addEmptySongs(adminUrl: string, songs: number) {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} })
  await sql.unsafe('set session_replication_role = replica')
  await sql`
    insert into public.songs (title, content, visibility, created_by)
    select 'Song ' || n, '', 'public', (select created_by from public.songs limit 1)
    from generate_series((select count(*) from public.songs) + 1, ${songs}) as n`
  await sql`vacuum (analyze) public.songs`
  await sql.end()
  log(`${songs} songs`)
}

let visitors = 0
/**
 * A request: a transaction that sets the headers of one more visitor, the call, the commit. In one message, for both sides alike: the
 * less the generator does, which has the same two cores, the more of what is measured is the database's.
 */
const request = (line: Sql, call: string) =>
  line
    .unsafe(
      `begin; select set_config('request.headers', '{"cf-connecting-ip": "v${visitors++}", "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "cf-ipcountry": "ES"}', true); ${call}; commit`,
    )
    .simple()

/** Requests a second of all connections, each of which sends one after the other. */
async function load(lines: Sql[], seconds: number, call: (n: number) => string): Promise<number> {
  let calls = 0
  const startedAt = performance.now()
  const ends = startedAt + seconds * 1000
  await Promise.all(
    lines.map(async (line) => {
      while (performance.now() < ends) await request(line, call(calls++))
    }),
  )
  return (calls * 1000) / (performance.now() - startedAt)
}

async function throughput(url: string, sql: Sql, seconds: number): Promise<Measure[]> {
  const rows = await sql`
    select id from public.songs where visibility = 'public' and deleted_at is null and lyrics <> '' order by id limit 10000`
  const songs = rows.map(({ id }) => String(id))
  // The last by id: whoever locks several rows in their order holds this one for the shortest time.
  const hot = songs.at(-1) ?? ''
  const song = (n: number) => songs[(n * 7919) % (songs.length - 1)] as string
  await sql.unsafe(analyticsSeed)
  await sql`insert into seed.figures (song_id) select unnest(${songs}::uuid[])`
  const track = (events: object[]) => `select public.track_events('${JSON.stringify(events)}')`
  const view = (song_id: string) => ({ kind: 'song_view', song_id })
  // What the SDK sends of one visit: ten songs, the hot one among them.
  const visit = (n: number) => [...Array.from({ length: 9 }, (_, at) => song(n * 9 + at)), hot].sort()
  const slow = '; select pg_sleep(0.002)'
  const cases = {
    nothing: () => 'select 1',
    hotAdd: () => `select seed.count_view('${hot}')`,
    hot: () => track([view(hot)]),
    hotAddSlow: () => `select seed.count_view('${hot}')${slow}`,
    hotSlow: () => `${track([view(hot)])}${slow}`,
    visitsAdd: (n: number) => `select seed.count_views('{${visit(n)}}')`,
    visits: (n: number) => track(visit(n).map(view)),
    referred: () => track([{ ...view(hot), referrer: 'https://www.google.com' }]),
    spreadAdd: (n: number) => `select seed.count_view('${song(n)}')`,
    spread: (n: number) => track([view(song(n))]),
  }
  const names = Object.keys(cases) as (keyof typeof cases)[]

  // The same connections all the time, as the API's pool keeps them, and warm: one that is new plans and maps memory for a second.
  const lines = Array.from({ length: connections }, () => postgres(url, { max: 1, onnotice: () => {} }))
  await Promise.all(lines.map((line) => line.unsafe('set role anon')))
  for (const name of names) await load(lines, 1, cases[name])
  log('warm')
  // In turns, so that whatever else the machine does hits all alike.
  const turns = 3
  const sums = Object.fromEntries(names.map((name) => [name, 0])) as Record<keyof typeof cases, number>
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) {
      sums[name] += await load(lines, seconds / turns, cases[name])
      // What autovacuum would do in the middle of another's turn.
      await sql`vacuum seed.figures, private.analytics_allowances`
    }
    log(`turn ${turn + 1} of ${turns}`)
  }
  await Promise.all(lines.map((line) => line.end()))
  const rate = (name: keyof typeof cases) => sums[name] / turns
  return [
    measure(`a request that does nothing, ${connections} connections`, rate('nothing'), 'requests/s'),
    measure('one hot song, UPDATE … + 1, one a request', rate('hotAdd'), 'events/s'),
    measure('one hot song, one event a request', rate('hot'), 'events/s'),
    measure('  over UPDATE … + 1', rate('hot') / rate('hotAdd'), '×', ['>=', 5]),
    measure('the same with a referrer', rate('referred'), 'events/s'),
    measure('the same in transactions of 2 ms, UPDATE … + 1', rate('hotAddSlow'), 'events/s'),
    measure('the same in transactions of 2 ms, one event', rate('hotSlow'), 'events/s'),
    measure('  over UPDATE … + 1', rate('hotSlow') / rate('hotAddSlow'), '×', ['>=', 5]),
    measure('a hot song in visits of ten, ten UPDATE … + 1 a request', rate('visitsAdd') * 10, 'events/s'),
    measure('a hot song in visits of ten, one batch a request', rate('visits') * 10, 'events/s', [
      '>=',
      5000,
    ]),
    measure('  over UPDATE … + 1', rate('visits') / rate('visitsAdd'), '×', ['>=', 5]),
    measure(
      '  over UPDATE … + 1 one a request, as the seed does it',
      (rate('visits') * 10) / rate('hotAdd'),
      '×',
    ),
    measure('spread over 10,000 songs, UPDATE … + 1, one a request', rate('spreadAdd'), 'events/s'),
    measure('spread over 10,000 songs, one event a request', rate('spread'), 'events/s'),
  ]
}

async function timed(run: () => PromiseLike<unknown>): Promise<number> {
  const startedAt = performance.now()
  await run()
  return (performance.now() - startedAt) / 1000
}

/** Calls it until it has nothing left; answers the longest batch in seconds too. */
async function drain(
  sql: Sql,
  call: () => PromiseLike<{ handled?: unknown }[]>,
): Promise<{ all: number; longest: number }> {
  let longest = 0
  const all = await timed(async () => {
    for (let handled = 1; handled > 0; ) {
      const took = await timed(async () => {
        handled = Number((await call())[0]?.handled)
      })
      longest = Math.max(longest, took)
    }
  })
  await sql`vacuum (analyze) private.analytics_days`
  return { all, longest }
}

const rollUp = (sql: Sql) => drain(sql, () => sql`select public.roll_up_analytics() as handled`)

/** So many events of today, a fifth of them of one song, with a mark for each ten, as batches leave them. */
async function rollUpTime(sql: Sql, events: number): Promise<Measure[]> {
  await rollUp(sql)
  await sql`
    insert into private.analytics_events (entity_id, kind, viewer, day, at)
    select case when n % 5 = 0 then s.ids[1] else s.ids[1 + (n::bigint * 7919) % cardinality(s.ids)] end, 'song_view', gen_random_uuid(),
      (now() at time zone 'utc')::date, (now() at time zone 'utc')::date at time zone 'utc' + (now() - (now() at time zone 'utc')::date at time zone 'utc') * random()
    from (select array_agg(id) as ids from (select id from public.songs where visibility = 'public' and deleted_at is null and lyrics <> '' limit 10000) x) s,
      generate_series(1, ${events}) n
    on conflict do nothing`
  await sql`
    insert into private.analytics_marks (entity_id, day)
    select entity_id, day
    from (select entity_id, day, row_number() over (partition by entity_id) as n from private.analytics_events) e
    where n % 10 = 1`
  await sql`analyze private.analytics_events`
  const { all, longest } = await rollUp(sql)
  const [row] = await sql`
    select sum(count) = (select count(*) from private.analytics_events) as exact from private.analytics_days`
  return [
    measure(`roll-up of ${events.toLocaleString('en')} events`, all, 's'),
    measure('its longest batch', longest, 's'),
    measure('its figures equal a recount', row?.exact ? 1 : 0, 'yes', ['>=', 1]),
  ]
}

/** What the owner of the hot song waits for: a page of charts, a fifth of all events being its own. */
async function charts(sql: Sql): Promise<Measure[]> {
  const [{ id, owner } = {}] = await sql`
    select s.id, s.created_by as owner from private.analytics_days d join public.songs s on s.id = d.entity_id
    group by 1, 2 order by sum(d.count) desc limit 1`
  await sql`select set_config('request.jwt.claims', ${JSON.stringify({ sub: owner, role: 'authenticated' })}, false)`
  const of = (figure: string, more: object = {}) => ({ figure, kind: 'song_view', entity_id: id, ...more })
  const goal = { figure: 'goal', steps: ['song_view', 'song_share'], entity_id: id }
  const figures = {
    total: of('total'),
    series: of('series'),
    breakdown: of('breakdown', { by: 'source' }),
    goal,
    retention: of('retention'),
  }
  const rows: Measure[] = []
  for (const [name, asked] of [...Object.entries(figures), ['page', null] as const]) {
    const request = sql.json((asked ? { [name]: asked } : figures) as never)
    await sql`select public.get_figures(${request})`
    const seconds = await timed(() => sql`select public.get_figures(${request})`)
    rows.push(
      measure(asked ? `a figure of the hot song: ${name}` : 'all five in one request', seconds * 1000, 'ms'),
    )
  }
  return rows
}

async function popularity(sql: Sql, songs: number): Promise<Measure[]> {
  const count = songs.toLocaleString('en')
  await sql`
    insert into private.analytics_days (entity_id, kind, day, count, seconds, last_at)
    select s.id, 'song_view', (now() at time zone 'utc')::date - (random() * 300)::integer, 1 + (random() ^ 8 * 10000)::integer, 0, now()
    from public.songs s on conflict do nothing`
  await sql`insert into private.analytics_marks (entity_id) select id from public.songs`
  const scored = await rollUp(sql)
  // Those with words, whose rows are dear.
  await sql`delete from private.analytics_unfed u where not exists (select from public.songs s where s.id = u.song_id and s.lyrics <> '')`
  const [{ queued } = {}] = await sql`select count(*)::integer as queued from private.analytics_unfed`
  const sample = Math.min(queued, 2000)
  const feed = await timed(async () => {
    for (let done = 0; done < sample; done += 200) await sql`select public.refresh_popularity(200)`
  })
  // A day passes without a visit.
  await sql`create temporary table before as select song_id, popularity_score from public.song_analytics`
  await sql`update private.analytics_state set aged_until = aged_until - 1 where id`
  const aged = await rollUp(sql)
  const [{ stale } = {}] = await sql`
    select count(*)::integer as stale from public.song_analytics a join pg_temp.before b on b.song_id = a.song_id
    where b.popularity_score <> a.popularity_score`
  return [
    measure(`counting and scoring ${count} songs anew`, scored.all, 's'),
    measure('its longest batch', scored.longest, 's'),
    measure('bringing the song’s own row up to its score, each', (feed / sample) * 1000, 'ms'),
    measure('a day passes: weekly and monthly counters', aged.all, 's'),
    measure('a day passes: songs whose score has to be written', stale, 'songs', ['<=', 0]),
  ]
}

/** Analytics in a database of its own: 5,000 songs and 50,000 events when small, a million of each when full. */
export async function run(scale: Scale): Promise<Measure[]> {
  const songs = scale === 'full' ? 1_000_000 : 5_000
  const server = await openDatabase(songs)
  const sql = postgres(server.url, { max: 1, onnotice: () => {} })
  try {
    return [
      ...(await throughput(server.url, sql, scale === 'full' ? 15 : 6)),
      ...(await rollUpTime(sql, scale === 'full' ? 1_000_000 : 50_000)),
      ...(await charts(sql)),
      ...(await popularity(sql, songs)),
    ]
  } finally {
    await sql.end()
    await server.stop()
  }
}
