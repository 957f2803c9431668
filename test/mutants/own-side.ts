import type { Mutants } from './mutant.ts'

const ownSide = 'test/chat/own-side.test.ts'
const atOnce = 'test/chat/sql/concurrency.test.ts'
const pins = 'test/chat/pins-and-threads.test.ts'

/** What a user keeps for themselves of a conversation, pins and threads. */
export const personal: Mutants = {
  'a user who cleared a message still sees it by its id': {
    file: '30_chat/10_conversations.sql',
    find: '\n      and p.visible_from_seq <= sees_message.seq',
    replace: '',
    tests: [ownSide],
  },
  'an edit of a cleared message is delivered': {
    file: '30_chat/11_deliver.sql',
    find: "when p.visible_from_seq > (deliver.payload ->> 'seq')::bigint then jsonb_build_object(",
    replace: 'when false then jsonb_build_object(',
    tests: [ownSide],
  },
  'a reply is delivered with cleared words': {
    file: '30_chat/11_deliver.sql',
    find: "when p.visible_from_seq > (deliver.payload #>> '{reply,seq}')::bigint then",
    replace: 'when false then',
    tests: [ownSide],
  },
  'a reply is listed with cleared words': {
    file: '30_chat/20_message_parts.sql',
    find: 'when message.reply_to is not null and',
    replace: 'when false and',
    tests: [ownSide],
  },
  'a list has what was cleared': {
    file: '30_chat/60_read.sql',
    find: ' and messages.seq >= first',
    replace: '',
    tests: [ownSide],
  },
  'a search finds what was cleared': {
    file: '30_chat/61_search.sql',
    find: 'and (not some_cleared or private.sees_message(messages.conversation_id, messages.seq))',
    replace: '',
    tests: [ownSide],
  },
  'a history is cleared back': {
    file: '30_chat/71_own_side.sql',
    find: '\n    and p.visible_from_seq <= least(coalesce(up_to_seq, c.last_seq), c.last_seq)',
    replace: '',
    tests: [ownSide],
  },
  'reading leaves a conversation marked as unread': {
    file: '30_chat/65_marks.sql',
    find: 'set marked_seq = -1, own_revision',
    replace: 'set own_revision',
    tests: [ownSide],
  },
  'a sent message leaves its draft': {
    file: '30_chat/50_send.sql',
    find: '(d.message_id is null or d.message_id = message_id)',
    replace: 'false',
    tests: [ownSide],
  },
  'any message removes a draft': {
    file: '30_chat/50_send.sql',
    find: '(d.message_id is null or d.message_id = message_id)',
    replace: 'true',
    tests: [ownSide],
  },
  'a draft comes back after its message': {
    file: '30_chat/71_own_side.sql',
    find: "or exists (select from public.messages m where m.id = (draft ->> 'id')::uuid and m.sender_id = caller)",
    replace: '',
    tests: [ownSide],
  },
  'an edit leaves its mentions': {
    file: '30_chat/10_mentions.sql',
    find: "tg_op = 'UPDATE'",
    replace: 'false',
    tests: [pins],
  },
  'members of a group pin': {
    file: '30_chat/52_pins.sql',
    find: "c.kind = 'group' and p.role = 'member'",
    replace: 'false',
    tests: [pins],
  },
  'a thread shows to those who do not see its message': {
    file: '30_chat/52_pins.sql',
    find: 'm.id = message_id and private.sees_message(m.conversation_id, m.seq)',
    replace: 'm.id = message_id',
    tests: [pins],
  },
  'a reply of a removed user is refused for what it replies to': {
    file: '30_chat/50_send.sql',
    find: "perform private.require_sender(conversation_id, caller);\n      perform private.raise_error('invalid_input'",
    replace: "perform private.raise_error('invalid_input'",
    tests: [atOnce],
  },
  'an answered request stays on the other devices': {
    file: '30_chat/28_contacts.sql',
    find: ' || \'{"answered": true}\'',
    replace: '',
    tests: ['test/chat/contact-requests.test.ts'],
  },
}
