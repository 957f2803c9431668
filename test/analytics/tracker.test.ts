import { createClient } from '@supabase/supabase-js'
import { type AnalyticsEvent, createTertulia } from 'tertulia'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { firefox } from '../support/agents.ts'
import { makePeople, makeSong, openDatabase } from '../support/analytics.ts'
import { connect, type Person, signInAgain, signUp } from '../support/people.ts'
import { createDevice, waiting } from '../support/tracking.ts'

const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 15_000, interval: 20 })

async function settle() {
  const sql = openDatabase()
  const [owner = ''] = await makePeople(sql, 1)
  const song = await makeSong(sql, owner)
  const counted = async (kind?: string) => {
    const rows = await sql`
      select e.kind, v.user_id from private.analytics_events e left join private.analytics_viewers v on v.viewer = e.viewer
      where e.entity_id = ${song}`
    return rows.filter((row) => !kind || row.kind === kind)
  }
  return { sql, owner, song, counted, view: { kind: 'song_view', songId: song } as const }
}
describe('track', () => {
  test('returns at once, and sends many in one request when the time has come', async () => {
    const { song, owner, counted, view } = await settle()
    const device = createDevice()
    const ana = await signUp('Ana', device.options)
    expect(ana.tertulia.analytics.track(view)).toBeUndefined()
    ana.tertulia.analytics.track({ kind: 'song_session', songId: song, durationSeconds: 61.4 })
    ana.tertulia.analytics.track({ kind: 'profile_view', profileId: owner })
    await until(async () => expect(await waiting(device, ana.id)).toHaveLength(3))
    expect(await counted()).toHaveLength(0)
    expect(device.timers()).toEqual([10_000])
    device.fire()
    await until(async () => expect(await counted()).toHaveLength(2))
    expect(await counted('song_view')).toEqual([{ kind: 'song_view', user_id: ana.id }])
    await until(() => expect(device.running()).toBe(0))
    expect(device.operations.filter((one) => one.startsWith('analytics'))).toEqual(['analytics.track null'])
    expect(await waiting(device, ana.id)).toEqual([])
  })

  test('sends as nobody where nobody is signed in', async () => {
    const { counted, view } = await settle()
    const { analytics } = createTertulia(connect(), createDevice().options)
    analytics.track(view)
    await until(async () => {
      await analytics.flush()
      expect(await counted()).toEqual([{ kind: 'song_view', user_id: null }])
    })
  })

  test.each<[string, unknown, string]>([
    ['an unknown kind', { kind: 'song_like', songId: crypto.randomUUID() }, 'kind'],
    ['an id that is none', { kind: 'song_view', songId: 'x' }, 'songId'],
    ['a profile for a song', { kind: 'song_view', profileId: crypto.randomUUID() }, 'profileId'],
    [
      'somebody else as the viewer',
      { kind: 'song_view', songId: crypto.randomUUID(), userId: 'x' },
      'userId',
    ],
    [
      'a negative duration',
      { kind: 'song_session', songId: crypto.randomUUID(), durationSeconds: -1 },
      'durationSeconds',
    ],
    ['nothing', undefined, undefined as never],
  ])('refuses %s at once', (_what, event, field) => {
    const { analytics } = createTertulia(connect(), createDevice().options)
    expect(() => analytics.track(event as AnalyticsEvent)).toThrow(
      expect.objectContaining({ code: 'invalid_input', field }),
    )
  })

  test('without a network keeps everything, tries again later and later, and sends when it is back', async () => {
    const { counted, view } = await settle()
    const device = createDevice()
    let online = false
    const fetch: typeof globalThis.fetch = (...args) =>
      online ? globalThis.fetch(...args) : Promise.reject(new TypeError('fetch failed'))
    const ana = await signUp()
    online = true
    const phone = await signInAgain(ana, { ...device.options, fetch })
    online = false
    phone.tertulia.analytics.track(view)
    await until(() => expect(device.timers()).toEqual([10_000]))
    const pauses: number[] = []
    for (let attempt = 0; attempt < 3; attempt++) {
      device.fire()
      await until(() => expect(device.timers()).toHaveLength(1))
      pauses.push(device.timers()[0] as number)
    }
    expect(pauses[2]).toBeGreaterThan(pauses[0] as number)
    expect(await waiting(device, ana.id)).toHaveLength(1)
    online = true
    device.wake()
    await until(async () => expect(await counted()).toHaveLength(1))
    await until(() => expect(device.running()).toBe(0))
  })

  test('what the last start left behind is sent by the next one, and an answer that was lost counts nothing twice', async () => {
    const { counted, view } = await settle()
    const device = createDevice()
    const ana = await signUp()
    let lose = true
    const phone = await signInAgain(ana, {
      ...device.options,
      fetch: async (...args) => {
        const response = await globalThis.fetch(...args)
        if (lose && String(args[0]).includes('track_events')) throw new TypeError('fetch failed')
        return response
      },
    })
    phone.tertulia.analytics.track(view)
    await until(() => expect(device.timers()).toHaveLength(1))
    await phone.tertulia.analytics.flush()
    expect(await counted()).toHaveLength(1)
    expect(await waiting(device, ana.id)).toHaveLength(1)
    phone.tertulia.analytics.close()
    expect(device.running()).toBe(0)

    lose = false
    const next = createTertulia(phone.supabase, device.options)
    await next.analytics.flush()
    expect(await waiting(device, ana.id)).toEqual([])
    expect(await counted()).toHaveLength(1)
  })

  test('where the storage is full, what it does not take is sent all the same', async () => {
    const { sql, owner, song, counted, view } = await settle()
    const other = await makeSong(sql, owner)
    const device = createDevice()
    const ana = await signUp()
    const full = { ...device.storage }
    const phone = await signInAgain(ana, { ...device.options, storage: full })
    phone.tertulia.analytics.track(view)
    await until(async () => expect(await waiting(device, ana.id)).toHaveLength(1))
    full.setItem = async () => {
      throw new DOMException('no more room', 'QuotaExceededError')
    }
    const loads: unknown[] = []
    full.getItem = async (key) => {
      loads.push(key)
      return device.storage.getItem(key)
    }
    phone.tertulia.analytics.track({ kind: 'song_share', songId: song })
    phone.tertulia.analytics.track({ kind: 'song_view', songId: other })
    await until(() => expect(loads.filter((key) => String(key).endsWith(':events'))).toHaveLength(2))
    await until(async () => {
      await phone.tertulia.analytics.flush()
      expect((await counted()).map(({ kind }) => kind).sort()).toEqual(['song_share', 'song_view'])
      expect(await sql`select from private.analytics_events where entity_id = ${other}`).toHaveLength(1)
    })
    expect(device.operations.filter((one) => one === 'analytics.track null')).toHaveLength(1)
  })

  test('two tabs of one storage send each event once', async () => {
    const { sql, owner, counted, view } = await settle()
    const others = await Promise.all(Array.from({ length: 10 }, () => makeSong(sql, owner)))
    const device = createDevice()
    const ana = await signUp()
    const tabs = await Promise.all([signInAgain(ana, device.options), signInAgain(ana, device.options)])
    for (const [at, songId] of others.entries())
      tabs[at % 2]?.tertulia.analytics.track({ kind: 'song_view', songId })
    tabs[0]?.tertulia.analytics.track(view)
    await until(async () => expect(await waiting(device, ana.id)).toHaveLength(11))
    await Promise.all(tabs.map(({ tertulia }) => tertulia.analytics.flush()))
    expect(await counted()).toHaveLength(1)
    expect(await waiting(device, ana.id)).toEqual([])
    expect(device.operations.filter((one) => one === 'analytics.track null')).toHaveLength(1)
  })
})

