-- The calls that change who is in a circle, and with which role.

create function private.has_other_owner(circle_id uuid, person uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select
    from public.circle_members m
    where m.circle_id = has_other_owner.circle_id and m.user_id <> person and m.role = 'owner'
  );
end
$$;

create function private.member_role(circle_id uuid, person uuid, operation text)
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  found_role text := private.role_of('circle', circle_id, person);
begin
  if found_role is null then
    perform private.raise_error('profile_not_found', format('unable to %s; the user is not in the circle', operation), 'List the members again.',
      '{"field": "userId"}');
  end if;
  return found_role;
end
$$;
comment on function private.member_role is 'The role of a member of a circle that is held; raises for a user who is none.';

create function private.leave_circle(circle_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  circle public.circles;
begin
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  -- Its last member takes the circle along, and that waits for who is sharing with it.
  perform from public.circles c where c.id = circle_id for update;
  circle := private.lock_circle(circle_id, 'leave', '{owner,admin,member}');
  if not exists (select from public.circle_members m where m.circle_id = circle.id and m.user_id <> caller) then
    perform private.remove_circle(circle);
    return;
  end if;
  if private.role_in('circle', circle.id) = 'owner' and not private.has_other_owner(circle.id, caller) then
    perform private.raise_error('last_owner', 'unable to leave the circle; you are its last owner', 'Make another member an owner first.');
  end if;
  perform private.take_out_of_circle(circle.id, caller, 'left');
end
$$;

create function private.keep_out_of_circle(circle_id uuid, user_id uuid, is_ban boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  what constant text := case when is_ban then 'ban the user' else 'remove the member' end;
  circle public.circles;
  other_role text;
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', format('unable to %s; the id is your own', what), 'Pass the id of another user, or leave the circle.',
      '{"field": "userId"}');
  end if;
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  -- So that an account that is being deleted leaves nothing behind.
  perform private.hold_people(array[user_id], 'userId');
  circle := private.lock_circle(circle_id, case when is_ban then 'ban from' else 'remove from' end, '{owner,admin}');
  other_role := private.role_of('circle', circle.id, user_id);
  if other_role is null and not is_ban then
    return private.circle_json(circle.id, caller);
  end if;
  if private.role_in('circle', circle.id) = 'admin' and other_role <> 'member' then
    perform private.raise_error('forbidden', format('unable to %s; admins can do that to members only', what), 'Ask an owner of the circle.');
  end if;
  insert into private.circle_exclusions as e (circle_id, user_id, is_ban, excluded_by)
  values (circle.id, user_id, is_ban, caller)
  on conflict on constraint circle_exclusions_pkey do update
  set is_ban = e.is_ban or excluded.is_ban, excluded_by = excluded.excluded_by, created_at = excluded.created_at;
  update private.circle_invitations i
  set ended_at = clock_timestamp(), end_reason = 'removed'
  where i.circle_id = circle.id and i.user_id = user_id and i.ended_at is null;
  delete from public.notices n where n.user_id = user_id and n.kind = 'circle_invited' and n.circle_id = circle.id;
  if other_role is not null then
    perform private.take_out_of_circle(circle.id, user_id, 'removed');
    perform private.notify_of_circle(user_id, 'circle_removed', circle, caller, '{}');
  end if;
  return private.circle_json(circle.id, caller);
end
$$;

create function private.unban_from_circle(circle_id uuid, user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  perform private.lock_circle(circle_id, 'change', '{owner,admin}');
  -- Older links stay closed to that user.
  update private.circle_exclusions e
  set is_ban = false
  where e.circle_id = unban_from_circle.circle_id and e.user_id = unban_from_circle.user_id and e.is_ban;
end
$$;

create function private.list_circle_bans(circle_id uuid, page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_account();
  perform private.check_page_size('list bans', page_size, 200, 1);
  perform private.require_role('circle', true, private.role_in('circle', circle_id), 'list the bans of', '{owner,admin}');
  return query
    select jsonb_build_object('user_id', e.user_id,
      -- A ban shows no profile that its reader does not see.
      'handle', case when private.can_see_profile(e.user_id) then p.handle end,
      'display_name', case when private.can_see_profile(e.user_id) then p.display_name else '' end,
      'banned_by', e.excluded_by, 'created_at', e.created_at)
    from private.circle_exclusions e
    join public.profiles p on p.id = e.user_id
    where e.circle_id = list_circle_bans.circle_id and e.is_ban and (e.created_at, e.user_id) < (before_created_at, before_id)
    order by e.created_at desc, e.user_id desc
    limit page_size;
end
$$;

create function private.set_circle_role(circle_id uuid, user_id uuid, role text, steps_down boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  what constant text := case when steps_down then 'transfer the circle' else 'set the role' end;
  circle public.circles;
begin
  if role is null or role not in ('owner', 'admin', 'member') then
    perform private.raise_error('invalid_input', 'unable to set the role; it is owner, admin or member', 'Choose one of them.', '{"field": "role"}');
  end if;
  if user_id is null or (steps_down and user_id = caller) then
    perform private.raise_error('invalid_input', format('unable to %s; it takes another member', what), 'Pass the id of another member.',
      '{"field": "userId"}');
  end if;
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  circle := private.lock_circle(circle_id, case when steps_down then 'transfer' else 'set a role in' end, '{owner}');
  if private.member_role(circle.id, user_id, what) = role and not steps_down then
    return private.circle_json(circle.id, caller);
  end if;
  if user_id = caller and not private.has_other_owner(circle.id, caller) then
    perform private.raise_error('last_owner', 'unable to set the role; you are the circle''s last owner', 'Make another member an owner first.');
  end if;
  update public.circle_members m set role = role where m.circle_id = circle.id and m.user_id = user_id;
  if steps_down then
    update public.circle_members m set role = 'admin' where m.circle_id = circle.id and m.user_id = caller;
  end if;
  perform private.touch_circle(circle.id, 'role');
  if user_id <> caller then
    perform private.notify_of_circle(user_id, 'circle_role_changed', circle, caller, jsonb_build_object('role', role));
  end if;
  return private.circle_json(circle.id, caller);
end
$$;

create function public.leave_circle(circle_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.leave_circle(circle_id)
$$;
comment on function public.leave_circle is
  'Leaves a circle. Its last owner makes another member an owner first; its last member takes it along.';

create function public.remove_circle_member(circle_id uuid, user_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.keep_out_of_circle(circle_id, user_id, false)
$$;
comment on function public.remove_circle_member is
  'Takes a user out of a circle; older links do not let that user in again. Owners remove any other member, admins members.';

create function public.ban_from_circle(circle_id uuid, user_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.keep_out_of_circle(circle_id, user_id, true)
$$;
comment on function public.ban_from_circle is
  'Takes a user out of a circle, or one who is not in it, and keeps them out. Owners ban any other user, admins all but owners and admins.';

create function public.unban_from_circle(circle_id uuid, user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unban_from_circle(circle_id, user_id)
$$;
comment on function public.unban_from_circle is 'Takes a ban back; the user can be invited again. For owners and admins.';

create function public.list_circle_bans(
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
  select * from private.list_circle_bans(circle_id, page_size, before_created_at, before_id)
$$;
comment on function public.list_circle_bans is 'Who is banned from a circle, the newest first; a page of at most 201. For owners and admins.';

create function public.set_circle_role(circle_id uuid, user_id uuid, role text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_circle_role(circle_id, user_id, role, false)
$$;
comment on function public.set_circle_role is 'Makes a member owner, admin or member. For owners; the last one cannot step down.';

create function public.transfer_circle(circle_id uuid, user_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_circle_role(circle_id, user_id, 'owner', true)
$$;
comment on function public.transfer_circle is 'Makes another member an owner and the caller an admin, in one step. For owners.';

revoke execute on function
  private.has_other_owner(uuid, uuid),
  private.member_role(uuid, uuid, text),
  private.leave_circle(uuid),
  private.keep_out_of_circle(uuid, uuid, boolean),
  private.unban_from_circle(uuid, uuid),
  private.list_circle_bans(uuid, integer, timestamptz, uuid),
  private.set_circle_role(uuid, uuid, text, boolean),
  public.leave_circle(uuid),
  public.remove_circle_member(uuid, uuid),
  public.ban_from_circle(uuid, uuid),
  public.unban_from_circle(uuid, uuid),
  public.list_circle_bans(uuid, integer, timestamptz, uuid),
  public.set_circle_role(uuid, uuid, text),
  public.transfer_circle(uuid, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.leave_circle(uuid),
  private.keep_out_of_circle(uuid, uuid, boolean),
  private.unban_from_circle(uuid, uuid),
  private.list_circle_bans(uuid, integer, timestamptz, uuid),
  private.set_circle_role(uuid, uuid, text, boolean),
  public.leave_circle(uuid),
  public.remove_circle_member(uuid, uuid),
  public.ban_from_circle(uuid, uuid),
  public.unban_from_circle(uuid, uuid),
  public.list_circle_bans(uuid, integer, timestamptz, uuid),
  public.set_circle_role(uuid, uuid, text),
  public.transfer_circle(uuid, uuid)
to authenticated;
