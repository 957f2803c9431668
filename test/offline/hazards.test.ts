import { IDBFactory } from 'fake-indexeddb'
import { createCache, indexedDbStorage, type KeyValueStorage } from 'tertulia/offline'
import { afterEach, expect, test, vi } from 'vitest'
import { signInOn, startApp, storageOver } from '../support/app.ts'
import { signUp } from '../support/people.ts'
import { createScene, type Scene, within } from './support.ts'

afterEach(() => vi.unstubAllGlobals())

/** What a start without a network shows, once it has given up. */
async function shownOffline({ id, proxy, start }: Scene, options?: Parameters<Scene['start']>[0]) {
  proxy.block()
  const { tertulia } = start(options)
  const inbox = tertulia.chat.watchInbox()
  const conversation = tertulia.chat.openConversation(id)
  await vi.waitFor(() => {
    expect(inbox.getSnapshot().status).toBe('offline')
    expect(conversation.getSnapshot().status).toBe('offline')
  }, within)
  const shown = {
    items: inbox.getSnapshot().items.length,
    messages: conversation.getSnapshot().messages.map(({ content }) => content),
  }
  tertulia.close()
  proxy.restore()
  return shown
}

const all = { items: 1, messages: ['one', 'two', 'three'] }
const none = { items: 0, messages: [] }

/** What the same phone shows with a network: everything, whatever the cache holds. */
async function expectWhole({ id, start }: Scene, options?: Parameters<Scene['start']>[0]) {
  const { tertulia } = start(options)
  const inbox = tertulia.chat.watchInbox()
  const conversation = tertulia.chat.openConversation(id)
  await vi.waitFor(() => {
    expect(inbox.getSnapshot()).toMatchObject({ status: 'live', confirmed: true, items: [{ unread: 3 }] })
    expect(conversation.getSnapshot()).toMatchObject({ status: 'live', confirmed: true })
    expect(conversation.getSnapshot().messages).toHaveLength(3)
  }, within)
  tertulia.close()
}

const damages: Record<string, (text: string) => string> = {
  'is cut off': (text) => text.slice(0, text.length / 2),
  'has one character changed': (text) => {
    const half = Math.floor(text.length / 2)
    return `${text.slice(0, half)}${text[half] === '1' ? '2' : '1'}${text.slice(half + 1)}`
  },
  'is no JSON': () => 'x',
  'is empty': () => '',
  'is null': () => 'null',
  'is of a later version': (text) => `{"version":2,"data":${JSON.stringify(text)}}`,
}

test('a damaged copy, and one of a later version, is none: nothing shows, nothing fails, and the next one is whole', async () => {
  const scene = await createScene()
  await scene.visit()
  const whole = new Map(scene.items)
  for (const [what, damage] of Object.entries(damages)) {
    for (const part of [/index$/, /\d$/]) {
      for (const [key, text] of whole) scene.items.set(key, part.test(key) ? damage(text) : text)
      expect(await shownOffline(scene), `${part} ${what}`).toEqual(none)
    }
  }
  // Values in each other's places.
  const [, first, second] = [...whole.keys()]
  scene.items.set(first!, whole.get(second!)!)
  scene.items.set(second!, whole.get(first!)!)
  expect(await shownOffline(scene)).toEqual(none)
  await expectWhole(scene)
  await vi.waitFor(async () => expect(scene.items.size).toBe(3))
  await vi.waitFor(async () => expect(await shownOffline(scene)).toEqual(all), within)
})

test.each<[string, Partial<KeyValueStorage>]>([
  ['is full', { setItem: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) }],
  [
    'throws at every call',
    Object.fromEntries(
      ['getItem', 'setItem', 'removeItem'].map((name) => [
        name,
        () => {
          throw new Error('SecurityError')
        },
      ]),
    ),
  ],
  [
    'never answers',
    {
      getItem: () => new Promise(() => {}),
      setItem: () => new Promise(() => {}),
      removeItem: () => new Promise(() => {}),
      lock: (_name, run) => run(),
    },
  ],
  ['answers what it was not given', { getItem: () => 7 as never }],
])('a storage that %s costs the copy and nothing else', async (_what, faulty) => {
  const scene = await createScene()
  const storage = { ...scene.storage, ...faulty }
  await expectWhole(scene, { storage })
  expect(await shownOffline(scene, { storage })).toEqual(none)
})

