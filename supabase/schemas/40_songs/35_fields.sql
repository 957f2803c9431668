-- The fields of a song, each listed once: as JSON, and as what a save sets.

create function private.raise_invalid_song(broken_constraint text, operation text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  broken text := substring(broken_constraint from '^songs_(.*)_check$');
begin
  perform private.raise_error('invalid_input', format('unable to %s the song; %s is not valid', operation, broken),
    'Correct the named field.', jsonb_build_object('field', broken));
end
$$;
comment on function private.raise_invalid_song is 'Names the field that a constraint of public.songs refused.';

create function private.song_fields(song public.songs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'title', song.title, 'artist', song.artist, 'album', song.album, 'content', song.content, 'key', song.key, 'tempo', song.tempo,
    'time_signature', song.time_signature, 'capo_fret', song.capo_fret, 'genre', song.genre, 'style', song.style,
    'language', song.language, 'year', song.year, 'duration_seconds', song.duration_seconds,
    'difficulty_level', song.difficulty_level, 'source_url', song.source_url, 'source_type', song.source_type,
    'visibility', song.visibility, 'metadata', song.metadata);
end
$$;
comment on function private.song_fields is 'The fields of a song that a writer can set: the one list that answers and history are made from.';

create function private.song_json(song public.songs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return private.song_fields(song) || jsonb_build_object(
    'id', song.id, 'lyrics', song.lyrics, 'chords', song.chords, 'created_by', song.created_by,
    'chordpro_metadata', song.chordpro_metadata, 'version', song.version, 'created_at', song.created_at, 'updated_at', song.updated_at);
end
$$;
comment on function private.song_json is 'A song with its text, as those with a role see it.';

create function private.new_song(song_id uuid, owner_id uuid, created_at timestamptz)
returns public.songs
language plpgsql
stable
set search_path = ''
as $$
declare
  song public.songs;
begin
  song.id := song_id;
  song.created_by := owner_id;
  song.created_at := coalesce(new_song.created_at, now());
  song.source_type := 'manual';
  song.visibility := 'private';
  song.metadata := '{}';
  -- The rest is derived from the text.
  return song;
end
$$;
comment on function private.new_song is 'A song of which nothing is given, with what a new row has by default.';

create function private.set_song_fields(song public.songs, changes jsonb, operation text)
returns public.songs
language plpgsql
set search_path = ''
as $$
declare
  saved public.songs;
  broken text;
begin
  update public.songs s
  set (title, artist, album, content, key, tempo, time_signature, capo_fret, genre, style, language, year, duration_seconds,
      difficulty_level, source_url, source_type, visibility, metadata, derived_fields, version)
    = (
      select n.title, n.artist, n.album, n.content, n.key, n.tempo, n.time_signature, n.capo_fret, n.genre, n.style, n.language,
        n.year, n.duration_seconds, n.difficulty_level, n.source_url, n.source_type, n.visibility, n.metadata, n.derived_fields, n.version
      from jsonb_populate_record(s, changes) as n
    )
  where s.id = song.id and s.deleted_at is null
  returning s.* into saved;
  return saved;
exception
  when check_violation then
    get stacked diagnostics broken = constraint_name;
    perform private.raise_invalid_song(broken, operation);
end
$$;
comment on function private.set_song_fields is 'Sets the named fields of a song that is held.';

revoke execute on function
  private.raise_invalid_song(text, text),
  private.song_fields(public.songs),
  private.song_json(public.songs),
  private.new_song(uuid, uuid, timestamptz),
  private.set_song_fields(public.songs, jsonb, text)
from public, anon, authenticated, service_role;
-- public.get_song reads songs as the service itself.
grant execute on function
  private.song_fields(public.songs),
  private.song_json(public.songs)
to service_role;
