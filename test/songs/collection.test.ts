import postgres from 'postgres'
import { createTertulia } from 'tertulia'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { connect, connectAsService, signUp } from '../support/people.ts'
import { readAs } from '../support/readers.ts'
import { openSeed } from './fixtures/against-seed.ts'

const sql = postgres(inject('stack').dbUrl, { max: 2 })
afterAll(() => sql.end())

const word = () => `w${crypto.randomUUID().replaceAll('-', '')}`
const ids = (songs: { id: string }[]) => songs.map(({ id }) => id)
const nobody = { code: 'not_signed_in' }

describe('favourites', () => {
  test('are kept once, listed latest first, and taken off', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const songs = await Promise.all(
      [1, 2, 3].map((n) => ana.tertulia.songs.create({ content: `uno ${n}`, visibility: 'public' })),
    )
    for (const { id } of songs) await ben.tertulia.songs.favorite(id)
    await Promise.all(Array.from({ length: 10 }, () => ben.tertulia.songs.favorite(songs[0]!.id)))
    expect(ids((await ben.tertulia.songs.listFavorites()).items)).toEqual(ids(songs).reverse())

    const first = await ben.tertulia.songs.listFavorites({ limit: 2 })
    await ben.tertulia.songs.favorite(
      (await ana.tertulia.songs.create({ content: 'dos', visibility: 'public' })).id,
    )
    const second = await ben.tertulia.songs.listFavorites({ limit: 2, cursor: first.nextCursor ?? '' })
    expect(ids([...first.items, ...second.items])).toEqual(ids(songs).reverse())
    expect(second.nextCursor).toBeNull()

    const carla = await signUp('Carla')
    await carla.tertulia.songs.favorite(songs[1]!.id)
    await ben.tertulia.songs.unfavorite(songs[1]!.id)
    await ben.tertulia.songs.unfavorite(songs[1]!.id)
    // Those of others stay.
    expect(ids((await carla.tertulia.songs.listFavorites()).items)).toEqual([songs[1]!.id])
    expect(ids((await ben.tertulia.songs.listFavorites()).items)).not.toContain(songs[1]!.id)
    expect((await ana.tertulia.songs.listFavorites()).items).toEqual([])
  })

  test('a song that is not to be seen is none, and comes back with the song', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const { id } = await ana.tertulia.songs.create({ content: 'la', visibility: 'public' })
    const hidden = await ana.tertulia.songs.create({ content: 'le' })
    for (const target of [hidden.id, crypto.randomUUID()]) {
      await expect(ben.tertulia.songs.favorite(target)).rejects.toMatchObject({ code: 'song_not_found' })
    }
    await ben.tertulia.songs.favorite(id)
    await ana.tertulia.songs.update(id, { visibility: 'private' })
    expect((await ben.tertulia.songs.listFavorites()).items).toEqual([])
    await ana.tertulia.songs.update(id, { visibility: 'public' })
    expect(ids((await ben.tertulia.songs.listFavorites()).items)).toEqual([id])
  })

  test('are one’s own affair: nobody else reads or writes them, and they go with the account', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const { id } = await ana.tertulia.songs.create({ content: 'la', visibility: 'public' })
    await ben.tertulia.songs.favorite(id)
    for (const supabase of [ana.supabase, ben.supabase, connect()])
      expect((await supabase.from('song_favorites').select()).error?.code).toBe('42501')
    expect(await readAs(ana.id, 'select * from public.song_favorites')).toEqual([])
    expect(await readAs(ben.id, 'select song_id from public.song_favorites')).toEqual([{ song_id: id }])
    const insert = await ana.supabase.from('song_favorites').insert({ user_id: ben.id, song_id: id })
    expect(insert.error?.code).toBe('42501')
    const songs = createTertulia(connect()).songs
    await expect(songs.favorite(id)).rejects.toMatchObject(nobody)
    await expect(songs.listFavorites()).rejects.toMatchObject(nobody)
    await connectAsService().auth.admin.deleteUser(ben.id)
    expect(await sql`select from public.song_favorites where user_id = ${ben.id}`).toHaveLength(0)
  })
})

