import { id as idSchema } from '../../schemas/scalars.ts'
import { check, refuse } from './refusal.ts'
import type { Args, Chat, Member, Message } from './rows.ts'
import { type Account, person, type World } from './world.ts'

export const newMember = (userId: string, role: Member['role'], at: string): Member => ({
  user_id: userId,
  role,
  joined_at: at,
  left_at: null,
  last_read_seq: 0,
  receipt_seq: 0,
  revision: 0,
  muted: false,
  pinned: false,
  archived: false,
  visible_from_seq: 1,
  cleared_seq: 0,
  hidden_seq: -1,
  marked_seq: -1,
  own_revision: 0,
  draft: null,
})

export function newChat(world: World, about: Pick<Chat, 'id' | 'kind'> & Partial<Chat>): Chat {
  const chat: Chat = {
    subject: null,
    metadata: {},
    created_at: world.now(),
    writers: 'everyone',
    history: 'all',
    created_by: null,
    last_message_at: null,
    last_revision: 0,
    live_key: crypto.randomUUID(),
    members: [],
    messages: [],
    ...about,
  }
  world.chats.set(chat.id, chat)
  world.position++
  return chat
}

/** A conversation that the user takes part in, and their place in it. */
export function chatOf(world: World, me: Account, id: string): { chat: Chat; mine: Member } {
  check('reach the conversation', idSchema, id)
  const chat = world.chats.get(id)
  const mine = chat?.members.find((one) => one.user_id === me.id && !one.left_at)
  if (chat && mine) return { chat, mine }
  refuse('conversation_not_found', 'unable to reach the conversation; there is none that you take part in')
}

/** A message that the user sees. */
export function messageOf(world: World, me: Account, id: string, task: string) {
  for (const chat of world.chats.values()) {
    const mine = chat.members.find((one) => one.user_id === me.id && !one.left_at)
    const message = chat.messages.find((one) => one.id === id && one.seq >= (mine?.visible_from_seq ?? 1))
    if (mine && message) return { chat, mine, message }
  }
  refuse('message_not_found', `unable to ${task} the message; there is none in your conversations`)
}

/** A message of a user that can be edited, pinned or reacted to. */
export function changeable(world: World, me: Account, id: string, task: string) {
  const place = messageOf(world, me, id, task)
  if (place.message.deleted_at) messageOf(world, me, '', task)
  if (place.message.system) refuse('forbidden', `unable to ${task} the message; it is a system message`)
  return place
}

export const otherOf = (chat: Chat, me: Account) =>
  chat.kind === 'direct' ? chat.members.find((one) => one.user_id !== me.id) : undefined

/** Whether one of the two users of a direct conversation blocked the other. */
export function isBlocked(world: World, me: Account, chat: Chat): boolean {
  const other = world.accounts.get(otherOf(chat, me)?.user_id ?? '')
  return other !== undefined && (other.blocks.has(me.id) || me.blocks.has(other.id))
}

/** Refuses a user who may not write now. */
export function mayWrite(world: World, me: Account, chat: Chat, mine: Member): void {
  if (isBlocked(world, me, chat)) {
    refuse('blocked', 'unable to write; one of you blocked the other')
  }
  if (chat.writers === 'admins' && mine.role === 'member') {
    refuse('forbidden', 'unable to write; only owners and admins write in the group')
  }
}

const withoutNulls = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))

const cut = (text: string) => ([...text].length > 140 ? `${[...text].slice(0, 139).join('')}…` : text)

/** A message as a user sees it whose first message is at `firstSeq`. It does not name an older message that it replies to. */
export function messageRow(chat: Chat, message: Message, firstSeq = 1): object {
  const { pinned_at: pinned, ...row } = message
  const original = chat.messages.find(({ id, seq }) => id === message.reply_to && seq >= firstSeq)
  const reply = original && {
    id: original.id,
    seq: original.seq,
    sender_id: original.sender_id,
    excerpt: cut(original.content),
  }
  const excerpt = message.edited_at && [...message.content].length > 140 ? cut(message.content) : null
  const named = { reply: reply ?? null, reply_to: original?.id ?? null }
  return structuredClone({ ...row, ...named, ...withoutNulls({ excerpt, pinned_at: pinned }) })
}

export const lastSeq = ({ messages }: Chat) => messages.length

const isIn = (chat: Chat, one: Member) => chat.kind === 'direct' || !one.left_at

