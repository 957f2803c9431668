import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import WebSocket from 'ws'
import { joined, until, watch } from './support/channel.ts'
import { allow, ana, publishableKey, startServer, type TestServer, tokenOf } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterEach(() => server.releaseClients())
afterAll(() => server.close())

it('refuses a payload that is too large, and delivers those that are not', async () => {
  await server.restartRealtime({ payloadBytes: 1000 })
  await allow(server, 'sizes', ana)
  const one = await joined(server.client(), 'sizes', { broadcast: { ack: true, self: true } })
  const old = await joined(server.client({ vsn: '1.0.0' }), 'sizes', { broadcast: { ack: true } })
  const send = (from: typeof one, length: number) =>
    from.channel.send({ type: 'broadcast', event: 'sized', payload: { text: 'x'.repeat(length) } })
  expect(await send(one, 1500)).toBe('error')
  expect(await send(old, 1500)).toBe('error')
  expect(await send(one, 900)).toBe('ok')
  await until(() => expect(one.heard).toHaveLength(1))

  const client = server.client({ token: await tokenOf(ana) })
  await client.setAuth()
  const hidden = await joined(client, 'sizes', { private: true })
  await server.sql.query(
    `select realtime.send(jsonb_build_object('text', repeat('x', 1500)), 'large', 'sizes', true);`,
  )
  await server.sql.query(`select realtime.send('{}', 'small', 'sizes', true)`)
  await until(() => expect(hidden.heard.map(({ event }) => event)).toEqual(['small']))
  expect(server.logs.some((line) => line.includes('exceed the limit of 1000'))).toBe(true)
})

it('closes the channel that sends too much', async () => {
  await server.restartRealtime({ messagesPerSecond: 1, burstSeconds: 3 })
  const watched = await joined(server.client(), 'chatter', {})
  for (let n = 1; n <= 4; n += 1) watched.channel.send({ type: 'broadcast', event: 'e', payload: { n } })
  await until(() => expect(watched.statuses).toEqual(['SUBSCRIBED', 'CLOSED']))
  expect(watched.system.map(({ message }) => message)).toEqual(['Too many messages per second'])
})

it('lets a socket have so many channels and no more', async () => {
  await server.restartRealtime({ channelsPerConnection: 2 })
  const client = server.client()
  const first = await joined(client, 'first')
  await joined(client, 'second')
  const third = watch(client, 'third')
  await until(() => expect(third.errors[0]).toBe('ChannelRateLimitReached: Too many channels'))
  // A place that is given back can be taken: the client tries again by itself.
  await first.channel.unsubscribe()
  await until(() => expect(third.statuses.at(-1)).toBe('SUBSCRIBED'))
})

it('counts the joins that are still under way', async () => {
  await server.restartRealtime({ channelsPerConnection: 2 })
  const client = server.client({ token: await tokenOf(ana) })
  await client.setAuth()
  const topics = ['p1', 'p2', 'p3', 'p4', 'p5']
  for (const topic of topics) await allow(server, topic, ana)
  const all = topics.map((topic) => watch(client, topic, { private: true }))
  await until(() => expect(all.filter(({ statuses }) => statuses.length > 0)).toHaveLength(5))
  expect(all.map(({ statuses }) => statuses[0]).toSorted()).toEqual([
    'CHANNEL_ERROR',
    'CHANNEL_ERROR',
    'CHANNEL_ERROR',
    'SUBSCRIBED',
    'SUBSCRIBED',
  ])
})

it('disconnects the socket that joins too fast', async () => {
  await server.restartRealtime({ joinsPerSecond: 1, burstSeconds: 2 })
  const client = server.client()
  await joined(client, 'a')
  await joined(client, 'b')
  const third = watch(client, 'c')
  await until(() => expect(third.errors[0]).toBe('ClientJoinRateLimitReached: Too many joins per second'))
  await until(() =>
    expect(server.logs.some((line) => line.includes('ClientJoinRateLimitReached'))).toBe(true),
  )
})