test('a sign-out removes every copy, and another person on the device sees none', async () => {
  const scene = await createScene()
  await scene.visit()
  const app = scene.start()
  await app.supabase.auth.signOut({ scope: 'local' })
  await vi.waitFor(() => expect(scene.items.size).toBe(0), within)

  const eve = await signUp('Eve')
  await signInOn(app, eve)
  const inbox = app.tertulia.chat.watchInbox()
  await vi.waitFor(() => expect(inbox.getSnapshot()).toMatchObject({ status: 'live', items: [] }), within)
  expect([...scene.items.values()].join()).not.toContain('three')
})

test('with keepAfterSignOut the copies stay for their user alone', async () => {
  const scene = await createScene()
  await scene.visit()
  const options = { keepAfterSignOut: true }
  const app = scene.start(options)
  await app.supabase.auth.signOut({ scope: 'local' })
  const eve = await signUp('Eve')
  await signInOn(app, eve)
  const inbox = app.tertulia.chat.watchInbox()
  const seen: number[] = []
  inbox.subscribe(() => seen.push(inbox.getSnapshot().items.length))
  await vi.waitFor(() => expect(inbox.getSnapshot().status).toBe('live'), within)
  expect(new Set(seen)).toEqual(new Set([0]))
  await app.supabase.auth.signOut({ scope: 'local' })
  await signInOn(app, scene.ana)
  app.tertulia.close()
  expect(await shownOffline(scene, options)).toEqual(all)
})

test('a session that ended while the app was closed: its copies are gone at the next start', async () => {
  const scene = await createScene()
  await scene.visit()
  scene.phone.session.clear()
  scene.start()
  await vi.waitFor(() => expect(scene.items.size).toBe(0), within)
})

test('a session that Auth refuses to refresh: what shows is cleared, and the copies are gone', async () => {
  const scene = await createScene()
  await scene.visit()
  const session = JSON.parse(scene.phone.session.get('session')!)
  scene.phone.session.set('session', JSON.stringify({ ...session, expires_at: 1, refresh_token: 'revoked' }))
  const { tertulia } = scene.start()
  const inbox = tertulia.chat.watchInbox()
  await vi.waitFor(() => expect(inbox.getSnapshot()).toMatchObject({ status: 'closed', items: [] }), within)
  await vi.waitFor(() => expect(scene.items.size).toBe(0), within)
})

test('a removed member has no copy after the next contact, also when only the inbox was open', async () => {
  const scene = await createScene()
  const { ana, ben, proxy, start } = scene
  const group = await ben.tertulia.chat.createGroup({ subject: 'Ensayo', memberIds: [ana.id] })
  await ben.tertulia.chat.send(group.id, { content: 'secret' })
  const first = start()
  first.tertulia.chat.watchInbox()
  const open = first.tertulia.chat.openConversation(group.id)
  await vi.waitFor(() => expect(open.getSnapshot().status).toBe('live'), within)
  await vi.waitFor(
    () => expect([...scene.items.values()].filter((text) => text.includes('secret'))).toHaveLength(2),
    within,
  )
  first.tertulia.close()
  await ben.tertulia.chat.removeParticipant(group.id, ana.id)

  const second = start()
  const inbox = second.tertulia.chat.watchInbox()
  await vi.waitFor(() => expect(inbox.getSnapshot()).toMatchObject({ status: 'live', items: [{}] }), within)
  await vi.waitFor(() => expect([...scene.items.values()].join()).not.toContain('secret'), within)
  second.tertulia.close()
  proxy.block()
  const third = start()
  const gone = third.tertulia.chat.openConversation(group.id)
  await vi.waitFor(
    () => expect(gone.getSnapshot()).toMatchObject({ status: 'offline', conversation: null, messages: [] }),
    within,
  )
})

test('a removed member who opens the conversation sees it end, and has no copy', async () => {
  const scene = await createScene()
  const { ana, ben, start } = scene
  const group = await ben.tertulia.chat.createGroup({ subject: 'Ensayo', memberIds: [ana.id] })
  await ben.tertulia.chat.send(group.id, { content: 'secret' })
  const first = start()
  const open = first.tertulia.chat.openConversation(group.id)
  await vi.waitFor(() => expect(open.getSnapshot().status).toBe('live'), within)
  first.tertulia.close()
  await vi.waitFor(() => expect([...scene.items.values()].join()).toContain('secret'), within)
  await ben.tertulia.chat.removeParticipant(group.id, ana.id)
  const { tertulia } = start()
  const again = tertulia.chat.openConversation(group.id)
  await vi.waitFor(
    () =>
      expect(again.getSnapshot()).toMatchObject({
        status: 'closed',
        closeReason: 'removed',
        messages: [],
        conversation: null,
      }),
    within,
  )
  await vi.waitFor(() => expect([...scene.items.values()].join()).not.toContain('secret'), within)
})

