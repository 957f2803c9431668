-- Shares, links and offers to hand something over: of a target (kind, id) to a recipient (kind, id).
--
-- Each table has a generated column for each kind that is a foreign key, so that a row always has a target and goes with it.
-- public.shares has one row for each share made (kind, created_at, accepted_at), and keeps it when the share ends.

create table private.share_links (
  id uuid primary key default gen_random_uuid(),
  target_kind text not null,
  target_id uuid not null,
  created_by uuid not null references public.profiles (id),
  token_hash bytea not null unique,
  role text not null,
  max_uses integer,
  use_count integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  song_id uuid generated always as (case when target_kind = 'song' then target_id end) stored references public.songs (id) on delete cascade,
  setlist_id uuid generated always as (case when target_kind = 'setlist' then target_id end) stored references public.setlists (id) on delete cascade,
  constraint share_links_target_check check (num_nonnulls(song_id, setlist_id) = 1),
  constraint share_links_role_check check (role in ('view', 'edit')),
  constraint share_links_max_uses_check check (max_uses between 1 and 100000)
);
comment on table private.share_links is 'Links: a signed-in user who opens one has its role while the target is not private.';
comment on column private.share_links.token_hash is 'SHA-256 of the token, which is returned once and not stored.';
comment on column private.share_links.use_count is 'How many users have opened it, each counted once.';

create index share_links_target_idx on private.share_links (target_kind, target_id, created_at desc, id desc);
create index share_links_song_id_idx on private.share_links (song_id);
create index share_links_setlist_id_idx on private.share_links (setlist_id);
create index share_links_created_by_idx on private.share_links (created_by);

create table public.shares (
  id uuid primary key default gen_random_uuid(),
  target_kind text not null,
  target_id uuid not null,
  kind text not null,
  shared_by uuid not null references public.profiles (id),
  recipient_kind text not null default 'user',
  recipient_id uuid,
  invited_email text,
  link_id uuid references private.share_links (id) on delete cascade,
  role text not null,
  message text,
  target_created_at timestamptz not null,
  came_with uuid references public.shares (id) on delete set null,
  created_at timestamptz not null default clock_timestamp(),
  accepted_at timestamptz,
  expires_at timestamptz,
  ended_at timestamptz,
  end_reason text,
  ended_by uuid references public.profiles (id),
  song_id uuid generated always as (case when target_kind = 'song' then target_id end) stored references public.songs (id) on delete cascade,
  setlist_id uuid generated always as (case when target_kind = 'setlist' then target_id end) stored references public.setlists (id) on delete cascade,
  shared_with uuid generated always as (case when recipient_kind = 'user' then recipient_id end) stored references public.profiles (id),
  circle_id uuid generated always as (case when recipient_kind = 'circle' then recipient_id end) stored references public.circles (id) on delete cascade,
  constraint shares_kind_check check (kind in ('person', 'email', 'link', 'circle')),
  constraint shares_role_check check (role in ('view', 'edit', 'admin')),
  constraint shares_target_check check (num_nonnulls(song_id, setlist_id) = 1),
  constraint shares_recipient_check check (
    (kind = 'link') = (link_id is not null)
    and case recipient_kind
      when 'user' then kind <> 'circle' and shared_by <> shared_with and (kind = 'email' or shared_with is not null)
      when 'circle' then kind = 'circle' and circle_id is not null and invited_email is null
      else false
    end
  ),
  -- A share with a circle waits for nobody: to join the circle was the acceptance.
  constraint shares_accepted_check check (case kind when 'circle' then accepted_at is not null else accepted_at is null or shared_with is not null end),
  constraint shares_message_check check (char_length(message) between 1 and 1000),
  constraint shares_invited_email_check check (char_length(invited_email) <= 320),
  constraint shares_end_check check (
    (ended_at is null) = (end_reason is null)
    and end_reason in ('revoked', 'declined', 'left', 'expired', 'link_revoked', 'became_owner', 'account_deleted')
  )
);
comment on table public.shares is 'Roles in a target: recipient, sender, and how each ended. Rows stay as history.';
comment on column public.shares.kind is
  'person: by id; email: by an address, claimed by the user who verifies it; link: by opening one; circle: with all members of a circle.';
