import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { connectAsService, signUp } from '../support/people.ts'
import { openSeed } from './fixtures/against-seed.ts'

const sql = postgres(inject('stack').dbUrl, { max: 12, onnotice: () => {} })
afterAll(() => sql.end())

const word = () => `w${crypto.randomUUID().replaceAll('-', '')}`

test('are entries of the catalogue that profiles have too', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const tag = word()
  await ben.tertulia.profiles.update({ tags: [{ name: `${tag} Música`, kind: 'specialty' }] })
  const { id } = await ana.tertulia.songs.create({
    content: `{tag: ${tag} MUSICA}\nla`,
    visibility: 'public',
  })
  expect(await ana.tertulia.songs.tag(id, [`${tag}  musica`])).toMatchObject([{ name: `${tag} musica` }])
  const { data } = await connectAsService()
    .from('tags')
    .select('name, kind, profile_count, is_sung')
    .like('name', `${tag}%`)
  expect(data).toEqual([{ name: `${tag} Música`, kind: 'specialty', profile_count: 1, is_sung: true }])
  expect(await ben.tertulia.songs.suggestTags(tag)).toMatchObject([{ label: `${tag} Música`, uses: 1 }])
})

test('of a text are only those that can be tags: on one line, each once', async () => {
  const ana = await signUp()
  const { id } = await ana.tertulia.songs.create({
    content: `{tag: una\u0007 dos}\n{tag: ${'x'.repeat(200)}}\n{tag: \u0301}\n{tag: UNA\u00a0DOS}\n{meta: tag tres}\nla`,
  })
  expect((await ana.tertulia.songs.listTags(id)).map(({ label }) => label)).toEqual([
    'tres',
    'una dos',
    'x'.repeat(80),
  ])
})

test('that the service gives are entered as well, and no person takes them off', async () => {
  const ana = await signUp()
  const { id } = await ana.tertulia.songs.create({ content: 'la' })
  const tag = word()
  const row = { song_id: id, tag_name: tag, label: tag, tag_type: 'system' }
  expect((await connectAsService().from('song_tags').insert(row)).error).toBeNull()
  await ana.tertulia.songs.tag(id, [tag.toUpperCase()])
  await ana.tertulia.songs.untag(id, [tag])
  expect(await ana.tertulia.songs.listTags(id)).toMatchObject([{ label: tag, type: 'system' }])
  expect(await sql`select is_known from public.tags where key = ${tag}`).toEqual([{ is_known: false }])
})

test('have categories that everybody reads and only the service adds to', async () => {
  const ana = await signUp()
  const categories = await ana.tertulia.songs.listTagCategories()
  expect(categories.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['instrument', 'mood', 'occasion']),
  )
  expect(categories.find(({ name }) => name === 'occasion')).toEqual({
    name: 'occasion',
    description: 'When it is sung',
    colorHex: '#45B7D1',
    icon: 'calendar',
  })
  expect((await ana.supabase.from('tag_categories').insert({ name: 'mine' })).error?.code).toBe('42501')
  const name = word()
  expect((await connectAsService().from('tag_categories').insert({ name })).error).toBeNull()
  const { id } = await ana.tertulia.songs.create({ content: 'la' })
  expect(await ana.tertulia.songs.tag(id, ['x'], { category: name })).toMatchObject([{ category: name }])
  // A category that goes leaves its tags.
  await connectAsService().from('tag_categories').delete().eq('name', name)
  expect(await ana.tertulia.songs.listTags(id)).toMatchObject([{ name: 'x', category: null }])
})

test('one more time the migration’s categories are the same six', async () => {
  const migration = readFileSync('supabase/schemas/40_songs/20_tags.sql', 'utf8')
  const [insert = ''] = /insert into public\.tag_categories[^;]*;/.exec(migration) ?? []
  const read = () => sql`select id, name from public.tag_categories order by name`
  const before = await read()
  expect(insert).toContain('occasion')
  await sql.unsafe(insert)
  expect(await read()).toEqual(before)
})

test('at once, in any order and from songs and profiles, make nobody wait for another without end', async () => {
  const people = await Promise.all(['Ana', 'Ben', 'Carla', 'Dora'].map((name) => signUp(name)))
  const tag = word()
  const names = Array.from({ length: 24 }, (_, n) => `${tag} ${n}`)
  /** The names, each person's in another order. */
  const shuffled = (person: number) =>
    names.map((name, n) => ({ name, n: (n * [1, 5, 7, 11][person]!) % 24 })).toSorted((a, b) => a.n - b.n)
  /** Straight on the database, so that each has a connection of its own. */
  const as = (id: string, call: (tx: postgres.TransactionSql) => Promise<unknown>) =>
    sql.begin(async (tx) => {
      const claims = JSON.stringify({ sub: id, role: 'authenticated' })
      await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`
      await call(tx)
    })
  await Promise.all(
    people.flatMap(({ id }, person) => {
      const mine = shuffled(person).map(({ name }) => name)
      const visibility = person % 2 === 0 ? 'public' : 'private'
      const songs = mine.map((name) => ({ content: `{tag: ${name}}\nla`, visibility }))
      const all = mine.map((name) => `{tag: ${name.toUpperCase()}}`).join('\n')
      return [
        as(id, (tx) => tx`select from public.import_songs(${tx.json(songs)})`),
        as(id, (tx) => tx`select public.update_profile(${tx.json({ tags: mine.slice(0, 12) })})`),
        as(id, async (tx) => {
          const [song] = await tx`select id from public.create_song(${tx.json({ content: all })})`
          await tx`select from public.update_song(${song?.id}, ${tx.json({ visibility: 'public' })})`
        }),
      ]
    }),
  )
  const [{ count } = {}] =
    await sql`select count(*)::integer from public.tags where key like ${`${tag}%`} and is_sung`
  expect(count).toBe(24)
})

describe('what the seed gets wrong', () => {
  const { create, erratum, seedSong } = openSeed()

  erratum(
    36,
    'a tag is one, whatever its case, accents and kind, and has a category',
    { tags: 1, category: 'occasion' },
    async (tx) => {
      const id = await create(tx, { content: '{tag: Navidad}\nx' })
      await tx`select from public.tag_song(${id}, ${['NAVIDÁD', 'navidad']}, 'occasion')`
      const rows = await tx`select * from public.list_song_tags(${id})`
      return { tags: rows.length, category: rows[0]?.category }
    },
    async (tx) => {
      const id = await seedSong(tx, {})
      await tx`insert into seed.tags (song_id, tag_name, tag_type)
      values (${id}, 'Navidad', 'auto'), (${id}, 'NAVIDÁD', 'user'), (${id}, 'navidad', 'user')`
      return { tags: (await tx`select from seed.tags where song_id = ${id}`).length, category: undefined }
    },
  )

  erratum(
    37,
    'a song has its genre in one place',
    'invalid_input',
    async (tx) => {
      const id = await create(tx, { content: 'x', genre: 'vals' })
      return tx`select from public.tag_song(${id}, ${['tango']}, 'genre')`
    },
    async (tx) => {
      const id = await seedSong(tx, { genre: 'vals' })
      return tx`insert into seed.tags (song_id, tag_name) values (${id}, 'tango')`.then(
        () => 'vals and tango',
      )
    },
  )
})
