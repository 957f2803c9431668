import { createServer as createHttpServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { describe, expect, inject, test, vi } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { startFreshStack } from '../support/fresh-stack.ts'
import { listen } from '../support/listen.ts'
import { signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { signToken } from '../support/token.ts'

const quiet = { auth: { persistSession: false, autoRefreshToken: false } }
const at = (url: string, key = inject('stack').publishableKey) =>
  createTertulia(createClient(url, key, quiet))

describe('the client', () => {
  test('takes a supabase-js client and nothing else', () => {
    for (const wrong of [undefined, null, {}, 'https://x.supabase.co']) {
      expect(() => createTertulia(wrong as never)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
    }
  })

  test('refuses plain http to a far host, and only that', () => {
    expect(() => at('http://example.com')).toThrow(expect.objectContaining({ code: 'insecure_url' }))
    for (const url of [
      'http://10.evil.example',
      'http://172.32.0.1',
      'http://192.169.0.1',
      'http://kong.example:8000',
      'http://8.8.8.8',
      'http://100.63.255.255',
      'http://100.128.0.1',
      'http://[2001:db8::1]',
      'http://[fec0::1]',
      'http://local.example',
      'http://kong.lan.example',
    ])
      expect(() => at(url)).toThrow(expect.objectContaining({ code: 'insecure_url' }))
    for (const url of ['https://example.com', 'http://localhost:1', 'http://127.0.0.1:1', 'http://[::1]:1'])
      at(url)
  })

  test.each([
    'http://192.168.1.20:54321',
    'http://10.0.2.2:54321',
    'http://172.16.0.1',
    'http://172.31.255.254',
    'http://169.254.7.7',
    'http://[fd12:3456::1]:54321',
    'http://[fe80::1]',
    'http://kong:8000',
    'http://host.docker.internal:54321',
    'http://ana-laptop.local:54321',
    'http://api.localhost',
    'http://0.0.0.0:54321',
    'http://100.64.0.1:54321',
    'http://100.127.255.254',
    'http://[fdff::1]',
    'http://[febf::1]',
    'http://supabase_kong_app:8000',
    'http://host.containers.internal:54321',
    'http://kong.supabase.svc.cluster.local:8000',
    'http://api.app.test',
    'http://ana-laptop.local.:54321',
  ])('takes plain http in a private network: %s', (url) => {
    at(url)
  })

  test('takes plain http anywhere when the app says so', () => {
    const supabase = createClient('http://example.com', 'sb_publishable_x', quiet)
    createTertulia(supabase, { allowInsecureUrl: true })
    expect(() => createTertulia(supabase, { allowInsecureUrl: false })).toThrow(
      expect.objectContaining({ code: 'insecure_url', hint: expect.stringContaining('allowInsecureUrl') }),
    )
  })

  test('opens and schedules nothing by itself', () => {
    const after = vi.fn()
    const supabase = createClient(inject('stack').apiUrl, inject('stack').publishableKey, quiet)
    createTertulia(supabase, { clock: { now: Date.now, after } })
    expect(after).not.toHaveBeenCalled()
    expect(supabase.getChannels()).toEqual([])
  })
})

describe('each way of being wrong has its own code', () => {
  test('a wrong key', async () => {
    await expect(at(inject('stack').apiUrl, 'sb_publishable_wrong').profiles.get()).rejects.toMatchObject({
      code: 'invalid_key',
    })
  })

  test('an address where nobody answers', async () => {
    await expect(at('http://127.0.0.1:9').profiles.get()).rejects.toMatchObject({
      code: 'unreachable',
      retryable: true,
    })
  })

  test('an answer that never comes', async () => {
    const supabase = createClient(await listen(createTcpServer()), 'sb_publishable_x', quiet)
    await expect(createTertulia(supabase, { timeoutMs: 200 }).profiles.get()).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    })
  })

  test('a call that was aborted, before and during', async () => {
    const ana = await signUp()
    await expect(ana.tertulia.profiles.get(undefined, { signal: AbortSignal.abort() })).rejects.toMatchObject(
      {
        code: 'aborted',
      },
    )
    const controller = new AbortController()
    const call = ana.tertulia.profiles.get(undefined, { signal: controller.signal })
    controller.abort()
    await expect(call).rejects.toMatchObject({ code: 'aborted', retryable: false })
  })

  test('an expired session', async () => {
    const ana = await signUp()
    const token = await signToken({
      sub: ana.id,
      role: 'authenticated',
      exp: Math.floor(Date.now() / 1000) - 60,
    })
    const { apiUrl, publishableKey } = inject('stack')
    const tertulia = createTertulia(createClient(apiUrl, publishableKey, { accessToken: async () => token }))
    await expect(tertulia.profiles.get()).rejects.toMatchObject({ code: 'session_expired' })
  })

  test('a database without our schema, and one that is not a Supabase project', async () => {
    const empty = await startFreshStack({ migrate: false })
    try {
      const supabase = createClient(empty.apiUrl, empty.publishableKey, quiet)
      await signUpConfirmed(supabase, empty)
      const tertulia = createTertulia(supabase)
      await expect(tertulia.profiles.get()).rejects.toMatchObject({
        code: 'schema_outdated',
        hint: expect.stringContaining('npx tertulia upgrade'),
      })
      await expect(tertulia.profiles.list()).rejects.toMatchObject({ code: 'schema_outdated' })
      const website = await listen(createHttpServer((_request, response) => response.end('<html></html>')))
      await expect(at(website).profiles.get()).rejects.toMatchObject({ code: 'invalid_answer' })
    } finally {
      await empty.stop()
    }
  })
})

describe('third-party tokens', () => {
  test('work when they name people by our ids', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const exp = Math.floor(Date.now() / 1000) + 600
    const token = await signToken({ sub: ana.id, role: 'authenticated', exp })
    const { apiUrl, publishableKey } = inject('stack')
    const supabase = createClient(apiUrl, publishableKey, { accessToken: async () => token })
    const tertulia = createTertulia(supabase)
    expect(await tertulia.profiles.get()).toMatchObject({ displayName: 'Ana' })
    const conversation = await tertulia.chat.openDirect(ben.id)
    await vi.waitFor(() => expect(conversation.getSnapshot().status).toBe('live'), 5_000)
    conversation.close()
    await supabase.realtime.disconnect()
  })

  test('are refused clearly when they do not', async () => {
    const token = await signToken({
      sub: 'auth0|42',
      role: 'authenticated',
      exp: Math.floor(Date.now() / 1000) + 600,
    })
    const { apiUrl, publishableKey } = inject('stack')
    const tertulia = createTertulia(createClient(apiUrl, publishableKey, { accessToken: async () => token }))
    const conversation = tertulia.chat.openConversation(crypto.randomUUID())
    await vi.waitFor(() => expect(conversation.getSnapshot().error?.code).toBe('unsupported_identity'))
  })
})

