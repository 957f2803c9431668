begin;
select plan(13);
-- Setlists: Ana makes one, shares it with Ben, and Carla is a stranger.
insert into auth.users (id, email) values
  ('a0000000-0000-4000-8000-000000000011', 'ana-setlists@example.com'),
  ('b0000000-0000-4000-8000-000000000012', 'ben-setlists@example.com'),
  ('c0000000-0000-4000-8000-000000000013', 'carla-setlists@example.com');

-- What Ana can do.
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000011", "role": "authenticated"}';
select lives_ok($$select public.create_song('{"id": "10000000-0000-4000-8000-000000000011", "title": "Uno", "content": "[C]uno"}')$$, 'a song');
select is(
  public.create_setlist('{"id": "50000000-0000-4000-8000-000000000011", "title": "Friday",
    "entries": [{"song_id": "10000000-0000-4000-8000-000000000011", "key": "D", "capo": 2}]}') #>> '{entries,0,key}',
  'D', 'a setlist has entries with their own key');
select is(
  (public.change_setlist('50000000-0000-4000-8000-000000000011', '[{"do": "fields", "fields": {"note": "Bring capo"}}]') ->> 'version')::integer,
  2, 'a change is a version');
select throws_ok(
  $$select public.change_setlist('50000000-0000-4000-8000-000000000011', '[{"do": "fields", "fields": {"owner": "x"}}]')$$, 'TT000',
  'unable to change the setlist; owner cannot be set to that');
create temporary table share on commit drop as
select (public.offer_share('50000000-0000-4000-8000-000000000011', 'view', 'b0000000-0000-4000-8000-000000000012', target_kind => 'setlist') ->> 'id')::uuid as id;

-- What Carla cannot do.
set local request.jwt.claims = '{"sub": "c0000000-0000-4000-8000-000000000013", "role": "authenticated"}';
select throws_ok($$select public.get_setlist('50000000-0000-4000-8000-000000000011')$$, 'TT000', 'unable to get the setlist; there is none with that id');
select throws_ok(
  $$select public.change_setlist('50000000-0000-4000-8000-000000000011', '[{"do": "fields", "fields": {"note": "x"}}]')$$, 'TT000',
  'unable to change the setlist; there is none with that id that you have a role in');
select is_empty('select public.list_setlists()', 'nor lists it');

-- What Ben can do once he has accepted.
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000012", "role": "authenticated"}';
select throws_ok($$select public.get_setlist('50000000-0000-4000-8000-000000000011')$$, 'TT000', 'unable to get the setlist; there is none with that id');
select is(public.accept_share((select id from share)) ->> 'setlist_id', '50000000-0000-4000-8000-000000000011', 'he accepts');
select is(
  (select concat_ws('|', e.entry ->> 'title', e.entry ->> 'song_id', e.entry ->> 'song')
   from (select public.get_setlist('50000000-0000-4000-8000-000000000011') #> '{entries,0}' as entry) as e),
  'Uno', 'he sees the title of a song without access, and nothing else of it');
select is(public.role_in('50000000-0000-4000-8000-000000000011', 'setlist'), 'view', 'he is a viewer');
select throws_ok(
  $$select public.change_setlist('50000000-0000-4000-8000-000000000011', '[{"do": "fields", "fields": {"note": "x"}}]')$$, 'TT000',
  'unable to change the setlist; that is not for the role view');
select throws_ok($$select public.delete_setlist('50000000-0000-4000-8000-000000000011')$$, 'TT000', 'unable to delete the setlist; that is not for the role view');

select * from finish();
rollback;
