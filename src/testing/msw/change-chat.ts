import { deliver, deliverMine, lastSeq } from './chats.ts'
import type { Chat, Member, Message, SystemEvent } from './rows.ts'
import type { Account, World } from './world.ts'

/** What a change of a conversation consists of. */
interface Change {
  /** Users who joined, left or got another role. */
  people?: Member[] | undefined
  /** What its system message tells; without it there is none. */
  event?: (Pick<SystemEvent, 'type'> & Partial<SystemEvent>) | undefined
}

const newEvent = ({ type, user_ids: ids = [], value = null }: NonNullable<Change['event']>): SystemEvent => ({
  type,
  user_ids: [...new Set(ids)].sort(),
  value,
})

/** A message with what no message has at first. */
export const newMessage = (
  world: World,
  chat: Chat,
  about: Pick<Message, 'id' | 'sender_id'> & Partial<Message>,
): Message => ({
  conversation_id: chat.id,
  seq: lastSeq(chat) + 1,
  revision: chat.last_revision,
  content: '',
  metadata: {},
  created_at: world.now(),
  edited_at: null,
  deleted_at: null,
  pinned_at: null,
  reply_to: null,
  mentions: [],
  attachments: [],
  song: null,
  system: null,
  reactions: [],
  ...about,
})

/** Counts a change of the conversation itself, adds its system message, and lets the participants ask for both. */
export function changeChat(world: World, me: Account, chat: Chat, { people = [], event }: Change = {}): void {
  chat.last_revision++
  for (const one of people) one.revision = chat.last_revision
  if (event) {
    const about = { id: crypto.randomUUID(), sender_id: me.id, system: newEvent(event) }
    const message = newMessage(world, chat, about)
    chat.messages.push(message)
    // A hidden conversation stays hidden until a user writes.
    for (const one of chat.members) {
      if (one.left_at || one.hidden_seq !== message.seq - 1) continue
      one.hidden_seq = message.seq
      deliverMine(world, chat, one)
    }
  }
  deliver(world, chat, 'conversation', { revision: chat.last_revision, changes: null })
}
