import type postgres from 'postgres'
import type { LiveInbox, OpenConversation } from '../../src/index.ts'
import type { Refused } from '../../src/offline/index.ts'
import { createRandom, type Faults, openFaults } from '../../src/testing/index.ts'
import { createClock, createLifecycle, type DeviceClock, type DeviceLifecycle } from './clock.ts'
import { type Client, createDriver, type Requests, storageKey } from './driver.ts'
import {
  type Backend,
  createIssuer,
  type Person,
  sessionFor,
  startConversation,
  startGroup,
} from './people.ts'

/** Something that somebody meant to say, once. */
interface Intent {
  conversationId: string
  /** Who said it in one go: what they say arrives in the order in which they were told so. */
  speaker: string
  messageId: string
  content: string
  /** Whether the sender was told that it is there, or that it will be. */
  acknowledged: boolean
}

/** Whether a reaction has to be there. */
interface LastReaction {
  messageId: string
  userId: string
  emoji: string
  present: boolean
}

/** Somebody's phone, or tab. */
export interface Device {
  name: string
  person: Person
  conversationIds: string[]
  clock: DeviceClock
  lifecycle: DeviceLifecycle
  faults: Faults
  /** Null for one whose tokens come from elsewhere: it cannot sign out. */
  storage: Map<string, string> | null
  asleep: boolean
  signingOut: boolean
  signOuts: number
  /** What must never be seen, not even for a moment. */
  sightings: string[]
  client: Client
  open: Map<string, OpenConversation>
  /** One device shows conversations alone. */
  inbox: LiveInbox | null
  /** Invitations that wait. */
  requests: Requests
  /** Lets the session's token be past its end, or valid again. */
  setExpired(expired: boolean): void
  /** No faults, no sleep and no expiry from here on. */
  calm(): Promise<void>
  /** Kills the app and starts it anew, on the same storage. */
  restart(): void
  random(): number
  close(): Promise<void>
}

export interface World {
  devices: Device[]
  conversationIds: string[]
  /** The group, its owner first. */
  group: { id: string; people: Person[] }
  intents: Intent[]
  /** What somebody did last with an emoji of their own on a message, where every request of it was answered. */
  reactions: Map<string, LastReaction>
  close(): Promise<void>
}

export const storm = {
  drop: 0.12,
  duplicate: 0.12,
  reorder: 0.28,
  delay: 0.12,
  cut: 0.015,
  partition: 0.013,
  expire: 0.015,
  loseRequest: 0.04,
  loseAnswer: 0.05,
  slow: 0.08,
  unavailable: 0.04,
}

/** Three people with four devices, a group and three other conversations, one with more messages than a page holds. */
export async function openWorld(
  backend: Backend,
  sql: postgres.Sql,
  [ana, ben, eve]: Person[],
  seed: number,
): Promise<World> {
  if (!ana || !ben || !eve) throw new Error('a run takes three people')
  const everybody = [ana, ben, eve]
  const group = { id: await startGroup(sql, everybody, 3), people: everybody }
  const conversations = [
    group,
    { people: [ana, ben], id: await startConversation(sql, [ana, ben], 60) },
    { people: [ana, eve], id: await startConversation(sql, [ana, eve], 1) },
    { people: [ben, eve], id: await startConversation(sql, [ben, eve], 0) },
  ]
  // In every fourth run nobody has a cache. Else both of Ana's devices share one, and Ben's is damaged at each restart.
  const ofAna = new Map<string, string>()
  const copies = seed % 4 === 0 ? [] : [ofAna, ofAna, new Map<string, string>(), new Map<string, string>()]
  const reactions: World['reactions'] = new Map()
  const devices = await Promise.all(
    [ana, ana, ben, eve].map((person, i) => {
      const ids = conversations.filter(({ people }) => people.includes(person)).map(({ id }) => id)
      return openDevice(
        backend,
        person,
        `${person.name}-${i}`,
        ids,
        seed * 16 + i,
        i === 3,
        i !== 1,
        copies[i] ?? null,
        i === 2,
        ({ messageId }) => {
          // Whoever was removed meanwhile reacts to nothing.
          for (const [key, one] of reactions)
            if (one.messageId === messageId && one.userId === person.id) reactions.delete(key)
        },
      )
    }),
  )
  return {
    devices,
    conversationIds: conversations.map(({ id }) => id),
    group,
    intents: [],
    reactions,
    async close() {
      await Promise.all(devices.map((device) => device.close()))
    },
  }
}

async function openDevice(
  backend: Backend,
  person: Person,
  name: string,
  conversationIds: string[],
  seed: number,
  foreignTokens: boolean,
  withInbox: boolean,
  copies: Map<string, string> | null,
  isDamaged: boolean,
  onGone: (write: Refused) => void,
): Promise<Device> {
  const random = createRandom(seed)
  const clock = createClock()
  const lifecycle = createLifecycle()
  const faults = await openFaults({ target: backend.apiUrl, seed, maxDelayMs: 40, partitionMs: 60 })
  const storage = new Map([[storageKey, sessionFor(backend, person)]])
  const issuer = foreignTokens ? createIssuer(backend, person.id) : null
  const start = () =>
    createDriver({
      url: faults.url,
      key: backend.publishableKey,
      identity: issuer ?? { storage },
      sdk: { clock, lifecycle, random },
      kept,
      copies,
      onTwice: (what) => device.sightings.push(what),
      onRefused(write) {
        if (['conversation_not_found', 'message_not_found'].includes(write.code)) onGone(write)
        else device.sightings.push(`${write.operation} was refused: ${write.message}`)
      },
    })
  const killed: Promise<void>[] = []
  const kept = new Map<string, string>()
  const client = start()
  const device: Device = {
    name,
    person,
    conversationIds,
    clock,
    lifecycle,
    faults,
    storage: foreignTokens ? null : storage,
    asleep: false,
    signingOut: false,
    signOuts: 0,
    sightings: [],
    client,
    open: new Map(),
    inbox: withInbox ? client.watchInbox() : null,
    requests: client.watchRequests(),
    random,
    setExpired(expired) {
      const session = sessionFor(backend, person)
      storage.set(storageKey, expired ? JSON.stringify({ ...JSON.parse(session), expires_at: 1 }) : session)
    },
    async calm() {
      faults.calm()
      await issuer?.calm()
    },
    restart() {
      faults.cut()
      for (const conversation of device.open.values()) conversation.close()
      device.inbox?.close()
      device.requests.close()
      killed.push(device.client.kill())
      if (isDamaged) damage(copies, random)
      device.client = start()
      device.inbox = withInbox ? device.client.watchInbox() : null
      device.requests = device.client.watchRequests()
      for (const id of device.open.keys()) device.open.set(id, device.client.open(id))
    },
    async close() {
      for (const conversation of device.open.values()) conversation.close()
      device.inbox?.close()
      device.requests.close()
      // First, for a socket that is gone is not waited for.
      await faults.close()
      await Promise.all([...killed, device.client.kill()])
    },
  }
  for (const id of conversationIds) device.open.set(id, device.client.open(id))
  return device
}

/** Changes a character of some copies, or cuts them off. */
function damage(copies: Map<string, string> | null, random: () => number): void {
  for (const [key, text] of copies ?? []) {
    const at = Math.floor(random() * text.length)
    const rest = random() < 0.5 ? '' : `x${text.slice(at + 1)}`
    if (random() < 0.5) copies?.set(key, text.slice(0, at) + rest)
  }
}
