import type { Mutants } from './mutant.ts'

const conversation = '50_sharing/79_circle_conversations.sql'
const conversationTests = ['test/circles/conversation.test.ts']

const answers = '50_sharing/74_answer_invitations.sql'
const members = '50_sharing/72_circle_members.sql'
const invitationTests = ['test/circles/invitations.test.ts']
const memberTests = ['test/circles/members.test.ts']
const shareTests = ['test/circles/shares.test.ts']

export const circles: Mutants = {
  'a banned user accepts an invitation': {
    file: answers,
    find: 'if excluded.is_ban then',
    replace: 'if false then',
    tests: invitationTests,
  },
  'a circle has more members than the limit': {
    file: answers,
    find: "where m.circle_id = circle.id) >= private.at_most('circle_people') then",
    replace: "where m.circle_id = circle.id) >= 1000 * private.at_most('circle_people') then",
    tests: memberTests,
  },
  'a link to an address lets in somebody else': {
    file: answers,
    find: "if is_by_token and invitation.kind = 'email' and (select",
    replace: 'if false and (select',
    tests: invitationTests,
  },
  'an expired invitation lets in': {
    file: answers,
    find: 'elsif invitation.ended_at is null and invitation.expires_at <= clock_timestamp() then',
    replace: 'elsif false then',
    tests: invitationTests,
  },
  'a used link lets in': {
    file: answers,
    find: ' or (invitation.ended_at is null and invitation.use_count >= invitation.max_uses) then',
    replace: ' then',
    tests: invitationTests,
  },
  'a removed user comes back by an older link': {
    file: answers,
    find: 'or excluded.created_at >= invitation.created_at',
    replace: '',
    tests: invitationTests,
  },
  'an invitation across a block is accepted': {
    file: answers,
    find: '\n    or private.are_blocked(caller, array[invitation.invited_by])\n  then',
    replace: '\n  then',
    tests: invitationTests,
  },
  'an invitation of a member who was set back lets in': {
    file: '50_sharing/73_circle_invitations.sql',
    find: "coalesce(givers = 'owner' or (givers = 'admin' and invitation.role = 'member'), false)",
    replace: 'true',
    tests: invitationTests,
  },
  'an invitation shows the id of the circle': {
    file: '50_sharing/73_circle_invitations.sql',
    find: "'circle_id', case when manages then c.id end",
    replace: "'circle_id', c.id",
    tests: invitationTests,
  },
  'an admin invites admins': {
    file: '50_sharing/73_circle_invitations.sql',
    find: "if role = 'admin' and private.role_in('circle', circle.id) <> 'owner' then\n    perform private.raise_error('forbidden', format(",
    replace: "if false then\n    perform private.raise_error('forbidden', format(",
    tests: invitationTests,
  },
  'the last owner leaves a circle': {
    file: members,
    find: "if private.role_in('circle', circle.id) = 'owner' and not private.has_other_owner(circle.id, caller) then",
    replace: 'if false then',
    tests: memberTests,
  },
  'the last owner of a circle steps down': {
    file: members,
    find: 'if user_id = caller and not private.has_other_owner(circle.id, caller) then',
    replace: 'if false then',
    tests: memberTests,
  },
  'an admin removes owners of a circle': {
    file: members,
    find: "if private.role_in('circle', circle.id) = 'admin' and other_role <> 'member' then",
    replace: 'if false then',
    tests: memberTests,
  },
  'a circle goes to the oldest member in place of an admin': {
    file: '50_sharing/78_circle_accounts.sql',
    find: 'order by o.role, o.joined_at, o.user_id',
    replace: 'order by o.joined_at, o.user_id',
    tests: memberTests,
  },
  'what was given back is still shared with the circle': {
    file: '20_access/30_roles.sql',
    find: 'where h.ended_at is null and (h.expires_at is null or h.expires_at > now());',
    replace: 'where (h.expires_at is null or h.expires_at > now());',
    tests: shareTests,
  },
  'a stranger shares with a circle': {
    file: '50_sharing/76_circle_shares.sql',
    find: "if not found then\n    perform private.raise_circle_not_found('share with');",
    replace: "if circle.id is null then\n    perform private.raise_circle_not_found('share with');",
    tests: shareTests,
  },
  'a member who is removed keeps what is open': {
    file: '50_sharing/70_circles.sql',
    find: '  perform private.end_circle_watches(circle_id, array[person]);\n',
    replace: '',
    tests: shareTests,
  },
  'notices of a circle are not bounded': {
    file: '50_sharing/76_circle_shares.sql',
    find: "if private.try_token(share.shared_by, 'circle_notices',",
    replace: "if true or private.try_token(share.shared_by, 'circle_notices',",
    tests: shareTests,
  },
  'a request for access reaches an owner across a block': {
    file: '50_sharing/80_access_requests.sql',
    find: 'if made is not null and target.created_by <> caller and not private.are_blocked(caller, array[target.created_by])',
    replace: 'if made is not null and target.created_by <> caller',
    tests: ['test/sharing/access-requests.test.ts'],
  },
  'asking again for access is news': {
    file: '50_sharing/80_access_requests.sql',
    find: "where r.created_at <= clock_timestamp() - interval '30 days'\n  returning r.id into made;",
    replace: 'returning r.id into made;',
    tests: ['test/sharing/access-requests.test.ts'],
  },
  'somebody else answers a request for access': {
    file: '50_sharing/80_access_requests.sql',
    find: "if private.role_in(request.target_kind, request.target_id) is distinct from 'owner' then",
    replace: 'if request.id is null then',
    tests: ['test/sharing/access-requests.test.ts'],
  },
  'a request for access is answered twice': {
    file: '50_sharing/80_access_requests.sql',
    find: '  where r.id = request_id and r.ended_at is null;\n  if not found then',
    replace: '  where r.id = request_id;\n  if not found then',
    tests: ['test/sharing/access-requests.test.ts'],
  },
  'a declined request shows that it was': {
    file: '50_sharing/80_access_requests.sql',
    find: "when r.outcome in ('granted', 'withdrawn') then r.outcome",
    replace: 'when r.outcome is not null then r.outcome',
    tests: ['test/sharing/access-requests.test.ts'],
  },
  'a withdrawal reveals that a request was declined': {
    file: '50_sharing/80_access_requests.sql',
    find: " and (r.ended_at is null or r.outcome = 'declined');",
    replace: ' and r.ended_at is null;',
    tests: ['test/sharing/access-requests.test.ts'],
  },
  'a circle takes the id of a user': {
    file: '50_sharing/71_circle_calls.sql',
    find: '    where not exists (select from auth.users u where u.id = circle_id) and not exists (select from public.profiles p where p.id = circle_id)\n',
    replace: '',
    tests: memberTests,
  },
  'whoever is removed from a circle stays in its conversation': {
    file: conversation,
    find: "perform private.take_leave(conversation, person, case when person = (select auth.uid()) then 'left' else 'removed' end);",
    replace: 'null;',
    tests: conversationTests,
  },
  'a new role in a circle is none in its conversation': {
    file: conversation,
    find: 'set role = new.role\n    where p.conversation_id = conversation and p.user_id = person and p.left_at is null;',
    replace:
      'set role = p.role\n    where p.conversation_id = conversation and p.user_id = person and p.left_at is null;',
    tests: conversationTests,
  },
  'strangers learn the conversation of a circle': {
    file: conversation,
    find: "if private.role_in('circle', circle_id) is null then",
    replace: 'if false then',
    tests: conversationTests,
  },
  'members put all others into a conversation': {
    file: conversation,
    find: "'open a conversation for', '{owner,admin}'",
    replace: "'open a conversation for', '{owner,admin,member}'",
    tests: conversationTests,
  },
  'two at once make two conversations of a circle': {
    file: conversation,
    find: 'where c.circle_id = circle.id;\n  if found then\n    return conversation;',
    replace: 'where c.circle_id = circle.id;\n  if false then\n    return conversation;',
    tests: conversationTests,
  },
  'the people of a circle’s conversation are changed by chat': {
    file: '30_chat/15_circle_conversations.sql',
    find: 'if exists (select from private.circle_conversations c where',
    replace: 'if false and exists (select from private.circle_conversations c where',
    tests: conversationTests,
  },
  'an account that goes holds conversations before circles': {
    file: '30_chat/89_leaving.sql',
    find: '  perform private.hold_circles_of(person);\n',
    replace: '',
    tests: conversationTests,
  },
  'a conversation has another heir than its circle': {
    file: '30_chat/89_leaving.sql',
    find: '\n      and not exists (select from private.circle_conversations k where k.conversation_id = mine.conversation_id)',
    replace: '',
    tests: conversationTests,
  },
  'a deleted circle empties its conversation': {
    file: '50_sharing/71_circle_calls.sql',
    find: 'delete from private.circle_conversations c where c.circle_id = circle.id;',
    replace: 'null;',
    tests: conversationTests,
  },
}
