import { metadata } from '../../schemas/metadata.ts'
import {
  chatOf,
  chatRow,
  deliverMine,
  headRow,
  lastSeq,
  marksOf,
  mayWrite,
  messageRow,
  newChat,
  newMember,
  otherOf,
  ownSide,
  peopleRows,
  unread,
} from './chats.ts'
import { check, refuse } from './refusal.ts'
import type { Chat, Member } from './rows.ts'
import { type Account, type Call, person, type World } from './world.ts'

interface Place {
  chat: Chat
  mine: Member
}

function item(world: World, { chat, mine }: Place) {
  const last = chat.messages.at(-1)
  return {
    conversation: chatRow(world, chat, mine),
    live_key: chat.live_key,
    last_message:
      last && last.seq >= mine.visible_from_seq ? messageRow(chat, last, mine.visible_from_seq) : null,
    unread: unread(chat, mine),
    ...ownSide(mine),
  }
}

const at = ({ chat }: Place) => chat.last_message_at ?? chat.created_at

/** The user's conversations: pinned ones first, then by last activity. */
function places(world: World, me: Account): Place[] {
  const key = (place: Place) => `${+place.mine.pinned} ${at(place)} ${place.chat.id}`
  return [...world.chats.values()]
    .flatMap((chat) => {
      const mine = chat.members.find((one) => one.user_id === me.id && !one.left_at)
      return mine ? [{ chat, mine }] : []
    })
    .sort((a, b) => (key(a) < key(b) ? 1 : -1))
}

const inbox: Call = (world, me, args) => {
  const { page_size = 50, before_pinned, before_at, before_id, archived = false, unread: only = false } = args
  const all = places(world, me).filter(
    ({ chat, mine }) =>
      mine.archived === archived &&
      mine.hidden_seq < lastSeq(chat) &&
      (!only || mine.marked_seq === mine.last_read_seq || unread(chat, mine) > 0),
  )
  const key = (pinned: boolean, time: string, id: string) => `${+pinned} ${time} ${id}`
  const before = before_id && key(before_pinned, before_at, before_id)
  const shown = all
    .filter((place) => !before || key(place.mine.pinned, at(place), place.chat.id) < before)
    .slice(0, page_size)
  const last = shown.at(-1)
  const next = { before_pinned: last?.mine.pinned, before_at: last && at(last), before_id: last?.chat.id }
  return { items: shown.map((place) => item(world, place)), next: shown.length === page_size ? next : null }
}

const openDirect: Call = (world, me, { other_id: otherId }) => {
  if (otherId === me.id)
    refuse('invalid_input', 'unable to open the conversation; the id is your own', 'userId')
  const other = world.accounts.get(otherId)
  if (!other) refuse('profile_not_found', 'unable to open the conversation; there is no such user', 'userId')
  const known = [...world.chats.values()].find(
    (one) => otherOf(one, me)?.user_id === otherId && one.members.some((member) => member.user_id === me.id),
  )
  if (known) return chatRow(world, known, chatOf(world, me, known.id).mine)
  if (other.blocks.has(me.id) || me.blocks.has(otherId)) {
    refuse('blocked', 'unable to open the conversation; one of you blocked the other')
  }
  const now = world.now()
  const members = [me.id, otherId].map((id) => newMember(id, 'member', now))
  const chat = newChat(world, { id: crypto.randomUUID(), kind: 'direct', created_at: now, members })
  world.deliver(otherId, 'conversation', { conversation_id: chat.id, revision: 0, changes: null })
  return chatRow(world, chat, members[0] as Member)
}

const flagNames = ['muted', 'pinned', 'archived', 'hidden', 'marked_unread']

