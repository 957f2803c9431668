import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joined, until, watch } from './support/channel.ts'
import {
  allow,
  ana,
  bruno,
  disallow,
  publishableKey,
  secretKey,
  startServer,
  type TestServer,
  tokenOf,
} from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const withToken = async (token: string) => {
  const client = server.client()
  await client.setAuth(token)
  return client
}

describe('a token at the join', () => {
  it('that is expired is refused with the time', async () => {
    const client = await withToken(await tokenOf(ana, { expiresIn: -90 }))
    const watched = watch(client, 'late', {})
    await until(() =>
      expect(watched.errors[0]).toMatch(/^InvalidJWTToken: Token has expired \d+ seconds ago$/),
    )
  })

  it('that nobody here signed is refused', async () => {
    const [header, payload] = (await tokenOf(ana)).split('.')
    const forged = watch(await withToken(`${header}.${payload}.AAAA`), 'forged', {})
    await until(() => expect(forged.errors[0]).toBe('JwtSignatureError: Failed to validate JWT signature'))
    const nonsense = watch(await withToken('nonsense'), 'nonsense', {})
    await until(() => expect(nonsense.errors[0]).toBe('MalformedJWT: The token provided is not a valid JWT'))
    const none = `${btoa('{"alg":"none"}').replaceAll('=', '')}.${payload}.`
    const unsigned = watch(await withToken(none), 'unsigned', {})
    await until(() => expect(unsigned.errors).toHaveLength(1))
    expect(unsigned.statuses).not.toContain('SUBSCRIBED')
  })

  it('may be a key: then the key of the socket counts', async () => {
    await server.sql.query(`
      create policy "The service reads all" on realtime.messages for select to service_role using (true);
      create policy "Visitors read the square" on realtime.messages for select to anon
        using (realtime.topic() = 'square');
    `)
    const service = server.client({ apikey: secretKey })
    await service.setAuth(secretKey)
    await joined(service, 'anything at all', { private: true })
    const visitor = server.client()
    await visitor.setAuth(publishableKey)
    await joined(visitor, 'square', { private: true })
    const refused = watch(visitor, 'anything at all', { private: true })
    await until(() => expect(refused.errors[0]).toContain('You do not have permissions to read'))
  })

  it('may come as the apikey', async () => {
    await allow(server, 'by apikey', ana)
    await joined(server.client({ apikey: await tokenOf(ana) }), 'by apikey', { private: true })
  })
})

it('does not open a socket for a wrong apikey', async () => {
  const watched = watch(server.client({ apikey: 'sb_publishable_of_another_project' }), 'closed door', {})
  await until(() => expect(watched.statuses).toContain('CHANNEL_ERROR'))
  expect(watched.statuses).not.toContain('SUBSCRIBED')
})

it('closes the channel when its token expires', async () => {
  await allow(server, 'brief', ana)
  const client = await withToken(await tokenOf(ana, { expiresIn: 3 }))
  const watched = await joined(client, 'brief', { private: true })
  await until(() => expect(watched.statuses).toEqual(['SUBSCRIBED', 'CLOSED']))
  expect(watched.system).toEqual([
    {
      extension: 'system',
      status: 'error',
      message: expect.stringMatching(/^Token has expired \d+ seconds ago$/),
      channel: 'brief',
    },
  ])
})

describe('a new token on a joined channel', () => {
  it('keeps it open beyond the end of the old one', async () => {
    await allow(server, 'renewed', ana)
    const client = await withToken(await tokenOf(ana, { expiresIn: 3 }))
    const watched = await joined(client, 'renewed', { private: true })
    // What closes at the end of the same second shows that the time has passed.
    const other = await joined(await withToken(await tokenOf(ana, { expiresIn: 3 })), 'renewed', {
      private: true,
    })
    await client.setAuth(await tokenOf(ana))
    await until(() => expect(other.statuses).toEqual(['SUBSCRIBED', 'CLOSED']))
    await server.sql.query(`select realtime.send('{}', 'still here', 'renewed', true)`)
    await until(() => expect(watched.heard.map(({ event }) => event)).toEqual(['still here']))
    expect(watched.statuses).toEqual(['SUBSCRIBED'])
  })

  it('closes it when the policies no longer let the user read', async () => {
    await allow(server, 'revoked', ana)
    await allow(server, 'revoked', bruno)
    const client = await withToken(await tokenOf(ana))
    const watched = await joined(client, 'revoked', { private: true })
    const witness = await joined(await withToken(await tokenOf(bruno)), 'revoked', { private: true })
    await disallow(server, 'revoked', ana)
    // The answer is kept until there is a new token.
    await server.sql.query(`select realtime.send('{}', 'before', 'revoked', true)`)
    await until(() => expect(watched.heard).toHaveLength(1))
    await client.setAuth(await tokenOf(ana, { expiresIn: 1800 }))
    await until(() => expect(watched.statuses).toEqual(['SUBSCRIBED', 'CLOSED']))
    expect(watched.system[0]?.message).toBe(
      'You do not have permissions to read from this Channel topic: revoked',
    )
    await server.sql.query(`select realtime.send('{}', 'after', 'revoked', true)`)
    await until(() => expect(witness.heard).toHaveLength(2))
    expect(watched.heard).toHaveLength(1)
  })

  it('is asked again what it may write', async () => {
    await allow(server, 'demoted', ana)
    const client = await withToken(await tokenOf(ana))
    const watched = await joined(client, 'demoted', { private: true, broadcast: { ack: true } })
    const send = () => watched.channel.send({ type: 'broadcast', event: 'hello', payload: {} })
    expect(await send()).toBe('ok')
    await disallow(server, 'demoted', ana)
    await allow(server, 'demoted', ana, { write: false })
    expect(await send()).toBe('ok')
    await client.setAuth(await tokenOf(ana, { expiresIn: 1800 }))
    expect(await send()).toBe('error')
  })

  it('that is not valid closes it', async () => {
    await allow(server, 'spoiled', ana)
    const client = await withToken(await tokenOf(ana))
    const watched = await joined(client, 'spoiled', { private: true })
    await client.setAuth('nonsense')
    await until(() => expect(watched.statuses).toEqual(['SUBSCRIBED', 'CLOSED']))
    expect(watched.system[0]?.message).toBe('The token provided is not a valid JWT')
  })
})
