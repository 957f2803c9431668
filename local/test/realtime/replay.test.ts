import { afterAll, beforeAll, expect, it } from 'vitest'
import { joined, until, watch } from './support/channel.ts'
import { allow, ana, bruno, startServer, type TestServer, tokenOf } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const userClient = async (user: string, vsn = '2.0.0') => {
  const client = server.client({ token: await tokenOf(user), vsn })
  await client.setAuth()
  return client
}

const send = (topic: string, from: number, to: number) =>
  server.sql.query(
    `select realtime.send(jsonb_build_object('n', n), 'numbered', $1, true) from generate_series($2::int, $3::int) as n`,
    [topic, from, to],
  )

const replaying = (since: number, limit?: number) => ({
  private: true,
  broadcast: { replay: { since, limit } },
})

it.each(['1.0.0', '2.0.0'])('hands over the newest 25 at most, oldest first, marked (%s)', async (vsn) => {
  const topic = `history ${vsn}`
  await allow(server, topic, ana)
  await send(topic, 1, 20)
  await send(topic, 21, 40)
  const since = Date.now() - 60_000
  const watched = await joined(await userClient(ana, vsn), topic, replaying(since))
  await until(() => expect(watched.heard).toHaveLength(25))
  expect(watched.heard.map(({ payload }) => payload.n)).toEqual(
    Array.from({ length: 25 }, (_, index) => index + 16),
  )
  expect(watched.heard[0]).toMatchObject({ type: 'broadcast', event: 'numbered', meta: { replayed: true } })
  await send(topic, 41, 41)
  await until(() => expect(watched.heard).toHaveLength(26))
  expect(watched.heard[25]?.meta).toEqual({ id: expect.any(String) })

  const some = await joined(await userClient(ana, vsn), topic, replaying(since, 2))
  await until(() => expect(some.heard.map(({ payload }) => payload.n)).toEqual([40, 41]))
  const nothing = await joined(await userClient(ana, vsn), topic, replaying(Date.now() + 60_000))
  await send(topic, 42, 42)
  await until(() => expect(nothing.heard.map(({ payload }) => payload.n)).toEqual([42]))
})

it('replays bytes', async () => {
  await allow(server, 'old bytes', ana)
  await server.sql.query(`select realtime.send_binary('\\x0aff', 'bytes', 'old bytes', true)`)
  const watched = await joined(await userClient(ana), 'old bytes', replaying(Date.now() - 60_000))
  await until(() => expect(watched.heard).toHaveLength(1))
  expect([...new Uint8Array(watched.heard[0]?.payload)]).toEqual([10, 255])
  expect(watched.heard[0]?.meta).toMatchObject({ replayed: true })
})

it('leaves no gap and no double between the replay and what is live', async () => {
  await allow(server, 'seam', ana)
  const since = Date.now() - 60_000
  let stopped = false
  let last = 0
  const writing = (async () => {
    while (!stopped) {
      last += 1
      await send('seam', last, last)
    }
  })()
  for (let round = 1; round <= 20; round += 1) {
    const watched = await joined(await userClient(ana), 'seam', replaying(since))
    const goal = last + 5
    await until(() => expect(watched.heard.at(-1)?.payload.n).toBeGreaterThanOrEqual(goal))
    const heard = watched.heard.map(({ payload }) => payload.n)
    expect(heard).toEqual(heard.map((_, index) => heard[0] + index))
    await watched.channel.unsubscribe()
  }
  stopped = true
  await writing
})

it('is for private topics that the user may read', async () => {
  const open = server.client().channel('open history', { config: { private: true } })
  // The client itself refuses a public replay; an older one does not.
  open.params.config = { private: false, broadcast: { replay: { since: 1 } } }
  const errors: string[] = []
  open.subscribe((_, error) => error && errors.push(error.message))
  await until(() =>
    expect(errors[0]).toBe('UnableToReplayMessages: Replay is not allowed for public channels'),
  )

  const stranger = watch(await userClient(bruno), 'history 2.0.0', replaying(0))
  await until(() => expect(stranger.errors[0]).toContain('You do not have permissions to read'))
  expect(stranger.heard).toEqual([])
  await allow(server, 'invalid', ana)
  const invalid = watch(await userClient(ana), 'invalid', replaying(Number.NaN))
  await until(() => expect(invalid.errors[0]).toBe('UnableToReplayMessages: Replay params are not valid'))
})
