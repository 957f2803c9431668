-- Blocks between users, and moderators.

create table public.user_blocks (
  blocker_id uuid not null references public.profiles (id),
  blocked_id uuid not null references public.profiles (id),
  created_at timestamptz not null default now(),
  primary key (blocker_id, blocked_id),
  constraint user_blocks_check check (blocker_id <> blocked_id)
);
comment on table public.user_blocks is 'Who blocked whom; only the blocker sees the row.';

create index user_blocks_blocked_id_idx on public.user_blocks (blocked_id);

create function private.are_blocked(one uuid, others uuid[])
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (select from public.user_blocks b where b.blocker_id = one and b.blocked_id = any (others))
    or exists (select from public.user_blocks b where b.blocked_id = one and b.blocker_id = any (others));
end
$$;
comment on function private.are_blocked is 'Whether a user blocked one of the other users, or one of them blocked the user.';

create function private.require_unblocked(one uuid, others uuid[], reason text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if private.are_blocked(one, others) then
    perform private.raise_error('blocked', reason, 'Unblock the user or choose another.');
  end if;
end
$$;

create function private.is_moderator()
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- The token may be an hour older than a decision to take the role away.
  return coalesce((select auth.jwt()) -> 'app_metadata' ->> 'role' = 'moderator', false)
    and exists (select from auth.users u where u.id = (select auth.uid()) and u.raw_app_meta_data ->> 'role' = 'moderator');
end
$$;
comment on function private.is_moderator is
  'Whether the caller''s account is marked as moderator, in the token and still now; only the service can do that.';

create function private.require_moderator()
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.require_account();
  if not private.is_moderator() then
    perform private.raise_error('forbidden', 'unable to moderate; the account is not a moderator''s', 'Sign in again as a moderator.');
  end if;
end
$$;

alter table public.user_blocks enable row level security;

create policy "People see whom they blocked"
on public.user_blocks
for select
to authenticated
using (blocker_id = (select auth.uid()));

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.user_blocks', 6, 'blocker_id', 't.blocked_id', null, '{}');

revoke all on public.user_blocks from public, anon, authenticated, service_role;
grant select on public.user_blocks to service_role;
revoke execute on function
  private.are_blocked(uuid, uuid[]),
  private.require_unblocked(uuid, uuid[], text),
  private.is_moderator(),
  private.require_moderator()
from public, anon, authenticated, service_role;
grant execute on function private.is_moderator() to authenticated;
