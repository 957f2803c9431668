-- How much a user writes into the catalogue of songs.

create function private.count_new_songs(caller uuid, songs bigint, bytes bigint)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.take_token(caller, 'song', songs);
  perform private.take_token(caller, 'song_bytes', bytes);
end
$$;
comment on function private.count_new_songs is 'Counts songs that a user creates or imports; before any other lock, as all limits are.';

create function private.has_song(person uuid, song_id text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select from public.songs s
    where s.created_by = person and s.id = case when private.is_uuid(has_song.song_id) then has_song.song_id::uuid end
  );
end
$$;
comment on function private.has_song is 'Whether a song with that id is a user''s already, so that a repeated call counts nothing.';

create function private.count_song_change(caller uuid, content text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.take_token(caller, 'song_change');
  perform private.take_token(caller, 'song_bytes', octet_length(content));
end
$$;
comment on function private.count_song_change is 'Counts a version of a song; before the song is locked, as all limits are.';

revoke execute on function
  private.count_new_songs(uuid, bigint, bigint),
  private.has_song(uuid, text),
  private.count_song_change(uuid, text)
from public, anon, authenticated, service_role;
