import type postgres from 'postgres'
import { randomNumbers } from './generate-songs.ts'
import { type Measure, measure, percentile } from './measure.ts'
import { typos } from './search-cases.ts'
import { connectAs } from './search-people.ts'

/** How many of 1,000 titles with a slip in them are among the first ten. */
export async function measureRecall(
  sql: postgres.Sql,
  url: string,
  log: (line: string) => void,
): Promise<Measure> {
  const wanted = await typos(url, randomNumbers(3), 1000)
  let found = 0
  for (const { title, query } of wanted) {
    const [row] = await sql`
      select exists (
        select from jsonb_array_elements(public.search_songs(${query}, '{}', 10) -> 'songs') as s where s ->> 'title' = ${title}
      ) as found`.catch((error) => {
      // Cut off: not found.
      if (error.code !== '57014') throw error
      return []
    })
    if (row?.found) found += 1
    else if (process.env.BENCH_SEARCH_SLOW) log(`not found: ${title} by ${query}`)
  }
  return measure('recall@10 of titles with a slip', (found / wanted.length) * 100, '%', ['>=', 95])
}

type Place = [tier: number, score: number, popularity: number, id: string]

/** Walks 10,000 results by cursors while songs with the same word are added. */
export async function measureWalk(owner: postgres.Sql, sql: postgres.Sql): Promise<Measure[]> {
  const words = await owner`
    select distinct split_part(lyrics, ' ', 1) as word from public.songs tablesample system (0.05) where language = 'pt' limit 200`
  const [{ songs_in_all: songsInAll } = {}] =
    await owner`select reltuples::integer as songs_in_all from pg_class where oid = 'public.songs'::regclass`
  const least = Math.min(10_000, Number(songsInAll) / 100)
  const hits = (word: string) => owner`
    select id from public.songs where search_vector @@ plainto_tsquery('simple', private.fold_text(${word})) and visibility = 'public' and deleted_at is null`
  let query = ''
  let before: postgres.RowList<postgres.Row[]> | undefined
  for (const { word } of words) {
    before = await hits(String(word))
    query = `${word} `
    if (before.length >= least && before.length < least * 3) break
  }
  const [{ created_by: adder } = {}] = await owner`select created_by from public.songs limit 1`
  const seen: string[] = []
  let next: Place | null = null
  do {
    const place: (number | string)[] = next ?? []
    const [tier = null, score = null, popularity = null, id = null] = place
    const [row] = await sql`
      select public.search_songs(${query}, '{}', 200, ${tier}, ${score}, ${popularity}, ${id}) as answer`
    const answer = row?.answer as { songs: { id: string }[]; next: Place | null }
    seen.push(...answer.songs.map((song) => song.id))
    next = answer.next
    await owner`
      insert into public.songs (created_by, title, content, visibility, popularity)
      values (${adder}, 'Added meanwhile', ${`la ${query}`}, 'public', ${seen.length % 40})`
  } while (next && seen.length < 10_000)
  await owner`delete from public.songs where title = 'Added meanwhile' and created_by = ${adder}`
  const found = new Set(seen)
  const missing = next ? 0 : (before ?? []).filter(({ id }) => !found.has(id)).length
  return [
    measure('walk by cursors: results', seen.length, 'songs', ['>=', Math.min(least, 10_000)]),
    measure('walk by cursors: repeated', seen.length - found.size, 'songs', ['<=', 0]),
    measure('walk by cursors: skipped', missing, 'songs', ['<=', 0]),
  ]
}

const median = (samples: number[]) => percentile(samples, 0.5)

/**
 * Whether a stranger can tell from the time that a private song with just this title exists: titles of private songs and titles
 * that nobody has, made alike, in turns. The noise is the difference between two sets that nobody has.
 */
export async function measureSecrecy(owner: postgres.Sql, url: string): Promise<Measure[]> {
  const random = randomNumbers(Date.now())
  const title = () => Array.from({ length: 12 }, () => 'bdfgklmnprst'[Math.floor(random() * 12)]).join('')
  const [hidden, none, others] = [0, 1, 2].map(() => Array.from({ length: 20 }, title)) as [
    string[],
    string[],
    string[],
  ]
  const [{ created_by: keeper } = {}] = await owner`select created_by from public.songs limit 1`
  for (const one of hidden) {
    await owner`insert into public.songs (created_by, title, content) values (${keeper}, ${one}, 'la la la')`
  }
  const sql = await connectAs(url, null)
  const sets = [hidden, none, others]
  const samples: number[][] = [[], [], []]
  for (let round = 0; round < 600; round++) {
    // Who comes first changes, for the first of three finds colder caches.
    for (const place of [0, 1, 2]) {
      const set = (round + place) % 3
      const startedAt = performance.now()
      await sql`select public.search_songs(${sets[set]?.[Math.floor(round / 3) % 20] ?? ''}, '{}', 20)`
      samples[set]?.push(performance.now() - startedAt)
    }
  }
  await sql.end()
  await owner`delete from public.songs where created_by = ${keeper} and title in ${owner(hidden)}`
  const [ofHidden = [], ofNone = [], ofOthers = []] = samples
  // How far the median of as many samples strays by itself.
  const spread = percentile(ofNone, 0.75) - percentile(ofNone, 0.25)
  const noise = Math.max(Math.abs(median(ofNone) - median(ofOthers)), spread / Math.sqrt(ofNone.length / 2))
  return [
    measure('exact private title, stranger: median', median(ofHidden), 'ms'),
    measure('exact title of nobody, stranger: median', median(ofNone), 'ms'),
    measure('private less nobody: difference of medians', Math.abs(median(ofHidden) - median(ofNone)), 'ms'),
    measure('noise of such a difference', noise, 'ms'),
  ]
}
