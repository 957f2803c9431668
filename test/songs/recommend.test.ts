import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { describe, expect, onTestFinished, test } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { startFreshStack } from '../support/fresh-stack.ts'
import { connect, signUp } from '../support/people.ts'
import { openSeed } from './fixtures/against-seed.ts'
import { seedRecommendations } from './fixtures/seed.ts'

// Genres and chords that no other test has, so that these songs are compared with each other alone.
const word = () => `w${crypto.randomUUID().replaceAll('-', '')}`

test('similar songs are those with the same chords, tags, genre and key, and say so', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const genre = word()
  const tag = word()
  const make = async (content: string, genre: string | null, tags: string[] = [], visibility = 'public') => {
    const song = await ana.tertulia.songs.create({
      content,
      genre,
      visibility: visibility as 'public' | 'private',
    })
    if (tags.length > 0) await ana.tertulia.songs.tag(song.id, tags)
    return song.id
  }
  const chords = '[Abm7b5]a [Db13]b [Gb69]c'
  const one = await make(`{key: Gb}\n${chords}`, genre, [tag])
  const twin = await make(`{key: F#}\n${chords}`, genre, [tag.toUpperCase()])
  const same = await make('{key: A}\n[G#ø]a [C#13]b [F#6/9]c [Em]d', null)
  const genreOnly = await make('[C]la', genre)
  const secret = await make(chords, genre, [tag], 'private')
  const deleted = await make(chords, genre, [tag])
  await ana.tertulia.songs.delete(deleted)

  const found = await ben.tertulia.songs.similar(one, { limit: 50 })
  const own = found.filter(({ id }) => [one, twin, same, genreOnly, secret, deleted].includes(id))
  expect(own).toMatchObject([
    { id: twin, chords: ['Abm7b5', 'C#13', 'F#69'], tags: [tag.toUpperCase()], sameGenre: true },
    { id: same, chords: ['Abm7b5', 'C#13', 'F#69'], tags: [], sameGenre: false, sameKey: false },
    { id: genreOnly, chords: [], sameGenre: true },
  ])
  expect(own[0]?.score).toBeGreaterThan(own[1]?.score ?? 9)
  expect((await ana.tertulia.songs.similar(one, { limit: 50 })).map(({ id }) => id)).toContain(secret)
  expect((await createTertulia(connect()).songs.similar(one)).map(({ id }) => id)).toContain(twin)
  for (const hidden of [secret, deleted, crypto.randomUUID()]) {
    await expect(ben.tertulia.songs.similar(hidden)).rejects.toMatchObject({ code: 'song_not_found' })
  }
  await expect(ben.tertulia.songs.similar(one, { limit: 51 })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'limit',
  })
})

test('a recommendation says because of which favourite; each song once, no favourite, nothing of one’s own', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const genre = word()
  const make = (title: string, person = ana, visibility: 'public' | 'private' = 'public') =>
    person.tertulia.songs.create({ content: `{title: ${title}}\n[Abdim7]a [Db11]b`, genre, visibility })
  const first = await make('Uno')
  const second = await make('Dos')
  const like = await make('Tres')
  const hidden = await make('Cuatro', ana, 'private')
  const mine = await make('Cinco', ben)
  await ben.tertulia.songs.favorite(first.id)
  await ben.tertulia.songs.favorite(second.id)

  const recommended = await ben.tertulia.songs.recommend({ limit: 50 })
  const ids = recommended.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(recommended.find(({ id }) => id === like.id)).toMatchObject({ title: 'Tres', reason: 'favorite' })
  expect([first.title, second.title]).toContain(recommended.find(({ id }) => id === like.id)?.because?.title)
  for (const { id } of [first, second, hidden, mine]) expect(ids).not.toContain(id)

  // A favourite that is gone says nothing any more.
  await ana.tertulia.songs.delete(first.id)
  await ana.tertulia.songs.delete(second.id)
  const later = await ben.tertulia.songs.recommend({ limit: 50 })
  expect(later.filter(({ reason }) => reason === 'favorite')).toEqual([])
})

test('somebody who is new gets what many like, then what is new', async () => {
  // A stack of its own: what other tests like would fill the list.
  const stack = await startFreshStack()
  onTestFinished(() => stack.stop())
  const join = async () => {
    const supabase = createClient(stack.apiUrl, stack.publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
    })
    await signUpConfirmed(supabase, stack)
    return { tertulia: createTertulia(supabase) }
  }
  const [ana, ben, carla, dora] = await Promise.all([join(), join(), join(), join()])
  const song = await ana!.tertulia.songs.create({ content: 'la', visibility: 'public' })
  await ben!.tertulia.songs.favorite(song.id)
  await carla!.tertulia.songs.favorite(song.id)
  const fresh = await ana!.tertulia.songs.create({ content: 'nueva', visibility: 'public' })
  const recommended = await dora!.tertulia.songs.recommend({ limit: 50 })
  expect(recommended.find(({ id }) => id === song.id)).toMatchObject({
    reason: 'popular',
    because: null,
    score: 2,
  })
  expect(recommended.find(({ id }) => id === fresh.id)).toMatchObject({ reason: 'new', because: null })
  const order = ['favorite', 'popular', 'new']
  const ranks = recommended.map(({ reason }) => order.indexOf(reason))
  expect(ranks).toEqual(ranks.toSorted((a, b) => a - b))
  await expect(createTertulia(connect()).songs.recommend()).rejects.toMatchObject({ code: 'not_signed_in' })
})

