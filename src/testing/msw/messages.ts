import { messageChanges, newMessage } from '../../schemas/chat.ts'
import { newMessage as newRow } from './change-chat.ts'
import { changeable, chatOf, deliver, deliverMine, mayWrite, messageOf, messageRow } from './chats.ts'
import { check, refuse, toCamel } from './refusal.ts'
import type { Args, Chat, Member, Message } from './rows.ts'
import { roleIn } from './songs.ts'
import type { Account, Call, World } from './world.ts'

/** Files as the message shows them: type and size from Storage. */
function readFiles(world: World, chat: Chat, files: Args[] = []): object[] {
  return files.map((file) => {
    const stored = world.files.get(`chat/${file.path}`)
    if (!stored || !file.path.startsWith(`${chat.id}/`)) {
      refuse('attachment_not_found', 'unable to send the message; there is no such file', 'attachments')
    }
    return { ...file, mime_type: stored.type, size: stored.bytes.byteLength }
  })
}

/** Those of the users who take part, or whom the message mentioned before. */
const mentioned = (chat: Chat, ids: string[] = [], before: string[] = []) =>
  chat.members
    .filter((one) => ids.includes(one.user_id) && (!one.left_at || before.includes(one.user_id)))
    .map((one) => one.user_id)
    .sort()

interface Place {
  chat: Chat
  mine: Member
  message: Message
}

const shown = ({ chat, mine, message }: Place) => messageRow(chat, message, mine.visible_from_seq)

/** What a message shows of a song that its sender can see. */
function songCard(world: World, me: Account, id?: string): object | null {
  if (!id) return null
  const song = world.songs.get(id)
  if (!song || !roleIn(world, song, me)) {
    refuse('song_not_found', 'unable to send the message; there is no such song', 'songId')
  }
  return { id, title: song.title, artist: song.artist }
}

const send: Call = (world, me, { conversation_id, message_id, content, metadata = {}, extras = {} }) => {
  check('send the message', newMessage, { content, metadata, id: message_id, ...toCamel(extras) })
  const { chat, mine } = chatOf(world, me, conversation_id)
  const known = [...world.chats.values()].flatMap((one) => one.messages).find(({ id }) => id === message_id)
  if (known) {
    const isOwn = known.conversation_id === chat.id && known.sender_id === me.id && !known.system
    if (isOwn) return messageRow(chat, known, mine.visible_from_seq)
    refuse('message_id_taken', 'unable to send the message; its id belongs to another message', 'id')
  }
  mayWrite(world, me, chat, mine)
  const { reply_to: replyTo = null, mentions, attachments, song_id: songId } = extras
  const original = chat.messages.find(({ id, seq }) => id === replyTo && seq >= mine.visible_from_seq)
  if (replyTo && (!original || original.system)) {
    const message = 'unable to send the message; what it replies to is not in the conversation'
    refuse('invalid_input', message, 'replyTo')
  }
  const message = newRow(world, chat, {
    id: message_id,
    sender_id: me.id,
    revision: chat.last_revision + 1,
    content,
    metadata,
    reply_to: replyTo,
    mentions: mentioned(chat, mentions),
    attachments: readFiles(world, chat, attachments),
    song: songCard(world, me, songId),
  })
  chat.messages.push(message)
  chat.last_revision++
  chat.last_message_at = message.created_at
  mine.last_read_seq = message.seq
  mine.receipt_seq = message.seq
  const draft = mine.draft as { id: string | null } | null
  if (draft && (!draft.id || draft.id === message_id)) {
    mine.draft = null
    deliverMine(world, chat, mine)
  }
  deliver(world, chat, 'message', messageRow(chat, message))
  return messageRow(chat, message)
}

/** Counts a change of a message and tells the participants, without the reactions where the event has none. */
function changed(world: World, { chat, mine, message }: Place, withReactions = false): object {
  message.revision = ++chat.last_revision
  const row = messageRow(chat, message)
  deliver(world, chat, 'message', { ...row, ...(withReactions ? {} : { reactions: undefined }) })
  return messageRow(chat, message, mine.visible_from_seq)
}

const edit: Call = (world, me, { message_id, changes }) => {
  check('edit the message', messageChanges, toCamel(changes))
  const found = changeable(world, me, message_id, 'edit')
  const { chat, mine, message } = found
  if (message.sender_id !== me.id) refuse('forbidden', 'unable to edit the message; another user sent it')
  const wanted = {
    content: changes.content ?? message.content,
    metadata: changes.metadata ?? message.metadata,
    mentions: changes.mentions ? mentioned(chat, changes.mentions, message.mentions) : message.mentions,
    attachments: changes.attachments ? readFiles(world, chat, changes.attachments) : message.attachments,
  }
  if (JSON.stringify({ ...message, ...wanted }) === JSON.stringify(message)) return shown(found)
  check('edit the message', newMessage, {
    content: wanted.content,
    songId: message.song ? message.id : undefined,
    attachments: wanted.attachments.length > 0 ? [{ path: `${chat.id}/${me.id}/a/b`, name: 'a' }] : [],
  })
  mayWrite(world, me, chat, mine)
  Object.assign(message, wanted, { edited_at: world.now() })
  return changed(world, found)
}

const remove: Call = (world, me, { message_id }) => {
  const found = messageOf(world, me, message_id, 'delete')
  const { chat, mine, message } = found
  if ((message.sender_id !== me.id || message.system) && (chat.kind === 'direct' || mine.role === 'member')) {
    refuse('forbidden', 'unable to delete the message; another user sent it')
  }
  if (message.deleted_at) return shown(found)
  Object.assign(message, {
    content: '',
    metadata: {},
    reply_to: null,
    mentions: [],
    attachments: [],
    song: null,
    system: null,
  })
  Object.assign(message, { edited_at: null, pinned_at: null, reactions: [], deleted_at: world.now() })
  return changed(world, found, true)
}

const react: Call = (world, me, { message_id, emoji, present = true }) => {
  if (!/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(emoji) || [...emoji].length > 16) {
    refuse('invalid_input', 'unable to react; emoji is not an emoji', 'emoji')
  }
  const found = changeable(world, me, message_id, 'react to')
  const { chat, mine, message } = found
  const at = message.reactions.findIndex((one) => one.emoji === emoji)
  const known = message.reactions[at]
  if (present === (known?.user_ids.includes(me.id) ?? false)) return shown(found)
  if (present) {
    mayWrite(world, me, { ...chat, writers: 'everyone' }, mine)
    if (known) known.user_ids.push(me.id)
    else message.reactions.push({ emoji, user_ids: [me.id] })
  } else if (known) {
    known.user_ids = known.user_ids.filter((one) => one !== me.id)
    if (known.user_ids.length === 0) message.reactions.splice(at, 1)
  }
  message.revision = ++chat.last_revision
  const place = !present && known?.user_ids.length ? { place: at } : {}
  const event = { seq: message.seq, revision: message.revision, user_id: me.id, emoji, present, ...place }
  deliver(world, chat, 'reaction', event)
  return shown(found)
}

const pin: Call = (world, me, { message_id, pinned = true }) => {
  const found = changeable(world, me, message_id, 'pin')
  const { chat, mine, message } = found
  if (chat.kind === 'group' && mine.role === 'member') {
    refuse('forbidden', 'unable to pin the message; it takes an owner or admin of the group')
  }
  if (pinned === (message.pinned_at !== null)) return shown(found)
  message.pinned_at = pinned ? world.now() : null
  return changed(world, found)
}

export const messageCalls: Record<string, Call> = {
  send_message: send,
  edit_message: edit,
  delete_message: remove,
  react,
  pin_message: pin,
}
