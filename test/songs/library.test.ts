import postgres from 'postgres'
import { createContext, createLibrary, type Library, type SongSummary } from 'tertulia/library'
import { expect, inject, onTestFinished, test } from 'vitest'
import { connect, type Person, signUp } from '../support/people.ts'

interface Musician extends Person {
  library: Library
}

async function musician(name: string): Promise<Musician> {
  const person = await signUp(name)
  return { ...person, library: createLibrary(createContext(person.supabase)) }
}
const code = (promise: PromiseLike<unknown>) =>
  Promise.resolve(promise).then(
    () => 'ok',
    (error) => [error.code, error.field].filter(Boolean).join(' '),
  )
const text = '{title: Uno}\n{artist: Ana}\n{key: G}\n[G]uno [D7]dos'

async function share(owner: Musician, songId: string, other: Musician) {
  const { id } = await owner.tertulia.sharing.share(songId, { userId: other.id, role: 'view' })
  await other.tertulia.sharing.accept(id)
  return id
}

/** All titles, read page by page. */
async function titles(pages: AsyncIterable<SongSummary>) {
  const found: string[] = []
  for await (const { title } of pages) found.push(title)
  return found
}

test('everybody has their own way of a song, which the song and other users do not notice', async () => {
  const [ana, ben, eve] = await Promise.all(['Ana', 'Ben', 'Eve'].map(musician))
  const song = await ana!.tertulia.songs.create({ content: text })
  const shareId = await share(ana!, song.id, ben!)
  expect(await ben!.library.setWay(song.id, { key: 'Dm', capo: 3, note: 'Slow' })).toMatchObject({
    songId: song.id,
    key: 'Dm',
    capo: 3,
    note: 'Slow',
    fontSize: null,
  })
  await ana!.library.setWay(song.id, { capo: 1 })
  // Two devices at once keep both, and what is named with null is emptied.
  await Promise.all([
    ben!.library.setWay(song.id, { capo: 0 }),
    ben!.library.setWay(song.id, { fontSize: 20 }),
    ben!.library.setWay(song.id, { note: null }),
  ])
  await ben!.library.setWay(song.id, { note: null })
  const [bens] = await ben!.library.getWays([song.id, crypto.randomUUID()])
  expect(bens).toMatchObject({ key: 'Dm', capo: 0, note: null, fontSize: 20 })
  expect((await ana!.library.getWays([song.id])).map(({ key, capo }) => [key, capo])).toEqual([[null, 1]])
  expect(await ana!.tertulia.songs.get(song.id)).toMatchObject({ version: 1, key: 'G', capo: null })
  expect((await ben!.library.listWays()).items).toMatchObject([{ songId: song.id, song: { title: 'Uno' } }])
  expect(await code(eve!.library.setWay(song.id, { capo: 1 }))).toBe('song_not_found')

  // Without access it is out of sight; with access it is there again, as it was.
  await ana!.tertulia.sharing.revoke(shareId)
  expect(await ben!.library.getWays([song.id])).toEqual([])
  expect((await ben!.library.listWays()).items).toEqual([])
  expect(await code(ben!.library.setWay(song.id, { capo: 5 }))).toBe('song_not_found')
  await share(ana!, song.id, ben!)
  expect(await ben!.library.getWays([song.id])).toEqual([bens])

  const bad: [object, string][] = [
    [{ key: 'H' }, 'key'],
    [{ key: 'C\n' }, 'key'],
    [{ capo: 25 }, 'capo'],
    [{ capo: '2' }, 'capo'],
    [{ font_size: 5 }, 'font_size'],
    [{ font_size: 12.5 }, 'font_size'],
    [{ note: ' ' }, 'note'],
    [{ note: 'x'.repeat(2_001) }, 'note'],
    [{ user_id: eve!.id }, 'user_id'],
    [{ title: 'x' }, 'title'],
  ]
  for (const [changes, field] of bad) {
    const { error } = await ben!.supabase.rpc('set_song_way', { song_id: song.id, changes })
    const detail = JSON.parse(error?.details ?? '{}')
    expect([detail.code, detail.field], JSON.stringify(changes)).toEqual(['invalid_input', field])
  }
  expect(await code(ben!.library.setWay(song.id, { fontsize: 9 } as never))).toBe('invalid_input fontsize')
  expect(await code(ben!.library.getWays(Array.from({ length: 201 }, () => song.id)))).toBe(
    'invalid_input songIds',
  )
  expect((await ben!.supabase.from('song_ways').select()).error?.code).toBe('42501')

  // Empty in all is none; and it goes with the song.
  expect(await ben!.library.setWay(song.id, { key: null, capo: null, fontSize: null })).toBeNull()
  expect(await ben!.library.getWays([song.id])).toEqual([])
  await ana!.tertulia.songs.delete(song.id)
  expect(await ana!.library.getWays([song.id])).toEqual([])
  await ana!.tertulia.songs.restore(song.id)
  expect(await ana!.library.getWays([song.id])).toHaveLength(1)
})

