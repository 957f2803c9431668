import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joined, until, watch } from './support/channel.ts'
import { allow, ana, bruno, carla, startServer, type TestServer, tokenOf } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const userClient = async (user: string) => {
  const client = server.client({ token: await tokenOf(user) })
  await client.setAuth()
  return client
}

describe('a public topic', () => {
  it('carries a broadcast to the others and, asked for, to its sender', async () => {
    const [a, b] = [server.client(), server.client()]
    const one = await joined(a, 'hall', { broadcast: { self: true } })
    const two = await joined(b, 'hall')
    await one.channel.send({ type: 'broadcast', event: 'shout', payload: { text: 'ñandú 🎶' } })
    await two.channel.send({ type: 'broadcast', event: 'answer', payload: { text: 'yes' } })
    await until(() => expect(one.heard).toHaveLength(2))
    await until(() => expect(two.heard).toHaveLength(1))
    expect(one.heard).toEqual([
      { type: 'broadcast', event: 'shout', payload: { text: 'ñandú 🎶' } },
      { type: 'broadcast', event: 'answer', payload: { text: 'yes' } },
    ])
    expect(two.heard).toEqual([{ type: 'broadcast', event: 'shout', payload: { text: 'ñandú 🎶' } }])
  })

  it('acknowledges when asked', async () => {
    const one = await joined(server.client(), 'acknowledged', { broadcast: { ack: true } })
    expect(await one.channel.send({ type: 'broadcast', event: 'hello', payload: {} })).toBe('ok')
  })

  it('speaks both protocols, each to the other', async () => {
    const old = await joined(server.client({ vsn: '1.0.0' }), 'mixed', { broadcast: { ack: true } })
    const young = await joined(server.client({ vsn: '2.0.0' }), 'mixed', { broadcast: { ack: true } })
    expect(await old.channel.send({ type: 'broadcast', event: 'from-old', payload: { n: 1 } })).toBe('ok')
    expect(await young.channel.send({ type: 'broadcast', event: 'from-young', payload: { n: 2 } })).toBe('ok')
    await until(() =>
      expect(old.heard).toEqual([{ type: 'broadcast', event: 'from-young', payload: { n: 2 } }]),
    )
    await until(() =>
      expect(young.heard).toEqual([{ type: 'broadcast', event: 'from-old', payload: { n: 1 } }]),
    )
  })

  it('carries bytes as bytes', async () => {
    const one = await joined(server.client(), 'bytes', { broadcast: { ack: true } })
    const two = await joined(server.client(), 'bytes')
    const old = await joined(server.client({ vsn: '1.0.0' }), 'bytes')
    const bytes = new Uint8Array([0, 1, 2, 253, 254, 255])
    expect(await one.channel.send({ type: 'broadcast', event: 'image', payload: bytes.buffer })).toBe('ok')
    expect(await one.channel.send({ type: 'broadcast', event: 'after', payload: {} })).toBe('ok')
    await until(() => expect(two.heard).toHaveLength(2))
    expect(new Uint8Array(two.heard[0]?.payload)).toEqual(bytes)
    // The older protocol cannot carry them: that client hears what comes after.
    await until(() => expect(old.heard.map(({ event }) => event)).toEqual(['after']))
  })
})

