-- The calls that create, change, delete and import songs.

create function private.check_song_fields(operation text, fields jsonb)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  strange text;
  written text;
  kept jsonb := fields;
begin
  if jsonb_typeof(fields) is distinct from 'object' then
    perform private.raise_error('invalid_input', format('unable to %s the song; the fields are not an object', operation),
      'Send an object of fields.');
  end if;
  select f.key into strange
  from jsonb_each(fields) as f
  where f.key <> all ('{id,title,artist,album,content,key,tempo,time_signature,capo_fret,genre,style,language,year,duration_seconds,difficulty_level,source_url,source_type,visibility,metadata}'::text[])
    or (f.key = 'id' and operation <> 'create')
    or (f.key in ('id', 'content', 'source_type', 'visibility', 'metadata') and jsonb_typeof(f.value) = 'null')
    or jsonb_typeof(f.value) not in ('null', case
      when f.key in ('tempo', 'capo_fret', 'year', 'duration_seconds', 'difficulty_level') then 'number'
      when f.key = 'metadata' then 'object'
      else 'string'
    end)
    or (jsonb_typeof(f.value) = 'number' and f.value::text !~ '^-?[0-9]{1,9}$')
    or (f.key = 'id' and f.value #>> '{}' !~* '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$')
  limit 1;
  if strange is null and operation = 'create' and not fields ? 'content' then
    strange := 'content';
  end if;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to %s the song; %s cannot be set to that', operation, strange),
      'Correct the named field.', jsonb_build_object('field', strange));
  end if;
  for strange, written in
    select f.key, f.value
    from jsonb_each_text(fields) as f
    where f.key in ('title', 'artist', 'album', 'genre', 'style')
  loop
    -- White space alone is no value: the field follows the text.
    kept := kept || jsonb_build_object(strange, case when written ~ E'\\S' then
      private.check_text('name', written, case when strange in ('genre', 'style') then 100 else 255 end, operation || ' the song', strange) end);
  end loop;
  return kept;
end
$$;
comment on function private.check_song_fields is
  'Fields of a song as they are kept; raises invalid_input with the field at fault unless each is of its JSON type and a text by the rule.';

create function private.create_song(song jsonb, created_at timestamptz default null)
returns setof public.songs
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  given public.songs;
  new_id uuid;
  broken text;
begin
  -- An import counts all its songs at once, and gives each its time.
  if created_at is null and not private.has_song(caller, song ->> 'id') then
    perform private.count_new_songs(caller, 1, octet_length(song ->> 'content'));
  end if;
  perform private.hold_account();
  song := private.check_song_fields('create', song);
  new_id := coalesce(song ->> 'id', gen_random_uuid()::text)::uuid;
  given := jsonb_populate_record(private.new_song(new_id, caller, create_song.created_at), song);

  return query
    -- By name: a column that a later version adds has its default.
    insert into public.songs (
      id, title, artist, album, content, key, tempo, time_signature, capo_fret, genre, style, language, year, duration_seconds,
      difficulty_level, source_url, source_type, visibility, metadata, created_by, created_at
    )
    values (
      given.id, given.title, given.artist, given.album, given.content, given.key, given.tempo, given.time_signature, given.capo_fret,
      given.genre, given.style, given.language, given.year, given.duration_seconds, given.difficulty_level, given.source_url,
      given.source_type, given.visibility, given.metadata, given.created_by, given.created_at
    )
    on conflict (id) do nothing
    returning *;
  if not found then
    -- The same id again is the same song.
    return query select s.* from public.songs s where s.id = new_id and s.created_by = caller and s.deleted_at is null;
    if not found then
      perform private.raise_error('invalid_input', 'unable to create the song; its id belongs to another song, or to one in the trash',
        'Make a new UUID for each song.', '{"field": "id"}');
    end if;
  end if;
  -- After the row, so that a purge at this moment has committed.
  if song ? 'id' and exists (select from private.purged_songs g where g.id = new_id) then
    perform private.raise_error('invalid_input', 'unable to create the song; its id belonged to a song that was removed for good',
      'Make a new UUID for each song.', '{"field": "id"}');
  end if;
exception
  when check_violation then
    get stacked diagnostics broken = constraint_name;
    perform private.raise_invalid_song(broken, 'create');
end
$$;

create function public.create_song(song jsonb)
returns setof public.songs
language plpgsql
rows 1
set search_path = ''
as $$
begin
  return query select * from private.create_song(song);
