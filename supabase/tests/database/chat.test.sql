begin;
select plan(48);
-- API roles select from no private table. These grants stand in for an app that opens some: the policies must hold then.
grant select (id, kind, subject, last_seq, last_revision, last_message_at, created_by, metadata, created_at, updated_at)
  on public.conversations to authenticated;
grant select (conversation_id, user_id, role, last_read_seq, joined_at, left_at) on public.conversation_participants to authenticated;
grant select (
  id, conversation_id, sender_id, seq, revision, content, metadata, reply_to, mentions, song, created_at, edited_at, deleted_at
) on public.messages to authenticated;

-- Ana and Ben talk; Eve listens at the door.
insert into auth.users (id, email, raw_user_meta_data) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@example.com', '{"display_name": "Ana"}'),
  ('b0000000-0000-4000-8000-000000000002', 'ben@example.com', '{"display_name": "Ben"}'),
  ('e0000000-0000-4000-8000-000000000005', 'eve@example.com', '{"display_name": "Eve"}');
create temporary table talk (id uuid) on commit drop;
grant all on talk to authenticated, anon;

-- What Ana can do.
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';

insert into talk select (public.open_direct('b0000000-0000-4000-8000-000000000002') ->> 'id')::uuid;
select is(public.open_direct('b0000000-0000-4000-8000-000000000002') ->> 'id', (select id::text from talk), 'opening again finds the same conversation');
select is(
  (select jsonb_agg(p ->> 'display_name' order by p ->> 'display_name')
   from jsonb_array_elements(public.open_direct('b0000000-0000-4000-8000-000000000002') -> 'participants') p),
  '["Ana", "Ben"]', 'both take part');
select throws_ok($$select public.open_direct('a0000000-0000-4000-8000-000000000001')$$, 'TT000',
  'unable to open the conversation; the id is your own');
select throws_ok($$select public.open_direct('00000000-0000-4000-8000-000000000000')$$, 'TT000',
  'unable to open the conversation; there is no such user');
select throws_ok('select public.open_direct(null)', 'TT000', 'unable to open the conversation; the id is your own');

select is(
  public.send_message((select id from talk), '10000000-0000-4000-8000-000000000001', 'Hola', '{"color": "red"}')
    - 'created_at' - 'conversation_id',
  '{"id": "10000000-0000-4000-8000-000000000001", "sender_id": "a0000000-0000-4000-8000-000000000001", "seq": 1, "revision": 1,
    "content": "Hola", "metadata": {"color": "red"}, "edited_at": null, "deleted_at": null, "reply_to": null, "reply": null,
    "mentions": [], "attachments": [], "song": null, "system": null, "reactions": []}', 'a send answers the message with its place');
select is(
  public.send_message((select id from talk), '10000000-0000-4000-8000-000000000001', 'Hola otra vez', '{}') ->> 'content',
  'Hola', 'the same id again is the same message');
select is((select last_seq from public.conversations where id = (select id from talk)), 1::bigint, 'and allocates no position');
select is((public.send_message((select id from talk), '10000000-0000-4000-8000-000000000002', 'Dos') ->> 'seq')::integer, 2, 'positions have no gap');

select throws_ok(
  format($$select public.send_message('%s', null, 'x')$$, (select id from talk)), 'TT000', 'unable to send the message; it has no id');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), E' \n ')$$, (select id from talk)), 'TT000',
  'unable to send the message; content is empty or shows nothing');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), repeat('x', 8001))$$, (select id from talk)), 'TT000',
  'unable to send the message; content has more than 8000 characters');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x', '[]')$$, (select id from talk)), 'TT000',
  'unable to send the message; metadata must be an object of at most 8 KiB');
select lives_ok(
  format($$select public.send_message('%s', gen_random_uuid(), repeat('é', 8000))$$, (select id from talk)), 'the longest text passes');

select is(
  (select jsonb_agg((m ->> 'seq')::integer) from jsonb_array_elements(public.list_messages((select id from talk))) m),
  '[3, 2, 1]', 'a page is newest first');
select is(
  (select jsonb_agg((m ->> 'seq')::integer) from jsonb_array_elements(public.list_messages((select id from talk), 3, 1)) m),
  '[2]', 'a page is older than a position and as long as asked');
select throws_ok(
  format($$select public.list_messages('%s', null, 201)$$, (select id from talk)), 'TT000', 'unable to list messages; a page holds 1 to 200');

select is(public.sync_conversation((select id from talk), 1) -> 'anew', 'false', 'a client that is near gets the changes');
select is(
  (select jsonb_agg((m ->> 'revision')::integer) from jsonb_array_elements(public.sync_conversation((select id from talk), 1) -> 'messages') m),
  '[2, 3]', 'those after its revision, in order');
select is(public.sync_conversation((select id from talk)) -> 'anew', 'true', 'a client that knows nothing starts anew');
select is(public.sync_conversation((select id from talk), 99) -> 'anew', 'true', 'so does one that is ahead of the database');
select is(
  (public.sync_conversation((select id from talk), 3) -> 'conversation' ->> 'last_revision')::integer, 3, 'the head comes with it');
