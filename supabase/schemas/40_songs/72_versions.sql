-- The calls that read and restore versions.

create function private.require_editor(song_id uuid, operation text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.require_user();
  if not private.may_edit_song(song_id) then
    perform private.raise_error(case when private.role_in('song', song_id) is null then 'song_not_found' else 'forbidden' end,
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
  perform private.check_page_size('list the versions', page_size, 200, 1);
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

create function private.raise_version_not_found(operation text default 'restore')
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('version_not_found', format('unable to %s the version; the history has no version with that number', operation),
    'List the versions.');
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
    perform private.raise_version_not_found('get');
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
  perform private.count_song_change(private.require_user(), null);
  perform private.hold_account();
  song := private.lock_song(song_id, 'restore', '{edit,admin,owner}');
  select h.* into wanted from public.song_history h where h.song_id = song.id and h.version_number = version;
  if wanted.id is null then
    perform private.raise_version_not_found();
  end if;

  perform set_config('tertulia.restoring_song', song.id::text, true);
  -- Who owns the song and who sees it is not part of what was written.
  song := private.set_song_fields(song, wanted.snapshot - 'visibility' || jsonb_build_object('version', song.version + 1), 'restore');

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

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  -- What others wrote into the same song is theirs.
  ('public.song_history', 26, 'changed_by', 't.id',
    array['id', 'song_id', 'version_number', 'change_type', 'change_summary', 'changed_fields', 'created_at'], '{}');

revoke execute on function
  private.require_editor(uuid, text),
  private.list_song_versions(uuid, integer, integer),
  private.raise_version_not_found(text),
  private.get_song_version(uuid, integer),
  private.restore_song_version(uuid, integer),
  public.list_song_versions(uuid, integer, integer),
  public.get_song_version(uuid, integer),
  public.restore_song_version(uuid, integer),
  public.prune_song_history(integer, interval, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_song_versions(uuid, integer, integer),
  private.get_song_version(uuid, integer),
  private.restore_song_version(uuid, integer),
  public.list_song_versions(uuid, integer, integer),
  public.get_song_version(uuid, integer),
  public.restore_song_version(uuid, integer)
to authenticated;
grant execute on function public.prune_song_history(integer, interval, integer) to service_role;
