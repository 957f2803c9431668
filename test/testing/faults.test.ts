import { createClient, type SupabaseClient } from '@supabase/supabase-js'
import { createRandom, type FaultOptions, type Faults, openFaults } from 'tertulia/testing'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import { connect, type Person, signInAgain, signUp } from '../support/people.ts'

async function faultsFor(options: Partial<FaultOptions> = {}): Promise<Faults> {
  const faults = await openFaults({ target: inject('stack').apiUrl, seed: 7, ...options })
  onTestFinished(() => faults.close())
  return faults
}

/** What a client hears on a topic that needs no right, and how its channel stands. */
async function listener(url: string, vsn?: '1.0.0' | '2.0.0') {
  const supabase = createClient(url, inject('stack').publishableKey, {
    auth: { persistSession: false },
    realtime: { vsn, reconnectAfterMs: () => 50 },
  })
  onTestFinished(async () => void (await supabase.removeAllChannels()))
  const heard: number[] = []
  const statuses: string[] = []
  const topic = `room-${crypto.randomUUID()}`
  const channel = supabase
    .channel(topic)
    .on('broadcast', { event: 'n' }, ({ payload }) => heard.push(payload.n))
    .subscribe((status) => statuses.push(status))
  await vi.waitFor(() => expect(statuses).toContain('SUBSCRIBED'))
  const speaker = connect().channel(topic)
  const say = async (...numbers: number[]) => {
    for (const n of numbers) await speaker.httpSend('n', { n })
  }
  return { supabase, channel, heard, statuses, say, topic }
}

async function pair(faults: Faults): Promise<{ ana: Person; id: string; rows(): Promise<string[]> }> {
  const [first, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const ana = await signInAgain(first, { apiUrl: faults.url })
  const { id } = await first.tertulia.chat.getDirect(ben.id)
  return {
    ana,
    id,
    rows: async () => (await first.tertulia.chat.listMessages(id)).items.map(({ content }) => content),
  }
}

const send = (supabase: SupabaseClient, conversation_id: string, content: string) =>
  supabase.rpc('send_message', { conversation_id, message_id: crypto.randomUUID(), content })

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1)

describe.each(['1.0.0', '2.0.0'] as const)('broadcasts of protocol %s', (vsn) => {
  test('pass as they are without faults', async () => {
    const faults = await faultsFor()
    const { heard, say } = await listener(faults.url, vsn)
    await say(...upTo(20))
    await vi.waitFor(() => expect(heard).toEqual(upTo(20)))
    expect(Object.values(faults.counts).every((count) => count === 0)).toBe(true)
  })

  test('are lost', async () => {
    const faults = await faultsFor({ rates: { drop: 1 } })
    const { heard, say } = await listener(faults.url, vsn)
    await say(...upTo(5))
    await vi.waitFor(() => expect(faults.counts.drop).toBe(5))
    faults.calm()
    await say(6)
    await vi.waitFor(() => expect(heard).toEqual([6]))
  })

  test('come twice', async () => {
    const faults = await faultsFor({ rates: { duplicate: 1 } })
    const { heard, say } = await listener(faults.url, vsn)
    await say(1, 2, 3)
    await vi.waitFor(() => expect(heard).toEqual([1, 1, 2, 2, 3, 3]))
    expect(faults.counts.duplicate).toBe(3)
  })

  test('overtake each other', async () => {
    const faults = await faultsFor({ rates: { reorder: 1 }, maxDelayMs: 60_000 })
    const { heard, say } = await listener(faults.url, vsn)
    await say(1, 2, 3, 4, 5)
    await vi.waitFor(() => expect(heard).toEqual([2, 1, 4, 3]))
    expect(faults.counts).toMatchObject({ reorder: 2, delay: 0 })
    faults.calm()
    await vi.waitFor(() => expect(heard).toEqual([2, 1, 4, 3, 5]))
    expect(faults.counts).toMatchObject({ reorder: 2, delay: 1 })
  })

  test('come late, in order, with all that is behind them', async () => {
    const faults = await faultsFor({ rates: { delay: 0.5 }, maxDelayMs: 60_000 })
    const { heard, say } = await listener(faults.url, vsn)
    await say(...upTo(20))
    await vi.waitFor(() => expect(faults.counts.delay).toBeGreaterThan(0))
    expect(heard.length).toBeLessThan(20)
    faults.calm()
    await vi.waitFor(() => expect(heard).toEqual(upTo(20)))
  })

  test('end when the token of their channel expires, and go on after joining anew', async () => {
    const faults = await faultsFor()
    const { supabase, channel, heard, statuses, say, topic } = await listener(faults.url, vsn)
    const said = vi.fn()
    channel.on('system', {}, said)
    faults.update({ expire: 1 })
    await say(1)
    await vi.waitFor(() => expect(statuses).toEqual(['SUBSCRIBED', 'CLOSED']))
    expect(said.mock.lastCall?.[0]).toMatchObject({ message: 'Token has expired 0 seconds ago' })
    expect(faults.counts.expire).toBe(1)
    faults.calm()
    await say(2)
    const again: number[] = []
    const joined = vi.fn()
    supabase
      .channel(topic)
      .on('broadcast', { event: 'n' }, ({ payload }) => again.push(payload.n))
      .subscribe(joined)
    await vi.waitFor(() => expect(joined).toHaveBeenCalledWith('SUBSCRIBED'))
    await say(3)
    await vi.waitFor(() => expect(again).toEqual([3]))
    expect(heard).toEqual([1])
  })
})