describe('the trash', () => {
  test('gives a song back as it was, with tags and favourites', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const song = await ana.tertulia.songs.create({ content: '{artist: Ruiz}\nla', visibility: 'public' })
    await ana.tertulia.songs.tag(song.id, ['Vals'])
    await ben.tertulia.songs.favorite(song.id)
    await ana.tertulia.songs.delete(song.id)
    expect((await ana.tertulia.songs.listTrash()).items).toMatchObject([
      { id: song.id, title: 'la', artist: 'Ruiz', deletedAt: expect.any(Date) },
    ])
    expect(await ben.tertulia.songs.listTags(song.id)).toEqual([])
    // Tags and the way into the trash and out of it are versions of their own.
    const restored = { ...song, version: 4, updatedAt: expect.any(Date) }
    expect(await ana.tertulia.songs.restore(song.id)).toEqual(restored)
    expect(await ana.tertulia.songs.restore(song.id)).toEqual(restored)
    expect((await ana.tertulia.songs.listTrash()).items).toEqual([])
    expect(await ben.tertulia.songs.listTags(song.id)).toHaveLength(1)
    expect(ids((await ben.tertulia.songs.listFavorites()).items)).toEqual([song.id])
  })

  test('is the owner’s: nobody else sees, restores or purges', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const { id } = await ana.tertulia.songs.create({ content: 'la', visibility: 'public' })
    await expect(ana.tertulia.songs.purge(id)).rejects.toMatchObject({ code: 'song_not_found' })
    await ana.tertulia.songs.delete(id)
    expect((await ben.tertulia.songs.listTrash()).items).toEqual([])
    await expect(ben.tertulia.songs.restore(id)).rejects.toMatchObject({ code: 'song_not_found' })
    await expect(ben.tertulia.songs.purge(id)).rejects.toMatchObject({ code: 'song_not_found' })
    await expect(createTertulia(connect()).songs.listTrash()).rejects.toMatchObject(nobody)
    expect((await ben.supabase.rpc('purge_trash')).error?.code).toBe('42501')
    await ana.tertulia.songs.purge(id)
    await expect(ana.tertulia.songs.restore(id)).rejects.toMatchObject({ code: 'song_not_found' })
  })

  test('is walked in pages', async () => {
    const ana = await signUp()
    const songs = await Promise.all([1, 2, 3].map((n) => ana.tertulia.songs.create({ content: `${n}` })))
    for (const { id } of songs) await ana.tertulia.songs.delete(id)
    const seen: string[] = []
    for await (const { id } of ana.tertulia.songs.listTrash({ limit: 1 })) seen.push(id)
    expect(seen).toEqual(ids(songs).reverse())
  })

  test('is purged in batches after 30 days; two purges and a restore at once are in nobody’s way', async () => {
    const ana = await signUp()
    const created = await ana.tertulia.songs.import(
      Array.from({ length: 12 }, (_, n) => ({ content: `vieja ${n}` })),
    )
    const all = created.flatMap(({ id }) => id ?? [])
    await sql`update public.songs set deleted_at = now() - interval '31 days' where id = any (${all})`
    const young = await ana.tertulia.songs.create({ content: 'joven' })
    await sql`update public.songs set deleted_at = now() - interval '29 days' where id = ${young.id}`
    const [rescued = ''] = all
    await ana.tertulia.songs.restore(rescued)
    // One song is being restored while the purges run: they go around it.
    const [held = ''] = all.slice(1)
    await sql.begin(async (tx) => {
      await tx`update public.songs set deleted_at = null where id = ${held}`
      const service = connectAsService()
      const purge = () => service.rpc('purge_trash', { batch_size: 4 })
      const counts = await Promise.all([purge(), purge(), purge()])
      expect(counts.map(({ error }) => error)).toEqual([null, null, null])
      const rest = await purge()
      expect(counts.reduce((sum, { data }) => sum + data, rest.data)).toBe(10)
    })
    const left = await sql`select id from public.songs where created_by = ${ana.id}`
    expect(left.map(({ id }) => id).sort()).toEqual([rescued, held, young.id].sort())
  })
})

