import { createClient } from '@supabase/supabase-js'
import { expect, test, vi } from 'vitest'
import { openSocket } from '../../src/live/socket.ts'

test('a socket that is asked for again and again keeps one set of handlers', async () => {
  const supabase = createClient('http://127.0.0.1:9', 'key', { realtime: { reconnectAfterMs: () => 60_000 } })
  const { realtime } = supabase
  const counts: number[][] = []
  for (let n = 0; n < 5; n++) {
    openSocket(supabase)
    counts.push(Object.values(realtime.stateChangeCallbacks).map((list) => list.length))
    // Nothing listens there.
    await vi.waitFor(() => expect(realtime.connectionState()).toBe('closed'), {
      interval: 5,
      timeout: 10_000,
    })
  }
  expect(new Set(counts.map(String)).size).toBe(1)
  expect(counts[0]?.some((count) => count > 0)).toBe(true)
  await realtime.disconnect()
})
