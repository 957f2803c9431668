begin;
select plan(77);
-- API roles select from no private table. These grants stand in for an app that opens some: the policies must hold then.
grant select (
  id, title, artist, album, content, lyrics, chords, key, tempo, time_signature, capo_fret, genre, style, language, year,
  duration_seconds, difficulty_level, source_url, source_type, visibility, created_by, chordpro_metadata, derived_fields,
  metadata, version, created_at, updated_at, deleted_at
) on public.songs to anon, authenticated;
grant select on public.song_chords to anon, authenticated;
-- Others may have songs here: every question is about Ana's.

-- Ana writes songs; Ben reads what is public; a stranger has no account.
insert into auth.users (id, email, raw_user_meta_data) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@example.com', '{"display_name": "Ana"}'),
  ('b0000000-0000-4000-8000-000000000002', 'ben@example.com', '{"display_name": "Ben"}');

-- What Ana can do.
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';

select is(
  (select concat_ws('|', title, artist, key, tempo, time_signature, capo_fret, year, duration_seconds, language, genre, style, visibility, version)
   from public.create_song(jsonb_build_object('id', '10000000-0000-4000-8000-000000000001', 'content',
     E'{title: Corazón qxvzk}\n{artist: The Who}\n{artist: Los Otros}\n{key: A minor}\n{tempo: 96}\n{time: 3/4}\n{capo: 2}\n{year: 1779}\n'
     '{duration: 3:05}\n{meta: language es}\n{meta: genre vals}\n{meta: style criollo}\n[Am]Ay co[Db]ra[C#]zones de[E7/G#] melón'))),
  'Corazón qxvzk|The Who, Los Otros|Am|96|3/4|2|1779|185|es|vals|criollo|private|1', 'a song is described by its text');
select is(
  (select lyrics from public.songs where id = '10000000-0000-4000-8000-000000000001'),
  'Ay corazones de melón', 'its words are derived');
select is(
  (select jsonb_agg(c ->> 'name') from public.songs, jsonb_array_elements(chords) c where id = '10000000-0000-4000-8000-000000000001'),
  '["Am", "C#", "E7/Ab"]', 'and its chords, enharmonics being equal');
select is(
  (select string_agg(concat_ws(' ', chord_name, chord_root, chord_quality, chord_bass, occurrences, chord_position), ', ' order by chord_position)
   from public.song_chords where song_id = '10000000-0000-4000-8000-000000000001'),
  'Am A m 1 1, C# C#  2 2, E7/Ab E 7 Ab 1 4', 'song_chords has one row for each');
select is(
  (select created_by from public.songs where id = '10000000-0000-4000-8000-000000000001'),
  'a0000000-0000-4000-8000-000000000001'::uuid, 'it is hers');
select is(
  (select chordpro_metadata -> 'artist' from public.songs where id = '10000000-0000-4000-8000-000000000001'),
  '["The Who", "Los Otros"]', 'every directive is kept');
select is(
  (select title from public.create_song('{"id": "10000000-0000-4000-8000-000000000001", "content": "otra"}')),
  'Corazón qxvzk', 'the same id again is the same song');
select is(
  (select concat_ws('|', title, visibility, language, key, tempo) from public.create_song('{"content": "[C]Ay, ay\nlinda"}')),
  'Ay, ay|private', 'without directives the first line is the title and nothing is guessed');
select is((select title from public.create_song('{"content": ""}')), 'Untitled', 'an empty text is a song');
select lives_ok(
  $$select public.create_song(jsonb_build_object('content', E'{title: x\n{soc\n[Am\n{tempo: fast}\n{key: ?}\n{year: 99999}\n{capo: 99}\n{duration: 9:99}'))$$,
  'bad lines refuse nothing');

-- A text that is too long, and the longest one.
select throws_ok(
  $$select public.create_song(jsonb_build_object('content', repeat('x', 131073)))$$, 'TT000',
  'unable to create the song; its content has 131073 bytes and the limit is 131072');