end
$$;
comment on function public.create_song is
  'Adds a song of the caller''s own from content (ChordPro) and any other field to set; the same id again answers the same song.';

create function private.delete_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  update public.songs s
  set deleted_at = coalesce(s.deleted_at, clock_timestamp())
  where s.id = delete_song.song_id and s.created_by = caller;
  if not found and private.role_in('song', song_id) is not null then
    perform private.raise_error('forbidden', 'unable to delete the song; that is for its owner', 'Decline the share to be rid of it.');
  elsif not found then
    perform private.raise_error('song_not_found', 'unable to delete the song; you have no song with that id', 'Check the id.');
  end if;
end
$$;

create function public.delete_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.delete_song(song_id)
$$;
comment on function public.delete_song is 'Puts one of the caller''s own songs in the trash; doing so again changes nothing.';

create function private.import_songs(songs jsonb)
returns table (place integer, id uuid, title text, added boolean, code text, message text, field text)
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  item jsonb;
  moment timestamptz;
  detail text;
  keys text[];
  labels text[];
  shown text[];
begin
  -- A text that is too long is refused at once, so it does not count.
  if jsonb_typeof(songs) is distinct from 'array' or jsonb_array_length(songs) not between 1 and 100
    or (
      select sum(octet_length(e.song ->> 'content'))
      from jsonb_array_elements(songs) as e (song)
      where octet_length(e.song ->> 'content') <= 131072
    ) > 1048576
  then
    perform private.raise_error('invalid_input', 'unable to import songs; it takes a list of 1 to 100, of at most 1 MiB of text', 'Import in several parts.',
      '{"field": "songs"}');
  end if;
  perform private.count_new_songs(caller, count(*), sum(octet_length(e.song ->> 'content')) filter (where octet_length(e.song ->> 'content') <= 131072))
  from jsonb_array_elements(songs) as e (song)
  where not private.has_song(caller, e.song ->> 'id')
  having count(*) > 0;
  perform private.hold_account();
  -- The catalogue's locks go by key, not by song: those of all texts that may name a tag are taken before the first song.
  select array_agg(w.tag_name), array_agg(w.label), array_agg(w.tag_name) filter (where t.is_public) into keys, labels, shown
  from (
    select e.song ->> 'content' as content, e.song -> 'visibility' = '"public"' as is_public
    from jsonb_array_elements(songs) as e (song)
    where octet_length(e.song ->> 'content') <= 131072 and e.song ->> 'content' ~* E'\\{[^\\n]*tag'
    offset 0
  ) as t
  cross join lateral private.song_text_tags((private.read_chordpro(t.content)).metadata) as w;
  perform private.enter_song_tags(keys, labels);
  perform private.lock_unsung_tags(shown);
  place := 0;
  for item in select e.song from jsonb_array_elements(songs) with ordinality as e (song, n) order by e.n loop
    select null, null, null, null, null, null into id, title, added, code, message, field;
    -- Each song is saved or refused by itself.
    begin
      -- A microsecond apart, so that lists keep the order of the songbook.
      moment := now() + place * interval '1 microsecond';
      select c.id, c.title, c.created_at = moment into id, title, added
      from private.create_song(case when jsonb_typeof(item) = 'object' then '{"source_type": "import"}' || item else item end, moment) c;
    exception
      when sqlstate 'TT000' then
        get stacked diagnostics detail = pg_exception_detail, message = message_text;
        code := detail::jsonb ->> 'code';
        field := detail::jsonb ->> 'field';
    end;
    return next;
    place := place + 1;
  end loop;
end
$$;

create function public.import_songs(songs jsonb)
returns table (place integer, id uuid, title text, added boolean, code text, message text, field text)
language sql
set search_path = ''
as $$
  select * from private.import_songs(songs)
$$;
comment on function public.import_songs is
  'Adds up to 100 songs of the caller''s own (objects as for create_song), each by itself, in their order: answers its id, its title and whether it is new, or why it was refused.';

revoke execute on function
  private.check_song_fields(text, jsonb),
  private.create_song(jsonb, timestamptz),
  private.delete_song(uuid),
  public.create_song(jsonb),
  public.delete_song(uuid),
  private.import_songs(jsonb),
  public.import_songs(jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  public.create_song(jsonb),
  private.create_song(jsonb, timestamptz),
  public.delete_song(uuid),
  private.delete_song(uuid),
  private.import_songs(jsonb),
  public.import_songs(jsonb)
to authenticated;
