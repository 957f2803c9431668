-- Who follows whom.
--
-- Lock order: rate limit, people (profiles), the pair, its rows.

create table public.user_follows (
  follower_id uuid not null references public.profiles (id) on delete cascade,
  followed_id uuid not null references public.profiles (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  primary key (follower_id, followed_id),
  constraint user_follows_check check (follower_id <> followed_id)
);
comment on table public.user_follows is 'Who follows whom. Counts are read from the rows: none is stored, so none can be wrong.';

create index user_follows_follower_id_created_at_idx on public.user_follows (follower_id, created_at desc, followed_id desc);
create index user_follows_followed_id_created_at_idx on public.user_follows (followed_id, created_at desc, follower_id desc);

create function private.lock_pair(one uuid, other uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('tertulia-pair:' || least(one, other) || greatest(one, other), 0));
end
$$;
comment on function private.lock_pair is
  'Held by what follows and by what blocks: neither sees the uncommitted row of the other, and both could pass.';

create function private.end_follows(person uuid, other uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Sorted: two accounts that follow each other may be deleted at once.
  perform from public.user_follows f
  where (f.follower_id = person and (other is null or f.followed_id = other))
    or (f.followed_id = person and (other is null or f.follower_id = other))
  order by f.follower_id, f.followed_id
  for update;
  delete from public.user_follows f
  where (f.follower_id = person and (other is null or f.followed_id = other))
    or (f.followed_id = person and (other is null or f.follower_id = other));
end
$$;
comment on function private.end_follows is 'Ends the follows of two users both ways; without the other, all of one user.';

create function private.end_follows_of_block()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.lock_pair(new.blocker_id, new.blocked_id);
  perform private.end_follows(new.blocker_id, new.blocked_id);
  return null;
end
$$;

create function private.end_follows_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.end_follows(new.id, null);
  return null;
end
$$;

create function private.unfollow_user(user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  delete from public.user_follows f where f.follower_id = caller and f.followed_id = unfollow_user.user_id;
end
$$;

create function public.unfollow_user(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unfollow_user(user_id)
$$;
comment on function public.unfollow_user is 'Follows a person no longer; does nothing when the caller does not.';

create trigger user_blocks_end_follows
after insert on public.user_blocks
for each row
execute function private.end_follows_of_block();

create trigger profiles_end_follows
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_follows_of_deleted();

alter table public.user_follows enable row level security;

create policy "People see whom they follow and who follows them"
on public.user_follows
for select
to authenticated
using (follower_id = (select auth.uid()) or followed_id = (select auth.uid()));

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.user_follows', 11, 'follower_id', 't.followed_id', null, '{}');

revoke all on public.user_follows from public, anon, authenticated, service_role;
grant select on public.user_follows to service_role;
revoke execute on function
  private.lock_pair(uuid, uuid),
  private.end_follows(uuid, uuid),
  private.end_follows_of_block(),
  private.end_follows_of_deleted(),
  private.unfollow_user(uuid),
  public.unfollow_user(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.unfollow_user(uuid),
  public.unfollow_user(uuid)
to authenticated;
