import { parseChordPro, transpose } from 'tertulia/chordpro'
import {
  createContext,
  createKeptSongs,
  type KeptOptions,
  type KeptSnapshot,
  type KeptSongs,
  type KeyValueStorage,
} from 'tertulia/kept'
import { createSetlists } from 'tertulia/setlists'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createPhone, signInOn, startApp, storageOver } from '../support/app.ts'
import { signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'

const within = { timeout: 20_000, interval: 20 }

async function until(kept: KeptSongs, wanted: (snapshot: KeptSnapshot) => boolean): Promise<KeptSnapshot> {
  await vi.waitFor(() => {
    if (!wanted(kept.getSnapshot()))
      throw new Error(`still ${JSON.stringify(kept.getSnapshot()).slice(0, 600)}`)
  }, within)
  return kept.getSnapshot()
}
const isWhole = ({ status, missing }: KeptSnapshot) => status === 'live' && missing === 0
const titles = ({ songs }: KeptSnapshot) => songs.map(({ title }) => title)

/** Ana with songs, on a phone before a network that can be cut. */
async function createScene() {
  const ana = await signUp('Ana')
  const phone = createPhone()
  const proxy = await openProxy()
  const items = new Map<string, string>()
  const make = (title: string, content = `[C]${title}`, fields = {}) =>
    ana.tertulia.songs.create({ title, content, ...fields })
  /** Starts the app; each has a life of its own, as after a restart. */
  function start(options: KeptOptions & { storage?: KeyValueStorage } = {}) {
    const { storage = storageOver(items), ...rest } = options
    const app = startApp(phone, { apiUrl: proxy.apiUrl })
    const context = createContext(app.supabase)
    const kept = createKeptSongs(context, storage, rest)
    onTestFinished(() => context.close())
    return { ...app, context, kept }
  }
  const first = startApp(phone, { apiUrl: proxy.apiUrl })
  await signInOn(first, ana)
  first.tertulia.close()
  return { ana, phone, proxy, items, make, start }
}

test('favourites, chosen songs and setlists open, are found and transposed without a network', async () => {
  const { ana, proxy, make, start, phone } = await createScene()
  const [gracias, samba, vals, secret] = await Promise.all([
    make('Gracias a la vida', '{artist: Violeta Parra}\n{key: Am}\n[Am]Gracias a la [E7]vida'),
    make('Samba'),
    make('Vals'),
    make('Not kept'),
  ])
  const setlists = createSetlists(createContext(ana.supabase))
  const friday = await setlists.create({
    title: 'Friday',
    entries: [{ songId: vals.id, key: 'D' }, { songId: samba.id }, { songId: vals.id }],
  })
  await ana.tertulia.songs.favorite(samba.id)
  const first = start()
  await Promise.all([
    first.kept.keepSong(gracias.id),
    first.kept.keepSetlist(friday.id),
    first.kept.keepFavorites(),
  ])
  const whole = await until(first.kept, (one) => isWhole(one) && one.songs.length === 3)
  expect(whole).toMatchObject({ keepsFavorites: true, isFull: false, confirmed: true, drafts: [] })
  expect(titles(whole)).toEqual(['Gracias a la vida', 'Samba', 'Vals'])
  expect(whole.songs.map(({ isChosen, isFavorite }) => [isChosen, isFavorite])).toEqual([
    [true, false],
    [false, true],
    [false, false],
  ])
  first.context.close()

  proxy.block()
  phone.expire()
  const { kept } = start()
  const shown = await until(kept, ({ songs }) => songs.length === 3)
  expect(shown).toMatchObject({
    confirmed: false,
    setlists: [{ id: friday.id, title: 'Friday', entryCount: 3 }],
  })
  const copy = await kept.getSong(gracias.id)
  expect(copy).toMatchObject({ artist: 'Violeta Parra', isDraft: false, createdAt: expect.any(Date) })
  expect(JSON.stringify(transpose(parseChordPro(copy!.content), 2))).toContain('Bm')
  expect((await kept.getSetlist(friday.id))?.entries.map(({ key, song }) => [key, song?.content])).toEqual([
    ['D', '[C]Vals'],
    [null, '[C]Samba'],
    [null, '[C]Vals'],
  ])
  for (const [query, found] of [
    ['gra vid', ['Gracias a la vida']],
    ['PARRA violeta', ['Gracias a la vida']],
    ['s', ['Samba']],
    ['vá', ['Vals']],
    ['nothing', []],
    ['', ['Gracias a la vida', 'Samba', 'Vals']],
    ['?', []],
  ] as const)
    expect([query, kept.find(query).map(({ title }) => title)]).toEqual([query, found])
  expect(await kept.getSong(secret.id)).toBeNull()
  expect(await kept.getSetlist(crypto.randomUUID())).toBeNull()
  await until(kept, ({ status }) => status === 'offline')
})

test('with a network only what changed is fetched, and what the user no longer sees is gone', async () => {
  const { ana, proxy, start, items, phone } = await createScene()
  const ben = await signUp('Ben')
  const songs = await Promise.all(
    ['a', 'b', 'c', 'd'].map((title) =>
      ben.tertulia.songs.create({ title, content: `la ${title} secret words` }),
    ),
  )
  const shares = []
  for (const { id } of songs) {
    const share = await ben.tertulia.sharing.share(id, { userId: ana.id, role: 'edit' })
    shares.push(await ana.tertulia.sharing.accept(share.id))
  }
  const first = start()
  for (const { id } of songs) await first.kept.keepSong(id)
  await until(first.kept, (one) => isWhole(one) && one.songs.length === 4)
  first.context.close()
  proxy.block()
  await ben.tertulia.songs.update(songs[1]!.id, { content: 'changed' })
  await ben.tertulia.songs.delete(songs[2]!.id)
  await ben.tertulia.sharing.revoke(shares[3]!.id)
  const answers: string[] = []
  const app = startApp(phone, {
    apiUrl: proxy.apiUrl,
    fetch: async (input, init) => {
      const response = await fetch(input, init)
      if (String(input).includes('sync_songs')) answers.push(await response.clone().text())
      return response
    },
  })
  const context = createContext(app.supabase)
  onTestFinished(() => context.close())
  const kept = createKeptSongs(context, storageOver(items))
  await until(kept, ({ status, songs: shown }) => status === 'offline' && shown.length === 4)
  expect((await kept.getSong(songs[1]!.id))?.content).toBe('la b secret words')
  proxy.restore()
  await until(kept, ({ songs: shown, status }) => status === 'live' && shown.length === 2)
  expect((await kept.getSong(songs[1]!.id))?.content).toBe('changed')
  expect(JSON.parse(answers[0]!)).toMatchObject({ songs: [{ id: songs[1]!.id }], has_more: false })
  for (const lost of [songs[2]!, songs[3]!]) {
    expect(await kept.getSong(lost.id)).toBeNull()
    expect([...items.values()].join()).not.toContain(`la ${lost.title} secret`)
  }
  // Released songs go, and a notice of a lost share is enough.
  await kept.releaseSong(songs[1]!.id)
  await until(kept, ({ songs: shown }) => shown.length === 1)
  expect([...items.values()].join()).not.toContain('changed')
  await ben.tertulia.sharing.revoke(shares[0]!.id)
  await until(kept, ({ songs: shown }) => shown.length === 0)
  expect([...items.values()].join()).not.toContain('secret words')
})

test('an edit without a network survives a restart and is saved once, whole', async () => {
  const { ana, proxy, make, start } = await createScene()
  const song = await make('Zamba', '[C]one')
  const first = start()
  await first.kept.keepSong(song.id)
  await until(first.kept, isWhole)
  first.context.close()
  proxy.block()
  const second = start()
  await second.kept.edit(song.id, { content: '[D]two' })
  await second.kept.edit(song.id, { title: 'Zamba alegre' })
  await expect(second.kept.edit(song.id, { tempo: 7 })).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(second.kept.edit(crypto.randomUUID(), { tempo: 70 })).rejects.toMatchObject({
    code: 'song_not_found',
  })
  expect(await second.kept.getSong(song.id)).toMatchObject({
    content: '[D]two',
    title: 'Zamba alegre',
    isDraft: true,
  })
  second.context.close()

  const { kept } = start()
  const { drafts } = await until(kept, (one) => one.drafts.length === 1)
  expect(drafts).toMatchObject([
    {
      songId: song.id,
      changes: { content: '[D]two', title: 'Zamba alegre' },
      baseVersion: 1,
      state: 'waiting',
    },
  ])
  proxy.restore()
  await until(kept, (one) => isWhole(one) && one.drafts.length === 0)
  expect(await kept.getSong(song.id)).toMatchObject({ content: '[D]two', version: 2, isDraft: false })
  expect((await ana.tertulia.songs.listVersions(song.id)).items).toHaveLength(2)
  // With a network it is saved at once.
  await kept.edit(song.id, { content: '[E]three' })
  await until(kept, (one) => one.drafts.length === 0)
  expect(await ana.tertulia.songs.get(song.id)).toMatchObject({ content: '[E]three', version: 3 })
})

test('an edit meets another one: nothing is lost, and a merge is saved; a lost answer is no conflict', async () => {
  const { ana, proxy, make, start } = await createScene()
  const [song, same, gone] = await Promise.all([make('A', 'one'), make('B', 'one'), make('C', 'one')])
  const first = start()
  for (const { id } of [song, same, gone]) await first.kept.keepSong(id)
  await until(first.kept, (one) => isWhole(one) && one.songs.length === 3)
  first.context.close()
  proxy.block()
  const offline = start()
  for (const { id } of [song, same, gone]) await offline.kept.edit(id, { content: 'mine' })
  offline.context.close()
  await ana.tertulia.songs.update(song.id, { content: 'theirs' })
  await ana.tertulia.songs.update(same.id, { content: 'mine' })
  await ana.tertulia.songs.delete(gone.id)
  proxy.restore()
  const { kept } = start()
  const { drafts } = await until(kept, (one) => isWhole(one) && one.drafts.length === 2)
  expect(drafts).toMatchObject([
    {
      songId: song.id,
      state: 'conflict',
      conflict: { base: { content: 'one' }, theirs: { content: 'theirs', version: 2 } },
    },
    { songId: gone.id, state: 'refused', code: 'song_not_found', changes: { content: 'mine' } },
  ])
  expect(await ana.tertulia.songs.get(same.id)).toMatchObject({ version: 2 })
  expect(await kept.getSong(song.id)).toMatchObject({ content: 'mine', version: 2, isDraft: true })
  await kept.edit(song.id, { content: 'both' }, { baseVersion: 2 })
  await kept.discard(gone.id)
  await until(kept, (one) => one.drafts.length === 0)
  expect(await ana.tertulia.songs.get(song.id)).toMatchObject({ content: 'both', version: 3 })
})

test('the copies go at a sign-out and with another user, the drafts wait for theirs', async () => {
  const { ana, proxy, make, start, items } = await createScene()
  const song = await make('Mine', 'my secret words')
  const first = start()
  await first.kept.keepSong(song.id)
  await until(first.kept, isWhole)
  proxy.block()
  await until(first.kept, () => true)
  await first.kept.edit(song.id, { content: 'my draft' })
  await first.supabase.auth.signOut({ scope: 'local' })
  await until(first.kept, ({ status, closeReason }) => status === 'closed' && closeReason === 'signed-out')
  expect(first.kept.getSnapshot()).toMatchObject({ songs: [], drafts: [] })
  await vi.waitFor(() => expect([...items.values()].join()).not.toContain('my secret words'), within)
  expect([...items.values()].join()).toContain('my draft')
  await expect(first.kept.keepSong(song.id)).rejects.toMatchObject({ code: 'closed' })

  proxy.restore()
  const nobody = start()
  await until(nobody.kept, ({ status }) => status === 'closed')
  await expect(nobody.kept.keepSong(song.id)).rejects.toMatchObject({ code: 'not_signed_in' })
  const ben = await signUp('Ben')
  const bens = startApp(createPhone(), { apiUrl: proxy.apiUrl })
  await signInOn(bens, ben)
  const context = createContext(bens.supabase)
  onTestFinished(() => context.close())
  const other = createKeptSongs(context, storageOver(items))
  await until(other, ({ status }) => status === 'live')
  expect(other.getSnapshot()).toMatchObject({ songs: [], drafts: [] })
  other.close()

  const back = startApp(createPhone(), { apiUrl: proxy.apiUrl })
  await signInOn(back, ana)
  const again = createContext(back.supabase)
  onTestFinished(() => again.close())
  const mine = createKeptSongs(again, storageOver(items))
  // What was chosen is remembered; its copy comes again, and the draft is saved.
  await until(mine, (one) => isWhole(one) && one.songs.length === 1 && one.drafts.length === 0)
  expect(await ana.tertulia.songs.get(song.id)).toMatchObject({ content: 'my draft' })
})

test('a device that is full keeps what fits, says so, and loses nothing of before', async () => {
  const { make, start, items } = await createScene()
  const songs = await Promise.all(['a', 'b', 'c', 'd'].map((title) => make(title, 'x'.repeat(5_000))))
  const few = start({ songs: 2 })
  for (const { id } of songs) await few.kept.keepSong(id)
  expect(await until(few.kept, ({ isFull, songs: shown }) => isFull && shown.length === 2)).toMatchObject({
    missing: 2,
  })
  few.context.close()
  const small = start({ bytes: 38_000 })
  expect(await until(small.kept, ({ isFull, status }) => isFull && status === 'live')).toMatchObject({
    missing: 1,
  })
  small.context.close()
  // The storage itself refuses.
  let room = true
  const storage: KeyValueStorage = {
    ...storageOver(items),
    setItem(key: string, value: string) {
      if (!room) throw new DOMException('full', 'QuotaExceededError')
      items.set(key, value)
    },
  }
  const { kept } = start({ storage })
  await until(kept, isWhole)
  room = false
  await expect(kept.keepSong(crypto.randomUUID())).rejects.toMatchObject({ code: 'unavailable' })
  await expect(kept.edit(songs[0]!.id, { content: 'x' })).rejects.toMatchObject({ code: 'unavailable' })
  expect(kept.getSnapshot()).toMatchObject({ drafts: [], songs: [{}, {}, {}, {}] })
  room = true
  await kept.edit(songs[0]!.id, { content: 'y' })
  await until(kept, ({ drafts }) => drafts.length === 0)
})

test('damaged, strange and old copies are fetched again, two tabs share them, a crash never happens', async () => {
  const { ana, make, start, items } = await createScene()
  const [one, two] = await Promise.all([make('one'), make('two')])
  // One storage, as two tabs have one lock.
  const storage = storageOver(items)
  const first = start({ storage })
  await first.kept.keepSong(one.id)
  await first.kept.keepSong(two.id)
  await until(first.kept, (now) => isWhole(now) && now.songs.length === 2)
  const keys = [...items.keys()].filter((key) => key.includes('song:'))
  items.set(keys[0]!, '{"content":')
  items.set(keys[1]!, '[]')
  expect(await first.kept.getSong(one.id)).toBeNull()
  expect(await first.kept.getSong(two.id)).toBeNull()
  await until(first.kept, isWhole)
  expect(await first.kept.getSong(one.id)).toMatchObject({ content: '[C]one' })
  const tab = start({ storage })
  const three = await make('three')
  await until(tab.kept, isWhole)
  await Promise.all([tab.kept.keepSong(three.id), first.kept.releaseSong(one.id)])
  await Promise.all([first.kept.refresh(), tab.kept.refresh()])
  await first.kept.refresh()
  for (const { kept } of [first, tab])
    await until(
      kept,
      (now) => isWhole(now) && JSON.stringify(titles(now)) === JSON.stringify(['three', 'two']),
    )
  first.context.close()
  tab.context.close()

  const index = [...items.keys()].find((key) => key.endsWith(':index'))!
  const stored = JSON.parse(items.get(index)!)
  items.set(index, JSON.stringify({ ...stored, at: Date.now() - 100 * 86_400_000 }))
  const late = start()
  await until(late.kept, (now) => isWhole(now) && now.songs.length === 2)
  late.context.close()
  for (const damaged of ['no json', 'null', '7', '{}', JSON.stringify({ ...stored, form: 99 })]) {
    items.set(index, damaged)
    const { kept, context } = start()
    await until(kept, ({ status }) => status === 'live')
    expect(kept.getSnapshot()).toMatchObject({ songs: [], drafts: [] })
    context.close()
  }
  expect(await ana.tertulia.songs.get(one.id)).toMatchObject({ version: 1 })
})