test('a copy is a song of its own, and its owner knows where it came from', async () => {
  const [ana, ben, eve] = await Promise.all(['Ana', 'Ben', 'Eve'].map(musician))
  const song = await ana!.tertulia.songs.create({ content: text, genre: 'Bolero', metadata: { shelf: 3 } })
  expect(await code(ben!.library.copySong(song.id))).toBe('song_not_found')
  const shareId = await share(ana!, song.id, ben!)
  const id = crypto.randomUUID()
  const copies = await Promise.all([
    ben!.library.copySong(song.id, { id }),
    ben!.library.copySong(song.id, { id }),
  ])
  expect(copies.map((copy) => copy.id)).toEqual([id, id])
  expect(copies[0]).toMatchObject({
    title: 'Uno',
    artist: 'Ana',
    key: 'G',
    genre: 'Bolero',
    metadata: { shelf: 3 },
    content: text,
    sourceType: 'copy',
    visibility: 'private',
    createdBy: ben!.id,
    version: 1,
  })
  expect((await ben!.library.list()).items.map(({ createdBy }) => createdBy).sort()).toEqual(
    [ana!.id, ben!.id].sort(),
  )
  expect(await ben!.library.findOrigin(id)).toMatchObject({
    songId: song.id,
    title: 'Uno',
    version: 1,
    owner: { id: ana!.id, displayName: 'Ana' },
  })
  // Neither changes with the other, and what came from the text follows the text.
  await ben!.tertulia.songs.update(id, { content: text.replace('Uno', 'Mine').replace('key: G', 'key: A') })
  expect(await ben!.tertulia.songs.get(id)).toMatchObject({ title: 'Mine', key: 'A' })
  expect(await ana!.tertulia.songs.get(song.id)).toMatchObject({ title: 'Uno', version: 1 })

  // Only the owner of the copy reads it.
  await share(ben!, id, eve!)
  expect(await code(eve!.library.findOrigin(id))).toBe('forbidden')
  expect(await code(ana!.library.findOrigin(id))).toBe('song_not_found')
  expect(await ana!.library.findOrigin(song.id)).toBeNull()
  await ana!.tertulia.sharing.revoke(shareId)
  expect(await ben!.library.findOrigin(id)).toMatchObject({ songId: null, title: 'Uno' })

  const other = await ben!.tertulia.songs.create({ content: '[C]la' })
  const shown = await ana!.tertulia.songs.create({ content: '[C]la', title: 'Shown', visibility: 'public' })
  expect(await code(ben!.library.copySong(shown.id, { id: other.id }))).toBe('invalid_input id')
  expect(await code(ben!.library.copySong(shown.id, { id: song.id }))).toBe('invalid_input id')
  expect(await code(ben!.library.copySong(shown.id, { title: ' ' }))).toBe('ok')
  const named = await ben!.library.copySong(shown.id, { title: 'Next' })
  expect(named).toMatchObject({ title: 'Next', sourceType: 'copy' })
  // A song that was removed for good leaves its title.
  await ana!.tertulia.songs.delete(shown.id)
  expect(await code(ben!.library.copySong(shown.id))).toBe('song_not_found')
  await ana!.tertulia.songs.purge(shown.id)
  expect(await ben!.library.findOrigin(named.id)).toMatchObject({ songId: null, title: 'Shown' })
  // A copy of a public song shows no profile that its owner does not see.
  const open = await eve!.tertulia.songs.create({ content: '[C]la', title: 'Open', visibility: 'public' })
  await eve!.tertulia.profiles.update({ isListed: false })
  const stranger = await musician('Gil')
  const taken = await stranger.library.copySong(open.id)
  expect(await stranger.library.findOrigin(taken.id)).toMatchObject({
    songId: open.id,
    owner: { id: eve!.id, handle: null, displayName: '' },
  })
})

