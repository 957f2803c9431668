import { isTertuliaError, type Message, type OpenConversation } from '../../src/index.ts'
import type { Client } from './driver.ts'
import { password } from './people.ts'
import type { Device, World } from './world.ts'

/** What somebody does on a device while the network fails. */
interface Operation {
  name: string
  /** How often, against the others. */
  weight: number
  run(world: World, device: Device, lane: number): Promise<void>
}

/** One line an operation; a new ability of the SDK is one more. */
const operations: Operation[] = [
  { name: 'send', weight: 40, run: send },
  { name: 'send without opening', weight: 15, run: sendOnce },
  { name: 'open', weight: 8, run: open },
  { name: 'close', weight: 4, run: close },
  { name: 'load older', weight: 8, run: loadOlder },
  { name: 'jump', weight: 5, run: jump },
  { name: 'edit', weight: 7, run: edit },
  { name: 'delete', weight: 4, run: remove },
  { name: 'react', weight: 8, run: react },
  { name: 'react in haste', weight: 8, run: reactInHaste },
  { name: 'mark read', weight: 6, run: markRead },
  { name: 'mark read without opening', weight: 4, run: markReadUnopened },
  { name: 'type', weight: 4, run: type },
  { name: 'draft', weight: 6, run: draft },
  { name: 'pin or archive', weight: 5, run: pinOrArchive },
  { name: 'choose who may add me', weight: 3, run: chooseRules },
  { name: 'answer an invitation', weight: 4, run: answerInvitation },
  { name: 'come and go', weight: 4, run: comeAndGo },
  { name: 'sleep', weight: 4, run: sleep },
  { name: 'tunnel', weight: 4, run: tunnel },
  { name: 'cut', weight: 3, run: cut },
  { name: 'restart', weight: 3, run: restart },
  { name: 'cold start', weight: 3, run: coldStart },
  { name: 'stay at the inbox', weight: 3, run: stayAtInbox },
  { name: 'sign out and in', weight: 2, run: signOutAndIn },
]

const all = operations.reduce((sum, { weight }) => sum + weight, 0)