describe('a private topic', () => {
  it('is shared by two users; a third is refused', async () => {
    await allow(server, 'duo', ana)
    await allow(server, 'duo', bruno)
    const config = { private: true, broadcast: { ack: true } }
    const a = await joined(await userClient(ana), 'duo', config)
    const b = await joined(await userClient(bruno), 'duo', config)
    const refused = watch(await userClient(carla), 'duo', config)
    await until(() => expect(refused.statuses).toContain('CHANNEL_ERROR'))
    expect(refused.errors[0]).toBe(
      'Unauthorized: You do not have permissions to read from this Channel topic: duo',
    )
    const anonymous = watch(server.client(), 'duo', config)
    await until(() => expect(anonymous.statuses).toContain('CHANNEL_ERROR'))

    expect(await a.channel.send({ type: 'broadcast', event: 'hello', payload: { from: 'ana' } })).toBe('ok')
    await until(() =>
      expect(b.heard).toEqual([{ type: 'broadcast', event: 'hello', payload: { from: 'ana' } }]),
    )
    expect(refused.heard).toEqual([])
  })

  it('lets a member without the right to write join and receive, not send', async () => {
    await allow(server, 'notices', ana, { write: false })
    await allow(server, 'notices', bruno, { write: false })
    const reader = await joined(await userClient(ana), 'notices', { private: true, broadcast: { ack: true } })
    const other = await joined(await userClient(bruno), 'notices', { private: true })
    expect(await reader.channel.send({ type: 'broadcast', event: 'fake', payload: {} })).toBe('error')
    await other.channel.send({ type: 'broadcast', event: 'fake', payload: {} })
    await server.sql.query(`select realtime.send('{"text":"real"}', 'notice', 'notices', true)`)
    await until(() => expect(reader.heard).toHaveLength(1))
    await until(() => expect(other.heard).toHaveLength(1))
    expect(reader.heard[0]).toMatchObject({ event: 'notice', payload: { text: 'real' } })
    expect(other.heard[0]).toEqual(reader.heard[0])
  })

  it('never meets the public topic of the same name', async () => {
    await allow(server, 'twins', ana)
    await allow(server, 'twins', bruno)
    const hidden = await joined(await userClient(ana), 'twins', { private: true, broadcast: { ack: true } })
    const witness = await joined(await userClient(bruno), 'twins', { private: true })
    const open = await joined(server.client(), 'twins', { broadcast: { ack: true } })
    const crowd = await joined(server.client(), 'twins')
    expect(await hidden.channel.send({ type: 'broadcast', event: 'secret', payload: {} })).toBe('ok')
    expect(await open.channel.send({ type: 'broadcast', event: 'public', payload: {} })).toBe('ok')
    await server.sql.query(`select realtime.send('{}', 'db-secret', 'twins', true)`)
    await server.sql.query(`select realtime.send('{}', 'db-public', 'twins', false)`)
    await until(() => expect(crowd.heard.map(({ event }) => event)).toEqual(['public', 'db-public']))
    await until(() => expect(witness.heard.map(({ event }) => event)).toEqual(['secret', 'db-secret']))
    expect(hidden.heard.map(({ event }) => event)).toEqual(['db-secret'])
    expect(open.heard.map(({ event }) => event)).toEqual(['db-public'])
  })

  it('is refused with the reason when a policy raises, and nothing else breaks', async () => {
    const client = await userClient(ana)
    await allow(server, 'sound', ana)
    const sound = await joined(client, 'sound', { private: true, broadcast: { ack: true, self: true } })
    const broken = watch(client, 'broken', { private: true })
    await until(() => expect(broken.errors[0]).toContain('the policy is broken'))
    expect(broken.errors[0]).toContain('You do not have permissions to read from this Channel topic: broken')
    expect(await sound.channel.send({ type: 'broadcast', event: 'still here', payload: {} })).toBe('ok')
    await until(() => expect(sound.heard).toHaveLength(1))
  })

  it('refuses a role that is not one of the API', async () => {
    const client = server.client({ token: await tokenOf(ana, { role: 'supabase_admin' }) })
    await client.setAuth()
    const refused = watch(client, 'anything', { private: true })
    await until(() => expect(refused.errors[0]).toContain('the role of the token was refused'))
  })
})

it('refuses to store, and says so', async () => {
  await allow(server, 'stored', ana)
  const one = await joined(await userClient(ana), 'stored', { private: true, broadcast: { ack: true } })
  const send = one.channel.send({ type: 'broadcast', event: 'kept', payload: {}, persist: true })
  expect(await send).toBe('persist is not supported here')
})