comment on column public.shares.recipient_id is 'Null until an account has the address; hidden from the sender until the share is accepted.';
comment on column public.shares.shared_with is 'Derived: the recipient, if it is a user.';
comment on column public.shares.circle_id is 'Derived: the recipient, if it is a circle. The share goes with the circle.';
comment on column public.shares.song_id is 'Derived: the target, if it is a song.';
comment on column public.shares.came_with is 'The share of a setlist that this song was offered with; while it is pending it is answered together with it.';
comment on column public.shares.invited_email is 'Only the sender sees it.';
comment on column public.shares.target_created_at is 'Of the target, for lists in that order.';

-- Unique among those in force; an ended share does not prevent another one.
create unique index shares_person_key on public.shares (target_kind, target_id, recipient_kind, recipient_id) where kind in ('person', 'circle') and ended_at is null;
create unique index shares_email_key on public.shares (target_kind, target_id, shared_by, invited_email) where kind = 'email' and ended_at is null;
create unique index shares_link_key on public.shares (link_id, shared_with) where kind = 'link' and ended_at is null;
-- For the role of one user in one target, however many others have one: by the index alone. The user first: a query that reads many
-- targets reads neighbours.
create index shares_holders_idx on public.shares (shared_with, target_kind, target_id) include (kind, role, expires_at)
  where ended_at is null and accepted_at is not null;
create index shares_target_idx on public.shares (target_kind, target_id, created_at desc, id desc);
create index shares_song_id_idx on public.shares (song_id);
create index shares_setlist_id_idx on public.shares (setlist_id);
create index shares_came_with_idx on public.shares (came_with);
create index shares_shared_with_created_at_id_idx on public.shares (shared_with, created_at desc, id desc);
create index shares_shared_by_created_at_id_idx on public.shares (shared_by, created_at desc, id desc);
create index shares_in_force_idx on public.shares (shared_with, target_kind, target_created_at desc, target_id desc)
  where ended_at is null and accepted_at is not null;
-- What a circle has, in the order of lists; and which circles have one target, with their roles.
create index shares_circle_in_force_idx on public.shares (circle_id, target_kind, target_created_at desc, target_id desc)
  where circle_id is not null and ended_at is null;
create index shares_circles_idx on public.shares (target_kind, target_id, circle_id) include (kind, role, expires_at)
  where circle_id is not null and ended_at is null;
create index shares_circle_id_idx on public.shares (circle_id) where circle_id is not null;
create index shares_invited_email_idx on public.shares (invited_email) where shared_with is null and ended_at is null;
create index shares_link_id_idx on public.shares (link_id);
create index shares_ended_by_idx on public.shares (ended_by);

create table private.transfers (
  id uuid primary key default gen_random_uuid(),
  target_kind text not null,
  target_id uuid not null,
  from_id uuid not null references public.profiles (id),
  to_id uuid not null references public.profiles (id),
  message text,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null default clock_timestamp() + interval '14 days',
  ended_at timestamptz,
  outcome text,
  song_id uuid generated always as (case when target_kind = 'song' then target_id end) stored references public.songs (id) on delete cascade,
  setlist_id uuid generated always as (case when target_kind = 'setlist' then target_id end) stored references public.setlists (id) on delete cascade,
  constraint transfers_target_check check (num_nonnulls(song_id, setlist_id) = 1),
  constraint transfers_people_check check (from_id <> to_id),
  constraint transfers_message_check check (char_length(message) between 1 and 1000),
  constraint transfers_outcome_check check (
    (ended_at is null) = (outcome is null) and outcome in ('accepted', 'declined', 'cancelled', 'replaced', 'account_deleted')
  )
);
comment on table private.transfers is 'Targets offered to a new owner; nothing changes before that person accepts.';

create unique index transfers_target_key on private.transfers (target_kind, target_id) where ended_at is null;
create index transfers_song_id_idx on private.transfers (song_id);
create index transfers_setlist_id_idx on private.transfers (setlist_id);
create index transfers_to_id_idx on private.transfers (to_id);
create index transfers_from_id_idx on private.transfers (from_id);

alter table public.shares enable row level security;

create policy "People see the shares that they gave and were given"
on public.shares
for select
to authenticated
using (shared_with = (select auth.uid()) or shared_by = (select auth.uid()));

revoke all on public.shares, private.share_links, private.transfers from public, anon, authenticated, service_role;
-- No id of a target that was not accepted yet, no address, no name: the lists show what they may.
grant select on public.shares to service_role;
