import { query as querySchema } from '../../schemas/search.ts'
import { chatOf, deliverMine, isBlocked, messageOf, messageRow, unread } from './chats.ts'
import { matches } from './profiles.ts'
import { check, refuse } from './refusal.ts'
import { type Call, isBefore, latestFirst, page } from './world.ts'

const search: Call = (world, me, args) => {
  check('search messages', querySchema, args.query)
  const chats = args.conversation_id
    ? [chatOf(world, me, args.conversation_id).chat]
    : [...world.chats.values()]
  const found = chats.flatMap((chat) => {
    const mine = chat.members.find((one) => one.user_id === me.id && !one.left_at)
    const seen = mine ? chat.messages.slice(mine.visible_from_seq - 1) : []
    return seen
      .filter((one) => !one.deleted_at && !one.system && matches(args.query, [one.content]))
      .map((message) => ({ chat, message, first: mine?.visible_from_seq }))
  })
  const keyOf = ({ message }: (typeof found)[number]): [string, string] => [message.created_at, message.id]
  return page(latestFirst(found, keyOf), args, (one) =>
    isBefore(keyOf(one), args.before_at, args.before_id),
  ).map(({ chat, message, first }) => ({
    ...messageRow(chat, message, first),
    highlights: highlights(args.query, message.content),
  }))
}

/** Where words of a query begin words of a text. */
export function highlights(query: string, text: string): [number, number][] {
  const words = query.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)]
    .filter(([word]) => words.some((one) => matches(one, [word])))
    .map(({ 0: word, index }) => [index, index + word.length])
}

export const readingCalls: Record<string, Call> = {
  search_messages: search,
  list_messages(world, me, { conversation_id, before_seq, page_size = 50 }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    const first = mine.visible_from_seq
    return chat.messages
      .filter(({ seq }) => seq >= first && seq < (before_seq ?? Number.POSITIVE_INFINITY))
      .slice(-page_size)
      .reverse()
      .map((message) => messageRow(chat, message, first))
  },
  list_messages_around(world, me, { conversation_id, seq, page_size = 50 }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    const head = chat.messages.length
    const first = mine.visible_from_seq
    const newest = Math.min(
      head,
      Math.max(Math.min(seq, head) + Math.floor(page_size / 2), first - 1 + page_size),
    )
    return chat.messages
      .filter((one) => one.seq > newest - page_size && one.seq <= newest && one.seq >= first)
      .reverse()
      .map((message) => messageRow(chat, message, first))
  },
  find_message(world, me, { conversation_id, message_id }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    const found = chat.messages.find(({ id, seq }) => id === message_id && seq >= mine.visible_from_seq)
    return (
      found?.seq ??
      refuse(
        'message_not_found',
        'unable to find the message; there is none in the conversation',
        'messageId',
      )
    )
  },
  list_pinned(world, me, { conversation_id }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    return chat.messages
      .filter(({ pinned_at, seq }) => pinned_at && seq >= mine.visible_from_seq)
      .sort((a, b) => ((a.pinned_at ?? '') < (b.pinned_at ?? '') ? 1 : -1))
      .map((message) => messageRow(chat, message, mine.visible_from_seq))
  },
  list_replies(world, me, { message_id, after_seq = 0, page_size = 50 }) {
    const { chat, mine, message } = messageOf(world, me, message_id, 'list replies of')
    return chat.messages
      .filter((one) => one.reply_to === message.id && one.seq > after_seq)
      .slice(0, page_size)
      .map((one) => messageRow(chat, one, mine.visible_from_seq))
  },
  mark_read(world, me, { conversation_id, seq }) {
    const { chat, mine } = chatOf(world, me, conversation_id)
    const wanted = Math.min(seq, chat.messages.length)
    const isNews = wanted > mine.last_read_seq
    if (isNews) {
      mine.last_read_seq = wanted
    }
    // While one of two users blocks the other, neither sees how far the other has read.
    if (isNews && !isBlocked(world, me, chat)) {
      mine.receipt_seq = wanted
      for (const { user_id: id, left_at } of chat.members) {
        const payload = { conversation_id, user_id: me.id, last_read_seq: wanted }
        if (id !== me.id && !left_at) world.deliver(id, 'read', payload)
      }
    }
    const isMarked = mine.marked_seq >= 0 && mine.marked_seq <= wanted
    if (isMarked) mine.marked_seq = -1
    if (isNews || isMarked) deliverMine(world, chat, mine)
    return { last_read_seq: mine.last_read_seq, unread: unread(chat, mine) }
  },
}
