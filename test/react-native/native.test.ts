import { createClient } from '@supabase/supabase-js'
import { createTertulia, type KeyValueStorage } from 'tertulia'
import { checkPolyfills, nativeLifecycle, readNativeFile, refreshWhileActive } from 'tertulia/react-native'
import { afterEach, expect, test, vi } from 'vitest'
import { signInAgain, signUp } from '../support/people.ts'

afterEach(() => vi.unstubAllGlobals())

/** As React Native's: it tells what happens, and answers what ends it. */
function makeAppState() {
  const listeners = new Set<(state: string) => void>()
  return {
    listeners,
    become(state: string) {
      for (const listener of listeners) listener(state)
    },
    addEventListener(_type: 'change', listener: (state: string) => void) {
      listeners.add(listener)
      return { remove: () => void listeners.delete(listener) }
    },
  }
}

/** As NetInfo: it calls a new listener at once, with what it knows. */
type NetInfoState = { type: string; isConnected: boolean | null; isInternetReachable?: boolean | null }

function makeNetInfo(first: NetInfoState) {
  const listeners = new Set<(state: NetInfoState) => void>()
  let state = first
  return {
    listeners,
    become(next: NetInfoState) {
      state = next
      for (const listener of listeners) listener(state)
    },
    addEventListener(listener: (state: NetInfoState) => void) {
      listeners.add(listener)
      listener(state)
      return () => void listeners.delete(listener)
    },
  }
}

const wifi = { type: 'wifi', isConnected: true }

function watch(AppState: ReturnType<typeof makeAppState>, NetInfo?: ReturnType<typeof makeNetInfo>) {
  const lifecycle = nativeLifecycle({ AppState, NetInfo })
  const calls: string[] = []
  const stops = [
    lifecycle.onWake(() => calls.push('wake')),
    lifecycle.onOffline?.(() => calls.push('lost')),
    lifecycle.onHide?.(() => calls.push('hide')),
  ]
  return {
    calls,
    stop() {
      for (const stop of stops) stop?.()
    },
  }
}

test('the app wakes once when it comes back, and not from a menu that was pulled down', () => {
  const app = makeAppState()
  const { calls, stop } = watch(app)
  for (const state of ['active', 'inactive', 'active']) app.become(state)
  expect(calls).toEqual([])
  for (const state of ['inactive', 'background', 'inactive', 'active', 'active']) app.become(state)
  expect(calls).toEqual(['hide', 'wake'])
  for (const state of ['background', 'active']) app.become(state)
  expect(calls).toEqual(['hide', 'wake', 'hide', 'wake'])
  stop()
  expect(app.listeners.size).toBe(0)
})

test('a network that comes back or changes wakes the app, and one that goes is lost once', () => {
  const [app, network] = [makeAppState(), makeNetInfo({ type: 'unknown', isConnected: null })]
  const { calls, stop } = watch(app, network)
  expect(calls).toEqual([])
  network.become({ type: 'none', isConnected: false })
  network.become({ type: 'none', isConnected: false, isInternetReachable: false })
  expect(calls).toEqual(['lost'])
  network.become({ ...wifi, isInternetReachable: false })
  network.become({ ...wifi, isInternetReachable: null })
  expect(calls).toEqual(['lost', 'wake'])
  network.become({ type: 'cellular', isConnected: true })
  expect(calls).toEqual(['lost', 'wake', 'wake'])
  stop()
  expect(network.listeners.size).toBe(0)
})

test('an app that starts without a network knows it, and wakes although NetInfo never says that it is back', () => {
  const [app, network] = [makeAppState(), makeNetInfo({ type: 'none', isConnected: false })]
  const { calls } = watch(app, network)
  expect(calls).toEqual(['lost'])
  app.become('background')
  app.become('active')
  expect(calls).toEqual(['lost', 'hide', 'wake'])
})

test('the module of Expo is taken too', () => {
  const listeners = new Set<(state: object) => void>()
  const calls: string[] = []
  const stop = nativeLifecycle({
    AppState: makeAppState(),
    NetInfo: {
      addNetworkStateListener(listener: (state: object) => void) {
        listeners.add(listener)
        return { remove: () => void listeners.delete(listener) }
      },
    },
  }).onWake(() => calls.push('wake'))
  for (const state of [wifi, { isConnected: false }, wifi]) for (const listener of listeners) listener(state)
  expect(calls).toEqual(['wake'])
  stop()
  expect(listeners.size).toBe(0)
})

