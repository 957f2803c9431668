import { createClient } from '@supabase/supabase-js'
import { setupServer } from 'msw/node'
import { createTertulia } from 'tertulia'
import { createFakeBackend } from 'tertulia/testing/msw'
import { expect, onTestFinished, test } from 'vitest'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connect, signUp } from '../support/people.ts'
import { playLive } from './fake-live-script.ts'
import type { Cast } from './fake-record.ts'
import { play } from './fake-script.ts'

// What other tests leave in catalogues would show in the answers.
await takeFreshStack()
const url = 'https://fake.example.com'
const backend = createFakeBackend({}, { url })
const server = setupServer(...backend.handlers)

const names = ['Ana', 'Ben', 'Cora'] as const

async function realCast(): Promise<Cast> {
  const [ana, ben, cora] = await Promise.all(names.map((name) => signUp(name)))
  return { ana: ana!, ben: ben!, cora: cora!, visitor: createTertulia(connect()) }
}

function connectToFake() {
  const auth = { persistSession: false, autoRefreshToken: false }
  const supabase = createClient(url, 'sb_publishable_x', { auth })
  onTestFinished(async () => void (await supabase.realtime.disconnect()))
  return supabase
}

async function fakeCast(): Promise<Cast> {
  server.listen({ onUnhandledFrame: 'error' })
  onTestFinished(() => server.close())
  backend.reset()
  const actors = names.map(async (name) => {
    const supabase = connectToFake()
    const options = { data: { display_name: name } }
    const { data, error } = await supabase.auth.signUp({
      email: `${name}@example.com`,
      password: 'password',
      options,
    })
    if (error) throw error
    return { id: data.user!.id, tertulia: createTertulia(supabase) }
  })
  const [ana, ben, cora] = await Promise.all(actors)
  return { ana: ana!, ben: ben!, cora: cora!, visitor: createTertulia(connectToFake()) }
}

test('every answer and every refusal of the fake backend is the one of the database', async () => {
  const real = await play(await realCast())
  const fake = await play(await fakeCast())
  expect(fake.map(([step]) => step)).toEqual(real.map(([step]) => step))
  const differing = real.flatMap(([step, answer], at) =>
    JSON.stringify(answer) === JSON.stringify(fake[at]?.[1])
      ? []
      : [{ step, real: answer, fake: fake[at]?.[1] }],
  )
  expect(differing).toEqual([])
}, 300_000)

test('live handles show on the fake backend what they show on the real one', async () => {
  const real = await playLive(await realCast())
  const fake = await playLive(await fakeCast())
  expect(fake).toEqual(real)
}, 300_000)
