-- Songs and setlists shared with a circle: one share, which gives its role to all who are members at the moment of a query.

create function private.tell_of_circle_share(share public.shares, circle public.circles)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Up to 255 notices for one call: beyond the limit the share is in the circle's list all the same.
  if private.try_token(share.shared_by, 'circle_notices', (select count(*) - 1 from public.circle_members m where m.circle_id = circle.id)) then
    perform private.notify(m.user_id, 'circle_shared', t, share.shared_by,
      jsonb_build_object('role', share.role, 'subject_id', share.id, 'circle_id', circle.id))
    from public.circle_members m
    join private.targets t on t.kind = share.target_kind and t.id = share.target_id
    where m.circle_id = circle.id and m.user_id not in (share.shared_by, t.created_by) and private.can_notify(m.user_id);
  end if;
end
$$;

create function private.share_with_circle(
  circle_id uuid, target_kind text, target_id uuid, role text, expires_at timestamptz, with_songs boolean
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  what text := format('share the %s', target_kind);
  circle public.circles;
  target private.targets;
  share public.shares;
begin
  perform private.check_target_kind(target_kind, 'share');
  perform private.check_share(what, role, null, expires_at);
  perform private.take_token(caller, 'invite');
  perform private.hold_account();
  -- Kept from being deleted, and the caller from being removed, until the share is there.
  select c.* into circle from public.circles c where c.id = circle_id for key share;
  perform from public.circle_members m where m.circle_id = circle.id and m.user_id = caller for share;
  if not found then
    perform private.raise_circle_not_found('share with');
  end if;
  target := private.lock_target(target_kind, target_id, 'share', '{admin,owner}');
  perform private.require_below(role, private.role_in(target_kind, target_id), what);
  update public.shares h
  set ended_at = h.expires_at, end_reason = 'expired'
  where h.circle_id = circle.id and h.target_kind = target.kind and h.target_id = target.id and h.ended_at is null and h.expires_at <= clock_timestamp();
  select h.* into share
  from public.shares h
  where h.circle_id = circle.id and h.target_kind = target.kind and h.target_id = target.id and h.ended_at is null
  for update;
  if share.id is not null then
    perform private.require_below(share.role, private.role_in(target_kind, target_id), what);
    update public.shares h set role = role, expires_at = expires_at where h.id = share.id returning h.* into share;
  else
    insert into public.shares (target_kind, target_id, kind, shared_by, recipient_kind, recipient_id, role, target_created_at, accepted_at, expires_at)
    values (target.kind, target.id, 'circle', caller, 'circle', circle.id, role, target.created_at, clock_timestamp(), expires_at)
    returning * into share;
    perform private.tell_of_circle_share(share, circle);
  end if;
  if with_songs and target.kind = 'setlist' then
    perform private.offer_songs_with(share);
  end if;
  return private.share_json(share, caller);
end
$$;

create function private.list_circle_shares(circle_id uuid, page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
begin
  perform private.check_page_size('list the shares', page_size, 200, 1);
  if private.role_in('circle', circle_id) is null then
    perform private.raise_circle_not_found('list the shares of');
  end if;
  return query
    select private.share_json(h, caller)
    from public.shares h
    join private.targets t on t.kind = h.target_kind and t.id = h.target_id and t.deleted_at is null
    where h.circle_id = list_circle_shares.circle_id and h.ended_at is null and (h.expires_at is null or h.expires_at > now())
      and (h.created_at, h.id) < (before_created_at, before_id)
    order by h.created_at desc, h.id desc
    limit page_size;
end
$$;

create function private.remove_circle_share(share_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  share public.shares;
  target private.targets;
begin
  select h.* into share from public.shares h where h.id = share_id;
  if share.circle_id is null or private.role_in('circle', share.circle_id) is null then
    perform private.raise_share_not_found();
  end if;
  perform private.lock_circle(share.circle_id, 'remove a share from', '{owner,admin}');
  target := private.hold_target(share.target_kind, share.target_id);
  update public.shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'left'
  where h.id = share.id and h.ended_at is null;
  if found then
    perform private.end_lost_watches(share.target_kind, share.target_id);
    if target.id is not null and share.shared_by <> caller and private.role_of(target.kind, target.id, share.shared_by) is not null
      and private.can_notify(share.shared_by)
    then
      perform private.notify(share.shared_by, 'share_left', target, caller,
        jsonb_build_object('role', share.role, 'subject_id', share.id, 'circle_id', share.circle_id));
    end if;
  end if;
end
$$;

create function public.share_with_circle(
  circle_id uuid,
  target_id uuid,
  role text default 'view',
  expires_at timestamptz default null,
  target_kind text default 'song',
  with_songs boolean default false
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.share_with_circle(circle_id, target_kind, target_id, role, expires_at, with_songs)
$$;
comment on function public.share_with_circle is
  'Gives a role in a song or setlist to everybody who is in a circle of the caller''s, as long as they are in it; doing so again changes the role.';

create function public.list_circle_shares(
  circle_id uuid,
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_circle_shares(circle_id, page_size, before_created_at, before_id)
$$;
comment on function public.list_circle_shares is 'What is shared with a circle of the caller''s now, the latest first; a page of at most 201.';

create function public.remove_circle_share(share_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.remove_circle_share(share_id)
$$;
comment on function public.remove_circle_share is
  'Gives back, for the whole circle, what was shared with it. For owners and admins of the circle; who shared it calls revoke_share.';

revoke execute on function
  private.tell_of_circle_share(public.shares, public.circles),
  private.share_with_circle(uuid, text, uuid, text, timestamptz, boolean),
  private.list_circle_shares(uuid, integer, timestamptz, uuid),
  private.remove_circle_share(uuid),
  public.share_with_circle(uuid, uuid, text, timestamptz, text, boolean),
  public.list_circle_shares(uuid, integer, timestamptz, uuid),
  public.remove_circle_share(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.share_with_circle(uuid, text, uuid, text, timestamptz, boolean),
  private.list_circle_shares(uuid, integer, timestamptz, uuid),
  private.remove_circle_share(uuid),
  public.share_with_circle(uuid, uuid, text, timestamptz, text, boolean),
  public.list_circle_shares(uuid, integer, timestamptz, uuid),
  public.remove_circle_share(uuid)
to authenticated;
