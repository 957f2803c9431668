-- History: every change of a song is a numbered full snapshot.
--
-- The number is the song's own version, counted under its row's lock, so numbers have no gap and their order is commit order. A
-- trigger writes the snapshot for every writer. What is derived from the text (lyrics, chords, metadata) is read from it again.
-- Source of figures: public.song_history has one row for each change, with changed_by, change_type and created_at.
-- Roll back: drop triggers songs_write_history_on_insert, songs_write_history_on_update on public.songs and those of
-- public.song_tags below; drop table public.song_history; drop the functions below.

-- Versions, years, frets and beats are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

create table public.song_history (
  id uuid primary key default gen_random_uuid(),
  song_id uuid not null references public.songs (id) on delete cascade,
  version_number integer not null,
  title text not null,
  artist text,
  album text,
  content text not null,
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
  source_type text not null,
  visibility text not null,
  created_by uuid not null references public.profiles (id),
  metadata jsonb not null,
  derived_fields text[] not null,
  deleted_at timestamptz,
  tags jsonb not null,
  change_type text not null,
  change_summary text,
  changed_fields text[] not null,
  changed_by uuid references public.profiles (id),
  created_at timestamptz not null default clock_timestamp(),
  constraint song_history_song_id_version_number_key unique (song_id, version_number),
  constraint song_history_change_type_check check (change_type in ('create', 'update', 'restore', 'delete', 'undelete', 'transfer')),
  constraint song_history_change_summary_check check (char_length(change_summary) between 1 and 500)
);
comment on table public.song_history is 'A song as it was after each change: every field that can be set, and the tags.';
comment on column public.song_history.version_number is 'songs.version after the change; only pruning makes a gap.';
comment on column public.song_history.created_by is 'The owner at that time.';
comment on column public.song_history.tags is 'Objects of tag_name, label, category_id, tag_type and created_by, in the order of names.';
comment on column public.song_history.change_type is 'delete and undelete: into the trash and out of it; restore: back to an earlier version.';
comment on column public.song_history.change_summary is 'The writer''s own words, if there were any.';
comment on column public.song_history.changed_by is 'Null for a change by the service.';

create index song_history_changed_by_idx on public.song_history (changed_by);
create index song_history_created_by_idx on public.song_history (created_by);
create index song_history_created_at_idx on public.song_history (created_at);

create function private.song_tags_json(song_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('tag_name', t.tag_name, 'label', t.label, 'category_id', t.category_id, 'tag_type', t.tag_type,
      'created_by', t.created_by) order by t.tag_name), '[]')
    from public.song_tags t
    where t.song_id = song_tags_json.song_id
  );
end
$$;

