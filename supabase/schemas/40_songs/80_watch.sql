-- Watching a song: users who have it open hear of each change and see who else is there. Presence uses a topic whose key turns
-- whenever a user loses a role.

create function private.tell_of_deleted_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || w.user_id, 'broadcast', 'song', jsonb_build_object('song_id', old.id), true
  from private.song_watchers w
  where w.song_id = old.id and w.watches_until > clock_timestamp()
  order by w.watches_until desc
  limit 256;
  return old;
exception when others then
  raise warning 'unable to tell that song % is gone; %', old.id, sqlerrm;
  return old;
end
$$;
comment on function private.tell_of_deleted_song is 'Trigger: those who watch a song that is removed for good ask for it, and find out.';

create function private.watch_song(song_id uuid, known_version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  answer jsonb;
begin
  if private.song_role(song_id) is null then
    perform private.raise_error('song_not_found', 'unable to watch the song; there is none with that id that you have a role in', 'Check the id.');
  end if;
  perform private.get_own_profile();
  update private.song_watchers w
  set watches_until = clock_timestamp() + interval '90 seconds'
  where w.song_id = song_id and w.user_id = caller;
  if not found then
    -- A transaction that takes a role away at this moment does not see the new row: we wait for its end.
    perform from public.songs s where s.id = song_id for share;
    insert into private.song_watchers (song_id, user_id, watches_until)
    values (song_id, caller, clock_timestamp() + interval '90 seconds')
    on conflict on constraint song_watchers_pkey do update set watches_until = excluded.watches_until;
  end if;
  insert into private.song_live_keys (song_id) values (song_id) on conflict on constraint song_live_keys_pkey do nothing;
  -- A share that has run out since the key turned: no transaction was there to turn it.
  update private.song_live_keys k
  set live_key = gen_random_uuid(), turned_at = clock_timestamp()
  where k.song_id = watch_song.song_id
    and exists (
      select
      from public.song_shares h
      where h.song_id = watch_song.song_id and h.accepted_at is not null and h.expires_at between k.turned_at and clock_timestamp()
    );
  select jsonb_build_object(
    -- Again, for this may have waited behind what took it away.
    'role', private.song_role(s.id),
    'version', s.version,
    'live_key', k.live_key,
    'song', case when s.version is distinct from known_version then private.song_json(s) end)
  into answer
  from public.songs s
  join private.song_live_keys k on k.song_id = s.id
  where s.id = watch_song.song_id and s.deleted_at is null;
  if answer ->> 'role' is null then
    perform private.raise_error('song_not_found', 'unable to watch the song; there is none with that id that you have a role in', 'Check the id.');
  end if;
  return answer;
exception
  when foreign_key_violation then
    perform private.raise_error('song_not_found', 'unable to watch the song; there is none with that id that you have a role in', 'Check the id.');
end
$$;

create function public.watch_song(song_id uuid, known_version integer default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.watch_song(song_id, known_version)
$$;
comment on function public.watch_song is
  'For those with a role: for 90 seconds from now on the caller hears of changes. Answers role, version, the topic''s key, and the song unless its version is known.';

create function private.may_use_song_topic(topic text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- Every policy runs for every topic: a foreign one is false, never an error.
  if topic is null or topic not like 'song:%' or not private.is_uuid(split_part(topic, ':', 2)) then
    return false;
  end if;
  return exists (
    select
    from private.song_live_keys k
    where k.song_id = split_part(topic, ':', 2)::uuid
      and topic = 'song:' || k.song_id || ':' || k.live_key
      and private.song_role(k.song_id) is not null
  );
end
$$;
comment on function private.may_use_song_topic is 'Whether the caller has a role now in the song of a topic, and knows its key.';

create trigger songs_tell_of_deletion
before delete on public.songs
for each row
execute function private.tell_of_deleted_song();

create policy "People with a role see who else is at a song"
on realtime.messages
for select
to authenticated
using (
  extension in ('broadcast', 'presence') and topic = (select realtime.topic()) and private.may_use_song_topic((select realtime.topic()))
);

create policy "People with a role show that they are at a song"
on realtime.messages
for insert
to authenticated
with check (extension = 'presence' and topic = (select realtime.topic()) and private.may_use_song_topic((select realtime.topic())));

-- As for user channels: no policy of the app's own opens these topics to anybody else.
create policy "Nobody else sees who is at a song"
on realtime.messages
as restrictive
for select
to authenticated
using ((select realtime.topic()) !~* '^song:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:' or private.may_use_song_topic((select realtime.topic())));

create policy "Nobody else says anything at a song"
on realtime.messages
as restrictive
for insert
to authenticated
with check (
  (select realtime.topic()) !~* '^song:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:'
  or (extension = 'presence' and private.may_use_song_topic((select realtime.topic())))
);

create policy "Visitors do not see who is at a song"
on realtime.messages
as restrictive
for select
to anon
using ((select realtime.topic()) !~* '^song:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:');

create policy "Visitors say nothing at a song"
on realtime.messages
as restrictive
for insert
to anon
with check ((select realtime.topic()) !~* '^song:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:');

revoke execute on function
  private.tell_of_deleted_song(),
  private.watch_song(uuid, integer),
  private.may_use_song_topic(text),
  public.watch_song(uuid, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.watch_song(uuid, integer),
  private.may_use_song_topic(text),
  public.watch_song(uuid, integer)
to authenticated;
