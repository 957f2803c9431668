import postgres from 'postgres'

/** A search to time. */
export interface Case {
  kind: string
  query: string
  filters: Record<string, string[] | number[] | number>
  /** Its order, where that is not by how well a song matches. */
  sort?: string
  /** What the seed's query would be, behaving the same: $1 is the query. */
  seed?: string
}

const letters = 'abcdefghijlmnoprstuvz'

/** The text with one letter lost, added, changed or moved. */
export function slip(text: string, random: () => number): string {
  const at = Math.floor(random() * text.length)
  const letter = letters[Math.floor(random() * letters.length)] ?? 'a'
  switch (Math.floor(random() * 4)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1)
    case 1:
      return text.slice(0, at) + letter + text.slice(at)
    case 2:
      return text.slice(0, at) + letter + text.slice(at + 1)
    default:
      return text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2)
  }
}

/** Public titles of all languages, of four letters or more, each with a slip in it. */
export async function typos(url: string, random: () => number, count: number) {
  const sql = postgres(url, { max: 1 })
  const rows = await sql`
    select title from (
      select title, language, row_number() over (partition by language order by md5(id::text)) as n from public.songs
      where visibility = 'public' and deleted_at is null and char_length(title) between 4 and 40
    ) as s where n <= ${count} order by n, language limit ${count}`
  await sql.end()
  return rows.map(({ title }) => {
    let query = title as string
    while (query.toLowerCase().trim() === title.toLowerCase()) query = slip(title, random)
    return { title: title as string, query }
  })
}

/** The seed's search, seeing what the person may see, its query as given. */
const seedQuery = (query: string, condition = '') => `
  select s.id, s.title, s.artist, s.genre, s.difficulty_level, ts_rank(s.search_vector, q) as relevance
  from public.songs s, ${query} as q
  where s.search_vector @@ q and s.visibility = 'public' and s.deleted_at is null ${condition}
  order by relevance desc, s.popularity desc limit 20`