create function private.add_song_version(song public.songs, change_type text, changed_fields text[], change_summary text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into public.song_history (
    song_id, version_number, title, artist, album, content, key, tempo, time_signature, capo_fret, genre, style, language, year,
    duration_seconds, difficulty_level, source_url, source_type, visibility, created_by, metadata, derived_fields, deleted_at, tags,
    change_type, change_summary, changed_fields, changed_by
  )
  values (
    song.id, song.version, song.title, song.artist, song.album, song.content, song.key, song.tempo, song.time_signature, song.capo_fret,
    song.genre, song.style, song.language, song.year, song.duration_seconds, song.difficulty_level, song.source_url, song.source_type,
    song.visibility, song.created_by, song.metadata, song.derived_fields, song.deleted_at, private.song_tags_json(song.id),
    change_type, change_summary, changed_fields, (select p.id from public.profiles p where p.id = auth.uid())
  );
  perform private.deliver_song(song, change_type);
end
$$;
comment on function private.add_song_version is 'Keeps a song as it is now under its version, and tells those who watch it.';

create function private.write_song_history()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    perform private.add_song_version(new, 'create', '{}', null);
    return null;
  end if;
  if private.is_restoring(new.id) then
    -- restore_song_version writes its own, when the tags are back too.
    return null;
  end if;
  perform private.add_song_version(
    new,
    case
      when new.deleted_at is not null and old.deleted_at is null then 'delete'
      when new.deleted_at is null and old.deleted_at is not null then 'undelete'
      when new.created_by <> old.created_by then 'transfer'
      else 'update'
    end,
    coalesce(nullif(array_remove(array[
      case when new.title <> old.title then 'title' end,
      case when new.artist is distinct from old.artist then 'artist' end,
      case when new.album is distinct from old.album then 'album' end,
      case when new.content <> old.content then 'content' end,
      case when new.key is distinct from old.key then 'key' end,
      case when new.tempo is distinct from old.tempo then 'tempo' end,
      case when new.time_signature is distinct from old.time_signature then 'time_signature' end,
      case when new.capo_fret is distinct from old.capo_fret then 'capo_fret' end,
      case when new.genre is distinct from old.genre then 'genre' end,
      case when new.style is distinct from old.style then 'style' end,
      case when new.language is distinct from old.language then 'language' end,
      case when new.year is distinct from old.year then 'year' end,
      case when new.duration_seconds is distinct from old.duration_seconds then 'duration_seconds' end,
      case when new.difficulty_level is distinct from old.difficulty_level then 'difficulty_level' end,
      case when new.source_url is distinct from old.source_url then 'source_url' end,
      case when new.source_type <> old.source_type then 'source_type' end,
      case when new.visibility <> old.visibility then 'visibility' end,
      case when new.created_by <> old.created_by then 'created_by' end,
      case when new.metadata <> old.metadata then 'metadata' end,
      case when new.deleted_at is distinct from old.deleted_at then 'deleted_at' end
    ], null), '{}'), '{tags}'),
    nullif(current_setting('tertulia.change_summary', true), ''));
  if new.visibility = 'private' and old.visibility <> 'private' then
    perform private.end_lost_watches(new.id);
  end if;
  return null;
end
$$;
comment on function private.write_song_history is 'Trigger: a snapshot for each version; a change of no field is one of the tags.';

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

create function private.count_tag_changes()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Where the version at hand has no snapshot yet, the song's own change is under way and will have the tags in it.
  update public.songs s
  set version = s.version + 1
  where s.id in (select c.song_id from changed c)
    and not private.is_restoring(s.id)
    and exists (
      select
      from public.song_history h
      where h.song_id = s.id and h.version_number = s.version and h.tags <> private.song_tags_json(s.id)
    );
  return null;
end
$$;
comment on function private.count_tag_changes is 'Trigger: other tags are another version of the song.';

create function private.version_json(version public.song_history)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'version', version.version_number, 'change_type', version.change_type, 'change_summary', version.change_summary,
    'changed_fields', version.changed_fields, 'changed_by', private.person_json(version.changed_by), 'created_at', version.created_at);
end
$$;

create function private.song_version_json(version public.song_history)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return private.version_json(version) || jsonb_build_object(
    'title', version.title, 'artist', version.artist, 'album', version.album, 'content', version.content, 'key', version.key,
    'tempo', version.tempo, 'time_signature', version.time_signature, 'capo_fret', version.capo_fret, 'genre', version.genre,
    'style', version.style, 'language', version.language, 'year', version.year, 'duration_seconds', version.duration_seconds,
    'difficulty_level', version.difficulty_level, 'source_url', version.source_url, 'source_type', version.source_type,
    'visibility', version.visibility, 'metadata', version.metadata,
    'tags', (select coalesce(jsonb_agg(t.tag ->> 'label' order by t.n), '[]') from jsonb_array_elements(version.tags) with ordinality as t (tag, n)));
end
$$;
comment on function private.song_version_json is 'A version with every field and the labels of its tags.';

create function private.song_json(song public.songs)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', song.id, 'title', song.title, 'artist', song.artist, 'album', song.album, 'content', song.content, 'lyrics', song.lyrics,
    'chords', song.chords, 'key', song.key, 'tempo', song.tempo, 'time_signature', song.time_signature, 'capo_fret', song.capo_fret,
    'genre', song.genre, 'style', song.style, 'language', song.language, 'year', song.year, 'duration_seconds', song.duration_seconds,
    'difficulty_level', song.difficulty_level, 'source_url', song.source_url, 'source_type', song.source_type,
    'visibility', song.visibility, 'created_by', song.created_by, 'chordpro_metadata', song.chordpro_metadata)
    || jsonb_build_object('metadata', song.metadata, 'version', song.version, 'created_at', song.created_at, 'updated_at', song.updated_at);
