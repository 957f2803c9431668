import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { applyMigrations, startPostgres } from '../../local/src/index.ts'
import { generateSongs, randomNumbers } from '../generate-songs.ts'
import { type Measure, measure, percentile, type Scale } from '../measure.ts'
import { type Case, cases, typos } from '../search-cases.ts'

const limit = 5_000
const log = (line: string) => console.error(`  ${new Date().toISOString().slice(11, 19)} ${line}`)

/** A database with that many songs: a new one that goes at the end, or the one that the environment names. */
async function openDatabase(songs: number) {
  const given = process.env.BENCH_SEARCH_DATABASE
  if (given) return { url: given, stop: async () => {} }
  const root = await mkdtemp(join(tmpdir(), 'tertulia-search-'))
  await chmod(root, 0o755)
  const workdir = fileURLToPath(new URL('../..', import.meta.url))
  const place = { dataDir: join(root, 'data'), port: 0 }
  const first = await startPostgres(place)
  const admin = postgres(first.adminUrl, { max: 1 })
  await admin`alter system set shared_buffers = '2GB'`
  await admin`alter system set max_wal_size = '8GB'`
  await admin.end()
  await first.stop()
  const server = await startPostgres({ ...place, removeAfter: root })
  await applyMigrations({ url: server.url, workdir, log: () => {} })
  await generateSongs(server.url, { songs, log })
  return { url: server.url, stop: () => server.stop() }
}

/** A connection that is what the API makes of a request: role and claims set. */
async function connectAs(url: string, person: string | null): Promise<postgres.Sql> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql.unsafe(`set statement_timeout = ${limit}`)
  const role = person ? 'authenticated' : 'anon'
  await sql`select set_config('request.jwt.claims', ${JSON.stringify({ role, sub: person })}, false)`
  await sql.unsafe(`set role ${role}`)
  return sql
}

async function time(call: () => PromiseLike<unknown>): Promise<number> {
  const startedAt = performance.now()
  try {
    await call()
  } catch (error) {
    // Cut off: it counts as its limit.
    if ((error as { code?: string }).code !== '57014') throw error
    return limit
  }
  return performance.now() - startedAt
}

const ask = (sql: postgres.Sql, { kind, query, filters }: Case) =>
  kind === 'facets'
    ? sql`select public.count_songs(${query}, ${sql.json(filters)})`
    : kind === 'as you type'
      ? sql`select public.suggest_songs(${query})`
      : sql`select public.search_songs(${query}, ${sql.json(filters)}, 20)`

async function recall(sql: postgres.Sql, url: string, random: () => number): Promise<number> {
  const wanted = await typos(url, random, 1000)
  let found = 0
  for (const { title, query } of wanted) {
    const [row] = await sql`
      select exists (
        select from jsonb_array_elements(public.search_songs(${query}, '{}', 10) -> 'songs') as s where s ->> 'title' = ${title}
      ) as found`
    if (row?.found) found += 1
  }
  return (found / wanted.length) * 100
}

async function saves(sql: postgres.Sql, content: string, rounds: number): Promise<number[]> {
  const samples: number[] = []
  for (let round = 0; round < rounds; round++) {
    samples.push(
      await time(() => sql`select from public.create_song(${sql.json({ content, visibility: 'public' })})`),
    )
  }
  return samples
}

/** Searching a catalogue: 20,000 songs when small, a million when full. */
export async function run(scale: Scale): Promise<Measure[]> {
  const { url, stop } = await openDatabase(scale === 'full' ? 1_000_000 : 20_000)
  try {
    const measures: Measure[] = []
    const owner = postgres(url, { max: 1, onnotice: () => {} })
    await owner.unsafe(`set statement_timeout = ${limit}`)
    const [{ collector } = {}] = await owner`
      select created_by as collector from public.songs where visibility = 'private' group by 1 order by count(*) desc limit 1`
    const list = await cases(url, randomNumbers(2))
    for (const person of [null, String(collector)]) {
      const sql = await connectAs(url, person)
      const who = person ? 'with own songs' : 'anonymous'
      for (const kind of new Set(list.map((one) => one.kind))) {
        const ours: number[] = []
        const theirs: number[] = []
        const chosen = list.filter((one) => one.kind === kind)
        await ask(sql, chosen[0] as Case)
        for (const [n, one] of chosen.entries()) {
          const took = await time(() => ask(sql, one))
          if (took > 100 && process.env.BENCH_SEARCH_SLOW)
            log(`${took.toFixed()} ms ${one.kind} ${one.query} ${JSON.stringify(one.filters)}`)
          ours.push(took)
          if (!person && one.seed && n < 12)
            theirs.push(await time(() => owner.unsafe(one.seed as string, [one.query])))
        }
        const target = kind === 'facets' ? 150 : kind === 'playable' ? 20 : 100
        const name = `${kind}, ${who}`
        measures.push(measure(`${name}: p50`, percentile(ours, 0.5), 'ms'))
        measures.push(measure(`${name}: p95`, percentile(ours, 0.95), 'ms', ['<=', target]))
        measures.push(measure(`${name}: p99`, percentile(ours, 0.99), 'ms'))
        if (theirs.length > 0) {
          measures.push(measure(`${kind}: the seed's query, p95`, percentile(theirs, 0.95), 'ms'))
          const ratio = percentile(theirs, 0.95) / percentile(ours, 0.95)
          measures.push(measure(`${kind}: seed / ours`, ratio, '×', ['>=', 10]))
        }
        log(`${name} done`)
      }
      if (person) {
        const [{ content = '' } = {}] =
          await owner`select content from public.songs order by length(content) offset 500 limit 1`
        const median = await saves(sql, String(content), 60)
        measures.push(measure('save, median song: p50', percentile(median, 0.5), 'ms', ['<=', 5]))
        const longest = String(content).repeat(200).slice(0, 131_072)
        measures.push(
          measure('save at the limit: p50', percentile(await saves(sql, longest, 5), 0.5), 'ms', [
            '<=',
            2000,
          ]),
        )
      } else {
        measures.push(
          measure('recall@10 of titles with a slip', await recall(sql, url, randomNumbers(3)), '%', [
            '>=',
            95,
          ]),
        )
      }
      await sql.end()
    }
    await owner.end()
    return measures
  } finally {
    await stop()
  }
}
