-- Songs: ChordPro in, everything else derived, for every writer.
--
-- Roll back: drop trigger profiles_delete_songs on public.profiles; drop table public.song_chords, public.songs cascade; drop the
-- functions below.

-- Years, frets, beats and places in a text are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

create table public.songs (
  id uuid primary key default gen_random_uuid(),
  title text not null,
  artist text,
  album text,
  content text not null,
  lyrics text not null default '',
  chords jsonb not null default '[]',
  key text,
  tempo integer,
  time_signature text,
  capo_fret integer,
  genre text,
  style text,
  language text,
  year integer,
  duration_seconds integer,
  difficulty_level integer,
  source_url text,
  source_type text not null default 'manual',
  visibility text not null default 'private',
  created_by uuid not null default auth.uid() references public.profiles (id),
  chordpro_metadata jsonb not null default '{}',
  derived_fields text[] not null default '{}',
  metadata jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint songs_title_check check (char_length(title) between 1 and 255),
  constraint songs_artist_check check (char_length(artist) <= 255),
  constraint songs_album_check check (char_length(album) <= 255),
  constraint songs_content_check check (octet_length(content) <= 131072),
  constraint songs_key_check check (key ~ '^[A-G][#b]?m?$'),
  constraint songs_tempo_check check (tempo between 30 and 300),
  constraint songs_time_signature_check check (time_signature ~ '^(?:[1-9]|[12][0-9]|3[0-2])/(?:1|2|4|8|16|32)$'),
  constraint songs_capo_fret_check check (capo_fret between 0 and 24),
  constraint songs_genre_check check (char_length(genre) <= 100),
  constraint songs_style_check check (char_length(style) <= 100),
  constraint songs_language_check check (language ~ '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$'),
  constraint songs_year_check check (year between 1 and 9999),
  constraint songs_duration_seconds_check check (duration_seconds between 1 and 86400),
  constraint songs_difficulty_level_check check (difficulty_level between 1 and 5),
  constraint songs_source_url_check check (char_length(source_url) <= 2000),
  constraint songs_source_type_check check (source_type ~ '^[a-z][a-z0-9_-]{0,49}$'),
  constraint songs_visibility_check check (visibility in ('private', 'shared', 'public')),
  constraint songs_metadata_check check (private.is_bounded_object(metadata, 8192))
);
comment on table public.songs is 'A song as ChordPro text; lyrics, chords and what the writer leaves empty are derived from it.';
comment on column public.songs.title is 'From {title}, else the first line of the lyrics, unless the writer gives one.';
comment on column public.songs.artist is 'From {artist}, several joined by a comma, unless the writer gives one.';
comment on column public.songs.content is 'ChordPro, at most 128 KiB: the slowest text of that length that we know saves in less than two seconds.';
comment on column public.songs.lyrics is 'Derived: the words alone, one line a line.';
comment on column public.songs.chords is
  'Derived: the distinct chords in order of first use: name, root, quality, bass, uses, positions (the first 1,000), context.';
comment on column public.songs.key is 'Letter, accidental, m for minor: F#m.';
comment on column public.songs.tempo is 'Beats a minute.';
comment on column public.songs.capo_fret is 'Null when the song does not say.';
comment on column public.songs.language is 'BCP 47; null when unknown. Words are indexed by it.';
comment on column public.songs.source_type is 'manual, import, api or a word of the app''s own.';
comment on column public.songs.visibility is 'private: the owner and those who accepted a share; shared: also whoever holds a link; public: everyone.';
comment on column public.songs.chordpro_metadata is 'Derived: every metadata directive of the text, lower-case name to list of values.';
comment on column public.songs.derived_fields is 'Columns whose value came from the text, not from a writer: they follow it when it changes.';
comment on column public.songs.metadata is 'The app''s own fields: an object of at most 8 KiB.';
comment on column public.songs.version is 'From 1; one more with each change of a field that a writer can set, of the tags, the owner, or into and out of the trash.';
comment on column public.songs.updated_at is 'Of the last change that counts in version.';
comment on column public.songs.deleted_at is 'When the owner put the song in the trash; nobody sees it from then on.';

