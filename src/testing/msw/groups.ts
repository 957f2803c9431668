import { groupChanges, newGroup } from '../../schemas/chat.ts'
import { changeChat } from './change-chat.ts'
import { chatOf, chatRow, lastSeq, newChat, newMember } from './chats.ts'
import { check, refuse, toCamel } from './refusal.ts'
import type { Chat, Member } from './rows.ts'
import type { Account, Call, World } from './world.ts'

/** A group in which the user has one of these roles. */
function groupOf(world: World, me: Account, id: string, ...allowed: Member['role'][]) {
  const place = chatOf(world, me, id)
  if (place.chat.kind !== 'group') {
    refuse('invalid_input', 'unable to change the group; the conversation is a direct one', 'conversationId')
  }
  if (!allowed.includes(place.mine.role)) {
    refuse('forbidden', `unable to change the group; it takes ${allowed.join(' or ')}`)
  }
  return place
}

const inside = (chat: Chat, id: string) => chat.members.find((one) => one.user_id === id && !one.left_at)

/** Refuses users who cannot be added. */
function addable(world: World, me: Account, ids: string[], field: string): void {
  for (const id of ids) {
    const account = world.accounts.get(id)
    if (!account) refuse('profile_not_found', 'unable to add people; there is no such user', field)
    if (account.blocks.has(me.id) || me.blocks.has(id)) {
      refuse('blocked', 'unable to add people; one of them blocked you, or you them')
    }
  }
}

/** Puts users into a group, who have nothing unread there, and answers who is new. */
function seat(world: World, chat: Chat, ids: string[]): Member[] {
  const head = lastSeq(chat)
  // The system message of the joining is the first that they see.
  const first = chat.history === 'joined' ? head + 1 : 1
  const newcomers = [...new Set(ids)]
    .filter((id) => !inside(chat, id))
    .map((id) => {
      const before = chat.members.find((one) => one.user_id === id)
      const cleared = before?.cleared_seq ?? 0
      return {
        ...newMember(id, 'member', world.now()),
        ...{ last_read_seq: head, receipt_seq: head, cleared_seq: cleared },
        visible_from_seq: Math.max(first, cleared + 1),
        own_revision: before ? before.own_revision + 1 : 0,
      }
    })
  const ofBefore = chat.members.filter((one) => !newcomers.some(({ user_id: id }) => id === one.user_id))
  if (newcomers.length + ofBefore.filter((one) => !one.left_at).length > 256) {
    refuse('group_full', 'unable to add people; a group holds at most 256', 'userIds')
  }
  chat.members = [...ofBefore, ...newcomers]
  return newcomers
}

function leave(world: World, me: Account, chat: Chat, member: Member, type: 'left' | 'removed'): void {
  Object.assign(member, { left_at: world.now(), role: 'member', draft: null })
  chat.live_key = crypto.randomUUID()
  world.deliver(member.user_id, 'removed', { conversation_id: chat.id })
  changeChat(world, me, chat, { people: [member], event: { type, user_ids: [member.user_id] } })
}

function requireOtherOwner(chat: Chat, me: Account, message: string): void {
  const others = chat.members.filter((one) => one.user_id !== me.id && !one.left_at)
  if (!others.some((one) => one.role === 'owner')) refuse('last_owner', message)
}

export const groupCalls: Record<string, Call> = {
  create_group(world, me, { group_id: id, subject = null, member_ids: members, metadata = {} }) {
    check('create the group', newGroup, { id, subject, memberIds: members, metadata })
    const known = world.chats.get(id)
    if (known) {
      if (known.created_by === me.id) return chatRow(world, known, chatOf(world, me, id).mine)
      refuse('group_id_taken', 'unable to create the group; its id belongs to another conversation', 'id')
    }
    addable(world, me, members, 'memberIds')
    const own = newMember(me.id, 'owner', world.now())
    const chat = newChat(world, { id, kind: 'group', subject, metadata, created_by: me.id, members: [own] })
    const added = seat(world, chat, members).map((one) => one.user_id)
    changeChat(world, me, chat, { event: { type: 'created', user_ids: added } })
    return chatRow(world, chat, own)
  },
  update_group(world, me, { conversation_id, changes }) {
    check('update the group', groupChanges, toCamel(changes))
    const { chat, mine } = groupOf(world, me, conversation_id, 'owner', 'admin')
    const before = structuredClone(chat)
    Object.assign(chat, changes)
    // Each field is a change of its own. Metadata has no system message.
    for (const field of ['history', 'metadata', 'subject', 'writers'] as const) {
      if (JSON.stringify(chat[field]) === JSON.stringify(before[field])) continue
      const type = field === 'subject' ? 'renamed' : field
      changeChat(world, me, chat, type === 'metadata' ? {} : { event: { type, value: changes[field] } })
    }
    return chatRow(world, chat, mine)
  },
  add_participants(world, me, { conversation_id, user_ids: ids }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    const missing = ids.filter((id: string) => !inside(chat, id))
    addable(world, me, missing, 'userIds')
    groupOf(world, me, conversation_id, 'owner', 'admin')
    const people = seat(world, chat, missing)
    const event = { type: 'joined', user_ids: people.map((one) => one.user_id) } as const
    if (people.length > 0) changeChat(world, me, chat, { people, event })
    return chatRow(world, chat, mine)
  },
  remove_participant(world, me, { conversation_id, user_id: id }) {
    if (id === me.id)
      refuse('invalid_input', 'unable to remove the participant; the id is your own', 'userId')
    const { chat, mine } = groupOf(world, me, conversation_id, 'owner', 'admin')
    const other = inside(chat, id)
    if (other && mine.role === 'admin' && other.role !== 'member') {
      refuse('forbidden', 'unable to remove the participant; admins can remove members only')
    }
    if (other) leave(world, me, chat, other, 'removed')
    return chatRow(world, chat, mine)
  },
  leave_conversation(world, me, { conversation_id }) {
    const left = world.chats.get(conversation_id)?.members.find((one) => one.user_id === me.id)?.left_at
    if (left) return
    const { chat, mine } = groupOf(world, me, conversation_id, 'owner', 'admin', 'member')
    if (mine.role === 'owner' && chat.members.filter((one) => !one.left_at).length > 1) {
      requireOtherOwner(chat, me, 'unable to leave the group; you are its last owner')
    }
    leave(world, me, chat, mine, 'left')
  },
  set_role(world, me, { conversation_id, user_id: id, role }) {
    const { chat, mine } = groupOf(world, me, conversation_id, 'owner')
    const other = inside(chat, id)
    if (!other) refuse('profile_not_found', 'unable to set the role; the user is not in the group', 'userId')
    if (other.role === role) return chatRow(world, chat, mine)
    if (id === me.id) requireOtherOwner(chat, me, "unable to set the role; you are the group's last owner")
    other.role = role
    changeChat(world, me, chat, { people: [other] })
    return chatRow(world, chat, mine)
  },
}
