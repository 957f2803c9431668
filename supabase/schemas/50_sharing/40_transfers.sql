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