describe('a page that goes', () => {
  test('sends what waits in a request that outlives it, of less than 64 KiB', async () => {
    const { counted, view } = await settle()
    const device = createDevice()
    const ana = await signUp()
    const bodies: RequestInit[] = []
    const page = await signInAgain(ana, {
      ...device.options,
      // Its own requests are cut off with the page.
      fetch: (...args) =>
        String(args[0]).includes('track_events') ? new Promise(() => {}) : globalThis.fetch(...args),
    })
    const real = globalThis.fetch
    vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
      if (String(url).includes('track_events') && init) bodies.push(init)
      return real(url, init)
    })
    try {
      for (let n = 0; n < 600; n++)
        page.tertulia.analytics.track({ kind: 'song_view', songId: crypto.randomUUID() })
      await until(async () => expect(await waiting(device, ana.id)).toHaveLength(600))
      device.hide()
      expect(bodies).toHaveLength(1)
      expect(bodies[0]?.keepalive).toBe(true)
      expect(String(bodies[0]?.body).length).toBeLessThan(64_000)
      await until(async () => expect((await waiting(device, ana.id)).length).toBeLessThan(600))

      const other = createDevice()
      const second = await signInAgain(ana, { ...other.options })
      second.tertulia.analytics.track(view)
      await until(async () => expect(await waiting(other, ana.id)).toHaveLength(1))
      other.hide()
      await until(async () => expect(await counted()).toEqual([{ kind: 'song_view', user_id: ana.id }]))
      await until(async () => expect(await waiting(other, ana.id)).toEqual([]))

      // It is hidden first, and left a moment later.
      second.tertulia.analytics.track({ kind: 'song_share', songId: view.songId })
      await until(async () => expect(await waiting(other, ana.id)).toHaveLength(1))
      bodies.length = 0
      other.hide()
      other.hide()
      expect(bodies).toHaveLength(1)
      await until(async () => expect(await waiting(other, ana.id)).toEqual([]))
    } finally {
      vi.restoreAllMocks()
    }
  })
})

