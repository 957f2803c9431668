begin;
select plan(246);
-- API roles select from no private table. These grants stand in for an app that opens some: the policies must hold then.
grant select (id, kind, subject, last_seq, last_revision, last_message_at, created_by, metadata, created_at, updated_at)
  on public.conversations to authenticated;
grant select (conversation_id, user_id, role, last_read_seq, joined_at, left_at) on public.conversation_participants to authenticated;
grant select (
  id, conversation_id, sender_id, seq, revision, content, metadata, reply_to, mentions, song, system, created_at, edited_at, deleted_at
) on public.messages to authenticated;
grant select on public.message_reactions, public.user_blocks, public.message_reports to authenticated;

-- Ana and Ben are in a group; Fred was banned from it, Gil is blocked by Ana, Eve was never in it.
insert into auth.users (id, email) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@example.com'),
  ('b0000000-0000-4000-8000-000000000002', 'ben@example.com'),
  ('e0000000-0000-4000-8000-000000000005', 'eve@example.com'),
  ('f0000000-0000-4000-8000-000000000006', 'fred@example.com'),
  ('90000000-0000-4000-8000-000000000007', 'gil@example.com');
create temporary table talk (name text, id uuid) on commit drop;
grant all on talk to authenticated, anon;
-- What a call answers, or the code that it is refused with; what it did is undone.
create function pg_temp.outcome(query text) returns text language plpgsql as $$
declare
  answer text;
  detail text;
begin
  execute query into answer;
  raise exception 'undo' using errcode = 'UNDO0';
exception when sqlstate 'UNDO0' then
  return coalesce(answer, '');
when sqlstate 'TT000' then
  get stacked diagnostics detail = pg_exception_detail;
  return detail::jsonb ->> 'code';
when insufficient_privilege then
  return 'no privilege';
