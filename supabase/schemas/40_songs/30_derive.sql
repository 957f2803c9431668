-- Fills what is derived from a song's text, for every writer.

create function private.song_own_fields(song public.songs)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'title', case when song.title ~ E'\\S' then btrim(song.title) end, 'artist', case when song.artist ~ E'\\S' then btrim(song.artist) end, 'album', case when song.album ~ E'\\S' then btrim(song.album) end,
    'key', song.key, 'tempo', song.tempo, 'time_signature', song.time_signature, 'capo_fret', song.capo_fret,
    'genre', case when song.genre ~ E'\\S' then btrim(song.genre) end, 'style', case when song.style ~ E'\\S' then btrim(song.style) end, 'language', song.language,
    'year', song.year, 'duration_seconds', song.duration_seconds);
end
$$;
comment on function private.song_own_fields is 'The columns that the text can fill; null where a writer left them empty.';

create function private.is_restoring(song_id uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce(current_setting('tertulia.restoring_song', true) = song_id::text, false);
end
$$;
comment on function private.is_restoring is 'Whether restore_song_version is at work on a song: its fields are taken as they are.';

create function private.with_line_feeds(content text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return replace(replace(content, E'\r\n', E'\n'), E'\r', E'\n');
end
$$;
comment on function private.with_line_feeds is 'A text with LF for each CR LF and each CR: texts that differ in nothing else are the same version.';

create function private.check_song_length(operation text, content text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if octet_length(content) > 131072 then
    perform private.raise_error('content_too_long',
      format('unable to %s the song; its content has %s bytes and the limit is 131072', operation, octet_length(content)),
      'Shorten the song, or save its parts as songs of their own.', '{"field": "content", "limit": 131072}');
  end if;
end
$$;
comment on function private.check_song_length is 'Raises content_too_long for a text that would take too long to read.';

create function private.read_song(song public.songs, given jsonb, fillable text[], is_restoring boolean)
returns public.songs
language plpgsql
set search_path = ''
as $$
declare
  reading constant private.chordpro_reading := private.read_chordpro(song.content);
  unread constant text[] := private.unread_chords(reading.unread);
  described jsonb := jsonb_build_object('title', coalesce(nullif(private.cut_text(split_part(reading.lyrics, E'\n', 1), 80), ''), 'Untitled'))
    || private.describe_chordpro(reading.metadata, reading.german, reading.is_lower);
begin
  if 'language' = any (fillable) and not described ? 'language' then
    described := described || jsonb_strip_nulls(jsonb_build_object('language', private.recognise_language(reading.lyrics)));
  end if;
  -- What a text names is made a name: a line of it may be anything.
  described := jsonb_strip_nulls(described || coalesce((
    select jsonb_object_agg(d.key, coalesce(private.name_from(d.value, 255), case d.key when 'title' then 'Untitled' end))
    from jsonb_each_text(described) as d
    where d.key in ('title', 'artist', 'album', 'genre', 'style') and private.text_fault('name', d.value, 255) is not null
  ), '{}'));
  if not is_restoring then
    song.derived_fields := array(select f.field from unnest(fillable) as f (field) where described ? f.field);
  end if;
  song := jsonb_populate_record(song, given || coalesce(
    (select jsonb_object_agg(f.field, described -> f.field) from unnest(fillable) as f (field)), '{}'));
  song.lyrics := reading.lyrics;
  song.chords := reading.chords;
  song.chordpro_metadata := reading.metadata;
  song.chord_set := private.chord_fingerprint(reading.chords, unread);
  if song.chord_set is not null then
    perform private.add_chord_set(reading.chords, unread, song.chord_set);
  end if;
  return song;
end
$$;
comment on function private.read_song is 'A song with what its text says; the fields that the text may fill are named.';

create function private.derive_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  given jsonb := private.song_own_fields(new);
  before jsonb;
  fillable text[];
  is_asked boolean;
  is_restoring boolean := false;
begin
  perform private.check_song_length(case tg_op when 'INSERT' then 'create' else 'update' end, new.content);
  if tg_op = 'INSERT' then
    -- An account whose profile is missing gets it now.
    if new.created_by = auth.uid() and not exists (select from public.profiles p where p.id = new.created_by) then
      perform private.get_own_profile();
    end if;
    new.version := 1;
    new.updated_at := new.created_at;
    select array_agg(f.field) into fillable from jsonb_each(given) as f (field, value) where f.value = 'null';
  else
    before := private.song_own_fields(old);
    -- Changes outside this row count as versions too; what a version held comes back as it was.
    is_asked := new.version = old.version + 1;
    is_restoring := private.is_restoring(new.id);
    if new.content <> old.content and not is_restoring and private.with_line_feeds(new.content) = private.with_line_feeds(old.content) then
      -- An editor that turned the line endings has changed nothing.
      new.content := old.content;
    end if;
    new.lyrics := old.lyrics;
    new.chords := old.chords;
    new.chord_set := old.chord_set;
    new.chordpro_metadata := old.chordpro_metadata;
    new.version := old.version;
    new.created_at := old.created_at;
    new.updated_at := old.updated_at;
    -- A field that was not set since it was derived may follow the text.
    if not is_restoring then
      select array_agg(f.field) into fillable
      from jsonb_each(given) as f (field, value)
      where f.value = 'null' or (f.field = any (old.derived_fields) and f.value = before -> f.field);
      select array_agg(d.field) into new.derived_fields from unnest(old.derived_fields) as d (field) where d.field = any (fillable);
    end if;
  end if;
  fillable := coalesce(fillable, '{}');
  new.derived_fields := coalesce(new.derived_fields, '{}');

  if tg_op = 'INSERT' or new.content <> old.content
    or exists (select from unnest(fillable) as f (field) where given -> f.field = 'null' and before -> f.field <> 'null')
  then
    new := private.read_song(new, given, fillable, is_restoring);
  end if;

  if is_asked
    or (tg_op = 'UPDATE'
      and (new.content, new.difficulty_level, new.source_url, new.source_type, new.visibility, new.metadata, new.created_by, new.deleted_at,
          private.song_own_fields(new))
        is distinct from (old.content, old.difficulty_level, old.source_url, old.source_type, old.visibility, old.metadata, old.created_by,
          old.deleted_at, before))
  then
    new.version := old.version + 1;
    new.updated_at := clock_timestamp();
  end if;
  return new;
end
$$;
comment on function private.derive_song is
  'Trigger: reads the text when it changed, fills what the writer left empty, counts the version. Refuses nothing but too much text.';

create function private.derive_song_chords()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    delete from public.song_chords c where c.song_id = new.id;
  end if;
  insert into public.song_chords (song_id, chord_name, chord_root, chord_quality, chord_bass, occurrences, chord_position)
  select new.id, c.name, c.root, c.quality, c.bass, c.uses, (c.positions ->> 0)::integer
  from jsonb_to_recordset(new.chords) as c (name text, root text, quality text, bass text, uses integer, positions jsonb);
  return null;
end
$$;
comment on function private.derive_song_chords is 'Trigger: one row in song_chords for each chord of the song.';

create function private.delete_songs_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.songs s where s.created_by = new.id;
  return null;
end
$$;
comment on function private.delete_songs_of_deleted_profile is 'Trigger: deletes a user''s songs with the account.';

create trigger songs_derive
before insert or update on public.songs
for each row
execute function private.derive_song();

create trigger songs_derive_chords_on_insert
after insert on public.songs
for each row
execute function private.derive_song_chords();

create trigger songs_derive_chords_on_update
after update on public.songs
for each row
when (old.chords is distinct from new.chords)
execute function private.derive_song_chords();

create trigger profiles_delete_songs
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_songs_of_deleted_profile();

revoke execute on function
  private.song_own_fields(public.songs),
  private.with_line_feeds(text),
  private.check_song_length(text, text),
  private.read_song(public.songs, jsonb, text[], boolean),
  private.derive_song(),
  private.derive_song_chords(),
  private.delete_songs_of_deleted_profile(),
  private.is_restoring(uuid)
from public, anon, authenticated, service_role;
