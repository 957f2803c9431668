-- The calls that list shares.

create function private.require_sharer(target_kind text, target_id uuid, operation text)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  mine text;
begin
  perform private.require_user();
  perform private.check_target_kind(target_kind, operation);
  mine := private.role_in(target_kind, target_id);
  if coalesce(private.role_rank(mine), 0) < 3 then
    perform private.raise_error(case when mine is null then target_kind || '_not_found' else 'forbidden' end,
      format('unable to %s; that is for the owner and admins', operation), 'Check the id.');
  end if;
end
$$;
comment on function private.require_sharer is 'Raises unless the caller may share a target.';

create function private.list_shares(target_kind text, target_id uuid, page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list the shares', page_size, 200, 1);
  perform private.require_sharer(target_kind, target_id, 'list the shares');
  return query
    select private.share_json(h, caller)
    from public.shares h
    where h.target_kind = list_shares.target_kind and h.target_id = list_shares.target_id and (h.created_at, h.id) < (before_created_at, before_id)
    order by h.created_at desc, h.id desc
    limit page_size;
end
$$;

create function public.list_shares(
  target_id uuid,
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  target_kind text default 'song'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_shares(target_kind, target_id, page_size, before_created_at, before_id)
$$;
comment on function public.list_shares is 'For the owner and admins: every share of a target, ended ones too, the latest first; a page of at most 201.';

create function private.list_shares_received(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  perform private.check_page_size('list the shares', page_size, 200, 1);
  perform private.get_own_profile();
  perform private.claim_shares(caller, null);
  return query
    select private.share_json(h, caller)
    from public.shares h
    join private.targets t on t.kind = h.target_kind and t.id = h.target_id and t.deleted_at is null
    where h.shared_with = caller
      and h.ended_at is null
      and (h.kind <> 'email' or h.accepted_at is not null or h.invited_email = private.confirmed_address(caller))
      and (h.expires_at is null or h.expires_at > now())
      and (h.kind <> 'link' or t.visibility <> 'private')
      and (h.accepted_at is not null or private.offer_stands(h))
      and (h.created_at, h.id) < (before_created_at, before_id)
    order by h.created_at desc, h.id desc
    limit page_size;
end
$$;

create function public.list_shares_received(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
set search_path = ''
as $$
  select * from private.list_shares_received(page_size, before_created_at, before_id)
$$;
comment on function public.list_shares_received is
  'What is shared with the caller, offered or accepted, the latest first; claims what was offered to the verified address.';

create function private.list_shares_sent(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list the shares', page_size, 200, 1);
  return query
    select private.share_json(h, caller)
    from public.shares h
    join private.targets t on t.kind = h.target_kind and t.id = h.target_id and t.deleted_at is null
    where h.shared_by = caller
      and h.kind <> 'link'
      and (h.created_at, h.id) < (before_created_at, before_id)
      and private.role_rank(private.role_of(h.target_kind, h.target_id, caller)) >= 3
    order by h.created_at desc, h.id desc
    limit page_size;
end
$$;

create function public.list_shares_sent(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_shares_sent(page_size, before_created_at, before_id)
$$;
comment on function public.list_shares_sent is
  'What the caller has shared, ended shares too, of what the caller may still share; the latest first.';

create view private.shares_given as select * from public.shares;

create view private.shares_received as
select
  id, target_kind, case when accepted_at is not null then target_id end as target_id, kind, shared_by, shared_with, role, message, created_at, accepted_at,
  expires_at, ended_at, end_reason
from public.shares;

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.shares_given', 20, 'shared_by', 't.id',
    array['id', 'target_kind', 'target_id', 'kind', 'circle_id', 'invited_email', 'role', 'message', 'created_at', 'accepted_at', 'expires_at', 'ended_at'], '{}'),
  ('private.shares_received', 21, 'shared_with', 't.id', null, '{}'),
  ('public.notices', 22, 'user_id', 't.id', null, array['song_id', 'setlist_id', 'circle_id']),
  ('private.share_links', 23, 'created_by', 't.id', null, array['token_hash', 'song_id', 'setlist_id']);

revoke all on private.shares_given, private.shares_received from public, anon, authenticated, service_role;
revoke execute on function
  private.require_sharer(text, uuid, text),
  private.list_shares(text, uuid, integer, timestamptz, uuid),
  private.list_shares_received(integer, timestamptz, uuid),
  private.list_shares_sent(integer, timestamptz, uuid),
  public.list_shares(uuid, integer, timestamptz, uuid, text),
  public.list_shares_received(integer, timestamptz, uuid),
  public.list_shares_sent(integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_shares(text, uuid, integer, timestamptz, uuid),
  private.list_shares_received(integer, timestamptz, uuid),
  private.list_shares_sent(integer, timestamptz, uuid),
  public.list_shares(uuid, integer, timestamptz, uuid, text),
  public.list_shares_received(integer, timestamptz, uuid),
  public.list_shares_sent(integer, timestamptz, uuid)
to authenticated;
