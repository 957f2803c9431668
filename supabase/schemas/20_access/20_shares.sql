-- Shares, links and offers to hand a song over.
--
-- public.song_shares has one row for each share made (kind, created_at, accepted_at), and keeps it when the share ends.

create table private.song_links (
  id uuid primary key default gen_random_uuid(),
  song_id uuid not null references public.songs (id) on delete cascade,
  created_by uuid not null references public.profiles (id),
  token_hash bytea not null unique,
  role text not null,
  max_uses integer,
  use_count integer not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  constraint song_links_role_check check (role in ('view', 'edit')),
  constraint song_links_max_uses_check check (max_uses between 1 and 100000)
);
comment on table private.song_links is 'Links to songs: a signed-in user who opens one has its role while the song is not private.';
comment on column private.song_links.token_hash is 'SHA-256 of the token, which is returned once and not stored.';
comment on column private.song_links.use_count is 'How many users have opened it, each counted once.';

create index song_links_song_id_idx on private.song_links (song_id);
create index song_links_created_by_idx on private.song_links (created_by);

create table public.song_shares (
  id uuid primary key default gen_random_uuid(),
  song_id uuid not null references public.songs (id) on delete cascade,
  kind text not null,
  shared_by uuid not null references public.profiles (id),
  shared_with uuid references public.profiles (id),
  invited_email text,
  link_id uuid references private.song_links (id) on delete cascade,
  role text not null,
  message text,
  song_created_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  accepted_at timestamptz,
  expires_at timestamptz,
  ended_at timestamptz,
  end_reason text,
  ended_by uuid references public.profiles (id),
  constraint song_shares_kind_check check (kind in ('person', 'email', 'link')),
  constraint song_shares_role_check check (role in ('view', 'edit', 'admin')),
  constraint song_shares_target_check check (
    shared_by <> shared_with and (kind = 'email' or shared_with is not null) and (kind = 'link') = (link_id is not null)
  ),
  constraint song_shares_accepted_check check (accepted_at is null or shared_with is not null),
  constraint song_shares_message_check check (char_length(message) between 1 and 1000),
  constraint song_shares_invited_email_check check (char_length(invited_email) <= 320),
  constraint song_shares_end_check check (
    (ended_at is null) = (end_reason is null)
    and end_reason in ('revoked', 'declined', 'left', 'expired', 'link_revoked', 'became_owner', 'account_deleted')
  )
);
comment on table public.song_shares is 'Roles in songs: recipient, sender, and how each ended. Rows stay as history.';
comment on column public.song_shares.kind is 'person: by id; email: by an address, claimed by the user who verifies it; link: by opening one.';
comment on column public.song_shares.shared_with is 'Null until an account has the address; hidden from the sender until the share is accepted.';
comment on column public.song_shares.invited_email is 'Only the sender sees it.';
comment on column public.song_shares.song_created_at is 'Of the song, for lists in that order.';

-- Unique among those in force; an ended share does not prevent another one.
create unique index song_shares_person_key on public.song_shares (song_id, shared_with) where kind = 'person' and ended_at is null;
create unique index song_shares_email_key on public.song_shares (song_id, shared_by, invited_email) where kind = 'email' and ended_at is null;
create unique index song_shares_link_key on public.song_shares (link_id, shared_with) where kind = 'link' and ended_at is null;
-- For the role of one person in one song, however many others have one: by the index alone. The user first: a query that reads many
-- songs reads neighbours.
create index song_shares_holders_idx on public.song_shares (shared_with, song_id) include (kind, role, expires_at)
  where ended_at is null and accepted_at is not null;
create index song_shares_song_id_created_at_id_idx on public.song_shares (song_id, created_at desc, id desc);
create index song_shares_shared_with_created_at_id_idx on public.song_shares (shared_with, created_at desc, id desc);
create index song_shares_shared_by_created_at_id_idx on public.song_shares (shared_by, created_at desc, id desc);
create index song_shares_in_force_idx on public.song_shares (shared_with, song_created_at desc, song_id desc)
  where ended_at is null and accepted_at is not null;
create index song_shares_invited_email_idx on public.song_shares (invited_email) where shared_with is null and ended_at is null;
create index song_shares_link_id_idx on public.song_shares (link_id);
create index song_shares_ended_by_idx on public.song_shares (ended_by);

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

alter table public.song_shares enable row level security;

create policy "People see the shares that they gave and were given"
on public.song_shares
for select
to authenticated
using (shared_with = (select auth.uid()) or shared_by = (select auth.uid()));

revoke all on public.song_shares, private.song_links, private.song_transfers from public, anon, authenticated, service_role;
-- No id of a song that was not accepted yet, no address, no name: the lists show what they may.
grant select on public.song_shares to service_role;
