import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createTertulia, type Lifecycle, type OpenConversation } from 'tertulia'
import { expect, test, vi } from 'vitest'
import { signUp } from '../support/people.ts'
import { live } from '../support/watching.ts'

const cycles = 1_000

/** What is left of everything that was ever begun. */
function countLeftovers() {
  const timers = new Set<object>()
  const listeners = new Set<object>()
  const listen = () => {
    const one = {}
    listeners.add(one)
    return () => void listeners.delete(one)
  }
  const lifecycle: Lifecycle = { onWake: listen, onOffline: listen }
  const clock = {
    now: () => Date.now(),
    after(ms: number, run: () => void) {
      const one = {}
      timers.add(one)
      const timer = setTimeout(() => {
        timers.delete(one)
        run()
      }, ms)
      return () => {
        timers.delete(one)
        clearTimeout(timer)
      }
    },
  }
  return { timers, listeners, lifecycle, clock }
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

test(`${cycles} times opened and closed: at most one channel a topic, and in the end nothing`, async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  await ana.tertulia.chat.send(id, { content: 'x' })
  const left = countLeftovers()
  const { supabase } = ben
  const { chat } = createTertulia(supabase, { lifecycle: left.lifecycle, clock: left.clock })
  // The auth client keeps its listeners to itself, but not how many ever were added and taken off.
  let watching = 0
  const watch = supabase.auth.onAuthStateChange.bind(supabase.auth)
  vi.spyOn(supabase.auth, 'onAuthStateChange').mockImplementation(((callback: never) => {
    const { data } = watch(callback)
    watching++
    const { unsubscribe } = data.subscription
    data.subscription.unsubscribe = () => {
      watching--
      unsubscribe()
    }
    return { data }
  }) as never)

  const handles: WeakRef<OpenConversation>[] = []
  const snapshots: WeakRef<object>[] = []
  let mostOfOne = 0
  let mostAtOnce = 0
  async function cycle(n: number): Promise<void> {
    const conversation = chat.openConversation(id)
    conversation.subscribe(() => conversation.getSnapshot())
    if (n % 40 === 0) {
      await live(conversation)
      conversation.setTyping(true)
    } else if (n % 2) await new Promise((resolve) => setImmediate(resolve))
    const topics = supabase.getChannels().map(({ topic }) => topic)
    mostAtOnce = Math.max(mostAtOnce, topics.length)
    mostOfOne = Math.max(mostOfOne, topics.length - new Set(topics).size + 1)
    handles.push(new WeakRef(conversation))
    snapshots.push(new WeakRef(conversation.getSnapshot()))
    conversation.close()
  }
  for (let n = 0; n < cycles; n++) await cycle(n)

  expect(mostOfOne).toBe(1)
  expect(mostAtOnce).toBe(2)
  await vi.waitFor(
    () => {
      expect(supabase.getChannels()).toEqual([])
      expect([left.timers.size, left.listeners.size, watching]).toEqual([0, 0, 0])
    },
    { timeout: 15_000 },
  )
  await vi.waitFor(
    () => {
      collectGarbage()
      const alive = (refs: WeakRef<object>[]) => [...refs.keys()].filter((n) => refs[n]?.deref())
      expect([alive(handles), alive(snapshots)]).toEqual([[], []])
    },
    { timeout: 30_000, interval: 200 },
  )
  console.log(`${cycles} cycles: ${mostAtOnce} channels at most, ${handles.length} handles collected`)
}, 180_000)