describe('tags', () => {
  test('are one whatever their case and accents, and have a category', async () => {
    const ana = await signUp()
    const { id } = await ana.tertulia.songs.create({ content: '{tag: De Cuna}\nla', visibility: 'public' })
    expect(await ana.tertulia.songs.listTags(id)).toEqual([
      { name: 'de cuna', label: 'De Cuna', category: null, type: 'auto' },
    ])
    await ana.tertulia.songs.tag(id, ['Navidad', ' NAVIDÁD '], { category: 'occasion' })
    expect(await ana.tertulia.songs.tag(id, ['navidad', 'de  cuna'])).toEqual([
      { name: 'de cuna', label: 'de cuna', category: null, type: 'user' },
      { name: 'navidad', label: 'navidad', category: 'occasion', type: 'user' },
    ])
    await ana.tertulia.songs.untag(id, ['NAVIDAD', 'nada'])
    expect(await createTertulia(connect()).songs.listTags(id)).toMatchObject([{ name: 'de cuna' }])
  })

  test('of the text follow the text; those of people stay', async () => {
    const ana = await signUp()
    const { id } = await ana.tertulia.songs.create({ content: '{tag: uno}\n{tag: dos}\nla' })
    await ana.tertulia.songs.tag(id, ['mío'])
    await ana.tertulia.songs.update(id, { content: '{tag: dos}\n{tag: tres}\n{tag: MIO}\nla' })
    expect((await ana.tertulia.songs.listTags(id)).map(({ label, type }) => `${label} ${type}`)).toEqual([
      'dos auto',
      'mío user',
      'tres auto',
    ])
  })

  test('at once are each there once, and at most a hundred', async () => {
    const ana = await signUp()
    const { id } = await ana.tertulia.songs.create({ content: 'la' })
    await Promise.all(Array.from({ length: 8 }, (_, n) => ana.tertulia.songs.tag(id, ['Común', `t${n}`])))
    expect(await ana.tertulia.songs.listTags(id)).toHaveLength(9)
    const fifty = (from: number) => Array.from({ length: 50 }, (_, n) => `x${from + n}`)
    const outcomes = await Promise.allSettled(
      [0, 50, 100].map((from) => ana.tertulia.songs.tag(id, fifty(from))),
    )
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2)
    expect(await ana.tertulia.songs.listTags(id)).toHaveLength(59)
  })

  test('are the owner’s to give, and refused by name', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const { id } = await ana.tertulia.songs.create({ content: 'la', visibility: 'public' })
    await expect(ben.tertulia.songs.tag(id, ['x'])).rejects.toMatchObject({ code: 'song_not_found' })
    await expect(ben.tertulia.songs.untag(id, ['x'])).rejects.toMatchObject({ code: 'song_not_found' })
    for (const tags of [[], [' '], ['x'.repeat(81)], ['\u0301'], Array.from({ length: 51 }, String)]) {
      await expect(ana.tertulia.songs.tag(id, tags)).rejects.toMatchObject({
        code: 'invalid_input',
        field: 'tags',
      })
    }
    for (const category of ['nada', 'genre']) {
      await expect(ana.tertulia.songs.tag(id, ['x'], { category })).rejects.toMatchObject({
        code: 'invalid_input',
        field: 'category',
      })
    }
    const insert = await ben.supabase.from('song_tags').insert({ song_id: id, tag_name: 'x', label: 'x' })
    expect(insert.error?.code).toBe('42501')
  })

  test('are suggested from public songs and one’s own, never from those of others', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const start = word()
    const make = async (label: string, visibility: 'public' | 'private', category?: string) => {
      const { id } = await ana.tertulia.songs.create({ content: 'la', visibility })
      await ana.tertulia.songs.tag(id, [label], category === undefined ? {} : { category })
    }
    await make(`${start} Fiesta`, 'public', 'occasion')
    await make(`${start} fiesta`, 'public')
    await make(`${start} triste`, 'public', 'mood')
    await make(`${start} secreto`, 'private')
    const labels = async (person: typeof ana, options = {}) =>
      (await person.tertulia.songs.suggestTags(start.toUpperCase(), options)).map(({ name, uses }) => [
        name.slice(start.length + 1),
        uses,
      ])
    expect(await labels(ben)).toEqual([
      ['fiesta', 2],
      ['triste', 1],
    ])
    expect(await labels(ana)).toEqual([
      ['fiesta', 2],
      ['secreto', 1],
      ['triste', 1],
    ])
    expect(await labels(ben, { category: 'mood' })).toEqual([['triste', 1]])
    expect(await labels(ben, { limit: 1 })).toEqual([['fiesta', 2]])
    expect(await ben.tertulia.songs.suggestTags('%')).toEqual([])
  })
})

