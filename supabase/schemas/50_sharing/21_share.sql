-- The calls that share, accept, decline and revoke.

create function private.shares_to_change(target_kind text, target_id uuid, sender uuid, user_id uuid, address text)
returns uuid[]
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  found_ids uuid[];
begin
  found_ids := array(
    select h.id
    from public.shares h
    where h.target_kind = target_kind and h.target_id = target_id and h.ended_at is null
      and (
        (h.shared_with = user_id and (h.kind = 'person' or (h.kind = 'email' and h.accepted_at is not null)))
        or (h.kind = 'email' and h.shared_by = sender and h.invited_email = address)
      )
    for update
  );
  -- A share that has expired does not stand in the way.
  update public.shares h
  set ended_at = h.expires_at, end_reason = 'expired'
  where h.id = any (found_ids) and h.expires_at <= clock_timestamp();
  return array(select h.id from public.shares h where h.id = any (found_ids) and h.ended_at is null);
end
$$;
comment on function private.shares_to_change is
  'The shares in force that sharing again changes, held: with a user also what was offered to an address and accepted, because by then it is known whose it is.';

create function private.offer_share(
  target_kind text, target_id uuid, role text, user_id uuid, email text, message text, expires_at timestamptz, with_songs boolean, keeps_higher boolean default false
)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  address text := lower(btrim(email));
  recipient uuid := user_id;
  what text := format('share the %s', target_kind);
  target private.targets;
  share public.shares;
  again uuid[];
  highest text;
begin
  perform private.check_target_kind(target_kind, 'share');
  perform private.check_share(what, role, message, expires_at);
  perform private.check_recipient(user_id, address, caller, what);
  perform private.take_token(caller, 'invite');
  perform private.get_own_profile();
  perform private.hold_people(array_remove(array[caller, user_id], null), 'user_id');
  if user_id is not null then
    perform private.require_unblocked(caller, array[user_id], format('unable to %s; one of you blocked the other', what));
  else
    recipient := private.account_of_address(address, caller);
  end if;

  target := private.lock_target(target_kind, target_id, 'share', '{admin,owner}');
  perform private.require_below(role, private.role_in(target_kind, target_id), what);
  if recipient = target.created_by then
    if user_id is not null then
      perform private.raise_error('invalid_input', format('unable to %s; that user owns it', what), 'Name another user.',
        '{"field": "user_id"}');
    end if;
    recipient := null;
  end if;

  again := private.shares_to_change(target_kind, target_id, caller, user_id, address);
  if again <> '{}' then
    select h.role into highest from public.shares h where h.id = any (again) order by private.role_rank(h.role) desc limit 1;
    perform private.require_below(highest, private.role_in(target_kind, target_id), what);
    update public.shares h
    set role = case when keeps_higher and private.role_rank(h.role) > private.role_rank(offer_share.role) then h.role else offer_share.role end, expires_at = offer_share.expires_at,
      -- An offer is now the caller's; a message never shows under another sender.
      shared_by = case when h.accepted_at is null then caller else h.shared_by end,
      message = case
        when h.shared_by = caller then coalesce(offer_share.message, h.message)
        when h.accepted_at is null then offer_share.message
        else h.message
      end
    where h.id = any (again);
    -- What the person has, if they have two.
    select h.* into share from public.shares h where h.id = any (again) order by h.accepted_at nulls last limit 1;
    if share.accepted_at is not null then
      perform private.notify(share.shared_with, 'share_changed', target, caller, jsonb_build_object('role', share.role, 'subject_id', share.id));
    end if;
  else
    insert into public.shares (
      target_kind, target_id, kind, shared_by, recipient_id, invited_email, role, message, target_created_at, expires_at
    )
    values (
      target.kind, target.id, case when address is null then 'person' else 'email' end, caller, recipient, address, role, message,
      target.created_at, expires_at
    )
    returning * into share;
    if share.shared_with is not null then
      perform private.notify_offer(share);
    end if;
  end if;
  if with_songs and target.kind = 'setlist' then
    perform private.offer_songs_with(share);
  end if;
  perform private.end_lost_watches(target.kind, target.id);
  return private.share_json(share, caller);
end
$$;