end
$$;
comment on function private.song_json is 'A song with its text, as those with a role see it.';

create function private.save_song(song_id uuid, changes jsonb, expected_version integer, summary text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  song public.songs;
begin
  perform private.require_user();
  if char_length(summary) not between 1 and 500 then
    perform private.raise_error('invalid_input', 'unable to update the song; a summary has 1 to 500 characters', 'Shorten the summary.',
      '{"field": "summary"}');
  end if;
  song := private.lock_song(song_id, 'update', '{edit,admin,owner}');
  if song.version <> expected_version then
    -- An answer and not an error: the texts belong to the writer, not into a log.
    return jsonb_build_object('conflict', jsonb_build_object(
      'base', (
        select private.song_version_json(h) from public.song_history h where h.song_id = song.id and h.version_number = expected_version
      ),
      'theirs', private.song_json(song)));
  end if;
  perform set_config('tertulia.change_summary', coalesce(summary, ''), true);
  select u.* into song from private.update_song(song_id, changes) u;
  perform set_config('tertulia.change_summary', '', true);
  return jsonb_build_object('song', private.song_json(song));
end
$$;

create function public.save_song(song_id uuid, changes jsonb, expected_version integer default null, summary text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.save_song(song_id, changes, expected_version, summary)
$$;
comment on function public.save_song is
  'Like update_song, if the song still is at a version: else answers that version and the song as it is, and changes nothing.';

create function private.require_editor(song_id uuid, operation text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.require_user();
  if not private.may_edit_song(song_id) then
    perform private.raise_error(case when private.song_role(song_id) is null then 'song_not_found' else 'forbidden' end,
      format('unable to %s; that is for those who may edit the song', operation), 'Ask the owner for the role edit.');
  end if;
end
$$;

create function private.list_song_versions(song_id uuid, page_size integer, before_version integer)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.check_page_size('list the versions', page_size, 201);
  perform private.require_editor(song_id, 'list the versions');
  return query
    select private.version_json(h)
    from public.song_history h
    where h.song_id = list_song_versions.song_id and h.version_number < before_version
    order by h.version_number desc
    limit page_size;
end
$$;

create function public.list_song_versions(song_id uuid, page_size integer default 50, before_version integer default 2147483647)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_song_versions(song_id, page_size, before_version)
$$;
comment on function public.list_song_versions is
  'For those who may edit: who changed what of a song and when, the latest first; a page of at most 201 before a version.';

create function private.raise_version_not_found()
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('version_not_found', 'unable to reach the version; the song''s history has none of that number', 'List the versions.');
end
$$;

create function private.get_song_version(song_id uuid, version integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  found_version public.song_history;
begin
  perform private.require_editor(song_id, 'get the version');
  select h.* into found_version from public.song_history h where h.song_id = get_song_version.song_id and h.version_number = version;
  if found_version.id is null then
    perform private.raise_version_not_found();
  end if;
  return private.song_version_json(found_version);
end
$$;

create function public.get_song_version(song_id uuid, version integer)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_song_version(song_id, version)
$$;
comment on function public.get_song_version is 'For those who may edit: a song as it was at a version, every field and the tags.';

create function private.restore_song_version(song_id uuid, version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  song public.songs;
  wanted public.song_history;
begin
  perform private.require_user();
  song := private.lock_song(song_id, 'restore', '{edit,admin,owner}');
  select h.* into wanted from public.song_history h where h.song_id = song.id and h.version_number = version;
  if wanted.id is null then
    perform private.raise_version_not_found();
  end if;

  perform set_config('tertulia.restoring_song', song.id::text, true);
  -- Who owns the song and who sees it is not part of what was written.
  update public.songs s
  set
    title = wanted.title, artist = wanted.artist, album = wanted.album, content = wanted.content, key = wanted.key, tempo = wanted.tempo,
    time_signature = wanted.time_signature, capo_fret = wanted.capo_fret, genre = wanted.genre, style = wanted.style,
    language = wanted.language, year = wanted.year, duration_seconds = wanted.duration_seconds,
    difficulty_level = wanted.difficulty_level, source_url = wanted.source_url, source_type = wanted.source_type,
    metadata = wanted.metadata, derived_fields = wanted.derived_fields, version = s.version + 1
  where s.id = song.id
  returning s.* into song;

  delete from public.song_tags t where t.song_id = song.id;
  insert into public.song_tags (song_id, tag_name, label, category_id, tag_type, created_by)
  select song.id, w.tag_name, w.label, c.id, w.tag_type, w.created_by
  from jsonb_to_recordset(wanted.tags) as w (tag_name text, label text, category_id uuid, tag_type text, created_by uuid)
  -- A category may be gone.
  left join public.tag_categories c on c.id = w.category_id;
  perform set_config('tertulia.restoring_song', '', true);

  perform private.add_song_version(song, 'restore', '{}', format('Version %s', version));
  return private.song_json(song);
end
$$;

create function public.restore_song_version(song_id uuid, version integer)
returns jsonb
language sql
set search_path = ''
as $$
  select private.restore_song_version(song_id, version)
$$;
comment on function public.restore_song_version is
  'Makes a song again what it was at a version, every field and the tags, as a new version; owner and visibility stay as they are.';

create function public.prune_song_history(batch_size integer default 1000, older_than interval default '1 year', keep integer default 50)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  pruned integer;
begin
  delete from public.song_history h
  where h.id in (
    select o.id
    from public.song_history o
    join public.songs s on s.id = o.song_id
    where o.created_at < clock_timestamp() - greatest(coalesce(older_than, interval '1 year'), interval '0')
      and o.version_number <= s.version - greatest(coalesce(keep, 50), 1)
    order by o.created_at
    limit least(greatest(coalesce(batch_size, 1000), 0), 10000)
    for update of o skip locked
  );
  get diagnostics pruned = row_count;
  return pruned;
end
$$;
comment on function public.prune_song_history is
  'For the service: removes one batch of versions that are old and not among a song''s newest; answers how many. Call it until 0.';

create trigger songs_write_history_on_insert
after insert on public.songs
for each row
execute function private.write_song_history();

create trigger songs_write_history_on_update
after update on public.songs
for each row
when (new.version <> old.version)
execute function private.write_song_history();

create trigger song_tags_count_inserted
after insert on public.song_tags
referencing new table as changed
for each statement
execute function private.count_tag_changes();

create trigger song_tags_count_updated
after update on public.song_tags
referencing new table as changed
for each statement
execute function private.count_tag_changes();

create trigger song_tags_count_deleted
after delete on public.song_tags
referencing old table as changed
for each statement
execute function private.count_tag_changes();

alter table public.song_history enable row level security;

create policy "Editors see the history of a song"
on public.song_history
for select
to authenticated
using (private.may_edit_song(song_id));

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  -- What others wrote into the same song is theirs.
  ('public.song_history', 26, 'changed_by', 't.id',
    array['id', 'song_id', 'version_number', 'change_type', 'change_summary', 'changed_fields', 'created_at'], '{}');

revoke all on public.song_history from public, anon, authenticated, service_role;
grant select, update, delete on public.song_history to service_role;

revoke execute on function
  private.song_tags_json(uuid),
  private.add_song_version(public.songs, text, text[], text),
  private.write_song_history(),
  private.is_restoring(uuid),
  private.count_tag_changes(),
  private.version_json(public.song_history),
  private.song_version_json(public.song_history),
  private.song_json(public.songs),
  private.save_song(uuid, jsonb, integer, text),
  private.require_editor(uuid, text),
  private.list_song_versions(uuid, integer, integer),
  private.raise_version_not_found(),
  private.get_song_version(uuid, integer),
  private.restore_song_version(uuid, integer),
  public.save_song(uuid, jsonb, integer, text),
  public.list_song_versions(uuid, integer, integer),
  public.get_song_version(uuid, integer),
  public.restore_song_version(uuid, integer),
  public.prune_song_history(integer, interval, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.save_song(uuid, jsonb, integer, text),
  private.list_song_versions(uuid, integer, integer),
  private.get_song_version(uuid, integer),
  private.restore_song_version(uuid, integer),
  public.save_song(uuid, jsonb, integer, text),
  public.list_song_versions(uuid, integer, integer),
  public.get_song_version(uuid, integer),
  public.restore_song_version(uuid, integer)
to authenticated;
grant execute on function public.prune_song_history(integer, interval, integer) to service_role;

commit;
