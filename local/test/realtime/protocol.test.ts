import { once } from 'node:events'
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { joined, until } from './support/channel.ts'
import { allow, ana, publishableKey, startServer, type TestServer, tokenOf } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

type Frame = [string | null, string | null, string, string, Record<string, unknown>]

/** A client of the protocol itself, as those in other languages are. */
async function rawSocket() {
  const socket = new WebSocket(`${server.url}/websocket?vsn=2.0.0&apikey=${publishableKey}`)
  const frames: Frame[] = []
  socket.on('message', (data) => frames.push(JSON.parse(String(data))))
  await once(socket, 'open')
  const send = (...frame: Frame) => socket.send(JSON.stringify(frame))
  const join = async (topic: string, payload: Record<string, unknown>) => {
    send(topic, topic, `realtime:${topic}`, 'phx_join', payload)
    return await until(() => expect(frames.some(([, ref]) => ref === topic)).toBe(true)).then(
      () => frames.find(([, ref]) => ref === topic)?.[4] as { status: string; response: { reason?: string } },
    )
  }
  const events = (topic: string) =>
    frames.filter(([, , name]) => name === `realtime:${topic}`).map(([, , , event]) => event)
  return { send, join, events, frames, close: () => socket.terminate() }
}

describe('booleans as text', () => {
  it.each(['true', 'True', 'TRUE'])('%s asks for a private channel', async (text) => {
    const client = await rawSocket()
    const topic = `secret ${text}`
    await allow(server, topic, ana)
    expect(await client.join(`${topic} closed`, { config: { private: text } })).toMatchObject({
      status: 'error',
      response: { reason: expect.stringMatching(/^Unauthorized/) },
    })
    expect(
      await client.join(topic, { config: { private: text }, access_token: await tokenOf(ana) }),
    ).toMatchObject({
      status: 'ok',
    })
    client.close()
  })

  it('are understood for broadcast and presence too', async () => {
    const client = await rawSocket()
    await client.join('texts', {
      config: { broadcast: { self: 'true', ack: 'true' }, presence: { enabled: 'true' }, private: 'false' },
    })
    await until(() => expect(client.events('texts')).toContain('presence_state'))
    client.send('texts', 'sent', 'realtime:texts', 'broadcast', {
      type: 'broadcast',
      event: 'e',
      payload: {},
    })
    await until(() => expect(client.events('texts')).toContain('broadcast'))
    await until(() => expect(client.frames.some(([, ref]) => ref === 'sent')).toBe(true))
    client.close()
  })
})

describe('presence', () => {
  it('is off unless asked for', async () => {
    const client = await rawSocket()
    await client.join('quiet', { config: { presence: { key: 'one' } } })
    await client.join('after', { config: { presence: { enabled: true } } })
    await until(() => expect(client.events('after')).toContain('presence_state'))
    expect(client.events('quiet')).toEqual(['phx_reply'])
    client.close()
  })

  it('alone does not let in who did not ask for it', async () => {
    const client = await rawSocket()
    await allow(server, 'roll', ana, { extensions: ['presence'] })
    const access_token = await tokenOf(ana)
    expect(await client.join('roll', { config: { private: true }, access_token })).toMatchObject({
      status: 'error',
    })
    client.close()
  })
})

describe('REST', () => {
  const post = async (path: string, body: string, type?: string) => {
    const headers = { apikey: publishableKey, 'content-type': type ?? 'application/json' }
    const response = await fetch(`${server.httpUrl}/api/broadcast${path}`, { method: 'POST', headers, body })
    return { status: response.status, body: (await response.json().catch(() => null)) as unknown }
  }
  const batch = (...messages: unknown[]) => post('', JSON.stringify({ messages }))
  const good = { topic: 'a', event: 'e', payload: { n: 1 } }

  it('names what is wrong with each message of a batch, and sends none', async () => {
    const watched = await joined(server.client(), 'a', {})
    for (const payload of ['text', 5, true, [1]]) {
      expect(await batch(good, { ...good, payload })).toEqual({
        status: 422,
        body: { errors: { messages: [{}, { payload: ['is invalid'] }] } },
      })
    }
    expect(await batch({ topic: 5, event: '', payload: null, private: 'maybe', id: 7 })).toEqual({
      status: 422,
      body: {
        errors: {
          messages: [
            {
              topic: ['is invalid'],
              event: ["can't be blank"],
              payload: ["can't be blank"],
              private: ['is invalid'],
              id: ['is invalid'],
            },
          ],
        },
      },
    })
    expect(await batch('text')).toMatchObject({ status: 422, body: { errors: { messages: ['is invalid'] } } })
    expect(await post('', '{"messages": 5}')).toMatchObject({ status: 422 })
    expect(await batch({ ...good, event: 'last' })).toEqual({ status: 202, body: null })
    await until(() => expect(watched.heard.map(({ event }) => event)).toEqual(['last']))
  })

  it('hands the id of a message on', async () => {
    const watched = await joined(server.client(), 'ids', {})
    await batch({ ...good, topic: 'ids', id: 'mine-1' }, { ...good, topic: 'ids' })
    await until(() => expect(watched.heard.map(({ meta }) => meta)).toEqual([{ id: 'mine-1' }, undefined]))
  })

  it('keeps a private message private, also asked for as text', async () => {
    const watched = await joined(server.client(), 'hidden', {})
    await batch({ ...good, topic: 'hidden', private: 'true' }, { ...good, topic: 'hidden', event: 'seen' })
    await until(() => expect(watched.heard.map(({ event }) => event)).toEqual(['seen']))
  })

  it('answers a broken address with 400 and another type with 415', async () => {
    expect(await post('/%zz/events/e', '{}')).toMatchObject({ status: 400 })
    expect(await post('/a/events/%zz', '{}')).toMatchObject({ status: 400 })
    expect(await post('/a/events/e', '{}', 'text/plain')).toMatchObject({ status: 415 })
  })
})

describe('a connection', () => {
  const refused = async (query: string) => {
    const address = new URL(`${server.httpUrl}/websocket?${query}`)
    const upgrade = request(address, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'sec-websocket-version': '13',
      },
    }).end()
    const [response] = await once(upgrade, 'response')
    let body = ''
    for await (const chunk of response) body += chunk
    return { status: response.statusCode, type: response.headers['content-type'], body: JSON.parse(body) }
  }

  it('without a good key is refused with 401 and the reason as JSON', async () => {
    const type = 'application/json'
    expect(await refused('vsn=2.0.0')).toEqual({ status: 401, type, body: { error: 'API key is missing' } })
    expect(await refused('vsn=2.0.0&apikey=nonsense')).toEqual({
      status: 401,
      type,
      body: { error: 'The token provided is not a valid JWT' },
    })
    const expired = await tokenOf(ana, { expiresIn: -10 })
    expect(await refused(`apikey=${expired}`)).toMatchObject({
      status: 401,
      body: { error: 'Token has expired' },
    })
    const forged = `${(await tokenOf(ana)).slice(0, -8)}AAAAAAAA`
    expect(await refused(`apikey=${forged}`)).toMatchObject({
      status: 401,
      body: { error: 'Failed to validate JWT signature' },
    })
    expect(await refused('vsn=2.0.0&apikey=%zz')).toMatchObject({ status: 401 })
  })
})
