-- Offers: shares that wait to be accepted, also by an address that has no account yet.

create function private.share_json(share public.shares, viewer uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  state text := case
    when share.ended_at is not null then share.end_reason
    when share.expires_at <= now() then 'expired'
    when share.accepted_at is null then 'pending'
    else 'accepted'
  end;
  is_giver boolean := viewer is distinct from share.shared_with;
begin
  return jsonb_build_object(
    'id', share.id,
    'kind', share.kind,
    'state', state,
    'role', share.role,
    -- Of its target, a share that is not accepted shows the kind and the title alone.
    'target_kind', share.target_kind,
    'title', (select t.title from private.targets t where t.kind = share.target_kind and t.id = share.target_id),
    'message', case when viewer in (share.shared_by, share.shared_with) then share.message end,
    'shared_by', private.person_json(share.shared_by),
    -- Until it is accepted, the answer does not reveal whether the address has an account.
    'shared_with', case when share.kind <> 'email' or share.accepted_at is not null or not is_giver then private.person_json(share.shared_with) end,
    'email', case when viewer = share.shared_by then share.invited_email end,
    'circle', (select jsonb_build_object('id', c.id, 'name', c.name) from public.circles c where c.id = share.circle_id),
    'created_at', share.created_at,
    'accepted_at', share.accepted_at,
    'expires_at', share.expires_at,
    'ended_at', share.ended_at
  ) || private.target_json(share.target_kind, case when is_giver or state = 'accepted' then share.target_id end);
end
$$;
comment on function private.share_json is 'A share as one person may see it.';

create function private.offer_stands(share public.shares)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return share.accepted_at is null
    and share.ended_at is null
    and (share.expires_at is null or share.expires_at > now())
    and coalesce(private.role_rank(share.role) < private.role_rank(private.role_of(share.target_kind, share.target_id, share.shared_by)), false)
    and not private.are_blocked(share.shared_by, array[share.shared_with]);
end
$$;
comment on function private.offer_stands is
  'Whether a share can be accepted now: an offer holds as long as its sender could make it. Otherwise it shows nothing of its target.';

create function private.notify_offer(share public.shares)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.notify(share.shared_with, 'share_offered', t, share.shared_by,
    jsonb_build_object('role', share.role, 'subject_id', share.id))
  from private.targets t
  where t.kind = share.target_kind and t.id = share.target_id and private.offer_stands(share);
end
$$;

create function private.claim_shares(account uuid, share_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  claimable uuid[];
  share public.shares;
begin
  -- Bounded, for anybody may invite any address: the rest is claimed when the list is read.
  select array_agg(c.id) into claimable
  from (
    select h.id
    from auth.users u
    join public.profiles p on p.id = u.id and p.user_id is not null
    join public.shares h on h.invited_email = private.confirmed_address(account) and h.shared_with is null and h.ended_at is null
    join private.targets t on t.kind = h.target_kind and t.id = h.target_id and t.created_by <> u.id
    where u.id = account
      and h.shared_by <> u.id
      and (share_id is null or h.id = share_id)
      and not private.are_blocked(u.id, array[h.shared_by])
    order by h.id
    limit 200
  ) as c;
  if claimable is null then
    return;
  end if;
  -- The targets first, as everywhere: one that is being deleted is waited for.
  perform
  from public.setlists l
  where l.id in (select h.setlist_id from public.shares h where h.id = any (claimable))
  order by l.id
  for key share;
  perform
  from public.songs s
  where s.id in (select h.song_id from public.shares h where h.id = any (claimable))
  order by s.id
  for key share;
  for share in
    update public.shares h
    set recipient_id = account
    where h.id = any (claimable) and h.shared_with is null and h.ended_at is null
    returning h.*
  loop
    perform private.notify_offer(share);
  end loop;
end
$$;
comment on function private.claim_shares is 'Gives an account what was offered to its verified address, or one share of that.';

create function private.claim_shares_of_verified()
returns trigger
language plpgsql
security definer
set search_path = ''
set lock_timeout = '1s'
as $$
begin
  if tg_op = 'INSERT' or (new.email, new.email_confirmed_at) is distinct from (old.email, old.email_confirmed_at) then
    perform private.claim_shares(new.id, null);
  end if;
  return null;
exception when others then
  -- A sign-up never fails for a share, nor waits for one; the list of shares claims what was missed.
  raise warning 'unable to claim the shares of %; %', new.id, sqlerrm;
  return null;
end
$$;
comment on function private.claim_shares_of_verified is 'Trigger: a user who verifies an address gets the offers to it.';

create function private.check_share(operation text, role text, message text, expires_at timestamptz)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  wrong text := case
    when coalesce(role not in ('view', 'edit', 'admin'), true) then 'role'
    when expires_at <= clock_timestamp() or expires_at > clock_timestamp() + interval '100 years' then 'expires_at'
  end;
begin
  if wrong is not null then
    perform private.raise_error('invalid_input', format('unable to %s; %s is not as documented', operation, wrong), 'Correct the named field.',
      jsonb_build_object('field', wrong));
  end if;
  if message is not null then
    perform private.check_text('lines', message, 1000, operation, 'message');
  end if;
end
$$;

create function private.require_below(role text, mine text, operation text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if private.role_rank(role) >= private.role_rank(mine) then
    perform private.raise_error('forbidden', format('unable to %s; the role %s gives only lower ones', operation, mine),
      'Ask the owner.', '{"field": "role"}');
  end if;
end
$$;
comment on function private.require_below is 'A sender gives, changes and takes roles below the own one: an admin touches neither admins nor the owner.';

create function private.raise_share_not_found()
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('share_not_found', 'unable to reach the share; there is none with that id for you', 'It may have ended.');
end
$$;

create function private.find_offer(share_id uuid, caller uuid)
returns public.shares
language plpgsql
set search_path = ''
as $$
declare
  share public.shares;
  target private.targets;
begin
  perform private.get_own_profile();
  perform private.hold_people(array[caller], 'user_id');
  select h.* into share from public.shares h where h.id = share_id;
  target := private.hold_target(share.target_kind, share.target_id);
  perform private.claim_shares(caller, share_id);
  -- Read again now that no other transaction can change it.
  select h.* into share
  from public.shares h
  where h.id = share_id and h.shared_with = caller and (h.kind <> 'email' or h.accepted_at is not null or h.invited_email = private.confirmed_address(caller))
  for update;
  if target.id is null or share.id is null or share.ended_at is not null or share.expires_at <= clock_timestamp() then
    perform private.raise_share_not_found();
  end if;
  return share;
end
$$;
comment on function private.find_offer is 'A share of the caller''s that is pending or accepted, with its target held.';

create or replace trigger tertulia_shares_claim
after insert or update of email, email_confirmed_at on auth.users
for each row
when (new.email_confirmed_at is not null)
execute function private.claim_shares_of_verified();

revoke execute on function
  private.share_json(public.shares, uuid),
  private.claim_shares(uuid, uuid),
  private.offer_stands(public.shares),
  private.notify_offer(public.shares),
  private.claim_shares_of_verified(),
  private.check_share(text, text, text, timestamptz),
  private.require_below(text, text, text),
  private.find_offer(uuid, uuid),
  private.raise_share_not_found()
from public, anon, authenticated, service_role;
