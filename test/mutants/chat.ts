import type { Mutants } from './mutant.ts'

const conversations = '30_chat/10_conversations.sql'
const groups = '30_chat/30_groups.sql'
const changes = '30_chat/31_change_groups.sql'
const direct = '30_chat/40_direct.sql'
const send = '30_chat/50_send.sql'
const actions = '30_chat/51_change_messages.sql'

const outsiders = 'test/chat/sql/outsiders.test.ts'
const concurrency = 'test/chat/sql/concurrency.test.ts'
const moderation = 'test/chat/moderation.test.ts'
const groupTests = 'test/chat/groups.test.ts'
const topics = 'test/chat/topics.test.ts'
const locks = 'test/chat/sql/locks.test.ts'
const actionTests = 'test/chat/actions.test.ts'

export const chat: Mutants = {
  'whoever left a conversation still takes part': {
    file: conversations,
    find: 'is_participant.conversation_id and p.user_id = (select auth.uid()) and p.left_at is null',
    replace: 'is_participant.conversation_id and p.user_id = (select auth.uid())',
    tests: [outsiders],
  },
  'everybody takes part in every conversation': {
    file: conversations,
    find: 'where p.conversation_id = is_participant.conversation_id and p.user_id = (select auth.uid()) and',
    replace: 'where p.conversation_id = is_participant.conversation_id and',
    tests: [outsiders],
  },
  'messages are broadcast to those who left': {
    file: '30_chat/11_deliver.sql',
    find: 'where p.conversation_id = deliver.conversation_id and p.left_at is null;',
    replace: 'where p.conversation_id = deliver.conversation_id;',
    tests: [concurrency],
  },
  'the topic key is in a broadcast': {
    file: '30_chat/11_deliver.sql',
    find: "'revision', c.last_revision, 'changes'",
    replace: "'revision', c.last_revision, 'live_key', c.live_key, 'changes'",
    tests: [topics],
  },
  'a group change keeps the topic key': {
    file: groups,
    find: 'live_key = case when new_live_key then gen_random_uuid() else c.live_key end,',
    replace: '',
    tests: [topics],
  },
  'a removed participant keeps the topic': {
    file: groups,
    find: "return private.change_group(conversation_id, true, '{}', array[user_id], private",
    replace: "return private.change_group(conversation_id, false, '{}', array[user_id], private",
    tests: [topics],
  },
  'a block keeps the topic key': {
    file: direct,
    find: 'perform private.turn_direct_key(caller, user_id);',
    replace: '',
    tests: [topics],
  },
  'a deleted account keeps the topic key': {
    file: '30_chat/90_accounts.sql',
    find: 'update public.conversations c set live_key = gen_random_uuid() where c.id = any (joined);',
    replace: '',
    tests: [topics],
  },
  'an old topic key still opens the topic': {
    file: groups,
    find: "and topic = 'conversation:' || c.id || ':' || c.live_key",
    replace: '',
    tests: [topics],
  },
  'a former participant uses the topic': {
    file: groups,
    find: "where c.id = split_part(topic, ':', 2)::uuid and p.user_id = (select auth.uid()) and p.left_at is null",
    replace: "where c.id = split_part(topic, ':', 2)::uuid and p.user_id = (select auth.uid())",
    tests: [topics],
  },
  'a block leaves the topic open': {
    file: groups,
    find: "and (c.kind = 'group' or not exists (",
    replace: 'and (c.kind is not null or not exists (',
    tests: [topics],
  },
  'a policy of the app opens every user channel': {
    file: conversations,
    find: "(select realtime.topic()) !~* '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'\n  or",
    replace: 'true\n  or',
    tests: [topics],
  },
  'a policy of the app lets everybody write to a user channel': {
    file: conversations,
    find: "with check ((select realtime.topic()) !~* '^user:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$')",
    replace: 'with check (true)',
    tests: [topics],
  },
  'a policy of the app opens the topics of conversations': {
    file: groups,
    find: "using ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:' or private.may_use_topic((select realtime.topic())))",
    replace: 'using (true)',
    tests: [topics],
  },
  'a policy of the app lets everybody speak in a conversation': {
    file: groups,
    find: "with check ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:' or private.may_use_topic((select realtime.topic())))",
    replace: 'with check (true)',
    tests: [topics],
  },
  'a policy of the app opens conversations to visitors': {
    file: groups,
    find: "to anon\nusing ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:')",
    replace: 'to anon\nusing (true)',
    tests: [topics],
  },
  'a policy of the app lets visitors speak in a conversation': {
    file: groups,
    find: "to anon\nwith check ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:')",
    replace: 'to anon\nwith check (true)',
    tests: [topics],
  },
  'blocks are ignored in a new group': {
    file: changes,
    find: "perform private.require_unblocked(caller, member_ids, 'unable to create the group; a member blocked you, or you blocked a member');",
    replace: '',
    tests: [groupTests],
  },
  'blocks are ignored in adding participants': {
    file: changes,
    find: "perform private.require_unblocked(caller, missing, 'unable to add people; one of them blocked you, or you them');",
    replace: '',
    tests: [groupTests],
  },
  'members change a group': {
    file: groups,
    find: 'if own_role <> all (allowed) then',
    replace: "if own_role <> all (allowed || '{member}'::text[]) then",
    tests: [groupTests],
  },
  'a role is not asked again under the lock of the group': {
    file: groups,
    find: '  -- Again under the lock: the caller may have been removed or set back while this waited.\n  perform private.require_participant(conversation_id);',
    replace: '',
    tests: [locks],
  },
  'an admin removes owners': {
    file: changes,
    find: "if own_role = 'admin' and other_role <> 'member' then",
    replace: 'if false then',
    tests: [groupTests],
  },
  'an admin gives roles': {
    file: changes,
    find: "perform private.lock_group(conversation_id, '{owner}');",
    replace: "perform private.lock_group(conversation_id, '{owner,admin}');",
    tests: [groupTests],
  },
  'the last owner leaves': {
    file: groups,
    find: "and p.user_id <> caller and p.left_at is null and p.role = 'owner'",
    replace: 'and p.left_at is null',
    tests: [groupTests, concurrency],
  },
  'a group has no end': {
    file: groups,
    find: "if seated + newcomers > private.at_most('group_people') then",
    replace: 'if false then',
    tests: [concurrency],
  },
  'the id of another group is answered with it': {
    file: changes,
    find: 'if maker is distinct from caller then',
    replace: 'if maker is null then',
    tests: [groupTests],
  },
  'a blocked user opens a conversation': {
    file: direct,
    find: "perform private.require_unblocked(caller, array[other_id], 'unable to open the conversation; one of you blocked the other');",
    replace: '',
    tests: [moderation],
  },
  'a blocked user sends': {
    file: send,
    find: 'perform private.require_undisturbed(pair, caller);',
    replace: '',
    tests: [moderation],
  },
  'a blocked user edits': {
    file: actions,
    find: 'where c.id = message.conversation_id), caller);\n\n  if edited',
    replace: 'where false), caller);\n\n  if edited',
    tests: [outsiders],
  },
  'a blocked user reacts': {
    file: actions,
    find: 'where c.id = message.conversation_id), caller);\n    insert',
    replace: 'where false), caller);\n    insert',
    tests: [outsiders],
  },
  'the blocked user lifts the block': {
    file: direct,
    find: 'where b.blocker_id = caller and b.blocked_id = unblock_user.user_id;',
    replace: 'where caller in (b.blocker_id, b.blocked_id);',
    tests: [moderation],
  },
  'the blocked user sees the block': {
    file: direct,
    find: 'where b.blocker_id = caller\n',
    replace: 'where caller in (b.blocker_id, b.blocked_id)\n',
    tests: [moderation],
  },
  'blocks hold in one direction': {
    file: '10_people/80_blocks.sql',
    find: '\n    or exists (select from public.user_blocks b where b.blocked_id = one and b.blocker_id = any (others));',
    replace: ';',
    tests: [moderation],
  },
  'a stranger sends': {
    file: send,
    find: 'where p.conversation_id = conversation_id and p.user_id = caller and p.left_at is null\n      and exists (select from public.profiles f',
    replace:
      'where p.conversation_id = conversation_id and p.user_id = caller\n      and exists (select from public.profiles f',
    tests: [locks],
  },
  'a repeated send is another message': {
    file: send,
    find: 'or sent.sender_id <> caller or sent.system',
    replace: 'or sent.system',
    tests: [concurrency, 'test/chat/direct.test.ts'],
  },
  'a reply quotes another conversation': {
    file: send,
    find: 'where m.id = original and m.conversation_id = conversation_id and m.system',
    replace: 'where m.id = original and m.system',
    tests: ['test/chat/sql/message-parts.test.ts'],
  },
  'a mention names strangers': {
    file: send,
    find: 'where p.conversation_id = conversation_id and p.left_at is null\n      and p.user_id in',
    replace: 'where p.user_id in',
    tests: ['test/chat/sql/message-parts.test.ts'],
  },
  'a card shows a hidden song': {
    file: '30_chat/20_message_parts.sql',
    find: 'if private.can_see_song(song_id) then',
    replace: 'if true then',
    tests: ['test/chat/sql/message-parts.test.ts'],
  },
  'a file of somebody else is attached': {
    file: '30_chat/20_message_parts.sql',
    find: "where o.name ~ ('^' || conversation_id || '/' || caller || '/[^/]+/[^/]+$')\n    and",
    replace: 'where',
    tests: ['test/chat/sql/message-parts.test.ts'],
  },
  'a deleted message keeps its reactions': {
    file: '30_chat/25_files.sql',
    find: 'delete from public.message_reactions r where r.message_id = any (message_ids);',
    replace: '',
    tests: [actionTests],
  },
  'everybody edits every message': {
    file: actions,
    find: 'if message.sender_id <> caller then',
    replace: 'if false then',
    tests: [actionTests],
  },
  'members delete the messages of others': {
    file: actions,
    find: "and p.role in ('owner', 'admin') and c.kind = 'group'",
    replace: "and c.kind = 'group'",
    tests: [actionTests, outsiders],
  },
  'a direct conversation has owners who delete': {
    file: actions,
    find: "and p.role in ('owner', 'admin') and c.kind = 'group'",
    replace: '',
    tests: [actionTests, outsiders],
  },
  'an old message is edited': {
    file: actions,
    find: "if message.created_at < clock_timestamp() - interval '24 hours' then",
    replace: 'if false then',
    tests: [actionTests],
  },
  'a message has any number of emojis': {
    file: actions,
    find: "> private.at_most('message_reactions')\n",
    replace: '> 2000\n',
    tests: [actionTests],
  },
  'a change is not asked about again under the lock': {
    file: send,
    find: "if private.sees_message(conversation, place) or (operation = 'delete' and private.is_moderator()) then\n      select",
    replace: 'if true then\n      select',
    tests: [locks],
  },
  'everybody moderates': {
    file: '10_people/80_blocks.sql',
    find: "return coalesce((select auth.jwt()) -> 'app_metadata'",
    replace: "return true or coalesce((select auth.jwt()) -> 'app_metadata'",
    tests: [moderation],
  },
  'everybody who says so moderates': {
    file: '10_people/80_blocks.sql',
    find: "return coalesce((select auth.jwt()) -> 'app_metadata'",
    replace:
      "return coalesce((select auth.jwt()) -> 'user_metadata' ->> 'role' = 'moderator', false) or coalesce((select auth.jwt()) -> 'app_metadata'",
    tests: [moderation],
  },
  'a role that was taken still moderates': {
    file: '10_people/80_blocks.sql',
    find: "u.id = (select auth.uid()) and u.raw_app_meta_data ->> 'role' = 'moderator'",
    replace: 'u.id = (select auth.uid())',
    tests: ['test/moderation/reports.test.ts'],
  },
  'outsiders report': {
    file: '30_chat/80_reports.sql',
    find: 'private.sees_message(m.conversation_id, m.seq)\n      -- A user who',
    replace: 'true\n      -- A user who',
    tests: [moderation],
  },
  'a deleted account reports': {
    file: '30_chat/80_reports.sql',
    find: 'perform private.hold_account();',
    replace: '',
    tests: ['test/matrix/functions.test.ts'],
  },
  'everybody reads reports': {
    file: '30_chat/80_reports.sql',
    find: '  perform private.require_moderator();\n  if not exists',
    replace: '  if not exists',
    tests: [moderation],
  },
  'a moderator reads every file': {
    file: '30_chat/25_files.sql',
    find: 'or (private.is_moderator() and exists (select from public.message_reports r where r.message_id = m.id))',
    replace: 'or private.is_moderator()',
    tests: [moderation],
  },
  'files of others are removed': {
    file: '30_chat/25_files.sql',
    find: "split_part(path, '/', 2) = (select auth.uid())::text\n    and",
    replace: 'true and',
    tests: ['test/chat/attachments.test.ts'],
  },
  'a stranger finds a message': {
    file: '30_chat/60_read.sql',
    find: 'begin\n  perform private.require_participant(conversation_id);\n  select m.seq into place',
    replace: 'begin\n  select m.seq into place',
    tests: [outsiders],
  },
  'heads of foreign conversations are told': {
    file: '30_chat/60_read.sql',
    find: 'where p.user_id = caller and p.left_at is null and p.conversation_id = any (conversation_ids)',
    replace: 'where p.conversation_id = any (conversation_ids)',
    tests: [outsiders],
  },
  'a search finds deleted messages': {
    file: '30_chat/61_search.sql',
    find: 'and messages.deleted_at is null',
    replace: '',
    tests: ['test/chat/search.test.ts'],
  },
  'a search looks into conversations that were left': {
    file: '30_chat/61_search.sql',
    find: 'where p.user_id = caller and p.left_at is null and p.conversation_id = coalesce',
    replace: 'where p.user_id = caller and p.conversation_id = coalesce',
    tests: ['test/chat/search.test.ts'],
  },
  'a search looks into every conversation': {
    file: '30_chat/61_search.sql',
    find: 'where p.user_id = caller and p.left_at is null and p.conversation_id = coalesce',
    replace: 'where p.conversation_id = coalesce',
    tests: ['test/chat/search.test.ts'],
  },
  'a read mark moves back': {
    file: '30_chat/65_marks.sql',
    find: 'and p.left_at is null and known.wanted > p.last_read_seq;',
    replace: 'and p.left_at is null;',
    tests: ['test/chat/sql/message-parts.test.ts'],
  },
  'a mark of a deleted account leaves its token': {
    file: '30_chat/65_marks.sql',
    find: 'perform private.require_participant(conversation_id);\n      known.wanted := 0;',
    replace: 'known.wanted := 0;',
    tests: ['test/chat/sql/deleted-accounts.test.ts'],
  },
  'a token that was taken meanwhile outlives the account': {
    file: '30_chat/89_leaving.sql',
    find: 'where l.user_id = person and l.action in',
    replace: 'where false and l.user_id = person and l.action in',
    tests: ['test/chat/sql/deleted-accounts.test.ts'],
  },
  'an inbox shows conversations that were left': {
    file: '30_chat/70_inbox.sql',
    find: 'where p.user_id = caller and p.left_at is null and p.archived = coalesce(get_inbox.archived, false)',
    replace: 'where p.user_id = caller and p.archived = coalesce(get_inbox.archived, false)',
    tests: [groupTests, 'test/chat/inbox.test.ts'],
  },
  'two people have two direct conversations': {
    file: conversations,
    find: 'constraint conversations_direct_key_key unique (direct_key),',
    sql: `create or replace function private.open_direct(other_id uuid) returns jsonb language plpgsql security definer set search_path = '' as $$
declare
  caller uuid := private.require_user();
  pair text := least(caller, other_id) || ':' || greatest(caller, other_id);
  conversation uuid;
begin
  select c.id into conversation from public.conversations c where c.direct_key = pair;
  if conversation is null then
    insert into public.conversations (kind, direct_key, created_by) values ('direct', pair, caller) returning id into conversation;
    insert into public.conversation_participants (conversation_id, user_id) values (conversation, caller), (conversation, other_id);
  end if;
  return private.conversation_json(conversation);
end $$;
alter table public.conversations drop constraint conversations_direct_key_key;`,
    tests: ['test/chat/direct.test.ts'],
  },
  'positions are taken without the lock of the conversation': {
    file: send,
    find: 'select c.direct_key, c.writers into pair, allowed from public.conversations c where c.id = conversation_id for no key update;',
    replace:
      'select c.direct_key, c.writers into pair, allowed from public.conversations c where c.id = conversation_id;',
    tests: ['test/chat/sql/message-parts.test.ts'],
  },
  'messages of a deleted account stay': {
    file: '30_chat/90_accounts.sql',
    find: 'perform private.empty_messages(conversation, old.id, case when few then 2147483647 else 0 end, 9223372036854775807);',
    replace: '',
    tests: ['test/chat/sql/accounts.test.ts'],
  },
  'a report keeps the words of a deleted account': {
    file: '30_chat/89_leaving.sql',
    find: "update public.message_reports r set reported = '{}' where r.reported ->> 'sender_id' = person::text;",
    replace: '',
    tests: ['test/chat/sql/accounts-that-come-and-go.test.ts'],
  },
  'a report keeps what a reply quotes of a deleted account': {
    file: '30_chat/89_leaving.sql',
    find: "set reported = jsonb_set(r.reported, '{reply,excerpt}', '\"\"')",
    replace: 'set reported = r.reported',
    tests: ['test/chat/sql/accounts-that-come-and-go.test.ts'],
  },
  'a deleted message is unread': {
    file: '30_chat/11_deliver.sql',
    find: 'private.deleted_after(p.conversation_id, p.last_read_seq),',
    replace: "'[]'::jsonb,",
    tests: ['test/chat/deleted-unread.test.ts'],
  },
  'the inbox counts deleted messages as unread': {
    file: '30_chat/70_inbox.sql',
    find: " - jsonb_array_length(shown -> 'deleted_unread')",
    replace: '',
    tests: ['test/chat/sql/inbox.test.ts'],
  },
}