/** Read positions as a participant sees them. */
export const marksOf = (chat: Chat, { user_id: viewer }: Member) =>
  Object.fromEntries(
    chat.members
      .filter((one) => isIn(chat, one))
      .map((one) => [one.user_id, one.user_id === viewer ? one.last_read_seq : one.receipt_seq]),
  )

/** Users of a conversation that changed after a revision, as a participant sees them: those who left come last. */
export function peopleRows(world: World, chat: Chat, mine: Member, since = -1) {
  // A user who does not see older messages does not see who left before.
  const joined = mine.visible_from_seq > 1 ? mine.joined_at : ''
  const key = (one: Member) => `${one.joined_at} ${one.user_id}`
  const people = chat.members.filter((one) => one.revision > since && (!one.left_at || one.left_at >= joined))
  const inside = people.filter((one) => isIn(chat, one)).sort((a, b) => (key(a) < key(b) ? -1 : 1))
  const former = people
    .filter((one) => !isIn(chat, one))
    .sort((a, b) => ((a.left_at ?? '') < (b.left_at ?? '') ? 1 : -1))
  const rowOf = (one: Member) => {
    const { id: user_id, ...shown } = person(world.accounts.get(one.user_id) as Account)
    const { role, joined_at, left_at } = one
    const last_read_seq = one === mine ? one.last_read_seq : one.receipt_seq
    return { user_id, ...shown, role, joined_at, left_at, last_read_seq }
  }
  return { participants: inside.map(rowOf), former_participants: former.slice(0, 100).map(rowOf) }
}

/** Whether a message never counts as unread. */
const isNotUnread = (one: Message) => one.deleted_at !== null || one.system !== null

/** A conversation as a participant sees it, without its users. */
export function headRow(chat: Chat, mine: Member): object {
  const { id, kind, subject, writers, history, metadata, created_at, last_message_at, last_revision } = chat
  const after = chat.messages.slice(mine.last_read_seq)
  const seqs = (list: Message[]) => (list.length > 0 ? list.map(({ seq }) => seq) : null)
  const pinned = chat.messages.filter((one) => one.pinned_at && one.seq >= mine.visible_from_seq)
  return {
    ...{ id, kind, subject, writers, history, metadata, created_at, last_message_at, last_revision },
    last_seq: lastSeq(chat),
    deleted_unread: seqs(after.filter(isNotUnread)) ?? [],
    ...withoutNulls({
      mentioned_unread: seqs(after.filter((one) => one.mentions.includes(mine.user_id))),
      pinned_seqs: seqs(pinned),
    }),
  }
}

/** A conversation as a participant sees it. */
export const chatRow = (world: World, chat: Chat, mine: Member): object => ({
  ...headRow(chat, mine),
  ...peopleRows(world, chat, mine),
})

/** What a participant keeps for themselves. */
export function ownSide(mine: Member) {
  const { last_read_seq, muted, pinned, archived, own_revision, visible_from_seq, hidden_seq, marked_seq } =
    mine
  return {
    ...{ last_read_seq, muted, pinned, archived, own_revision },
    ...withoutNulls({
      visible_from_seq: visible_from_seq === 1 ? null : visible_from_seq,
      hidden_seq: hidden_seq === -1 ? null : hidden_seq,
      marked_seq: marked_seq === -1 ? null : marked_seq,
      draft: mine.draft,
    }),
  }
}

export const unread = (chat: Chat, { last_read_seq: read }: Member) =>
  chat.messages.slice(read).filter((one) => !isNotUnread(one)).length

/** Tells each participant of a change, with what the participant sees of it. */
export function deliver(world: World, chat: Chat, event: string, payload: Args): void {
  world.position++
  const tell = (id: string, name: string, told: object) =>
    world.deliver(id, name, { conversation_id: chat.id, ...told })
  for (const { user_id: id, left_at, visible_from_seq: first } of chat.members) {
    if (left_at) continue
    if (payload.seq < first) tell(id, 'conversation', { revision: payload.revision, changes: {} })
    else if (payload.reply?.seq < first) tell(id, event, { ...payload, reply: null, reply_to: null })
    else tell(id, event, payload)
  }
}

/** Tells the user's other devices what the user keeps for themselves. */
export function deliverMine(world: World, chat: Chat, mine: Member): void {
  world.position++
  mine.own_revision++
  const payload = { ...ownSide(mine), conversation_id: chat.id, unread: unread(chat, mine) }
  world.deliver(mine.user_id, 'mine', payload)
}
