import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joined, until } from './support/channel.ts'
import { allow, ana, bruno, publishableKey, startServer, type TestServer, tokenOf } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ payloadBytes: 10_000, messagesPerSecond: 10, burstSeconds: 10 })
})
afterAll(() => server.close())

const userClient = async (user: string) => {
  const client = server.client({ token: await tokenOf(user) })
  await client.setAuth()
  return client
}

const post = (body: unknown, headers: Record<string, string> = { apikey: publishableKey }) =>
  fetch(`${server.httpUrl}/api/broadcast`, { method: 'POST', headers, body: JSON.stringify(body) })

describe('httpSend', () => {
  it('sends JSON and bytes to a public topic', async () => {
    const watched = await joined(server.client(), 'plaza: año 1', {})
    const sender = server.client().channel('plaza: año 1')
    expect(await sender.httpSend('greeting', { text: 'hola' })).toEqual({ success: true })
    expect(await sender.httpSend('image', new Uint8Array([1, 0, 255]))).toEqual({ success: true })
    await until(() => expect(watched.heard).toHaveLength(2))
    expect(watched.heard[0]).toEqual({ type: 'broadcast', event: 'greeting', payload: { text: 'hola' } })
    expect([...new Uint8Array(watched.heard[1]?.payload)]).toEqual([1, 0, 255])
  })

  it('asks the policies on a private topic', async () => {
    await allow(server, 'letters', ana)
    await allow(server, 'letters', bruno, { write: false })
    const watched = await joined(await userClient(bruno), 'letters', { private: true })
    const config = { config: { private: true } }
    const writer = (await userClient(ana)).channel('letters', config)
    expect(await writer.httpSend('letter', { n: 1 })).toEqual({ success: true })
    const reader = (await userClient(bruno)).channel('letters', config)
    await expect(reader.httpSend('letter', { n: 2 })).rejects.toThrow('Unauthorized')
    const anybody = server.client().channel('letters', config)
    await expect(anybody.httpSend('letter', { n: 3 })).rejects.toThrow('Unauthorized')
    const broken = (await userClient(ana)).channel('broken', config)
    await expect(broken.httpSend('letter', { n: 4 })).rejects.toThrow('the policy is broken')
    await until(() => expect(watched.heard.map(({ payload }) => payload)).toEqual([{ n: 1 }]))
  })

  it('says what is too large', async () => {
    const sender = server.client().channel('large')
    await expect(sender.httpSend('large', { text: 'x'.repeat(20_000) })).rejects.toThrow()
  })
})

describe('the batch endpoint', () => {
  it('is what a channel falls back to before it is joined', async () => {
    const watched = await joined(server.client(), 'fallback', {})
    const client = server.client({ logger: () => {} })
    expect(
      await client.channel('fallback').send({ type: 'broadcast', event: 'early', payload: { n: 1 } }),
    ).toBe('ok')
    await until(() =>
      expect(watched.heard).toEqual([{ type: 'broadcast', event: 'early', payload: { n: 1 } }]),
    )
  })

  it('keeps the order, and leaves out what may not be sent', async () => {
    await allow(server, 'batch', ana)
    await allow(server, 'closed batch', bruno)
    const open = await joined(server.client(), 'batch', {})
    const hidden = await joined(await userClient(ana), 'batch', { private: true })
    const closed = await joined(await userClient(bruno), 'closed batch', { private: true })
    const response = await post(
      {
        messages: [
          { topic: 'batch', event: 'e', payload: { n: 1 } },
          { topic: 'closed batch', event: 'e', payload: { n: 2 }, private: true },
          { topic: 'batch', event: 'e', payload: { n: 3 }, private: true },
          { topic: 'batch', event: 'e', payload: { n: 4 } },
        ],
      },
      { apikey: publishableKey, authorization: `Bearer ${await tokenOf(ana)}` },
    )
    expect(response.status).toBe(202)
    await until(() => expect(open.heard.map(({ payload }) => payload.n)).toEqual([1, 4]))
    await until(() => expect(hidden.heard.map(({ payload }) => payload.n)).toEqual([3]))
    expect(closed.heard).toEqual([])
  })

  it('refuses what it cannot read, whom it does not know, and too much', async () => {
    expect((await post({ messages: [] })).status).toBe(422)
    expect((await post({ messages: [{ topic: 'a' }] })).status).toBe(422)
    expect((await post('text')).status).toBe(422)
    const message = { topic: 'a', event: 'e', payload: {} }
    expect((await post({ messages: [message] }, {})).status).toBe(401)
    expect((await post({ messages: [message] }, { apikey: 'wrong' })).status).toBe(401)
    const expired = {
      apikey: publishableKey,
      authorization: `Bearer ${await tokenOf(ana, { expiresIn: -1 })}`,
    }
    expect((await post({ messages: [message] }, expired)).status).toBe(401)
    expect((await post({ messages: Array(150).fill(message) })).status).toBe(429)
  })
})