test('a library is in the order of the user’s language, page by page', async () => {
  const [ana, ben] = await Promise.all(['Ana', 'Ben'].map(musician))
  const named: [title: string, artist: string | undefined][] = [
    ['zorro', 'Ñandú'],
    ['Ñu', 'nube'],
    ['nudo', 'Ángel'],
    ['Nzz', 'angela'],
    ['¿Dónde estás?', '¡Zas!'],
    ['dos', '4 Amigos'],
    ['99 Luftballons', undefined],
    ['???', 'Öst'],
    ['árbol', 'Zeta'],
    ['Arca', 'zeta'],
  ]
  for (const [title, artist] of named) await ana!.tertulia.songs.create({ title, artist, content: '[C]la' })
  const [bens] = [await ben!.tertulia.songs.create({ title: 'Nz', artist: 'Beto', content: '[C]la' })]
  await share(ben!, bens.id, ana!)
  await ben!.tertulia.songs.create({ title: 'Hidden', content: '[C]la', visibility: 'public' })
  const spanish = [
    '???',
    '99 Luftballons',
    'árbol',
    'Arca',
    '¿Dónde estás?',
    'dos',
    'nudo',
    'Nz',
    'Nzz',
    'Ñu',
    'zorro',
  ]
  for (const limit of [1, 3, 200]) {
    expect(await titles(ana!.library.list({ language: 'es', limit })), `pages of ${limit}`).toEqual(spanish)
  }
  // In English ñ is an n with a sign.
  const english = await titles(ana!.library.list({ language: 'en-GB', limit: 2 }))
  expect(english.slice(6)).toEqual(['Ñu', 'nudo', 'Nz', 'Nzz', 'zorro'].sort(new Intl.Collator('en').compare))
  const artists = await Promise.all(
    ['es', 'sv', 'xx', undefined].map((language) =>
      titles(ana!.library.list({ sort: 'artist', limit: 2, ...(language && { language }) })),
    ),
  )
  expect(artists[0]).toEqual([
    'dos',
    'nudo',
    'Nzz',
    'Nz',
    'Ñu',
    'zorro',
    '???',
    '¿Dónde estás?',
    'Arca',
    'árbol',
    '99 Luftballons',
  ])
  expect(artists[1]?.slice(-2)).toEqual(['???', '99 Luftballons'])
  expect(artists[2]).toEqual(artists[3])
  const newest = await titles(ana!.library.list({ sort: 'newest', limit: 4 }))
  expect(newest).toEqual(['Nz', ...named.map(([title]) => title).reverse()])
  const sql = postgres(inject('stack').adminDbUrl, { max: 1 })
  onTestFinished(() => sql.end())
  await sql`update public.songs set popularity = 0.1 + 0.2 where created_by = ${ana!.id} and title in ('dos', 'Arca', 'zorro')`
  const popular = await titles(ana!.library.list({ sort: 'popular', limit: 2 }))
  expect([popular.slice(0, 3).sort(), popular.length, new Set(popular).size]).toEqual([
    ['Arca', 'dos', 'zorro'],
    11,
    11,
  ])
  // What was played most, and what was played last; the rest after it.
  const ids = new Map<string, string>()
  for await (const { id, title } of ana!.library.list()) ids.set(title, id)
  for (const title of ['zorro', 'Arca', 'Nz', 'Arca', 'zorro'])
    expect(await ana!.library.recordPlay(ids.get(title)!)).toMatchObject({ playCount: 1 })
  await sql`
    update private.song_plays set last_played_at = last_played_at - interval '2 minutes'
    where user_id = ${ana!.id}`
  expect(await ana!.library.recordPlay(ids.get('Arca')!)).toMatchObject({ playCount: 2 })
  const played = await titles(ana!.library.list({ sort: 'played', limit: 2 }))
  expect([played[0], played.slice(1, 3).sort(), new Set(played).size]).toEqual(['Arca', ['Nz', 'zorro'], 11])
  const recent = await titles(ana!.library.list({ sort: 'recent', limit: 2 }))
  expect([recent.slice(0, 3), recent.length, new Set(recent).size]).toEqual([['Arca', 'Nz', 'zorro'], 11, 11])
  expect(await titles(ben!.library.list({ sort: 'played' }))).not.toContain('Arca')
  expect(await code(ben!.library.recordPlay(ids.get('Arca')!))).toBe('song_not_found')
  expect(await code(ana!.library.list({ language: 'x"; drop' }))).toBe('invalid_input language')
  expect(await code(ana!.library.list({ sort: 'oldest' as never }))).toBe('invalid_input sort')
  const { nextCursor } = await ana!.library.list({ limit: 1 })
  expect(await code(ana!.library.list({ limit: 1, sort: 'newest', cursor: nextCursor! }))).toBe(
    'invalid_cursor cursor',
  )
})

