import postgres from 'postgres'
import { afterAll, beforeAll, expect, inject, onTestFinished, test, vi } from 'vitest'
import { checkDevices, readDatabase } from './compare.ts'
import { type Person, signUpPeople } from './people.ts'
import { converge, headCheckMs, passTime } from './run.ts'
import { openWorld, type World } from './world.ts'

const sql = postgres(inject('stack').adminDbUrl, { max: 2, onnotice: () => {} })
let people: Person[] = []

beforeAll(async () => {
  people = await signUpPeople(inject('stack'), ['ana', 'ben', 'eve'])
})
afterAll(() => sql.end())

/** Everybody's devices, live, whose time stands still. */
async function liveWorld(seed: number): Promise<World> {
  const world = await openWorld(inject('stack'), sql, people, seed)
  onTestFinished(() => world.close())
  await Promise.all(world.devices.map((device) => device.calm()))
  expect(await converge(world, sql, headCheckMs)).toMatchObject({ wrong: [] })
  return world
}

test('with every broadcast lost, every open conversation is whole after one interval of the head check', async () => {
  const world = await liveWorld(1)
  for (const { faults } of world.devices) faults.update({ drop: 1 })
  const lost = () => world.devices.reduce((sum, { faults }) => sum + faults.counts.drop, 0)
  let expected = 0
  for (const { client, conversationIds, name } of world.devices) {
    for (const id of conversationIds) {
      await client.sendOnce(id, crypto.randomUUID(), `unheard, from ${name}`)
      expected += world.devices.filter((device) => device.open.has(id)).length
    }
  }
  await vi.waitFor(() => expect(lost()).toBe(expected), 5_000)
  const open = world.devices.reduce((sum, device) => sum + device.open.size, 0)
  expect(checkDevices(world, await readDatabase(sql, world.conversationIds))).toHaveLength(open)
  const { wrong, passedMs } = await converge(world, sql, headCheckMs)
  expect(wrong).toEqual([])
  expect(passedMs).toBeLessThanOrEqual(headCheckMs)
})

const headOf = async (conversationId: string) => {
  const [row] =
    await sql`select last_seq::integer as seq from public.conversations where id = ${conversationId}`
  return Number(row?.seq)
}

test('ten times the same send, every answer lost: one row, one position, shown once', async () => {
  const world = await liveWorld(2)
  const [device] = world.devices
  const [conversationId] = device?.conversationIds ?? []
  if (!device || !conversationId) throw new Error('nobody is there')
  const before = await headOf(conversationId)
  const stopTime = passTime(world.devices)
  onTestFinished(stopTime)
  device.faults.update({ loseAnswer: 1 })
  const id = crypto.randomUUID()
  const send = () => device.client.sendOnce(conversationId, id, 'once')
  for (let i = 0; i < 10; i++) await expect(send()).rejects.toMatchObject({ code: 'unreachable' })
  expect(device.faults.counts.loseAnswer).toBeGreaterThanOrEqual(10)
  device.faults.calm()
  await expect(send()).resolves.toMatchObject({ id, seq: before + 1 })
  stopTime()
  expect(await headOf(conversationId)).toBe(before + 1)
  expect(await converge(world, sql, headCheckMs)).toMatchObject({ wrong: [] })
})

test('the same by an app that is killed and started again each time, from what it has kept', async () => {
  const world = await liveWorld(3)
  const [device] = world.devices
  const [conversationId] = device?.conversationIds ?? []
  if (!device || !conversationId) throw new Error('nobody is there')
  const before = await headOf(conversationId)
  const stopTime = passTime(world.devices)
  onTestFinished(stopTime)
  const id = crypto.randomUUID()
  for (let i = 0; i < 10; i++) {
    await device.client.send(device.open.get(conversationId)!, id, 'once')
    const { loseAnswer } = device.faults.counts
    device.faults.update({ loseAnswer: 1 })
    await vi.waitFor(() => expect(device.faults.counts.loseAnswer).toBeGreaterThan(loseAnswer), 5_000)
    device.faults.update({})
    device.restart()
  }
  stopTime()
  expect(await converge(world, sql, headCheckMs)).toMatchObject({ wrong: [] })
  expect(await headOf(conversationId)).toBe(before + 1)
  const rows = (await readDatabase(sql, [conversationId])).get(conversationId)?.rows
  expect(rows?.filter((row) => row.content === 'once')).toMatchObject([{ id, seq: before + 1 }])
  expect(world.devices.flatMap(({ sightings }) => sightings)).toEqual([])
})