describe('sockets', () => {
  test('are cut, and connect again', async () => {
    const faults = await faultsFor()
    const { heard, statuses, say } = await listener(faults.url)
    faults.update({ cut: 1 })
    await say(1)
    await vi.waitFor(() => expect(statuses).toContain('CHANNEL_ERROR'))
    expect(faults.counts.cut).toBeGreaterThan(0)
    faults.calm()
    await vi.waitFor(
      () => expect(statuses.filter((status) => status === 'SUBSCRIBED')).toHaveLength(2),
      5_000,
    )
    await say(2)
    await vi.waitFor(() => expect(heard).toEqual([2]))
  })

  test('pass nothing during a pause, and all of it afterwards', async () => {
    const faults = await faultsFor()
    const { supabase, heard, statuses, say } = await listener(faults.url)
    faults.pause()
    await say(1, 2, 3)
    const answer = vi.fn()
    supabase.from('profiles').select('id').then(answer)
    await new Promise((resolve) => setImmediate(resolve))
    expect([heard, answer.mock.calls, statuses]).toEqual([[], [], ['SUBSCRIBED']])
    faults.resume()
    await vi.waitFor(() => expect(heard).toEqual([1, 2, 3]))
    await vi.waitFor(() => expect(answer).toHaveBeenCalled())
  })

  test('pass what clients say, and lose it', async () => {
    const faults = await faultsFor()
    const { channel, topic } = await listener(faults.url)
    const other: number[] = []
    const joined = vi.fn()
    connect()
      .channel(topic)
      .on('broadcast', { event: 'n' }, ({ payload }) => other.push(payload.n))
      .subscribe(joined)
    await vi.waitFor(() => expect(joined).toHaveBeenCalledWith('SUBSCRIBED'))
    await channel.send({ type: 'broadcast', event: 'n', payload: { n: 1 } })
    await vi.waitFor(() => expect(other).toEqual([1]))
    faults.update({ drop: 1 })
    await channel.send({ type: 'broadcast', event: 'n', payload: { n: 2 } })
    await vi.waitFor(() => expect(faults.counts.drop).toBe(1))
    faults.calm()
    await channel.send({ type: 'broadcast', event: 'n', payload: { n: 3 } })
    await vi.waitFor(() => expect(other).toEqual([1, 3]))
  })

  test('are refused as the server refuses them', async () => {
    const faults = await faultsFor()
    const socket = new WebSocket(`${faults.url.replace('http', 'ws')}/realtime/v1/websocket?apikey=wrong`)
    const failed = vi.fn()
    socket.onerror = failed
    await vi.waitFor(() => expect(failed).toHaveBeenCalled())
  })
})

