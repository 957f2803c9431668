import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { firefox } from '../support/agents.ts'
import { makePeople, makeSong, openDatabase } from '../support/analytics.ts'
import { storageOver } from '../support/app.ts'
import { connect, signInAgain, signUp } from '../support/people.ts'
import { createDevice, waiting } from '../support/tracking.ts'

async function settle() {
  const sql = openDatabase()
  const [owner = ''] = await makePeople(sql, 1)
  const song = await makeSong(sql, owner)
  const counted = async () => {
    const rows = await sql`
      select e.kind, v.user_id from private.analytics_events e left join private.analytics_viewers v on v.viewer = e.viewer
      where e.entity_id = ${song} order by e.kind`
    return rows.map(({ kind, user_id }) => [kind, user_id])
  }
  return { song, counted, view: { kind: 'song_view', songId: song } as const }
}

/** Hears the requests that outlive their page, and what they carry. */
function lastRequests() {
  const bodies: string[] = []
  const real = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
    if (!String(url).includes('track_events') || !init?.keepalive) return real(url, init)
    bodies.push(String(init.body))
    // A visitor whose agent is that of a script counts as a bot.
    return real(url, { ...init, headers: { ...init.headers, 'user-agent': firefox } })
  })
  onTestFinished(() => void vi.restoreAllMocks())
  return bodies
}

test('track() and flush() with nothing awaited between send the event', async () => {
  const { counted, view, song } = await settle()
  const device = createDevice()
  const ana = await signUp('Ana', device.options)
  ana.tertulia.analytics.track(view)
  ana.tertulia.analytics.track({ kind: 'song_share', songId: song })
  await ana.tertulia.analytics.flush()
  expect(await counted()).toEqual([
    ['song_share', ana.id],
    ['song_view', ana.id],
  ])
  expect(await waiting(device, ana.id)).toEqual([])
  expect(device.running()).toBe(0)
})

test('so they do for a visitor, and in a client that was made in the same moment', async () => {
  const { counted, view } = await settle()
  const { analytics } = createTertulia(connect(), createDevice().options)
  analytics.track(view)
  await analytics.flush()
  expect(await counted()).toEqual([['song_view', null]])
})

test('flush() sends what was tracked before it while the storage and its lock are slow', async () => {
  const { counted, view } = await settle()
  const slow = () => new Promise((resolve) => setTimeout(resolve, 50))
  const items = new Map<string, string>()
  const ana = await signUp('Ana')
  const { tertulia } = await signInAgain(ana, {
    storage: {
      getItem: async (key) => slow().then(() => items.get(key) ?? null),
      setItem: async (key, value) => slow().then(() => items.set(key, value)),
      removeItem: async (key) => slow().then(() => items.delete(key)),
      lock: async (_name, run) => slow().then(run),
    },
  })
  tertulia.analytics.track(view)
  await tertulia.analytics.flush()
  expect(await counted()).toEqual([['song_view', ana.id]])
  tertulia.close()
})

test('what is tracked in the moment in which the page goes is in its last request, though no lock is given', async () => {
  const { counted, view, song } = await settle()
  const bodies = lastRequests()
  const device = createDevice()
  const ana = await signUp('Ana')
  const items = new Map<string, string>()
  const storage = { ...storageOver(items), lock: () => new Promise<never>(() => {}) }
  const page = await signInAgain(ana, { ...device.options, storage })
  page.tertulia.analytics.track(view)
  page.tertulia.analytics.track({ kind: 'song_share', songId: song })
  device.hide()
  device.hide()
  expect(bodies).toHaveLength(1)
  await vi.waitFor(async () =>
    expect(await counted()).toEqual([
      ['song_share', ana.id],
      ['song_view', ana.id],
    ]),
  )
})

test('the last request of a page is below what browsers let through, however long its events are', async () => {
  const { song } = await settle()
  const bodies = lastRequests()
  const device = createDevice()
  const page = createTertulia(connect(), { ...device.options, storage: storageOver(new Map()) })
  const value = '長'.repeat(40)
  for (let n = 0; n < 200; n++)
    page.analytics.track({ kind: 'app:long', songId: song, properties: { one: value, other: value } })
  device.hide()
  expect(bodies).toHaveLength(1)
  const bytes = new TextEncoder().encode(bodies[0]).length
  expect(bytes).toBeGreaterThan(20_000)
  expect(bytes).toBeLessThan(32_000)
})

test('the same of a visitor, whose events are not sent by the next page again', async () => {
  const { counted, view } = await settle()
  const bodies = lastRequests()
  const device = createDevice()
  const items = new Map<string, string>()
  const storage = storageOver(items)
  const page = createTertulia(connect(), { ...device.options, storage })
  page.analytics.track(view)
  device.hide()
  expect(bodies).toHaveLength(1)
  // The next page is there at once.
  const next = createTertulia(connect(), { ...createDevice().options, storage })
  await next.analytics.flush()
  await vi.waitFor(async () => expect(await counted()).toEqual([['song_view', null]]))
  expect([...items.keys()].filter((key) => key.endsWith(':events'))).toEqual([])
})

