-- The calls that create, change, read, watch and delete circles.

create function private.create_circle(circle_id uuid, name text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  what constant text := 'create the circle';
  kept text := private.check_text('name', name, 120, what, 'name');
  made boolean;
begin
  if circle_id is null then
    perform private.raise_error('invalid_input', 'unable to create the circle; it has no id', 'Make a UUID per circle and keep it when you retry.',
      '{"field": "id"}');
  end if;
  -- The same circle again is a success, and costs nothing.
  if not exists (select from public.circles c where c.id = circle_id) then
    perform private.take_token(caller, 'circle');
    perform private.take_token(caller, 'circle_join');
    perform private.require_room_for_circle(caller, what);
    perform private.hold_account();
    -- The id of a user is taken: their pictures are in a folder of that name, as those of a circle are.
    insert into public.circles as c (id, name, created_by)
    select circle_id, kept, caller
    where not exists (select from auth.users u where u.id = circle_id) and not exists (select from public.profiles p where p.id = circle_id)
    on conflict (id) do nothing
    returning true into made;
    if made then
      insert into public.circle_members (circle_id, user_id, role) values (circle_id, caller, 'owner');
    end if;
  end if;
  if not exists (select from public.circles c where c.id = circle_id and c.created_by = caller)
    or private.role_of('circle', circle_id, caller) is null
  then
    perform private.raise_error('invalid_input', 'unable to create the circle; its id is taken', 'Make a new UUID for each circle.', '{"field": "id"}');
  end if;
  return private.circle_json(circle_id, caller);
end
$$;

create function private.update_circle(circle_id uuid, name text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  kept text := private.check_text('name', name, 120, 'rename the circle', 'name');
  circle public.circles;
begin
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  circle := private.lock_circle(circle_id, 'rename', '{owner,admin}');
  if circle.name <> kept then
    update public.circles c set name = kept where c.id = circle.id;
    perform private.touch_circle(circle.id, 'renamed');
  end if;
  return private.circle_json(circle.id, caller);
end
$$;

create function private.get_circle(circle_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
begin
  if private.role_in('circle', circle_id) is null then
    perform private.raise_circle_not_found('get');
  end if;
  return private.circle_json(circle_id, caller);
end
$$;

create function private.list_circles(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
begin
  perform private.check_page_size('list the circles', page_size, 200, 1);
  return query
    select private.circle_summary(c, caller)
    from public.circle_members m
    join public.circles c on c.id = m.circle_id
    where m.user_id = caller and (c.created_at, c.id) < (before_created_at, before_id)
    order by c.created_at desc, c.id desc
    limit page_size;
end
$$;

create function private.remove_circle(circle public.circles)
returns void
language plpgsql
set search_path = ''
as $$
declare
  people uuid[];
begin
  -- The targets first, as everywhere; then the members, so that a watch that is being written is waited for.
  perform
  from public.setlists l
  where l.id in (select h.setlist_id from public.shares h where h.circle_id = circle.id)
  order by l.id
  for no key update;
  perform
  from public.songs s
  where s.id in (select h.song_id from public.shares h where h.circle_id = circle.id)
  order by s.id
  for no key update;
  -- Its conversation stays, an ordinary group of those who take part now.
  delete from private.circle_conversations c where c.circle_id = circle.id;
  with gone as (
    delete from public.circle_members m where m.circle_id = circle.id returning m.user_id
  )
  select array_agg(g.user_id) into people from gone g;
  perform private.end_circle_watches(circle.id, people);
  delete from public.circles c where c.id = circle.id;
end
$$;
comment on function private.remove_circle is 'Removes a circle that is held, with its invitations and all that was shared with it.';

create function private.delete_circle(circle_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  circle public.circles;
begin
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  -- Whoever is sharing with the circle at this moment comes first, or finds it gone.
  perform from public.circles c where c.id = delete_circle.circle_id for update;
  circle := private.lock_circle(circle_id, 'delete', '{owner}');
  perform private.notify_of_circle(m.user_id, 'circle_deleted', circle, caller, '{}')
  from public.circle_members m
  where m.circle_id = circle.id and m.user_id <> caller;
  perform private.remove_circle(circle);
end
$$;

create function private.watch_circle(circle_id uuid, known_version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  topic_key uuid;
  answer jsonb;
begin
  if private.role_in('circle', circle_id) is null then
    perform private.raise_circle_not_found('watch');
  end if;
  topic_key := private.renew_watch('circle', circle_id);
  select jsonb_build_object('role', private.role_in('circle', c.id), 'version', c.version, 'live_key', topic_key,
    'circle', case when c.version is distinct from known_version then private.circle_json(c.id, caller) end)
  into answer
  from public.circles c
  where c.id = watch_circle.circle_id;
  -- Again, for this may have waited behind what took it away.
  if answer ->> 'role' is null then
    perform private.raise_circle_not_found('watch');
  end if;
  return answer;
exception
  when foreign_key_violation then
    perform private.raise_circle_not_found('watch');
end
$$;

create function public.create_circle(circle_id uuid, name text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_circle(circle_id, name)
$$;
comment on function public.create_circle is 'A circle with the caller as its owner; the same id again answers the same circle.';

create function public.update_circle(circle_id uuid, name text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.update_circle(circle_id, name)
$$;
comment on function public.update_circle is 'Renames a circle. For owners and admins.';

create function public.get_circle(circle_id uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_circle(circle_id)
$$;
comment on function public.get_circle is 'A circle of the caller''s with its members; for all others there is none.';

create function public.list_circles(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_circles(page_size, before_created_at, before_id)
$$;
comment on function public.list_circles is 'The circles in which the caller is, the newest first; a page of at most 201.';

create function public.delete_circle(circle_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.delete_circle(circle_id)
$$;
comment on function public.delete_circle is 'Removes a circle for good, and the roles of all members in what was shared with it. For owners.';

create function public.watch_circle(circle_id uuid, known_version integer default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.watch_circle(circle_id, known_version)
$$;
comment on function public.watch_circle is
  'For members: for 90 seconds from now on the caller hears of changes. Answers role, version, the topic''s key, and the circle unless its version is known.';

revoke execute on function
  private.create_circle(uuid, text),
  private.update_circle(uuid, text),
  private.get_circle(uuid),
  private.list_circles(integer, timestamptz, uuid),
  private.remove_circle(public.circles),
  private.delete_circle(uuid),
  private.watch_circle(uuid, integer),
  public.create_circle(uuid, text),
  public.update_circle(uuid, text),
  public.get_circle(uuid),
  public.list_circles(integer, timestamptz, uuid),
  public.delete_circle(uuid),
  public.watch_circle(uuid, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.create_circle(uuid, text),
  private.update_circle(uuid, text),
  private.get_circle(uuid),
  private.list_circles(integer, timestamptz, uuid),
  private.delete_circle(uuid),
  private.watch_circle(uuid, integer),
  public.create_circle(uuid, text),
  public.update_circle(uuid, text),
  public.get_circle(uuid),
  public.list_circles(integer, timestamptz, uuid),
  public.delete_circle(uuid),
  public.watch_circle(uuid, integer)
to authenticated;
