-- What a user who is invited into a circle does; and the calls of the API about invitations.

create function private.is_invited(invitation private.circle_invitations, person uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce(case invitation.kind
    when 'person' then invitation.user_id = person
    when 'email' then coalesce(invitation.user_id, person) = person and invitation.invited_email = private.confirmed_address(person)
  end, false);
end
$$;
comment on function private.is_invited is 'Whether an invitation is for a person without a token: by id, or by the address that is known to be theirs.';

create function private.read_invitation(invitation_id uuid, token text, caller uuid)
returns private.circle_invitations
language plpgsql
set search_path = ''
as $$
declare
  invitation private.circle_invitations;
begin
  if num_nonnulls(invitation_id, token) <> 1 then
    perform private.raise_error('invalid_input', 'unable to read the invitation; it takes an id or a token', 'Pass one of them.',
      '{"field": "invitation"}');
  elsif token is not null then
    select i.* into invitation from private.circle_invitations i where i.token_hash = sha256(convert_to(left(token, 200), 'UTF8'));
  else
    select i.* into invitation from private.circle_invitations i where i.id = invitation_id;
    if not private.is_invited(invitation, caller) then
      perform private.raise_invitation_not_found();
    end if;
  end if;
  if invitation.id is null then
    perform private.raise_invitation_not_found();
  end if;
  return invitation;
end
$$;
comment on function private.read_invitation is 'The invitation of an id, if it is for the caller, or of a token.';

create function private.check_invitation(invitation private.circle_invitations, is_by_token boolean, caller uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  excluded private.circle_exclusions;
begin
  -- Where the project knows whose an address is, a link that was sent to one is for that user alone.
  if is_by_token and invitation.kind = 'email' and (select s.claims_by_address from private.settings s)
    and invitation.invited_email is distinct from private.confirmed_address(caller)
  then
    perform private.raise_error('wrong_address', 'unable to open the invitation; it was sent to another address',
      'Sign in with the account that has the address, or ask for another invitation.');
  end if;
  select e.* into excluded from private.circle_exclusions e where e.circle_id = invitation.circle_id and e.user_id = caller;
  if excluded.is_ban then
    perform private.raise_error('banned', 'unable to open the invitation; you are banned from the circle', 'Ask an owner of the circle.');
  elsif invitation.end_reason = 'accepted' or (invitation.ended_at is null and invitation.use_count >= invitation.max_uses) then
    perform private.raise_error('invitation_used', 'unable to open the invitation; it was used before', 'Ask for another invitation.');
  elsif invitation.ended_at is null and invitation.expires_at <= clock_timestamp() then
    perform private.raise_error('invitation_expired', 'unable to open the invitation; it has expired', 'Ask for another invitation.');
  elsif not private.invitation_stands(invitation) or excluded.created_at >= invitation.created_at
    or private.are_blocked(caller, array[invitation.invited_by])
  then
    perform private.raise_invitation_not_found();
  end if;
end
$$;
comment on function private.check_invitation is 'Raises what keeps the caller from accepting an invitation now.';

create function private.get_circle_invitation(token text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
  invitation private.circle_invitations;
begin
  perform private.take_token(caller, 'open_link');
  invitation := private.read_invitation(null, coalesce(token, ''), caller);
  if private.role_of('circle', invitation.circle_id, caller) is null then
    perform private.check_invitation(invitation, true, caller);
  end if;
  return private.circle_invitation_json(invitation, caller);
end
$$;

create function private.accept_circle_invitation(invitation_id uuid, token text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  what constant text := 'accept the invitation';
  invitation private.circle_invitations;
  circle public.circles;
begin
  perform private.take_token(caller, 'open_link');
  perform private.take_token(caller, 'circle_join');
  perform private.hold_account();
  invitation := private.read_invitation(invitation_id, token, caller);
  select c.* into circle from public.circles c where c.id = invitation.circle_id for no key update;
  -- Again, now that nobody else can accept, revoke, ban or delete.
  invitation := private.read_invitation(invitation_id, token, caller);
  -- Once more by the same user is a success.
  if private.role_of('circle', circle.id, caller) is null then
    perform private.check_invitation(invitation, token is not null, caller);
    perform private.require_room_for_circle(caller, what);
    if (select count(*) from public.circle_members m where m.circle_id = circle.id) >= private.at_most('circle_people') then
      perform private.raise_error('circle_full', format('unable to accept the invitation; the circle has %s members', private.at_most('circle_people')),
        'Ask an owner of the circle to make room.');
    end if;
    insert into public.circle_members (circle_id, user_id, role) values (circle.id, caller, invitation.role);
    delete from private.circle_exclusions e where e.circle_id = circle.id and e.user_id = caller;
    update private.circle_invitations i
    set use_count = i.use_count + 1,
      user_id = case when i.kind = 'email' then caller else i.user_id end,
      ended_at = case when i.kind <> 'link' then clock_timestamp() end,
      end_reason = case when i.kind <> 'link' then 'accepted' end
    where i.id = invitation.id;
    perform private.touch_circle(circle.id, 'joined');
    perform private.notify_of_circle(invitation.invited_by, 'circle_joined', circle, caller,
      jsonb_build_object('role', invitation.role, 'subject_id', invitation.id));
  end if;
  -- Another invitation of the same user is over with this one.
  update private.circle_invitations i
  set ended_at = clock_timestamp(), end_reason = 'accepted'
  where i.circle_id = circle.id and i.kind = 'person' and i.user_id = caller and i.ended_at is null;
  return private.circle_json(circle.id, caller);
end
$$;

create function private.decline_circle_invitation(invitation_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  invitation private.circle_invitations := private.read_invitation(invitation_id, null, caller);
begin
  perform from public.circles c where c.id = invitation.circle_id for no key update;
  -- What was accepted stays so: a member leaves. Declining an address reveals nobody to the user who invited it.
  update private.circle_invitations i
  set ended_at = clock_timestamp(), end_reason = 'declined'
  where i.id = invitation.id and i.ended_at is null;
end
$$;

create function private.list_circle_invitations_received()
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
  address constant text := private.confirmed_address(caller);
begin
  return query
    select private.circle_invitation_json(i, caller)
    from private.circle_invitations i
    where ((i.kind = 'person' and i.user_id = caller) or (i.kind = 'email' and i.invited_email = address))
      and i.ended_at is null
      and i.expires_at > now()
      and private.invitation_stands(i)
      and not private.are_blocked(caller, array[i.invited_by])
      and private.role_of('circle', i.circle_id, caller) is null
      and not exists (
        select
        from private.circle_exclusions e
        where e.circle_id = i.circle_id and e.user_id = caller and (e.is_ban or e.created_at >= i.created_at)
      )
    order by i.created_at desc, i.id desc
    limit 200;
end
$$;

create function private.create_circle_invitation_link(invitation_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  update private.circle_invitations i
  set token_hash = sha256(convert_to(token, 'UTF8'))
  where i.id = invitation_id and i.kind = 'email' and i.expires_at > clock_timestamp() and private.invitation_stands(i);
  if not found then
    perform private.raise_invitation_not_found();
  end if;
  return token;
end
$$;
