import type { Mutants } from './mutant.ts'

const late = ['test/chat/late-joiners.test.ts']
const told = ['test/chat/system-messages.test.ts']
const asked = ['test/chat/contact-requests.test.ts']
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
    find: 'm.revision > since_revision and m.seq >= first\n      ), ',
    replace: 'm.revision > since_revision\n      ), ',
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
  'a user who must ask opens a conversation': {
    file: '30_chat/40_direct.sql',
    find: '  perform private.require_consent(other_id, caller);\n',
    replace: '',
    tests: asked,
  },
  'a user who must ask writes in a conversation that is there': {
    file: '30_chat/40_direct.sql',
    find: '    perform private.require_consent(other, caller);\n',
    replace: '',
    tests: asked,
  },
  'nobody counts those known before': {
    file: '30_chat/28_contacts.sql',
    find: 'else private.knows(person, other, rules.write_since)',
    replace: "else private.knows(person, other, '-infinity')",
    tests: asked,
  },
  'who was written to may not answer': {
    file: '30_chat/28_contacts.sql',
    find: 'where m.sender_id = person and m.conversation_id = c.id and m.created_at >= since',
    replace: 'where false',
    tests: asked,
  },
  'who asked gets no answer': {
    file: '30_chat/28_contacts.sql',
    find: 'or (r.sender_id = person and r.recipient_id = other and r.accepted is not false)',
    replace: '',
    tests: asked,
  },
  'a refusal is accepted': {
    file: '30_chat/28_contacts.sql',
    find: 'r.recipient_id = person and r.accepted)',
    replace: 'r.recipient_id = person)',
    tests: asked,
  },
  'a request is repeated at once': {
    file: '30_chat/28_contacts.sql',
    find: 'and r.answered_at <= clock_timestamp() - rest',
    replace: '',
    tests: asked,
  },
  'a user is added to a group without consent': {
    file: '30_chat/28_contacts.sql',
    find: "if person = caller or private.accepts(person, caller, 'groups') then",
    replace: 'if true then',
    tests: asked,
  },
  'an invitation outlives the role of who invites': {
    file: '30_chat/28_contacts.sql',
    find: "and p.left_at is null and p.role <> 'member'",
    replace: '',
    tests: asked,
  },
  'a request is seen across a block': {
    file: '30_chat/28_contacts.sql',
    find: 'return not private.are_blocked(request.recipient_id, array[request.sender_id]) and (',
    replace: 'return (',
    tests: asked,
  },
  'a block that is taken back lets a user ask again': {
    file: '30_chat/40_direct.sql',
    find: 'set answered_at = clock_timestamp(), accepted = false',
    replace: "set answered_at = '-infinity', accepted = false",
    tests: asked,
  },
  'a ban that is taken back lets a group invite again': {
    file: '30_chat/33_ban.sql',
    find: 'set answered_at = clock_timestamp(), accepted = false',
    replace: "set answered_at = '-infinity', accepted = false",
    tests: asked,
  },
  'who has left a group reads its name in sent requests': {
    file: '30_chat/42_requests.sql',
    find: 'and contact_requests.accepted is not true and private.is_request_valid(contact_requests)',
    replace: 'and contact_requests.accepted is not true',
    tests: asked,
  },
  'a block leaves requests': {
    file: '30_chat/40_direct.sql',
    find: '  where r.answered_at is null and ((r.sender_id = user_id and r.recipient_id = caller) or (r.sender_id = caller and r.recipient_id = user_id));',
    replace: '  where false;',
    tests: asked,
  },
  'a ban leaves the invitation': {
    file: '30_chat/33_ban.sql',
    find: '  where r.conversation_id = ban_user.conversation_id and r.recipient_id = ban_user.user_id and r.answered_at is null;',
    replace: '  where false;',
    tests: asked,
  },
  'anybody answers a request': {
    file: '30_chat/42_requests.sql',
    find: 'where r.id = request_id and r.recipient_id = caller;',
    replace: 'where r.id = request_id;',
    tests: asked,
  },
  'a sender learns of a refusal': {
    file: '30_chat/42_requests.sql',
    find: 'and contact_requests.accepted is not true',
    replace: 'and contact_requests.answered_at is null',
    tests: asked,
  },
  'the same answer brings back who has left': {
    file: '30_chat/42_requests.sql',
    find: 'or (accept and request.conversation_id is not null and not private.is_participant(request.conversation_id))',
    replace: '',
    tests: asked,
  },
  'requests of both wait for each other': {
    file: '30_chat/42_requests.sql',
    find: "    perform private.accept_contact(theirs, caller, user_id);\n    return 'open';",
    replace: '    null;',
    tests: asked,
  },
  'a group for each invitation reaches a user every time': {
    file: '30_chat/28_contacts.sql',
    find: ") >= private.at_most('invitations') then",
    replace: ') >= 1000 then',
    tests: asked,
  },
  'a request shows a profile that is not listed': {
    file: '30_chat/28_contacts.sql',
    find: 'viewer <> request.sender_id or private.can_see_profile(request.recipient_id)',
    replace: 'true',
    tests: asked,
  },
}