export function pickOperation(random: () => number): Operation {
  let roll = random() * all
  const picked = operations.find(({ weight }) => {
    roll -= weight
    return roll < 0
  })
  return picked ?? operations[0]!
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

const oneOf = <T>(device: Device, list: readonly T[]) => list[Math.floor(device.random() * list.length)]

const openOne = (device: Device): OpenConversation | undefined =>
  oneOf(
    device,
    [...device.open.values()].filter((conversation) => conversation.getSnapshot().status !== 'closed'),
  )

/** What users wrote: nothing is done with a message of the database. */
const written = (conversation: OpenConversation | undefined) =>
  (conversation?.getSnapshot().messages ?? []).filter(({ system }) => !system)

/** Says something new, and goes on with the same id a few times, as an app would. */
async function say(
  world: World,
  device: Device,
  speaker: string,
  conversationId: string,
  attempt: (client: Client, id: string, content: string) => Promise<unknown>,
): Promise<void> {
  // Lengths on both sides of what a WebSocket frame's short and longer length fields hold.
  const padding = oneOf(device, ['', ' ñ'.repeat(40), ' 🎸'.repeat(1_000)]) ?? ''
  const content = `${device.name} says ${world.intents.length}${padding}`
  const id = crypto.randomUUID()
  const intent = { conversationId, speaker, messageId: id, content, acknowledged: false }
  world.intents.push(intent)
  const { client } = device
  for (let tries = 0; tries < 4 && !intent.acknowledged && !client.isDead(); tries++) {
    await allowing(device, client, async () => {
      await attempt(client, id, content)
      intent.acknowledged = true
    })
  }
}

async function send(world: World, device: Device, lane: number): Promise<void> {
  const conversation = openOne(device)
  if (!conversation) return
  const replyTo = device.random() < 0.3 ? oneOf(device, written(conversation))?.id : undefined
  await say(world, device, `${device.name}/${lane}`, conversation.id, (client, id, content) =>
    client.send(conversation, id, content, replyTo),
  )
}

async function sendOnce(world: World, device: Device, lane: number): Promise<void> {
  const conversationId = oneOf(device, device.conversationIds)!
  await say(world, device, `${device.name}/${lane} at once`, conversationId, (client, id, content) =>
    client.sendOnce(conversationId, id, content),
  )
}

async function open(_world: World, device: Device): Promise<void> {
  if (device.signingOut) return
  const id = oneOf(device, device.conversationIds)!
  const status = device.open.get(id)?.getSnapshot().status
  if (status === undefined || status === 'closed') device.open.set(id, device.client.open(id))
}

async function close(_world: World, device: Device): Promise<void> {
  const conversation = openOne(device)
  conversation?.close()
  if (conversation) device.open.delete(conversation.id)
}

async function loadOlder(_world: World, device: Device): Promise<void> {
  const conversation = openOne(device)
  if (!conversation) return
  const limit = 1 + Math.floor(device.random() * 20)
  const { client } = device
  await allowing(device, client, () => client.loadOlder(conversation, limit))
}

async function jump(_world: World, device: Device): Promise<void> {
  const conversation = openOne(device)
  const last = conversation?.getSnapshot().conversation?.lastSeq
  if (!conversation || !last) return
  const { client } = device
  const seq = 1 + Math.floor(device.random() * last)
  await allowing(device, client, () => client.jumpTo(conversation, seq))
}

/** Does something with a message that shows. */
async function change(
  device: Device,
  which: (message: Message) => boolean,
  act: (conversation: OpenConversation, message: Message) => Promise<unknown>,
): Promise<void> {
  const conversation = openOne(device)
  const message = oneOf(
    device,
    written(conversation).filter((one) => !one.deletedAt && which(one)),
  )
  if (conversation && message) await allowing(device, device.client, () => act(conversation, message))
}

async function edit(_world: World, device: Device): Promise<void> {
  await change(
    device,
    ({ senderId, content }) => senderId === device.person.id && content.includes(' says '),
    (conversation, { id, content }) =>
      conversation.edit(id, `${content.slice(0, 40)} *${Math.floor(device.random() * 1_000)}`),
  )
}

async function remove(_world: World, device: Device): Promise<void> {
  await change(
    device,
    ({ senderId }) => senderId === device.person.id,
    (conversation, { id }) => conversation.delete(id),
  )
}

async function react(_world: World, device: Device): Promise<void> {
  const emoji = oneOf(device, ['🎸', '🎶', '👀'])!
  await change(
    device,
    () => true,
    (conversation, { id }) => conversation.react(id, emoji, device.random() < 0.7),
  )
}

const ownEmojis = ['🥁', '🎺', '🎻', '🪗', '🎷', '🪕', '🎹', '🪈']

/** On, off, on: each at once, with an emoji that nobody else uses. The last one must stand. */
async function reactInHaste({ devices, reactions }: World, device: Device, lane: number): Promise<void> {
  const conversation = openOne(device)
  const message = oneOf(
    device,
    written(conversation).filter((one) => !one.deletedAt),
  )
  if (!conversation || !message) return
  const emoji = ownEmojis[devices.indexOf(device) * 2 + lane]!
  const key = `${message.id} ${emoji}`
  reactions.delete(key)
  const wishes = Array.from({ length: 2 + Math.floor(device.random() * 3) }, () => device.random() < 0.5)
  const { client } = device
  let answered = 0
  await Promise.all(
    wishes.map((present) =>
      allowing(device, client, async () => {
        await conversation.react(message.id, emoji, present)
        answered++
      }),
    ),
  )
  const last = { messageId: message.id, userId: device.person.id, emoji, present: wishes.at(-1)! }
  if (answered === wishes.length) reactions.set(key, last)
}

async function markRead(_world: World, device: Device): Promise<void> {
  const conversation = openOne(device)
  if (conversation) await allowing(device, device.client, () => conversation.markRead())
}

async function markReadUnopened(_world: World, device: Device): Promise<void> {
  const { client } = device
  const seq = device.random() < 0.5 ? undefined : Math.floor(device.random() * 20)
  await allowing(device, client, () => client.markRead(oneOf(device, device.conversationIds)!, seq))
}

async function type(_world: World, device: Device): Promise<void> {
  openOne(device)?.setTyping(device.random() < 0.8)
}

/** Writes a little, or takes back what was written. */
async function draft(_world: World, device: Device): Promise<void> {
  const { client } = device
  const id = oneOf(device, device.conversationIds)!
  const content = device.random() < 0.25 ? '' : `draft ${Math.floor(device.random() * 1e9)}`
  await allowing(device, client, () => client.setDraft(id, content))
}

async function pinOrArchive(_world: World, device: Device): Promise<void> {
  const { client } = device
  const id = oneOf(device, device.conversationIds)!
  const flag = device.random() < 0.5 ? 'pinned' : 'archived'
  await allowing(device, client, () => client.setFlags(id, { [flag]: device.random() < 0.6 }))
}

async function chooseRules(_world: World, device: Device): Promise<void> {
  const { client } = device
  await allowing(device, client, () => client.admit(device.random() < 0.5 ? 'everyone' : 'nobody'))
}

/** Answers the newest invitation that shows, as both devices of a person may at once. */
async function answerInvitation(_world: World, device: Device): Promise<void> {
  const { client } = device
  const [request] = device.requests.getSnapshot().items
  if (request) await allowing(device, client, () => client.answer(request.id, device.random() < 0.7))
}

/** The owner removes somebody from the group or brings them in; the others leave it. What of it fails has not happened. */
async function comeAndGo({ group }: World, device: Device): Promise<void> {
  const [owner, ...members] = group.people
  const { supabase } = device.client
  if (device.person !== owner) {
    if (device.random() < 0.3) await supabase.rpc('leave_conversation', { conversation_id: group.id })
    return
  }
  const user_id = oneOf(device, members)?.id
  if (device.random() < 0.2)
    await supabase.rpc('update_group', {
      conversation_id: group.id,
      changes: { subject: `${device.random()}` },
    })
  if (device.random() < 0.5) await supabase.rpc('remove_participant', { conversation_id: group.id, user_id })
  else await supabase.rpc('add_participants', { conversation_id: group.id, user_ids: [user_id] })
}

/** The lid is shut: no timer runs, and in the end they are all late. */
async function sleep(_world: World, device: Device): Promise<void> {
  device.asleep = true
  if (device.random() < 0.5) device.faults.cut()
  await pause(20 + device.random() * 40)
  device.asleep = false
  device.clock.advance(device.random() * 120_000)
  device.lifecycle.wake()
}

/** Nothing passes while everything looks connected; some devices say that they have no network. */
async function tunnel(_world: World, device: Device): Promise<void> {
  device.faults.pause()
  const told = device.random() < 0.5
  if (told) device.lifecycle.lose()
  await pause(20 + device.random() * 60)
  device.faults.resume()
  if (told) device.lifecycle.wake()
}

async function cut(_world: World, device: Device): Promise<void> {
  device.faults.cut()
}

async function restart(_world: World, device: Device): Promise<void> {
  // Whoever is signed out opens nothing.
  if (!device.signingOut) device.restart()
}

/** The app starts without a network and with a token that has ended; what is written then must arrive. */
async function coldStart(world: World, device: Device, lane: number): Promise<void> {
  if (!device.storage || device.signingOut) return
  device.faults.pause()
  device.setExpired(true)
  device.restart()
  await send(world, device, lane)
  if (device.random() < 0.5) await stayAtInbox(world, device)
  await pause(device.random() * 40)
  device.setExpired(false)
  device.faults.resume()
  if (device.random() < 0.5) device.lifecycle.wake()
}

/** Back to the list: whatever is unsent must go from there. */
async function stayAtInbox(_world: World, device: Device): Promise<void> {
  for (const conversation of device.open.values()) conversation.close()
  device.open.clear()
}

async function signOutAndIn(_world: World, device: Device): Promise<void> {
  if (!device.storage || device.signingOut) return
  device.signingOut = true
  device.signOuts++
  const left = [...device.open]
  const signOut = () => device.client.supabase.auth.signOut({ scope: 'local' })
  const signIn = () =>
    device.client.supabase.auth.signInWithPassword({ email: device.person.email, password })
  for (const step of [signOut, signIn]) {
    for (let error: unknown = 'not yet'; error; ) ({ error } = await step())
  }
  device.signingOut = false
  if (device.inbox) device.inbox = device.client.watchInbox()
  device.requests = device.client.watchRequests()
  for (const [id, conversation] of left) {
    const { status, closeReason } = conversation.getSnapshot()
    if (status !== 'closed') throw new Error(`${device.name} signed out, and a conversation is ${status}`)
    if (closeReason !== 'closed') device.open.set(id, device.client.open(id))
  }
}

/** Lets pass what the faults explain; any other failure is a mistake of the SDK. */
async function allowing(device: Device, client: Client, run: () => Promise<unknown>): Promise<void> {
  const codes = ['unreachable', 'timeout', 'unavailable', 'session_expired', 'closed', 'conflict', 'aborted']
  // Whoever was removed from the group, or has deleted the message on another device.
  codes.push('conversation_not_found', 'message_not_found')
  // Answered on another device, or by one who may not invite any more.
  codes.push('request_not_found')
  const { signOuts } = device
  if (device.signingOut) codes.push('not_signed_in', 'forbidden')
  try {
    await run()
  } catch (error) {
    if (client.isDead()) return
    // Whoever sends while signed out is nobody, even when signed in again by the time of the answer.
    if (device.signOuts !== signOuts) codes.push('not_signed_in', 'forbidden')
    if (!isTertuliaError(error) || !codes.includes(error.code)) throw error
  }
}
