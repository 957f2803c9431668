import postgres from 'postgres'
import { createTertulia } from 'tertulia'
import { expect, inject, onTestFinished, test } from 'vitest'
import { connect, type Person, signUp } from '../support/people.ts'

const sorts = ['popular', 'newest', 'title', 'artist', 'difficulty'] as const
type Sort = (typeof sorts)[number]

function openDatabase() {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}

/** Songs of two users that have a word: public ones, one's own, a shared one, and one that only its owner sees. */
async function makeSongs() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const word = `zq${crypto.randomUUID().slice(0, 8)}`
  const songs = [
    { by: ben, title: 'Ñandú', artist: 'Zoé', difficulty: 3, visibility: 'public', popularity: 2 },
    { by: ben, title: 'alma', artist: 'Árbol', difficulty: 1, visibility: 'public', popularity: 7 },
    { by: ben, title: 'Alma', visibility: 'public', popularity: 9 },
    { by: ben, title: '¡Olé!', artist: 'arbol', visibility: 'public', popularity: 2 },
    { by: ana, title: 'Nadie', artist: 'Mía', difficulty: 5, visibility: 'private', popularity: 2 },
    { by: ana, title: '7 días', difficulty: 2, visibility: 'public', popularity: 0 },
    { by: ben, title: 'Shared', artist: 'Mia', difficulty: 1, visibility: 'private', popularity: 3 },
    { by: ben, title: 'Hidden', artist: 'A', difficulty: 1, visibility: 'private', popularity: 8 },
  ] as const
  const sql = openDatabase()
  const ids = new Map<string, string>()
  for (const [n, { by, popularity, ...song }] of songs.entries()) {
    const { id } = await by.tertulia.songs.create({ ...song, content: `la ${word}` })
    ids.set(`${n} ${song.title}`, id)
    await sql`update public.songs set popularity = ${popularity} where id = ${id}`
  }
  await ben.tertulia.sharing.share(ids.get('6 Shared')!, { userId: ana.id, role: 'view' })
  for (const share of (await ana.tertulia.sharing.listReceived()).items)
    await ana.tertulia.sharing.accept(share.id)
  return { ana, ben, word, sql, ids }
}

const wanted: Record<Sort, string[]> = {
  popular: ['Alma', 'alma', 'Shared', 'Nadie', '¡Olé!', 'Ñandú', '7 días'],
  newest: ['Shared', '7 días', 'Nadie', '¡Olé!', 'Alma', 'alma', 'Ñandú'],
  title: ['7 días', 'Alma', 'alma', 'Nadie', 'Ñandú', '¡Olé!', 'Shared'],
  artist: ['alma', '¡Olé!', 'Nadie', 'Shared', 'Ñandú', '7 días', 'Alma'],
  difficulty: ['alma', 'Shared', '7 días', 'Ñandú', 'Nadie', 'Alma', '¡Olé!'],
}

test('a search comes in each order, whatever the page is, with one’s own and shared songs among the public ones', async () => {
  const { ana, word } = await makeSongs()
  const visitor = createTertulia(connect())
  for (const sort of sorts) {
    const whole = await ana.tertulia.songs.search(word, { sort })
    const titles = whole.items.map(({ title }) => title)
    // Two of one popularity are in the order of their ids.
    const isAlike = (one: string[]) =>
      sort === 'popular' ? [...one.slice(0, 3), ...one.slice(3, 6).sort(), one[6]] : one
    expect([sort, ...isAlike(titles)]).toEqual([sort, ...isAlike(wanted[sort])])
    expect(whole).toMatchObject({ nextCursor: null, didYouMean: null })
    expect(whole.items[0]?.highlights.excerpt?.text).toBe(`la ${word}`)
    for (const limit of [1, 2, 3, 7]) {
      const walked = []
      for await (const { title } of ana.tertulia.songs.search(word, { sort, limit })) walked.push(title)
      expect([sort, limit, ...walked]).toEqual([sort, limit, ...titles])
    }
    const visitors = await visitor.songs.search(word, { sort })
    expect(visitors.items.map(({ title }) => title)).toEqual(
      titles.filter((title) => !['Nadie', 'Shared'].includes(title)),
    )
    const easy = await ana.tertulia.songs.search('', {
      sort,
      filters: { artist: ['arbol'], difficulty: [1, 1] },
    })
    expect(easy.items.map(({ title }) => title)).toContain('alma')
  }
})

