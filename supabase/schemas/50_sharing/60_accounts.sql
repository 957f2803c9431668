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