create table public.song_chords (
  song_id uuid not null references public.songs (id) on delete cascade,
  chord_name text not null,
  chord_root text not null,
  chord_quality text not null,
  chord_bass text,
  occurrences integer not null,
  chord_position integer not null,
  primary key (song_id, chord_name)
);
comment on table public.song_chords is 'Derived: one row for each distinct chord of a song; songs.chords has every position.';
comment on column public.song_chords.chord_name is 'Canonical: enharmonics are one, spellings of a quality are one.';
comment on column public.song_chords.chord_position is 'Where it stands first among all chords of the song, from 1.';

create index songs_created_by_created_at_id_idx on public.songs (created_by, created_at desc, id desc);
create index songs_visibility_created_at_id_idx on public.songs (visibility, created_at desc, id desc) where deleted_at is null;
create index songs_deleted_at_idx on public.songs (deleted_at) where deleted_at is not null;
create index song_chords_chord_name_song_id_idx on public.song_chords (chord_name, song_id);

create function private.song_own_fields(song public.songs)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'title', nullif(btrim(song.title), ''), 'artist', nullif(btrim(song.artist), ''), 'album', nullif(btrim(song.album), ''),
    'key', song.key, 'tempo', song.tempo, 'time_signature', song.time_signature, 'capo_fret', song.capo_fret,
    'genre', nullif(btrim(song.genre), ''), 'style', nullif(btrim(song.style), ''), 'language', song.language,
    'year', song.year, 'duration_seconds', song.duration_seconds);
end
$$;
comment on function private.song_own_fields is 'The columns that the text can fill; null where a writer left them empty.';

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
  reading private.chordpro_reading;
  described jsonb;
  is_asked boolean;
  is_restoring boolean;
begin
  if octet_length(new.content) > 131072 then
    perform private.raise_error('content_too_long',
      format('unable to save the song; its content has %s bytes and the limit is 131072', octet_length(new.content)),
      'Shorten the song, or save its parts as songs of their own.', '{"field": "content", "limit": 131072}');
  end if;

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
    new.lyrics := old.lyrics;
    new.chords := old.chords;
    new.chordpro_metadata := old.chordpro_metadata;
    new.version := old.version;
    new.created_at := old.created_at;
    new.updated_at := old.updated_at;
    -- What nobody has touched since it was derived may follow the text.
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
    reading := private.read_chordpro(new.content);
    described := jsonb_build_object('title', coalesce(nullif(left(split_part(reading.lyrics, E'\n', 1), 80), ''), 'Untitled'))
      || private.describe_chordpro(reading.metadata, reading.german);
    if 'language' = any (fillable) and not described ? 'language' then
      described := described || jsonb_strip_nulls(jsonb_build_object('language', private.recognise_language(reading.lyrics)));
    end if;
    if is_restoring is not true then
      select coalesce(array_agg(f.field) filter (where described ? f.field), '{}') into new.derived_fields
      from unnest(fillable) as f (field);
    end if;
    new := jsonb_populate_record(new, given || coalesce(
      (select jsonb_object_agg(f.field, described -> f.field) from unnest(fillable) as f (field)), '{}'));
    new.lyrics := reading.lyrics;
    new.chords := reading.chords;
    new.chordpro_metadata := reading.metadata;
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
comment on function private.delete_songs_of_deleted_profile is 'Trigger: a person''s songs go with the account.';