test('what one person alone likes is not told, and one person has only so many voices', async () => {
  const [ana, ben, carla, dora] = await Promise.all(
    ['Ana', 'Ben', 'Carla', 'Dora'].map((name) => signUp(name)),
  )
  const song = await ana!.tertulia.songs.create({ content: 'la', visibility: 'public' })
  await ben!.tertulia.songs.favorite(song.id)
  const reasonOf = async () =>
    (await dora!.tertulia.songs.recommend({ limit: 50 })).find(({ id }) => id === song.id)?.reason
  expect(await reasonOf()).not.toBe('popular')
  await carla!.tertulia.songs.favorite(song.id)
  expect(await reasonOf()).toBe('popular')
  // Ben's twenty latest count, so this one does no more.
  const others = await ana!.tertulia.songs.import(
    Array.from({ length: 20 }, (_, n) => ({ content: `${n}`, visibility: 'public' as const })),
  )
  for (const { id } of others) await ben!.tertulia.songs.favorite(id ?? '')
  expect(await reasonOf()).not.toBe('popular')
})

describe('what the seed gets wrong', () => {
  const { ana, become, ben, create, erratum, seedSong } = openSeed()

  erratum(
    3,
    'recommendations run',
    'ran',
    async (tx) => {
      await become(tx, ana)
      return tx`select * from public.recommend_songs()`.then(() => 'ran')
    },
    (tx) =>
      tx`with offered as (select s.id, 1 as score from seed.songs s join seed.figures g on g.song_id = s.id)
      select * from offered order by score desc, popularity_score desc`.then(() => 'ran'),
  )

  const genres = ['vals', 'vals', 'tango', 'vals', 'tango']

  /** Three favourites, the third deleted; the fourth song is like two of them, the fifth like the deleted one alone. */
  erratum(
    52,
    'recommendations repeat nothing, forget deleted favourites, leave nothing out and greet newcomers',
    { repeats: 0, deletedCounts: false, newcomer: true },
    async (tx) => {
      const marked = crypto.randomUUID()
      const ids: string[] = []
      for (const [n, genre] of genres.entries()) {
        const content =
          n === 3 ? '[Abm9]x [C#]y' : ['[Abm9]x', '[Abm9]y [C#]y', '[Ebm11]z', '', '[Ebm11]z'][n]
        ids.push(await create(tx, { content: content ?? '', genre: marked + genre, visibility: 'public' }))
      }
      await become(tx, ben)
      for (const id of ids.slice(0, 3)) await tx`select public.favorite_song(${id})`
      await become(tx, ana)
      await tx`select public.delete_song(${ids[2] ?? null})`
      await become(tx, ben)
      const found = await tx`select id, reason from public.recommend_songs(50)`
      await tx`select public.unfavorite_song(song_id) from public.song_favorites`
      const greeted = await tx`select id, reason from public.recommend_songs(50)`
      expect(found.find(({ id }) => id === ids[3])?.reason).toBe('favorite')
      return {
        repeats: found.length - new Set(found.map(({ id }) => id)).size,
        deletedCounts: found.find(({ id }) => id === ids[4])?.reason === 'favorite',
        newcomer: greeted.length > 0 && greeted.every(({ reason }) => reason !== 'favorite'),
      }
    },
    async (tx) => {
      const ids: string[] = []
      for (const genre of genres) ids.push(await seedSong(tx, { genre, key: 'C', visibility: 'public' }))
      await tx`insert into seed.figures select unnest(${ids}::uuid[]), 1`
      await tx`insert into seed.favorites select unnest(${ids.slice(0, 3)}::uuid[]), ${ben}`
      await tx`update seed.songs set deleted_at = now() where id = ${ids[2] ?? null}`
      const found = await tx.unsafe(seedRecommendations, [ben])
      const newcomer = await tx.unsafe(seedRecommendations, [ana])
      return {
        repeats: found.length - new Set(found.map(({ id }) => id)).size,
        deletedCounts: Number(found.find(({ id }) => id === ids[4])?.score) > 0,
        newcomer: newcomer.some(({ score }) => Number(score) > 0),
      }
    },
  )
})