test('what a visitor’s page hands over while it goes is not sent again, on whatever day and from wherever', async () => {
  const { counted, view } = await settle()
  const device = createDevice()
  const real = globalThis.fetch
  let isOff = true
  let refused = 0
  const bodies: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    if (!String(url).includes('track_events')) return real(url, init)
    if (isOff) {
      refused++
      throw new TypeError('fetch failed')
    }
    bodies.push(String(init?.body))
    await real(url, { ...init, headers: { ...init?.headers, 'user-agent': firefox } })
    // The page is gone, and nobody there to hear the answer.
    return new Promise<Response>(() => {})
  })
  onTestFinished(() => void vi.restoreAllMocks())
  const page = createTertulia(connect(), device.options)
  page.analytics.track(view)
  await until(async () => expect(await waiting(device, 'anonymous')).toHaveLength(1))
  // Hidden without a network: it waits on.
  device.hide()
  await until(async () => {
    expect(refused).toBe(1)
    expect(await waiting(device, 'anonymous')).toHaveLength(1)
  })
  isOff = false
  await until(() => {
    device.hide()
    device.hide()
    expect(bodies).toHaveLength(1)
  })
  await until(async () => expect(await counted()).toHaveLength(1))
  expect(bodies).toHaveLength(1)

  const next = createTertulia(connect(), device.options)
  await next.analytics.flush()
  next.analytics.track({ kind: 'song_share', songId: view.songId })
  await until(async () => expect(JSON.stringify(await waiting(device, 'anonymous'))).toContain('song_share'))
  vi.restoreAllMocks()
  await next.analytics.flush()
  await until(async () =>
    expect((await counted()).map(({ kind }) => kind).sort()).toEqual(['song_share', 'song_view']),
  )
  expect(bodies).toHaveLength(1)
})

