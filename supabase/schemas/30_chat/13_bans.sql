-- Bans: a banned user leaves the group, and cannot be added until an owner or admin lifts the ban.

create table private.group_bans (
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  banned_by uuid not null references public.profiles (id),
  created_at timestamptz not null default clock_timestamp(),
  primary key (conversation_id, user_id)
);
comment on table private.group_bans is 'Who is banned from which group; its owners and admins see it.';

create index group_bans_user_id_idx on private.group_bans (user_id);
create index group_bans_banned_by_idx on private.group_bans (banned_by);
create index group_bans_list_idx on private.group_bans (conversation_id, created_at desc, user_id desc);

create function private.require_not_banned(conversation_id uuid, people uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Under the lock of the conversation, which a ban takes as well.
  if exists (select from private.group_bans b where b.conversation_id = require_not_banned.conversation_id and b.user_id = any (people)) then
    perform private.raise_error('banned', 'unable to add people; one of them is banned from the group', 'Take the ban back first.',
      '{"field": "userIds"}');
  end if;
end
$$;
comment on function private.require_not_banned is 'Raises when one of the people is banned from a group whose lock is held.';

revoke all on private.group_bans from public, anon, authenticated, service_role;
revoke execute on function private.require_not_banned(uuid, uuid[]) from public, anon, authenticated, service_role;