test('with a session that Auth keeps in a storage that answers later, a page that goes sends as who tracked before', async () => {
  const { counted, view, song } = await settle()
  const bodies = lastRequests()
  const ana = await signUp('Ana')
  const { data } = await ana.supabase.auth.getSession()
  const items = new Map([['session', JSON.stringify(data.session)]])
  const { apiUrl, publishableKey } = inject('stack')
  const storage = storageOver(items)
  const supabase = createClient(apiUrl, publishableKey, {
    auth: {
      autoRefreshToken: false,
      storageKey: 'session',
      storage: { ...storage, getItem: async (key) => storage.getItem(key) },
    },
  })
  onTestFinished(() => void supabase.realtime.disconnect())
  const device = createDevice()
  const { analytics } = createTertulia(supabase, device.options)
  analytics.track(view)
  await vi.waitFor(async () => expect(await waiting(device, ana.id)).toHaveLength(1))
  analytics.track({ kind: 'song_share', songId: song })
  device.hide()
  expect(bodies).toHaveLength(1)
  await vi.waitFor(async () => expect(await counted()).toHaveLength(2))
  expect((await counted()).every(([, userId]) => userId === ana.id)).toBe(true)
})

test('what is tracked in the moment in which the client is closed is sent by the next one', async () => {
  const { counted, view } = await settle()
  const device = createDevice()
  const ana = await signUp('Ana', device.options)
  ana.tertulia.analytics.track(view)
  ana.tertulia.analytics.close()
  ana.tertulia.analytics.track({ ...view, kind: 'song_share' })
  await vi.waitFor(async () => expect(await waiting(device, ana.id)).toHaveLength(1))
  expect(device.running()).toBe(0)
  await signInAgain(ana, device.options).then(({ tertulia }) => tertulia.analytics.flush())
  expect(await counted()).toEqual([['song_view', ana.id]])
})

test('without consent a page that goes sends nothing, and is not listened to', async () => {
  const { counted, view } = await settle()
  const bodies = lastRequests()
  const device = createDevice({ requireConsent: true })
  const { analytics } = await signUp('Ana', device.options).then(({ tertulia }) => tertulia)
  analytics.track(view)
  expect(device.running()).toBe(0)
  device.hide()
  await analytics.flush()
  expect(bodies).toEqual([])
  expect(await counted()).toEqual([])
})

test('a page that is made ready before anybody asks for it tracks nothing, and what it tracked once it is shown', async () => {
  const { counted, view, song } = await settle()
  const page = Object.assign(new EventTarget(), { prerendering: true, visibilityState: 'hidden' })
  vi.stubGlobal('document', page)
  onTestFinished(() => void vi.unstubAllGlobals())
  const device = createDevice()
  const ana = await signUp('Ana', device.options)
  const { analytics } = ana.tertulia
  expect(() => analytics.track({ kind: 'song_view', songId: 'x' })).toThrow('songId')
  const before = Date.now()
  analytics.track(view)
  analytics.track({ kind: 'song_share', songId: song })
  await analytics.flush()
  device.hide()
  expect([await waiting(device, ana.id), await counted(), device.running()]).toEqual([[], [], 0])
  page.prerendering = false
  page.dispatchEvent(new Event('prerenderingchange'))
  page.dispatchEvent(new Event('prerenderingchange'))
  await vi.waitFor(async () => expect(await waiting(device, ana.id)).toHaveLength(2))
  expect(await waiting(device, ana.id)).toEqual([
    expect.objectContaining({ at: expect.toSatisfy((at) => at >= before) }),
    expect.anything(),
  ])
  await analytics.flush()
  expect(await counted()).toEqual([
    ['song_share', ana.id],
    ['song_view', ana.id],
  ])
})

test.each([
  ['an hour ahead', 3_600_000],
  ['a week behind', -7 * 86_400_000],
])('a device whose clock is %s counts as now, also from a page that goes', async (_what, shift) => {
  const { counted, view, song } = await settle()
  lastRequests()
  const device = createDevice()
  device.options.clock.now = () => Date.now() + shift
  const ana = await signUp('Ana', device.options)
  ana.tertulia.analytics.track(view)
  await ana.tertulia.analytics.flush()
  expect(await counted()).toEqual([['song_view', ana.id]])
  expect(await waiting(device, ana.id)).toEqual([])

  const visitor = createTertulia(connect(), device.options)
  visitor.analytics.track({ kind: 'song_share', songId: song })
  await vi.waitFor(async () => expect(await waiting(device, 'anonymous')).toHaveLength(1))
  device.hide()
  // The page was only hidden: what was refused is there again.
  await vi.waitFor(async () => {
    await visitor.analytics.flush()
    expect(await counted()).toEqual([
      ['song_share', null],
      ['song_view', ana.id],
    ])
  })
  expect(await waiting(device, 'anonymous')).toEqual([])
})
