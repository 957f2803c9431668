import { createTertulia } from 'tertulia'
import { describe, expect, test } from 'vitest'
import { connect, connectAsService, signUp } from '../support/people.ts'
import { openSeed } from './fixtures/against-seed.ts'

const content = `{title: Corazón de tiza}
{artist: Ana}
{artist: Luis}
{key: Lam}
{tempo: 96 bpm}
{time: 3/4}
{capo: 2}
{year: 1779}
{duration: 3:05}
{meta: language es}
{meta: genre vals}

[Am]Corazones de [E7]tiza,
{sot}
e|--[X]--
{eot}
el [B♭]agua [A#]los bo[E7/Ab]rró`

describe('adding a song', () => {
  test('derives words, chords and what is not given from the text', async () => {
    const ana = await signUp()
    const song = await ana.tertulia.songs.create({ content, artist: 'Ana Ruiz', metadata: { color: 'red' } })
    expect(song).toMatchObject({
      title: 'Corazón de tiza',
      artist: 'Ana Ruiz',
      album: null,
      key: 'Am',
      tempo: 96,
      timeSignature: '3/4',
      capo: 2,
      genre: 'vals',
      language: 'es',
      year: 1779,
      durationSeconds: 185,
      difficulty: null,
      visibility: 'private',
      createdBy: ana.id,
      version: 1,
      content,
      lyrics: 'Corazones de tiza,\n\nel agua los borró',
      sourceUrl: null,
      sourceType: 'manual',
      metadata: { color: 'red' },
    })
    expect(song.chordproMetadata.artist).toEqual(['Ana', 'Luis'])
    expect(song.chords).toEqual([
      chord('Am', 'A', 'm', null, [1], 'Corazones de tiza,'),
      chord('E7', 'E', '7', null, [2], 'Corazones de tiza,'),
      chord('Bb', 'Bb', '', null, [3, 4], 'el agua los borró'),
      chord('E7/Ab', 'E', '7', 'Ab', [5], 'el agua los borró'),
    ])
    expect(await ana.tertulia.songs.get(song.id)).toEqual(song)
  })

  test('the same id again is the same song', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const id = crypto.randomUUID()
    const both = await Promise.all([
      ana.tertulia.songs.create({ id, content }),
      ana.tertulia.songs.create({ id, content }),
    ])
    expect(both[0]).toEqual(both[1])
    expect((await ana.tertulia.songs.list({ createdBy: ana.id })).items).toHaveLength(1)
    await expect(ben.tertulia.songs.create({ id, content })).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'id',
    })
  })

  test('a text without a title has the name of its first line', async () => {
    const ana = await signUp()
    expect((await ana.tertulia.songs.create({ content: '[C]Ay, ay\nlinda' })).title).toBe('Ay, ay')
    expect((await ana.tertulia.songs.create({ content: '' })).title).toBe('Untitled')
    for (const blank of ['\t', ' \n', '\u2003', '\u00a0'])
      expect(
        await ana.tertulia.songs.create({ content: '[C]linda', title: blank, artist: blank }),
      ).toMatchObject({
        title: 'linda',
        artist: null,
      })
  })

  test('no text is refused for what is in it', async () => {
    const ana = await signUp()
    for (const broken of [
      '{',
      '[',
      '{title: x',
      '{soc}[Am',
      '\u0001\u0007',
      '}'.repeat(1000),
      '#',
      '{tempo: 99999999999}',
    ]) {
      const song = await ana.tertulia.songs.create({ content: broken })
      expect(song.content).toBe(broken)
    }
  })

  test('a text over 128 KiB is refused with a code, one of just that length is not', async () => {
    const ana = await signUp()
    const longest = `${'á'.repeat(65_535)}xy`
    await expect(ana.tertulia.songs.create({ content: `${longest}z` })).rejects.toMatchObject({
      code: 'content_too_long',
      field: 'content',
    })
    expect((await ana.tertulia.songs.create({ content: longest })).lyrics).toBe(longest)
  })

  test.each([
    ['key', { key: 'H' }],
    ['tempo', { tempo: 29 }],
    ['timeSignature', { timeSignature: '3' }],
    ['capo', { capo: 25 }],
    ['language', { language: 'español' }],
    ['year', { year: 0 }],
    ['difficulty', { difficulty: 6 }],
    ['visibility', { visibility: 'open' as 'public' }],
    ['metadata', { metadata: [] as unknown as Record<string, unknown> }],
    ['createdBy', { createdBy: crypto.randomUUID() }],
  ])('a wrong %s is refused by name', async (field, fields) => {
    await expect(createTertulia(connect()).songs.create({ content, ...fields })).rejects.toMatchObject({
      code: 'invalid_input',
      field,
    })
  })

  test('nobody who is not signed in adds one', async () => {
    await expect(createTertulia(connect()).songs.create({ content })).rejects.toMatchObject({
      code: 'not_signed_in',
    })
  })
})

