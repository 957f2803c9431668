-- Links to songs, and handing a song over to somebody else.
--
-- Every way in which a link does not open is one answer, null, and not an error: an error would undo the count of the attempt,
-- and guessing would cost nothing.
-- Roll back: drop table private.song_transfers; drop the functions below.

-- Uses of a link are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

create table private.song_transfers (
  id uuid primary key default gen_random_uuid(),
  song_id uuid not null references public.songs (id) on delete cascade,
  from_id uuid not null references public.profiles (id),
  to_id uuid not null references public.profiles (id),
  message text,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null default clock_timestamp() + interval '14 days',
  ended_at timestamptz,
  outcome text,
  constraint song_transfers_people_check check (from_id <> to_id),
  constraint song_transfers_message_check check (char_length(message) between 1 and 1000),
  constraint song_transfers_outcome_check check (
    (ended_at is null) = (outcome is null) and outcome in ('accepted', 'declined', 'cancelled', 'replaced', 'account_deleted')
  )
);
comment on table private.song_transfers is 'Songs offered to a new owner; nothing changes before that person accepts.';

create unique index song_transfers_song_id_key on private.song_transfers (song_id) where ended_at is null;
create index song_transfers_song_id_idx on private.song_transfers (song_id);
create index song_transfers_to_id_idx on private.song_transfers (to_id);
create index song_transfers_from_id_idx on private.song_transfers (from_id);

create function private.link_json(link private.song_links)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', link.id, 'song_id', link.song_id, 'role', link.role, 'created_by', private.person_json(link.created_by),
    'state', case
      when link.revoked_at is not null then 'revoked'
      when link.expires_at <= now() then 'expired'
      when link.use_count >= link.max_uses then 'used_up'
      else 'open'
    end,
    'max_uses', link.max_uses, 'use_count', link.use_count, 'created_at', link.created_at, 'expires_at', link.expires_at);
end
$$;
comment on function private.link_json is 'A link as the owner and admins see it: without its token, which nobody can read again.';