test('a cursor is of its order alone, and an order that does not exist is refused by name', async () => {
  const { ana, word } = await makeSongs()
  const { nextCursor: cursor } = await ana.tertulia.songs.search(word, { sort: 'title', limit: 2 })
  for (const sort of ['newest', undefined] as const)
    await expect(ana.tertulia.songs.search(word, { sort, limit: 2, cursor: cursor! })).rejects.toMatchObject({
      code: 'invalid_cursor',
    })
  await expect(ana.tertulia.songs.search(word, { sort: 'best' as never })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'sort',
  })
  const { error } = await ana.supabase.rpc('search_songs', { query: word, sort: "title'; drop table songs" })
  expect(error?.message).toContain('there is no such order')
  const half = await ana.supabase.rpc('search_songs', { query: word, sort: 'title', after_name: 'x' })
  expect(half.error?.message).toContain('the cursor is not whole')
  for (const after_score of [1e300, -1e300, 'NaN', '-Infinity'])
    expect(
      (
        await ana.supabase.rpc('search_songs', {
          query: word,
          sort: 'newest',
          after_name: '',
          after_score: after_score as number,
          after_id: ana.id,
        })
      ).error?.message,
    ).toContain('the cursor is not whole')
  // Nothing to search for, and what nobody can find.
  for (const query of ['', '   ', '-x', 'zzqqxxnothing'])
    expect((await ana.tertulia.songs.search(query, { sort: 'newest' })).items).toEqual([])
})

test('a walk that has read its budget continues where it was, and repeats and skips nothing', async () => {
  const { ana, word, sql } = await makeSongs()
  const [all] = await sql`select count(*)::integer as n from public.songs where visibility = 'public'`
  // Others' songs stand between, so that most steps find nothing.
  const part = Math.ceil(all!.n / 25)
  for (const sort of ['popular', 'newest', 'title'] as const) {
    const { items } = await ana.tertulia.songs.search(word, { sort })
    for (const [budget, size] of [
      [part, 1],
      [part, 3],
      [4 * part + 1, 2],
      [26 * part, 3],
    ] as const) {
      const walked: string[] = []
      let after: { name: string | null; place: number | null; id: string | null } = {
        name: null,
        place: null,
        id: null,
      }
      for (let steps = 0; steps < 200; steps++) {
        const rows = await sql.begin(async (tx) => {
          await tx`set local extra_float_digits = 1`
          await tx`select set_config('request.jwt.claims', ${JSON.stringify({ sub: ana.id, role: 'authenticated' })}, true)`
          return tx<{ id: string; name: string; place: number; is_place: boolean }[]>`
            select w.* from unnest(private.walk_in_order(private.plan_songs(${word}, '{}'),
              private.song_order(${sort}, ${after.name}, ${after.place}, ${after.id}), ${after.id === null}, ${budget}, ${size})) as w`
        })
        walked.push(...rows.filter(({ is_place }) => !is_place).map(({ id }) => id))
        const end = rows.at(-1)
        if (!end || (!end.is_place && rows.length < size)) break
        after = end
      }
      expect([sort, budget, ...walked]).toEqual([sort, budget, ...items.map(({ id }) => id)])
    }
  }
})

test('each artist of a song is a facet, whatever the spelling', async () => {
  const ana = await signUp('Ana')
  const word = `zq${crypto.randomUUID().slice(0, 8)}`
  for (const content of [
    '{artist: Violeta Parra}\nla',
    '{artist: VIOLETA PARRA}\nla',
    '{artist: Violeta Parra; Inti-Illimani}\nla',
    'la',
  ])
    await ana.tertulia.songs.create({ title: word, content, visibility: 'public' })
  const { artist } = await ana.tertulia.songs.facets(word)
  expect(artist).toEqual([
    { value: 'Violeta Parra', count: 3 },
    { value: 'Inti-Illimani', count: 1 },
  ])
  for (const { value, count } of artist)
    expect((await ana.tertulia.songs.search(word, { filters: { artist: [value] } })).items).toHaveLength(
      count,
    )
})