describe('who', () => {
  const signIn = (device: Person['supabase'], { email }: Person) =>
    device.auth.signInWithPassword({ email, password: 'correct-horse-battery' })

  test('what one person did is never sent as another’s, and waits for its own', async () => {
    const { counted, view } = await settle()
    const device = createDevice()
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const supabase = connect()
    const { analytics } = createTertulia(supabase, device.options)
    await signIn(supabase, ana)
    analytics.track(view)
    await until(async () => expect(await waiting(device, ana.id)).toHaveLength(1))
    await supabase.auth.signOut({ scope: 'local' })
    await until(() => expect(device.running()).toBe(0))
    await signIn(supabase, ben)
    await analytics.flush()
    device.hide()
    analytics.track({ kind: 'song_share', songId: view.songId })
    await until(async () => expect(await waiting(device, ben.id)).toHaveLength(1))
    await analytics.flush()
    expect(await counted()).toEqual([{ kind: 'song_share', user_id: ben.id }])
    await supabase.auth.signOut({ scope: 'local' })
    await signIn(supabase, ana)
    await analytics.flush()
    expect(await counted('song_view')).toEqual([{ kind: 'song_view', user_id: ana.id }])
  })

  /** A device whose session has ended, and whose server does not answer when it is asked for a new one. */
  async function asleep({ email }: Person) {
    const items = new Map<string, string>()
    const { apiUrl, publishableKey } = inject('stack')
    let answers = true
    let ahead = 0
    const now = Date.now
    vi.spyOn(Date, 'now').mockImplementation(() => now() + ahead)
    onTestFinished(() => void vi.restoreAllMocks())
    /** As if its half minute of trying again were over, or its minute of not asking after that. */
    const pass = (ms: number) => {
      ahead += ms
    }
    const supabase = createClient(apiUrl, publishableKey, {
      auth: {
        autoRefreshToken: false,
        storageKey: 'session',
        storage: {
          getItem: (key) => items.get(key) ?? null,
          setItem: (key, value) => void items.set(key, value),
          removeItem: (key) => void items.delete(key),
        },
      },
      global: {
        fetch(...args) {
          if (answers || !String(args[0]).includes('/auth/v1/token')) return fetch(...args)
          pass(31_000)
          return Promise.resolve(new Response('{}', { status: 503 }))
        },
      },
    })
    onTestFinished(() => void supabase.realtime.disconnect())
    await supabase.auth.signInWithPassword({ email, password: 'correct-horse-battery' })
    answers = false
    items.set('session', JSON.stringify({ ...JSON.parse(items.get('session') ?? ''), expires_at: 1 }))
    const wake = () => {
      answers = true
      pass(61_000)
    }
    return { supabase, wake }
  }

  test('while a session waits for its refresh, events are kept as its user’s, and sent after it', async () => {
    const { counted, view } = await settle()
    const device = createDevice()
    const ana = await signUp('Ana')
    const { supabase, wake } = await asleep(ana)
    const { analytics } = createTertulia(supabase, device.options)
    analytics.track(view)
    await supabase.auth.getSession()
    await analytics.flush()
    expect(await waiting(device, ana.id)).toHaveLength(1)
    expect(await counted()).toEqual([])
    wake()
    await supabase.auth.getSession()
    await analytics.flush()
    expect(await counted()).toEqual([{ kind: 'song_view', user_id: ana.id }])
  })

  test('and are nobody’s when somebody else signs in instead', async () => {
    const { counted, view } = await settle()
    const device = createDevice()
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const { supabase, wake } = await asleep(ana)
    const { analytics } = createTertulia(supabase, device.options)
    analytics.track(view)
    await supabase.auth.getSession()
    wake()
    await signIn(supabase, ben)
    analytics.track({ kind: 'song_share', songId: view.songId })
    await until(async () => expect(await waiting(device, ben.id)).toHaveLength(1))
    await analytics.flush()
    expect(await counted()).toEqual([{ kind: 'song_share', user_id: ben.id }])
  })

  test('nothing is left running after close and sign-out, with events waiting', async () => {
    const { view } = await settle()
    for (const end of ['close', 'sign-out']) {
      const device = createDevice()
      const ana = await signUp('Ana', device.options)
      ana.tertulia.analytics.track(view)
      await until(() => expect(device.running()).toBe(3))
      if (end === 'close') ana.tertulia.analytics.close()
      else await ana.supabase.auth.signOut({ scope: 'local' })
      await until(() => expect(device.running()).toBe(0))
      expect(await waiting(device, ana.id)).toHaveLength(1)
      if (end === 'close') {
        ana.tertulia.analytics.track(view)
        await ana.tertulia.analytics.flush()
        expect(device.running()).toBe(0)
      }
    }
  })
})

describe('consent', () => {
  test('where it is asked for, nothing is noted, kept or sent before it is given', async () => {
    const { counted, view } = await settle()
    const device = createDevice({ requireConsent: true })
    const ana = await signUp('Ana', device.options)
    const { analytics } = ana.tertulia
    analytics.track(view)
    await analytics.flush()
    device.hide()
    expect(device.storage.keys()).toEqual([])
    expect(device.running()).toBe(0)
    expect(device.operations.filter((one) => one.startsWith('analytics'))).toEqual([])

    await analytics.optIn()
    await analytics.flush()
    expect(await counted()).toHaveLength(0)
    analytics.track(view)
    await until(async () => expect(await waiting(device, ana.id)).toHaveLength(1))
    await analytics.flush()
    expect(await counted()).toHaveLength(1)
    // The device remembers.
    const again = createTertulia(ana.supabase, device.options)
    again.analytics.track({ kind: 'song_share', songId: view.songId })
    await until(async () => expect(await waiting(device, ana.id)).toHaveLength(1))

    await again.analytics.optOut()
    expect(await waiting(device, ana.id)).toEqual([])
    expect(device.running()).toBe(0)
    again.analytics.track(view)
    await again.analytics.flush()
    expect(await counted()).toHaveLength(1)
    const third = createTertulia(ana.supabase, { ...device.options, requireConsent: false })
    third.analytics.track(view)
    await third.analytics.flush()
    expect(await waiting(device, ana.id)).toEqual([])
  })
})

