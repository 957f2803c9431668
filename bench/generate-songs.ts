import { totalmem } from 'node:os'
import postgres from 'postgres'
import { fill, fillTags, readHeaders, readTexts, staging } from './catalogue-sql.ts'
import { languages, progressions } from './catalogue-words.ts'
import { copy } from './copy.ts'

// A catalogue of songs that is not there: words by Zipf's law in three languages, progressions as they are played, a few songs
// that everybody knows, and many that nobody does. The same seed gives the same catalogue.

export interface Catalogue {
  /** Who owns 10,000 songs (a tenth, in a small catalogue), most of them private. */
  collector: string
  /** A word that half of the songs have. */
  commonWord: string
}

interface Plan {
  songs: number
  seed?: number
  log?: (line: string) => void
}

/** Numbers from 0 to 1 that look random (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const pick = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

/** Draws a word: the one of rank r about 1 / (r + 2) as often as all. */
function zipf(words: readonly string[], random: () => number): () => string {
  const slots = new Uint32Array(1 << 20)
  const weights = words.map((_, rank) => 1 / (rank + 2))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let filled = 0
  let sum = 0
  for (const [rank, weight] of weights.entries()) {
    sum += weight
    const end = Math.round((sum / total) * slots.length)
    slots.fill(rank, filled, end)
    filled = end
  }
  return () => words[slots[Math.floor(random() * slots.length)] ?? 0] ?? ''
}

/** A language's common words, and after them 30,000 that are made of its syllables. */
function vocabulary({ common, syllables }: (typeof languages)[number], random: () => number): string[] {
  const words = new Set(common)
  while (words.size < 30_000) {
    const length = 2 + Math.floor(random() * 2.6)
    words.add(Array.from({ length }, () => pick(random, syllables)).join(''))
  }
  return [...words]
}

const roots = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B']
const usualKeys = [0, 7, 2, 9, 4, 5, 0, 7, 2, 9, 10, 3]
const colours = ['7', 'm7', 'sus4', 'add9', 'maj7', '9', '6']

/** Two progressions of one key, now and then with a colour of its own. */
function chordsOf(random: () => number): { key: string; bars: string[] } {
  const key = pick(random, usualKeys)
  const degrees = [...pick(random, progressions), ...pick(random, progressions)]
  const bars = degrees.map(([step, quality]) => `${roots[(key + step) % 12]}${quality}`)
  if (random() < 0.35) {
    const at = Math.floor(random() * bars.length)
    const root = roots[(key + (degrees[at]?.[0] ?? 0)) % 12]
    bars[at] = `${root}${pick(random, colours)}`
  }
  return { key: roots[key] ?? 'C', bars }
}

/** Verses with a refrain between them. */
function textOf(word: () => string, random: () => number): { content: string; key: string } {
  const { key, bars } = chordsOf(random)
  let bar = 0
  const line = () => {
    const words = Array.from({ length: 4 + Math.floor(random() * 4) }, word)
    const at = [0, ...(random() < 0.45 ? [2 + Math.floor(random() * 2)] : [])]
    return words.map((one, n) => (at.includes(n) ? `[${bars[bar++ % bars.length]}]${one}` : one)).join(' ')
  }
  const verse = () => Array.from({ length: 4 }, line).join('\n')
  const refrain = `{start_of_chorus}\n${verse()}\n{end_of_chorus}`
  const verses = Array.from({ length: 2 + Math.floor(random() * 3) }, verse)
  return { content: verses.map((one) => `${one}\n\n${refrain}`).join('\n\n'), key }
}

const genres =
  'rock,pop,folk,balada,samba,bossa nova,tango,cumbia,bolero,country,blues,jazz,fado,punk,reggae'.split(',')
const styles = 'ballad,acoustic,live,waltz,march,slow,fast,fingerpicking,unplugged'.split(',')
const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

/**
 * Fills an empty, migrated database. Five versions share a title and artist, and twenty songs a text, for reading those is what
 * takes long; everything derived comes from the same functions as at a save, only in sets, with triggers and indexes away.
 *
 * @param url - As `postgres`.
 */
