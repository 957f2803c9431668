begin;
select plan(44);
-- API roles select from no private table. These grants stand in for an app that opens some: the policies must hold then.
grant select (id, kind, subject, last_seq, last_revision, last_message_at, created_by, metadata, created_at, updated_at)
  on public.conversations to authenticated;
grant select (conversation_id, user_id, role, last_read_seq, joined_at, left_at) on public.conversation_participants to authenticated;
grant select (
  id, conversation_id, sender_id, seq, revision, content, metadata, reply_to, mentions, song, created_at, edited_at, deleted_at
) on public.messages to authenticated;

-- Ana owns, Ben is an admin, Carl and Dora are members, Fred is removed, Eve was never in it.
insert into auth.users (id, email) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@example.com'),
  ('b0000000-0000-4000-8000-000000000002', 'ben@example.com'),
  ('c0000000-0000-4000-8000-000000000003', 'carl@example.com'),
  ('d0000000-0000-4000-8000-000000000004', 'dora@example.com'),
  ('e0000000-0000-4000-8000-000000000005', 'eve@example.com'),
  ('f0000000-0000-4000-8000-000000000006', 'fred@example.com');
create temporary table keys (step text, live_key uuid) on commit drop;
grant all on keys to authenticated, anon;

-- What an owner can do.
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select is(
  (select jsonb_agg(p ->> 'role' order by p ->> 'role') from jsonb_array_elements(
    public.create_group('90000000-0000-4000-8000-000000000001', 'Coro', array[
      'b0000000-0000-4000-8000-000000000002', 'c0000000-0000-4000-8000-000000000003', 'f0000000-0000-4000-8000-000000000006',
      'a0000000-0000-4000-8000-000000000001']::uuid[]) -> 'participants') p),
  '["member", "member", "member", "owner"]', 'whoever makes a group owns it');
select public.send_message('90000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000001', 'Hola');
select throws_ok(
  $$select public.create_group(null, 'x', '{}')$$, 'TT000', 'unable to create the group; it has no id');
select throws_ok(
  $$select public.create_group(gen_random_uuid(), ' ', '{}')$$, 'TT000', 'unable to save the group; subject is empty or shows nothing');
select throws_ok(
  $$select public.create_group(gen_random_uuid(), 'x', array[gen_random_uuid()])$$, 'TT000', 'unable to complete the call; there is no such user');
select throws_ok(
  $$select public.create_group(gen_random_uuid(), 'x', null)$$, 'TT000', 'unable to change the group; it takes a list of at most 256 people');
select throws_ok(
  $$select public.create_group(gen_random_uuid(), 'x', '{}', '[]')$$, 'TT000',
  'unable to save the group; metadata must be an object of at most 8 KiB');
select is(
  public.create_group(gen_random_uuid(), null, '{}') -> 'subject', 'null', 'a group needs neither a subject nor others');
select is(
  (select p ->> 'role' from jsonb_array_elements(public.set_role('90000000-0000-4000-8000-000000000001',
    'b0000000-0000-4000-8000-000000000002', 'admin') -> 'participants') p where p ->> 'user_id' like 'b%'),
  'admin', 'an owner makes an admin');
select throws_ok(
  $$select public.set_role('90000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000002', 'king')$$, 'TT000',
  'unable to set the role; it is owner, admin or member');
select throws_ok(
  $$select public.set_role('90000000-0000-4000-8000-000000000001', 'e0000000-0000-4000-8000-000000000005', 'admin')$$, 'TT000',
  'unable to set the role; the user is not in the group');
select throws_ok(
  $$select public.set_role('90000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001', 'member')$$, 'TT000',
  'unable to set the role; you are the group''s last owner');
select throws_ok(
  $$select public.leave_conversation('90000000-0000-4000-8000-000000000001')$$, 'TT000', 'unable to leave the group; you are its last owner');
select throws_ok(
  $$select public.remove_participant('90000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001')$$, 'TT000',
  'unable to remove the participant; the id is your own');
select is(
  public.update_group('90000000-0000-4000-8000-000000000001', '{"subject": "Coro nuevo"}') ->> 'subject', 'Coro nuevo', 'a subject changes');
select is(
  public.update_group('90000000-0000-4000-8000-000000000001', '{"subject": "Coro nuevo"}') ->> 'last_revision', '4',
  'the same again takes no revision');
select throws_ok(
  $$select public.update_group('90000000-0000-4000-8000-000000000001', '{"kind": "direct"}')$$, 'TT000',
  'unable to update the group; kind cannot be set to that');
select throws_ok(
  $$select public.update_group('90000000-0000-4000-8000-000000000001', '{"metadata": null}')$$, 'TT000',
  'unable to save the group; metadata must be an object of at most 8 KiB');
insert into keys select 'before', (public.sync_conversation('90000000-0000-4000-8000-000000000001') ->> 'live_key')::uuid;

-- What an admin can do.
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select is(
  jsonb_array_length(public.add_participants('90000000-0000-4000-8000-000000000001',
    array['d0000000-0000-4000-8000-000000000004', 'c0000000-0000-4000-8000-000000000003']::uuid[]) -> 'participants'), 5,
  'an admin adds people; who is in it stays');
