begin;
select plan(49);
-- API roles select from no private table. These grants stand in for an app that opens some: the policies must hold then.
grant select (id, kind, subject, last_seq, last_revision, last_message_at, created_by, metadata, created_at, updated_at)
  on public.conversations to authenticated;
grant select (conversation_id, user_id, role, last_read_seq, joined_at, left_at) on public.conversation_participants to authenticated;
grant select (
  id, conversation_id, sender_id, seq, revision, content, metadata, reply_to, mentions, song, created_at, edited_at, deleted_at
) on public.messages to authenticated;
grant select on public.message_reactions, public.user_blocks, public.message_reports to authenticated;

-- Ana and Ben talk; Eve does not take part.
insert into auth.users (id, email) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@example.com'),
  ('b0000000-0000-4000-8000-000000000002', 'ben@example.com'),
  ('e0000000-0000-4000-8000-000000000005', 'eve@example.com');
create temporary table talk (id uuid) on commit drop;
create temporary table song (id uuid) on commit drop;
grant all on talk, song to authenticated, anon;

set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
insert into talk select (public.open_direct('b0000000-0000-4000-8000-000000000002') ->> 'id')::uuid;
insert into song select gen_random_uuid();
select public.create_song(jsonb_build_object('id', (select id from song), 'content', '{title: Nana}' || E'\n' || '{artist: Ana}'));
select public.send_message((select id from talk), '10000000-0000-4000-8000-000000000001', repeat('á', 200));

-- Replies, mentions, songs.
select is(
  public.send_message((select id from talk), '10000000-0000-4000-8000-000000000002', 'Eso', '{}',
    '{"reply_to": "10000000-0000-4000-8000-000000000001"}') -> 'reply',
  jsonb_build_object('id', '10000000-0000-4000-8000-000000000001', 'seq', 1, 'sender_id', 'a0000000-0000-4000-8000-000000000001',
    'excerpt', repeat('á', 140)),
  'a reply shows the beginning of what it replies to');
select is(
  public.send_message((select id from talk), gen_random_uuid(), '@ben', '{}',
    '{"mentions": ["b0000000-0000-4000-8000-000000000002", "e0000000-0000-4000-8000-000000000005", "b0000000-0000-4000-8000-000000000002"]}'
  ) -> 'mentions',
  '["b0000000-0000-4000-8000-000000000002"]', 'only participants are mentioned, once');
select is(
  public.send_message((select id from talk), '10000000-0000-4000-8000-000000000004', '', '{}', jsonb_build_object('song_id', (select id from song)))
    -> 'song',
  jsonb_build_object('id', (select id from song), 'title', 'Nana', 'artist', 'Ana'), 'a song is a card that stands without a text');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x', '{}', '{"reply_to": "%s"}')$$, (select id from talk), gen_random_uuid()),
  'TT000', 'unable to send the message; what it replies to is not in the conversation');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x', '{}', '{"song_id": "%s"}')$$, (select id from talk), gen_random_uuid()),
  'TT000', 'unable to send the song; there is none that you may see');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), '')$$, (select id from talk)), 'TT000',
  'unable to send the message; content is empty or shows nothing');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), '', '{}', '{"attachments": []}')$$, (select id from talk)), 'TT000',
  'unable to send the message; content is empty or shows nothing');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x', '{}', '{"reply_to": "x"}')$$, (select id from talk)), 'TT000',
  'unable to send the message; replyTo is not as documented');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x', '{}', '{"mentions": ["x"]}')$$, (select id from talk)), 'TT000',
  'unable to send the message; mentions is not as documented');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x', '{}', '{"mentions": {}}')$$, (select id from talk)), 'TT000',
  'unable to send the message; mentions is not as documented');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x', '{}', '{"color": 1}')$$, (select id from talk)), 'TT000',
  'unable to send the message; color is not as documented');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x', '{}', '[]')$$, (select id from talk)), 'TT000',
  'unable to send the message; extras is not as documented');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x', '{}', null)$$, (select id from talk)), 'TT000',
  'unable to send the message; extras is not as documented');