export async function generateSongs(
  url: string,
  { songs, seed = 1, log = () => {} }: Plan,
): Promise<Catalogue> {
  const random = randomNumbers(seed)
  const sql = postgres(url, { max: 2, onnotice: () => {} })
  const both = (statement: (half: number) => string) =>
    Promise.all([0, 1].map((half) => sql.unsafe(statement(half))))
  const uuid = (): string => {
    const parts = Array.from({ length: 4 }, () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    )
    const hex = parts.join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
  }
  const tongues = languages.map((language) => {
    const words = vocabulary(language, random)
    return { ...language, text: zipf(words, random), title: zipf(words.slice(8), random) }
  })
  const tongueOf = (n: number) => tongues[n % 20 < 11 ? 0 : n % 20 < 16 ? 1 : 2] as (typeof tongues)[0]
  const people = Array.from({ length: Math.min(2000, Math.ceil(songs / 100)) }, uuid)
  const collector = people[0] as string
  const texts = Math.ceil(songs / 20)
  const works = Math.ceil(songs / 5)
  const keys: string[] = []

  await sql`
    insert into auth.users (id, email, aud, role)
    select p.id, p.id || '@example.com', 'authenticated', 'authenticated' from unnest(${people}::uuid[]) as p (id)`
  await sql.unsafe(staging)

  log(`writing ${texts} texts, ${works} titles, ${songs} songs`)
  function* textRows() {
    for (let n = 0; n < texts; n++) {
      const tongue = tongueOf(n)
      const { content, key } = textOf(tongue.text, random)
      keys.push(key)
      yield [n, tongue.code, content]
    }
  }
  await copy(sql, 'public.bench_text', textRows())
  const artists = Array.from({ length: Math.ceil(songs / 25) }, (_, n) => {
    const { title } = tongueOf(n)
    return Array.from({ length: 1 + Math.floor(random() * 2.4) }, () => capital(title())).join(' ')
  })
  const maybe = <T>(chance: number, value: () => T): T | null => (random() < chance ? value() : null)
  function* workRows() {
    for (let n = 0; n < works; n++) {
      const { title } = tongueOf(n % texts)
      const words = Array.from({ length: 1 + Math.floor(random() * random() * 6 + random()) }, title)
      yield [
        n,
        n % texts,
        capital(words.join(' ')),
        artists[Math.floor(random() ** 3 * artists.length)] ?? null,
        maybe(0.6, () => capital(`${title()} ${title()}`)),
        keys[n % texts] ?? null,
        maybe(0.7, () => 60 + Math.floor((random() + random()) * 60)),
        maybe(0.9, () => genres[Math.floor(random() ** 2 * genres.length)] ?? ''),
        maybe(0.4, () => pick(random, styles)),
        maybe(0.8, () => 2025 - Math.floor(random() ** 2 * 110)),
        maybe(0.7, () => 100 + Math.floor((random() + random()) * 130)),
        maybe(0.8, () => 1 + Math.floor(random() * 5)),
        random() < 0.7 ? 'import' : 'manual',
      ]
    }
  }
  await copy(sql, 'public.bench_work', workRows())
  function* songRows() {
    for (let n = 0; n < songs; n++) {
      const own = n % 97 === 0 && n / 97 < Math.min(10_000, songs / 100)
      yield [
        uuid(),
        Math.floor(random() * works),
        random() < (own ? 0.1 : 0.8) ? 'public' : 'private',
        own ? collector : (people[1 + Math.floor(random() ** 2 * (people.length - 1))] ?? collector),
        Math.round((random() ** -0.9 - 1) * 1000) / 1000,
        new Date(Date.UTC(2015, 0, 1) + Math.floor(random() * 3.4e11)).toISOString(),
        maybe(0.03, () => '2026-11-01T00:00:00Z'),
      ]
    }
  }
  await copy(sql, 'public.bench_song', songRows())

  log('reading the texts')
  await both(readTexts)
  await sql.unsafe('create unique index on public.bench_read (n); analyze public.bench_read')
  await sql.unsafe(`
    select private.add_chord_set(s.chords, '{}', s.chord_set)
    from (select distinct on (b.chord_set) b.chord_set, (b.reading).chords from public.bench_read b where b.chord_set is not null) as s`)
  log('reading the headers')
  await both(readHeaders)
  await sql.unsafe('create unique index on public.bench_header (n); analyze public.bench_header')

  log('filling the table')
  const indexes = await sql<{ name: string; definition: string }[]>`
    select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
    from pg_index i where i.indrelid = 'public.songs'::regclass and not i.indisprimary
    order by i.indexrelid desc`
  for (const { name } of indexes) await sql.unsafe(`drop index ${name}`)
  await sql.unsafe('alter table public.songs disable trigger user')
  await both(fill)
  await sql.unsafe('alter table public.songs enable trigger user')
  // The terms are there already.
  for (const change of ['disable', 'enable']) {
    await sql.unsafe(
      `alter table public.song_tags ${change} trigger song_tags_lock_song, ${change} trigger song_tags_index_inserted`,
    )
    if (change === 'disable') await sql.unsafe(fillTags)
  }
  await sql.unsafe(`
    select private.add_song_words(array_agg(distinct w.word))
    from public.bench_header h
    cross join lateral unnest(tsvector_to_array(private.text_vector(concat_ws(' ', h.title, h.artist)))) as w (word)`)
  await sql.unsafe(
    'drop table public.bench_text, public.bench_work, public.bench_song, public.bench_read, public.bench_header',
  )

  log('indexing')
  // An inverted index that does not fit is written several times over: of a million songs it takes ten times as long then.
  const memory = Math.min(4, Math.max(1, Math.floor(totalmem() / 2 ** 30 / 5)))
  await sql.unsafe(`alter role postgres set maintenance_work_mem = '${memory}GB'`)
  const builder = postgres(url, { max: 2, onnotice: () => {} })
  await Promise.all(
    indexes.map(async ({ name, definition }) => {
      await builder.unsafe(definition)
      log(name)
    }),
  )
  await builder.end()
  await sql.unsafe('alter role postgres reset maintenance_work_mem')
  for (const table of [
    'public.songs',
    'public.song_tags',
    'private.song_lexicon',
    'private.song_chord_sets',
  ]) {
    await sql.unsafe(`vacuum analyze ${table}`)
  }
  await sql.end()
  return { collector, commonWord: 'the' }
}