test('edits, deletions and reactions that were missed are there after the next contact, in one request by revision', async () => {
  const scene = await createScene()
  const { ben, id, visit } = scene
  await visit()
  const { items } = await ben.tertulia.chat.listMessages(id)
  const [three, two] = items
  await ben.tertulia.chat.editMessage(three!.id, 'THREE')
  await ben.tertulia.chat.deleteMessage(two!.id)
  await ben.tertulia.chat.react(items[2]!.id, '🎸')
  await ben.tertulia.chat.send(id, { content: 'four' })
  const gaps = vi.fn()
  const { tertulia } = startApp(scene.phone, {
    apiUrl: scene.proxy.apiUrl,
    cache: createCache(scene.storage),
    onGap: gaps,
  })
  const conversation = tertulia.chat.openConversation(id)
  await vi.waitFor(() => expect(conversation.getSnapshot().status).toBe('live'), within)
  expect(conversation.getSnapshot().messages).toEqual(
    (await ben.tertulia.chat.listMessages(id)).items.reverse(),
  )
  // Nothing was lost: the app was closed.
  expect(gaps).not.toHaveBeenCalled()
  tertulia.close()
  await vi.waitFor(
    () => expect([...scene.items.values()].some((text) => text.includes('"content":"two"'))).toBe(false),
    within,
  )
})

test('a copy expires after the stated time without contact', async () => {
  const scene = await createScene()
  await scene.visit()
  expect(await shownOffline(scene, { maxAgeMs: 60_000 })).toEqual(all)
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await shownOffline(scene, { maxAgeMs: 1 })).toEqual(none)
  await vi.waitFor(() => expect(scene.items.size).toBeLessThan(2))
})

test('another version of the app holds no copy of the one before', async () => {
  const scene = await createScene()
  await scene.visit()
  expect(await shownOffline(scene, { version: 'restored' })).toEqual(none)
})

test('the oldest conversations go first, and no bound of conversations, messages or bytes is passed', async () => {
  const scene = await createScene()
  const { ana, ben, proxy, start } = scene
  const groups: string[] = []
  for (let at = 0; at < 4; at++) {
    const { id } = await ben.tertulia.chat.createGroup({ subject: `G${at}`, memberIds: [ana.id] })
    for (let n = 0; n < 6; n++)
      await ben.tertulia.chat.send(id, { content: `${n} of ${at} ${'x'.repeat(500)}` })
    groups.push(id)
  }
  const options = { conversations: 2, messages: 4 }
  for (const id of groups) {
    const { tertulia } = start(options)
    const open = tertulia.chat.openConversation(id)
    await vi.waitFor(() => expect(open.getSnapshot().status).toBe('live'), within)
    tertulia.close()
    await vi.waitFor(() => expect([...scene.items.values()].join()).toContain(id), within)
  }
  expect(scene.items.size).toBeLessThanOrEqual(4)
  proxy.block()
  const { tertulia } = start(options)
  const opened = groups.map((id) => tertulia.chat.openConversation(id))
  await vi.waitFor(
    () => expect(opened.map((one) => one.getSnapshot().status)).toEqual(Array(4).fill('offline')),
    within,
  )
  expect(opened.map((one) => one.getSnapshot().messages.length)).toEqual([0, 0, 4, 4])
  expect(opened[3]!.getSnapshot()).toMatchObject({
    hasOlder: true,
    messages: [{ seq: 4 }, { seq: 5 }, { seq: 6 }, { seq: 7 }],
  })
  tertulia.close()
  proxy.restore()

  // A fifth of what one conversation has.
  scene.items.clear()
  const small = { bytes: 8_000 }
  const app = start(small)
  const inbox = app.tertulia.chat.watchInbox()
  const open = app.tertulia.chat.openConversation(groups[0]!)
  await vi.waitFor(() => {
    expect(open.getSnapshot().status).toBe('live')
    expect(inbox.getSnapshot().items).toHaveLength(5)
  }, within)
  app.tertulia.close()
  await vi.waitFor(() => expect(scene.items.size).toBeGreaterThan(1), within)
  expect(new TextEncoder().encode([...scene.items.values()].join('')).length).toBeLessThan(8_500)
  proxy.block()
  const again = start(small)
  const part = again.tertulia.chat.watchInbox()
  await vi.waitFor(
    () => expect(part.getSnapshot()).toMatchObject({ status: 'offline', loaded: true }),
    within,
  )
  expect(part.getSnapshot().items.length).toBeLessThan(5)
  proxy.restore()
  await vi.waitFor(
    () =>
      expect(part.getSnapshot()).toMatchObject({
        status: 'live',
        hasMore: false,
        items: [{}, {}, {}, {}, {}],
      }),
    { ...within, timeout: 45_000 },
  )
})