select lives_ok(
  $$select public.create_song(jsonb_build_object('content', repeat('ab cd[Am]', 14563)))$$, 'the longest text passes');

-- Input that is refused, with its field.
select throws_ok($$select public.create_song('{}')$$, 'TT000', 'unable to create the song; content cannot be set to that');
select throws_ok($$select public.create_song('[]')$$, 'TT000', 'unable to create the song; the fields are not an object');
select throws_ok($$select public.create_song(null)$$, 'TT000', 'unable to create the song; the fields are not an object');
select throws_ok(
  $$select public.create_song('{"content": "x", "created_by": "b0000000-0000-4000-8000-000000000002"}')$$, 'TT000',
  'unable to create the song; created_by cannot be set to that', 'nobody writes in another''s name');
select throws_ok($$select public.create_song('{"content": "x", "lyrics": "y"}')$$, 'TT000', 'unable to create the song; lyrics cannot be set to that');
select throws_ok($$select public.create_song('{"content": "x", "version": 7}')$$, 'TT000', 'unable to create the song; version cannot be set to that');
select throws_ok($$select public.create_song('{"content": "x", "id": "x"}')$$, 'TT000', 'unable to create the song; id cannot be set to that');
select throws_ok($$select public.create_song('{"content": "x", "key": "H"}')$$, 'TT000', 'unable to create the song; key is not valid');
select throws_ok($$select public.create_song('{"content": "x", "capo_fret": 25}')$$, 'TT000', 'unable to create the song; capo_fret is not valid');
select throws_ok($$select public.create_song('{"content": "x", "tempo": 1.5}')$$, 'TT000', 'unable to create the song; tempo cannot be set to that');
select throws_ok($$select public.create_song('{"content": "x", "language": "spanish"}')$$, 'TT000', 'unable to create the song; language is not valid');
select throws_ok($$select public.create_song('{"content": "x", "time_signature": "3/5"}')$$, 'TT000', 'unable to create the song; time_signature is not valid');
select throws_ok($$select public.create_song('{"content": "x", "visibility": null}')$$, 'TT000', 'unable to create the song; visibility cannot be set to that');
select throws_ok($$select public.create_song('{"content": "x", "visibility": "open"}')$$, 'TT000', 'unable to create the song; visibility is not valid');
select throws_ok($$select public.create_song('{"content": "x", "metadata": []}')$$, 'TT000', 'unable to create the song; metadata cannot be set to that');
select throws_ok(
  $$select public.create_song(jsonb_build_object('content', 'x', 'metadata', jsonb_build_object('x', repeat('x', 8192))))$$, 'TT000',
  'unable to create the song; metadata is not valid');
select lives_ok($$select public.create_song('{"content": "x", "year": 1779, "language": "pt-BR", "key": "F#m"}')$$, 'a song of 1779 passes');

-- Changes: what the text gave follows it, what she set stays.
select is(
  (select concat_ws('|', title, key, version) from public.update_song('10000000-0000-4000-8000-000000000001', '{"title": "Mío qxvzk"}')),
  'Mío qxvzk|Am|2', 'one field changes');
select is(
  (select concat_ws('|', title, artist, key, year, lyrics, version)
   from public.update_song('10000000-0000-4000-8000-000000000001', '{"content": "{title: Otra}\n{key: D}\n[D]la qxvzk"}')),
  'Mío qxvzk|D|la qxvzk|3', 'derived fields follow the text');
select is(
  (select string_agg(chord_name, ' ') from public.song_chords where song_id = '10000000-0000-4000-8000-000000000001'),
  'D', 'so do the chords');
select is(
  (select concat_ws('|', title, version) from public.update_song('10000000-0000-4000-8000-000000000001', '{"title": null}')),
  'Otra|4', 'a field that is emptied comes from the text again');
