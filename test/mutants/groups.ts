import type { Mutants } from './mutant.ts'

const late = ['test/chat/late-joiners.test.ts']
const told = ['test/chat/system-messages.test.ts']
const announced = ['test/chat/announcements-and-bans.test.ts']

/** Groups: announcements, bans, system messages, and users who join late. */
export const groups: Mutants = {
  'a member sends in an announcement group': {
    file: '30_chat/50_send.sql',
    find: "elsif allowed <> 'everyone' then",
    replace: 'elsif false then',
    tests: announced,
  },
  'a member edits in an announcement group': {
    file: '30_chat/51_change_messages.sql',
    find: 'perform private.require_writer(message.conversation_id, caller);',
    replace: '',
    tests: announced,
  },
  'a member uploads in an announcement group': {
    file: '30_chat/26_unsent_files.sql',
    find: "private.may_write(split_part(path, '/', 1)::uuid, (select auth.uid())) and",
    replace: '',
    tests: announced,
  },
  'a banned user is added again': {
    file: '30_chat/31_change_groups.sql',
    find: 'perform private.require_not_banned(conversation_id, missing);',
    replace: '',
    tests: announced,
  },
  'members read the list of bans': {
    file: '30_chat/33_ban.sql',
    find: "and p.role <> 'member' and",
    replace: 'and',
    tests: announced,
  },
  'a late member synchronises what was said before': {
    file: '30_chat/60_read.sql',
    find: 'm.revision > since_revision and m.seq >= first',
    replace: 'm.revision > since_revision',
    tests: late,
  },
  'a late member opens files of before': {
    file: '30_chat/25_files.sql',
    find: 'a.withdrawn_at is null and private.sees_message(m.conversation_id, m.seq)',
    replace: 'a.withdrawn_at is null and private.is_participant(m.conversation_id)',
    tests: late,
  },
  'a system message is unread': {
    file: '30_chat/11_deliver.sql',
    find: 'and (messages.deleted_at is not null or messages.system is not null)',
    replace: 'and messages.deleted_at is not null',
    tests: told,
  },
  'a system message is changed like one of a user': {
    file: '30_chat/50_send.sql',
    find: "if found_message.system is not null and operation <> 'delete' then",
    replace: 'if false then',
    tests: told,
  },
  'whoever caused a system message deletes it': {
    file: '30_chat/51_change_messages.sql',
    find: '(message.sender_id <> caller or message.system is not null)',
    replace: 'message.sender_id <> caller',
    tests: told,
  },
  'a late member sees the whole history': {
    file: '30_chat/30_groups.sql',
    find: "case c.history when 'joined' then c.last_seq + 1 else 1 end",
    replace: '1',
    tests: late,
  },
  'who comes back sees what they had cleared': {
    file: '30_chat/30_groups.sql',
    find: 'greatest(excluded.visible_from_seq, p.cleared_seq + 1)',
    replace: 'excluded.visible_from_seq',
    tests: late,
  },
  'a late member learns who left before': {
    file: '30_chat/11_deliver.sql',
    find: '(joined is null or p.left_at is null or p.left_at >= joined) and case',
    replace: 'case',
    tests: late,
  },
  'a system message brings back what is hidden': {
    file: '30_chat/27_system_messages.sql',
    find: 'set hidden_seq = message.seq,',
    replace: 'set',
    tests: told,
  },
}