describe('requests', () => {
  test('pass as they are without faults, in both directions and of any size', async () => {
    const faults = await faultsFor()
    const { ana, id, rows } = await pair(faults)
    await ana.tertulia.chat.send(id, { content: 'ñandú '.repeat(1_000) })
    expect(await rows()).toEqual(['ñandú '.repeat(1_000)])
    const { error, status } = await send(ana.supabase, crypto.randomUUID(), 'x')
    expect([status, error?.code]).toEqual([400, 'TT000'])
  })

  test('lose their answer after the write has happened', async () => {
    const faults = await faultsFor()
    const { ana, id, rows } = await pair(faults)
    faults.update({ loseAnswer: 1 })
    const { error, status } = await send(ana.supabase, id, 'there')
    expect([status, error === null]).toEqual([0, false])
    expect(await rows()).toEqual(['there'])
    expect(faults.counts.loseAnswer).toBe(1)
  })

  test('get lost before they arrive', async () => {
    const faults = await faultsFor()
    const { ana, id, rows } = await pair(faults)
    faults.update({ loseRequest: 1 })
    const { error, status } = await send(ana.supabase, id, 'not there')
    expect([status, error === null]).toEqual([0, false])
    faults.update({ unavailable: 1 })
    expect((await send(ana.supabase, id, 'not there')).status).toBe(503)
    faults.update({ expire: 1 })
    expect((await send(ana.supabase, id, 'not there')).status).toBe(401)
    expect((await connect(faults.url).from('profiles').select('id')).error?.code).not.toBe('PGRST303')
    expect(await rows()).toEqual([])
    expect(faults.counts).toMatchObject({ loseRequest: 1, unavailable: 1, expire: 1 })
  })

  test('are answered late', async () => {
    const faults = await faultsFor({ maxDelayMs: 60_000 })
    const { ana, id, rows } = await pair(faults)
    faults.update({ slow: 1 })
    const answer = Promise.resolve(send(ana.supabase, id, 'there'))
    await vi.waitFor(async () => expect(await rows()).toEqual(['there']))
    expect(await Promise.race([answer, 'not yet'])).toBe('not yet')
    faults.calm()
    expect((await answer).status).toBe(200)
  })

  test('fail for the time of a partition, and sockets with them', async () => {
    const faults = await faultsFor({ partitionMs: 60_000 })
    const { ana, id } = await pair(faults)
    const { statuses } = await listener(faults.url)
    faults.update({ partition: 1 })
    expect((await send(ana.supabase, id, 'not there')).status).toBe(0)
    faults.update({})
    expect((await send(ana.supabase, id, 'not there')).status).toBe(0)
    await vi.waitFor(() => expect(statuses).toContain('CHANNEL_ERROR'))
    expect(faults.counts.partition).toBe(1)
    faults.calm()
    expect((await send(ana.supabase, id, 'there')).status).toBe(200)
  })
})

describe('a seed', () => {
  test('gives the same decisions again, and another one others', async () => {
    const outcomes = async (seed: number) => {
      const faults = await faultsFor({ seed, rates: { unavailable: 0.3, loseRequest: 0.3 } })
      const statuses: number[] = []
      for (let i = 0; i < 30; i++) {
        statuses.push(
          await fetch(`${faults.url}/health`).then(
            ({ status }) => status,
            () => 0,
          ),
        )
      }
      return statuses.join()
    }
    const first = await outcomes(1)
    expect(first).toMatch(/503/)
    expect(await outcomes(1)).toBe(first)
    expect(await outcomes(2)).not.toBe(first)
  })

  test('gives numbers that are spread evenly, and none that a neighbour gives', () => {
    const draw = (seed: number) => {
      const random = createRandom(seed)
      return Array.from({ length: 1_000 }, random)
    }
    const mean = draw(1).reduce((sum, n) => sum + n, 0) / 1_000
    expect(mean).toBeGreaterThan(0.45)
    expect(mean).toBeLessThan(0.55)
    expect(draw(1)).toEqual(draw(1))
    expect(new Set(upTo(1_000).map((seed) => createRandom(seed)())).size).toBe(1_000)
  })
})

test.each([
  [{ drop: 1.5 }, 'rates.drop'],
  [{ cut: -1 }, 'rates.cut'],
  [{ cut: Number.NaN }, 'rates.cut'],
  [{ drop: 0.6, delay: 0.6 }, 'rates'],
  [{ explode: 1 } as never, 'rates.explode'],
])('%j is no way to go wrong', async (rates, field) => {
  await expect(openFaults({ target: inject('stack').apiUrl, rates })).rejects.toMatchObject({
    code: 'invalid_input',
    field,
  })
})

test('nothing is left after closing, which may come twice', async () => {
  const faults = await openFaults({ target: inject('stack').apiUrl, rates: { delay: 1 }, maxDelayMs: 60_000 })
  const { say, statuses } = await listener(faults.url)
  await say(1)
  await vi.waitFor(() => expect(faults.counts.delay).toBe(1))
  await Promise.all([faults.close(), faults.close()])
  await vi.waitFor(() => expect(statuses).toContain('CHANNEL_ERROR'))
  await expect(fetch(`${faults.url}/health`)).rejects.toThrow()
})
