-- Watching a song: users who have it open hear of each change and see who else is there.

create function private.tell_of_deleted_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.tell_watchers('song', old.id);
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
  topic_key uuid;
  answer jsonb;
begin
  if private.role_in('song', song_id) is null then
    perform private.raise_error('song_not_found', 'unable to watch the song; you have no role in a song with that id', 'Check the id.');
  end if;
  perform private.get_own_profile();
  topic_key := private.renew_watch('song', song_id);
  select jsonb_build_object(
    -- Again, for this may have waited behind what took it away.
    'role', private.role_in('song', s.id),
    'version', s.version,
    'live_key', topic_key,
    'song', case when s.version is distinct from known_version then private.song_json(s) end)
  into answer
  from public.songs s
  where s.id = watch_song.song_id and s.deleted_at is null;
  if answer ->> 'role' is null then
    perform private.raise_error('song_not_found', 'unable to watch the song; you have no role in a song with that id', 'Check the id.');
  end if;
  return answer;
exception
  when foreign_key_violation then
    perform private.raise_error('song_not_found', 'unable to watch the song; you have no role in a song with that id', 'Check the id.');
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

create trigger songs_tell_of_deletion
before delete on public.songs
for each row
execute function private.tell_of_deleted_song();

revoke execute on function
  private.tell_of_deleted_song(),
  private.watch_song(uuid, integer),
  public.watch_song(uuid, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.watch_song(uuid, integer),
  public.watch_song(uuid, integer)
to authenticated;
