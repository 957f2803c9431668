import { createClient } from '@supabase/supabase-js'
import { type Stack, startStack } from '../local/src/index.ts'
import { signUpConfirmed } from '../local/test/support/sign-up.ts'
import { createTertulia } from '../src/index.ts'
import { raiseRateLimits } from '../test/support/rate-limits.ts'
import { type Measure, measure, type Scale } from './measure.ts'

/** What one message costs on the wire while everybody in the group has it open: counted, not calculated. */
export async function measureRequests(scale: Scale): Promise<Measure[]> {
  const stack = await startStack({ seed: false })
  const measures: Measure[] = []
  try {
    await raiseRateLimits(stack.dbUrl)
    for (const size of scale === 'full' ? [2, 20, 250] : [2, 20]) {
      const count = { requests: 0, broadcasts: 0 }
      const people = []
      for (let n = 0; n < size; n++) people.push(await join(stack, count))
      const [first] = people as [(typeof people)[0]]
      const id = crypto.randomUUID()
      const { error } = await first.supabase.rpc('create_group', {
        group_id: id,
        subject: 'Group',
        member_ids: people.map((one) => one.id),
      })
      if (error) throw error
      const open = people.map(({ tertulia }) => tertulia.chat.openConversation(id))
      await Promise.all(open.map((one) => reached(one, ({ status }) => status === 'live')))
      Object.assign(count, { requests: 0, broadcasts: 0 })
      const sends = 10
      // One after the other, as in a conversation: all of it fits between two head checks.
      for (let n = 1; n <= sends; n++) {
        await open[0]?.send({ content: `message ${n}` })
        await Promise.all(open.map((one) => reached(one, ({ messages }) => messages.length === n)))
      }
      // Who sends sees the message by its answer; one's own broadcast may still be on its way.
      await settled(() => count.broadcasts)
      measures.push(
        measure(
          `${size} people: HTTP requests a message, of all together`,
          count.requests / sends,
          'requests',
        ),
        measure(
          `${size} people: broadcasts that arrive, of all together`,
          count.broadcasts / sends,
          'messages',
        ),
      )
      for (const one of open) one.close()
      for (const { supabase } of people) supabase.realtime.disconnect()
    }
    return measures
  } finally {
    await stack.stop()
  }
}

/** Resolves when a figure has not changed for a second. */
async function settled(figure: () => number): Promise<void> {
  for (let before = -1; before !== figure(); ) {
    before = figure()
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}

type Count = { requests: number; broadcasts: number }
type Conversation = ReturnType<ReturnType<typeof createTertulia>['chat']['openConversation']>

async function join(stack: Stack, count: Count) {
  const supabase = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      fetch(input, init) {
        count.requests++
        return fetch(input, init)
      },
    },
    realtime: {
      transport: function counted(url: string, protocols?: string[]) {
        const socket = new WebSocket(url, protocols)
        socket.addEventListener('message', ({ data }) => {
          if (typeof data === 'string' && /"broadcast".*"event":"message"/.test(data)) count.broadcasts++
        })
        return socket
      } as unknown as typeof WebSocket,
    },
  })
  const { id } = await signUpConfirmed(supabase, stack)
  return { id, supabase, tertulia: createTertulia(supabase) }
}

function reached(
  conversation: Conversation,
  condition: (snapshot: ReturnType<Conversation['getSnapshot']>) => boolean,
): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!condition(conversation.getSnapshot())) return
      stop()
      resolve()
    }
    const stop = conversation.subscribe(look)
    look()
  })
}