export const inboxCalls: Record<string, Call> = {
  check_upload(world, me, { conversation_id }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    mayWrite(world, me, chat, mine)
  },
  get_inbox: inbox,
  open_direct: openDirect,
  sync_inbox(world, me, { since }) {
    const all = since === world.position ? null : places(world, me)
    return {
      anew: all !== null,
      position: world.position,
      total: places(world, me).length,
      items: all?.map((place) => item(world, place)) ?? [],
      removed: [],
    }
  },
  sync_conversation(world, me, { conversation_id, since_revision: since, page_size = 50 }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    const behind = chat.last_revision - (since ?? -1)
    const anew = since === undefined || since === null || behind < 0 || behind > 1000
    const seen = chat.messages.slice(mine.visible_from_seq - 1)
    const messages = anew
      ? seen.slice(-page_size).reverse()
      : seen.filter(({ revision }) => revision > since).sort((a, b) => a.revision - b.revision)
    const changed = peopleRows(world, chat, mine, since ?? -1)
    return {
      format: 1,
      anew,
      conversation: anew ? chatRow(world, chat, mine) : headRow(chat, mine),
      people: anew ? [] : [...changed.participants, ...changed.former_participants],
      marks: marksOf(chat, mine),
      live_key: chat.live_key,
      me: { ...ownSide(mine), role: mine.role },
      messages: messages.map((message) => messageRow(chat, message, mine.visible_from_seq)),
    }
  },
  list_heads(world, me, { conversation_ids }) {
    const heads = places(world, me)
      .filter(({ chat }) => conversation_ids.includes(chat.id))
      .map(({ chat, mine }) => [chat.id, [chat.last_revision, marksOf(chat, mine)]])
    return { position: world.position, heads: Object.fromEntries(heads) }
  },
  set_conversation_flags(world, me, { conversation_id, flags }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    for (const [name, value] of Object.entries(flags)) {
      const isRight =
        name === 'hidden_seq'
          ? Number.isInteger(value)
          : flagNames.includes(name) && typeof value === 'boolean'
      if (!isRight) {
        refuse('invalid_input', `unable to set the flags; ${name} cannot be set to that`, name)
      }
    }
    const { hidden, hidden_seq: upTo, marked_unread: marked, ...rest } = flags
    Object.assign(mine, rest)
    const isAnswered = chat.messages.some(({ seq, system }) => seq > upTo && !system)
    if (hidden !== undefined) mine.hidden_seq = hidden ? (isAnswered ? upTo : lastSeq(chat)) : -1
    if (marked !== undefined) mine.marked_seq = marked ? mine.last_read_seq : -1
    deliverMine(world, chat, mine)
    return item(world, { chat, mine })
  },
  set_draft(world, me, { conversation_id, draft }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    if (draft && [...(draft.content ?? '')].length > 8000) {
      refuse('invalid_input', 'unable to save the draft; content has more than 8,000 characters', 'content')
    }
    if (draft?.metadata) check('save the draft', metadata, draft.metadata)
    const { id = null, content = '', reply_to = null, metadata: own = {} } = draft ?? {}
    const isEmpty = !content && !reply_to && Object.keys(own).length === 0
    mine.draft = draft && !isEmpty ? { id, content, reply_to, metadata: own, updated_at: world.now() } : null
    deliverMine(world, chat, mine)
  },
  clear_conversation(world, me, { conversation_id, up_to_seq }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    const upTo = Math.min(up_to_seq ?? lastSeq(chat), lastSeq(chat))
    if (mine.visible_from_seq > upTo) return
    mine.visible_from_seq = upTo + 1
    mine.cleared_seq = upTo
    mine.marked_seq = -1
    mine.last_read_seq = Math.max(mine.last_read_seq, upTo)
    deliverMine(world, chat, mine)
  },
  block_user(world, me, { user_id: id }) {
    if (id === me.id) refuse('invalid_input', 'unable to block the user; the id is your own', 'userId')
    const other = world.accounts.get(id)
    if (!other) refuse('profile_not_found', 'unable to block the user; there is no such user', 'userId')
    if (!me.blocks.has(id)) me.blocks.set(id, world.now())
    me.follows.delete(id)
    other.follows.delete(me.id)
  },
  unblock_user: (_world, me, { user_id: id }) => void me.blocks.delete(id),
  list_blocks: (world, me) =>
    [...me.blocks]
      .map(([id, created_at]) => {
        const { id: user_id, handle, display_name } = person(world.accounts.get(id) as Account)
        return { user_id, handle, display_name, created_at }
      })
      .reverse(),
}