select is(
  (select jsonb_object_agg(h.key, h.value -> 0)
   from jsonb_each(public.list_heads(array[(select id from talk), gen_random_uuid()]) -> 'heads') as h),
  (select jsonb_build_object(id, 3) from talk), 'heads name one''s own conversations alone');

select is((select count(*)::integer from public.messages), 3, 'a participant reads the messages');
select is((select count(*)::integer from public.conversation_participants), 2, 'and who takes part');

-- What Ana cannot do.
select throws_ok(
  $$insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
    select gen_random_uuid(), id, 'b0000000-0000-4000-8000-000000000002', 9, 9, 'x' from talk$$,
  '42501', null, 'nobody writes a message past the function');
select throws_ok('update public.conversations set last_seq = 0', '42501', null, 'nobody writes a head');
select throws_ok(
  $$insert into public.conversation_participants (conversation_id, user_id) select id, 'e0000000-0000-4000-8000-000000000005' from talk$$,
  '42501', null, 'nobody adds a participant');
select throws_ok('delete from public.messages', '42501', null, 'nobody deletes a message');
select throws_ok('select direct_key from public.conversations', '42501', null, 'the key is not for clients');

-- Each participant was told of each message, on their own channel.
reset role;
select is(
  (select jsonb_object_agg(topic, n) from (
    select topic, count(*) as n from realtime.messages
    where event = 'message' and payload ->> 'conversation_id' = (select id::text from talk) and private
    group by topic) t),
  '{"user:a0000000-0000-4000-8000-000000000001": 3, "user:b0000000-0000-4000-8000-000000000002": 3}',
  'a send is delivered to every participant once');

-- What Eve cannot do.
set local role authenticated;
set local request.jwt.claims = '{"sub": "e0000000-0000-4000-8000-000000000005", "role": "authenticated"}';
select is_empty('select id from public.conversations', 'an outsider sees no conversation');
select is_empty('select id from public.messages', 'and no message');
select is_empty('select user_id from public.conversation_participants', 'and nobody who takes part');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x')$$, (select id from talk)), 'TT000',
  'unable to reach the conversation; there is none that you take part in');
select throws_ok(
  format($$select public.sync_conversation('%s')$$, (select id from talk)), 'TT000',
  'unable to reach the conversation; there is none that you take part in');
select throws_ok(
  format($$select public.list_messages('%s')$$, (select id from talk)), 'TT000',
  'unable to reach the conversation; there is none that you take part in');
select is(public.list_heads(array[(select id from talk)]) -> 'heads', '{}', 'an outsider learns no head');

select throws_ok(
  format($$select public.sync_conversation('%s', 0)$$, (select id from talk)), 'TT000',
  'unable to reach the conversation; there is none that you take part in');

-- A user channel is its person's to hear and the database's to write, whatever policies the app adds for its own topics.
reset role;
create policy "The app lets everyone hear everything" on realtime.messages for select to authenticated using (true);
create policy "The app lets everyone write everywhere" on realtime.messages for insert to authenticated with check (true);
insert into realtime.messages (topic, extension) values
  ('user:b0000000-0000-4000-8000-000000000002', 'broadcast'), ('room:1', 'broadcast');
set local role authenticated;
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
set local realtime.topic = 'user:b0000000-0000-4000-8000-000000000002';
select isnt_empty($$select id from realtime.messages where topic = 'user:b0000000-0000-4000-8000-000000000002'$$, 'one hears one''s own channel');
select throws_ok(
  $$insert into realtime.messages (topic, extension) values ('user:b0000000-0000-4000-8000-000000000002', 'broadcast')$$,
  '42501', null, 'and does not write to it');
set local request.jwt.claims = '{"sub": "e0000000-0000-4000-8000-000000000005", "role": "authenticated"}';
select is_empty($$select id from realtime.messages$$, 'nobody else hears it');
select throws_ok(
  $$insert into realtime.messages (topic, extension) values ('user:b0000000-0000-4000-8000-000000000002', 'broadcast')$$,
  '42501', null, 'nobody else writes to it');
set local realtime.topic = 'room:1';
select isnt_empty($$select id from realtime.messages where topic = 'room:1'$$, 'the app''s own topics stay as the app has them');
set local request.jwt.claims = '{"sub": "auth0|42", "role": "authenticated"}';
select isnt_empty($$select id from realtime.messages where topic = 'room:1'$$, 'also for somebody whose id is not a UUID');
select throws_ok('select public.list_heads(array[]::uuid[])', 'TT000', 'unable to complete the call; the token''s sub claim is not a UUID');

-- What a stranger cannot do.
set local role anon;
set local request.jwt.claims = '{"role": "anon"}';
select throws_ok('select id from public.messages', '42501', null, 'a stranger reads nothing');
select throws_ok(
  format($$select public.sync_conversation('%s')$$, (select id from talk)), '42501', null, 'and calls nothing');

select * from finish();
rollback;