select throws_ok(
  format($$select public.send_message('%s', gen_random_uuid(), 'x', '{}', '{"attachments": [{"path": "a/b/c/d"}]}')$$, (select id from talk)),
  'TT000', 'unable to send the message; an attachment is not among your uploads to the conversation, or has no name');
select is(
  (select last_seq || '/' || last_revision from public.conversations where id = (select id from talk)), '4/4',
  'what is refused takes no position');

-- Edits.
select is(
  public.edit_message('10000000-0000-4000-8000-000000000002', '{"content": "Eso mismo"}') - 'edited_at' - 'created_at' - 'reply' - 'conversation_id',
  '{"id": "10000000-0000-4000-8000-000000000002", "sender_id": "a0000000-0000-4000-8000-000000000001", "seq": 2, "revision": 5,
    "content": "Eso mismo", "metadata": {}, "deleted_at": null, "reply_to": "10000000-0000-4000-8000-000000000001",
    "mentions": [], "attachments": [], "song": null, "system": null, "reactions": []}', 'an edit keeps the position and takes a revision');
select is(public.edit_message('10000000-0000-4000-8000-000000000002', '{"content": "Eso mismo"}') ->> 'revision', '5', 'the same text again takes none');
select ok((public.edit_message('10000000-0000-4000-8000-000000000004', '{"content": "con texto"}') ->> 'edited_at') is not null, 'an edit says when');
select is(public.edit_message('10000000-0000-4000-8000-000000000004', '{"content": ""}') ->> 'content', '', 'a card may lose its text');
select throws_ok(
  $$select public.edit_message('10000000-0000-4000-8000-000000000002', '{"content": ""}')$$, 'TT000',
  'unable to edit the message; content is empty or shows nothing');
select throws_ok(
  $$select public.edit_message('10000000-0000-4000-8000-000000000002', null)$$, 'TT000',
  'unable to edit the message; the changes are not an object with fields');
select throws_ok(
  'select public.edit_message(gen_random_uuid(), ''{"content": "x"}'')', 'TT000', 'unable to edit the message; there is none in your conversations');
-- Another beginning of the first message is one change, however many replies show it.
select is(public.edit_message('10000000-0000-4000-8000-000000000001', '{"content": "Corto"}') ->> 'revision', '8', 'an edit takes one revision');
select is(
  (select jsonb_agg(jsonb_build_array(m -> 'seq', m -> 'revision', m -> 'reply' ->> 'excerpt'))
   from jsonb_array_elements(public.sync_conversation((select id from talk), 7) -> 'messages') m),
  '[[1, 8, null]]', 'and synchronising shows it once');
select is(public.list_messages_around((select id from talk), 2, 1) -> 0 -> 'reply' ->> 'excerpt', 'Corto', 'its replies are read with it');
select is(
  public.edit_message('10000000-0000-4000-8000-000000000001', jsonb_build_object('content', repeat('largo ', 30))) ->> 'excerpt', left(repeat('largo ', 30), 140),
  'a long edit says what replies show of it');

reset role;
update public.messages set created_at = now() - interval '25 hours' where id = '10000000-0000-4000-8000-000000000001';
set local role authenticated;
select throws_ok(
  $$select public.edit_message('10000000-0000-4000-8000-000000000001', '{"content": "tarde"}')$$, 'TT000',
  'unable to edit the message; it is older than 24 hours');

-- Reactions, by both.
select is(
  public.react('10000000-0000-4000-8000-000000000002', '👍') -> 'reactions',
  '[{"emoji": "👍", "user_ids": ["a0000000-0000-4000-8000-000000000001"]}]', 'a reaction is shown with who gave it');
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select public.react('10000000-0000-4000-8000-000000000002', '1️⃣');
select is(
  public.react('10000000-0000-4000-8000-000000000002', '👍') -> 'reactions',
  '[{"emoji": "👍", "user_ids": ["a0000000-0000-4000-8000-000000000001", "b0000000-0000-4000-8000-000000000002"]},
    {"emoji": "1️⃣", "user_ids": ["b0000000-0000-4000-8000-000000000002"]}]', 'in the order of first use');
select is(
  (public.react('10000000-0000-4000-8000-000000000002', '👍') ->> 'revision')::integer,
  (select last_revision::integer from public.conversations where id = (select id from talk)), 'again, it takes no revision');