test('public songs are listed from A to Z for everybody, and neither skipped nor repeated', async () => {
  const ana = await musician('Ana')
  const visitor = createLibrary(createContext(connect()))
  const mark = `zq${crypto.randomUUID().replaceAll(/[^a-f]/g, '')}`
  const add = (title: string, visibility: 'public' | 'private' = 'public', artist?: string) =>
    ana.tertulia.songs.create({ title, artist, content: '[C]la', visibility })
  for (const title of ['Ébano', 'ebano', 'Ébano', 'abc', '¡Zas!', 'b c', 'b-c', 'b 1'])
    await add(`${mark} ${title}`)
  await add(`${mark} hidden`, 'private')
  await add(`9${mark}`, 'public', `${mark} Los`)
  await add(`??? ${mark}`, 'public', `${mark} Álamos`)
  // Signs do not count: the one title that is all signs but for the mark comes first.
  const all = [
    `??? ${mark}`,
    ...['abc', 'b 1', 'b c', 'b-c', 'Ébano', 'ebano', 'Ébano', '¡Zas!'].map((title) => `${mark} ${title}`),
  ]
  for (const limit of [1, 3, 100]) {
    const found = await titles(visitor.browseSongs('title', { prefix: mark.toUpperCase(), limit }))
    expect(found.map((title) => title.toLowerCase().replace('é', 'e').replace('b-c', 'b c'))).toEqual(
      all.map((title) => title.toLowerCase().replace('é', 'e').replace('b-c', 'b c')),
    )
    expect(new Set(found)).toEqual(new Set(all))
  }
  expect(await titles(visitor.browseSongs('title', { prefix: `${mark} É` }))).toHaveLength(3)
  expect(await titles(ana.library.browseSongs('title', { prefix: `9${mark}` }))).toEqual([`9${mark}`])
  // Nor does its owner find a private one among the public ones.
  expect(await titles(ana.library.browseSongs('title', { prefix: `${mark} hidden` }))).toEqual([])
  const signs = await titles(visitor.browseSongs('title', { prefix: '#', limit: 200 }))
  expect(signs).toContain(`9${mark}`)
  expect(signs.filter((title) => /^[a-z]/i.test(title))).toEqual([])
  expect(await titles(visitor.browseSongs('artist', { prefix: mark, limit: 1 }))).toEqual([
    `??? ${mark}`,
    `9${mark}`,
  ])
  expect(await code(visitor.browseSongs('title', { prefix: ' ' }))).toBe('invalid_input prefix')
  expect(await code(visitor.browseSongs('title', { prefix: 'x'.repeat(101) }))).toBe('invalid_input prefix')
  expect(await code(visitor.browseSongs('year' as never))).toBe('invalid_input by')
  expect(await code(visitor.list())).toBe('not_signed_in')
})