describe('an import', () => {
  test('saves each song or says why not', async () => {
    const ana = await signUp()
    const id = crypto.randomUUID()
    const songs = [
      { content: '{title: Uno}\n[C]la', id },
      { content: 'x'.repeat(131_073) },
      { content: '{title: Dos}', genre: 'vals', sourceType: 'api' },
      { content: '' },
    ]
    const results = await ana.tertulia.songs.import(songs)
    expect(results).toMatchObject([
      { id, title: 'Uno', error: null },
      { id: null, error: { code: 'content_too_long', field: 'content' } },
      { title: 'Dos', error: null },
      { title: 'Untitled', error: null },
    ])
    expect((await ana.tertulia.songs.import(songs.slice(0, 1)))[0]?.id).toBe(id)
    expect(await ana.tertulia.songs.get(id)).toMatchObject({ sourceType: 'import', visibility: 'private' })
    expect(await ana.tertulia.songs.get(results[2]?.id ?? '')).toMatchObject({
      sourceType: 'api',
      genre: 'vals',
    })
  })

  test('takes more than one request holds, in order', async () => {
    const ana = await signUp()
    const long = 'la '.repeat(20_000)
    const songs = Array.from({ length: 120 }, (_, n) => ({
      content: `{title: n${n}}\n${n % 20 === 0 ? long : 'la'}`,
    }))
    const results = await ana.tertulia.songs.import(songs)
    expect(results.map(({ title }) => title)).toEqual(songs.map((_, n) => `n${n}`))
    expect(await ana.tertulia.songs.import([])).toEqual([])
  })

  test('refuses what is no song before anything is sent, and nobody’s', async () => {
    const ana = await signUp()
    const bad = [{ content: 'la' }, { content: 'le', tempo: 9000 }]
    await expect(ana.tertulia.songs.import(bad)).rejects.toMatchObject({
      code: 'invalid_input',
      field: '1.tempo',
    })
    expect((await ana.tertulia.songs.list({ createdBy: ana.id })).items).toEqual([])
    await expect(createTertulia(connect()).songs.import([{ content: 'x' }])).rejects.toMatchObject(nobody)
    for (const songs of [null, {}, [], Array.from({ length: 101 }, () => ({ content: '' }))]) {
      const { error } = await ana.supabase.rpc('import_songs', { songs })
      expect(error?.code).toBe('TT000')
    }
    const { data } = await ana.supabase.rpc('import_songs', { songs: [7, { content: 'la' }] })
    expect(data).toMatchObject([{ code: 'invalid_input' }, { title: 'la' }])
  })
})

describe('what the seed gets wrong', () => {
  const { ana, become, create, erratum, first, rowsRead, seedSong } = openSeed()

  erratum(
    35,
    'the trash is purged in batches',
    1,
    async (tx) => {
      for (const content of ['a', 'b', 'c']) await create(tx, { content })
      await tx`reset role`
      await tx`update public.songs set deleted_at = now() - interval '31 days' where created_by = ${ana}`
      return first(tx`select public.purge_trash(1)`)
    },
    async (tx) => {
      for (const title of ['a', 'b', 'c']) await seedSong(tx, { title, deleted_at: '2020-01-01' })
      return (await tx`delete from seed.songs where deleted_at < now() - interval '30 days'`).count
    },
  )

  const page = 'where created_by = (select auth.uid()) order by created_at desc, id desc limit 10'

  erratum(
    47,
    'a page of the list reads the tags of its own songs alone',
    10,
    async (tx) => {
      await become(tx, ana)
      await tx`select from public.import_songs(${tx.json(
        Array.from({ length: 60 }, (_, n) => ({ content: `{tag: uno}\n${n}` })),
      )})`
      return rowsRead(tx, `select * from public.song_list_view ${page}`, /^song_tags$/)
    },
    async (tx) => {
      await tx`insert into seed.songs (title, created_by) select 'x', ${ana} from generate_series(1, 60)`
      await tx`insert into seed.tags (song_id, tag_name) select id, 'uno' from seed.songs`
      await become(tx, ana)
      return rowsRead(tx, `select * from seed.list_view ${page}`, /^tags$/)
    },
  )
})