select is(
  (select concat_ws('|', version, updated_at = (select updated_at from public.songs where id = '10000000-0000-4000-8000-000000000001'))
   from public.update_song('10000000-0000-4000-8000-000000000001', '{"title": "Otra", "visibility": "private"}')),
  '4|t', 'a change that changes nothing counts nothing');
select throws_ok(
  $$select public.update_song('10000000-0000-4000-8000-000000000001', '{"content": null}')$$, 'TT000',
  'unable to update the song; content cannot be set to that');
select throws_ok(
  $$select public.update_song('10000000-0000-4000-8000-000000000001', '{"id": "10000000-0000-4000-8000-000000000009"}')$$, 'TT000',
  'unable to update the song; id cannot be set to that');
select throws_ok(
  $$select public.update_song('10000000-0000-4000-8000-000000000001', '{"tempo": 301}')$$, 'TT000', 'unable to update the song; tempo is not valid');
select throws_ok($$select public.update_song(gen_random_uuid(), '{}')$$, 'TT000', 'unable to update the song; there is none with that id that you have a role in');

-- What she cannot do: write the tables themselves, read what is internal.
select throws_ok(
  $$insert into public.songs (title, content) values ('x', 'x')$$, '42501', null, 'nobody inserts into the table itself');
select throws_ok($$update public.songs set title = 'x'$$, '42501', null, 'nobody updates the table itself');
select throws_ok($$update public.songs set lyrics = 'x', version = 9$$, '42501', null, 'nor a derived column');
select throws_ok('delete from public.songs', '42501', null, 'nobody deletes from the table itself');
select throws_ok(
  $$insert into public.song_chords values ('10000000-0000-4000-8000-000000000001', 'C', 'C', '', null, 1, 1)$$, '42501', null, 'nobody inserts chords');
select throws_ok('update public.song_chords set occurrences = 9', '42501', null, 'nobody updates chords');
select throws_ok('delete from public.song_chords', '42501', null, 'nobody deletes chords');
select throws_ok('select search_vector from public.songs', '42501', null, 'the index is nobody''s to read');
select throws_ok($$select private.read_chordpro('x')$$, '42501', null, 'nor the derivation to call');

-- Ben: nothing of a private song.
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select is_empty($$select id from public.songs where created_by = 'a0000000-0000-4000-8000-000000000001'$$, 'another person sees no private song');
select is_empty($$select chord_name from public.song_chords where song_id = '10000000-0000-4000-8000-000000000001'$$, 'nor its chords');
select is_empty($$select (s ->> 'id')::uuid from jsonb_array_elements(public.search_songs('qxvzk') -> 'songs') as s$$, 'nor finds it');
select is_empty($$select id from public.list_songs() where created_by = 'a0000000-0000-4000-8000-000000000001'$$, 'nor lists it');
select is_empty($$select id from public.list_songs('a0000000-0000-4000-8000-000000000001')$$, 'not even by its owner');
select throws_ok(
  $$select public.update_song('10000000-0000-4000-8000-000000000001', '{"title": "x"}')$$, 'TT000',
  'unable to update the song; there is none with that id that you have a role in');
select throws_ok(
  $$select public.delete_song('10000000-0000-4000-8000-000000000001')$$, 'TT000', 'unable to delete the song; you have no song with that id');
select throws_ok(
  $$select public.create_song('{"id": "10000000-0000-4000-8000-000000000001", "content": "x"}')$$, 'TT000',
  'unable to create the song; its id belongs to another song, or to one in the trash');

-- shared behaves as private; public is for everybody.
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select is(
  (select visibility from public.update_song('10000000-0000-4000-8000-000000000001', '{"visibility": "shared"}')), 'shared', 'a song can be shared');
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select is_empty($$select id from public.songs where created_by = 'a0000000-0000-4000-8000-000000000001'$$, 'which shows it to nobody as long as there are no links');
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select is(
  (select title from public.update_song('10000000-0000-4000-8000-000000000001',
    '{"visibility": "public", "artist": "The Who", "language": "es", "content": "{title: Corazón qxvzk}\n[C]corazones"}')),
  'Corazón qxvzk', 'a song can be public');