select is(
  (public.react('10000000-0000-4000-8000-000000000002', '🎶', false) ->> 'revision')::integer, 12, 'nor does taking back what is not there');
select is(
  jsonb_array_length(public.react('10000000-0000-4000-8000-000000000002', '1️⃣', false) -> 'reactions'), 1, 'taken back it is gone');
select throws_ok(
  $$select public.react('10000000-0000-4000-8000-000000000002', 'words')$$, 'TT000', 'unable to react; emoji is not one emoji');
select throws_ok(
  $$select public.react('10000000-0000-4000-8000-000000000002', '')$$, 'TT000', 'unable to react; emoji is not one emoji');
select throws_ok(
  $$select public.react('10000000-0000-4000-8000-000000000002', repeat('🎶', 17))$$, 'TT000', 'unable to react; emoji is not one emoji');
select throws_ok(
  $$select public.react('10000000-0000-4000-8000-000000000002', '🎶', null)$$, 'TT000', 'unable to react to the message; present is true or false');
select throws_ok(
  $$select public.react('10000000-0000-4000-8000-000000000002', chr(128512 + n)) from generate_series(1, 20) n$$, 'TT000',
  'unable to react to the message; a message has at most 20 different emojis');

-- What Ben cannot do to Ana's messages.
select throws_ok(
  $$select public.edit_message('10000000-0000-4000-8000-000000000002', '{"content": "x"}')$$, 'TT000', 'unable to edit the message; another user sent it');
select throws_ok(
  $$select public.delete_message('10000000-0000-4000-8000-000000000002')$$, 'TT000',
  'unable to delete the message; another user sent it');
select public.send_message((select id from talk), gen_random_uuid(), 'Sí', '{}', '{"reply_to": "10000000-0000-4000-8000-000000000002"}');

-- Deleting.
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select is(
  public.delete_message('10000000-0000-4000-8000-000000000002') - 'deleted_at' - 'created_at' - 'conversation_id' - 'revision',
  '{"id": "10000000-0000-4000-8000-000000000002", "sender_id": "a0000000-0000-4000-8000-000000000001", "seq": 2,
    "content": "", "metadata": {}, "edited_at": null, "reply_to": null, "reply": null, "mentions": [], "attachments": [], "song": null, "system": null,
    "reactions": []}', 'a deleted message is an empty one in its place');
select is(
  public.delete_message('10000000-0000-4000-8000-000000000002') -> 'revision', to_jsonb(15), 'deleting again takes no revision');
select is(
  (select m -> 'reply' ->> 'excerpt' from jsonb_array_elements(public.list_messages((select id from talk))) m where m ->> 'seq' = '5'),
  '', 'a reply shows nothing of what was deleted');
select is_empty(
  $$select emoji from public.message_reactions where message_id = '10000000-0000-4000-8000-000000000002'$$, 'its reactions are gone');
select throws_ok(
  $$select public.edit_message('10000000-0000-4000-8000-000000000002', '{"content": "x"}')$$, 'TT000',
  'unable to edit the message; there is none in your conversations');
select throws_ok(
  $$select public.react('10000000-0000-4000-8000-000000000002', '👍')$$, 'TT000',
  'unable to react to the message; there is none in your conversations');
select is(
  (select jsonb_agg((m ->> 'seq')::integer) from jsonb_array_elements(public.list_messages_around((select id from talk), 3, 3)) m),
  '[4, 3, 2]', 'a page around a position has it in the middle');
select is(
  (select jsonb_agg((m ->> 'seq')::integer) from jsonb_array_elements(public.list_messages_around((select id from talk), 99, 2)) m),
  '[5, 4]', 'at the end it is the newest page');
select is(
  (select jsonb_agg((m ->> 'seq')::integer) from jsonb_array_elements(public.list_messages_around((select id from talk), 1, 3)) m),
  '[3, 2, 1]', 'at the beginning the oldest');
select is(
  (select jsonb_agg((m ->> 'seq')::integer) from jsonb_array_elements(public.search_messages('MISMÓ')) m), null, 'a search does not find what was deleted');

select * from finish();
rollback;
