-- Bans a user from a group, and takes a ban back.

create function private.ban_user(conversation_id uuid, user_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  own_role text;
  other_role text;
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to ban the user; the id is your own', 'Pass the id of another user.',
      '{"field": "userId"}');
  end if;
  perform private.require_participant(conversation_id);
  -- As an addition does: so an account that is being deleted leaves no ban behind.
  perform private.hold_people(array[user_id], 'userId');
  own_role := private.lock_group(conversation_id, '{owner,admin}');
  perform private.require_own_people(conversation_id);
  select p.role into other_role
  from public.conversation_participants p
  where p.conversation_id = ban_user.conversation_id and p.user_id = ban_user.user_id and p.left_at is null;
  if own_role = 'admin' and other_role <> 'member' then
    perform private.raise_error('forbidden', 'unable to ban the user; admins can ban members only', 'Ask an owner of the group.');
  end if;
  insert into private.group_bans (conversation_id, user_id, banned_by)
  values (conversation_id, user_id, caller)
  on conflict on constraint group_bans_pkey do nothing;
  -- Declined and not deleted: else a ban that is taken back would let the group invite the user again and again.
  update private.contact_requests r
  set answered_at = clock_timestamp(), accepted = false
  where r.conversation_id = ban_user.conversation_id and r.recipient_id = ban_user.user_id and r.answered_at is null;
  if other_role is null then
    return private.conversation_json(conversation_id);
  end if;
  return private.take_leave(conversation_id, user_id, 'banned');
end
$$;

create function private.unban_user(conversation_id uuid, user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.require_user();
  perform private.lock_group(conversation_id, '{owner,admin}');
  delete from private.group_bans b where b.conversation_id = unban_user.conversation_id and b.user_id = unban_user.user_id;
end
$$;

create function private.list_bans(conversation_id uuid, page_size integer, before_at timestamptz, before_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
begin
  perform private.require_participant(conversation_id);
  -- One more than a page tells that there is another.
  perform private.check_page_size('list bans', page_size, 200, 1);
  if num_nulls(before_at, before_id) = 1 then
    perform private.raise_error('invalid_cursor', 'unable to list bans; the cursor is not whole', 'Pass it back unchanged.');
  end if;
  if not exists (
    select
    from public.conversation_participants p
    where p.conversation_id = list_bans.conversation_id and p.user_id = (select auth.uid()) and p.role <> 'member' and p.left_at is null
  ) then
    perform private.raise_error('forbidden', 'unable to list bans; it takes owner or admin', 'Ask an owner of the group.');
  end if;
  return coalesce((
    select jsonb_agg(jsonb_build_object('user_id', b.user_id,
      -- A ban shows no profile that its caller does not see.
      'handle', case when private.can_see_profile(b.user_id) then f.handle end,
      'display_name', case when private.can_see_profile(b.user_id) then f.display_name else '' end,
      'banned_by', b.banned_by, 'created_at', b.created_at) order by b.created_at desc, b.user_id desc)
    from (
      select *
      from private.group_bans
      where group_bans.conversation_id = list_bans.conversation_id
        and (before_at is null or (group_bans.created_at, group_bans.user_id) < (before_at, before_id))
      order by group_bans.created_at desc, group_bans.user_id desc
      limit page_size
    ) b
    join public.profiles f on f.id = b.user_id
  ), '[]');
end
$$;

create function public.ban_user(conversation_id uuid, user_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.ban_user(conversation_id, user_id)
$$;
comment on function public.ban_user is
  'Removes a user from a group, or one who is not in it, and keeps them out. Owners ban any other user, admins all but owners and admins.';

create function public.unban_user(conversation_id uuid, user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unban_user(conversation_id, user_id)
$$;
comment on function public.unban_user is 'Takes a ban back; the user is not added. For owners and admins.';

create function public.list_bans(
  conversation_id uuid, page_size integer default 50, before_at timestamptz default null, before_id uuid default null
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_bans(conversation_id, page_size, before_at, before_id)
$$;
comment on function public.list_bans is 'Who is banned from a group, the newest first. For its owners and admins.';

revoke execute on function
  private.ban_user(uuid, uuid),
  private.unban_user(uuid, uuid),
  private.list_bans(uuid, integer, timestamptz, uuid),
  public.ban_user(uuid, uuid),
  public.unban_user(uuid, uuid),
  public.list_bans(uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.ban_user(uuid, uuid),
  private.unban_user(uuid, uuid),
  private.list_bans(uuid, integer, timestamptz, uuid),
  public.ban_user(uuid, uuid),
  public.unban_user(uuid, uuid),
  public.list_bans(uuid, integer, timestamptz, uuid)
to authenticated;
