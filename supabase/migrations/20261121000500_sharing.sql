-- Sharing: what users do with shares, links, transfers and circles.
--
-- Lock order: rate limit, people (profiles), circle and its members, setlist, song, shares, links, transfers, watchers.
-- Roll back: drop trigger tertulia_shares_claim on auth.users and the triggers on public.profiles below; drop table public.notices,
-- private.circle_invitations, private.circle_exclusions;
-- drop the views and functions below.

-- Uses of a link are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

-- Notices: what happened to shares.

create table public.notices (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.profiles (id) on delete cascade,
  kind text not null,
  target_kind text not null,
  song_id uuid references public.songs (id) on delete set null,
  setlist_id uuid references public.setlists (id) on delete set null,
  circle_id uuid references public.circles (id) on delete set null,
  actor_id uuid references public.profiles (id),
  data jsonb not null default '{}',
  created_at timestamptz not null default clock_timestamp(),
  read_at timestamptz
);
comment on table public.notices is 'What a person should hear of: shares and transfers offered, answered, changed and ended, and what happens in circles.';
comment on column public.notices.circle_id is 'The circle that it is about, or with which the song or setlist was shared.';
comment on column public.notices.data is 'The target''s title as it was, and the id and role of the share or transfer.';

create index notices_user_id_created_at_id_idx on public.notices (user_id, created_at desc, id desc);
create index notices_song_id_idx on public.notices (song_id);
create index notices_setlist_id_idx on public.notices (setlist_id);
create index notices_circle_id_idx on public.notices (circle_id);
create index notices_actor_id_idx on public.notices (actor_id);
create index notices_created_at_idx on public.notices (created_at);

create function private.notice_json(notice public.notices)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', notice.id, 'kind', notice.kind, 'target_kind', notice.target_kind, 'actor', private.person_json(notice.actor_id),
    'title', notice.data -> 'title', 'role', notice.data -> 'role', 'subject_id', notice.data -> 'subject_id',
    'created_at', notice.created_at, 'read_at', notice.read_at, 'circle_id', null)
    -- A user who never had access does not learn an id.
    || case when notice.kind not in ('share_offered', 'transfer_offered', 'transfer_cancelled', 'circle_invited') and not notice.data ? 'pending'
      then private.target_json(notice.target_kind, coalesce(notice.song_id, notice.setlist_id)) || jsonb_build_object('circle_id', notice.circle_id)
      else private.target_json(notice.target_kind, null) end;
end
$$;

