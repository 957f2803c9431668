import { id as idSchema } from '../../schemas/scalars.ts'
import { check, refuse } from './refusal.ts'
import type { Chat, Member, Message } from './rows.ts'
import { type Account, person, type World } from './world.ts'

export const newMember = (userId: string, role: Member['role'], at: string): Member => ({
  user_id: userId,
  role,
  joined_at: at,
  left_at: null,
  last_read_seq: 0,
  muted: false,
  pinned: false,
  archived: false,
  visible_from_seq: 1,
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
    last_revision: 0,
    own_change: 0,
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

export const otherOf = (chat: Chat, me: Account) =>
  chat.kind === 'direct' ? chat.members.find((one) => one.user_id !== me.id) : undefined

/** Refuses a user who may not write now. */
export function mayWrite(world: World, me: Account, chat: Chat, mine: Member): void {
  const other = world.accounts.get(otherOf(chat, me)?.user_id ?? '')
  if (other && (other.blocks.has(me.id) || me.blocks.has(other.id))) {
    refuse('blocked', 'unable to write; one of you blocked the other')
  }
  if (chat.writers === 'admins' && mine.role === 'member') {
    refuse('forbidden', 'unable to write; only owners and admins write in the group')
  }
}

const withoutNulls = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))

/** A message as a participant sees it. */
export function messageRow(chat: Chat, message: Message, firstSeq = 1): object {
  const { pinned_at: pinned, ...row } = message
  const original = chat.messages.find(({ id }) => id === message.reply_to)
  const words = original && original.seq >= firstSeq ? original.content : ''
  const excerpt = [...words].length > 140 ? `${[...words].slice(0, 139).join('')}…` : words
  const reply = original && { id: original.id, seq: original.seq, sender_id: original.sender_id, excerpt }
  return structuredClone({ ...row, reply: reply ?? null, ...withoutNulls({ pinned_at: pinned }) })
}

const memberRow = (world: World, one: Member) => {
  const { id, ...shown } = person(world.accounts.get(one.user_id) as Account)
  const { role, joined_at, left_at, last_read_seq } = one
  return { user_id: id, ...shown, role, joined_at, left_at, last_read_seq }
}

export const lastSeq = ({ messages }: Chat) => messages.length

const byJoining = (members: Member[]) => {
  const key = (one: Member) => `${one.joined_at} ${one.user_id}`
  return [...members].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** A conversation as a participant sees it. */
export function chatRow(world: World, chat: Chat, mine: Member): object {
  const { id, kind, subject, writers, metadata, created_at, last_revision, members, messages } = chat
  const isIn = (one: Member) => kind === 'direct' || !one.left_at
  const hasSent = ({ user_id: userId }: Member) => messages.some((one) => one.sender_id === userId)
  const after = messages.slice(mine.last_read_seq)
  const seqs = (list: Message[]) => (list.length > 0 ? list.map(({ seq }) => seq) : null)
  return {
    ...{ id, kind, subject, writers, metadata, created_at, last_revision },
    last_seq: lastSeq(chat),
    last_message_at: messages.at(-1)?.created_at ?? null,
    deleted_unread: after.filter((one) => one.deleted_at).map(({ seq }) => seq),
    ...withoutNulls({
      mentioned_unread: seqs(after.filter((one) => one.mentions.includes(mine.user_id))),
      pinned_seqs: seqs(messages.filter((one) => one.pinned_at && one.seq >= mine.visible_from_seq)),
    }),
    participants: byJoining(members.filter(isIn)).map((one) => memberRow(world, one)),
    former_participants: members
      .filter((one) => !isIn(one) && hasSent(one))
      .map((one) => memberRow(world, one)),
  }
}

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
  chat.messages.slice(read).filter((one) => !one.deleted_at).length

/** Tells all participants of a change; it must have its revision. */
export function deliver(world: World, chat: Chat, event: string, payload: object): void {
  world.position++
  for (const { user_id: id, left_at } of chat.members) {
    if (!left_at) world.deliver(id, event, { conversation_id: chat.id, ...payload })
  }
}

/** Counts a change of the conversation itself, and lets its participants ask for it. */
export function changeChat(world: World, chat: Chat): void {
  chat.own_change = ++chat.last_revision
  deliver(world, chat, 'conversation', { revision: chat.last_revision, changes: null })
}

/** Tells the user's other devices what the user keeps for themselves. */
export function deliverMine(world: World, chat: Chat, mine: Member): void {
  world.position++
  mine.own_revision++
  const payload = { ...ownSide(mine), conversation_id: chat.id, unread: unread(chat, mine) }
  world.deliver(mine.user_id, 'mine', payload)
}