test('consent that is withdrawn takes along what is being noted, and what other tabs would do', async () => {
  const { counted, view, song } = await settle()
  const device = createDevice()
  const ana = await signUp()
  // As a page's own storage does, this one answers at once.
  const items = new Map<string, string>()
  const storage = {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
    lock: device.storage.lock,
  }
  const [one, two] = await Promise.all(
    [0, 1].map(() => signInAgain(ana, { ...device.options, storage })) as [Promise<Person>, Promise<Person>],
  )
  two.tertulia.analytics.track(view)
  await until(() => expect(JSON.parse(items.get([...items.keys()][0] ?? '') ?? '[]')).toHaveLength(1))
  one.tertulia.analytics.track({ kind: 'song_share', songId: song })
  await one.tertulia.analytics.optOut()
  await one.tertulia.analytics.flush()
  expect([...items.keys()].filter((key) => key.endsWith(':events'))).toEqual([])

  // The other tab has noted an event, and knows nothing yet.
  const sent: unknown[] = []
  const real = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
    if (String(url).includes('track_events')) sent.push(init)
    return real(url, init)
  })
  try {
    device.hide()
    two.tertulia.analytics.track({ kind: 'song_share', songId: song })
    await two.tertulia.analytics.flush()
    device.hide()
    expect(sent).toEqual([])
  } finally {
    vi.restoreAllMocks()
  }
  expect(await counted()).toEqual([])
  expect([...items.keys()].filter((key) => key.endsWith(':events'))).toEqual([])
})

test('nor is anything noted for which another tab withdrew it while this one asked who is there', async () => {
  const { counted, view } = await settle()
  const device = createDevice()
  const ana = await signUp('Ana')
  const session = (await ana.supabase.auth.getSession()).data.session
  const { apiUrl, publishableKey } = inject('stack')
  const answers: (() => void)[] = []
  // The storage of Auth answers late, as on a phone.
  let isSlow = false
  const items = new Map([['session', JSON.stringify(session)]])
  const supabase = createClient(apiUrl, publishableKey, {
    auth: {
      autoRefreshToken: false,
      storageKey: 'session',
      storage: {
        async getItem(key) {
          if (isSlow) await new Promise<void>((resolve) => void answers.push(resolve))
          return items.get(key) ?? null
        },
        setItem: (key, value) => void items.set(key, value),
        removeItem: (key) => void items.delete(key),
      },
    },
  })
  onTestFinished(() => void supabase.realtime.disconnect())
  const { analytics } = createTertulia(supabase, device.options)
  const other = createTertulia(ana.supabase, device.options)
  isSlow = true
  analytics.track(view)
  await until(() => expect(answers).not.toHaveLength(0))
  isSlow = false
  await other.analytics.optOut()
  for (const answer of answers) answer()
  await analytics.flush()
  expect(await waiting(device, ana.id)).toEqual([])
  await analytics.flush()
  expect(await counted()).toEqual([])
})

test('the same events by hand, without the SDK', async () => {
  const { song, counted } = await settle()
  const { apiUrl, publishableKey } = inject('stack')
  const response = await fetch(`${apiUrl}/rest/v1/rpc/track_events`, {
    method: 'POST',
    headers: { apikey: publishableKey, 'content-type': 'application/json', 'user-agent': firefox },
    body: JSON.stringify({ batch: [{ kind: 'song_view', song_id: song }, { kind: 'x' }] }),
  })
  expect(await response.json()).toEqual({ accepted: 1, refused: [{ place: 1, field: 'kind' }] })
  expect(await counted()).toEqual([{ kind: 'song_view', user_id: null }])
})