create function private.notify(person uuid, kind text, target private.targets, actor uuid, data jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  notice public.notices;
begin
  insert into public.notices (user_id, kind, target_kind, song_id, setlist_id, circle_id, actor_id, data)
  select p.id, notify.kind, target.kind, case when target.kind = 'song' then target.id end, case when target.kind = 'setlist' then target.id end,
    case when target.kind = 'circle' then target.id else (data ->> 'circle_id')::uuid end, actor,
    data - 'circle_id' || jsonb_build_object('title', target.title)
  from public.profiles p
  where p.id = person and p.user_id is not null
  returning * into notice;
  if found then
    perform private.deliver_to(person, 'notice', private.notice_json(notice));
  end if;
end
$$;
comment on function private.notify is 'Keeps a notice for a person and delivers it.';

-- Notices.

create function private.list_notices(page_size integer, before_created_at timestamptz, before_id uuid, only_unread boolean)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list the notices', page_size, 200, 1);
  return query
    select private.notice_json(n)
    from public.notices n
    where n.user_id = caller
      and (n.created_at, n.id) < (before_created_at, before_id)
      and (n.read_at is null or not only_unread)
    order by n.created_at desc, n.id desc
    limit page_size;
end
$$;

create function public.list_notices(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff',
  only_unread boolean default false
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_notices(page_size, before_created_at, before_id, only_unread)
$$;
comment on function public.list_notices is 'The caller''s notices of shares and transfers, the latest first; a page of at most 201.';

create function private.read_notices(notice_ids uuid[])
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  marked integer;
begin
  if cardinality(notice_ids) > 200 then
    perform private.raise_error('invalid_input', 'unable to mark the notices; it takes 200 at most', 'Mark them in several parts.',
      '{"field": "notice_ids"}');
  end if;
  update public.notices n
  set read_at = clock_timestamp()
  where n.user_id = caller and n.read_at is null and (notice_ids is null or n.id = any (notice_ids));
  get diagnostics marked = row_count;
  return marked;
end
$$;

create function public.read_notices(notice_ids uuid[] default null)
returns integer
language sql
set search_path = ''
as $$
  select private.read_notices(notice_ids)
$$;
comment on function public.read_notices is 'Marks notices of the caller as read, those named or all; answers how many were not.';

create function public.prune_notices(batch_size integer default 1000, older_than interval default '180 days')
returns integer
language plpgsql
set search_path = ''
as $$
declare
  pruned integer;
begin
  delete from public.notices n
  where n.id in (
    select o.id
    from public.notices o
    where o.created_at < clock_timestamp() - greatest(coalesce(older_than, interval '180 days'), interval '0')
    order by o.created_at
    limit least(greatest(coalesce(batch_size, 1000), 0), 10000)
    for update skip locked
  );
  get diagnostics pruned = row_count;
  return pruned;
end
$$;
comment on function public.prune_notices is 'For the service: removes one batch of old notices; answers how many. Call it until 0.';

alter table public.notices enable row level security;

create policy "People see their own notices"
on public.notices
for select
to authenticated
using (user_id = (select auth.uid()));

revoke all on public.notices from public, anon, authenticated, service_role;
grant select, delete, update on public.notices to service_role;
revoke execute on function
  private.notify(uuid, text, private.targets, uuid, jsonb),
  private.notice_json(public.notices),
  private.list_notices(integer, timestamptz, uuid, boolean),
  private.read_notices(uuid[]),
  public.list_notices(integer, timestamptz, uuid, boolean),
  public.read_notices(uuid[]),
  public.prune_notices(integer, interval)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_notices(integer, timestamptz, uuid, boolean),
  private.read_notices(uuid[]),
  public.list_notices(integer, timestamptz, uuid, boolean),
  public.read_notices(uuid[])
to authenticated;
grant execute on function public.prune_notices(integer, interval) to service_role;

-- Whose an address is, for offers by e-mail.
--
-- Where Auth confirms addresses by itself, email_confirmed_at tells nothing, and an identity provider that anybody can set up may say any
-- address. So an address counts only where private.settings.claims_by_address says that Auth sends mails to confirm; else an offer
-- waits for a link that was sent to the address.

create function private.confirmed_address(account uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select lower(u.email)
    from auth.users u
    cross join private.settings s
    where u.id = account and s.id and s.claims_by_address and u.deleted_at is null and u.email_confirmed_at is not null
      and u.is_sso_user is not true
  );
end
$$;
comment on function private.confirmed_address is 'The address of an account, if it is known to be that user''s; else null.';

create function private.account_of_address(address text, sender uuid)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  found_id uuid;
begin
  -- Who has the address is looked up and never shown. Without an account, or after a block, the invitation waits.
  select u.id into found_id
  from auth.users u
  where u.email = address and private.confirmed_address(u.id) = address
  order by u.created_at
  limit 1;
  perform from public.profiles p
  where p.id = found_id and p.user_id is not null and not private.are_blocked(sender, array[found_id])
  for share;
  return case when found then found_id end;
end
$$;
comment on function private.account_of_address is 'The account that a share to an address is for, held; null when the share has to wait.';

create function private.check_recipient(user_id uuid, address text, sender uuid, operation text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if (user_id is null) = (address is null) or user_id = sender then
    perform private.raise_error('invalid_input', format('unable to %s; it takes one other person, by id or by address', operation),
      'Name another user.', jsonb_build_object('field', case when address is null then 'user_id' else 'email' end));
  end if;
  if address is not null and (char_length(address) > 320 or address !~ E'^[^\\s@[:cntrl:]]+@[^\\s@[:cntrl:]]+\\.[^\\s@[:cntrl:]]+$')
    or address = (select lower(u.email) from auth.users u where u.id = sender)
  then
    perform private.raise_error('invalid_input', format('unable to %s; the address is your own', operation), 'Correct the address.',
      '{"field": "email"}');
  end if;
end
$$;

create function private.lapse_offers()
returns trigger
language plpgsql
security definer
set search_path = ''
set lock_timeout = '1s'
as $$
begin
  with lapsed as (
    update public.shares h
    set recipient_id = null
    where h.shared_with = new.id and h.kind = 'email' and h.accepted_at is null and h.ended_at is null
      and h.invited_email is distinct from lower(new.email)
    returning h.id
  )
  delete from public.notices n
  using lapsed l
  where n.user_id = new.id and n.kind = 'share_offered' and n.data ->> 'subject_id' = l.id::text;
  return null;
exception when others then
  -- A change of the address never fails for an offer; lists and acceptance compare the address themselves.
  raise warning 'unable to take back the offers of %; %', new.id, sqlerrm;
  return null;
end
$$;
comment on function private.lapse_offers is 'Trigger: offers to an address that is no longer the user''s wait again for the user who has it.';

create or replace trigger tertulia_offers_lapse
after update of email on auth.users
for each row
when (old.email is distinct from new.email)
execute function private.lapse_offers();

revoke execute on function
  private.account_of_address(text, uuid),
  private.check_recipient(uuid, text, uuid, text),
  private.confirmed_address(uuid),
  private.lapse_offers()
from public, anon, authenticated, service_role;

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

-- Sharing a setlist can offer its songs too: as ordinary shares, which are accepted or declined together with the setlist's.

create function private.offer_songs_with(share public.shares)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  offered integer;
begin
  -- Only songs that the caller may share, and which the recipient does not own or have already.
  perform
  from public.songs s
  where s.id in (select e.song_id from public.setlist_entries e where e.setlist_id = share.target_id)
  order by s.id
  for no key update;
  -- A share that has expired does not stand in the way.
  update public.shares h
  set ended_at = h.expires_at, end_reason = 'expired'
  where h.target_kind = 'song' and h.target_id in (select e.song_id from public.setlist_entries e where e.setlist_id = share.target_id)
    and h.ended_at is null and h.expires_at <= clock_timestamp()
    and (h.shared_with = share.shared_with or h.circle_id = share.circle_id or (h.shared_by = caller and h.invited_email = share.invited_email));
  insert into public.shares (
    target_kind, target_id, kind, shared_by, recipient_kind, recipient_id, invited_email, role, target_created_at, expires_at, came_with, accepted_at
  )
  select 'song', s.id, share.kind, caller, share.recipient_kind, share.recipient_id, share.invited_email, 'view', s.created_at, share.expires_at,
    share.id, case when share.kind = 'circle' then clock_timestamp() end
  from public.songs s
  where s.id in (select e.song_id from public.setlist_entries e where e.setlist_id = share.target_id)
    and s.deleted_at is null
    and private.role_rank(private.role_in('song', s.id)) >= 3
    and not exists (
      select
      from public.shares h
      where h.target_kind = 'song' and h.target_id = s.id and h.ended_at is null
        and (h.shared_with = share.shared_with or h.circle_id = share.circle_id or (h.shared_by = caller and h.invited_email = share.invited_email))
    )
    and s.created_by is distinct from share.shared_with
  on conflict do nothing;
  get diagnostics offered = row_count;
  return offered;
end
$$;
comment on function private.offer_songs_with is 'Offers the songs of a setlist that the caller may share with the recipient of its share; answers how many.';

create function private.answer_songs_with(share public.shares, is_accepted boolean)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform
  from public.songs s
  where s.id in (select h.song_id from public.shares h where h.came_with = share.id)
  order by s.id
  for no key update;
  update public.shares h
  set recipient_id = share.recipient_id,
    accepted_at = case when is_accepted then clock_timestamp() end,
    ended_at = case when not is_accepted then clock_timestamp() end,
    ended_by = case when not is_accepted then share.recipient_id end,
    end_reason = case when not is_accepted then 'declined' end
  where h.came_with = share.id
    and h.accepted_at is null
    and h.ended_at is null
    and (not is_accepted or private.offer_stands(h))
    and not exists (select from public.songs s where s.id = h.song_id and s.created_by = share.recipient_id);
end
$$;
comment on function private.answer_songs_with is 'Accepts or declines the pending songs that were offered with a setlist.';

create function private.revoke_songs_with(share public.shares, caller uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform
  from public.songs s
  where s.id in (select h.song_id from public.shares h where h.came_with = share.id)
  order by s.id
  for no key update;
  update public.shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'revoked'
  where h.came_with = share.id and h.accepted_at is null and h.ended_at is null;
end
$$;
comment on function private.revoke_songs_with is 'Takes back the pending songs of a setlist whose offer is taken back; one that was accepted by itself stays.';

revoke execute on function
  private.revoke_songs_with(public.shares, uuid),
  private.offer_songs_with(public.shares),
  private.answer_songs_with(public.shares, boolean)
from public, anon, authenticated, service_role;

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

-- Links to offers by e-mail, for a server of the app to send to the address.

create table private.offer_links (
  share_id uuid primary key references public.shares (id) on delete cascade,
  token_hash bytea not null unique,
  created_at timestamptz not null default clock_timestamp()
);
comment on table private.offer_links is 'Links that a server sent to the address of an offer; the user who opens one accepts the offer.';
comment on column private.offer_links.token_hash is 'SHA-256 of the token, which is returned once and not stored.';

create function private.create_offer_link(share_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  share public.shares;
  token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  select h.* into share from public.shares h where h.id = create_offer_link.share_id for share;
  if share.kind is distinct from 'email' or not private.offer_stands(share) then
    perform private.raise_error('share_not_found', 'unable to make the link; there is no offer by e-mail with that id that can be accepted',
      'Use the id of a pending share to an address.');
  end if;
  insert into private.offer_links as l (share_id, token_hash)
  values (share.id, sha256(convert_to(token, 'UTF8')))
  on conflict on constraint offer_links_pkey do update set token_hash = excluded.token_hash, created_at = excluded.created_at;
  return token;
end
$$;

create function public.create_offer_link(share_id uuid)
returns text
language sql
set search_path = ''
as $$
  select private.create_offer_link(share_id)
$$;
comment on function public.create_offer_link is
  'For the service: a token for one offer by e-mail, to be sent to its address; open_link accepts the offer with it. A new one ends the last.';

create function private.open_offer(hash bytea, caller uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  offered uuid;
  target private.targets;
  share public.shares;
begin
  select l.share_id into offered from private.offer_links l where l.token_hash = hash;
  select h.* into share from public.shares h where h.id = offered;
  target := private.hold_target(share.target_kind, share.target_id);
  -- Read again now that no other transaction can accept or revoke it.
  select h.* into share
  from public.shares h
  join private.offer_links l on l.share_id = h.id
  where h.id = offered and h.target_id = target.id and h.shared_by <> caller and l.token_hash = hash
  for update of h;
  if share.id is null or target.created_by = caller or private.are_blocked(caller, array[share.shared_by]) or not private.offer_stands(share) then
    return null;
  end if;
  -- A user who had found it by the address loses it.
  delete from public.notices n where n.user_id = share.shared_with and n.user_id <> caller and n.kind = 'share_offered'
    and n.data ->> 'subject_id' = share.id::text;
  update public.shares h set recipient_id = caller, accepted_at = clock_timestamp() where h.id = share.id returning h.* into share;
  perform private.answer_songs_with(share, true);
  delete from private.offer_links l where l.share_id = share.id;
  perform private.notify(share.shared_by, 'share_accepted', target, caller, jsonb_build_object('role', share.role, 'subject_id', share.id));
  return private.target_json(target.kind, target.id) || jsonb_build_object('role', private.role_of(target.kind, target.id, caller));
end
$$;
comment on function private.open_offer is 'Accepts the offer that a token is for; null when it opens nothing.';

revoke all on private.offer_links from public, anon, authenticated, service_role;
revoke execute on function
  private.create_offer_link(uuid),
  public.create_offer_link(uuid),
  private.open_offer(bytea, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.create_offer_link(uuid),
  public.create_offer_link(uuid)
to service_role;

-- Links. A link that does not open is answered by null, whatever the reason.

create function private.link_json(link private.share_links)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return private.target_json(link.target_kind, link.target_id) || jsonb_build_object(
    'id', link.id, 'role', link.role, 'created_by', private.person_json(link.created_by),
    'state', case
      when link.revoked_at is not null then 'revoked'
      when link.expires_at <= now() then 'expired'
      when link.use_count >= link.max_uses then 'used_up'
      else 'open'
    end,
    'max_uses', link.max_uses, 'use_count', link.use_count, 'created_at', link.created_at, 'expires_at', link.expires_at);
end
$$;
comment on function private.link_json is 'A link as the owner and admins see it: without its token, which cannot be read again.';

create function private.create_link(target_kind text, target_id uuid, role text, max_uses integer, expires_at timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  target private.targets;
  link private.share_links;
  token text;
begin
  perform private.check_target_kind(target_kind, 'make the link');
  perform private.check_share('make the link', role, null, expires_at);
  if role = 'admin' or max_uses not between 1 and 100000 then
    perform private.raise_error('invalid_input', 'unable to make the link; it gives view or edit, to 1 to 100,000 people',
      'Correct the named field.', jsonb_build_object('field', case role when 'admin' then 'role' else 'max_uses' end));
  end if;
  perform private.take_token(caller, 'invite');
  perform private.get_own_profile();
  perform private.hold_people(array[caller], 'user_id');
  target := private.lock_target(target_kind, target_id, 'make a link to', '{admin,owner}');
  if (select count(*) from private.share_links l
    where l.target_kind = target.kind and l.target_id = target.id and l.revoked_at is null and (l.expires_at is null or l.expires_at > clock_timestamp())) >= private.at_most('share_links')
  then
    perform private.raise_error('invalid_input', format('unable to make the link; a %s has at most %s that are open', target.kind, private.at_most('share_links')), 'Revoke one first.');
  end if;
  -- 244 random bits.
  token := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  insert into private.share_links (target_kind, target_id, created_by, token_hash, role, max_uses, expires_at)
  values (target.kind, target.id, caller, sha256(convert_to(token, 'UTF8')), role, max_uses, expires_at)
  returning * into link;
  return private.link_json(link) || jsonb_build_object('token', token);
end
$$;

create function public.create_link(
  target_id uuid,
  role text default 'view',
  max_uses integer default null,
  expires_at timestamptz default null,
  target_kind text default 'song'
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_link(target_kind, target_id, role, max_uses, expires_at)
$$;
comment on function public.create_link is
  'Creates a link that gives view or edit to users who open it while the target is not private; its token is in this answer and nowhere else.';

create function private.open_link(token text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  hash bytea;
  link private.share_links;
  target private.targets;
  mine text;
  before public.shares;
begin
  perform private.take_token(caller, 'open_link');
  perform private.get_own_profile();
  perform private.hold_people(array[caller], 'user_id');
  hash := sha256(convert_to(left(coalesce(token, ''), 200), 'UTF8'));
  select l.* into link from private.share_links l where l.token_hash = hash;
  target := private.hold_target(link.target_kind, link.target_id);
  -- Read again now that no other transaction can open or revoke it.
  select l.* into link
  from private.share_links l
  where l.token_hash = hash
    and l.target_id = target.id
    and l.revoked_at is null
    and (l.expires_at is null or l.expires_at > clock_timestamp())
    and target.visibility <> 'private'
  for update;
  if target.id is null then
    return private.open_offer(hash, caller);
  end if;
  if link.id is null
    or private.role_rank(link.role) >= coalesce(private.role_rank(private.role_of(target.kind, target.id, link.created_by)), 0)
    or private.are_blocked(caller, array[target.created_by, link.created_by])
  then
    return null;
  end if;
  mine := private.role_in(target.kind, target.id);
  if private.role_rank(mine) >= private.role_rank(link.role) then
    return private.target_json(target.kind, target.id) || jsonb_build_object('role', mine);
  end if;

  select h.* into before from public.shares h where h.link_id = link.id and h.shared_with = caller order by h.created_at desc limit 1;
  -- A user who was removed cannot come back by the same link; a user who left can, and counts once.
  if before.end_reason = 'revoked' or (before.id is null and link.use_count >= link.max_uses) then
    return null;
  end if;
  insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, link_id, role, target_created_at, accepted_at, expires_at)
  values (target.kind, target.id, 'link', link.created_by, caller, link.id, link.role, target.created_at, clock_timestamp(), link.expires_at);
  if before.id is null then
    update private.share_links l set use_count = l.use_count + 1 where l.id = link.id;
  end if;
  return private.target_json(target.kind, target.id) || jsonb_build_object('role', link.role);
end
$$;

create function public.open_link(token text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.open_link(token)
$$;
comment on function public.open_link is
  'Takes the role that a link gives: the target''s id and the caller''s role, or null for every link that does not open, whatever the reason.';

create function private.list_links(target_kind text, target_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_sharer(target_kind, target_id, 'list the links');
  return query
    select private.link_json(l)
    from private.share_links l
    where l.target_kind = list_links.target_kind and l.target_id = list_links.target_id
    order by l.created_at desc, l.id desc
    limit 200;
end
$$;

create function public.list_links(target_id uuid, target_kind text default 'song')
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_links(target_kind, target_id)
$$;
comment on function public.list_links is 'For the owner and admins: the latest 200 links of a target, closed ones too, without their tokens.';

create function private.revoke_link(link_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  link private.share_links;
begin
  select l.* into link from private.share_links l where l.id = link_id;
  if coalesce(private.role_rank(private.role_in(link.target_kind, link.target_id)), 0) < 3 then
    perform private.raise_error('link_not_found', 'unable to revoke the link; there is none with that id', 'Check the id.');
  end if;
  perform private.hold_people(array[caller], 'user_id');
  perform private.lock_target(link.target_kind, link.target_id, 'revoke a link to', '{admin,owner}');
  update public.shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'link_revoked'
  where h.link_id = link.id and h.ended_at is null;
  update private.share_links l set revoked_at = clock_timestamp() where l.id = link.id and l.revoked_at is null;
  perform private.end_lost_watches(link.target_kind, link.target_id);
end
$$;

create function public.revoke_link(link_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.revoke_link(link_id)
$$;
comment on function public.revoke_link is 'Closes a link and ends what it gave, from the next query on; doing so again changes nothing.';

revoke execute on function
  private.link_json(private.share_links),
  private.create_link(text, uuid, text, integer, timestamptz),
  private.open_link(text),
  private.list_links(text, uuid),
  private.revoke_link(uuid),
  public.create_link(uuid, text, integer, timestamptz, text),
  public.open_link(text),
  public.list_links(uuid, text),
  public.revoke_link(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.create_link(text, uuid, text, integer, timestamptz),
  private.open_link(text),
  private.list_links(text, uuid),
  private.revoke_link(uuid),
  public.create_link(uuid, text, integer, timestamptz, text),
  public.open_link(text),
  public.list_links(uuid, text),
  public.revoke_link(uuid)
to authenticated;

-- Handing a target over to another user, in two steps.

create function private.transfer_json(transfer private.transfers)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', transfer.id, 'from', private.person_json(transfer.from_id), 'to', private.person_json(transfer.to_id),
    'target_kind', transfer.target_kind,
    'title', (select t.title from private.targets t where t.kind = transfer.target_kind and t.id = transfer.target_id),
    'message', transfer.message,
    'state', coalesce(transfer.outcome, case when transfer.expires_at <= now() then 'expired' else 'pending' end),
    'created_at', transfer.created_at, 'expires_at', transfer.expires_at)
    || private.target_json(transfer.target_kind, case
      when transfer.from_id = auth.uid() or transfer.outcome = 'accepted' then transfer.target_id
    end);
end
$$;

create function private.offer_transfer(target_kind text, target_id uuid, user_id uuid, message text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  what text := format('offer the %s', target_kind);
  target private.targets;
  transfer private.transfers;
  replaced private.transfers;
begin
  perform private.check_target_kind(target_kind, 'offer the transfer');
  perform private.check_share(what, 'view', message, null);
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', format('unable to %s; the id is your own', what), 'Pass the id of another user.',
      '{"field": "user_id"}');
  end if;
  perform private.take_token(caller, 'invite');
  perform private.get_own_profile();
  perform private.hold_people(array[caller, user_id], 'user_id');
  perform private.require_unblocked(caller, array[user_id], format('unable to %s; one of you blocked the other', what));
  target := private.lock_target(target_kind, target_id, 'hand over', '{owner}');
  update private.transfers t
  set ended_at = clock_timestamp(), outcome = 'replaced'
  where t.target_kind = target.kind and t.target_id = target.id and t.ended_at is null
  returning * into replaced;
  insert into private.transfers (target_kind, target_id, from_id, to_id, message)
  values (target.kind, target.id, caller, user_id, message)
  returning * into transfer;
  -- One that had run out was over already.
  if replaced.to_id <> user_id and replaced.expires_at > clock_timestamp() then
    perform private.notify(replaced.to_id, 'transfer_cancelled', target, caller, jsonb_build_object('subject_id', replaced.id));
  end if;
  perform private.notify(user_id, 'transfer_offered', target, caller, jsonb_build_object('subject_id', transfer.id));
  return private.transfer_json(transfer);
end
$$;

create function public.offer_transfer(target_id uuid, user_id uuid, message text default null, target_kind text default 'song')
returns jsonb
language sql
set search_path = ''
as $$
  select private.offer_transfer(target_kind, target_id, user_id, message)
$$;
comment on function public.offer_transfer is
  'Offers something of the caller''s own to a new owner, who has 14 days to accept; an offer made before is replaced.';

create function private.find_transfer(transfer_id uuid, caller uuid)
returns private.transfers
language plpgsql
set search_path = ''
as $$
declare
  transfer private.transfers;
  target private.targets;
begin
  select t.* into transfer from private.transfers t where t.id = transfer_id and caller in (t.from_id, t.to_id);
  perform from public.profiles p where p.id in (transfer.from_id, transfer.to_id) order by p.id for share;
  target := private.hold_target(transfer.target_kind, transfer.target_id);
  select t.* into transfer
  from private.transfers t
  where target.created_by = t.from_id and t.id = transfer_id and caller in (t.from_id, t.to_id) and t.ended_at is null and t.expires_at > clock_timestamp()
  for update;
  if transfer.id is null then
    perform private.raise_error('transfer_not_found', 'unable to reach the transfer; there is none that is pending', 'It may have ended.');
  end if;
  return transfer;
end
$$;
comment on function private.find_transfer is 'A pending transfer from or to the caller, with its target held.';

create function private.accept_transfer(transfer_id uuid)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  transfer private.transfers := private.find_transfer(transfer_id, caller);
  target private.targets;
begin
  if transfer.to_id <> caller or private.are_blocked(caller, array[transfer.from_id])
    or not exists (select from public.profiles p where p.id = caller and p.user_id is not null)
  then
    perform private.raise_error('transfer_not_found', 'unable to accept the transfer; there is none for you', 'It may have ended.');
  end if;
  update private.transfers t set ended_at = clock_timestamp(), outcome = 'accepted' where t.id = transfer.id;
  -- What the new owner had is less; what the two offered each other is void.
  update public.shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'became_owner'
  where h.target_kind = transfer.target_kind and h.target_id = transfer.target_id and h.shared_with = caller and h.ended_at is null and (h.kind <> 'email' or h.accepted_at is not null);
  -- The owner of an address that never accepted is not revealed.
  update public.shares h
  set recipient_id = null
  where h.target_kind = transfer.target_kind and h.target_id = transfer.target_id and h.shared_with = caller and h.ended_at is null;
  perform private.give_target(transfer.target_kind, transfer.target_id, caller);
  target := private.hold_target(transfer.target_kind, transfer.target_id);
  -- The old owner stays as an admin, and the new one can revoke that.
  insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, role, target_created_at, accepted_at)
  values (target.kind, target.id, 'person', caller, transfer.from_id, 'admin', target.created_at, clock_timestamp());
  perform private.end_lost_watches(target.kind, target.id);
  perform private.notify(transfer.from_id, 'transfer_accepted', target, caller, jsonb_build_object('subject_id', transfer.id));
  return target.id;
end
$$;

create function public.accept_transfer(transfer_id uuid)
returns uuid
language sql
set search_path = ''
as $$
  select private.accept_transfer(transfer_id)
$$;
comment on function public.accept_transfer is
  'Makes the caller the owner of what was offered, and the owner before an admin of it; answers its id.';

create function private.end_transfer(transfer_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  transfer private.transfers := private.find_transfer(transfer_id, caller);
begin
  update private.transfers t
  set ended_at = clock_timestamp(), outcome = case when caller = t.from_id then 'cancelled' else 'declined' end
  where t.id = transfer.id;
  perform private.notify(
    case when caller = transfer.from_id then transfer.to_id else transfer.from_id end,
    case when caller = transfer.from_id then 'transfer_cancelled' else 'transfer_declined' end,
    t, caller, jsonb_build_object('subject_id', transfer.id))
  from private.targets t
  where t.kind = transfer.target_kind and t.id = transfer.target_id and not private.are_blocked(transfer.from_id, array[transfer.to_id]);
end
$$;

create function public.end_transfer(transfer_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.end_transfer(transfer_id)
$$;
comment on function public.end_transfer is 'Takes back an offer that the caller made, or declines one that was made to the caller.';

create function private.list_transfers()
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  return query
    select private.transfer_json(t)
    from private.transfers t
    join private.targets o on o.kind = t.target_kind and o.id = t.target_id and o.deleted_at is null and o.created_by = t.from_id
    where caller in (t.from_id, t.to_id) and t.ended_at is null and t.expires_at > now()
      -- Between two of whom one blocked the other notices say nothing more; the sender can still cancel.
      and (caller = t.from_id or not private.are_blocked(t.from_id, array[t.to_id]))
    order by t.created_at desc, t.id desc
    limit 200;
end
$$;

create function public.list_transfers()
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_transfers()
$$;
comment on function public.list_transfers is 'Transfers from and to the caller that are pending, the latest 200.';

create function private.end_transfers_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update private.transfers t
  set ended_at = coalesce(t.ended_at, clock_timestamp()), outcome = coalesce(t.outcome, 'account_deleted'), message = null
  where new.id in (t.from_id, t.to_id);
  return null;
end
$$;
comment on function private.end_transfers_of_deleted_profile is 'Trigger: ends transfers to and from a deleted account.';

create view private.transfers_offered as select * from private.transfers;

create view private.transfers_received as
select id, target_kind, case when outcome = 'accepted' then target_id end as target_id, from_id, to_id, message, created_at, expires_at, ended_at, outcome
from private.transfers;

create trigger profiles_end_transfers
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_transfers_of_deleted_profile();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.transfers_offered', 24, 'from_id', 't.id', null, array['song_id', 'setlist_id']),
  ('private.transfers_received', 25, 'to_id', 't.id', null, '{}');

revoke all on private.transfers_offered, private.transfers_received from public, anon, authenticated, service_role;
revoke execute on function
  private.transfer_json(private.transfers),
  private.offer_transfer(text, uuid, uuid, text),
  private.find_transfer(uuid, uuid),
  private.accept_transfer(uuid),
  private.end_transfer(uuid),
  private.list_transfers(),
  private.end_transfers_of_deleted_profile(),
  public.offer_transfer(uuid, uuid, text, text),
  public.accept_transfer(uuid),
  public.end_transfer(uuid),
  public.list_transfers()
from public, anon, authenticated, service_role;
grant execute on function
  private.offer_transfer(text, uuid, uuid, text),
  private.accept_transfer(uuid),
  private.end_transfer(uuid),
  private.list_transfers(),
  public.offer_transfer(uuid, uuid, text, text),
  public.accept_transfer(uuid),
  public.end_transfer(uuid),
  public.list_transfers()
to authenticated;

-- Conversions, and who writes, answers, removes and hides reviews.
--
-- Lock order: rate limit, people (profiles), the review.

create table private.conversions (
  conversation_id uuid primary key references public.conversations (id) on delete cascade,
  profile_id uuid references public.profiles (id) on delete set null,
  converted_by uuid references public.profiles (id) on delete set null,
  by_service boolean not null default false,
  created_at timestamptz not null default clock_timestamp()
);
comment on table private.conversions is 'Conversations that led to what they were for, each once.';
comment on column private.conversions.profile_id is 'For whom it counts; null once that account is deleted.';
comment on column private.conversions.converted_by is 'The other of the two, who may review; null once that account is deleted.';
comment on column private.conversions.by_service is 'Whether the service recorded it.';

create index conversions_profile_id_idx on private.conversions (profile_id);
create index conversions_converted_by_idx on private.conversions (converted_by);

create view private.review_answers as
select r.id, r.profile_id, r.answer, r.answered_at from public.profile_reviews r where r.answer is not null;
comment on view private.review_answers is 'Answers to reviews, for the export of who wrote them.';

create function private.forget_converted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform from private.conversions c where new.id in (c.profile_id, c.converted_by) order by c.conversation_id for update;
  update private.conversions c set profile_id = null where c.profile_id = new.id;
  update private.conversions c set converted_by = null where c.converted_by = new.id;
  return null;
end
$$;
comment on function private.forget_converted is 'Trigger: of a deleted user no conversion says that it was theirs.';

create function private.review_json(review public.profile_reviews)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', review.id, 'user_id', review.profile_id, 'rating', review.rating, 'content', review.content,
    'created_at', review.created_at, 'answer', review.answer, 'answered_at', review.answered_at, 'hidden_at', review.hidden_at);
end
$$;
comment on function private.review_json is 'A review, without who wrote it.';

create function private.review_user(conversation_id uuid, rating integer, content text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  reviewed uuid;
  found_review public.profile_reviews;
begin
  if rating is null or rating not between 1 and 5 then
    perform private.raise_error('invalid_input', 'unable to review the user; rating is 1 to 5', 'Correct the named field.', '{"field": "rating"}');
  end if;
  if content ~ E'[^\\s]' then
    content := private.check_text('lines', content, 2000, 'review the user', 'content');
  else
    content := '';
  end if;
  perform private.take_token(caller, 'review');
  select c.profile_id into reviewed
  from private.conversions c
  cross join private.settings s
  where c.conversation_id = conversation_id and c.converted_by = caller and (c.by_service or not s.reviews_need_service);
  if reviewed is null then
    perform private.raise_error('conversion_not_found', 'unable to review the user; you have not converted in that conversation',
      'Record the conversion first.', '{"field": "conversationId"}');
  end if;
  -- A block does not prevent it: otherwise a user could block a reviewer before the review.
  perform private.hold_people(array[caller, reviewed], 'conversationId');
  insert into public.profile_reviews (conversation_id, profile_id, reviewer_id, rating, content)
  values (conversation_id, reviewed, caller, rating, content)
  on conflict on constraint profile_reviews_conversation_id_key do nothing;
  select * into found_review from public.profile_reviews r where r.conversation_id = conversation_id;
  -- A retry is answered as the first call was.
  if (found_review.reviewer_id, found_review.rating, found_review.content) is distinct from (caller, rating, content) then
    perform private.raise_error('review_exists', 'unable to review the user; you have reviewed this conversion', 'Remove that review first.');
  end if;
  return private.review_json(found_review);
end
$$;

create function private.answer_review(review_id uuid, answer text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  kept text := private.check_text('lines', answer, 2000, 'answer the review', 'answer');
  answered text;
begin
  perform private.take_token(caller, 'review');
  perform private.hold_account();
  update public.profile_reviews r
  set answer = coalesce(r.answer, kept), answered_at = coalesce(r.answered_at, clock_timestamp())
  where r.id = review_id and r.profile_id = caller
  returning r.answer into answered;
  if answered is null then
    perform private.raise_error('review_not_found', 'unable to answer the review; no review about you has that id', 'Check the id.',
      '{"field": "reviewId"}');
  elsif answered <> kept then
    perform private.raise_error('review_answered', 'unable to answer the review; it has an answer', 'List the reviews again.');
  end if;
end
$$;

create function private.remove_review(review_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  delete from public.profile_reviews r where r.id = review_id and r.reviewer_id = caller and r.hidden_at is null;
end
$$;

create function private.hide_review(review_id uuid, hidden boolean)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
begin
  perform private.hold_account();
  perform private.require_moderator();
  update public.profile_reviews r
  set hidden_at = case when coalesce(hidden, true) then coalesce(r.hidden_at, clock_timestamp()) end
  where r.id = review_id;
  if not found then
    perform private.raise_error('review_not_found', 'unable to hide the review; no review has that id', 'Check the id.',
      '{"field": "reviewId"}');
  end if;
end
$$;

create function public.review_user(conversation_id uuid, rating integer, content text default '')
returns jsonb
language sql
set search_path = ''
as $$
  select private.review_user(conversation_id, rating, content)
$$;
comment on function public.review_user is 'Reviews the other person of a conversation in which the caller converted, once.';

create function public.answer_review(review_id uuid, answer text)
returns void
language sql
set search_path = ''
as $$
  select private.answer_review(review_id, answer)
$$;
comment on function public.answer_review is 'Answers a review of the caller, once.';

create function public.remove_review(review_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.remove_review(review_id)
$$;
comment on function public.remove_review is 'Removes a review that the caller wrote, with its answer; one that a moderator hid stays hidden.';

create function public.hide_review(review_id uuid, hidden boolean default true)
returns void
language sql
set search_path = ''
as $$
  select private.hide_review(review_id, hidden)
$$;
comment on function public.hide_review is 'Takes a review out of lists, averages and counts, or brings it back. For moderators.';

create trigger profiles_forget_converted
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.forget_converted();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.profile_reviews', 13, 'reviewer_id', 't.id', array['id', 'profile_id', 'rating', 'content', 'created_at'], '{}'),
  ('private.review_answers', 14, 'profile_id', 't.id', null, '{}');

revoke all on private.conversions, private.review_answers from public, anon, authenticated, service_role;
revoke execute on function
  private.forget_converted(),
  private.review_json(public.profile_reviews),
  private.review_user(uuid, integer, text),
  private.answer_review(uuid, text),
  private.remove_review(uuid),
  private.hide_review(uuid, boolean),
  public.review_user(uuid, integer, text),
  public.answer_review(uuid, text),
  public.remove_review(uuid),
  public.hide_review(uuid, boolean)
from public, anon, authenticated, service_role;
grant execute on function
  private.review_user(uuid, integer, text),
  private.answer_review(uuid, text),
  private.remove_review(uuid),
  private.hide_review(uuid, boolean),
  public.review_user(uuid, integer, text),
  public.answer_review(uuid, text),
  public.remove_review(uuid),
  public.hide_review(uuid, boolean)
to authenticated;

-- Comments on songs and on lines of them.
--
-- Whoever sees a song reads its comments and writes some. Nobody reads the tables: who has lost the song reads nothing at the next call.
-- Each change of a comment takes the song's next revision under the lock of its head, so a client asks for what changed since one.

create table private.comment_heads (
  song_id uuid primary key references public.songs (id) on delete cascade,
  revision bigint not null default 0,
  pruned_revision bigint not null default 0,
  comment_count integer not null default 0
);
comment on table private.comment_heads is 'The songs that have comments: their last revision, and how many comments are not deleted.';
comment on column private.comment_heads.pruned_revision is 'The last revision of a deleted comment that is gone: whoever knows less reads all comments again.';

create table private.song_comments (
  id uuid primary key,
  song_id uuid not null references public.songs (id) on delete cascade,
  author_id uuid not null references public.profiles (id),
  reply_to uuid references private.song_comments (id) on delete cascade,
  line integer,
  quote text,
  content text not null,
  song_version integer not null,
  revision bigint not null,
  created_at timestamptz not null default clock_timestamp(),
  edited_at timestamptz,
  resolved_at timestamptz,
  resolved_by uuid references public.profiles (id),
  deleted_at timestamptz,
  constraint song_comments_content_check check ((char_length(content) between 1 and 2000) = (deleted_at is null)),
  constraint song_comments_line_check check (line >= 1 and (line is null) = (quote is null)),
  constraint song_comments_quote_check check (char_length(quote) <= 500),
  -- A reply is about what its first comment is about, and is resolved with it.
  constraint song_comments_reply_check check (reply_to is null or (line is null and resolved_at is null)),
  constraint song_comments_resolved_check check ((resolved_at is null) = (resolved_by is null))
);
comment on table private.song_comments is 'Comments on songs. A deleted one stays without its words for a while, so that clients hear of it.';
comment on column private.song_comments.reply_to is 'The first comment of the thread; null for a first one.';
comment on column private.song_comments.line is 'The line of the content that it is about, from 1, as it was in song_version.';
comment on column private.song_comments.quote is 'What that line said then: by it the line is found again after a change.';

create unique index song_comments_song_id_revision_key on private.song_comments (song_id, revision);
create index song_comments_song_id_created_at_id_idx on private.song_comments (song_id, created_at, id);
create index song_comments_author_id_idx on private.song_comments (author_id);
create index song_comments_reply_to_idx on private.song_comments (reply_to);
create index song_comments_resolved_by_idx on private.song_comments (resolved_by);
create index song_comments_deleted_at_idx on private.song_comments (deleted_at) where deleted_at is not null;

create table private.comment_watchers (
  song_id uuid not null references public.songs (id) on delete cascade,
  user_id uuid not null references public.profiles (id) on delete cascade,
  watches_until timestamptz not null,
  primary key (song_id, user_id)
);
comment on table private.comment_watchers is 'Who has the comments of a song open; renewed by the client. A user without a role can have them open too, if the song is public.';

create index comment_watchers_user_id_idx on private.comment_watchers (user_id);
create index comment_watchers_watches_until_idx on private.comment_watchers (watches_until);

create function private.raise_comment_not_found(operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('comment_not_found', format('unable to %s the comment; there is none with that id that you see', operation),
    'Check the id; it may have been deleted.');
end
$$;

create function private.user_sees_song(song_id uuid, person uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select
    from public.songs s
    where s.id = user_sees_song.song_id and s.deleted_at is null
      and (s.visibility = 'public' or private.role_of('song', s.id, person) is not null)
  );
end
$$;
comment on function private.user_sees_song is 'Whether a user, not only the caller, sees a song now.';

create function private.comment_json(comment private.song_comments, has_role boolean)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', comment.id, 'song_id', comment.song_id, 'reply_to', comment.reply_to, 'line', comment.line, 'quote', comment.quote,
    'content', comment.content, 'song_version', comment.song_version, 'created_at', comment.created_at, 'edited_at', comment.edited_at,
    'resolved_at', comment.resolved_at, 'deleted_at', comment.deleted_at,
    'author', case when comment.deleted_at is null then (
      select private.person_json(p.id) from public.profiles p
      where p.id = comment.author_id and (has_role or private.can_see_profile(p.id))
    ) end,
    'resolved_by', (
      select private.person_json(p.id) from public.profiles p
      where p.id = comment.resolved_by and (has_role or private.can_see_profile(p.id))
    ));
end
$$;
comment on function private.comment_json is
  'A comment as the caller reads it. A deleted one has neither words nor an author; a user whose profile the caller does not see has a name only for those with a role in the song.';

create function private.tell_commenters(song_id uuid, revision bigint)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Recipients are chosen here, in the transaction of the change; the words do not travel.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || w.user_id, 'broadcast', 'comments', jsonb_build_object('song_id', tell_commenters.song_id, 'revision', tell_commenters.revision), true
  from private.comment_watchers w
  where w.song_id = tell_commenters.song_id and w.watches_until > clock_timestamp()
    and private.user_sees_song(w.song_id, w.user_id)
  order by w.watches_until desc
  limit 256;
exception when others then
  raise warning 'unable to deliver a comment of song %; %', song_id, sqlerrm;
end
$$;
comment on function private.tell_commenters is 'Tells those who have the comments of a song open, and see it now, that one changed.';

create function private.next_comment_revision(song_id uuid, change integer)
returns private.comment_heads
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  head private.comment_heads;
begin
  update private.comment_heads h
  set revision = h.revision + 1, comment_count = h.comment_count + change
  where h.song_id = song_id
  returning h.* into head;
  return head;
end
$$;
comment on function private.next_comment_revision is 'Takes the next revision of a song''s comments; its lock makes them one after the other.';

create function private.notify_of_comment(comment private.song_comments, target private.targets)
returns void
language plpgsql
set search_path = ''
as $$
declare
  person uuid;
begin
  for person in
    select distinct u.id
    from (
      select target.created_by as id
      union all
      (
        -- Those who wrote in the thread last.
        select c.author_id
        from private.song_comments c
        where comment.reply_to in (c.id, c.reply_to) and c.deleted_at is null
        order by c.revision desc
        limit 50
      )
    ) as u
    where u.id <> comment.author_id
    order by u.id
  loop
    if private.user_sees_song(comment.song_id, person) and not private.are_blocked(person, array[comment.author_id])
      and private.try_token(person, 'comment_notices')
    then
      perform private.notify(person, 'comment_added', target, comment.author_id, jsonb_build_object('subject_id', comment.id));
    end if;
  end loop;
end
$$;
comment on function private.notify_of_comment is 'Tells the owner of a song of a comment, and those in its thread.';

revoke all on private.comment_heads, private.song_comments, private.comment_watchers from public, anon, authenticated, service_role;
revoke execute on function
  private.raise_comment_not_found(text),
  private.user_sees_song(uuid, uuid),
  private.comment_json(private.song_comments, boolean),
  private.tell_commenters(uuid, bigint),
  private.next_comment_revision(uuid, integer),
  private.notify_of_comment(private.song_comments, private.targets)
from public, anon, authenticated, service_role;

-- Adding a comment.

create function private.quote_line(content text, line integer)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  lines constant text[] := string_to_array(regexp_replace(content, E'\\r\\n?', E'\n', 'g'), E'\n');
begin
  if line not between 1 and cardinality(lines) then
    perform private.raise_error('invalid_input', 'unable to add the comment; the song has no such line', 'Pass a line of its content, from 1.',
      '{"field": "line"}');
  end if;
  return private.cut_text(lines[line], 500);
end
$$;
comment on function private.quote_line is 'What a line says, at most its first 500 characters; raises invalid_input when the text has no such line.';

create function private.add_comment(song_id uuid, comment_id uuid, content text, line integer, reply_to uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  kept text := private.check_text('lines', content, 2000, 'add the comment', 'content');
  target private.targets;
  head private.comment_heads;
  first_one private.song_comments;
  added private.song_comments;
begin
  if comment_id is null or song_id is null then
    perform private.raise_error('invalid_input', 'unable to add the comment; it has no id', 'Make a UUID per comment and keep it when you retry.',
      jsonb_build_object('field', case when song_id is null then 'song_id' else 'id' end));
  elsif line is not null and reply_to is not null then
    perform private.raise_error('invalid_input', 'unable to add the comment; a reply is about the line of its thread', 'Leave out line or replyTo.',
      '{"field": "line"}');
  end if;
  if not exists (select from private.song_comments c where c.id = comment_id) then
    perform private.take_token(caller, 'comment');
  end if;
  perform private.hold_account();
  target := private.hold_target('song', song_id, true);
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to add the comment; there is no song with that id that you see', 'Check the id.');
  end if;
  perform private.require_unblocked(caller, array[target.created_by],
    'unable to add the comment; you and the owner of the song have blocked each other, or one of you the other');

  insert into private.comment_heads (song_id) values (song_id) on conflict on constraint comment_heads_pkey do nothing;
  perform from private.comment_heads h where h.song_id = song_id for no key update;
  -- Under the lock: the same id again is the same comment.
  select c.* into added from private.song_comments c where c.id = comment_id;
  if found then
    if (added.song_id, added.author_id) is distinct from (song_id, caller) then
      perform private.raise_error('invalid_input', 'unable to add the comment; its id belongs to another comment', 'Make a new UUID for each comment.',
        '{"field": "id"}');
    elsif added.deleted_at is not null then
      perform private.raise_comment_not_found('add');
    end if;
    return private.comment_json(added, true);
  end if;

  if reply_to is not null then
    select c.* into first_one from private.song_comments c where c.id = reply_to and c.song_id = song_id and c.deleted_at is null;
    if not found then
      perform private.raise_error('comment_not_found', 'unable to add the comment; what it replies to is not among the comments of the song',
        'Reply to a comment of the same song.', '{"field": "reply_to"}');
    end if;
    perform private.require_unblocked(caller, array[first_one.author_id], 'unable to add the comment; you or the other user blocked the other');
  end if;
  head := private.next_comment_revision(song_id, 1);
  if head.comment_count > private.at_most('song_comments') then
    perform private.raise_error('too_many_comments', format('unable to add the comment; the song has %s', private.at_most('song_comments')),
      'Delete some first.');
  end if;
  insert into private.song_comments (id, song_id, author_id, reply_to, line, quote, content, song_version, revision)
  select comment_id, song_id, caller, coalesce(first_one.reply_to, first_one.id), line, case when line is not null then private.quote_line(s.content, line) end,
    kept, s.version, head.revision
  from public.songs s
  where s.id = song_id
  on conflict (id) do nothing
  returning * into added;
  if added.id is null then
    -- The same id at the same moment on another song, whose lock is not ours.
    perform private.raise_error('invalid_input', 'unable to add the comment; its id belongs to another comment', 'Make a new UUID for each comment.',
      '{"field": "id"}');
  end if;
  perform private.tell_commenters(song_id, head.revision);
  perform private.notify_of_comment(added, target);
  return private.comment_json(added, true);
end
$$;

create function public.add_comment(song_id uuid, comment_id uuid, content text, line integer default null, reply_to uuid default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.add_comment(song_id, comment_id, content, line, reply_to)
$$;
comment on function public.add_comment is
  'Adds a comment to a song that the caller sees, to a line of it or to another comment; the same id again answers the same comment.';

revoke execute on function
  private.quote_line(text, integer),
  private.add_comment(uuid, uuid, text, integer, uuid),
  public.add_comment(uuid, uuid, text, integer, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.add_comment(uuid, uuid, text, integer, uuid),
  public.add_comment(uuid, uuid, text, integer, uuid)
to authenticated;

-- Editing, resolving, deleting and listing comments.

create function private.hold_comment(comment_id uuid, operation text, with_lost boolean)
returns private.song_comments
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  of_song uuid;
  found_comment private.song_comments;
begin
  select c.song_id into of_song from private.song_comments c where c.id = comment_id;
  perform private.hold_target('song', of_song, true);
  perform from private.comment_heads h where h.song_id = of_song for no key update;
  -- Under the lock, as it is now.
  select c.* into found_comment from private.song_comments c where c.id = comment_id and c.deleted_at is null;
  if found_comment.id is null or not (private.can_see_song(of_song) or (with_lost and found_comment.author_id = auth.uid())) then
    perform private.raise_comment_not_found(operation);
  end if;
  return found_comment;
end
$$;
comment on function private.hold_comment is
  'A comment that the caller sees, with the head of its song locked; with_lost also one of the caller''s own on a song that the caller has lost.';

create function private.edit_comment(comment_id uuid, content text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  kept text := private.check_text('lines', content, 2000, 'edit the comment', 'content');
  edited private.song_comments;
begin
  perform private.take_token(caller, 'comment');
  perform private.hold_account();
  edited := private.hold_comment(comment_id, 'edit', false);
  if edited.author_id <> caller then
    perform private.raise_error('forbidden', 'unable to edit the comment; another user wrote it', 'Reply to it.');
  end if;
  if edited.content <> kept then
    update private.song_comments c
    set content = kept, edited_at = clock_timestamp(), revision = (private.next_comment_revision(edited.song_id, 0)).revision
    where c.id = edited.id
    returning c.* into edited;
    perform private.tell_commenters(edited.song_id, edited.revision);
  end if;
  return private.comment_json(edited, true);
end
$$;

create function private.resolve_comment(comment_id uuid, resolved boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  thread private.song_comments;
begin
  perform private.take_token(caller, 'comment');
  perform private.hold_account();
  thread := private.hold_comment(comment_id, 'resolve', false);
  if thread.reply_to is not null then
    perform private.raise_error('invalid_input', 'unable to resolve the comment; it is a reply', 'Resolve the first comment of the thread.',
      '{"field": "comment_id"}');
  elsif thread.author_id <> caller and not private.may_edit_song(thread.song_id) then
    perform private.raise_error('forbidden', 'unable to resolve the comment; its author does, and those who may edit the song', 'Ask one of them.');
  end if;
  if (thread.resolved_at is not null) <> coalesce(resolved, true) then
    update private.song_comments c
    set
      resolved_at = case when coalesce(resolved, true) then clock_timestamp() end,
      resolved_by = case when coalesce(resolved, true) then caller end,
      revision = (private.next_comment_revision(thread.song_id, 0)).revision
    where c.id = thread.id
    returning c.* into thread;
    perform private.tell_commenters(thread.song_id, thread.revision);
  end if;
  return private.comment_json(thread, true);
end
$$;

create function private.empty_comment(comment_id uuid, song_id uuid)
returns bigint
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  head private.comment_heads := private.next_comment_revision(song_id, -1);
begin
  update private.song_comments c
  set content = '', quote = case when c.line is not null then '' end, deleted_at = clock_timestamp(), revision = head.revision
  where c.id = comment_id;
  return head.revision;
end
$$;
comment on function private.empty_comment is 'Deletes a comment; what remains says that there was one.';

create function private.delete_comment(comment_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  gone private.song_comments;
begin
  -- Deleted already: a retry is a success for whoever could have deleted it.
  if exists (
    select
    from private.song_comments c
    where c.id = comment_id and c.deleted_at is not null
      and (c.author_id = caller or private.role_in('song', c.song_id) in ('owner', 'admin') or private.is_moderator())
  ) then
    return;
  end if;
  if private.is_moderator() then
    -- A report shows what the song no longer does.
    perform from private.comment_heads h
    where h.song_id = (select c.song_id from private.song_comments c where c.id = comment_id) for no key update;
    select c.* into gone from private.song_comments c where c.id = comment_id and c.deleted_at is null;
    if gone.id is null then
      perform private.raise_comment_not_found('delete');
    end if;
  else
    gone := private.hold_comment(comment_id, 'delete', true);
    if gone.author_id <> caller and private.role_in('song', gone.song_id) is distinct from 'owner' and private.role_in('song', gone.song_id) is distinct from 'admin' then
      perform private.raise_error('forbidden', 'unable to delete the comment; another user wrote it', 'Ask the owner of the song, or report it.');
    end if;
  end if;
  perform private.tell_commenters(gone.song_id, private.empty_comment(gone.id, gone.song_id));
end
$$;

create function private.list_comments(song_id uuid, page_size integer, after_created_at timestamptz, after_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_account();
  has_role constant boolean := private.role_in('song', song_id) is not null;
begin
  perform private.check_page_size('list the comments', page_size, 200, 1);
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to list the comments; there is no song with that id that you see', 'Check the id.');
  end if;
  return query
    select private.comment_json(c, has_role or c.author_id = caller)
    from private.song_comments c
    where c.song_id = song_id and (after_id is null or (c.created_at, c.id) > (after_created_at, after_id))
      -- A deleted one holds its replies together.
      and (c.deleted_at is null or exists (select from private.song_comments r where r.reply_to = c.id and r.deleted_at is null))
    order by c.created_at, c.id
    limit page_size;
end
$$;

create function public.edit_comment(comment_id uuid, content text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.edit_comment(comment_id, content)
$$;
comment on function public.edit_comment is 'Changes the words of a comment of the caller.';

create function public.resolve_comment(comment_id uuid, resolved boolean default true)
returns jsonb
language sql
set search_path = ''
as $$
  select private.resolve_comment(comment_id, resolved)
$$;
comment on function public.resolve_comment is 'Marks a thread of comments as done, or as open again: for its author and for those who may edit the song.';

create function public.delete_comment(comment_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.delete_comment(comment_id)
$$;
comment on function public.delete_comment is
  'Deletes a comment: for its author, also after losing the song, for owner and admins of the song, and for moderators. Again does nothing.';

create function public.list_comments(
  song_id uuid, page_size integer default 50, after_created_at timestamptz default null, after_id uuid default null
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_comments(song_id, page_size, after_created_at, after_id)
$$;
comment on function public.list_comments is 'The comments of a song that the caller sees, the oldest first; a page of at most 201.';

revoke execute on function
  private.hold_comment(uuid, text, boolean),
  private.edit_comment(uuid, text),
  private.resolve_comment(uuid, boolean),
  private.empty_comment(uuid, uuid),
  private.delete_comment(uuid),
  private.list_comments(uuid, integer, timestamptz, uuid),
  public.edit_comment(uuid, text),
  public.resolve_comment(uuid, boolean),
  public.delete_comment(uuid),
  public.list_comments(uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.edit_comment(uuid, text),
  private.resolve_comment(uuid, boolean),
  private.delete_comment(uuid),
  private.list_comments(uuid, integer, timestamptz, uuid),
  public.edit_comment(uuid, text),
  public.resolve_comment(uuid, boolean),
  public.delete_comment(uuid),
  public.list_comments(uuid, integer, timestamptz, uuid)
to authenticated;

-- Comments as they come, and what happens to them with songs and accounts.

create function private.watch_comments(song_id uuid, known_revision bigint, reads_all boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  known bigint := coalesce(known_revision, 0);
  mine text;
  head private.comment_heads;
  answer jsonb;
begin
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to watch the comments; there is no song with that id that you see', 'Check the id.');
  end if;
  insert into private.comment_watchers as w (song_id, user_id, watches_until)
  values (song_id, caller, clock_timestamp() + interval '90 seconds')
  on conflict on constraint comment_watchers_pkey do update set watches_until = excluded.watches_until;
  mine := private.role_in('song', song_id);
  if mine is not null then
    -- So that the user hears at once of losing the song.
    perform private.renew_watch('song', song_id);
    mine := private.role_in('song', song_id);
  end if;
  -- Again, for this may have waited behind what took the song away.
  if not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to watch the comments; there is no song with that id that you see', 'Check the id.');
  end if;
  select h.* into head from private.comment_heads h where h.song_id = song_id;
  -- Whoever reads all of them, page after page, has nothing to take away.
  reads_all := coalesce(reads_all, false);
  if (known < coalesce(head.pruned_revision, 0) and not reads_all) or known > coalesce(head.revision, 0) then
    known := 0;
  end if;
  reads_all := reads_all or known = 0;
  with changed as materialized (
    select c.*
    from private.song_comments c
    where c.song_id = song_id and c.revision > known and c.revision <= head.revision
      and (not reads_all or c.deleted_at is null or exists (select from private.song_comments r where r.reply_to = c.id and r.deleted_at is null))
    order by c.revision
    limit 200
  )
  select jsonb_build_object(
    'role', mine,
    'is_new', known = 0,
    'revision', case when count(*) < 200 then coalesce(head.revision, 0) else max(c.revision) end,
    'last_revision', coalesce(head.revision, 0),
    'comments', coalesce(jsonb_agg(private.comment_json(c, mine is not null or c.author_id = caller) order by c.revision), '[]'))
  into answer
  from changed c;
  return answer;
exception
  when foreign_key_violation then
    perform private.raise_error('song_not_found', 'unable to watch the comments; there is no song with that id that you see', 'Check the id.');
end
$$;

create function public.watch_comments(song_id uuid, known_revision bigint default null, reads_all boolean default false)
returns jsonb
language sql
set search_path = ''
as $$
  select private.watch_comments(song_id, known_revision, reads_all)
$$;
comment on function public.watch_comments is
  'For those who see a song: for 90 seconds from now on the caller hears of its comments. Answers those that changed since a revision, 200 at most; '
  'is_new: what the caller knew is too old, and these are the first of all. reads_all: the caller continues after such an answer.';

create function private.tell_of_lost_comments()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Whoever has no role is told by nothing else. The event says no more than that one should ask.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || w.user_id, 'broadcast', 'comments', jsonb_build_object('song_id', old.id), true
  from private.comment_watchers w
  where w.song_id = old.id and w.watches_until > clock_timestamp()
  order by w.watches_until desc
  limit 256;
  return case tg_op when 'DELETE' then old end;
exception when others then
  raise warning 'unable to tell who reads the comments of song %; %', old.id, sqlerrm;
  return case tg_op when 'DELETE' then old end;
end
$$;
comment on function private.tell_of_lost_comments is 'Trigger: a song is in the trash, back from it, gone, or seen by others than before: those who read its comments ask again.';

create function private.empty_comments_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  comment record;
begin
  -- Songs in the order of their ids, as every two accounts that go at once.
  for comment in
    select c.id, c.song_id from private.song_comments c where c.author_id = new.id and c.deleted_at is null order by c.song_id, c.revision
  loop
    perform private.tell_commenters(comment.song_id, private.empty_comment(comment.id, comment.song_id));
  end loop;
  delete from private.comment_watchers w where w.user_id = new.id;
  return null;
end
$$;
comment on function private.empty_comments_of_deleted_profile is 'Trigger: the comments of a deleted account say nothing; the answers of others stay.';

create function private.prune_deleted_comments(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  pruned bigint;
  ended bigint;
begin
  with gone as (
    delete from private.song_comments c
    where c.id in (
      select o.id
      from private.song_comments o
      where o.deleted_at < clock_timestamp() - greatest(keep, interval '1 day')
        and not exists (select from private.song_comments r where r.reply_to = o.id)
      order by o.deleted_at
      limit batch_size
      for update skip locked
    )
    returning c.song_id, c.revision
  ),
  told as (
    update private.comment_heads h
    set pruned_revision = greatest(h.pruned_revision, g.revision)
    from (select gone.song_id, max(gone.revision) as revision from gone group by gone.song_id) as g
    where h.song_id = g.song_id
  )
  select count(*) into pruned from gone;
  delete from private.comment_watchers w
  where (w.song_id, w.user_id) in (
    select o.song_id, o.user_id
    from private.comment_watchers o
    where o.watches_until < clock_timestamp() - interval '1 day'
    limit batch_size
    for update skip locked
  );
  get diagnostics ended = row_count;
  return (pruned + ended, case when pruned >= batch_size or ended >= batch_size then clock_timestamp()::text end);
end
$$;
comment on function private.prune_deleted_comments is 'Upkeep: removes a batch of what is left of deleted comments, and of who read comments a day ago.';

create trigger songs_tell_commenters
after update of visibility, deleted_at on public.songs
for each row
when (old.visibility is distinct from new.visibility or old.deleted_at is distinct from new.deleted_at)
execute function private.tell_of_lost_comments();

create trigger songs_tell_commenters_of_deletion
before delete on public.songs
for each row
execute function private.tell_of_lost_comments();

create trigger profiles_empty_comments
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.empty_comments_of_deleted_profile();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  -- The quote is another user's line.
  ('private.song_comments', 34, 'author_id', 't.id', array['id', 'song_id', 'reply_to', 'line', 'content', 'created_at', 'edited_at'], '{}');

revoke execute on function
  private.watch_comments(uuid, bigint, boolean),
  public.watch_comments(uuid, bigint, boolean),
  private.tell_of_lost_comments(),
  private.empty_comments_of_deleted_profile(),
  private.prune_deleted_comments(integer, interval, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.watch_comments(uuid, bigint, boolean),
  public.watch_comments(uuid, bigint, boolean)
to authenticated;

-- Reports of profiles, songs and messages of shares, with a copy of what was reported.

create table private.content_reports (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  subject_id uuid not null,
  owner_id uuid not null references public.profiles (id),
  reporter_id uuid not null references public.profiles (id),
  reason text not null,
  note text not null default '',
  reported jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  resolved_at timestamptz,
  resolved_by uuid references public.profiles (id),
  resolution text,
  constraint content_reports_kind_check check (kind in ('profile', 'song', 'share', 'review', 'comment')),
  constraint content_reports_reason_check check (char_length(reason) between 1 and 100),
  constraint content_reports_note_check check (char_length(note) <= 2000),
  constraint content_reports_resolution_check check (char_length(resolution) <= 2000)
);
comment on table private.content_reports is 'Profiles, songs, reviews, comments and messages of shares that users reported; moderators read them.';
comment on column private.content_reports.owner_id is 'Whose profile or song it is, or who wrote the message.';
comment on column private.content_reports.reported is
  'What was reported, as it was then: a change or a deletion does not hide it. Emptied when its owner''s account is deleted.';

-- Of a user one open report of a thing: what changes after a decision can be reported again.
create unique index content_reports_open_key on private.content_reports (kind, subject_id, reporter_id) where resolved_at is null;
create index content_reports_owner_id_idx on private.content_reports (owner_id);
create index content_reports_reporter_id_idx on private.content_reports (reporter_id);
create index content_reports_resolved_by_idx on private.content_reports (resolved_by);
create index content_reports_created_at_id_idx on private.content_reports (created_at desc, id desc);

create function private.lost_song_at(song_id uuid, person uuid)
returns timestamptz
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select max(least(h.ended_at, h.expires_at))
    from public.shares h
    where h.song_id = lost_song_at.song_id and h.shared_with = person and h.accepted_at is not null
      and (h.ended_at > now() - interval '7 days' or h.expires_at between now() - interval '7 days' and now())
  );
end
$$;
comment on function private.lost_song_at is
  'When a user was removed from a song, or left it, in the last week: long enough to report what was seen. Null for everyone else.';

create function private.seen_song_json(song_id uuid, until timestamptz)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', song_id) || coalesce((
    select private.song_version_json(v) - '{change_type,change_summary,changed_fields,changed_by,created_at}'::text[]
      || jsonb_build_object('created_by', v.created_by)
    from public.song_history v
    where v.song_id = seen_song_json.song_id and v.created_at <= until
    order by v.version_number desc
    limit 1
  ), '{}');
end
$$;
comment on function private.seen_song_json is 'A song as its history has it at a moment; what was written later is not in it.';

create function private.reportable(kind text, subject_id uuid, person uuid, out owner_id uuid, out reported jsonb)
language plpgsql
stable
set search_path = ''
as $$
begin
  case kind
    when 'profile' then
      select d.id, jsonb_build_object('id', d.id, 'handle', d.handle, 'display_name', d.display_name, 'bio', d.bio, 'country', d.country,
        'experience', d.experience, 'avatar_path', d.avatar_path, 'links', to_jsonb(d) -> 'links', 'tags', to_jsonb(d) -> 'tags',
        'software', to_jsonb(d) -> 'software', 'professional_types', to_jsonb(d) -> 'professional_types', 'metadata', d.metadata,
        'portfolio', (
          select coalesce(jsonb_agg(jsonb_build_object('title', i.title, 'url', i.url, 'file_path', i.file_path) order by i.position), '[]')
          from public.portfolio_items i
          where i.profile_id = d.id
        ))
      into owner_id, reported
      from public.profile_details d
      where d.id = subject_id and d.handle is not null and private.can_see_profile(d.id);
    when 'song' then
      select s.created_by, case
        when private.can_see_song(s.id) then private.song_json(s) - '{lyrics,chords,chordpro_metadata}'::text[]
          || jsonb_build_object('tags', (select coalesce(jsonb_agg(t.label order by t.tag_name), '[]') from public.song_tags t where t.song_id = s.id))
        else private.seen_song_json(s.id, private.lost_song_at(s.id, person))
      end
      into owner_id, reported
      from public.songs s
      where s.id = subject_id and s.deleted_at is null and (private.can_see_song(s.id) or private.lost_song_at(s.id, person) is not null);
    when 'share' then
      select h.shared_by, jsonb_build_object('id', h.id, 'song_id', h.song_id, 'setlist_id', h.setlist_id,
        'title', case when h.over_at is null then t.title else private.seen_song_json(h.song_id, h.over_at) ->> 'title' end, 'message', h.message, 'role', h.role,
        'created_at', h.created_at)
      into owner_id, reported
      from (
        select o.*, least(o.ended_at, case when o.expires_at <= now() then o.expires_at end) as over_at from public.shares o where o.id = subject_id
      ) as h
      join private.targets t on t.kind = h.target_kind and t.id = h.target_id
      where h.shared_with = person and (h.over_at is null or h.over_at > now() - interval '7 days')
        and (h.kind <> 'email' or h.accepted_at is not null or h.invited_email = private.confirmed_address(person));
    when 'review' then
      -- Who wrote the review reports the answer; every other user the review.
      select case when r.reviewer_id = person and r.answer is not null then r.profile_id else r.reviewer_id end,
        jsonb_build_object('id', r.id, 'profile_id', r.profile_id)
        || case when r.reviewer_id = person then jsonb_build_object('answer', r.answer)
          else jsonb_build_object('rating', r.rating, 'content', r.content) end
      into owner_id, reported
      from public.profile_reviews r
      where r.id = subject_id and (r.hidden_at is null or r.reviewer_id = person);
    when 'comment' then
      select c.author_id, jsonb_build_object('id', c.id, 'song_id', c.song_id, 'content', c.content, 'line', c.line, 'created_at', c.created_at,
        'edited_at', c.edited_at)
      into owner_id, reported
      from private.song_comments c
      where c.id = subject_id and c.deleted_at is null
        and (private.can_see_song(c.song_id) or greatest(c.created_at, c.edited_at) <= private.lost_song_at(c.song_id, person));
  end case;
end
$$;
comment on function private.reportable is 'What a user sees, as it is now, or what they saw until they were removed in the last week, as it was then; nulls for everything else.';

create function private.report_content(kind text, subject_id uuid, reason text, note text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
  seen record;
begin
  if kind is null or kind not in ('profile', 'song', 'share', 'review', 'comment') then
    perform private.raise_error('invalid_input', 'unable to report; it takes a profile, a song, a share, a review or a comment', 'Choose one of them.', '{"field": "kind"}');
  end if;
  reason := private.check_text('name', reason, 100, 'report', 'reason');
  if note <> '' then
    perform private.check_text('lines', note, 2000, 'report', 'note');
  end if;
  perform private.take_token(caller, 'report');
  perform private.hold_account();
  select * into seen from private.reportable(kind, subject_id, caller);
  if seen.owner_id <> caller then
    -- An account that is being deleted takes the copies of its words along, so none is made after it.
    perform from public.profiles p where p.id = seen.owner_id and p.user_id is not null for share;
    select * into seen from private.reportable(kind, subject_id, caller);
  end if;
  if seen.owner_id = caller then
    perform private.raise_error('invalid_input', 'unable to report; that is your own', 'Report what another user made.', '{"field": "subject_id"}');
  elsif seen.owner_id is null then
    -- A user may have reported it before losing access: reporting again does nothing.
    if not exists (select from private.content_reports r where r.kind = report_content.kind and r.subject_id = report_content.subject_id
      and r.reporter_id = caller)
    then
      perform private.raise_error(kind || '_not_found', format('unable to report the %s; there is none with that id that you see', kind), 'Check the id.');
    end if;
    return;
  end if;
  insert into private.content_reports (kind, subject_id, owner_id, reporter_id, reason, note, reported)
  values (kind, subject_id, seen.owner_id, caller, reason, coalesce(note, ''), seen.reported)
  on conflict (kind, subject_id, reporter_id) where resolved_at is null do nothing;
end
$$;

create function public.report_content(kind text, subject_id uuid, reason text, note text default '')
returns void
language sql
set search_path = ''
as $$
  select private.report_content(kind, subject_id, reason, note)
$$;
comment on function public.report_content is
  'Reports a profile, a song or a share to the moderators, once a user until it is resolved, with a copy of it; also for a week after the caller was removed.';

create function private.list_content_reports(page_size integer, before_at timestamptz, before_id uuid, resolved boolean)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_account();
  perform private.require_moderator();
  perform private.check_page_size('list reports', page_size, 200, 1);
  return query
    select to_jsonb(r) || jsonb_build_object('owner', private.person_json(r.owner_id), 'reporter', private.person_json(r.reporter_id))
    from private.content_reports r
    where (r.resolved_at is not null) = coalesce(resolved, false)
      and (before_at is null or (r.created_at, r.id) < (before_at, before_id))
    order by r.created_at desc, r.id desc
    limit page_size;
end
$$;

create function public.list_content_reports(
  page_size integer default 50, before_at timestamptz default null, before_id uuid default null, resolved boolean default false
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_content_reports(page_size, before_at, before_id, resolved)
$$;
comment on function public.list_content_reports is 'Reports of profiles, songs and shares, newest first, as they were. For moderators.';

create function private.resolve_content_report(report_id uuid, note text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
begin
  perform private.require_moderator();
  if note <> '' then
    perform private.check_text('lines', note, 2000, 'resolve the report', 'note');
  end if;
  -- When two moderators resolve it at once, the first note stays.
  update private.content_reports r
  set resolved_at = clock_timestamp(), resolved_by = caller, resolution = coalesce(note, '')
  where r.id = report_id and r.resolved_at is null;
  if not found and not exists (select from private.content_reports r where r.id = report_id) then
    perform private.raise_error('report_not_found', 'unable to resolve the report; there is none', 'Check the id.', '{"field": "id"}');
  end if;
end
$$;

create function public.resolve_content_report(report_id uuid, note text default '')
returns void
language sql
set search_path = ''
as $$
  select private.resolve_content_report(report_id, note)
$$;
comment on function public.resolve_content_report is 'Marks a report of a profile, a song or a share as dealt with. For moderators.';

create function private.empty_reports_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update private.content_reports r set reported = '{}' where r.owner_id = new.id;
  update private.content_reports r set note = '' where r.reporter_id = new.id and r.note <> '';
  return null;
end
$$;
comment on function private.empty_reports_of_deleted_profile is 'Trigger: that something was reported stays; what a user wrote goes with the account.';

create trigger profiles_empty_reports
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.empty_reports_of_deleted_profile();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  -- The copy holds another user's words.
  ('private.content_reports', 33, 'reporter_id', 't.id', array['id', 'kind', 'subject_id', 'reason', 'note', 'created_at'], '{}');

revoke all on private.content_reports from public, anon, authenticated, service_role;
revoke execute on function
  private.lost_song_at(uuid, uuid),
  private.seen_song_json(uuid, timestamptz),
  private.reportable(text, uuid, uuid),
  private.report_content(text, uuid, text, text),
  public.report_content(text, uuid, text, text),
  private.list_content_reports(integer, timestamptz, uuid, boolean),
  public.list_content_reports(integer, timestamptz, uuid, boolean),
  private.resolve_content_report(uuid, text),
  public.resolve_content_report(uuid, text),
  private.empty_reports_of_deleted_profile()
from public, anon, authenticated, service_role;
grant execute on function
  private.report_content(text, uuid, text, text),
  public.report_content(text, uuid, text, text),
  private.list_content_reports(integer, timestamptz, uuid, boolean),
  public.list_content_reports(integer, timestamptz, uuid, boolean),
  private.resolve_content_report(uuid, text),
  public.resolve_content_report(uuid, text)
to authenticated;

-- A picture or a file of a portfolio that was reported stays for the moderators, as the files of reported messages do.

create index content_reports_picture_idx on private.content_reports ((reported ->> 'avatar_path')) where resolved_at is null;
create index content_reports_portfolio_idx on private.content_reports using gin ((reported -> 'portfolio') jsonb_path_ops) where resolved_at is null;

create function private.is_reported_picture(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Volatile: after waiting for a report it sees it.
  return exists (select from private.content_reports r where r.resolved_at is null and r.reported ->> 'avatar_path' = path)
    or exists (
      select from private.content_reports r
      where r.resolved_at is null and r.reported -> 'portfolio' @> jsonb_build_array(jsonb_build_object('file_path', path))
    );
end
$$;
comment on function private.is_reported_picture is 'Whether an open report is about a profile with that picture, or that file in its portfolio.';

create function private.hold_reported_picture()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform from storage.objects o where o.bucket_id = 'tertulia-avatars' and o.name = new.reported ->> 'avatar_path' for key share;
  perform
  from storage.objects o
  where o.bucket_id = 'tertulia-portfolio' and o.name in (select i ->> 'file_path' from jsonb_array_elements(new.reported -> 'portfolio') as i)
  order by o.name
  for key share;
  return new;
end
$$;
comment on function private.hold_reported_picture is 'Trigger: a removal of the picture or a file at this moment waits for the report, or came first.';

create function private.keep_picture()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if private.is_reported_picture(old.name)
    or (tg_op = 'UPDATE' and (
      exists (select from public.profiles p where p.id::text = split_part(old.name, '/', 1) and p.avatar_path = old.name)
      or exists (select from public.circles c where c.id::text = split_part(old.name, '/', 1) and c.picture_path = old.name)
    ))
  then
    perform private.raise_error('forbidden', 'unable to change the file; a profile, a circle or an open report shows it',
      'Upload another file, or resolve the report first.');
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;
comment on function private.keep_picture is
  'Trigger: a picture in use is not replaced, and a reported one not removed. A signed address to upload to is checked by no policy.';

create function public.list_abandoned_avatars(page_size integer default 1000)
returns setof text
language sql
set search_path = ''
as $$
  select o.name
  from storage.objects o
  left join public.profiles p on p.id::text = split_part(o.name, '/', 1)
  left join public.circles c on c.id::text = split_part(o.name, '/', 1)
  where o.bucket_id = 'tertulia-avatars' and not private.is_reported_picture(o.name)
    and (c.id is null or (c.picture_path is distinct from o.name and o.created_at < now() - interval '1 day'))
    and (c.id is not null or p.id is null or p.user_id is null or (p.avatar_path is distinct from o.name and o.created_at < now() - interval '1 day'))
  order by o.name
  limit page_size
$$;
comment on function public.list_abandoned_avatars is
  'For the service role: picture files that no profile and no circle shows, such as those of deleted accounts; remove them through Storage.';

create function public.list_abandoned_portfolio_files(page_size integer default 1000)
returns setof text
language sql
set search_path = ''
as $$
  select o.name
  from storage.objects o
  left join public.profiles p on p.id::text = split_part(o.name, '/', 1)
  where o.bucket_id = 'tertulia-portfolio' and not private.is_reported_picture(o.name)
    and not exists (select from public.portfolio_items i where i.file_path = o.name)
    -- A new file may be about to get its item.
    and (p.user_id is null or o.created_at < now() - interval '1 day')
  order by o.name
  limit page_size
$$;
comment on function public.list_abandoned_portfolio_files is
  'For the service role: files that no item of a portfolio shows, such as those of deleted accounts; remove them through Storage.';

create trigger content_reports_hold_picture
before insert on private.content_reports
for each row
when (new.kind = 'profile')
execute function private.hold_reported_picture();

create or replace trigger tertulia_keep_pictures
before delete or update of bucket_id, name, version on storage.objects
for each row
when (old.bucket_id in ('tertulia-avatars', 'tertulia-portfolio'))
execute function private.keep_picture();

-- So that a removal of several files removes the others.
create policy "Pictures in an open report stay"
on storage.objects
as restrictive
for delete
to authenticated
using (bucket_id not in ('tertulia-avatars', 'tertulia-portfolio') or not private.is_reported_picture(name));

revoke execute on function
  private.is_reported_picture(text),
  private.hold_reported_picture(),
  private.keep_picture(),
  public.list_abandoned_avatars(integer),
  public.list_abandoned_portfolio_files(integer)
from public, anon, authenticated, service_role;
grant execute on function private.is_reported_picture(text) to authenticated, service_role;
grant execute on function
  public.list_abandoned_avatars(integer),
  public.list_abandoned_portfolio_files(integer)
to service_role;

-- What becomes of shares, links and offers when an account is deleted.

create function private.lock_targets_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- All at once and in order: two people who shared with each other may go at the same moment.
  perform
  from public.setlists l
  where l.id in (
    select o.id from public.setlists o where o.created_by = new.id
    union all
    select h.setlist_id from public.shares h where h.shared_with = new.id or h.shared_by = new.id
    union all
    select t.setlist_id from private.transfers t where t.from_id = new.id or t.to_id = new.id
    union all
    -- Of circles that go with their last member.
    select h.setlist_id
    from public.circle_members m
    join public.shares h on h.circle_id = m.circle_id
    where m.user_id = new.id
      and not exists (select from public.circle_members o where o.circle_id = m.circle_id and o.user_id <> m.user_id)
  )
  order by l.id
  for update;
  perform
  from public.songs s
  where s.id in (
    select o.id from public.songs o where o.created_by = new.id
    union all
    select h.song_id from public.shares h where h.shared_with = new.id or h.shared_by = new.id
    union all
    select t.song_id from private.transfers t where t.from_id = new.id or t.to_id = new.id
    union all
    -- Of circles that go with their last member.
    select h.song_id
    from public.circle_members m
    join public.shares h on h.circle_id = m.circle_id
    where m.user_id = new.id
      and not exists (select from public.circle_members o where o.circle_id = m.circle_id and o.user_id <> m.user_id)
  )
  order by s.id
  for update;
  return null;
end
$$;
comment on function private.lock_targets_of_deleted_profile is 'Trigger, the first of those about songs: holds every target that a person who goes has to do with.';

create function private.end_shares_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- A user who was invited by address and never accepted gets no notice: the address looks like one without an account.
  update public.shares h
  set recipient_id = null
  where h.shared_with = new.id and h.kind = 'email' and h.accepted_at is null;
  -- What the person gave others stays with them; what was offered and not accepted, and every address, goes.
  update public.shares h
  set ended_at = clock_timestamp(), end_reason = 'account_deleted'
  where h.ended_at is null and (h.shared_with = new.id or (h.shared_by = new.id and h.accepted_at is null));
  update public.shares h set invited_email = null, message = null where h.shared_by = new.id;
  update public.shares h
  set invited_email = null, message = null
  where h.shared_with = new.id and (h.invited_email is not null or h.message is not null);
  update private.share_links l set revoked_at = clock_timestamp() where l.created_by = new.id and l.revoked_at is null;
  delete from public.notices n where n.user_id = new.id;
  return null;
end
$$;
comment on function private.end_shares_of_deleted_profile is 'Trigger: a person''s shares end with the account, and no address or word of theirs stays.';

-- After the songs have gone, whose trigger comes first by name.
create trigger profiles_before_songs
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.lock_targets_of_deleted_profile();

create trigger profiles_end_shares
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_shares_of_deleted_profile();

revoke execute on function
  private.lock_targets_of_deleted_profile(),
  private.end_shares_of_deleted_profile()
from public, anon, authenticated, service_role;

-- Reading one profile; and who follows whom, which shows listed users only.

create function private.get_profile(user_id uuid)
returns setof public.profile_details
language plpgsql
stable
rows 1
security definer
set search_path = ''
as $$
begin
  perform private.require_account();
  return query select * from public.profile_details d where d.id = get_profile.user_id and (d.is_listed or private.can_see_profile(d.id));
end
$$;

create function public.get_profile(user_id uuid)
returns setof public.profile_details
language plpgsql
stable
rows 1
set search_path = ''
as $$
begin
  -- PL/pgSQL keeps its plan.
  if current_user <> 'service_role' then
    return query select * from private.get_profile(get_profile.user_id);
    return;
  end if;
  return query select * from public.profile_details d where d.id = get_profile.user_id;
end
$$;
comment on function public.get_profile is 'The whole profile of a user, or no row, as for an unlisted one of a stranger. A deleted user''s profile is empty and has no handle.';

create function private.get_follows(user_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
  person uuid := coalesce(user_id, caller);
begin
  if not exists (select from public.profiles p where p.id = person and p.user_id is not null) or not private.can_see_profile(person) then
    perform private.raise_error('profile_not_found', 'unable to count who follows; there is no such user', 'Check the id.', '{"field": "userId"}');
  end if;
  return jsonb_build_object(
    'followers', (
      select count(*)
      from public.user_follows f
      join public.profiles p on p.id = f.follower_id
      where f.followed_id = person and p.is_listed
    ),
    'following', (
      select count(*)
      from public.user_follows f
      join public.profiles p on p.id = f.followed_id
      where f.follower_id = person and p.is_listed
    ),
    'is_followed', exists (select from public.user_follows f where f.follower_id = caller and f.followed_id = person),
    'follows_you', exists (select from public.user_follows f where f.follower_id = person and f.followed_id = caller)
  );
end
$$;

create function private.list_follows(person uuid, are_followers boolean, page_size integer, before_at timestamptz, before_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := auth.uid();
  listed jsonb;
begin
  perform private.check_page_size('list who follows', page_size, 200, 1);
  perform private.read_directory(page_size);
  person := coalesce(person, caller);
  if not private.can_see_profile(person) then
    return '[]';
  end if;
  -- With the columns in the text each direction walks its own index.
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'handle', l.handle, 'display_name', l.display_name,
      'avatar_path', l.avatar_path, 'verified_at', l.verified_at, 'followed_at', l.created_at, 'is_followed', exists (
        select from public.user_follows o where o.follower_id = $1 and o.followed_id = l.id
      )) order by l.created_at desc, l.id desc), '[]')
    from (
      select p.id, p.handle, p.display_name, p.avatar_path, p.verified_at, f.created_at
      from public.user_follows f
      join public.profiles p on p.id = f.%1$I
      where f.%2$I = $2 and p.is_listed and ($3 is null or (f.created_at, f.%1$I) < ($3, $4))
      order by f.created_at desc, f.%1$I desc
      limit $5
    ) l $q$,
    case when are_followers then 'follower_id' else 'followed_id' end, case when are_followers then 'followed_id' else 'follower_id' end)
  into listed
  using caller, person, before_at, before_id, page_size;
  return listed;
end
$$;
comment on function private.list_follows is 'Listed users who follow a person, or whom the person follows, the latest first.';

create function public.get_follows(user_id uuid default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_follows(user_id)
$$;
comment on function public.get_follows is
  'How many listed users follow a person, or the caller, and are followed; and whether the caller and the person follow each other.';

create function public.list_followers(
  user_id uuid default null, page_size integer default 50, before_at timestamptz default null, before_id uuid default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.list_follows(user_id, true, page_size, before_at, before_id)
$$;
comment on function public.list_followers is 'Listed users who follow a person, or the caller, the latest first.';

create function public.list_following(
  user_id uuid default null, page_size integer default 50, before_at timestamptz default null, before_id uuid default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.list_follows(user_id, false, page_size, before_at, before_id)
$$;
comment on function public.list_following is 'Listed users whom a person follows, or the caller, the latest first.';

revoke execute on function
  private.get_profile(uuid),
  private.get_follows(uuid),
  private.list_follows(uuid, boolean, integer, timestamptz, uuid),
  public.get_profile(uuid),
  public.get_follows(uuid),
  public.list_followers(uuid, integer, timestamptz, uuid),
  public.list_following(uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_profile(uuid),
  private.get_follows(uuid),
  private.list_follows(uuid, boolean, integer, timestamptz, uuid),
  public.get_profile(uuid),
  public.get_follows(uuid),
  public.list_followers(uuid, integer, timestamptz, uuid),
  public.list_following(uuid, integer, timestamptz, uuid)
to authenticated;
grant execute on function public.get_profile(uuid) to service_role;

-- Following, which needs to know who sees a profile.

create function private.follow_user(user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to follow the user; the id is your own', 'Pass the id of another user.',
      '{"field": "userId"}');
  end if;
  if exists (select from public.user_follows f where f.follower_id = caller and f.followed_id = user_id) then
    return;
  end if;
  -- Also holds the caller's other calls back, so that the count below is right.
  perform private.take_token(caller, 'follow');
  perform private.hold_people(array[caller, user_id], 'userId');
  if not private.can_see_profile(user_id) then
    perform private.raise_error('profile_not_found', 'unable to follow the user; there is no such user', 'Check the id.', '{"field": "userId"}');
  end if;
  if (select count(*) from public.user_follows f where f.follower_id = caller) >= private.at_most('following') then
    perform private.raise_error('invalid_input', format('unable to follow the user; you already follow %s', private.at_most('following')),
      'Unfollow another user first.', '{"field": "userId"}');
  end if;
  perform private.lock_pair(caller, user_id);
  perform private.require_unblocked(caller, array[user_id], 'unable to follow the user; one of you blocked the other');
  insert into public.user_follows (follower_id, followed_id) values (caller, user_id) on conflict do nothing;
end
$$;

create function public.follow_user(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.follow_user(user_id)
$$;
comment on function public.follow_user is 'Follows a person; again does nothing. Refused while a block stands between the two.';

revoke execute on function
  private.follow_user(uuid),
  public.follow_user(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.follow_user(uuid),
  public.follow_user(uuid)
to authenticated;

-- A portfolio, for users who can see the profile.

create function private.list_portfolio(user_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  person uuid := coalesce(user_id, private.require_account());
begin
  perform private.require_account();
  if not private.can_see_profile(person) then
    return '[]';
  end if;
  return coalesce((
    select jsonb_agg(private.portfolio_item_json(i) order by i.position) from public.portfolio_items i where i.profile_id = person
  ), '[]');
end
$$;

create function public.list_portfolio(user_id uuid default null)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_portfolio(user_id)
$$;
comment on function public.list_portfolio is
  'The portfolio of a user, or the caller''s own, in the user''s order; empty where the caller does not see the profile.';

revoke execute on function private.list_portfolio(uuid), public.list_portfolio(uuid) from public, anon, authenticated, service_role;
grant execute on function private.list_portfolio(uuid), public.list_portfolio(uuid) to authenticated;

-- Reviews of a user, for users who can see the profile.

create function private.list_reviews(user_id uuid, page_size integer, before_at timestamptz, before_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
  person uuid := coalesce(user_id, caller);
begin
  perform private.check_page_size('list reviews', page_size, 200, 1);
  if not private.can_see_profile(person) then
    return '[]';
  end if;
  return coalesce((
    select jsonb_agg(private.review_json(r) || jsonb_build_object('reviewer', (
        select private.person_json(p.id)
        from public.profiles p
        where p.id = r.reviewer_id and (p.is_listed or private.can_see_profile(p.id))
      )) order by r.created_at desc, r.id desc)
    from (
      select *
      from public.profile_reviews o
      where o.profile_id = person and (before_at is null or (o.created_at, o.id) < (before_at, before_id))
        and (o.hidden_at is null or o.reviewer_id = caller or private.is_moderator())
      order by o.created_at desc, o.id desc
      limit page_size
    ) r
  ), '[]');
end
$$;

create function public.list_reviews(
  user_id uuid default null, page_size integer default 50, before_at timestamptz default null, before_id uuid default null
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_reviews(user_id, page_size, before_at, before_id)
$$;
comment on function public.list_reviews is
  'Reviews of a user, or of the caller, the latest first. A reviewer whose profile the caller does not see has no name; hidden ones see their writer and moderators.';

revoke execute on function
  private.list_reviews(uuid, integer, timestamptz, uuid),
  public.list_reviews(uuid, integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_reviews(uuid, integer, timestamptz, uuid),
  public.list_reviews(uuid, integer, timestamptz, uuid)
to authenticated;

-- Circles: invitations, who is kept out, and what the calls about circles share.

create table private.circle_invitations (
  id uuid primary key default gen_random_uuid(),
  circle_id uuid not null references public.circles (id) on delete cascade,
  kind text not null,
  invited_by uuid not null references public.profiles (id),
  user_id uuid references public.profiles (id),
  invited_email text,
  token_hash bytea unique,
  role text not null,
  message text,
  max_uses integer,
  use_count integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null default clock_timestamp() + interval '14 days',
  ended_at timestamptz,
  end_reason text,
  constraint circle_invitations_kind_check check (
    case kind
      when 'person' then user_id is not null and invited_email is null and token_hash is null
      when 'email' then true
      when 'link' then token_hash is not null and user_id is null and invited_email is null
      else false
    end
  ),
  constraint circle_invitations_role_check check (role = 'member' or (role = 'admin' and kind <> 'link')),
  constraint circle_invitations_message_check check (char_length(message) between 1 and 1000),
  constraint circle_invitations_invited_email_check check (char_length(invited_email) <= 320),
  constraint circle_invitations_max_uses_check check (max_uses between 1 and 100000),
  constraint circle_invitations_end_check check (
    (ended_at is null) = (end_reason is null) and end_reason in ('accepted', 'declined', 'revoked', 'removed', 'account_deleted')
  )
);
comment on table private.circle_invitations is
  'Invitations into circles: of a person, of an address, or by a link. None of them is a membership before it is accepted.';
comment on column private.circle_invitations.token_hash is 'SHA-256 of the token, which is returned once and not stored.';
comment on column private.circle_invitations.invited_email is 'Only the user who invited sees it.';
comment on column private.circle_invitations.user_id is 'Who is invited; of an address, the user who accepted.';

create unique index circle_invitations_person_key on private.circle_invitations (circle_id, user_id) where kind = 'person' and ended_at is null;
create unique index circle_invitations_email_key on private.circle_invitations (circle_id, invited_email) where kind = 'email' and ended_at is null;
create index circle_invitations_list_idx on private.circle_invitations (circle_id, created_at desc, id desc);
create index circle_invitations_user_id_idx on private.circle_invitations (user_id, created_at desc, id desc);
create index circle_invitations_invited_by_idx on private.circle_invitations (invited_by);
create index circle_invitations_invited_email_idx on private.circle_invitations (invited_email) where ended_at is null;

create table private.circle_exclusions (
  circle_id uuid not null references public.circles (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  is_ban boolean not null,
  excluded_by uuid not null references public.profiles (id),
  created_at timestamptz not null default clock_timestamp(),
  primary key (circle_id, user_id)
);
comment on table private.circle_exclusions is
  'Who was removed from a circle: older links and invitations do not let that user in again. A ban keeps out until it is lifted.';

create index circle_exclusions_user_id_idx on private.circle_exclusions (user_id);
create index circle_exclusions_excluded_by_idx on private.circle_exclusions (excluded_by);
create index circle_exclusions_list_idx on private.circle_exclusions (circle_id, created_at desc, user_id desc) where is_ban;

create function private.circle_summary(circle public.circles, viewer uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', circle.id, 'name', circle.name, 'picture_path', circle.picture_path,
    'role', private.role_of('circle', circle.id, viewer),
    'member_count', (select count(*) from public.circle_members m where m.circle_id = circle.id),
    'conversation_id', (select k.conversation_id from private.circle_conversations k where k.circle_id = circle.id),
    'version', circle.version, 'created_at', circle.created_at, 'updated_at', circle.updated_at);
end
$$;
comment on function private.circle_summary is 'A circle as lists show it to a member.';

create function private.circle_json(circle_id uuid, viewer uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select private.circle_summary(c, viewer) || jsonb_build_object('members', (
      select jsonb_agg(jsonb_build_object('id', p.id, 'handle', p.handle, 'display_name', p.display_name, 'avatar_path', p.avatar_path,
        'role', m.role, 'joined_at', m.joined_at) order by array_position('{owner,admin,member}'::text[], m.role), m.joined_at, m.user_id)
      from public.circle_members m
      join public.profiles p on p.id = m.user_id
      where m.circle_id = c.id
    ))
    from public.circles c
    where c.id = circle_json.circle_id
  );
end
$$;
comment on function private.circle_json is 'A circle with its members, for a member.';

create function private.raise_circle_not_found(operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.require_role('circle', false, null, operation, '{}');
end
$$;

create function private.lock_circle(circle_id uuid, operation text, allowed text[])
returns public.circles
language plpgsql
set search_path = ''
as $$
declare
  circle public.circles;
begin
  select c.* into circle from public.circles c where c.id = lock_circle.circle_id for no key update;
  -- Asked after the lock: the caller may have been removed or set back while this waited.
  perform private.require_role('circle', circle.id is not null, private.role_in('circle', circle_id), operation, allowed);
  return circle;
end
$$;
comment on function private.lock_circle is 'Holds a circle in which the caller has one of the roles; raises circle_not_found to all who are not members.';

create function private.touch_circle(circle_id uuid, change_type text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  following integer;
begin
  update public.circles c
  set version = c.version + 1, updated_at = clock_timestamp()
  where c.id = touch_circle.circle_id
  returning c.version into following;
  perform private.deliver_target_change('circle', circle_id, following, change_type);
end
$$;
comment on function private.touch_circle is 'Counts a change of a circle whose row is held, and tells the members who watch it.';

create function private.can_notify(person uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  -- A notice refers to a profile. An account that is being deleted holds its own, and waits for the circle that we hold.
  perform from public.profiles p where p.id = person and p.user_id is not null for key share skip locked;
  return found;
end
$$;
comment on function private.can_notify is 'Whether a user can get a notice without waiting; holds the profile until the notice is written.';

create function private.notify_of_circle(person uuid, kind text, circle public.circles, actor uuid, data jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.notify(person, notify_of_circle.kind, t, actor, jsonb_build_object('subject_id', circle.id) || data)
  from private.targets t
  where t.kind = 'circle' and t.id = circle.id and private.can_notify(person);
end
$$;

create function private.end_circle_watches(circle_id uuid, people uuid[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Of what those people have open, all that the circle gave them; private.renew_watch holds the rows of members until its watch is written.
  perform private.end_lost_watches(w.target_kind, w.target_id)
  from (
    select distinct o.target_kind, o.target_id
    from private.watchers o
    where o.user_id = any (people)
      and (
        (o.target_kind = 'circle' and o.target_id = end_circle_watches.circle_id)
        or exists (
          select
          from public.shares h
          where h.circle_id = end_circle_watches.circle_id and h.target_kind = o.target_kind and h.target_id = o.target_id and h.ended_at is null
        )
      )
    order by o.target_kind desc, o.target_id
  ) as w;
end
$$;
comment on function private.end_circle_watches is 'Ends what people who left a circle have open because of it.';

create function private.take_out_of_circle(circle_id uuid, person uuid, change_type text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from public.circle_members m where m.circle_id = take_out_of_circle.circle_id and m.user_id = person;
  perform private.end_circle_watches(circle_id, array[person]);
  perform private.touch_circle(circle_id, change_type);
end
$$;
comment on function private.take_out_of_circle is 'Ends the membership of a person in a circle that is held, and every role that came with it.';

create function private.require_room_for_circle(person uuid, operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- The caller has taken a token of circle_join, a row of that person's: two of their calls count one after the other.
  if (select count(*) from public.circle_members m where m.user_id = person) >= private.at_most('circles_joined') then
    perform private.raise_error('too_many_circles', format('unable to %s; you are in %s circles', operation, private.at_most('circles_joined')),
      'Leave one first.');
  end if;
end
$$;

create function private.require_room_for_invitation(circle_id uuid, operation text, wanted text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if (
    select count(*)
    from private.circle_invitations i
    where i.circle_id = require_room_for_invitation.circle_id and i.ended_at is null and i.expires_at > now()
      and (i.kind = 'link') = (wanted = 'circle_links')
  ) >= private.at_most(wanted) then
    perform private.raise_error('too_many_invitations',
      format('unable to %s; the circle has %s that are open', operation, private.at_most(wanted)), 'Revoke one first.');
  end if;
end
$$;
comment on function private.require_room_for_invitation is 'Raises when as many invitations or links of a circle that is held are open as may be.';

create policy "Members see their circles"
on public.circles
for select
to authenticated
using (private.role_in('circle', id) is not null);

create policy "Members see who is in their circles"
on public.circle_members
for select
to authenticated
using (private.role_in('circle', circle_id) is not null);

revoke all on private.circle_invitations, private.circle_exclusions from public, anon, authenticated, service_role;
revoke execute on function
  private.circle_summary(public.circles, uuid),
  private.circle_json(uuid, uuid),
  private.raise_circle_not_found(text),
  private.lock_circle(uuid, text, text[]),
  private.touch_circle(uuid, text),
  private.can_notify(uuid),
  private.notify_of_circle(uuid, text, public.circles, uuid, jsonb),
  private.end_circle_watches(uuid, uuid[]),
  private.take_out_of_circle(uuid, uuid, text),
  private.require_room_for_circle(uuid, text),
  private.require_room_for_invitation(uuid, text, text)
from public, anon, authenticated, service_role;

-- The calls that create, change, read, watch and delete circles.

create function private.create_circle(circle_id uuid, name text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  what constant text := 'create the circle';
  kept text := private.check_text('name', name, 120, what, 'name');
  made boolean;
begin
  if circle_id is null then
    perform private.raise_error('invalid_input', 'unable to create the circle; it has no id', 'Make a UUID per circle and keep it when you retry.',
      '{"field": "id"}');
  end if;
  -- The same circle again is a success, and costs nothing.
  if not exists (select from public.circles c where c.id = circle_id) then
    perform private.take_token(caller, 'circle');
    perform private.take_token(caller, 'circle_join');
    perform private.require_room_for_circle(caller, what);
    perform private.hold_account();
    -- The id of a user is taken: their pictures are in a folder of that name, as those of a circle are.
    insert into public.circles as c (id, name, created_by)
    select circle_id, kept, caller
    where not exists (select from auth.users u where u.id = circle_id) and not exists (select from public.profiles p where p.id = circle_id)
    on conflict (id) do nothing
    returning true into made;
    if made then
      insert into public.circle_members (circle_id, user_id, role) values (circle_id, caller, 'owner');
    end if;
  end if;
  if not exists (select from public.circles c where c.id = circle_id and c.created_by = caller)
    or private.role_of('circle', circle_id, caller) is null
  then
    perform private.raise_error('invalid_input', 'unable to create the circle; its id is taken', 'Make a new UUID for each circle.', '{"field": "id"}');
  end if;
  return private.circle_json(circle_id, caller);
end
$$;

create function private.update_circle(circle_id uuid, name text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  kept text := private.check_text('name', name, 120, 'rename the circle', 'name');
  circle public.circles;
begin
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  circle := private.lock_circle(circle_id, 'rename', '{owner,admin}');
  if circle.name <> kept then
    update public.circles c set name = kept where c.id = circle.id;
    perform private.touch_circle(circle.id, 'renamed');
  end if;
  return private.circle_json(circle.id, caller);
end
$$;

create function private.get_circle(circle_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
begin
  if private.role_in('circle', circle_id) is null then
    perform private.raise_circle_not_found('get');
  end if;
  return private.circle_json(circle_id, caller);
end
$$;

create function private.list_circles(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
begin
  perform private.check_page_size('list the circles', page_size, 200, 1);
  return query
    select private.circle_summary(c, caller)
    from public.circle_members m
    join public.circles c on c.id = m.circle_id
    where m.user_id = caller and (c.created_at, c.id) < (before_created_at, before_id)
    order by c.created_at desc, c.id desc
    limit page_size;
end
$$;

create function private.remove_circle(circle public.circles)
returns void
language plpgsql
set search_path = ''
as $$
declare
  people uuid[];
begin
  -- The targets first, as everywhere; then the members, so that a watch that is being written is waited for.
  perform
  from public.setlists l
  where l.id in (select h.setlist_id from public.shares h where h.circle_id = circle.id)
  order by l.id
  for no key update;
  perform
  from public.songs s
  where s.id in (select h.song_id from public.shares h where h.circle_id = circle.id)
  order by s.id
  for no key update;
  -- Its conversation stays, an ordinary group of those who take part now.
  delete from private.circle_conversations c where c.circle_id = circle.id;
  with gone as (
    delete from public.circle_members m where m.circle_id = circle.id returning m.user_id
  )
  select array_agg(g.user_id) into people from gone g;
  perform private.end_circle_watches(circle.id, people);
  delete from public.circles c where c.id = circle.id;
end
$$;
comment on function private.remove_circle is 'Removes a circle that is held, with its invitations and all that was shared with it.';

create function private.delete_circle(circle_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  circle public.circles;
begin
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  -- Whoever is sharing with the circle at this moment comes first, or finds it gone.
  perform from public.circles c where c.id = delete_circle.circle_id for update;
  circle := private.lock_circle(circle_id, 'delete', '{owner}');
  perform private.notify_of_circle(m.user_id, 'circle_deleted', circle, caller, '{}')
  from public.circle_members m
  where m.circle_id = circle.id and m.user_id <> caller;
  perform private.remove_circle(circle);
end
$$;

create function private.watch_circle(circle_id uuid, known_version integer)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  topic_key uuid;
  answer jsonb;
begin
  if private.role_in('circle', circle_id) is null then
    perform private.raise_circle_not_found('watch');
  end if;
  topic_key := private.renew_watch('circle', circle_id);
  select jsonb_build_object('role', private.role_in('circle', c.id), 'version', c.version, 'live_key', topic_key,
    'circle', case when c.version is distinct from known_version then private.circle_json(c.id, caller) end)
  into answer
  from public.circles c
  where c.id = watch_circle.circle_id;
  -- Again, for this may have waited behind what took it away.
  if answer ->> 'role' is null then
    perform private.raise_circle_not_found('watch');
  end if;
  return answer;
exception
  when foreign_key_violation then
    perform private.raise_circle_not_found('watch');
end
$$;

create function public.create_circle(circle_id uuid, name text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_circle(circle_id, name)
$$;
comment on function public.create_circle is 'A circle with the caller as its owner; the same id again answers the same circle.';

create function public.update_circle(circle_id uuid, name text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.update_circle(circle_id, name)
$$;
comment on function public.update_circle is 'Renames a circle. For owners and admins.';

create function public.get_circle(circle_id uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_circle(circle_id)
$$;
comment on function public.get_circle is 'A circle of the caller''s with its members; for all others there is none.';

create function public.list_circles(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_circles(page_size, before_created_at, before_id)
$$;
comment on function public.list_circles is 'The circles in which the caller is, the newest first; a page of at most 201.';

create function public.delete_circle(circle_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.delete_circle(circle_id)
$$;
comment on function public.delete_circle is 'Removes a circle for good, and the roles of all members in what was shared with it. For owners.';

create function public.watch_circle(circle_id uuid, known_version integer default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.watch_circle(circle_id, known_version)
$$;
comment on function public.watch_circle is
  'For members: for 90 seconds from now on the caller hears of changes. Answers role, version, the topic''s key, and the circle unless its version is known.';

revoke execute on function
  private.create_circle(uuid, text),
  private.update_circle(uuid, text),
  private.get_circle(uuid),
  private.list_circles(integer, timestamptz, uuid),
  private.remove_circle(public.circles),
  private.delete_circle(uuid),
  private.watch_circle(uuid, integer),
  public.create_circle(uuid, text),
  public.update_circle(uuid, text),
  public.get_circle(uuid),
  public.list_circles(integer, timestamptz, uuid),
  public.delete_circle(uuid),
  public.watch_circle(uuid, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.create_circle(uuid, text),
  private.update_circle(uuid, text),
  private.get_circle(uuid),
  private.list_circles(integer, timestamptz, uuid),
  private.delete_circle(uuid),
  private.watch_circle(uuid, integer),
  public.create_circle(uuid, text),
  public.update_circle(uuid, text),
  public.get_circle(uuid),
  public.list_circles(integer, timestamptz, uuid),
  public.delete_circle(uuid),
  public.watch_circle(uuid, integer)
to authenticated;

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

-- The calls of the API about invitations into circles.

create function public.invite_to_circle(
  circle_id uuid,
  user_id uuid default null,
  handle text default null,
  email text default null,
  role text default 'member',
  message text default null,
  expires_at timestamptz default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.invite_to_circle(circle_id, user_id, handle, email, role, message, expires_at)
$$;
comment on function public.invite_to_circle is
  'Invites a person, by id, handle or address, into a circle; doing so again changes role, message and expiry. Never tells whether an address has an account. For owners and admins.';

create function public.create_circle_link(circle_id uuid, max_uses integer default null, expires_at timestamptz default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_circle_link(circle_id, max_uses, expires_at)
$$;
comment on function public.create_circle_link is
  'Creates a link by which users join a circle as members; its token is in this answer and nowhere else. For owners and admins.';

create function public.list_circle_invitations(
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
  select * from private.list_circle_invitations(circle_id, page_size, before_created_at, before_id)
$$;
comment on function public.list_circle_invitations is
  'Invitations and links of a circle, ended ones too, the latest first; a page of at most 201. For owners and admins.';

create function public.revoke_circle_invitation(invitation_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.revoke_circle_invitation(invitation_id)
$$;
comment on function public.revoke_circle_invitation is
  'Ends an invitation or a link of a circle; members who came by it stay. Doing so again changes nothing. For owners and admins.';

create function public.get_circle_invitation(token text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.get_circle_invitation(token)
$$;
comment on function public.get_circle_invitation is 'What a token invites to, before it is accepted: the circle''s name and picture, who invites, the role.';

create function public.accept_circle_invitation(invitation_id uuid default null, token text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.accept_circle_invitation(invitation_id, token)
$$;
comment on function public.accept_circle_invitation is 'Joins a circle by an invitation of the caller''s or by a token; answers the circle. Once more changes nothing.';

create function public.decline_circle_invitation(invitation_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.decline_circle_invitation(invitation_id)
$$;
comment on function public.decline_circle_invitation is 'Declines an invitation of the caller''s; does nothing when it has ended.';

create function public.list_circle_invitations_received()
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_circle_invitations_received()
$$;
comment on function public.list_circle_invitations_received is 'Invitations that the caller can accept, the latest 200.';

create function public.create_circle_invitation_link(invitation_id uuid)
returns text
language sql
set search_path = ''
as $$
  select private.create_circle_invitation_link(invitation_id)
$$;
comment on function public.create_circle_invitation_link is
  'For the service: a token for one invitation by address, to be sent there; accept_circle_invitation takes it. A new one ends the last.';

create view private.circle_invitations_made as select * from private.circle_invitations;

create view private.circle_invitations_received as
select id, kind, user_id, role, message, created_at, expires_at, ended_at, end_reason from private.circle_invitations where kind <> 'link';

-- A creator who is in a circle no more does not learn its present name.
create view private.circles_created as
select c.*
from public.circles c
where exists (select from public.circle_members m where m.circle_id = c.id and m.user_id = c.created_by);

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.circles_created', 29, 'created_by', 't.id', array['id', 'name', 'created_at'], '{}'),
  ('private.circle_invitations_made', 27, 'invited_by', 't.id', null, array['token_hash', 'user_id']),
  ('private.circle_invitations_received', 28, 'user_id', 't.id', null, '{}');

revoke all on private.circle_invitations_made, private.circle_invitations_received, private.circles_created from public, anon, authenticated, service_role;
revoke execute on function
  private.raise_invitation_not_found(),
  private.invitation_stands(private.circle_invitations),
  private.circle_invitation_json(private.circle_invitations, uuid),
  private.check_circle_invitation(text, text, timestamptz),
  private.lock_circle_to_invite(uuid, text, text),
  private.person_of_handle(text),
  private.open_circle_invitation(uuid, uuid, text),
  private.invite_to_circle(uuid, uuid, text, text, text, text, timestamptz),
  private.create_circle_link(uuid, integer, timestamptz),
  private.list_circle_invitations(uuid, integer, timestamptz, uuid),
  private.revoke_circle_invitation(uuid),
  private.is_invited(private.circle_invitations, uuid),
  private.read_invitation(uuid, text, uuid),
  private.check_invitation(private.circle_invitations, boolean, uuid),
  private.get_circle_invitation(text),
  private.accept_circle_invitation(uuid, text),
  private.decline_circle_invitation(uuid),
  private.list_circle_invitations_received(),
  private.create_circle_invitation_link(uuid),
  public.invite_to_circle(uuid, uuid, text, text, text, text, timestamptz),
  public.create_circle_link(uuid, integer, timestamptz),
  public.list_circle_invitations(uuid, integer, timestamptz, uuid),
  public.revoke_circle_invitation(uuid),
  public.get_circle_invitation(text),
  public.accept_circle_invitation(uuid, text),
  public.decline_circle_invitation(uuid),
  public.list_circle_invitations_received(),
  public.create_circle_invitation_link(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.invite_to_circle(uuid, uuid, text, text, text, text, timestamptz),
  private.create_circle_link(uuid, integer, timestamptz),
  private.list_circle_invitations(uuid, integer, timestamptz, uuid),
  private.revoke_circle_invitation(uuid),
  private.get_circle_invitation(text),
  private.accept_circle_invitation(uuid, text),
  private.decline_circle_invitation(uuid),
  private.list_circle_invitations_received(),
  public.invite_to_circle(uuid, uuid, text, text, text, text, timestamptz),
  public.create_circle_link(uuid, integer, timestamptz),
  public.list_circle_invitations(uuid, integer, timestamptz, uuid),
  public.revoke_circle_invitation(uuid),
  public.get_circle_invitation(text),
  public.accept_circle_invitation(uuid, text),
  public.decline_circle_invitation(uuid),
  public.list_circle_invitations_received()
to authenticated;
grant execute on function
  private.create_circle_invitation_link(uuid),
  public.create_circle_invitation_link(uuid)
to service_role;

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

-- Pictures of circles: files in the bucket of pictures, in a folder of the circle's id.

create function private.manages_circle_of(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  folder text := split_part(path, '/', 1);
begin
  -- Every policy of the bucket is asked for every file: a foreign folder is false, never an error.
  if not private.is_uuid(folder) then
    return false;
  end if;
  return coalesce(private.role_in('circle', folder::uuid) in ('owner', 'admin'), false);
end
$$;
comment on function private.manages_circle_of is 'Whether a file is in the folder of a circle that the caller owns or administers.';

create function private.may_upload_circle_picture(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  return private.manages_circle_of(path) and (
    select coalesce(count(*) < private.at_most('avatars'), true)
    from storage.objects o
    where o.bucket_id = 'tertulia-avatars' and o.name like split_part(path, '/', 1) || '/%'
  );
end
$$;

create function private.is_circle_picture(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Held, so that nobody makes the file the picture while it is being removed.
  perform from public.circles c where private.is_uuid(split_part(path, '/', 1)) and c.id::text = split_part(path, '/', 1) and c.picture_path = path for share;
  return found;
end
$$;

create function private.set_circle_picture(circle_id uuid, path text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  circle public.circles;
  uploaded_at timestamptz := 'infinity';
  replaced jsonb;
begin
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  circle := private.lock_circle(circle_id, 'set the picture of', '{owner,admin}');
  if path is not null then
    select o.created_at into uploaded_at
    from storage.objects o
    where o.bucket_id = 'tertulia-avatars' and o.name = path and o.name like circle.id || '/%';
    if not found then
      perform private.raise_error('invalid_input', 'unable to set the picture; there is no such file in the circle''s folder', 'Upload it first.',
        '{"field": "picture"}');
    end if;
  end if;
  if circle.picture_path is distinct from path then
    update public.circles c set picture_path = path where c.id = circle.id;
    perform private.touch_circle(circle.id, 'picture');
  end if;
  -- What came later may be another admin's, about to be set.
  select coalesce(jsonb_agg(o.name order by o.name), '[]') into replaced
  from storage.objects o
  where o.bucket_id = 'tertulia-avatars' and o.name like circle.id || '/%' and o.name is distinct from path and o.created_at <= uploaded_at;
  return jsonb_build_object('picture_path', path, 'replaced', replaced);
end
$$;

create function public.set_circle_picture(circle_id uuid, path text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_circle_picture(circle_id, path)
$$;
comment on function public.set_circle_picture is
  'Makes a file in the circle''s folder its picture, or with null none; answers the files that it replaced, for the caller to remove. For owners and admins.';

create policy "Owners and admins upload pictures of their circle"
on storage.objects
for insert
to authenticated
with check (
  bucket_id = 'tertulia-avatars'
  and name ~ E'^[0-9a-f-]{36}/[0-9a-f-]{36}\\.(?:png|jpg|webp|gif|avif)$'
  -- Storage holds a copy from another bucket to neither the types nor the size of this one.
  and coalesce(metadata ->> 'mimetype', 'image/') like 'image/%'
  and coalesce((metadata ->> 'size')::bigint, 0) <= 2097152
  and private.may_upload_circle_picture(name)
);

create policy "Owners and admins see the files of their circle's pictures"
on storage.objects
for select
to authenticated
using (bucket_id = 'tertulia-avatars' and private.manages_circle_of(name));

create policy "Owners and admins remove replaced pictures of their circle"
on storage.objects
for delete
to authenticated
using (bucket_id = 'tertulia-avatars' and private.manages_circle_of(name) and not private.is_circle_picture(name));

revoke execute on function
  private.manages_circle_of(text),
  private.may_upload_circle_picture(text),
  private.is_circle_picture(text),
  private.set_circle_picture(uuid, text),
  public.set_circle_picture(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.manages_circle_of(text),
  private.may_upload_circle_picture(text),
  private.is_circle_picture(text),
  private.set_circle_picture(uuid, text),
  public.set_circle_picture(uuid, text)
to authenticated;

-- What becomes of circles when an account is deleted.

create function private.lock_circles_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.hold_circles_of(new.id);
  return null;
end
$$;
comment on function private.lock_circles_of_deleted is 'Trigger, before those about songs: holds every circle that a person who goes is in.';

create function private.leave_circles_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  circle public.circles;
  heir uuid;
begin
  for circle in
    select c.*
    from public.circles c
    where c.id in (select m.circle_id from public.circle_members m where m.user_id = new.id)
    order by c.id
  loop
    if not exists (select from public.circle_members m where m.circle_id = circle.id and m.user_id <> new.id) then
      perform private.remove_circle(circle);
      continue;
    end if;
    if private.role_of('circle', circle.id, new.id) = 'owner' and not private.has_other_owner(circle.id, new.id) then
      -- As in groups: the longest-standing admin, else member.
      select o.user_id into heir
      from public.circle_members o
      where o.circle_id = circle.id and o.user_id <> new.id
      order by o.role, o.joined_at, o.user_id
      limit 1;
      update public.circle_members m set role = 'owner' where m.circle_id = circle.id and m.user_id = heir;
      perform private.notify_of_circle(heir, 'circle_role_changed', circle, null, '{"role": "owner"}');
    end if;
    -- What the person watches ends with the trigger for all watches, in one order.
    delete from public.circle_members m where m.circle_id = circle.id and m.user_id = new.id;
    perform private.touch_circle(circle.id, 'left');
  end loop;
  -- No address and no word stays, and nobody is kept out or invited who is gone.
  update private.circle_invitations i
  set ended_at = coalesce(i.ended_at, clock_timestamp()), end_reason = coalesce(i.end_reason, 'account_deleted'), message = null, invited_email = null
  where i.invited_by = new.id;
  update private.circle_invitations i set user_id = null, invited_email = null, message = null where i.user_id = new.id and i.kind = 'email';
  delete from private.circle_invitations i where i.user_id = new.id and i.kind = 'person';
  delete from private.circle_exclusions e where e.user_id = new.id;
  return null;
end
$$;
comment on function private.leave_circles_of_deleted is
  'Trigger: a person who goes leaves every circle; one that nobody else owns gets another owner, one that nobody else is in goes.';

-- Before the songs, whose trigger comes next by name.
create trigger profiles_before_circles
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.lock_circles_of_deleted();

-- After the targets are held, and before the watches end.
create trigger profiles_end_circles
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.leave_circles_of_deleted();

revoke execute on function private.lock_circles_of_deleted(), private.leave_circles_of_deleted() from public, anon, authenticated, service_role;

-- The group conversation of a circle. Lock order: the circle, then its conversation.

create function private.follow_circle()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  person constant uuid := coalesce(new.user_id, old.user_id);
  conversation uuid;
begin
  select c.conversation_id into conversation
  from private.circle_conversations c
  where c.circle_id = coalesce(new.circle_id, old.circle_id);
  if conversation is null then
    return null;
  end if;
  perform from public.conversations c where c.id = conversation for no key update;
  if tg_op = 'DELETE' then
    -- An account that is being deleted has left its conversations before its circles.
    if exists (
      select from public.conversation_participants p where p.conversation_id = conversation and p.user_id = person and p.left_at is null
    ) then
      perform private.take_leave(conversation, person, case when person = (select auth.uid()) then 'left' else 'removed' end);
    end if;
  elsif tg_op = 'INSERT' then
    perform private.seat_people(conversation, null, array[person]);
    update public.conversation_participants p
    set role = new.role
    where p.conversation_id = conversation and p.user_id = person;
    perform private.change_group(conversation, false, '{}', array[person], private.system_event('joined', array[person]));
  else
    update public.conversation_participants p
    set role = new.role
    where p.conversation_id = conversation and p.user_id = person and p.left_at is null;
    perform private.change_group(conversation, false, '{}', array[person]);
  end if;
  return null;
end
$$;
comment on function private.follow_circle is 'Trigger: who joins or leaves a circle, or gets another role in it, does so in its conversation.';

create function private.rename_circle_conversation()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  conversation uuid;
begin
  select c.conversation_id into conversation from private.circle_conversations c where c.circle_id = new.id;
  if conversation is null then
    return null;
  end if;
  update public.conversations c set subject = new.name where c.id = conversation;
  perform private.change_group(conversation, false, jsonb_build_object('subject', new.name), '{}',
    private.system_event('renamed', '{}', to_jsonb(new.name)));
  return null;
end
$$;
comment on function private.rename_circle_conversation is 'Trigger: the conversation of a circle has its name.';

create function private.open_circle_conversation(circle_id uuid)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_account();
  circle public.circles;
  conversation uuid;
begin
  if private.role_in('circle', circle_id) is null then
    perform private.raise_circle_not_found('open the conversation of');
  end if;
  select c.conversation_id into conversation from private.circle_conversations c where c.circle_id = circle_id;
  if found then
    return conversation;
  end if;
  perform private.take_token(caller, 'group');
  perform private.hold_account();
  circle := private.lock_circle(circle_id, 'open a conversation for', '{owner,admin}');
  -- Of two calls at once the second finds what the first made.
  select c.conversation_id into conversation from private.circle_conversations c where c.circle_id = circle.id;
  if found then
    return conversation;
  end if;
  insert into public.conversations (id, kind, subject, created_by, last_revision)
  values (gen_random_uuid(), 'group', circle.name, caller, 0)
  returning id into conversation;
  perform private.seat_people(conversation, null, array(select m.user_id from public.circle_members m where m.circle_id = circle.id));
  update public.conversation_participants p
  set role = m.role
  from public.circle_members m
  where p.conversation_id = conversation and m.circle_id = circle.id and m.user_id = p.user_id;
  insert into private.circle_conversations (circle_id, conversation_id) values (circle.id, conversation);
  -- No client knows the group yet: they all ask for it.
  perform private.change_group(conversation, false, null, '{}',
    private.system_event('created', array(select m.user_id from public.circle_members m where m.circle_id = circle.id and m.user_id <> caller)));
  perform private.touch_circle(circle.id, 'conversation');
  return conversation;
end
$$;

create function private.release_circle_conversation(circle_id uuid)
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
  circle := private.lock_circle(circle_id, 'release the conversation of', '{owner}');
  delete from private.circle_conversations c where c.circle_id = circle.id;
  if found then
    perform private.touch_circle(circle.id, 'conversation');
  end if;
end
$$;

create function public.open_circle_conversation(circle_id uuid)
returns uuid
language sql
set search_path = ''
as $$
  select private.open_circle_conversation(circle_id)
$$;
comment on function public.open_circle_conversation is
  'The id of the group conversation of a circle, for its members. Where there is none, owners and admins make one of all members.';

create function public.release_circle_conversation(circle_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.release_circle_conversation(circle_id)
$$;
comment on function public.release_circle_conversation is
  'Makes the conversation of a circle an ordinary group of those who take part now; the circle can have another one. For owners.';

create trigger circle_members_follow
after insert or delete or update of role on public.circle_members
for each row
execute function private.follow_circle();

create trigger circles_rename_conversation
after update of name on public.circles
for each row
when (new.name is distinct from old.name)
execute function private.rename_circle_conversation();

revoke execute on function
  private.follow_circle(),
  private.rename_circle_conversation(),
  private.open_circle_conversation(uuid),
  private.release_circle_conversation(uuid),
  public.open_circle_conversation(uuid),
  public.release_circle_conversation(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.open_circle_conversation(uuid),
  private.release_circle_conversation(uuid),
  public.open_circle_conversation(uuid),
  public.release_circle_conversation(uuid)
to authenticated;

-- Requests for access to a song or setlist whose id a user has.
--
-- Nothing is revealed: asking for what does not exist, or is in the trash, or belongs to a user who blocked the caller, is answered and
-- listed like any other request. So a request has no foreign key to its target; it ends after 30 days.

create table private.access_requests (
  id uuid primary key default gen_random_uuid(),
  target_kind text not null,
  target_id uuid not null,
  requested_by uuid not null references public.profiles (id) on delete cascade,
  message text,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  outcome text,
  constraint access_requests_target_key unique (target_kind, target_id, requested_by),
  constraint access_requests_target_check check (target_kind in ('song', 'setlist')),
  constraint access_requests_message_check check (char_length(message) between 1 and 1000),
  constraint access_requests_outcome_check check ((ended_at is null) = (outcome is null) and outcome in ('granted', 'declined', 'withdrawn'))
);
comment on table private.access_requests is
  'Who asked for access to what, one row for each user and target; also for ids that do not exist, so that no answer tells which do.';
comment on column private.access_requests.ended_at is 'The user who asked does not see it: a declined request looks like one that waits.';

create index access_requests_requested_by_idx on private.access_requests (requested_by, created_at desc, id desc);
create index access_requests_created_at_idx on private.access_requests (created_at);

create function private.raise_access_request_not_found()
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('request_not_found', 'unable to answer the request; there is none with that id for you that is open',
    'It may have been answered or withdrawn.');
end
$$;

create function private.request_access(target_kind text, target_id uuid, message text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  made uuid;
  target private.targets;
begin
  perform private.check_target_kind(target_kind, 'request access');
  if target_id is null then
    perform private.raise_error('invalid_input', 'unable to request access; the id is missing', 'Pass the id of a song or setlist.',
      '{"field": "target_id"}');
  elsif message is not null then
    perform private.check_text('lines', message, 1000, 'request access', 'message');
  end if;
  perform private.take_token(caller, 'access_request');
  perform private.hold_account();
  -- Asking again within 30 days changes nothing, whatever became of the first request.
  insert into private.access_requests as r (target_kind, target_id, requested_by, message)
  values (target_kind, target_id, caller, message)
  on conflict on constraint access_requests_target_key do update
  set message = excluded.message, created_at = excluded.created_at, ended_at = null, outcome = null
  where r.created_at <= clock_timestamp() - interval '30 days'
  returning r.id into made;
  select t.* into target from private.targets t where t.kind = target_kind and t.id = target_id and t.deleted_at is null;
  if made is not null and target.created_by <> caller and not private.are_blocked(caller, array[target.created_by])
    and private.try_token(target.created_by, 'access_notices')
  then
    begin
      perform private.notify(target.created_by, 'access_requested', target, caller, jsonb_build_object('subject_id', made));
    exception when foreign_key_violation then
      -- Deleted at this moment: answered like what does not exist.
      null;
    end;
  end if;
end
$$;

create function private.list_access_requests(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
begin
  perform private.check_page_size('list the requests', page_size, 200, 1);
  return query
    select jsonb_build_object('id', r.id, 'target_kind', t.kind, 'title', t.title, 'requested_by', private.person_json(r.requested_by),
      'message', r.message, 'created_at', r.created_at) || private.target_json(t.kind, t.id)
    from private.targets t
    join private.access_requests r on r.target_kind = t.kind and r.target_id = t.id
    where t.created_by = caller and t.deleted_at is null
      and r.ended_at is null and r.requested_by <> caller and r.created_at > now() - interval '30 days'
      and not private.are_blocked(caller, array[r.requested_by])
      and (r.created_at, r.id) < (before_created_at, before_id)
    order by r.created_at desc, r.id desc
    limit page_size;
end
$$;

create function private.list_access_requests_sent(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
begin
  perform private.check_page_size('list the requests', page_size, 200, 1);
  return query
    select jsonb_build_object('id', r.id, 'target_kind', r.target_kind, 'message', r.message, 'created_at', r.created_at,
      'state', case
        when r.outcome in ('granted', 'withdrawn') then r.outcome
        when r.created_at <= now() - interval '30 days' then 'expired'
        else 'pending'
      end) || private.target_json(r.target_kind, r.target_id)
    from private.access_requests r
    where r.requested_by = caller and (r.created_at, r.id) < (before_created_at, before_id)
    order by r.created_at desc, r.id desc
    limit page_size;
end
$$;

create function private.answer_access_request(request_id uuid, role text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  request private.access_requests;
  share jsonb;
begin
  select r.* into request
  from private.access_requests r
  where r.id = request_id and r.ended_at is null and r.created_at > clock_timestamp() - interval '30 days';
  if private.role_in(request.target_kind, request.target_id) is distinct from 'owner' then
    perform private.raise_access_request_not_found();
  end if;
  if role is null then
    perform private.hold_account();
    perform private.lock_target(request.target_kind, request.target_id, 'answer a request for', '{owner}');
  else
    -- An ordinary share, which the user accepts. A role that the user got since then is not lowered.
    share := private.offer_share(request.target_kind, request.target_id, role, request.requested_by, null, null, null, false, true);
  end if;
  update private.access_requests r
  set ended_at = clock_timestamp(), outcome = case when role is null then 'declined' else 'granted' end
  where r.id = request_id and r.ended_at is null;
  if not found then
    perform private.raise_access_request_not_found();
  end if;
  return share;
end
$$;

create function private.withdraw_access_request(request_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  -- A declined one too: otherwise its state would reveal that it was declined.
  update private.access_requests r
  set ended_at = clock_timestamp(), outcome = 'withdrawn', message = null
  where r.id = request_id and r.requested_by = caller and (r.ended_at is null or r.outcome = 'declined');
  delete from public.notices n where n.kind = 'access_requested' and n.actor_id = caller and n.data ->> 'subject_id' = request_id::text;
end
$$;

create function private.end_access_requests_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from private.access_requests r where r.requested_by = new.id;
  return null;
end
$$;

create function public.request_access(target_id uuid, message text default null, target_kind text default 'song')
returns void
language sql
set search_path = ''
as $$
  select private.request_access(target_kind, target_id, message)
$$;
comment on function public.request_access is
  'Asks the owner of a song or setlist for access; answers nothing, whether there is one or not. Asking again within 30 days changes nothing.';

create function public.list_access_requests(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_access_requests(page_size, before_created_at, before_id)
$$;
comment on function public.list_access_requests is 'Open requests for access to what the caller owns, the latest first; a page of at most 201.';

create function public.list_access_requests_sent(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_access_requests_sent(page_size, before_created_at, before_id)
$$;
comment on function public.list_access_requests_sent is 'The caller''s requests for access, the latest first; one that was declined looks like one that waits.';

create function public.grant_access_request(request_id uuid, role text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.answer_access_request(request_id, coalesce(role, ''))
$$;
comment on function public.grant_access_request is 'Answers a request for access to something of the caller''s own with a share, which the user accepts.';

create function public.decline_access_request(request_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.answer_access_request(request_id, null)
$$;
comment on function public.decline_access_request is 'Declines a request for access to something of the caller''s own; the user who asked is not told.';

create function public.withdraw_access_request(request_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.withdraw_access_request(request_id)
$$;
comment on function public.withdraw_access_request is 'Takes a request of the caller''s back; does nothing when it was answered.';

create trigger profiles_end_requests
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_access_requests_of_deleted();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.access_requests', 30, 'requested_by', 't.id', array['id', 'target_kind', 'target_id', 'message', 'created_at'], '{}');

revoke all on private.access_requests from public, anon, authenticated, service_role;
revoke execute on function
  private.raise_access_request_not_found(),
  private.request_access(text, uuid, text),
  private.list_access_requests(integer, timestamptz, uuid),
  private.list_access_requests_sent(integer, timestamptz, uuid),
  private.answer_access_request(uuid, text),
  private.withdraw_access_request(uuid),
  private.end_access_requests_of_deleted(),
  public.request_access(uuid, text, text),
  public.list_access_requests(integer, timestamptz, uuid),
  public.list_access_requests_sent(integer, timestamptz, uuid),
  public.grant_access_request(uuid, text),
  public.decline_access_request(uuid),
  public.withdraw_access_request(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.request_access(text, uuid, text),
  private.list_access_requests(integer, timestamptz, uuid),
  private.list_access_requests_sent(integer, timestamptz, uuid),
  private.answer_access_request(uuid, text),
  private.withdraw_access_request(uuid),
  public.request_access(uuid, text, text),
  public.list_access_requests(integer, timestamptz, uuid),
  public.list_access_requests_sent(integer, timestamptz, uuid),
  public.grant_access_request(uuid, text),
  public.decline_access_request(uuid),
  public.withdraw_access_request(uuid)
to authenticated;

commit;