create function private.create_song_link(song_id uuid, role text, max_uses integer, expires_at timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  song public.songs;
  link private.song_links;
  token text;
begin
  perform private.check_share('make the link', role, null, expires_at);
  if role = 'admin' or max_uses not between 1 and 100000 then
    perform private.raise_error('invalid_input', 'unable to make the link; it gives view or edit, to 1 to 100,000 people',
      'Correct the named field.', jsonb_build_object('field', case role when 'admin' then 'role' else 'max_uses' end));
  end if;
  perform private.take_token(caller, 'invite');
  perform private.get_own_profile();
  perform private.hold_people(array[caller], 'user_id');
  song := private.lock_song(song_id, 'make a link to', '{admin,owner}');
  if (select count(*) from private.song_links l
    where l.song_id = song.id and l.revoked_at is null and (l.expires_at is null or l.expires_at > clock_timestamp())) >= 50
  then
    perform private.raise_error('invalid_input', 'unable to make the link; a song has at most 50 that are open', 'Revoke one first.');
  end if;
  -- 244 random bits.
  token := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  insert into private.song_links (song_id, created_by, token_hash, role, max_uses, expires_at)
  values (song.id, caller, sha256(convert_to(token, 'UTF8')), role, max_uses, expires_at)
  returning * into link;
  return private.link_json(link) || jsonb_build_object('token', token);
end
$$;

create function public.create_song_link(song_id uuid, role text default 'view', max_uses integer default null, expires_at timestamptz default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_song_link(song_id, role, max_uses, expires_at)
$$;
comment on function public.create_song_link is
  'Makes a link that gives view or edit to whoever opens it while the song is not private; its token is in this answer and nowhere else.';

create function private.open_song_link(token text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  hash bytea;
  link private.song_links;
  song public.songs;
  mine text;
  before public.song_shares;
begin
  perform private.take_token(caller, 'open_link');
  perform private.get_own_profile();
  perform private.hold_people(array[caller], 'user_id');
  hash := sha256(convert_to(left(coalesce(token, ''), 200), 'UTF8'));
  select s.* into song
  from private.song_links l
  join public.songs s on s.id = l.song_id
  where l.token_hash = hash and s.deleted_at is null
  for no key update of s;
  -- As it is now that nobody else can open or revoke it.
  select l.* into link
  from private.song_links l
  where l.token_hash = hash
    and l.song_id = song.id
    and l.revoked_at is null
    and (l.expires_at is null or l.expires_at > clock_timestamp())
    and song.visibility <> 'private'
  for update;
  if link.id is null
    or private.role_rank(link.role) >= coalesce(private.role_rank(private.song_role_of(song.id, link.created_by)), 0)
    or private.are_blocked(caller, array[song.created_by, link.created_by])
  then
    return null;
  end if;
  mine := private.song_role(song.id);
  if private.role_rank(mine) >= private.role_rank(link.role) then
    return jsonb_build_object('song_id', song.id, 'role', mine);
  end if;

  select h.* into before from public.song_shares h where h.link_id = link.id and h.shared_with = caller order by h.created_at desc limit 1;
  -- Whoever was put out does not come back by the same door; whoever left does, and counts once.
  if before.end_reason = 'revoked' or (before.id is null and link.use_count >= link.max_uses) then
    return null;
  end if;
  insert into public.song_shares (song_id, kind, shared_by, shared_with, link_id, role, song_created_at, accepted_at, expires_at)
  values (song.id, 'link', link.created_by, caller, link.id, link.role, song.created_at, clock_timestamp(), link.expires_at);
  if before.id is null then
    update private.song_links l set use_count = l.use_count + 1 where l.id = link.id;
  end if;
  return jsonb_build_object('song_id', song.id, 'role', link.role);
end
$$;

create function public.open_song_link(token text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.open_song_link(token)
$$;
comment on function public.open_song_link is
  'Takes the role that a link gives: the song''s id and the caller''s role, or null for every link that does not open, whatever the reason.';

create function private.list_song_links(song_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_user();
  if coalesce(private.role_rank(private.song_role(song_id)), 0) < 3 then
    perform private.raise_error(case when private.song_role(song_id) is null then 'song_not_found' else 'forbidden' end,
      'unable to list the links; that is for the owner and admins', 'Check the id.');
  end if;
  return query
    select private.link_json(l)
    from private.song_links l
    where l.song_id = list_song_links.song_id
    order by l.created_at desc, l.id desc
    limit 200;
end
$$;

create function public.list_song_links(song_id uuid)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_song_links(song_id)
$$;
comment on function public.list_song_links is 'For the owner and admins: the latest 200 links of a song, closed ones too, without their tokens.';

create function private.revoke_song_link(link_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  link private.song_links;
begin
  select l.* into link from private.song_links l where l.id = link_id;
  if coalesce(private.role_rank(private.song_role(link.song_id)), 0) < 3 then
    perform private.raise_error('link_not_found', 'unable to revoke the link; there is none with that id', 'Check the id.');
  end if;
  perform private.hold_people(array[caller], 'user_id');
  perform private.lock_song(link.song_id, 'revoke a link to', '{admin,owner}');
  update public.song_shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'link_revoked'
  where h.link_id = link.id and h.ended_at is null;
  update private.song_links l set revoked_at = clock_timestamp() where l.id = link.id and l.revoked_at is null;
  perform private.end_lost_watches(link.song_id);
end
$$;

create function public.revoke_song_link(link_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.revoke_song_link(link_id)
$$;
comment on function public.revoke_song_link is 'Closes a link and ends what it gave, from the next query on; doing so again changes nothing.';

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
    perform private.raise_error('invalid_input', 'unable to offer the song; it takes another person', 'Pass the id of somebody else.',
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
  caller uuid := private.require_user();
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
  -- Whose an address is that was never answered is told to nobody.
  update public.song_shares h
  set shared_with = null
  where h.song_id = transfer.song_id and h.shared_with = caller and h.ended_at is null;
  update public.songs s set created_by = caller where s.id = transfer.song_id returning * into song;
  -- The old owner stays as an admin, whom the new one can take out.
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
  caller uuid := private.require_user();
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
      -- Between two of whom one blocked the other nothing more is told; the one who offered may take it back.
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
comment on function private.end_transfers_of_deleted_profile is 'Trigger: nobody hands over to or from an account that is gone.';

create trigger profiles_end_transfers
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_transfers_of_deleted_profile();

create view private.transfers_offered as select * from private.song_transfers;
create view private.transfers_received as
select id, case when outcome = 'accepted' then song_id end as song_id, from_id, to_id, message, created_at, expires_at, ended_at, outcome
from private.song_transfers;

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.transfers_offered', 24, 'from_id', 't.id', null, '{}'),
  ('private.transfers_received', 25, 'to_id', 't.id', null, '{}');

revoke all on private.song_transfers, private.transfers_offered, private.transfers_received from public, anon, authenticated, service_role;
revoke execute on function
  private.link_json(private.song_links),
  private.create_song_link(uuid, text, integer, timestamptz),
  private.open_song_link(text),
  private.list_song_links(uuid),
  private.revoke_song_link(uuid),
  private.transfer_json(private.song_transfers),
  private.offer_song_transfer(uuid, uuid, text),
  private.find_transfer(uuid, uuid),
  private.accept_song_transfer(uuid),
  private.end_song_transfer(uuid),
  private.list_song_transfers(),
  private.end_transfers_of_deleted_profile(),
  public.create_song_link(uuid, text, integer, timestamptz),
  public.open_song_link(text),
  public.list_song_links(uuid),
  public.revoke_song_link(uuid),
  public.offer_song_transfer(uuid, uuid, text),
  public.accept_song_transfer(uuid),
  public.end_song_transfer(uuid),
  public.list_song_transfers()
from public, anon, authenticated, service_role;
grant execute on function
  private.create_song_link(uuid, text, integer, timestamptz),
  private.open_song_link(text),
  private.list_song_links(uuid),
  private.revoke_song_link(uuid),
  private.offer_song_transfer(uuid, uuid, text),
  private.accept_song_transfer(uuid),
  private.end_song_transfer(uuid),
  private.list_song_transfers(),
  public.create_song_link(uuid, text, integer, timestamptz),
  public.open_song_link(text),
  public.list_song_links(uuid),
  public.revoke_song_link(uuid),
  public.offer_song_transfer(uuid, uuid, text),
  public.accept_song_transfer(uuid),
  public.end_song_transfer(uuid),
  public.list_song_transfers()
to authenticated;

commit;
