import { createClient } from '@supabase/supabase-js'
import { startStack } from '../../local/src/index.ts'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { createTertulia, type TertuliaOptions } from '../../src/index.ts'
import { createCache } from '../../src/offline/index.ts'
import { raiseRateLimits } from '../../test/support/rate-limits.ts'
import { type Measure, measure } from '../measure.ts'

const conversations = 50
const messagesEach = 20
const opened = 3

/**
 * Starts an app that was closed while 2 of 50 conversations changed, with and without the cache: the requests of its inbox and of the
 * conversations that it opens, and the bytes of their answers.
 */
export async function run(): Promise<Measure[]> {
  const stack = await startStack({ seed: false })
  try {
    await raiseRateLimits(stack.dbUrl)
    const [ana, ben] = [await signUp(stack), await signUp(stack)]
    const ids: string[] = []
    for (let at = 0; at < conversations; at++) {
      const { id } = await ben.tertulia.chat.createGroup({ subject: `Group ${at}`, memberIds: [ana.id] })
      for (let n = 0; n < messagesEach; n++)
        await ben.tertulia.chat.send(id, { content: `Message ${n} of ${at}, as long as most of them are.` })
      ids.push(id)
    }
    const items = new Map<string, string>()
    const cache = createCache({
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => void items.set(key, value),
      removeItem: (key) => void items.delete(key),
    })
    await start(stack, ana.session, ids.slice(0, opened), { cache })
    for (const id of [ids[0]!, ids[30]!]) await ben.tertulia.chat.send(id, { content: 'What is new' })
    const without = await start(stack, ana.session, ids.slice(0, opened), {})
    const warm = await start(stack, ana.session, ids.slice(0, opened), { cache })
    return [
      measure('requests without the cache', without.requests, 'requests'),
      measure('requests with it', warm.requests, 'requests', ['<=', without.requests]),
      measure('bytes without the cache', without.bytes, 'bytes'),
      measure('bytes with it', warm.bytes, 'bytes'),
      measure('times fewer bytes', without.bytes / warm.bytes, 'times', ['>=', 10]),
    ]
  } finally {
    await stack.stop()
  }
}

type Stack = Awaited<ReturnType<typeof startStack>>
type Session = { access_token: string; refresh_token: string }

async function signUp(stack: Stack) {
  const supabase = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
  const email = `${crypto.randomUUID()}@example.com`
  const { id } = await signUpConfirmed(supabase, stack, { email, password: 'correct-horse-battery' })
  const { data } = await supabase.auth.getSession()
  return { id, session: data.session as Session, tertulia: createTertulia(supabase) }
}

/** The app from its start until all is live; what its reads of the inbox and of conversations answered. */
async function start(stack: Stack, session: Session, ids: string[], options: TertuliaOptions) {
  const cost = { requests: 0, bytes: 0 }
  const supabase = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    global: {
      async fetch(input, init) {
        const response = await fetch(input, init)
        if (!String(input).includes('/rpc/sync_')) return response
        cost.requests++
        cost.bytes += (await response.clone().arrayBuffer()).byteLength
        return response
      },
    },
  })
  await supabase.auth.setSession(session)
  const { chat, close } = createTertulia(supabase, options)
  const handles = [chat.watchInbox(), ...ids.map((id) => chat.openConversation(id))]
  while (handles.some((handle) => handle.getSnapshot().status !== 'live')) await pause(20)
  // Long enough for what is kept a second after a change.
  await pause(2_500)
  close()
  await pause(500)
  await supabase.realtime.disconnect()
  return cost
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
