import type { RealtimeChannel, RealtimeChannelOptions, RealtimeClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joined, until } from './support/channel.ts'
import { allow, ana, bruno, carla, startServer, type TestServer, tokenOf } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

const attend = async (client: RealtimeClient, topic: string, key: string, isPrivate = false) => {
  const config: RealtimeChannelOptions['config'] = { private: isPrivate, presence: { key } }
  const channel = client.channel(topic, { config })
  const events: string[] = []
  const statuses: string[] = []
  channel
    .on('presence', { event: 'join' }, ({ key }) => events.push(`join ${key}`))
    .on('presence', { event: 'leave' }, ({ key }) => events.push(`leave ${key}`))
    .subscribe((status) => statuses.push(status))
  await until(() => expect(statuses.at(-1)).toBe('SUBSCRIBED'))
  return { channel, events, statuses }
}

const userClient = async (user: string) => {
  const client = server.client({ token: await tokenOf(user) })
  await client.setAuth()
  return client
}

const present = (channel: RealtimeChannel) =>
  Object.fromEntries(
    Object.entries(channel.presenceState<{ mood?: string }>()).map(([key, metas]) => [
      key,
      metas.map(({ mood }) => mood),
    ]),
  )

describe.each(['1.0.0', '2.0.0'])('presence over %s', (vsn) => {
  it('shows who is there: state, joins, changes, leaves', async () => {
    const topic = `lobby ${vsn}`
    const one = await attend(server.client({ vsn }), topic, 'one')
    expect(await one.channel.track({ mood: 'curious' })).toBe('ok')
    const two = await attend(server.client({ vsn }), topic, 'two')
    await until(() => expect(present(two.channel)).toEqual({ one: ['curious'] }))
    expect(await two.channel.track({ mood: 'calm' })).toBe('ok')
    await until(() => expect(present(one.channel)).toEqual({ one: ['curious'], two: ['calm'] }))

    expect(await two.channel.track({ mood: 'tired' })).toBe('ok')
    await until(() => expect(present(one.channel)).toEqual({ one: ['curious'], two: ['tired'] }))
    expect(await two.channel.untrack()).toBe('ok')
    await until(() => expect(present(one.channel)).toEqual({ one: ['curious'] }))
    expect(one.events).toEqual(['join one', 'join two', 'join two', 'leave two', 'leave two'])
  })

  it('notices when a socket is gone', async () => {
    const topic = `exit ${vsn}`
    const one = await attend(server.client({ vsn }), topic, 'one')
    const client = server.client({ vsn })
    const two = await attend(client, topic, 'two')
    await two.channel.track({ mood: 'hurried' })
    await until(() => expect(present(one.channel)).toEqual({ two: ['hurried'] }))
    await client.disconnect()
    await until(() => expect(present(one.channel)).toEqual({}))
  })
})

it('keeps two tabs under one key apart', async () => {
  const [a, b] = [await attend(server.client(), 'tabs', 'me'), await attend(server.client(), 'tabs', 'me')]
  await a.channel.track({ mood: 'left' })
  await b.channel.track({ mood: 'right' })
  await until(() => expect(present(a.channel)).toEqual({ me: ['left', 'right'] }))
  await a.channel.unsubscribe()
  await until(() => expect(present(b.channel)).toEqual({ me: ['right'] }))
})

it('takes any key, also one that JavaScript gives a meaning', async () => {
  const one = await attend(server.client(), 'odd keys', 'constructor')
  await one.channel.track({ mood: 'odd' })
  await until(() => expect(present(one.channel)).toEqual({ constructor: ['odd'] }))
})

describe('on a private topic', () => {
  it('is shown to those who may read it, and tracked by those who may write it', async () => {
    await allow(server, 'club', ana)
    await allow(server, 'club', bruno, { write: false })
    await allow(server, 'club', carla, { extensions: ['broadcast'] })
    const host = await attend(await userClient(ana), 'club', 'host', true)
    const guest = await attend(await userClient(bruno), 'club', 'guest', true)
    const frames: string[] = []
    const logger = (kind: string, text: string) => kind === 'receive' && frames.push(text)
    const client = server.client({ token: await tokenOf(carla), logger })
    await client.setAuth()
    const stranger = await attend(client, 'club', 'stranger', true)
    expect(await host.channel.track({ mood: 'welcoming' })).toBe('ok')
    expect(await guest.channel.track({ mood: 'shy' })).toBe('error')
    expect(await stranger.channel.track({ mood: 'unseen' })).toBe('error')
    await until(() => expect(present(guest.channel)).toEqual({ host: ['welcoming'] }))
    expect(present(stranger.channel)).toEqual({})
    expect(frames.filter((text) => text.includes('presence_'))).toEqual([])
  })

  it('lets a member with presence alone join, without the broadcasts', async () => {
    await allow(server, 'roll', ana)
    await allow(server, 'roll', bruno, { extensions: ['presence'] })
    const teacher = await joined(await userClient(ana), 'roll', { private: true, broadcast: { ack: true } })
    const pupil = await joined(await userClient(bruno), 'roll', {
      private: true,
      presence: { enabled: true, key: 'p' },
    })
    expect(await teacher.channel.send({ type: 'broadcast', event: 'test', payload: {} })).toBe('ok')
    await teacher.channel.track({ mood: 'strict' })
    await until(() => expect(present(pupil.channel)).not.toEqual({}))
    expect(pupil.heard).toEqual([])
  })

  it('never meets the public topic of the same name', async () => {
    await allow(server, 'mirror', ana)
    const inside = await attend(await userClient(ana), 'mirror', 'inside', true)
    const outside = await attend(server.client(), 'mirror', 'outside')
    await inside.channel.track({ mood: 'hidden' })
    await outside.channel.track({ mood: 'seen' })
    await until(() => expect(present(outside.channel)).toEqual({ outside: ['seen'] }))
    await until(() => expect(present(inside.channel)).toEqual({ inside: ['hidden'] }))
  })
})

it('closes a channel that calls too often', async () => {
  const one = await attend(server.client(), 'busy', 'one')
  for (let n = 1; n <= 6; n += 1) one.channel.track({ mood: String(n) })
  await until(() => expect(one.statuses.at(-1)).toBe('CLOSED'))
})
