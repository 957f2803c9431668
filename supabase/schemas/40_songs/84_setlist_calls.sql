-- The calls that create, read, list, copy, delete and watch setlists, and restore their versions.

create function private.create_setlist(setlist jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  new_id uuid;
  made public.setlists;
begin
  if jsonb_typeof(setlist) is distinct from 'object' or jsonb_typeof(setlist -> 'title') is distinct from 'string'
    or (setlist ? 'id' and not private.is_uuid(setlist ->> 'id'))
  then
    perform private.raise_error('invalid_input', 'unable to create the setlist; it needs a title, and its id is a UUID', 'Correct the named field.',
      jsonb_build_object('field', case when setlist ? 'id' and not private.is_uuid(setlist ->> 'id') then 'id' else 'title' end));
  end if;
  new_id := coalesce((setlist ->> 'id')::uuid, gen_random_uuid());
  perform private.take_token(caller, 'setlist');
  perform private.get_own_profile();
  perform private.hold_account();
  insert into public.setlists (id, title, created_by)
  values (new_id, private.check_text('name', setlist ->> 'title', 255, 'create the setlist', 'title'), caller)
  on conflict (id) do nothing
  returning * into made;
  if not found then
    -- The same id again is the same setlist.
    select s.* into made from public.setlists s where s.id = new_id and s.created_by = caller;
    if not found then
      perform private.raise_error('invalid_input', 'unable to create the setlist; its id belongs to another one', 'Make a new UUID for each setlist.',
        '{"field": "id"}');
    end if;
    return private.setlist_json(made, false);
  end if;
  perform private.set_setlist_fields(made, setlist - '{id,entries}'::text[], 'create the setlist');
  if setlist ? 'entries' then
    perform private.hold_songs(array(
      select (i.value #>> '{}')::uuid from jsonb_path_query(setlist, '$.entries[*].song_id') as i (value) where private.is_uuid(i.value #>> '{}') limit 1000
    ));
    perform private.add_entries(made.id, setlist -> 'entries', null, 'create the setlist');
  end if;
  return private.setlist_json(private.add_setlist_version(made.id, 'create'), false);
end
$$;

create function public.create_setlist(setlist jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_setlist(setlist)
$$;
comment on function public.create_setlist is
  'Creates a setlist of the caller''s own from title, note, visibility and entries; the same id again answers the same setlist.';

create function private.get_setlist(setlist_id uuid, with_texts boolean)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  setlist public.setlists;
begin
  select s.* into setlist from public.setlists s where s.id = setlist_id;
  if not private.can_see_setlist(setlist_id) then
    perform private.raise_setlist_not_found('get');
  end if;
  return private.setlist_json(setlist, coalesce(with_texts, false));
end
$$;

create function public.get_setlist(setlist_id uuid, with_texts boolean default false)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_setlist(setlist_id, with_texts)
$$;
comment on function public.get_setlist is
  'A setlist that the caller may see, its entries in order with their songs (with_texts: whole songs). A song without access has only the title that its adder revealed.';

create function private.list_setlists(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list setlists', page_size, 200, 1);
  return query
    select to_jsonb(s) || jsonb_build_object('entry_count', (select count(*) from public.setlist_entries e where e.setlist_id = s.id))
    from public.setlists s
    where s.id in (
        select o.id from public.setlists o where o.created_by = caller
        union all
        select f.target_id from private.shares_in_force f where f.target_kind = 'setlist' and f.user_id = caller
      )
      and (s.created_at, s.id) < (before_created_at, before_id)
      and private.role_of('setlist', s.id, caller) is not null
    order by s.created_at desc, s.id desc
    limit page_size;
end
$$;

create function public.list_setlists(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_setlists(page_size, before_created_at, before_id)
$$;
comment on function public.list_setlists is 'The setlists in which the caller has a role, newest first, without their entries; a page of at most 201.';

create function private.copy_setlist(setlist_id uuid, new_id uuid, title text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  source public.setlists;
  made public.setlists;
begin
  perform private.take_token(caller, 'setlist');
  perform private.get_own_profile();
  perform private.hold_account();
  select s.* into source from public.setlists s where s.id = setlist_id for share;
  if not private.can_see_setlist(setlist_id) then
    perform private.raise_setlist_not_found('copy');
  end if;
  insert into public.setlists (id, title, note, created_by)
  values (coalesce(new_id, gen_random_uuid()),
    case when title is null then source.title else private.check_text('name', title, 255, 'copy the setlist', 'title') end, source.note, caller)
  on conflict (id) do nothing
  returning * into made;
  if not found then
    select s.* into made from public.setlists s where s.id = new_id and s.created_by = caller;
    if not found then
      perform private.raise_error('invalid_input', 'unable to copy the setlist; the new id belongs to another one', 'Make a new UUID for each setlist.',
        '{"field": "id"}');
    end if;
    return private.setlist_json(made, false);
  end if;
  perform private.hold_songs(array(select e.song_id from public.setlist_entries e where e.setlist_id = source.id));
  -- A song that was removed for good meanwhile keeps its title alone.
  insert into public.setlist_entries (setlist_id, position, song_id, title, added_by, key, capo, tempo, note)
  select made.id, e.position, s.id, e.title, caller, e.key, e.capo, e.tempo, e.note
  from public.setlist_entries e
  left join public.songs s on s.id = e.song_id
  where e.setlist_id = source.id;
  return private.setlist_json(private.add_setlist_version(made.id, 'create'), false);
end
$$;

create function public.copy_setlist(setlist_id uuid, new_id uuid default null, title text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.copy_setlist(setlist_id, new_id, title)
$$;
comment on function public.copy_setlist is 'Copies a setlist that the caller may see into a private one of the caller''s own; the same new id again answers the same copy.';

create function private.delete_setlist(setlist_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.hold_account();
  perform private.lock_target('setlist', setlist_id, 'delete', '{owner}');
  perform private.tell_watchers('setlist', setlist_id);
  delete from public.setlists s where s.id = setlist_id;
end
$$;

create function public.delete_setlist(setlist_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.delete_setlist(setlist_id)
$$;
comment on function public.delete_setlist is 'Removes a setlist of the caller''s own for good, with its shares and history; its songs stay.';

create function private.watch_setlist(setlist_id uuid, known_version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  topic_key uuid;
  answer jsonb;
begin
  perform private.hold_account();
  perform private.get_own_profile();
  if private.role_in('setlist', setlist_id) is null then
    perform private.raise_setlist_not_found('watch');
  end if;
  topic_key := private.renew_watch('setlist', setlist_id);
  select jsonb_build_object('role', private.role_in('setlist', s.id), 'version', s.version, 'live_key', topic_key,
    'setlist', case when s.version is distinct from known_version then private.setlist_json(s, false) end)
  into answer
  from public.setlists s
  where s.id = watch_setlist.setlist_id;
  -- Again, for this may have waited behind what took it away.
  if answer ->> 'role' is null then
    perform private.raise_setlist_not_found('watch');
  end if;
  return answer;
exception
  when foreign_key_violation then
    perform private.raise_setlist_not_found('watch');
end
$$;

create function public.watch_setlist(setlist_id uuid, known_version integer default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.watch_setlist(setlist_id, known_version)
$$;
comment on function public.watch_setlist is
  'For those with a role: for 90 seconds from now on the caller hears of changes. Answers role, version, the topic''s key, and the setlist unless its version is known.';

revoke execute on function
  private.create_setlist(jsonb),
  public.create_setlist(jsonb),
  private.get_setlist(uuid, boolean),
  public.get_setlist(uuid, boolean),
  private.list_setlists(integer, timestamptz, uuid),
  public.list_setlists(integer, timestamptz, uuid),
  private.copy_setlist(uuid, uuid, text),
  public.copy_setlist(uuid, uuid, text),
  private.delete_setlist(uuid),
  public.delete_setlist(uuid),
  private.watch_setlist(uuid, integer),
  public.watch_setlist(uuid, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_setlist(uuid, boolean),
  public.get_setlist(uuid, boolean)
to anon, authenticated;
grant execute on function
  private.create_setlist(jsonb),
  public.create_setlist(jsonb),
  private.list_setlists(integer, timestamptz, uuid),
  public.list_setlists(integer, timestamptz, uuid),
  private.copy_setlist(uuid, uuid, text),
  public.copy_setlist(uuid, uuid, text),
  private.delete_setlist(uuid),
  public.delete_setlist(uuid),
  private.watch_setlist(uuid, integer),
  public.watch_setlist(uuid, integer)
to authenticated;