test('a message that was written without a network is sent when the app comes back', async () => {
  const ana = await signUp()
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [] })
  const items = new Map<string, string>()
  const storage: KeyValueStorage = {
    getItem: async (key) => items.get(key) ?? null,
    setItem: async (key, value) => void items.set(key, value),
    removeItem: async (key) => void items.delete(key),
  }
  const app = makeAppState()
  let isOffline = false
  const device = await signInAgain(ana, {
    storage,
    lifecycle: nativeLifecycle({ AppState: app, NetInfo: makeNetInfo(wifi) }),
    fetch: (input, init) =>
      isOffline && String(input).includes('send_message')
        ? Promise.reject(new TypeError('Network request failed'))
        : fetch(input, init),
  })
  const conversation = device.tertulia.chat.openConversation(id)
  await vi.waitFor(() => expect(conversation.getSnapshot().status).toBe('live'))
  isOffline = true
  app.become('background')
  const sent = conversation.send({ content: 'desde el metro' })
  await vi.waitFor(() => expect([...items.values()].join()).toContain('desde el metro'))
  isOffline = false
  app.become('active')
  expect(await sent).toMatchObject({ content: 'desde el metro' })
  device.tertulia.close()
  expect(app.listeners.size).toBe(0)
})

test('the session is renewed in the foreground alone', () => {
  const app = makeAppState()
  const calls: string[] = []
  const auth = { startAutoRefresh: () => calls.push('start'), stopAutoRefresh: () => calls.push('stop') }
  const stop = refreshWhileActive(auth, app)
  app.become('background')
  app.become('active')
  stop()
  app.become('background')
  expect(calls).toEqual(['start', 'stop', 'start'])
})

test('an engine that lacks something is told what to import', () => {
  expect(() => checkPolyfills()).not.toThrow()
  class BareUrl {
    get searchParams(): never {
      throw new Error('not implemented')
    }
  }
  vi.stubGlobal('URL', BareUrl)
  vi.stubGlobal('TextDecoder', undefined)
  // As some engines have it: an object without what is needed.
  vi.stubGlobal('crypto', { subtle: {} })
  expect(() => checkPolyfills()).toThrow(
    expect.objectContaining({
      code: 'missing_feature',
      message:
        'unable to check the polyfills; this engine has no URL, no crypto.getRandomValues, no TextDecoder',
      hint: "Import 'react-native-url-polyfill/auto' and 'react-native-get-random-values' and 'fast-text-encoding' before everything else.",
    }),
  )
})

test('random numbers come from the given crypto where the engine has none', async () => {
  const filled: number[] = []
  const real = crypto
  const ExpoCrypto = {
    getRandomValues<T extends Uint8Array | Uint16Array>(array: T): T {
      filled.push(array.length)
      return real.getRandomValues(array as never)
    },
  }
  vi.stubGlobal('crypto', undefined)
  checkPolyfills({ crypto: ExpoCrypto })
  const answer = async () => new Response('{}', { status: 400 })
  const tertulia = createTertulia(
    createClient('https://project.example.com', 'sb_publishable_x', { global: { fetch: answer } }),
  )
  filled.length = 0
  await expect(tertulia.chat.createGroup({ memberIds: [] })).rejects.toThrow()
  expect(filled).toEqual([36])
})

test.each([
  ['a file', { status: 0, response: new Uint8Array([1, 2]).buffer }, null],
  ['an empty file', { status: 0, response: new ArrayBuffer(0) }, 'the file is empty'],
  ['no file', { status: 404, response: new ArrayBuffer(9) }, 'there is no such file'],
  ['a file that may not be read', null, 'it cannot be read'],
])('%s is read, or refused by name', async (_about, answer, refused) => {
  vi.stubGlobal(
    'XMLHttpRequest',
    class {
      status = 0
      response: ArrayBuffer | null = null
      onload?: () => void
      onerror?: () => void
      open = vi.fn()
      send(): void {
        Object.assign(this, answer)
        queueMicrotask(() => (answer ? this.onload?.() : this.onerror?.()))
      }
    },
  )
  const reading = readNativeFile('content://media/1')
  if (refused === null) expect(new Uint8Array(await reading)).toEqual(new Uint8Array([1, 2]))
  else
    await expect(reading).rejects.toMatchObject({
      code: 'invalid_input',
      field: 'uri',
      message: expect.stringContaining(refused),
    })
})