/** Searches of each kind, taken from the songs that there are. */
export async function cases(url: string, random: () => number): Promise<Case[]> {
  const sql = postgres(url, { max: 1 })
  const rows = await sql`
    select title, lyrics from public.songs
    where visibility = 'public' and deleted_at is null order by md5('bench' || id::text) limit 100`
  await sql.end()
  const plain = (text: string) =>
    text
      .normalize('NFD')
      .replace(/[\u0300-\u036f]/g, '')
      .toLowerCase()
  const words = rows.map((row) => plain(String(row.lyrics)).split(/\s+/))
  const longest = (list: string[]) => list.toSorted((a, b) => b.length - a.length)[0] ?? ''
  const common = [
    'the',
    'you',
    'and',
    'i',
    'a',
    'de',
    'que',
    'la',
    'me',
    'to',
    'my',
    'love',
    'the you',
    'que no',
    'amor',
    'corazon',
  ]
  const some = (n: number) => common[n % common.length] ?? 'the'
  const chords = [
    'C',
    'G',
    'Am',
    'F',
    'D',
    'Em',
    'A',
    'E',
    'Dm',
    'Bm',
    'A7',
    'E7',
    'D7',
    'G7',
    'B7',
    'Bb',
    'Gm',
  ]
  const list: Case[] = []
  for (const [n, { title }] of rows.entries()) {
    const text = words[n] ?? []
    const at = Math.floor(random() * Math.max(text.length - 3, 1))
    list.push({
      kind: 'rare',
      query: longest(text),
      filters: {},
      seed: seedQuery(`plainto_tsquery('simple', $1)`),
    })
    list.push({
      kind: 'common',
      query: some(n),
      filters: {},
      seed: seedQuery(`plainto_tsquery('simple', $1)`),
    })
    const phrase = text.slice(at, at + 2 + (n % 2)).join(' ')
    list.push({
      kind: 'phrase',
      query: `"${phrase}"`,
      filters: {},
      seed: seedQuery(`phraseto_tsquery('simple', $1)`),
    })
    const lines = plain(String(rows[n]?.lyrics))
      .split('\n')
      .filter((line) => line.split(' ').length > 4)
    const line = lines[Math.floor(random() * lines.length)] ?? phrase
    // Every third with a slip in it.
    list.push({
      kind: 'line',
      query: n % 3 ? line : slip(line, random),
      filters: {},
      seed: seedQuery(`plainto_tsquery('simple', $1)`),
    })
    const signed = lines.find((one) => one.includes("'")) ?? `don't ${line}`
    const from = Math.max(signed.split(' ').findIndex((one) => one.includes("'")) - 1, 0)
    list.push({
      kind: 'apostrophe',
      query: signed
        .replaceAll("'", '')
        .split(' ')
        .slice(from, from + 2 + (n % 2))
        .join(' '),
      filters: {},
    })
    const start = plain(String(title))
      .slice(0, 1 + (n % 5))
      .trim()
    list.push({
      kind: 'prefix',
      query: start,
      filters: {},
      seed: seedQuery(
        `to_tsquery('simple', replace(btrim(regexp_replace($1, '[^[:alnum:]]+', ' ', 'g')), ' ', ' & ') || ':*')`,
      ),
    })
    list.push({
      kind: 'typo',
      query: slip(String(title), random),
      filters: {},
      seed: `select id, title from public.songs s where extensions.similarity(s.title_words, lower($1)) > 0.4
        and s.visibility = 'public' and s.deleted_at is null
        order by extensions.similarity(s.title_words, lower($1)) desc, popularity desc limit 20`,
    })
    const filters = [
      { genre: ['reggae'] },
      { genre: ['jazz', 'blues'], difficulty: [1, 2] },
      { language: ['pt'], year: [1960, 1969] },
      { key: ['Eb'], tempo: [150, 170] },
      { chords: ['Bbm'], style: ['waltz'] },
      { source: ['manual'], duration: [100, 130] },
      { any_tags: ['wedding', 'campfire'], genre: ['folk'] },
      { all_tags: ['wedding', 'party'] },
    ][n % 8] as Case['filters']
    const condition = [
      `and genre = 'reggae'`,
      `and genre in ('jazz', 'blues') and difficulty_level between 1 and 2`,
      `and language = 'pt' and year between 1960 and 1969`,
      `and key = 'Eb' and tempo between 150 and 170`,
      `and style = 'waltz' and chords @> '[{"name": "Bbm"}]'`,
      `and source_type = 'manual' and duration_seconds between 100 and 130`,
      `and genre = 'folk' and exists (select from public.song_tags t where t.song_id = s.id and t.tag_name in ('wedding', 'campfire'))`,
      `and (select count(*) from public.song_tags t where t.song_id = s.id and t.tag_name in ('wedding', 'party')) = 2`,
    ][n % 8]
    list.push({
      kind: 'filtered',
      query: some(n),
      filters,
      seed: seedQuery(`plainto_tsquery('simple', $1)`, condition),
    })
    // Artist and difficulty order at most 10,000 matches: those of three long words.
    const rare = text
      .toSorted((a, b) => b.length - a.length)
      .slice(0, 3)
      .join(' ')
    const sort = ['popular', 'newest', 'title', 'artist', 'difficulty'][n % 5] ?? 'title'
    list.push({ kind: 'sorted', query: n % 5 < 3 ? some(n) : rare, filters: {}, sort })
    const known = chords.slice(n % 5, (n % 5) + 3 + (n % 9))
    list.push({ kind: 'playable', query: '', filters: { playable: known, missing: n % 3 } })
    list.push({
      kind: 'facets',
      query: n % 3 ? some(n) : longest(text),
      filters: n % 2 ? {} : { language: ['es', 'en'] },
    })
    list.push({ kind: 'as you type', query: start, filters: {} })
  }
  return list
}
