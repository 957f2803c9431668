import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { applyMigrations, startPostgres } from '../../local/src/index.ts'
import { generateSongs, randomNumbers } from '../generate-songs.ts'
import { type Measure, measure, percentile, type Scale, textOfBytes } from '../measure.ts'
import { type Case, cases } from '../search-cases.ts'
import { measureRecall, measureSecrecy, measureWalk } from '../search-checks.ts'
import { connectAs, cpuClock, findCollector, limit, shareSongs } from '../search-people.ts'

const log = (line: string) => console.error(`  ${new Date().toISOString().slice(11, 19)} ${line}`)

/** A database with that many songs: a new one that goes at the end, or the given one. */
async function openDatabase(songs: number, given: string | undefined) {
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

const ask = (sql: postgres.Sql, { kind, query, filters, sort }: Case) =>
  kind === 'facets'
    ? sql`select public.count_songs(${query}, ${sql.json(filters)})`
    : kind === 'as you type'
      ? sql`select public.suggest_songs(${query})`
      : sql`select public.search_songs(${query}, ${sql.json(filters)}, 20, sort => ${sort ?? null})`

/** Every class as one person; the seed's query beside ours, in turns, for a visitor. */
async function measureClasses(url: string, who: string, person: string | null) {
  const measures: Measure[] = []
  const rival = postgres(url, { max: 1, onnotice: () => {} })
  await rival.unsafe(`set statement_timeout = ${limit}`)
  const list = await cases(url, randomNumbers(2))
  const sql = await connectAs(url, person)
  const cpu = await cpuClock(sql)
  for (const kind of new Set(list.map((one) => one.kind))) {
    const ours: number[] = []
    const worked: number[] = []
    const theirs: number[] = []
    const chosen = list.filter((one) => one.kind === kind)
    for (const one of chosen.slice(0, 3)) await time(() => ask(sql, one))
    for (const [n, one] of chosen.entries()) {
      const before = await cpu()
      const took = await time(() => ask(sql, one))
      const after = await cpu()
      if (before !== null && after !== null) worked.push(after - before)
      if (took > 100 && process.env.BENCH_SEARCH_SLOW)
        log(`${took.toFixed()} ms ${one.kind} ${one.query} ${JSON.stringify(one.filters)}`)
      ours.push(took)
      if (!person && one.seed && n < 12)
        theirs.push(await time(() => rival.unsafe(one.seed as string, [one.query])))
    }
    const target = kind === 'facets' ? 150 : kind === 'playable' ? 20 : 100
    const name = `${kind}, ${who}`
    for (const share of [50, 95, 99]) {
      const value = percentile(ours, share / 100)
      measures.push(measure(`${name}: p${share}`, value, 'ms', share === 95 ? ['<=', target] : undefined))
    }
    // On a machine that does other things the clock on the wall tells more of those.
    if (worked.length > 0) measures.push(measure(`${name}: p95 on the CPU`, percentile(worked, 0.95), 'ms'))
    if (theirs.length > 0) {
      measures.push(measure(`${kind}: the seed's query, p50`, percentile(theirs, 0.5), 'ms'))
      measures.push(measure(`${kind}: the seed's query, p95`, percentile(theirs, 0.95), 'ms'))
      const ratio = percentile(theirs, 0.95) / percentile(ours, 0.95)
      // A rare word, and all the words of one line, have few matches, which the seed finds quickly too.
      const isRare = kind === 'rare' || kind === 'line'
      measures.push(measure(`${kind}: seed / ours`, ratio, '×', isRare ? undefined : ['>=', 10]))
    }
    log(
      `${name}: ${measures
        .filter((one) => one.name.startsWith(kind))
        .map((one) => one.value)
        .join(' ')}`,
    )
  }
  await Promise.all([sql.end(), rival.end()])
  return measures
}

/** Saving a song of median length, and one at the limit; each goes again. */
async function measureSaves(url: string, owner: postgres.Sql, person: string): Promise<Measure[]> {
  const rows = await owner`select content from public.songs tablesample system (0.2) limit 1001`
  const contents = rows.map(({ content }) => String(content)).toSorted((a, b) => a.length - b.length)
  const median = contents[Math.floor(contents.length / 2)] ?? ''
  const sql = await connectAs(url, person)
  const save = async (content: string, rounds: number) => {
    const samples: number[] = []
    for (let round = 0; round < rounds; round++) {
      const id = crypto.randomUUID()
      const song = sql.json({ id, title: 'Saved', content, visibility: 'public' })
      samples.push(await time(() => sql`select from public.create_song(${song})`))
      await owner`delete from public.songs where id = ${id}`
    }
    return samples
  }
  await save(median, 20)
  const usual = await save(median, 200)
  const longest = await save(textOfBytes(median, 131_072), 5)
  await sql.end()
  return [
    measure('save, median song: p50', percentile(usual, 0.5), 'ms', ['<=', 5]),
    measure('save, median song: p95', percentile(usual, 0.95), 'ms'),
    measure('save at the limit: p50', percentile(longest, 0.5), 'ms', ['<=', 2000]),
  ]
}

/** How each class grows with the songs: its p95 grows as their number to the power of this. */
function growth(small: Measure[], large: Measure[], scale: Scale): Measure[] {
  const target: ['<=', number] | undefined = scale === 'full' ? ['<=', 0.3] : undefined
  // The clock of the CPU, where there is one: the other one tells of whatever else the machine does.
  const end = small.some(({ name }) => name.endsWith('p95 on the CPU')) ? ': p95 on the CPU' : ': p95'
  return small.flatMap(({ name, value }) => {
    const grown = large.find((one) => one.name === name)
    if (!grown || !name.endsWith(`, anonymous${end}`)) return []
    const exponent = Math.log10(grown.value / value)
    return [measure(name.replace(`, anonymous${end}`, ': exponent of its growth'), exponent, '', target)]
  })
}

/** The classes as a visitor in a catalogue of a tenth of the size. */
async function measureSmaller(songs: number): Promise<Measure[]> {
  const { url, stop } = await openDatabase(songs, process.env.BENCH_SEARCH_SMALLER_DATABASE)
  try {
    return await measureClasses(url, 'anonymous', null)
  } finally {
    await stop()
  }
}

/**
 * Searching a catalogue: 20,000 songs when small, a million when full, and a tenth of them for how the classes grow.
 * `BENCH_SEARCH_PARTS=classes,growth,recall,walk,secrecy,saves` measures only those. `BENCH_SEARCH_DATABASE` and
 * `BENCH_SEARCH_SMALLER_DATABASE` name databases that are filled already.
 */
export async function run(scale: Scale): Promise<Measure[]> {
  const songs = scale === 'full' ? 1_000_000 : 20_000
  const parts = (process.env.BENCH_SEARCH_PARTS ?? 'classes,growth,recall,walk,secrecy,saves').split(',')
  const smaller = parts.includes('growth') ? await measureSmaller(songs / 10) : []
  const { url, stop } = await openDatabase(songs, process.env.BENCH_SEARCH_DATABASE)
  const owner = postgres(url, { max: 1, onnotice: () => {} })
  try {
    const measures: Measure[] = []
    const collector = await findCollector(owner)
    const visitor = await connectAs(url, null)
    if (parts.includes('classes')) {
      measures.push(...(await measureClasses(url, 'anonymous', null)))
      measures.push(...growth(smaller, measures, scale))
      const friend = await shareSongs(owner)
      measures.push(...(await measureClasses(url, 'with 500 shares', friend)))
      measures.push(...(await measureClasses(url, 'with own songs', collector)))
    }
    if (parts.includes('recall')) measures.push(await measureRecall(visitor, url, log))
    if (parts.includes('walk')) measures.push(...(await measureWalk(owner, visitor)))
    if (parts.includes('secrecy')) measures.push(...(await measureSecrecy(owner, url)))
    if (parts.includes('saves')) measures.push(...(await measureSaves(url, owner, collector)))
    await visitor.end()
    return measures
  } finally {
    await owner.end()
    await stop()
  }
}
