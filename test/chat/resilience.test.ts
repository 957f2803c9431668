import { expect, onTestFinished, test, vi } from 'vitest'
import { faultyFetch } from '../support/fetch.ts'
import { signInAgain, signUp } from '../support/people.ts'
import { closing, live, until } from '../support/watching.ts'

async function pair() {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  return { ana, ben, id }
}

test.each([
  ['a page in place of an answer', () => new Response('<html>maintenance</html>')],
  ['a gateway that forbids', () => new Response('<html>403</html>', { status: 403 })],
  ['a gateway that finds nothing', () => new Response('<html>404</html>', { status: 404 })],
  ['an internal error', () => Response.json({ code: 'XX000', message: 'internal' }, { status: 400 })],
  [
    'a function that is being replaced',
    () => Response.json({ code: 'PGRST202', message: 'no function' }, { status: 404 }),
  ],
])('%s does not close a conversation for good', async (_what, answer) => {
  const { ana, ben, id } = await pair()
  let odd = 2
  const fetch = faultyFetch((path) => (path.endsWith('/sync_conversation') && odd-- > 0 ? answer() : 'pass'))
  const watcher = await signInAgain(ben, { fetch, random: () => 0 })
  const conversation = closing(watcher.tertulia.chat.openConversation(id))
  const seen: string[] = []
  conversation.subscribe(() => seen.push(conversation.getSnapshot().status))
  await ana.tertulia.chat.send(id, { content: 'there all the same' })
  await until(conversation, ({ status, messages }) => status === 'live' && messages.length === 1)
  expect(seen).toContain('offline')
  expect(seen).not.toContain('closed')
})

test('a subscriber that throws keeps nobody else from hearing, nor from being closed', async () => {
  const { ana, ben, id } = await pair()
  const reported = vi.fn()
  vi.stubGlobal('reportError', reported)
  onTestFinished(() => void vi.unstubAllGlobals())
  const first = closing(ben.tertulia.chat.openConversation(id))
  const second = closing(ben.tertulia.chat.openConversation(id))
  first.subscribe(() => {
    throw new Error('a bug of the app')
  })
  await Promise.all([live(first), live(second)])
  await ana.tertulia.chat.send(id, { content: 'heard by both' })
  await Promise.all([first, second].map((one) => until(one, ({ messages }) => messages.length === 1)))
  await ben.supabase.auth.signOut({ scope: 'local' })
  await Promise.all([first, second].map((one) => until(one, ({ status }) => status === 'closed')))
  expect(reported).toHaveBeenCalledWith(expect.objectContaining({ message: 'a bug of the app' }))
})

test('a call is bounded in time also where the app’s own token callback hangs', async () => {
  const { createClient } = await import('@supabase/supabase-js')
  const { createTertulia } = await import('tertulia')
  const supabase = createClient('http://127.0.0.1:9', 'sb_publishable_x', {
    accessToken: () => new Promise(() => {}),
  })
  const tertulia = createTertulia(supabase, { timeoutMs: 200 })
  await expect(tertulia.profiles.get()).rejects.toMatchObject({ code: 'timeout' })
  const controller = new AbortController()
  const call = tertulia.profiles.get(undefined, { signal: controller.signal })
  controller.abort()
  await expect(call).rejects.toMatchObject({ code: 'aborted' })
})

test('the head check has one timer, however often conversations open and close', async () => {
  const { ben, id } = await pair()
  const timers = new Set<() => void>()
  const clock = {
    now: () => Date.now(),
    after(ms: number, run: () => void) {
      if (ms !== 30_000) {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      }
      timers.add(run)
      return () => void timers.delete(run)
    },
  }
  const watcher = await signInAgain(ben, { clock })
  const first = watcher.tertulia.chat.openConversation(id)
  await live(first)
  expect(timers.size).toBe(1)
  // A check is under way while the last conversation closes and another opens.
  for (const run of [...timers]) {
    timers.delete(run)
    run()
  }
  first.close()
  const second = watcher.tertulia.chat.openConversation(id)
  await live(second)
  await vi.waitFor(() => expect(timers.size).toBe(1))
  second.close()
  expect(timers.size).toBe(0)
})

test('a page that comes after closing changes nothing', async () => {
  const { ana, ben, id } = await pair()
  for (let n = 1; n <= 55; n++) await ana.tertulia.chat.send(id, { content: `${n}` })
  const conversation = ben.tertulia.chat.openConversation(id)
  await live(conversation)
  const loading = conversation.loadOlder().catch(() => {})
  conversation.close()
  const listener = vi.fn()
  conversation.subscribe(listener)
  await loading
  expect(conversation.getSnapshot().messages).toHaveLength(50)
  expect(listener).not.toHaveBeenCalled()
})