describe('changing a song', () => {
  test('derived fields follow the text, those set by hand stay', async () => {
    const ana = await signUp()
    const { id } = await ana.tertulia.songs.create({ content, key: 'C' })
    const renamed = await ana.tertulia.songs.update(id, { title: 'Tiza' })
    expect(renamed).toMatchObject({ title: 'Tiza', version: 2 })
    const rewritten = await ana.tertulia.songs.update(id, {
      content: '{title: Otra}\n{key: D}\n{tempo: 120}\n[D]la',
    })
    expect(rewritten).toMatchObject({
      title: 'Tiza',
      key: 'C',
      tempo: 120,
      year: null,
      lyrics: 'la',
      version: 3,
    })
    expect(rewritten.chords.map(({ name }) => name)).toEqual(['D'])
    expect(await ana.tertulia.songs.update(id, { title: null, key: null })).toMatchObject({
      title: 'Otra',
      key: 'D',
      version: 4,
    })
  })

  test('a change that changes nothing leaves version and time alone', async () => {
    const ana = await signUp()
    const song = await ana.tertulia.songs.create({ content })
    expect(await ana.tertulia.songs.update(song.id, {})).toEqual(song)
    expect(await ana.tertulia.songs.update(song.id, { content, visibility: 'private' })).toEqual(song)
    const changed = await ana.tertulia.songs.update(song.id, { difficulty: 3 })
    expect(changed).toMatchObject({ difficulty: 3, version: 2, createdAt: song.createdAt })
    expect(changed.updatedAt.getTime()).toBeGreaterThan(song.updatedAt.getTime())
  })

  test('two changes of different fields at once lose nothing', async () => {
    const ana = await signUp()
    const { id } = await ana.tertulia.songs.create({ content })
    await Promise.all([
      ana.tertulia.songs.update(id, { genre: 'tango' }),
      ana.tertulia.songs.update(id, { album: 'Uno' }),
      ana.tertulia.songs.update(id, { content: '[G]sol' }),
    ])
    expect(await ana.tertulia.songs.get(id)).toMatchObject({
      genre: 'tango',
      album: 'Uno',
      lyrics: 'sol',
      version: 4,
    })
  })

  test('is for the owner, also of a public song', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const { id } = await ana.tertulia.songs.create({ content, visibility: 'public' })
    await expect(ben.tertulia.songs.update(id, { title: 'Mine' })).rejects.toMatchObject({
      code: 'song_not_found',
    })
    await expect(ben.tertulia.songs.delete(id)).rejects.toMatchObject({ code: 'song_not_found' })
    expect((await ana.tertulia.songs.get(id)).title).toBe('Corazón de tiza')
  })
})

