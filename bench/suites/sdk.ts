import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { type Stack, startStack } from '../../local/src/index.ts'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { createTertulia } from '../../src/index.ts'
import { raiseRateLimits } from '../../test/support/rate-limits.ts'
import { alternate, type Measure, measure, percentile, type Scale } from '../measure.ts'

const quiet = { auth: { persistSession: false, autoRefreshToken: false } }
const row = {
  id: '0b9c2a53-5a0f-4f0a-9a3c-0d2a60d6b001',
  handle: 'ana',
  display_name: 'Ana',
  bio: '',
  country: null,
  professional_types: [],
  experience_years: null,
  experience: '',
  avatar_path: null,
  rates: {},
  software: [],
  tags: [],
  languages: [],
  links: [],
  payment_methods: [],
  shows_payment_methods: false,
  metadata: {},
  created_at: '2026-11-21T19:38:52.483+00:00',
  updated_at: '2026-11-21T19:38:52.483+00:00',
}

// In a process of its own: the server that answers at once.
if (process.env.BENCH_INSTANT_SERVER) {
  const server = createServer((request, response) => {
    request.resume()
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify([row]))
  }).listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
}

const ratio = (samples: { ours: number[]; theirs: number[] }) =>
  percentile(samples.ours, 0.5) / percentile(samples.theirs, 0.5)

async function compareReads(supabase: SupabaseClient, rounds: number) {
  const tertulia = createTertulia(supabase)
  const id = (await tertulia.profiles.get().catch(() => null))?.id ?? row.id
  return alternate(
    rounds,
    () => tertulia.profiles.get(id),
    async () => {
      const columns =
        'id, handle, display_name, bio, country, professional_types, experience_years, experience, avatar_path, rates, ' +
        'software, tags, languages, links, payment_methods, shows_payment_methods, metadata, created_at, updated_at'
      const { error } = await supabase.rpc('get_profile', { user_id: id }, { get: true }).select(columns)
      if (error) throw error
    },
  )
}

/** From the send to the callback, ours and a hand-written channel's, each of its own person on the same conversation. */
async function compareDeliveries(stack: Stack, rounds: number) {
  const people = await Promise.all(
    ['ana', 'ben'].map(async () => {
      const supabase = createClient(stack.apiUrl, stack.publishableKey, quiet)
      const { id } = await signUpConfirmed(supabase, stack)
      return { id, supabase, tertulia: createTertulia(supabase) }
    }),
  )
  const [ana, ben] = people as [(typeof people)[0], (typeof people)[0]]
  const conversation = await ana.tertulia.chat.openDirect(ben.id)
  const waiting = new Map<string, () => void>()
  await ben.supabase.realtime.setAuth()
  const channel = ben.supabase
    .channel(`user:${ben.id}`, { config: { private: true } })
    .on('broadcast', { event: 'message' }, ({ payload }) => waiting.get(payload.id)?.())
  await new Promise<void>((resolve) => channel.subscribe((status) => status === 'SUBSCRIBED' && resolve()))
  await new Promise<void>((resolve) => {
    const stop = conversation.subscribe(() => {
      if (conversation.getSnapshot().status !== 'live') return
      stop()
      resolve()
    })
  })

  const samples = { ours: [] as number[], theirs: [] as number[] }
  for (let round = 0; round < rounds; round++) {
    const id = crypto.randomUUID()
    const startedAt = performance.now()
    const heard = Promise.all([
      new Promise<void>((resolve) => {
        const stop = conversation.subscribe(() => {
          if (conversation.getSnapshot().messages.at(-1)?.id !== id) return
          stop()
          samples.ours.push(performance.now() - startedAt)
          resolve()
        })
      }),
      new Promise<void>((resolve) => {
        waiting.set(id, () => {
          samples.theirs.push(performance.now() - startedAt)
          resolve()
        })
      }),
    ])
    // Sent by a third client, so that neither watcher learns of it from the answer.
    await ben.supabase.rpc('send_message', {
      conversation_id: conversation.id,
      message_id: id,
      content: `${round}`,
    })
    await heard
  }
  conversation.close()
  await Promise.all(people.map(({ supabase }) => supabase.realtime.disconnect()))
  return samples
}

/** What the SDK costs beside the same calls written by hand. */
export async function run(scale: Scale): Promise<Measure[]> {
  const rounds = scale === 'full' ? 2_000 : 200
  const server = fork(fileURLToPath(import.meta.url), { env: { ...process.env, BENCH_INSTANT_SERVER: '1' } })
  const [port] = await once(server, 'message')
  const instant = await compareReads(
    createClient(`http://127.0.0.1:${port}`, 'sb_publishable_x', quiet),
    rounds,
  )
  server.kill()

  const stack = await startStack()
  try {
    await raiseRateLimits(stack.dbUrl)
    const supabase = createClient(stack.apiUrl, stack.publishableKey, quiet)
    await signUpConfirmed(supabase, stack)
    const local = await compareReads(supabase, rounds / 4)
    const delivery = await compareDeliveries(stack, rounds / 10)
    return [
      measure('call, instant server: SDK / supabase-js, p50', ratio(instant), '×', ['<=', 1.15]),
      measure('call, instant server: SDK, p50', percentile(instant.ours, 0.5), 'ms'),
      measure('call, local stack: SDK / supabase-js, p50', ratio(local), '×', ['<=', 1.05]),
      measure('send to callback: SDK / raw channel, p50', ratio(delivery), '×', ['<=', 1.1]),
      measure('send to callback: SDK, p50', percentile(delivery.ours, 0.5), 'ms'),
    ]
  } finally {
    await stack.stop()
  }
}
