import type { Clock, LiveHandle, LiveState, Tertulia } from 'tertulia'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'

async function scene() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const song = await ben.tertulia.songs.create({ content: 'one' })
  const kinds: Record<string, (tertulia: Tertulia) => LiveHandle<LiveState<string>>> = {
    'an open conversation': ({ chat }) => chat.openConversation(id),
    'the inbox': ({ chat }) => chat.watchInbox(),
    'a song': ({ songs }) => songs.watch(song.id),
    notices: ({ sharing }) => sharing.watchNotices(),
  }
  return { ben, kinds }
}

/** A device that says that it has no network, and never says that it is back; the head check does not run. */
function mistakenDevice() {
  const lost = new Set<() => void>()
  const clock: Clock = {
    now: () => Date.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms === 30_000 ? 1_000_000 : ms)
      return () => clearTimeout(timer)
    },
  }
  return {
    options: {
      clock,
      lifecycle: {
        onWake: () => () => {},
        onOffline(listener: () => void) {
          lost.add(listener)
          return () => lost.delete(listener)
        },
      },
    },
    sayOffline() {
      for (const listener of [...lost]) listener()
    },
    listening: () => lost.size,
  }
}

const kinds = ['an open conversation', 'the inbox', 'a song', 'notices']
const becomes = (handle: LiveHandle<LiveState<string>>, status: string) =>
  vi.waitFor(() => expect(handle.getSnapshot().status).toBe(status), { timeout: 15_000, interval: 10 })

test.each(kinds)(
  '%s is live again by itself when the device said "offline" and the network was there',
  async (kind) => {
    const { ben, kinds } = await scene()
    const { sayOffline, listening, options } = mistakenDevice()
    const phone = await signInAgain(ben, options)
    const handle = kinds[kind]!(phone.tertulia)
    onTestFinished(() => handle.close())
    await becomes(handle, 'live')
    for (let round = 0; round < 2; round++) {
      sayOffline()
      expect(handle.getSnapshot().status).toBe('offline')
      await becomes(handle, 'live')
    }
    // Said twice in a row, it is one and the same.
    sayOffline()
    sayOffline()
    await becomes(handle, 'live')
    handle.close()
    expect(listening()).toBe(0)
  },
)

test.each(kinds)('%s stays offline as long as there is no network, and is live soon after', async (kind) => {
  const { ben, kinds } = await scene()
  const { sayOffline, options } = mistakenDevice()
  const proxy = await openProxy()
  const phone = await signInAgain(ben, { ...options, apiUrl: proxy.apiUrl })
  const handle = kinds[kind]!(phone.tertulia)
  onTestFinished(() => handle.close())
  await becomes(handle, 'live')
  proxy.block()
  sayOffline()
  const seen = new Set<string>()
  const stop = handle.subscribe(() => seen.add(handle.getSnapshot().status))
  await vi.waitFor(() => expect(handle.getSnapshot().error).not.toBeNull(), { timeout: 15_000 })
  expect(seen).not.toContain('live')
  stop()
  proxy.restore()
  await becomes(handle, 'live')
})
