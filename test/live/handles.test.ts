import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import {
  createTertulia,
  type LiveHandle,
  type LiveState,
  type Tertulia,
  type TertuliaOptions,
} from 'tertulia'
import { createContext, createSetlists } from 'tertulia/setlists'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { faultyFetch } from '../support/fetch.ts'
import { connect, type Person, signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'

/** What every handle is asked: Ben watches something of Ana's. */
interface Subject {
  open(tertulia: Tertulia, supabase: SupabaseClient, options?: TertuliaOptions): LiveHandle<LiveState<string>>
  /** Changes it, and answers whether a snapshot shows the change. */
  change(n: number): Promise<(snapshot: LiveState<string>) => boolean>
}

async function scene() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id: conversationId } = await ana.tertulia.chat.getDirect(ben.id)
  const song = await ana.tertulia.songs.create({ content: 'one' })
  const share = await ana.tertulia.sharing.share(song.id, { userId: ben.id, role: 'view' })
  await ben.tertulia.sharing.accept(share.id)
  const setlists = createSetlists(createContext(ana.supabase))
  const setlist = await setlists.create({ title: 'one' })
  const given = await ana.tertulia.sharing.share({ setlistId: setlist.id }, { userId: ben.id, role: 'view' })
  await ben.tertulia.sharing.accept(given.id)
  const shows = (text: string) => (snapshot: unknown) => JSON.stringify(snapshot).includes(text)
  const send = async (n: number) => {
    await ana.tertulia.chat.send(conversationId, { content: `message ${n}` })
    return shows(`message ${n}`)
  }
  const subjects: Record<string, Subject> = {
    'an open conversation': {
      open: ({ chat }) => chat.openConversation(conversationId),
      change: send,
    },
    'the inbox': { open: ({ chat }) => chat.watchInbox(), change: send },
    'a song': {
      open: ({ songs }) => songs.watch(song.id),
      async change(n) {
        await ana.tertulia.songs.update(song.id, { content: `text ${n}` })
        return shows(`text ${n}`)
      },
    },
    'a setlist': {
      open: (_tertulia, supabase, options) =>
        createSetlists(createContext(supabase, options)).watch(setlist.id),
      async change(n) {
        await setlists.update(setlist.id, { title: `title ${n}` })
        return shows(`title ${n}`)
      },
    },
    notices: {
      open: ({ sharing }) => sharing.watchNotices(),
      async change(n) {
        const { id } = await ana.tertulia.songs.create({ content: `{title: Song ${n}}` })
        await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'view' })
        return shows(`Song ${n}`)
      },
    },
  }
  return { ana, ben, subjects }
}

const kinds = ['an open conversation', 'the inbox', 'a song', 'a setlist', 'notices']

function closing<T extends LiveHandle<unknown>>(handle: T): T {
  onTestFinished(() => handle.close())
  return handle
}

async function until(
  handle: LiveHandle<LiveState<string>>,
  wanted: (snapshot: LiveState<string>) => boolean,
) {
  await vi.waitFor(
    () => {
      const { status, closeReason, error } = handle.getSnapshot()
      if (!wanted(handle.getSnapshot())) throw new Error(`still ${status} ${closeReason} ${error?.code}`)
    },
    { timeout: 15_000, interval: 10 },
  )
  return handle.getSnapshot()
}
const isLive = ({ status }: LiveState<string>) => status === 'live'

/** A device whose waking is done by hand. */
function device() {
  const wakes = new Set<() => void>()
  return {
    wake() {
      for (const wake of [...wakes]) wake()
    },
    lifecycle: {
      onWake(wake: () => void) {
        wakes.add(wake)
        return () => wakes.delete(wake)
      },
    },
  }
}

test.each(kinds)('%s hears of changes, after closing and opening again too', async (kind) => {
  const { ben, subjects } = await scene()
  const { open, change } = subjects[kind]!
  for (const round of [1, 2]) {
    const handle = closing(open(ben.tertulia, ben.supabase))
    const told = vi.fn()
    const stop = handle.subscribe(told)
    expect(told).not.toHaveBeenCalled()
    await until(handle, isLive)
    expect(handle.getSnapshot()).toBe(handle.getSnapshot())
    await until(handle, await change(round))
    expect(told).toHaveBeenCalled()
    stop()
    handle.close()
    handle.close()
    expect(handle.getSnapshot()).toMatchObject({ status: 'closed', closeReason: 'closed', error: null })
  }
  await vi.waitFor(() => expect(ben.supabase.getChannels()).toEqual([]))
})

