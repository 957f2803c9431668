-- Handing a song over to another user, in two steps.

-- Handing over.

create function private.transfer_json(transfer private.song_transfers)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', transfer.id, 'from', private.person_json(transfer.from_id), 'to', private.person_json(transfer.to_id),
    'song_id', case when transfer.from_id = auth.uid() or transfer.outcome = 'accepted' then transfer.song_id end,
    'title', (select s.title from public.songs s where s.id = transfer.song_id),
    'message', transfer.message,
    'state', coalesce(transfer.outcome, case when transfer.expires_at <= now() then 'expired' else 'pending' end),
    'created_at', transfer.created_at, 'expires_at', transfer.expires_at);
end
$$;

create function private.offer_song_transfer(song_id uuid, user_id uuid, message text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  song public.songs;
  transfer private.song_transfers;
  replaced private.song_transfers;
begin
  perform private.check_share('offer the song', 'view', message, null);
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to offer the song; the id is your own', 'Pass the id of another user.',
      '{"field": "user_id"}');
  end if;
  perform private.take_token(caller, 'invite');
  perform private.get_own_profile();
  perform private.hold_people(array[caller, user_id], 'user_id');
  perform private.require_unblocked(caller, array[user_id], 'unable to offer the song; one of you blocked the other');
  song := private.lock_song(song_id, 'hand over', '{owner}');
  update private.song_transfers t
  set ended_at = clock_timestamp(), outcome = 'replaced'
  where t.song_id = song.id and t.ended_at is null
  returning * into replaced;
  insert into private.song_transfers (song_id, from_id, to_id, message)
  values (song.id, caller, user_id, message)
  returning * into transfer;
  -- One that had run out was over already.
  if replaced.to_id <> user_id and replaced.expires_at > clock_timestamp() then
    perform private.notify(replaced.to_id, 'transfer_cancelled', song, caller, jsonb_build_object('subject_id', replaced.id));
  end if;
  perform private.notify(user_id, 'transfer_offered', song, caller, jsonb_build_object('subject_id', transfer.id));
  return private.transfer_json(transfer);
end
$$;

