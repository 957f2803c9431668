-- Reading one profile; and who follows whom, which shows listed users only.

create function private.get_profile(user_id uuid)
returns setof public.profile_details
language plpgsql
stable
rows 1
security definer
set search_path = ''
as $$
begin
  perform private.require_account();
  return query select * from public.profile_details d where d.id = get_profile.user_id and (d.is_listed or private.can_see_profile(d.id));
end
$$;

create function public.get_profile(user_id uuid)
returns setof public.profile_details
language plpgsql
stable
rows 1
set search_path = ''
as $$
begin
  -- PL/pgSQL keeps its plan.
  if current_user <> 'service_role' then
    return query select * from private.get_profile(get_profile.user_id);
    return;
  end if;
  return query select * from public.profile_details d where d.id = get_profile.user_id;
end
$$;
comment on function public.get_profile is 'The whole profile of a user, or no row, as for an unlisted one of a stranger. A deleted user''s profile is empty and has no handle.';

create function private.get_follows(user_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
  person uuid := coalesce(user_id, caller);
begin
  if not exists (select from public.profiles p where p.id = person and p.user_id is not null) or not private.can_see_profile(person) then
    perform private.raise_error('profile_not_found', 'unable to count who follows; there is no such user', 'Check the id.', '{"field": "userId"}');
  end if;
  return jsonb_build_object(
    'followers', (
      select count(*)
      from public.user_follows f
      join public.profiles p on p.id = f.follower_id
      where f.followed_id = person and p.is_listed
    ),
    'following', (
      select count(*)
      from public.user_follows f
      join public.profiles p on p.id = f.followed_id
      where f.follower_id = person and p.is_listed
    ),
    'is_followed', exists (select from public.user_follows f where f.follower_id = caller and f.followed_id = person),
    'follows_you', exists (select from public.user_follows f where f.follower_id = person and f.followed_id = caller)
  );
end
$$;

create function private.list_follows(person uuid, are_followers boolean, page_size integer, before_at timestamptz, before_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := auth.uid();
  listed jsonb;
begin
  perform private.check_page_size('list who follows', page_size, 200, 1);
  perform private.read_directory(page_size);
  person := coalesce(person, caller);
  if not private.can_see_profile(person) then
    return '[]';
  end if;
  -- With the columns in the text each direction walks its own index.
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'handle', l.handle, 'display_name', l.display_name,
      'avatar_path', l.avatar_path, 'verified_at', l.verified_at, 'followed_at', l.created_at, 'is_followed', exists (
        select from public.user_follows o where o.follower_id = $1 and o.followed_id = l.id
      )) order by l.created_at desc, l.id desc), '[]')
    from (
      select p.id, p.handle, p.display_name, p.avatar_path, p.verified_at, f.created_at
      from public.user_follows f
      join public.profiles p on p.id = f.%1$I
      where f.%2$I = $2 and p.is_listed and ($3 is null or (f.created_at, f.%1$I) < ($3, $4))
      order by f.created_at desc, f.%1$I desc
      limit $5
    ) l $q$,
    case when are_followers then 'follower_id' else 'followed_id' end, case when are_followers then 'followed_id' else 'follower_id' end)
  into listed
  using caller, person, before_at, before_id, page_size;
  return listed;
end
$$;
comment on function private.list_follows is 'Listed users who follow a person, or whom the person follows, the latest first.';

create function public.get_follows(user_id uuid default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_follows(user_id)
$$;
comment on function public.get_follows is
  'How many listed users follow a person, or the caller, and are followed; and whether the caller and the person follow each other.';

create function public.list_followers(
  user_id uuid default null, page_size integer default 50, before_at timestamptz default null, before_id uuid default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.list_follows(user_id, true, page_size, before_at, before_id)
$$;
comment on function public.list_followers is 'Listed users who follow a person, or the caller, the latest first.';

create function public.list_following(
  user_id uuid default null, page_size integer default 50, before_at timestamptz default null, before_id uuid default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.list_follows(user_id, false, page_size, before_at, before_id)
$$;
comment on function public.list_following is 'Listed users whom a person follows, or the caller, the latest first.';

revoke execute on function
  private.get_profile(uuid),
  private.get_follows(uuid),
  private.list_follows(uuid, boolean, integer, timestamptz, uuid),
  public.get_profile(uuid),
  public.get_follows(uuid),
  public.list_followers(uuid, integer, timestamptz, uuid),
  public.list_following(uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_profile(uuid),
  private.get_follows(uuid),
  private.list_follows(uuid, boolean, integer, timestamptz, uuid),
  public.get_profile(uuid),
  public.get_follows(uuid),
  public.list_followers(uuid, integer, timestamptz, uuid),
  public.list_following(uuid, integer, timestamptz, uuid)
to authenticated;
grant execute on function public.get_profile(uuid) to service_role;