test.each(kinds)('%s refuses a listener that is no function', async (kind) => {
  const { ben, subjects } = await scene()
  const handle = closing(subjects[kind]!.open(ben.tertulia, ben.supabase))
  for (const listener of [undefined, null, 'x', {}, 7]) {
    expect(() => handle.subscribe(listener as never)).toThrow(
      expect.objectContaining({ code: 'invalid_input', field: 'listener' }),
    )
  }
})

test.each(kinds)('%s fetches what a cut connection missed', async (kind) => {
  const { ben, subjects } = await scene()
  const { open, change } = subjects[kind]!
  const proxy = await openProxy()
  const options = { random: () => 0 }
  const phone = await signInAgain(ben, { apiUrl: proxy.apiUrl, ...options })
  const handle = closing(open(phone.tertulia, phone.supabase, options))
  await until(handle, isLive)
  proxy.block()
  await until(handle, ({ status }) => status === 'offline')
  const shows = await change(1)
  proxy.restore()
  await until(handle, (snapshot) => isLive(snapshot) && shows(snapshot))
})

test.each(kinds)('%s fetches what it slept through when the device wakes', async (kind) => {
  const { ben, subjects } = await scene()
  const { open, change } = subjects[kind]!
  const proxy = await openProxy()
  const { wake, lifecycle } = device()
  const phone = await signInAgain(ben, { apiUrl: proxy.apiUrl, lifecycle })
  const handle = closing(open(phone.tertulia, phone.supabase, { lifecycle }))
  await until(handle, isLive)
  proxy.freeze()
  const shows = await change(1)
  expect(shows(handle.getSnapshot())).toBe(false)
  proxy.restore()
  wake()
  await until(handle, (snapshot) => isLive(snapshot) && shows(snapshot))
})

test.each(kinds)('%s waits while the session cannot be refreshed, from the start and later', async (kind) => {
  const { ben, subjects } = await scene()
  const { open, change } = subjects[kind]!
  let refreshFails = false
  const items = new Map<string, string>()
  const supabase = createClient(inject('stack').apiUrl, inject('stack').publishableKey, {
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
      fetch: faultyFetch((path) =>
        refreshFails && path === '/auth/v1/token' ? new Response('{}', { status: 503 }) : 'pass',
      ),
    },
  })
  onTestFinished(async () => void (await supabase.realtime.disconnect()))
  const { data } = await ben.supabase.auth.getSession()
  const { access_token, refresh_token } = data.session ?? { access_token: '', refresh_token: '' }
  await supabase.auth.setSession({ access_token, refresh_token })
  const { wake, lifecycle } = device()
  const options = { timeoutMs: 500, lifecycle, random: () => 0 }
  const handle = closing(open(createTertulia(supabase, options), supabase, options))
  await until(handle, isLive)

  refreshFails = true
  items.set('session', JSON.stringify({ ...JSON.parse(items.get('session') ?? ''), expires_at: 1 }))
  wake()
  await until(handle, ({ status, error }) => status === 'offline' && error?.retryable === true)
  const later = closing(open(createTertulia(supabase, options), supabase, options))
  await until(later, ({ status, error }) => status === 'offline' && error?.retryable === true)
  const shows = await change(1)
  refreshFails = false
  for (const one of [handle, later]) await until(one, (snapshot) => isLive(snapshot) && shows(snapshot))
})

test.each(kinds)('%s closes when another user signs in, and shows that user nothing', async (kind) => {
  const { ben, subjects } = await scene()
  const { open, change } = subjects[kind]!
  const phone = await signInAgain(ben)
  const handle = closing(open(phone.tertulia, phone.supabase))
  await until(handle, isLive)
  const shows = await change(1)
  await until(handle, shows)
  const eve = await signUp('Eve')
  const { error } = await phone.supabase.auth.signInWithPassword({
    email: eve.email,
    password: 'correct-horse-battery',
  })
  expect(error).toBeNull()
  const closed = await until(handle, ({ status }) => status === 'closed')
  expect(closed).toMatchObject({ closeReason: 'signed-out' })
  expect(shows(closed)).toBe(false)
})

test.each(kinds)('%s closes with not_signed_in where nobody is signed in', async (kind) => {
  const { subjects } = await scene()
  const stranger = connect()
  const handle = closing(subjects[kind]!.open(createTertulia(stranger), stranger))
  expect(await until(handle, ({ status }) => status === 'closed')).toMatchObject({
    closeReason: 'error',
    error: { code: 'not_signed_in' },
  })
})
