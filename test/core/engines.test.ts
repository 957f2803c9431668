import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { afterEach, expect, test, vi } from 'vitest'

// Engines of React Native lack some of what browsers have. Made before anything is taken away, as a polyfill for it would do.
const supabase = createClient('https://project.example.com', 'sb_publishable_x', {
  auth: { persistSession: false, autoRefreshToken: false },
})
afterEach(() => vi.unstubAllGlobals())

function without(...names: string[]): void {
  for (const name of names) {
    vi.stubGlobal(name, undefined)
    Reflect.deleteProperty(globalThis, name)
  }
}

/** As React Native's, which takes an address and knows none of its parts. */
class BareUrl {
  get host(): string {
    throw new Error('URL.host is not implemented')
  }
}

test.each(['TextEncoder', 'TextDecoder', 'btoa', 'atob', 'crypto'])(
  'an engine without %s is told so at once',
  (name) => {
    without(name)
    expect(() => createTertulia(supabase)).toThrow(
      expect.objectContaining({
        code: 'missing_feature',
        message: expect.stringContaining(name),
        hint: expect.stringContaining('polyfill'),
      }),
    )
  },
)

test('everything that is missing is named at once', () => {
  without('TextEncoder', 'crypto')
  vi.stubGlobal('URL', BareUrl)
  expect(() => createTertulia(supabase)).toThrow(
    'unable to create the client; this engine has no TextEncoder, no crypto, no URL',
  )
})

test('ids need no crypto.randomUUID, which a page without https lacks too', async () => {
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
  const requests: string[] = []
  const sending = createTertulia(
    createClient('https://project.example.com', 'sb_publishable_x', {
      accessToken: async () => `x.${btoa(JSON.stringify({ sub: '0b9c2a53-5a0f-4f0a-9a3c-0d2a60d6b001' }))}.x`,
      global: {
        async fetch(_input, init) {
          requests.push(String(init?.body))
          return new Response('{}', { status: 400 })
        },
      },
    }),
  )
  for (let n = 0; n < 2; n++) await expect(sending.chat.createGroup({ memberIds: [] })).rejects.toThrow()
  const ids = requests.map((body) => JSON.parse(body).group_id)
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(ids[1]).not.toBe(ids[0])
})