describe('seeing a song', () => {
  test('a private one is the owner’s alone, a public one everybody’s', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const stranger = createTertulia(connect())
    const word = unique()
    const { id } = await ana.tertulia.songs.create({ content: `{title: ${word}}\n[C]hola` })
    for (const { songs } of [ben.tertulia, stranger]) {
      await expect(songs.get(id)).rejects.toMatchObject({ code: 'song_not_found' })
      expect((await songs.search(word)).items).toEqual([])
      expect((await songs.list({ createdBy: ana.id })).items).toEqual([])
    }
    await ana.tertulia.songs.update(id, { visibility: 'shared' })
    await expect(ben.tertulia.songs.get(id)).rejects.toMatchObject({ code: 'song_not_found' })
    await ana.tertulia.songs.update(id, { visibility: 'public' })
    for (const { songs } of [ben.tertulia, stranger]) {
      expect((await songs.get(id)).title).toBe(word)
      expect((await songs.search(word)).items.map((song) => song.id)).toEqual([id])
      expect((await songs.list({ createdBy: ana.id })).items.map((song) => song.id)).toEqual([id])
    }
  })

  test('a deleted one is gone for everybody, its owner included', async () => {
    const ana = await signUp()
    const word = unique()
    const { id } = await ana.tertulia.songs.create({ content: word, visibility: 'public' })
    await ana.tertulia.songs.delete(id)
    await ana.tertulia.songs.delete(id)
    await expect(ana.tertulia.songs.get(id)).rejects.toMatchObject({ code: 'song_not_found' })
    await expect(ana.tertulia.songs.update(id, { title: 'x' })).rejects.toMatchObject({
      code: 'song_not_found',
    })
    expect((await ana.tertulia.songs.search(word)).items).toEqual([])
    expect((await ana.tertulia.songs.list({ createdBy: ana.id })).items).toEqual([])
  })

  test('a person’s songs go with the account', async () => {
    const ana = await signUp()
    const { id } = await ana.tertulia.songs.create({ content, visibility: 'public' })
    const { error } = await connectAsService().auth.admin.deleteUser(ana.id)
    expect(error).toBeNull()
    await expect(createTertulia(connect()).songs.get(id)).rejects.toMatchObject({ code: 'song_not_found' })
  })

  test('an id that is none is refused at once', async () => {
    const { songs } = createTertulia(connect())
    for (const call of [
      songs.get('x'),
      songs.delete('x'),
      songs.update('x', {}),
      songs.list({ createdBy: 'x' }),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'invalid_input' })
    }
    await expect(songs.get(crypto.randomUUID())).rejects.toMatchObject({ code: 'song_not_found' })
  })
})

function chord(
  name: string,
  root: string,
  quality: string,
  bass: string | null,
  positions: number[],
  context: string,
) {
  return { name, root, quality, bass, uses: positions.length, positions, context }
}

/** A word that no other test has. */
function unique(): string {
  return `w${crypto.randomUUID().replaceAll('-', '')}`
}

describe('what the seed gets wrong', () => {
  const { ana, become, becomeVisitor, ben, create, erratum, first, seedSong } = openSeed()

  erratum(
    12,
    'no song is without visibility',
    '23502',
    (tx) => tx`insert into public.songs (content, created_by, visibility) values ('x', ${ana}, null)`,
    (tx) => seedSong(tx, { visibility: null }),
  )

  erratum(
    20,
    'what changes nothing moves no time',
    false,
    async (tx) => {
      const id = await create(tx, { content: 'x' })
      await tx`reset role`
      return first(
        tx`with before as (select updated_at from public.songs where id = ${id}),
        touched as (update public.songs set content = content where id = ${id} returning updated_at)
        select touched.updated_at <> before.updated_at from before, touched`,
      )
    },
    async (tx) => {
      const id = await seedSong(tx, {})
      return first(
        tx`with before as (select updated_at from seed.songs where id = ${id}),
        touched as (update seed.songs set last_accessed_at = now() where id = ${id} returning updated_at)
        select touched.updated_at <> before.updated_at from before, touched`,
      )
    },
  )

  erratum(
    24,
    'a visitor sees no private song',
    0,
    async (tx) => {
      const id = await create(tx, { content: 'x' })
      await becomeVisitor(tx)
      return first(tx`select count(*)::integer from public.songs where id = ${id}`)
    },
    async (tx) => {
      const id = await seedSong(tx, {})
      await tx`set local role anon`
      return first(tx`select count(*)::integer from seed.songs where id = ${id}`)
    },
  )

  erratum(
    25,
    'the list view shows what its reader may see, and no address',
    { rows: 0, addresses: 0 },
    async (tx) => {
      const id = await create(tx, { content: 'x' })
      await become(tx, ben)
      const rows = await tx`select * from public.song_list_view where id = ${id}`
      const addresses = await tx`select from pg_attribute where attrelid in
      ('public.song_list_view'::regclass, 'public.song_search_view'::regclass) and attname ~ 'mail'`
      return { rows: rows.length, addresses: addresses.length }
    },
    async (tx) => {
      const id = await seedSong(tx, {})
      await become(tx, ben)
      const rows = await tx`select * from seed.list_view where id = ${id}`
      return { rows: rows.length, addresses: rows.filter((row) => row.creator_email).length }
    },
  )
})