create function public.offer_share(
  target_id uuid,
  role text,
  user_id uuid default null,
  email text default null,
  message text default null,
  expires_at timestamptz default null,
  target_kind text default 'song',
  with_songs boolean default false
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.offer_share(target_kind, target_id, role, user_id, email, message, expires_at, with_songs)
$$;
comment on function public.offer_share is
  'Offers a role in a song or setlist to a person or an address, perhaps with the songs that the caller may share; doing so again changes the role. Never tells whether an address has an account.';

create function private.accept_share(share_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  share public.shares := private.find_offer(share_id, caller);
begin
  if share.accepted_at is not null then
    -- Of a target that has become private since it was opened by a link, notices say nothing more.
    if share.kind = 'link' and private.role_of(share.target_kind, share.target_id, caller) is null then
      perform private.raise_share_not_found();
    end if;
  else
    if not private.offer_stands(share) then
      perform private.raise_share_not_found();
    end if;
    update public.shares h set accepted_at = clock_timestamp() where h.id = share.id returning h.* into share;
    perform private.answer_songs_with(share, true);
    perform private.notify(share.shared_by, 'share_accepted', t, caller, jsonb_build_object('role', share.role, 'subject_id', share.id))
    from private.targets t
    where t.kind = share.target_kind and t.id = share.target_id;
  end if;
  return private.share_json(share, caller);
end
$$;

create function public.accept_share(share_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.accept_share(share_id)
$$;
comment on function public.accept_share is 'Accepts a share that was offered to the caller; accepting again changes nothing.';

create function private.decline_share(share_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  share public.shares := private.find_offer(share_id, caller);
  was_pending boolean := share.accepted_at is null;
begin
  update public.shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = case when was_pending then 'declined' else 'left' end
  where h.id = share.id;
  if was_pending then
    perform private.answer_songs_with(share, false);
  end if;
  perform private.end_lost_watches(share.target_kind, share.target_id);
  -- A sender who has lost the role gets no notice.
  if share.kind <> 'link' and private.role_of(share.target_kind, share.target_id, share.shared_by) is not null then
    perform private.notify(share.shared_by, case when was_pending then 'share_declined' else 'share_left' end, t,
      case when share.kind = 'person' or not was_pending then caller end,
      jsonb_build_object('role', share.role, 'subject_id', share.id))
    from private.targets t
    where t.kind = share.target_kind and t.id = share.target_id;
  end if;
end
$$;

create function public.decline_share(share_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.decline_share(share_id)
$$;
comment on function public.decline_share is 'Declines a share that was offered to the caller, or gives back one that was accepted.';

create function private.revoke_share(share_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  share public.shares;
  target private.targets;
  sees_it boolean;
begin
  select h.* into share from public.shares h where h.id = share_id;
  if coalesce(private.role_rank(private.role_in(share.target_kind, share.target_id)), 0) < 3 then
    perform private.raise_share_not_found();
  end if;
  perform private.hold_people(array[caller], 'user_id');
  target := private.lock_target(share.target_kind, share.target_id, 'revoke a share of', '{admin,owner}');
  select h.* into share from public.shares h where h.id = share_id for update;
  perform private.require_below(share.role, private.role_in(target.kind, target.id), 'revoke the share');
  if share.ended_at is null then
    -- Whose share ran out, whose offer is void, or whose link leads to a target that is private learns not even the present title.
    sees_it := private.offer_stands(share) or private.role_of(target.kind, target.id, share.shared_with) is not null;
    update public.shares h set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'revoked' where h.id = share.id;
    perform private.end_lost_watches(target.kind, target.id);
    if share.accepted_at is null then
      perform private.revoke_songs_with(share, caller);
    end if;
    if share.shared_with is not null and sees_it then
      perform private.notify(share.shared_with, 'share_revoked', target, caller,
        jsonb_build_object('role', share.role, 'subject_id', share.id)
        || case when share.accepted_at is null then '{"pending": true}' else '{}' end::jsonb);
    end if;
  end if;
  -- By another share or a link. A recipient who was invited by address and has not accepted is not revealed.
  if share.kind <> 'email' or share.accepted_at is not null then
    return private.role_of(target.kind, target.id, share.shared_with);
  end if;
  return null;
end
$$;

create function public.revoke_share(share_id uuid)
returns text
language sql
set search_path = ''
as $$
  select private.revoke_share(share_id)
$$;
comment on function public.revoke_share is
  'Ends a share of a lower role than the caller''s, from the next query on; doing so again changes nothing. Answers the role that the person has all the same, by another share.';

revoke execute on function
  private.shares_to_change(text, uuid, uuid, uuid, text),
  private.offer_share(text, uuid, text, uuid, text, text, timestamptz, boolean, boolean),
  private.accept_share(uuid),
  private.decline_share(uuid),
  private.revoke_share(uuid),
  public.offer_share(uuid, text, uuid, text, text, timestamptz, text, boolean),
  public.accept_share(uuid),
  public.decline_share(uuid),
  public.revoke_share(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.offer_share(text, uuid, text, uuid, text, text, timestamptz, boolean, boolean),
  private.accept_share(uuid),
  private.decline_share(uuid),
  private.revoke_share(uuid),
  public.offer_share(uuid, text, uuid, text, text, timestamptz, text, boolean),
  public.accept_share(uuid),
  public.decline_share(uuid),
  public.revoke_share(uuid)
to authenticated;