create function public.offer_song_transfer(song_id uuid, user_id uuid, message text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.offer_song_transfer(song_id, user_id, message)
$$;
comment on function public.offer_song_transfer is
  'Offers one of the caller''s own songs to a new owner, who has 14 days to accept; an offer made before is replaced.';

create function private.find_transfer(transfer_id uuid, caller uuid)
returns private.song_transfers
language plpgsql
set search_path = ''
as $$
declare
  transfer private.song_transfers;
begin
  select t.* into transfer from private.song_transfers t where t.id = transfer_id and caller in (t.from_id, t.to_id);
  perform from public.profiles p where p.id in (transfer.from_id, transfer.to_id) order by p.id for share;
  perform from public.songs s where s.id = transfer.song_id for no key update;
  select t.* into transfer
  from private.song_transfers t
  join public.songs s on s.id = t.song_id and s.deleted_at is null and s.created_by = t.from_id
  where t.id = transfer_id and caller in (t.from_id, t.to_id) and t.ended_at is null and t.expires_at > clock_timestamp()
  for update of t;
  if transfer.id is null then
    perform private.raise_error('transfer_not_found', 'unable to reach the transfer; there is none that is pending', 'It may have ended.');
  end if;
  return transfer;
end
$$;
comment on function private.find_transfer is 'A pending transfer from or to the caller, with its song held.';

create function private.accept_song_transfer(transfer_id uuid)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  transfer private.song_transfers := private.find_transfer(transfer_id, caller);
  song public.songs;
begin
  if transfer.to_id <> caller or private.are_blocked(caller, array[transfer.from_id])
    or not exists (select from public.profiles p where p.id = caller and p.user_id is not null)
  then
    perform private.raise_error('transfer_not_found', 'unable to accept the transfer; there is none for you', 'It may have ended.');
  end if;
  update private.song_transfers t set ended_at = clock_timestamp(), outcome = 'accepted' where t.id = transfer.id;
  -- What the new owner had is less; what the two offered each other is void.
  update public.song_shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'became_owner'
  where h.song_id = transfer.song_id and h.shared_with = caller and h.ended_at is null and (h.kind <> 'email' or h.accepted_at is not null);
  -- The owner of an address that never accepted is not revealed.
  update public.song_shares h
  set shared_with = null
  where h.song_id = transfer.song_id and h.shared_with = caller and h.ended_at is null;
  update public.songs s set created_by = caller where s.id = transfer.song_id returning * into song;
  -- The old owner stays as an admin, and the new one can revoke that.
  insert into public.song_shares (song_id, kind, shared_by, shared_with, role, song_created_at, accepted_at)
  values (song.id, 'person', caller, transfer.from_id, 'admin', song.created_at, clock_timestamp());
  perform private.end_lost_watches(song.id);
  perform private.notify(transfer.from_id, 'transfer_accepted', song, caller, jsonb_build_object('subject_id', transfer.id));
  return song.id;
end
$$;

create function public.accept_song_transfer(transfer_id uuid)
returns uuid
language sql
set search_path = ''
as $$
  select private.accept_song_transfer(transfer_id)
$$;
comment on function public.accept_song_transfer is
  'Makes the caller the owner of a song that was offered, and the owner before an admin of it; answers the song''s id.';

create function private.end_song_transfer(transfer_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  transfer private.song_transfers := private.find_transfer(transfer_id, caller);
begin
  update private.song_transfers t
  set ended_at = clock_timestamp(), outcome = case when caller = t.from_id then 'cancelled' else 'declined' end
  where t.id = transfer.id;
  perform private.notify(
    case when caller = transfer.from_id then transfer.to_id else transfer.from_id end,
    case when caller = transfer.from_id then 'transfer_cancelled' else 'transfer_declined' end,
    s, caller, jsonb_build_object('subject_id', transfer.id))
  from public.songs s
  where s.id = transfer.song_id and not private.are_blocked(transfer.from_id, array[transfer.to_id]);
end
$$;

create function public.end_song_transfer(transfer_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.end_song_transfer(transfer_id)
$$;
comment on function public.end_song_transfer is 'Takes back an offer that the caller made, or declines one that was made to the caller.';

create function private.list_song_transfers()
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
    from private.song_transfers t
    join public.songs s on s.id = t.song_id and s.deleted_at is null and s.created_by = t.from_id
    where caller in (t.from_id, t.to_id) and t.ended_at is null and t.expires_at > now()
      -- Between two of whom one blocked the other notices say nothing more; the sender can still cancel.
      and (caller = t.from_id or not private.are_blocked(t.from_id, array[t.to_id]))
    order by t.created_at desc, t.id desc
    limit 200;
end
$$;

create function public.list_song_transfers()
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_song_transfers()
$$;
comment on function public.list_song_transfers is 'Transfers from and to the caller that are pending, the latest 200.';

create function private.end_transfers_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update private.song_transfers t
  set ended_at = coalesce(t.ended_at, clock_timestamp()), outcome = coalesce(t.outcome, 'account_deleted'), message = null
  where new.id in (t.from_id, t.to_id);
  return null;
end
$$;
comment on function private.end_transfers_of_deleted_profile is 'Trigger: ends transfers to and from a deleted account.';

create view private.transfers_offered as select * from private.song_transfers;

create view private.transfers_received as
select id, case when outcome = 'accepted' then song_id end as song_id, from_id, to_id, message, created_at, expires_at, ended_at, outcome
from private.song_transfers;

create trigger profiles_end_transfers
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_transfers_of_deleted_profile();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.transfers_offered', 24, 'from_id', 't.id', null, '{}'),
  ('private.transfers_received', 25, 'to_id', 't.id', null, '{}');

revoke all on private.transfers_offered, private.transfers_received from public, anon, authenticated, service_role;
revoke execute on function
  private.transfer_json(private.song_transfers),
  private.offer_song_transfer(uuid, uuid, text),
  private.find_transfer(uuid, uuid),
  private.accept_song_transfer(uuid),
  private.end_song_transfer(uuid),
  private.list_song_transfers(),
  private.end_transfers_of_deleted_profile(),
  public.offer_song_transfer(uuid, uuid, text),
  public.accept_song_transfer(uuid),
  public.end_song_transfer(uuid),
  public.list_song_transfers()
from public, anon, authenticated, service_role;
grant execute on function
  private.offer_song_transfer(uuid, uuid, text),
  private.accept_song_transfer(uuid),
  private.end_song_transfer(uuid),
  private.list_song_transfers(),
  public.offer_song_transfer(uuid, uuid, text),
  public.accept_song_transfer(uuid),
  public.end_song_transfer(uuid),
  public.list_song_transfers()
to authenticated;