create function private.can_see_song(song_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (
    select
    from public.songs s
    where s.id = can_see_song.song_id
      and s.deleted_at is null
      and (
        s.visibility = 'public' or s.created_by = auth.uid()
        or exists (select from private.song_grants g where g.song_id = s.id and g.user_id = auth.uid())
      )
  );
end
$$;
comment on function private.can_see_song is 'Whether the caller may see a song: a public one, or one with a role; what the policies ask last.';

create function private.check_song_fields(operation text, fields jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  strange text;
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
end
$$;
comment on function private.check_song_fields is 'Raises invalid_input with the field at fault unless these are fields of a song in their JSON types.';

create function private.create_song(song jsonb)
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
  perform private.check_song_fields('create', song);
  given := jsonb_populate_record(null::public.songs, song);
  new_id := coalesce(given.id, gen_random_uuid());

  return query
    insert into public.songs (
      id, title, artist, album, content, key, tempo, time_signature, capo_fret, genre, style, language, year, duration_seconds,
      difficulty_level, source_url, source_type, visibility, metadata, created_by
    )
    values (
      new_id, given.title, given.artist, given.album, given.content, given.key, given.tempo, given.time_signature, given.capo_fret,
      given.genre, given.style, given.language, given.year, given.duration_seconds, given.difficulty_level, given.source_url,
      coalesce(given.source_type, 'manual'), coalesce(given.visibility, 'private'), coalesce(given.metadata, '{}'), caller
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
exception
  when check_violation then
    get stacked diagnostics broken = constraint_name;
    broken := substring(broken from '^songs_(.*)_check$');
    perform private.raise_error('invalid_input', format('unable to create the song; %s is not valid', broken),
      'Correct the named field.', jsonb_build_object('field', broken));
end
$$;

create function public.create_song(song jsonb)
returns setof public.songs
language sql
rows 1
set search_path = ''
as $$
  select * from private.create_song(song)
$$;
comment on function public.create_song is
  'Adds a song of the caller''s own from content (ChordPro) and any other field to set; the same id again answers the same song.';

create function private.update_song(song_id uuid, changes jsonb)
returns setof public.songs
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  song public.songs;
  broken text;
begin
  perform private.check_song_fields('update', changes);
  song := private.lock_song(song_id, 'update', '{edit,admin,owner}');
  if song.created_by <> caller and changes ->> 'visibility' <> song.visibility then
    perform private.raise_error('forbidden', 'unable to update the song; who sees it is for the owner to say', 'Ask the owner.',
      '{"field": "visibility"}');
  end if;
  return query
    update public.songs s
    set (title, artist, album, content, key, tempo, time_signature, capo_fret, genre, style, language, year, duration_seconds,
        difficulty_level, source_url, source_type, visibility, metadata)
      = (
        select n.title, n.artist, n.album, n.content, n.key, n.tempo, n.time_signature, n.capo_fret, n.genre, n.style, n.language,
          n.year, n.duration_seconds, n.difficulty_level, n.source_url, n.source_type, n.visibility, n.metadata
        from jsonb_populate_record(s, changes) as n
      )
    where s.id = update_song.song_id and s.deleted_at is null
    returning s.*;
exception
  when check_violation then
    get stacked diagnostics broken = constraint_name;
    broken := substring(broken from '^songs_(.*)_check$');
    perform private.raise_error('invalid_input', format('unable to update the song; %s is not valid', broken),
      'Correct the named field.', jsonb_build_object('field', broken));
end
$$;

create function public.update_song(song_id uuid, changes jsonb)
returns setof public.songs
language sql
rows 1
set search_path = ''
as $$
  select * from private.update_song(song_id, changes)
$$;
comment on function public.update_song is
  'Changes the named fields of a song that the caller may edit, all or none; only the owner changes who sees it. A field that the text can fill follows it again when set to null.';

create function private.delete_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  update public.songs s
  set deleted_at = coalesce(s.deleted_at, clock_timestamp())
  where s.id = delete_song.song_id and s.created_by = caller;
  if not found and private.song_role(song_id) is not null then
    perform private.raise_error('forbidden', 'unable to delete the song; that is for its owner', 'Decline the share to be rid of it.');
  elsif not found then
    perform private.raise_error('song_not_found', 'unable to delete the song; the caller has none with that id', 'Check the id.');
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

create function public.list_songs(
  owner_id uuid default null,
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns table (
  id uuid,
  title text,
  artist text,
  album text,
  key text,
  tempo integer,
  time_signature text,
  capo_fret integer,
  genre text,
  style text,
  language text,
  year integer,
  duration_seconds integer,
  difficulty_level integer,
  visibility text,
  created_by uuid,
  version integer,
  created_at timestamptz,
  updated_at timestamptz
)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := auth.uid();
  rows_wanted integer := least(greatest(page_size, 0), 201);
begin
  if owner_id is not null then
    return query
      select
        s.id, s.title, s.artist, s.album, s.key, s.tempo, s.time_signature, s.capo_fret, s.genre, s.style, s.language, s.year,
        s.duration_seconds, s.difficulty_level, s.visibility, s.created_by, s.version, s.created_at, s.updated_at
      from public.songs s
      join (
        (
          select o.id
          from public.songs o
          where o.created_by = owner_id
            and o.deleted_at is null
            and (o.visibility = 'public' or o.created_by = caller)
            and (o.created_at, o.id) < (before_created_at, before_id)
          order by o.created_at desc, o.id desc
          limit rows_wanted
        )
        union
        select g.song_id from private.shared_songs(owner_id, before_created_at, before_id, 2 * rows_wanted) g
      ) as found on found.id = s.id
      order by s.created_at desc, s.id desc
      limit rows_wanted;
    return;
  end if;
  -- Three short walks of an index each instead of one long one that an "or" would need.
  return query
    select
      s.id, s.title, s.artist, s.album, s.key, s.tempo, s.time_signature, s.capo_fret, s.genre, s.style, s.language, s.year,
      s.duration_seconds, s.difficulty_level, s.visibility, s.created_by, s.version, s.created_at, s.updated_at
    from public.songs s
    join (
      (
        select p.id
        from public.songs p
        where p.visibility = 'public'
          and p.deleted_at is null
          and (p.created_at, p.id) < (before_created_at, before_id)
        order by p.created_at desc, p.id desc
        limit rows_wanted
      )
      union all
      (
        select o.id
        from public.songs o
        where o.created_by = caller
          and o.visibility <> 'public'
          and o.deleted_at is null
          and (o.created_at, o.id) < (before_created_at, before_id)
        order by o.created_at desc, o.id desc
        limit rows_wanted
      )
      union
      -- Twice as many, for one that is shared by a person and by a link comes twice.
      select g.song_id from private.shared_songs(null, before_created_at, before_id, 2 * rows_wanted) g
    ) as found on found.id = s.id
    order by s.created_at desc, s.id desc
    limit rows_wanted;
end
$$;
comment on function public.list_songs is
  'The songs that the caller may see, or those of one owner among them, newest first; a page of at most 201 after a time and an id.';

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

alter table public.songs enable row level security;
alter table public.song_chords enable row level security;

create policy "Visitors see public songs"
on public.songs
for select
to anon
using (visibility = 'public' and deleted_at is null);

create policy "Visitors see the chords of public songs"
on public.song_chords
for select
to anon
using (private.can_see_song(song_id));

create policy "People see the chords of songs they see"
on public.song_chords
for select
to authenticated
using (private.can_see_song(song_id));

revoke all on public.songs, public.song_chords from public, anon, authenticated, service_role;
grant select (
  id, title, artist, album, content, lyrics, chords, key, tempo, time_signature, capo_fret, genre, style, language, year,
  duration_seconds, difficulty_level, source_url, source_type, visibility, created_by, chordpro_metadata, derived_fields,
  metadata, version, created_at, updated_at, deleted_at
) on public.songs to anon, authenticated;
grant select on public.song_chords to anon, authenticated;
grant select, insert, update, delete on public.songs to service_role;
grant select on public.song_chords to service_role;

revoke execute on function
  private.song_own_fields(public.songs),
  private.derive_song(),
  private.derive_song_chords(),
  private.delete_songs_of_deleted_profile(),
  private.can_see_song(uuid),
  private.check_song_fields(text, jsonb),
  private.create_song(jsonb),
  private.update_song(uuid, jsonb),
  private.delete_song(uuid),
  public.create_song(jsonb),
  public.update_song(uuid, jsonb),
  public.delete_song(uuid),
  public.list_songs(uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  public.create_song(jsonb),
  private.create_song(jsonb),
  public.update_song(uuid, jsonb),
  private.update_song(uuid, jsonb),
  public.delete_song(uuid),
  private.delete_song(uuid)
to authenticated;
grant execute on function
  public.list_songs(uuid, integer, timestamptz, uuid),
  private.can_see_song(uuid)
to anon, authenticated, service_role;

commit;