select is(
  (public.add_participants('90000000-0000-4000-8000-000000000001', array['d0000000-0000-4000-8000-000000000004']::uuid[])
    ->> 'last_revision')::integer, 5, 'adding again takes no revision');
select throws_ok(
  $$select public.remove_participant('90000000-0000-4000-8000-000000000001', 'a0000000-0000-4000-8000-000000000001')$$, 'TT000',
  'unable to remove the participant; admins can remove members only');
select throws_ok(
  $$select public.set_role('90000000-0000-4000-8000-000000000001', 'b0000000-0000-4000-8000-000000000002', 'owner')$$, 'TT000',
  'unable to change the group; it takes owner');
select is(
  jsonb_array_length(public.remove_participant('90000000-0000-4000-8000-000000000001', 'f0000000-0000-4000-8000-000000000006')
    -> 'participants'), 4, 'an admin removes a member');
select is(
  (public.remove_participant('90000000-0000-4000-8000-000000000001', 'f0000000-0000-4000-8000-000000000006')
    ->> 'last_revision')::integer, 6, 'removing again takes no revision');
select public.send_message('90000000-0000-4000-8000-000000000001', '10000000-0000-4000-8000-000000000002', 'Sin Fred');

-- What a member can and cannot do.
set local request.jwt.claims = '{"sub": "d0000000-0000-4000-8000-000000000004", "role": "authenticated"}';
select is(
  jsonb_array_length(public.list_messages('90000000-0000-4000-8000-000000000001')), 6, 'who joins late sees the whole history');
select is(
  (public.get_inbox() -> 'items' -> 0 ->> 'unread')::integer, 1, 'and has what came since to read');
insert into keys select 'after', (public.sync_conversation('90000000-0000-4000-8000-000000000001') ->> 'live_key')::uuid;
select isnt((select live_key from keys where step = 'after'), (select live_key from keys where step = 'before'), 'a removal turns the key');
select throws_ok(
  $$select public.add_participants('90000000-0000-4000-8000-000000000001', array['e0000000-0000-4000-8000-000000000005']::uuid[])$$, 'TT000',
  'unable to change the group; it takes owner or admin');
select throws_ok(
  $$select public.update_group('90000000-0000-4000-8000-000000000001', '{"subject": "x"}')$$, 'TT000',
  'unable to change the group; it takes owner or admin');
select throws_ok(
  $$select public.delete_message('10000000-0000-4000-8000-000000000001')$$, 'TT000', 'unable to delete the message; another user sent it');
select lives_ok($$select public.leave_conversation('90000000-0000-4000-8000-000000000001')$$, 'a member leaves');
select lives_ok($$select public.leave_conversation('90000000-0000-4000-8000-000000000001')$$, 'leaving again is leaving');

-- The topic for what passes while a conversation is open: for Ben, not for Fred who was removed, nor for Eve.
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select set_config('realtime.topic', 'conversation:90000000-0000-4000-8000-000000000001:' || (
  public.sync_conversation('90000000-0000-4000-8000-000000000001') ->> 'live_key'), true);
select lives_ok(
  $$insert into realtime.messages (topic, extension) values ((select realtime.topic()), 'broadcast')$$, 'a participant may speak on the topic');
select is((select count(*)::integer from realtime.messages), 1, 'and hear it, and nothing else');
select throws_ok(
  $$insert into realtime.messages (topic, extension) values ('user:a0000000-0000-4000-8000-000000000001', 'broadcast')$$, '42501', null,
  'but speak on no other');
select set_config('realtime.topic', 'conversation:90000000-0000-4000-8000-000000000001:' || (select live_key from keys where step = 'before'), true);
select is((select count(*)::integer from realtime.messages), 0, 'a turned key opens nothing');
select set_config('realtime.topic', topic, true) from (values ('conversation:x:y')) as t (topic);
select is((select count(*)::integer from realtime.messages), 0, 'a foreign topic is no error');
select set_config('realtime.topic', 'user:b0000000-0000-4000-8000-000000000002', true);
select ok((select count(*) > 0 from realtime.messages), 'one''s own channel is heard');
select throws_ok(
  $$insert into realtime.messages (topic, extension) values ((select realtime.topic()), 'broadcast')$$, '42501', null,
  'and written by nobody');

set local request.jwt.claims = '{"sub": "f0000000-0000-4000-8000-000000000006", "role": "authenticated"}';
select set_config('realtime.topic', 'conversation:90000000-0000-4000-8000-000000000001:' || (
  select c.live_key from keys c where step = 'after'), true);
select is((select count(*)::integer from realtime.messages), 0, 'whoever was removed does not hear');
select throws_ok(
  $$insert into realtime.messages (topic, extension) values ((select realtime.topic()), 'presence')$$, '42501', null, 'nor speak');
select is_empty('select id from public.conversations', 'sees no conversation');
select is_empty('select id from public.messages', 'no message');
select is_empty('select user_id from public.conversation_participants', 'and nobody');

-- Direct conversations are no groups.
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select throws_ok(
  $$select public.leave_conversation((public.open_direct('b0000000-0000-4000-8000-000000000002') ->> 'id')::uuid)$$, 'TT000',
  'unable to change the group; the conversation is a direct one');

select * from finish();
rollback;
