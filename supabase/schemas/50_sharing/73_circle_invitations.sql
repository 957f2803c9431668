-- The calls that invite people into a circle.

create function private.raise_invitation_not_found()
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('invitation_not_found', 'unable to reach the invitation; there is none for you that is open',
    'It may have ended: ask for another invitation.');
end
$$;

create function private.invitation_stands(invitation private.circle_invitations)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  givers text := private.role_of('circle', invitation.circle_id, invitation.invited_by);
begin
  return invitation.ended_at is null and coalesce(givers = 'owner' or (givers = 'admin' and invitation.role = 'member'), false);
end
$$;
comment on function private.invitation_stands is
  'Whether an invitation has not ended and who made it could still make it: one of a member who was removed or set back lets nobody in.';

create function private.circle_invitation_json(invitation private.circle_invitations, viewer uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  manages constant boolean := private.role_of('circle', invitation.circle_id, viewer) in ('owner', 'admin');
begin
  return (
    select jsonb_build_object('id', invitation.id, 'kind', invitation.kind, 'role', invitation.role,
      'state', case
        when invitation.ended_at is not null then invitation.end_reason
        when invitation.expires_at <= now() then 'expired'
        when invitation.use_count >= invitation.max_uses then 'used_up'
        else 'pending'
      end,
      'message', case when invitation.kind <> 'link' then invitation.message end,
      'invited_by', private.person_json(invitation.invited_by),
      -- Who is invited sees the name, the picture and how many are in it, but not who they are; its id only in the path of the picture, where it gives no access.
      'circle_id', case when manages then c.id end,
      'circle_name', c.name, 'picture_path', c.picture_path,
      'member_count', (select count(*) from public.circle_members m where m.circle_id = c.id),
      'user', case
        when viewer = invitation.user_id or (manages and private.can_see_profile(invitation.user_id)) then private.person_json(invitation.user_id)
      end,
      'email', case when viewer = invitation.invited_by then invitation.invited_email end,
      'max_uses', invitation.max_uses, 'use_count', invitation.use_count,
      'created_at', invitation.created_at, 'expires_at', invitation.expires_at, 'ended_at', invitation.ended_at)
    from public.circles c
    where c.id = invitation.circle_id
  );
end
$$;
comment on function private.circle_invitation_json is 'An invitation as one person may see it: without its token, which cannot be read again.';

create function private.check_circle_invitation(operation text, role text, expires_at timestamptz)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  wrong text := case
    when role is null or role not in ('admin', 'member') then 'role'
    when expires_at <= clock_timestamp() or expires_at > clock_timestamp() + interval '1 year' then 'expires_at'
  end;
begin
  if wrong is not null then
    perform private.raise_error('invalid_input', format('unable to %s; %s is not as documented', operation, wrong), 'Correct the named field.',
      jsonb_build_object('field', wrong));
  end if;
end
$$;

create function private.lock_circle_to_invite(circle_id uuid, role text, operation text)
returns public.circles
language plpgsql
set search_path = ''
as $$
declare
  circle public.circles := private.lock_circle(circle_id, 'invite to', '{owner,admin}');
begin
  if role = 'admin' and private.role_in('circle', circle.id) <> 'owner' then
    perform private.raise_error('forbidden', format('unable to %s; only owners invite admins', operation), 'Ask an owner of the circle.',
      '{"field": "role"}');
  end if;
  return circle;
end
$$;
comment on function private.lock_circle_to_invite is 'Holds a circle into which the caller may invite with a role.';

create function private.person_of_handle(handle text)
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
  person uuid;
begin
  select p.id into person from public.profiles p where lower(p.handle) = lower(ltrim(btrim(person_of_handle.handle), '@'));
  if person is null then
    perform private.raise_error('profile_not_found', 'unable to invite to the circle; nobody has that handle', 'Check the handle.',
      '{"field": "handle"}');
  end if;
  return person;
end
$$;

create function private.open_circle_invitation(circle_id uuid, person uuid, address text)
returns private.circle_invitations
language plpgsql
set search_path = ''
as $$
declare
  invitation private.circle_invitations;
begin
  select i.* into invitation
  from private.circle_invitations i
  where i.circle_id = open_circle_invitation.circle_id and i.ended_at is null
    and ((i.kind = 'person' and i.user_id = person) or (i.kind = 'email' and i.invited_email = address))
  for update;
  return invitation;
end
$$;
comment on function private.open_circle_invitation is 'The invitation of a person or an address that inviting again changes, expired or not.';

create function private.invite_to_circle(
  circle_id uuid, user_id uuid, handle text, email text, role text, message text, expires_at timestamptz
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  what constant text := 'invite to the circle';
  address text := lower(btrim(email));
  person uuid := user_id;
  circle public.circles;
  before private.circle_invitations;
  invitation private.circle_invitations;
begin
  perform private.check_circle_invitation(what, role, expires_at);
  if message is not null then
    perform private.check_text('lines', message, 1000, what, 'message');
  end if;
  if num_nonnulls(user_id, handle, address) <> 1 then
    perform private.raise_error('invalid_input', 'unable to invite to the circle; it takes one person, by id, by handle or by address',
      'Pass one of them.', '{"field": "user_id"}');
  end if;
  perform private.take_token(caller, 'invite');
  perform private.get_own_profile();
  if handle is not null then
    person := private.person_of_handle(handle);
  end if;
  perform private.check_recipient(person, address, caller, what);
  perform private.hold_people(array_remove(array[caller, person], null), 'user_id');
  if address is null then
    perform private.require_unblocked(caller, array[person], 'unable to invite to the circle; one of you blocked the other');
  else
    -- Who has the address is told, and never shown.
    person := private.account_of_address(address, caller);
  end if;

  circle := private.lock_circle_to_invite(circle_id, role, what);
  if address is null then
    if private.role_of('circle', circle.id, person) is not null then
      perform private.raise_error('invalid_input', 'unable to invite to the circle; that user is in it', 'Name another user.', '{"field": "user_id"}');
    elsif exists (select from private.circle_exclusions e where e.circle_id = circle.id and e.user_id = person and e.is_ban) then
      perform private.raise_error('banned', 'unable to invite to the circle; that user is banned from it', 'Take the ban back first.',
        '{"field": "user_id"}');
    end if;
  end if;
  before := private.open_circle_invitation(circle.id, case when address is null then person end, address);
  if before.role = 'admin' and private.role_in('circle', circle.id) <> 'owner' and private.invitation_stands(before) then
    perform private.raise_error('forbidden', 'unable to invite to the circle; an owner has invited that user as an admin', 'Ask an owner of the circle.',
      '{"field": "role"}');
  end if;
  -- Inviting again does not add one to those that are open.
  if before.id is null or before.expires_at <= now() then
    perform private.require_room_for_invitation(circle.id, what, 'circle_invitations');
  end if;
  if before.id is null then
    insert into private.circle_invitations (circle_id, kind, invited_by, user_id, invited_email, role)
    values (circle.id, case when address is null then 'person' else 'email' end, caller, case when address is null then person end, address, role)
    returning * into invitation;
  end if;
  update private.circle_invitations i
  set invited_by = caller, role = role, message = message, created_at = clock_timestamp(),
    expires_at = coalesce(expires_at, clock_timestamp() + interval '14 days')
  where i.id = coalesce(before.id, invitation.id)
  returning i.* into invitation;
  -- Inviting once more while the invitation is open is no news.
  if person is not null and (before.id is null or before.expires_at <= clock_timestamp()) and private.role_of('circle', circle.id, person) is null
    and not exists (select from private.circle_exclusions e where e.circle_id = circle.id and e.user_id = person and e.is_ban)
  then
    perform private.notify_of_circle(person, 'circle_invited', circle, caller, jsonb_build_object('role', role, 'subject_id', invitation.id));
  end if;
  return private.circle_invitation_json(invitation, caller);
end
$$;

create function private.create_circle_link(circle_id uuid, max_uses integer, expires_at timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  what constant text := 'make the link';
  circle public.circles;
  invitation private.circle_invitations;
  token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  perform private.check_circle_invitation(what, 'member', expires_at);
  if max_uses not between 1 and 100000 then
    perform private.raise_error('invalid_input', 'unable to make the link; it is for 1 to 100,000 people', 'Correct the named field.',
      '{"field": "max_uses"}');
  end if;
  perform private.take_token(caller, 'invite');
  perform private.hold_account();
  circle := private.lock_circle_to_invite(circle_id, 'member', what);
  perform private.require_room_for_invitation(circle.id, what, 'circle_links');
  insert into private.circle_invitations (circle_id, kind, invited_by, token_hash, role, max_uses, expires_at)
  values (circle.id, 'link', caller, sha256(convert_to(token, 'UTF8')), 'member', max_uses,
    coalesce(create_circle_link.expires_at, clock_timestamp() + interval '14 days'))
  returning * into invitation;
  return private.circle_invitation_json(invitation, caller) || jsonb_build_object('token', token);
end
$$;

create function private.list_circle_invitations(circle_id uuid, page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
begin
  perform private.check_page_size('list the invitations', page_size, 200, 1);
  perform private.require_role('circle', true, private.role_in('circle', circle_id), 'list the invitations of', '{owner,admin}');
  return query
    select private.circle_invitation_json(i, caller)
    from private.circle_invitations i
    where i.circle_id = list_circle_invitations.circle_id and (i.created_at, i.id) < (before_created_at, before_id)
    order by i.created_at desc, i.id desc
    limit page_size;
end
$$;

create function private.revoke_circle_invitation(invitation_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  invitation private.circle_invitations;
begin
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  select i.* into invitation from private.circle_invitations i where i.id = invitation_id;
  if coalesce(private.role_in('circle', invitation.circle_id) not in ('owner', 'admin'), true) then
    perform private.raise_invitation_not_found();
  end if;
  perform private.lock_circle(invitation.circle_id, 'revoke an invitation to', '{owner,admin}');
  if invitation.role = 'admin' and private.role_in('circle', invitation.circle_id) <> 'owner' then
    perform private.raise_error('forbidden', 'unable to revoke the invitation; only owners revoke that of an admin', 'Ask an owner of the circle.');
  end if;
  update private.circle_invitations i
  set ended_at = clock_timestamp(), end_reason = 'revoked'
  where i.id = invitation_id and i.ended_at is null;
  if found then
    delete from public.notices n where n.circle_id = invitation.circle_id and n.kind = 'circle_invited' and n.data ->> 'subject_id' = invitation.id::text;
  end if;
end
$$;
