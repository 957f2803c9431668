import type postgres from 'postgres'
import { createRandom, type Fault } from '../../src/testing/index.ts'
import { checkDatabase, checkDevices, readDatabase } from './compare.ts'
import { checkInboxes } from './inboxes.ts'
import { loseLastWords } from './last-words.ts'
import { pause, pickOperation } from './operations.ts'
import { type Backend, type Person, seatAll } from './people.ts'
import { type Device, openWorld, storm, type World } from './world.ts'

/** What came of one run. */
export interface RunReport {
  seed: number
  messages: number
  faults: Record<Fault, number>
  /** Nothing when every open conversation of every device equals the database. */
  mismatches: string[]
  /** Time of the devices that passed until they did, in milliseconds. */
  convergedAfterMs: number
}

/** The promise: one interval of the head check after the faults end, everything is as the database has it. */
export const headCheckMs = 30_000
const operationsPerLane = 5
/** Things that one device does at once. */
const lanes = [0, 1]
const tickMs = 5
/** Whatever is under way for so long of our time is not slow, it stands still. */
const standstillMs = 120_000
/** How much faster the devices' time passes than ours during the storm. */
const speed = 20

/** Some people talk while everything goes wrong; then it gets calm, and all must be as the database has it. */
export async function runChaos(
  backend: Backend,
  sql: postgres.Sql,
  people: Person[],
  seed: number,
): Promise<RunReport> {
  const world = await openWorld(backend, sql, people, seed)
  const mismatches: string[] = []
  const stopTime = passTime(world.devices)
  try {
    const strength = 0.5 + createRandom(seed)()
    for (const { faults } of world.devices) faults.update(scaled(strength))
    const acting = world.devices.flatMap((device) => lanes.map((lane) => act(world, device, lane)))
    const acted = await Promise.allSettled(acting)
    for (const { reason } of acted.filter((one) => one.status === 'rejected')) mismatches.push(told(reason))
    await loseLastWords(world)
    await Promise.all(world.devices.map((device) => device.calm()))
    await seatAll(sql, world.group.id, world.group.people)
    stopTime()
    const first = await converge(world, sql, headCheckMs)
    if (first.wrong.length === 0) await readToTheStart(world)
    // A token's end that the server found just before the calm may have arrived just after.
    const last = await converge(world, sql, headCheckMs - first.passedMs)
    mismatches.push(...last.wrong, ...world.devices.flatMap(({ sightings }) => sightings))
    const database = await readDatabase(sql, world.conversationIds)
    const messages = [...database.values()].reduce((sum, { rows }) => sum + rows.length, 0)
    return {
      seed,
      messages,
      faults: countFaults(world),
      mismatches,
      convergedAfterMs: first.passedMs + last.passedMs,
    }
  } finally {
    stopTime()
    await world.close()
  }
}

const told = (reason: unknown) => (reason instanceof Error ? `${reason.stack}` : String(reason))

const scaled = (strength: number) =>
  Object.fromEntries(Object.entries(storm).map(([fault, rate]) => [fault, rate * strength]))

/** Lets the time of the devices pass until the returned function is called. */
export function passTime(devices: Device[]): () => void {
  const ticking = setInterval(() => {
    for (const { asleep, clock } of devices) if (!asleep) clock.advance(tickMs * speed)
  }, tickMs)
  return () => clearInterval(ticking)
}

async function act(world: World, device: Device, lane: number): Promise<void> {
  for (let i = 0; i < operationsPerLane; i++) {
    await pickOperation(device.random).run(world, device, lane)
    await pause(device.random() * 10)
  }
}

/**
 * Waits until all is as it should be. The devices' time passes only while nothing is under way, and then straight to the
 * next timer: so at most one interval of the head check, however slow this machine is.
 */
export async function converge(
  world: World,
  sql: postgres.Sql,
  atMostMs: number,
): Promise<{ wrong: string[]; passedMs: number }> {
  let passedMs = 0
  let idle = 0
  let movedAt = performance.now()
  for (;;) {
    await comeBack(world)
    const database = await readDatabase(sql, world.conversationIds)
    const wrong = [
      ...checkDevices(world, database),
      ...checkDatabase(world, database),
      ...(await checkUnsent(world)),
      ...(await checkInboxes(world, sql)),
    ]
    // What is on its way through the socket is not seen to be under way: a while of ours, when the devices' is over.
    const patience = passedMs < atMostMs ? 3 : 200
    if (wrong.length === 0 || idle >= 200) return { wrong, passedMs }
    await pause(tickMs)
    const busy = world.devices.flatMap(({ name, client }) => client.busy().map((what) => `${name}: ${what}`))
    idle = busy.length > 0 ? 0 : idle + 1
    if (idle > 0) movedAt = performance.now()
    if (performance.now() - movedAt > standstillMs) {
      return { wrong: [...wrong, ...busy.map((what) => `stands still at ${what}`)], passedMs }
    }
    if (idle < patience || passedMs >= atMostMs) continue
    const next = Math.min(...world.devices.map(({ clock }) => clock.untilNext()), atMostMs - passedMs)
    for (const { clock } of world.devices) clock.advance(next)
    passedMs += next
    idle = 0
  }
}

/** Whoever was removed and is in the group again opens it again, and gives up what was refused meanwhile. */
async function comeBack({ devices, group, intents }: World): Promise<void> {
  for (const { client, open } of devices) {
    const { status, closeReason } = open.get(group.id)?.getSnapshot() ?? {}
    if (status === 'closed' && closeReason !== 'closed') open.set(group.id, client.open(group.id))
    for (const { id, failure } of await client.listUnsent()) {
      if (failure?.code !== 'conversation_not_found') continue
      for (const intent of intents) if (intent.messageId === id) intent.acknowledged = false
      await client.discardUnsent(id)
    }
  }
}

/** What a device still keeps, with a conversation open or without. */
async function checkUnsent({ devices }: World): Promise<string[]> {
  const lists = await Promise.all(
    devices.map(async ({ name, client }) => {
      const unsent = await client.listUnsent()
      return unsent.map(
        ({ status, content, failure }) =>
          `${name} has not sent "${content.slice(0, 30)}" (${failure?.message ?? status})`,
      )
    }),
  )
  return lists.flat()
}

/** Loads every page that is not there yet: the older ones must be as the database has them too. */
async function readToTheStart({ devices }: World): Promise<void> {
  for (const { client, open } of devices) {
    for (const conversation of open.values()) {
      while (conversation.getSnapshot().hasNewer) await conversation.loadNewer({ limit: 30 })
      while (conversation.getSnapshot().hasOlder) await client.loadOlder(conversation, 30)
    }
  }
}

function countFaults({ devices }: World): Record<Fault, number> {
  const counts = { ...devices[0]!.faults.counts }
  for (const { faults } of devices.slice(1)) {
    for (const fault of Object.keys(counts) as Fault[]) counts[fault] += faults.counts[fault]
  }
  return counts
}