test('two tabs on one cache: a stale one does not put its older copy over the newer one', async () => {
  const scene = await createScene()
  const { ben, id, proxy, start } = scene
  await scene.visit()
  const stale = start()
  const old = stale.tertulia.chat.openConversation(id)
  await vi.waitFor(() => expect(old.getSnapshot().status).toBe('live'), within)
  // It gets no more events, and does not know.
  proxy.freeze()
  const { items } = await ben.tertulia.chat.listMessages(id)
  await ben.tertulia.chat.deleteMessage(items[0]!.id)
  const fresh = startApp(scene.phone, {
    apiUrl: proxy.apiUrl,
    cache: createCache(storageOver(scene.items)),
    fetch: (input, init) => fetch(String(input).replace(proxy.apiUrl, scene.direct), init),
  })
  const now = fresh.tertulia.chat.openConversation(id)
  await vi.waitFor(() => expect(now.getSnapshot().confirmed).toBe(true), within)
  expect(now.getSnapshot().messages.at(-1)).toMatchObject({ content: '' })
  fresh.tertulia.close()
  await vi.waitFor(
    () =>
      expect(
        [...scene.items.entries()].some(
          ([key, text]) => /\d$/.test(key) && text.includes('"live_key":null') && text.includes('three'),
        ),
      ).toBe(false),
    within,
  )
  stale.tertulia.close()
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect([...scene.items.values()].filter((text) => text.includes('"live_key":null')).join()).not.toContain(
    'three',
  )
})

test('IndexedDB: kept across starts, one that another tab blocks or that is missing, and a connection that was closed', async () => {
  const scene = await createScene()
  const factory = new IDBFactory()
  vi.stubGlobal('indexedDB', factory)
  const persist = vi.fn(async () => true)
  vi.stubGlobal('navigator', { ...navigator, storage: { persist }, locks: navigator.locks })
  await expectWhole(scene, { storage: indexedDbStorage() })
  await vi.waitFor(() => expect(persist).toHaveBeenCalledTimes(1), within)
  const storage = indexedDbStorage()
  await vi.waitFor(async () => expect(await shownOffline(scene, { storage })).toEqual(all), within)

  // The app's own code deletes it in another tab: the connection gives way, and the next use makes a new one.
  await new Promise((resolve, reject) => {
    const deleting = factory.deleteDatabase('tertulia')
    deleting.onsuccess = resolve
    deleting.onblocked = reject
  })
  expect(await shownOffline(scene, { storage })).toEqual(none)
  await expectWhole(scene, { storage })
  await vi.waitFor(async () => expect(await shownOffline(scene, { storage })).toEqual(all), within)

  // A tab that does not give way: what waits for it is let be, and what it keeps open is of a later version.
  const keeper = await new Promise<IDBDatabase>((resolve) => {
    const opening = factory.open('tertulia', 7)
    opening.onsuccess = () => resolve(opening.result)
  })
  expect(await shownOffline(scene, { storage })).toEqual(all)
  const deleted = new Promise((resolve) => {
    factory.deleteDatabase('tertulia').onsuccess = resolve
  })
  const blocked = indexedDbStorage()
  await expectWhole(scene, { storage: blocked })
  expect(await shownOffline(scene, { storage: blocked })).toEqual(none)
  keeper.close()
  await deleted
  await expectWhole(scene, { storage: blocked })
  await vi.waitFor(async () => expect(await shownOffline(scene, { storage: blocked })).toEqual(all), within)

  // One that the app made itself, without a place for copies.
  const own = await new Promise<IDBDatabase>((resolve) => {
    const opening = factory.open('own', 2)
    opening.onsuccess = () => resolve(opening.result)
  })
  own.close()
  const strange = indexedDbStorage('own')
  await expectWhole(scene, { storage: strange })
  expect(await shownOffline(scene, { storage: strange })).toEqual(none)

  vi.stubGlobal('indexedDB', undefined)
  const missing = indexedDbStorage()
  await expectWhole(scene, { storage: missing })
  expect(await shownOffline(scene, { storage: missing })).toEqual(none)
})