select is((select count(*) from public.list_songs() where created_by = 'a0000000-0000-4000-8000-000000000001'), 6::bigint, 'she lists the public ones and her own');
select is(
  (select array_agg(created_at) from public.list_songs()),
  (select array_agg(created_at order by created_at desc) from public.list_songs()), 'newest first');

set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select results_eq($$select title from public.songs where created_by = 'a0000000-0000-4000-8000-000000000001'$$, array['Corazón qxvzk'], 'another person sees it');
select results_eq($$select chord_name from public.song_chords where song_id = '10000000-0000-4000-8000-000000000001'$$, array['C'], 'and its chords');
select results_eq($$select title from public.list_songs() where created_by = 'a0000000-0000-4000-8000-000000000001'$$, array['Corazón qxvzk'], 'lists it');
select results_eq($$select s ->> 'title' from jsonb_array_elements(public.search_songs('qxvzk the who') -> 'songs') as s$$, array['Corazón qxvzk'], 'finds it, stop words and all');
select results_eq($$select s ->> 'title' from jsonb_array_elements(public.search_songs('corazon qxvzk') -> 'songs') as s$$, array['Corazón qxvzk'], 'without accents');
select results_eq($$select s ->> 'title' from jsonb_array_elements(public.search_songs('qxvzk corazones') -> 'songs') as s$$, array['Corazón qxvzk'], 'by its language');
select is_empty($$select s ->> 'title' from jsonb_array_elements(public.search_songs('qxvzk nada') -> 'songs') as s$$, 'only if every word is in it');
select is_empty($$select s ->> 'title' from jsonb_array_elements(public.search_songs('& | ! :*') -> 'songs') as s$$, 'operators find nothing');
select throws_ok(
  $$select public.search_songs(repeat('x', 201))$$, 'TT000', 'unable to search songs; a query has at most 200 characters');
select throws_ok($$select public.search_songs('x', page_size => 201)$$, 'TT000', 'unable to search songs; a page holds 1 to 200');
select throws_ok(
  $$select public.update_song('10000000-0000-4000-8000-000000000001', '{"title": "x"}')$$, 'TT000',
  'unable to update the song; there is none with that id that you have a role in');

-- A stranger.
set local role anon;
set local request.jwt.claims = '{"role": "anon"}';
select results_eq($$select title from public.songs where created_by = 'a0000000-0000-4000-8000-000000000001'$$, array['Corazón qxvzk'], 'a stranger sees public songs');
select results_eq($$select s ->> 'title' from jsonb_array_elements(public.search_songs('qxvzk') -> 'songs') as s$$, array['Corazón qxvzk'], 'and finds them');
select throws_ok($$select public.create_song('{"content": "x"}')$$, '42501', null, 'a stranger adds nothing');
select throws_ok($$insert into public.songs (title, content) values ('x', 'x')$$, '42501', null, 'not in the table either');

-- The trash.
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select public.delete_song('10000000-0000-4000-8000-000000000001');
select is_empty(
  $$select id from public.songs where id = '10000000-0000-4000-8000-000000000001'
    union all select song_id from public.song_chords where song_id = '10000000-0000-4000-8000-000000000001'
    union all select (s ->> 'id')::uuid from jsonb_array_elements(public.search_songs('qxvzk') -> 'songs') as s$$,
  'a deleted song is gone from everywhere');

-- A deleted account takes its songs along.
reset role;
delete from auth.users where id = 'a0000000-0000-4000-8000-000000000001';
select is_empty($$select id from public.songs where created_by = 'a0000000-0000-4000-8000-000000000001'$$, 'a person''s songs go with the account');

select * from finish();
rollback;