/** Each call that needs to know the user before its request. */
const knowing = ({ chat, profiles }: ReturnType<typeof createTertulia>, id = crypto.randomUUID()) => [
  () => chat.send(id, { content: 'x' }),
  () => chat.listUnsent(),
  () => chat.discardUnsent(),
  () => chat.attachmentUrl('a/b'),
  () => chat.removeAttachment('a/b'),
  () => chat.uploadAttachment(id, new Blob(['x'])),
  () => profiles.setAvatar(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a])),
]

describe('a token or a session that cannot be read now', () => {
  const storageOf = (getItem: () => Promise<null>) => ({ getItem, async setItem() {}, async removeItem() {} })

  test('is unavailable, in every call that needs to know the user', async () => {
    const { apiUrl, publishableKey } = inject('stack')
    let failing = false
    const read = async () => {
      if (failing) throw new Error('not now')
      return null
    }
    const auth = { storage: storageOf(read), autoRefreshToken: false }
    const tertulias = [{ accessToken: read }, { auth }, { auth: { ...auth, throwOnError: true } }].map(
      (options) => createTertulia(createClient(apiUrl, publishableKey, options)),
    )
    const out = { code: 'not_signed_in' }
    await Promise.all(tertulias.map(({ profiles }) => expect(profiles.get()).rejects.toMatchObject(out)))
    failing = true
    for (const tertulia of tertulias) {
      for (const call of knowing(tertulia)) {
        const expected = { code: 'unavailable', retryable: true, cause: { message: 'not now' } }
        await expect(call(), String(call)).rejects.toMatchObject(expected)
      }
      await expect(tertulia.profiles.get()).rejects.toMatchObject({ retryable: true })
    }
  })

  test('and never comes is a timeout', async () => {
    const { apiUrl, publishableKey } = inject('stack')
    const never = () => new Promise<never>(() => {})
    const auth = { storage: storageOf(never), autoRefreshToken: false }
    for (const options of [{ accessToken: never }, { auth }]) {
      const tertulia = createTertulia(createClient(apiUrl, publishableKey, options), { timeoutMs: 200 })
      await Promise.all(
        knowing(tertulia).map((call) =>
          expect(call(), String(call)).rejects.toMatchObject({ code: 'timeout', retryable: true }),
        ),
      )
    }
  }, 10_000)
})

describe('onOperation', () => {
  test('hears of every request, its time and its code, and never of content', async () => {
    const reports: object[] = []
    const ana = await signInAgain(await signUp(), { onOperation: (report) => reports.push(report) })
    await ana.tertulia.profiles.update({ bio: 'secret words' })
    await expect(ana.tertulia.profiles.update({ handle: 'admin' })).rejects.toThrow()
    expect(reports).toEqual([
      { operation: 'profiles.update', durationMs: expect.any(Number), attempt: 1, code: null },
      { operation: 'profiles.update', durationMs: expect.any(Number), attempt: 1, code: 'handle_taken' },
    ])
    expect(JSON.stringify(reports)).not.toContain('secret')
  })

  test('may throw without harm, and counts attempts', async () => {
    const proxy = await openProxy()
    const attempts: number[] = []
    const [ana, ben] = await Promise.all([signUp(), signUp()])
    const { id } = await ana.tertulia.chat.getDirect(ben.id)
    const device = await signInAgain(ana, {
      apiUrl: proxy.apiUrl,
      onOperation({ attempt }) {
        attempts.push(attempt)
        if (attempt === 2) proxy.restore()
        throw new Error('broken observer')
      },
    })
    proxy.block()
    expect(await device.tertulia.chat.send(id, { content: 'third time lucky' })).toMatchObject({ seq: 1 })
    expect(attempts).toEqual([1, 2, 3])
  })
})
