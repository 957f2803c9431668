begin;
select plan(8);

-- Ana writes to Ben twice.
insert into auth.users (id, email) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@example.com'),
  ('b0000000-0000-4000-8000-000000000002', 'ben@example.com');
create temporary table talk (id uuid) on commit drop;
grant all on talk to authenticated;
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
insert into talk select (public.open_direct('b0000000-0000-4000-8000-000000000002') ->> 'id')::uuid;
select public.send_message((select id from talk), gen_random_uuid(), 'Hola');
select public.send_message((select id from talk), gen_random_uuid(), 'Dos');
reset role;

-- What the tables refuse whoever writes.
select is(
  (select c.last_message_at = m.created_at and c.updated_at >= m.created_at
   from public.conversations c join public.messages m on m.conversation_id = c.id and m.seq = c.last_seq
   where c.id = (select id from talk)),
  true, 'a send moves the times of the conversation');
select throws_ok(
  $$update public.conversations set subject = repeat('x', 201) where id = (select id from talk)$$,
  '23514', null, 'a subject is not longer than 200 characters');
select throws_ok(
  $$insert into public.conversation_participants (conversation_id, user_id)
    select id, 'b0000000-0000-4000-8000-000000000002' from talk$$,
  '23505', null, 'a person takes part once');
select throws_ok(
  $$insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
    values (gen_random_uuid(), gen_random_uuid(), 'b0000000-0000-4000-8000-000000000002', 1, 1, 'x')$$,
  '23503', null, 'no message without a conversation');
select throws_ok(
  $$insert into public.messages (id, conversation_id, sender_id, seq, revision, content)
    select gen_random_uuid(), id, gen_random_uuid(), 9, 9, 'x' from talk$$,
  '23503', null, 'no message without a sender');

-- An account goes, then the conversation.
delete from auth.users where id = 'a0000000-0000-4000-8000-000000000001';
select is(
  (select array[
    (select count(*) from public.messages m
     where m.conversation_id = talk.id and m.sender_id = 'a0000000-0000-4000-8000-000000000001'),
    (select count(*) from public.conversation_participants p where p.conversation_id = talk.id)] from talk),
  array[2, 2]::bigint[], 'a deleted account leaves the conversation whole');
delete from public.conversations where id = (select id from talk);
select is_empty(
  'select p.user_id from public.conversation_participants p join talk on talk.id = p.conversation_id',
  'deleting a conversation deletes who took part');
select is_empty('select m.id from public.messages m join talk on talk.id = m.conversation_id', 'and every message');

select * from finish();
rollback;
