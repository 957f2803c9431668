import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
import { expect, inject, onTestFinished, test, vi } from 'vitest'
import { signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { signToken } from '../support/token.ts'
import { closing, until } from '../support/watching.ts'

const tokenSeconds = 3

/** A socket that notes each token that goes with a join, and how long it was still valid then. */
function noteTokens(validMs: number[]) {
  return class extends WebSocket {
    override send(data: Parameters<WebSocket['send']>[0]): void {
      if (typeof data === 'string' && data.includes('phx_join')) {
        const token = /"access_token":"([^"]+)"/.exec(data)?.[1] ?? ''
        const { exp = 0 } = JSON.parse(
          Buffer.from(token.split('.')[1] ?? 'e30', 'base64url').toString() || '{}',
        )
        validMs.push(exp * 1000 - Date.now())
      }
      super.send(data)
    }
  }
}

test('after a sleep that outlasts the token nothing is joined with it, and all is there soon after waking', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const proxy = await openProxy()
  const validMs: number[] = []
  let asleep = false
  let token = { value: '', endsAt: 0 }
  const supabase = createClient(proxy.apiUrl, inject('stack').publishableKey, {
    // As an auth client does: the same token until shortly before its end, and no new one without a network.
    async accessToken() {
      if (!asleep && token.endsAt - Date.now() < 500) {
        const exp = Math.floor(Date.now() / 1000) + tokenSeconds
        token = { value: await signToken({ sub: ben.id, role: 'authenticated', exp }), endsAt: exp * 1000 }
      }
      return token.value
    },
    realtime: { transport: noteTokens(validMs) as never },
  })
  onTestFinished(async () => {
    await supabase.removeAllChannels()
    await supabase.realtime.disconnect()
  })
  const wakes = new Set<() => void>()
  const tertulia = createTertulia(supabase, {
    lifecycle: {
      onWake(wake) {
        wakes.add(wake)
        return () => wakes.delete(wake)
      },
    },
  })
  const conversation = closing(tertulia.chat.openConversation(id))
  await until(conversation, ({ status }) => status === 'live')
  const seen: string[] = []
  conversation.subscribe(() => seen.push(conversation.getSnapshot().status))

  for (let round = 1; round <= 3; round++) {
    asleep = true
    proxy.block()
    for (let n = 0; n < 10; n++) await ana.tertulia.chat.send(id, { content: `${round}.${n}` })
    // It goes on trying, with no network, past the end of its token.
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThan(token.endsAt + 500), 10_000)
    expect(conversation.getSnapshot().status).toBe('offline')
    proxy.restore()
    asleep = false
    const wokeAt = performance.now()
    for (const wake of wakes) wake()
    await until(conversation, ({ messages }) => messages.length === round * 10)
    const thereMs = performance.now() - wokeAt
    await until(conversation, ({ status }) => status === 'live')
    const liveMs = performance.now() - wokeAt
    console.log(`awake: all there after ${thereMs.toFixed(0)} ms, live after ${liveMs.toFixed(0)} ms`)
  }
  expect(validMs.length).toBeGreaterThanOrEqual(8)
  expect(Math.min(...validMs)).toBeGreaterThan(0)
  expect(seen).not.toContain('closed')
})
