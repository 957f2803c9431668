-- The calls that list and restore versions of setlists, and what happens when an account goes.

create function private.require_setlist_editor(setlist_id uuid, operation text)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  mine text;
begin
  perform private.require_user();
  mine := private.role_in('setlist', setlist_id);
  perform private.require_role('setlist', true, mine, operation, '{edit,admin,owner}');
end
$$;

create function private.list_setlist_versions(setlist_id uuid, page_size integer, before_version integer)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.check_page_size('list the versions', page_size, 200, 1);
  perform private.require_setlist_editor(setlist_id, 'list the versions of');
  return query
    select jsonb_build_object('version', h.version_number, 'change_type', h.change_type, 'changed_by', private.person_json(h.changed_by),
      'created_at', h.created_at, 'title', h.snapshot -> 'title', 'titles', (
        select coalesce(jsonb_agg(e.value -> 'title' order by e.ordinality), '[]')
        from jsonb_array_elements(h.snapshot -> 'entries') with ordinality as e
      ))
    from public.setlist_history h
    where h.setlist_id = list_setlist_versions.setlist_id and h.version_number < before_version
    order by h.version_number desc
    limit page_size;
end
$$;

create function public.list_setlist_versions(setlist_id uuid, page_size integer default 50, before_version integer default 2147483647)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_setlist_versions(setlist_id, page_size, before_version)
$$;
comment on function public.list_setlist_versions is
  'For those who may edit: who changed a setlist and when, with the titles in their order, the latest first; a page of at most 101.';

create function private.restore_setlist_version(setlist_id uuid, version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  wanted jsonb;
begin
  perform private.take_token(caller, 'setlist_change');
  perform private.hold_account();
  perform private.lock_target('setlist', setlist_id, 'restore', '{edit,admin,owner}');
  select h.snapshot into wanted from public.setlist_history h where h.setlist_id = setlist_id and h.version_number = version;
  if wanted is null then
    perform private.raise_version_not_found();
  end if;
  -- Who sees it is not part of what was written.
  update public.setlists s set title = wanted ->> 'title', note = wanted ->> 'note' where s.id = setlist_id;
  -- A song that was removed for good since then keeps its title alone; one that is being removed is waited for.
  perform private.hold_songs(array(select (e.value ->> 'song_id')::uuid from jsonb_array_elements(wanted -> 'entries') as e));
  delete from public.setlist_entries e where e.setlist_id = setlist_id;
  insert into public.setlist_entries (id, setlist_id, position, song_id, title, added_by, key, capo, tempo, note)
  select e.id, setlist_id, e.position, s.id, e.title, e.added_by, e.key, e.capo, e.tempo, e.note
  from jsonb_populate_recordset(null::public.setlist_entries, wanted -> 'entries') as e
  left join public.songs s on s.id = e.song_id;
  return private.setlist_json(private.add_setlist_version(setlist_id, 'restore'), false);
end
$$;

create function public.restore_setlist_version(setlist_id uuid, version integer)
returns jsonb
language sql
set search_path = ''
as $$
  select private.restore_setlist_version(setlist_id, version)
$$;
comment on function public.restore_setlist_version is
  'Makes a setlist again what it was at a version, title, note and entries, as a new version if that changes it; owner and visibility stay as they are.';

create function private.delete_setlists_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.setlists s where s.created_by = new.id;
  return null;
end
$$;
comment on function private.delete_setlists_of_deleted_profile is 'Trigger: a person''s setlists go with the account; what they added to others'' stays with its title.';

-- After profiles_before_songs by name, which holds the setlists.
create trigger profiles_delete_setlists
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_setlists_of_deleted_profile();

revoke execute on function
  private.require_setlist_editor(uuid, text),
  private.list_setlist_versions(uuid, integer, integer),
  public.list_setlist_versions(uuid, integer, integer),
  private.restore_setlist_version(uuid, integer),
  public.restore_setlist_version(uuid, integer),
  private.delete_setlists_of_deleted_profile()
from public, anon, authenticated, service_role;
grant execute on function
  private.list_setlist_versions(uuid, integer, integer),
  public.list_setlist_versions(uuid, integer, integer),
  private.restore_setlist_version(uuid, integer),
  public.restore_setlist_version(uuid, integer)
to authenticated;
