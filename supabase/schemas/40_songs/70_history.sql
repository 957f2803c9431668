-- History: every change of a song is a numbered full snapshot.
--
-- The number is the song's own version, counted under its row's lock, so numbers have no gap and their order is commit order. A
-- trigger writes the snapshot for every writer. What is derived from the text is read from it again.
-- public.song_history has one row for each change, with changed_by, change_type and created_at.

create table public.song_history (
  id uuid primary key default gen_random_uuid(),
  song_id uuid not null references public.songs (id) on delete cascade,
  version_number integer not null,
  snapshot jsonb not null,
  created_by uuid not null references public.profiles (id),
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
comment on column public.song_history.snapshot is 'The fields that a writer can set, as private.song_fields has them, and derived_fields.';
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
    song_id, version_number, snapshot, created_by, tags, change_type, change_summary, changed_fields, changed_by
  )
  values (
    song.id, song.version, private.song_fields(song) || jsonb_build_object('derived_fields', song.derived_fields), song.created_by,
    private.song_tags_json(song.id), change_type, change_summary, changed_fields,
    (select p.id from public.profiles p where p.id = auth.uid())
  );
  perform private.deliver_target_change('song', song.id, song.version, change_type);
end
$$;
comment on function private.add_song_version is 'Saves the present song under its version, and notifies the users who watch it.';

create function private.changed_song_fields(before public.songs, after public.songs)
returns text[]
language plpgsql
stable
set search_path = ''
as $$
declare
  fields constant jsonb := private.song_fields(before);
begin
  return (
    select array_agg(f.key order by f.key)
    from (
      select n.key from jsonb_each(private.song_fields(after)) as n where n.value <> fields -> n.key
      union all
      select 'created_by' where after.created_by <> before.created_by
      union all
      select 'deleted_at' where after.deleted_at is distinct from before.deleted_at
    ) as f
  );
end
$$;
comment on function private.changed_song_fields is 'The names of the fields in which a song differs, in alphabetical order; null when no field differs.';

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
    coalesce(private.changed_song_fields(old, new), '{tags}'),
    nullif(current_setting('tertulia.change_summary', true), ''));
  if new.visibility = 'private' and old.visibility <> 'private' then
    perform private.end_lost_watches('song', new.id);
  end if;
  return null;
end
$$;
comment on function private.write_song_history is 'Trigger: a snapshot for each version; a change of no field is one of the tags.';

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

revoke all on public.song_history from public, anon, authenticated, service_role;
grant select, update, delete on public.song_history to service_role;
revoke execute on function
  private.song_tags_json(uuid),
  private.add_song_version(public.songs, text, text[], text),
  private.changed_song_fields(public.songs, public.songs),
  private.write_song_history(),
  private.count_tag_changes()
from public, anon, authenticated, service_role;