end
$$;
-- Refused or empty: what Eve gets of each, and Fred where that is something else.
create temporary table attempts (query text, code text, former text) on commit drop;
grant select on attempts to authenticated, anon;
insert into attempts (query, code) values
  ($$select public.send_message('91000000-0000-4000-8000-000000000001', gen_random_uuid(), 'x')$$, 'conversation_not_found'),
  ($$select public.edit_message('10000000-0000-4000-8000-000000000001', '{"content": "x"}')$$, 'message_not_found'),
  ($$select public.delete_message('10000000-0000-4000-8000-000000000001')$$, 'message_not_found'),
  ($$select public.react('10000000-0000-4000-8000-000000000001', '👍')$$, 'message_not_found'),
  ($$select public.list_messages('91000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select public.list_messages_around('91000000-0000-4000-8000-000000000001', 1)$$, 'conversation_not_found'),
  ($$select public.find_message('91000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select public.sync_conversation('91000000-0000-4000-8000-000000000001', 0)$$, 'conversation_not_found'),
  ($$select public.mark_read('91000000-0000-4000-8000-000000000001', 1)$$, 'conversation_not_found'),
  ($$select public.set_conversation_flags('91000000-0000-4000-8000-000000000001', '{"muted": true}')$$, 'conversation_not_found'),
  ($$select public.clear_conversation('91000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select public.set_draft('91000000-0000-4000-8000-000000000001', '{"content": "x"}')$$, 'conversation_not_found'),
  ($$select * from private.drafts$$, 'no privilege'),
  ($$select public.pin_message('10000000-0000-4000-8000-000000000001')$$, 'message_not_found'),
  ($$select public.list_pinned('91000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select public.list_replies('10000000-0000-4000-8000-000000000001')$$, 'message_not_found'),
  ($$select * from private.message_mentions$$, 'no privilege'),
  ($$select public.update_group('91000000-0000-4000-8000-000000000001', '{"subject": "x"}')$$, 'conversation_not_found'),
  ($$select public.add_participants('91000000-0000-4000-8000-000000000001', array[(select auth.uid())])$$, 'conversation_not_found'),
  ($$select public.remove_participant('91000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select public.set_role('91000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'member')$$, 'conversation_not_found'),
  ($$select public.search_messages('secreto', '91000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select public.check_upload('91000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select public.ban_user('91000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select public.unban_user('91000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select public.list_bans('91000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select * from private.group_bans$$, 'no privilege'),
  ($$select * from private.contact_rules$$, 'no privilege'),
  ($$select * from private.contact_requests$$, 'no privilege'),
  ($$select public.get_contact_rules()$$, '{"write": "everyone", "groups": "everyone"}'),
  ($$select public.set_contact_rules('{}')$$, '{"write": "everyone", "groups": "everyone"}'),
  ($$select public.request_contact('b0000000-0000-4000-8000-000000000002')$$, 'open'),
  ($$select public.list_requests()$$, '[]'),
  ($$select public.list_requests(sent => true)$$, '[]'),
  ($$select public.answer_request('c0000000-0000-4000-8000-000000000003', true)$$, 'request_not_found'),
  ($$select public.answer_request('c0000000-0000-4000-8000-000000000003', false)$$, 'request_not_found'),
  ($$select private.accepts('b0000000-0000-4000-8000-000000000002', (select auth.uid()), 'write')$$, 'no privilege'),
  ($$select public.report_message('10000000-0000-4000-8000-000000000001', 'spam')$$, 'message_not_found'),
  ($$select public.list_reports()$$, 'forbidden'),
  ($$select public.resolve_report(gen_random_uuid())$$, 'forbidden'),
  ($$select public.list_undelivered()$$, 'no privilege'),
  ($$select public.empty_deleted_accounts()$$, 'no privilege'),
  ($$select public.list_abandoned_attachments()$$, 'no privilege'),
  ($$select public.record_conversion('91000000-0000-4000-8000-000000000001')$$, 'conversation_not_found'),
  ($$select public.record_conversion_for('91000000-0000-4000-8000-000000000001', (select auth.uid()))$$, 'no privilege'),
  ($$select private.seat_people('91000000-0000-4000-8000-000000000001', null, array[(select auth.uid())])$$, 'no privilege'),
  ($$select private.attachments_json('10000000-0000-4000-8000-000000000001')$$, 'no privilege'),
  ($$select * from private.message_attachments$$, 'no privilege'),
  ($$select * from private.rate_limits$$, 'no privilege'),
  ($$select public.create_group('91000000-0000-4000-8000-000000000001', 'x', '{}')$$, 'group_id_taken'),
  ($$select public.get_profile_analytics('a0000000-0000-4000-8000-000000000001')$$, 'forbidden'),
  ($$select (public.get_profile('b0000000-0000-4000-8000-000000000002')).is_listed$$, 'true'),
  ($$select public.get_follows('b0000000-0000-4000-8000-000000000002') -> 'followers'$$, '0'),
  ($$select public.list_followers('b0000000-0000-4000-8000-000000000002')$$, '[]'),
  ($$select public.list_following('b0000000-0000-4000-8000-000000000002')$$, '[]'),
  ($$select public.list_portfolio('b0000000-0000-4000-8000-000000000002')$$, '[]'),
  ($$select public.list_reviews('b0000000-0000-4000-8000-000000000002')$$, '[]'),
  ($$select public.list_heads(array['91000000-0000-4000-8000-000000000001'::uuid]) -> 'heads'$$, '{}'),
  ($$select public.get_inbox()$$, '{"next": null, "items": []}'),
  ($$select public.get_inbox(archived => true)$$, '{"next": null, "items": []}'),
  ($$select public.sync_inbox() - 'position'$$, '{"anew": true, "items": [], "total": 0, "removed": []}'),
  ($$select public.mark_active()$$, 'false'),
  ($$select public.list_last_seen(array['a0000000-0000-4000-8000-000000000001'::uuid])$$, '[]'),
  ($$select * from private.last_seen$$, 'no privilege'),
  ($$select public.list_blocks()$$, '[]'),
  ($$select public.open_circle_conversation('91000000-0000-4000-8000-000000000001')$$, 'circle_not_found'),
  -- What everybody may do for themselves, and what it gives of the others' conversation.
  ($$select public.open_direct('b0000000-0000-4000-8000-000000000002') ->> 'id' = '91000000-0000-4000-8000-000000000001'$$, 'false'),
  ($$select public.block_user('b0000000-0000-4000-8000-000000000002')$$, ''),
  ($$select public.unblock_user('b0000000-0000-4000-8000-000000000002')$$, '');
-- Leaving again is no mistake.
insert into attempts values
  ($$select public.leave_conversation('91000000-0000-4000-8000-000000000001')$$, 'conversation_not_found', ''),
  -- That one is out of it, and nothing else.
  ($$select public.sync_inbox(0) - 'position'$$, '{"anew": false, "items": [], "total": 0, "removed": []}',
    '{"anew": false, "items": [], "total": 0, "removed": ["91000000-0000-4000-8000-000000000001"]}');

-- Every function that comes to the tables of chat, by itself or through another, is tried above: a new one fails here until it is.
select is_empty($$
  with recursive talking as (
    select p.oid, p.proname, p.pronamespace
    from pg_proc p
    where p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
      and p.prosrc ~ '(public[.](conversation|message|user_blocks)|private[.](message_|undelivered|chat_|contact_))'
      -- Other domains ask as well whether people are blocked, or in a conversation together.
      and p.proname not in ('are_blocked', 'require_unblocked', 'can_see_profile')
    union
    select p.oid, p.proname, p.pronamespace
    from talking t
    join pg_proc p on p.prosrc ~ ('private[.]' || t.proname || '\M')
    where t.pronamespace = 'private'::regnamespace and p.pronamespace in ('public'::regnamespace, 'private'::regnamespace)
  )
  select t.proname from talking t
  where t.pronamespace = 'public'::regnamespace
    and not exists (select from attempts a where a.query ~ ('public[.]' || t.proname || '[(]'))
$$, 'every function of chat is tried by those who are not in it');
-- As is every table that belongs to a conversation.
select bag_eq($$
  select c.relname::text
  from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
    and (c.relname in ('conversations', 'user_blocks') or exists (
      select from pg_constraint k
      where k.conrelid = c.oid and k.confrelid in ('public.conversations'::regclass, 'public.messages'::regclass)))
$$, array['conversations', 'conversation_participants', 'messages', 'message_reactions', 'message_reports', 'user_blocks'],
  'and every table of chat');

set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select public.create_group('91000000-0000-4000-8000-000000000001', 'Coro',
  array['b0000000-0000-4000-8000-000000000002', 'f0000000-0000-4000-8000-000000000006']::uuid[]);
select public.send_message('91000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'secreto');
select public.react('10000000-0000-4000-8000-000000000001', '🎻');
select public.ban_user('91000000-0000-4000-8000-000000000001', 'f0000000-0000-4000-8000-000000000006');
select public.block_user('90000000-0000-4000-8000-000000000007');
reset role;
insert into public.message_reports (message_id, reporter_id, reason, reported)
values ('10000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000002', 'spam', '{}');
-- A request of Ana to Ben, which the others neither see nor answer.
insert into private.contact_requests (id, sender_id, recipient_id)
values ('c0000000-0000-4000-8000-000000000003', 'a0000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000002');
insert into talk
select 'topic', live_key from public.conversations where id = '91000000-0000-4000-8000-000000000001';
-- The topic of typing and presence, by its very key.
insert into attempts
select format('select bool_or(private.may_use_topic(%L))', 'conversation:91000000-0000-4000-8000-000000000001:' || id), 'false', null
from talk where name = 'topic';
insert into storage.objects (bucket_id, name, owner_id) values
  ('chat', '91000000-0000-4000-8000-000000000001/a0000000-0000-4000-8000-000000000001/x/score.pdf', 'a0000000-0000-4000-8000-000000000001');
insert into private.message_attachments (path, message_id, place, name, mime_type, size) values
  ('91000000-0000-4000-8000-000000000001/a0000000-0000-4000-8000-000000000001/x/score.pdf', '10000000-0000-4000-8000-000000000001', 1,
    'score.pdf', 'application/pdf', 4);

-- Eve, who was never in it.
set local role authenticated;
set local request.jwt.claims = '{"sub": "e0000000-0000-4000-8000-000000000005", "role": "authenticated"}';
select is(pg_temp.outcome(query), code, 'Eve: ' || query) from attempts;
select is(public.search_messages('secreto'), '[]', 'Eve finds nothing');
select is(
  (select count(*) from public.conversations) + (select count(*) from public.messages) + (select count(*) from public.message_reactions)
    + (select count(*) from public.conversation_participants) + (select count(*) from public.message_reports)
    + (select count(*) from public.user_blocks) + (select count(*) from storage.objects where bucket_id = 'chat'),
  0::bigint, 'Eve sees no row and no file');
select throws_ok(
  $$insert into storage.objects (bucket_id, name) values ('chat', '91000000-0000-4000-8000-000000000001/e0000000-0000-4000-8000-000000000005/x/y')$$,
  '42501', null, 'Eve uploads nothing');
select throws_ok(
  $$insert into storage.objects (bucket_id, name) values ('chat', 'no/uuid/at/all')$$, '42501', null, 'a strange path is no error of another kind');

-- Fred, who was in it, and may report what was said before he was removed.
reset role;
update attempts set former = '' where query like '%report_message%';
set local role authenticated;
set local request.jwt.claims = '{"sub": "f0000000-0000-4000-8000-000000000006", "role": "authenticated"}';
select is(pg_temp.outcome(query), coalesce(former, code), 'Fred: ' || query) from attempts;
select is(
  (select count(*) from public.conversations) + (select count(*) from public.messages) + (select count(*) from public.message_reactions)
    + (select count(*) from public.conversation_participants) + (select count(*) from storage.objects where bucket_id = 'chat'),
  0::bigint, 'Fred sees no row and no file any more');

-- Gil, whom Ana blocked, and who is not in the group either.
set local request.jwt.claims = '{"sub": "90000000-0000-4000-8000-000000000007", "role": "authenticated"}';
select is(pg_temp.outcome(query), code, 'Gil: ' || query) from attempts;
select is(pg_temp.outcome($$select public.open_direct('a0000000-0000-4000-8000-000000000001')$$), 'blocked', 'Gil opens no conversation with Ana');
select is(
  pg_temp.outcome($$select public.create_group(gen_random_uuid(), 'x', array['a0000000-0000-4000-8000-000000000001'::uuid])$$), 'blocked',
  'nor brings her into a group');
select is_empty('select blocker_id from public.user_blocks', 'he does not see who blocked him');
select is(public.list_blocks(), '[]', 'nor by asking');

-- Ben, who is in it, sees all of that and writes no row by hand.
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select is(
  array[(select count(*) from public.conversations), (select count(*) from public.messages where system is null), (select count(*) from public.message_reactions),
    (select count(*) from storage.objects where bucket_id = 'chat')], array[1, 1, 1, 1]::bigint[], 'Ben sees conversation, message, reaction, file');
select throws_ok($$update public.conversation_participants set role = 'owner'$$, '42501', null, 'makes himself no owner');
select throws_ok($$update public.conversation_participants set last_read_seq = 0$$, '42501', null, 'moves no mark');
select throws_ok($$insert into public.message_reactions values ('10000000-0000-4000-8000-000000000001', 'x', auth.uid(), 1)$$, '42501', null,
  'inserts no reaction');
select throws_ok($$delete from public.message_reactions$$, '42501', null, 'deletes none');
select throws_ok($$select live_key from public.conversations$$, '42501', null, 'reads no key from the table');
select throws_ok($$select muted from public.conversation_participants$$, '42501', null, 'nor whether others muted');
select is_empty('select id from public.message_reports', 'nor reports');
select throws_ok(
  $$insert into storage.objects (bucket_id, name) values ('chat', '91000000-0000-4000-8000-000000000001/a0000000-0000-4000-8000-000000000001/x/y')$$,
  '42501', null, 'uploads nothing into Ana''s folder');
select lives_ok(
  $$insert into storage.objects (bucket_id, name) values ('chat', '91000000-0000-4000-8000-000000000001/b0000000-0000-4000-8000-000000000002/x/y')$$,
  'but into his own');
reset role;

-- A stranger.
set local role anon;
set local request.jwt.claims = '{"role": "anon"}';
select is((select count(*)::integer from attempts where pg_temp.outcome(query) <> 'no privilege'), 0, 'a stranger has no privilege at all');
select is(
  (select count(*)::integer from (values ('conversations'), ('conversation_participants'), ('messages'), ('message_reactions'),
    ('message_reports'), ('user_blocks')) as t (name) where pg_temp.outcome('select from public.' || name) <> 'no privilege'),
  0, 'on no table');
select is((select count(*)::integer from storage.objects where bucket_id = 'chat'), 0, 'and sees no file');
select is(pg_temp.outcome($$select public.open_direct('a0000000-0000-4000-8000-000000000001')$$), 'no privilege', 'nor opens a conversation');

-- A moderator is marked by the service alone.
set local role authenticated;
set local request.jwt.claims =
  '{"sub": "e0000000-0000-4000-8000-000000000005", "role": "authenticated", "user_metadata": {"role": "moderator"}}';
select is(pg_temp.outcome('select public.list_reports()'), 'forbidden', 'nobody marks themselves');
set local request.jwt.claims =
  '{"sub": "e0000000-0000-4000-8000-000000000005", "role": "authenticated", "app_metadata": {"role": "moderator"}}';
select is(pg_temp.outcome('select public.list_reports()'), 'forbidden', 'nor does a token of before the role was taken');
reset role;
update auth.users set raw_app_meta_data = '{"role": "moderator"}' where id = 'e0000000-0000-4000-8000-000000000005';
set local role authenticated;
set local request.jwt.claims =
  '{"sub": "e0000000-0000-4000-8000-000000000005", "role": "authenticated", "app_metadata": {"role": "moderator"}}';
select ok(
  jsonb_path_exists(public.list_reports(), '$[*] ? (@.message_id == "10000000-0000-4000-8000-000000000001")'), 'a moderator reads reports');
select is_empty('select id from public.messages', 'and no conversation');
select is(public.delete_message('10000000-0000-4000-8000-000000000001') ->> 'content', '', 'and deletes what was reported');

select * from finish();
rollback;