it('opens so many sockets and no more', async () => {
  await server.restartRealtime({ connections: 1 })
  await joined(server.client(), 'only')
  const second = watch(server.client(), 'only')
  await until(() => expect(second.statuses).toContain('CHANNEL_ERROR'))
  expect(second.statuses).not.toContain('SUBSCRIBED')
})

it('refuses a topic of more than 255 bytes, and an empty one', async () => {
  await server.restartRealtime({})
  // "realtime:" counts, and so do the bytes of a letter.
  await joined(server.client(), 'ñ'.repeat(123))
  const long = watch(server.client(), 'ñ'.repeat(124))
  await until(() =>
    expect(long.errors[0]).toBe('TopicNameTooLong: A topic has at most 255 bytes, realtime: included'),
  )
  const empty = watch(server.client(), '')
  await until(() => expect(empty.errors[0]).toBe('TopicNameRequired: You must provide a topic name'))
})

it('cuts a socket that does not read, and goes on serving the others', async () => {
  await server.restartRealtime({ bufferedBytes: 256 * 1024, messagesPerSecond: 1e6 })
  const { host, hostname, port } = new URL(server.url)
  const sleeper = connect({ host: hostname, port: Number(port) })
  let closed = false
  sleeper.on('close', () => {
    closed = true
  })
  sleeper.write(
    `GET /realtime/v1/websocket?apikey=${publishableKey}&vsn=2.0.0 HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\n` +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  )
  await new Promise((resolve) => sleeper.once('data', resolve))
  const join = Buffer.from(
    JSON.stringify(['1', '1', 'realtime:flood', 'phx_join', { config: { presence: { enabled: false } } }]),
  )
  // A client's frame: final, text, masked with zeros.
  sleeper.write(Buffer.concat([Buffer.from([0x81, 0x80 | join.length, 0, 0, 0, 0]), join]))
  await new Promise((resolve) => sleeper.once('data', resolve))
  sleeper.pause()

  const reader = await joined(server.client(), 'flood')
  const writer = await joined(server.client(), 'flood', { broadcast: { ack: true } })
  let sent = 0
  await until(async () => {
    for (let n = 0; n < 20; n += 1) {
      sent += 1
      await writer.channel.send({ type: 'broadcast', event: 'flood', payload: { text: 'x'.repeat(100_000) } })
    }
    expect(server.logs.some((line) => line.includes('it reads too slowly'))).toBe(true)
  }, 30_000)
  await until(() => expect(reader.heard).toHaveLength(sent))
  sleeper.resume()
  await until(() => expect(closed).toBe(true))
})

it('closes a socket that says nothing', async () => {
  await server.restartRealtime({ idleMs: 300 })
  const silent = new WebSocket(`${server.url}/websocket?apikey=${publishableKey}`)
  let code = 0
  silent.on('close', (how) => {
    code = how
  })
  const alive = server.client({ heartbeatIntervalMs: 50 })
  const watched = await joined(alive, 'alive', {})
  await until(() => expect(code).toBe(1000))
  expect(watched.statuses).toEqual(['SUBSCRIBED'])
})

it('closes a socket that does not speak the protocol, and survives what it says', async () => {
  await server.restartRealtime({})
  for (const nonsense of [
    '{',
    '[]',
    '"text"',
    Buffer.from([3, 255, 255]),
    Buffer.from([3, 0, 0, 9, 1, 0, 1, 1]),
  ]) {
    const ws = new WebSocket(`${server.url}/websocket?apikey=${publishableKey}&vsn=2.0.0`)
    let code = 0
    ws.on('close', (how) => {
      code = how
    })
    ws.on('open', () => ws.send(nonsense))
    await until(() => expect(code).toBe(1003))
  }
  await joined(server.client(), 'unharmed')
})
