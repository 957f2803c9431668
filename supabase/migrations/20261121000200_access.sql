-- Access: songs, setlists, circles, shares and links, and who sees and changes a song because of them.
--
-- All that changes who may do what holds the song's row. Lock order: rate limit, people (profiles), circle and its
-- members, setlist, song, shares, links, transfers, watchers.
-- Roll back: drop table public.shares, public.circle_members, public.circles, public.song_chords, public.songs, private.share_links, private.transfers,
-- private.watchers, private.live_keys cascade; drop type public.song_summary; drop the functions below.

-- Years, frets, beats and uses of a link are small numbers; the tables are new and empty.
-- squawk-ignore-file prefer-bigint-over-int, require-concurrent-index-creation, constraint-missing-not-valid

begin;
set local lock_timeout = '10s';

-- The tables that hold songs. What is derived from a song's text, and what it is found by, is filled by triggers of the songs
-- domain.

create type public.song_summary as (
  id uuid,
  title text,
  artist text,
  album text,
  key text,
  tempo integer,
  time_signature text,
  capo_fret integer,
  genre text,
  style text,
  language text,
  year integer,
  duration_seconds integer,
  difficulty_level integer,
  visibility text,
  created_by uuid,
  version integer,
  created_at timestamptz,
  updated_at timestamptz
);
comment on type public.song_summary is 'What a list shows of a song.';

create type public.song_details as (
  id uuid,
  title text,
  artist text,
  album text,
  content text,
  lyrics text,
  chords jsonb,
  key text,
  tempo integer,
  time_signature text,
  capo_fret integer,
  genre text,
  style text,
  language text,
  year integer,
  duration_seconds integer,
  difficulty_level integer,
  source_url text,
  source_type text,
  visibility text,
  created_by uuid,
  chordpro_metadata jsonb,
  metadata jsonb,
  version integer,
  created_at timestamptz,
  updated_at timestamptz
);
comment on type public.song_details is 'A whole song, without the columns that it is found by.';

create table public.songs (
  id uuid primary key default gen_random_uuid(),
  title text not null,
  artist text,
  album text,
  content text not null,
  lyrics text not null default '',
  chords jsonb not null default '[]',
  key text,
  tempo integer,
  time_signature text,
  capo_fret integer,
  genre text,
  style text,
  language text,
  year integer,
  duration_seconds integer,
  difficulty_level integer,
  source_url text,
  source_type text not null default 'manual',
  visibility text not null default 'private',
  created_by uuid not null default auth.uid() references public.profiles (id),
  chordpro_metadata jsonb not null default '{}',
  derived_fields text[] not null default '{}',
  metadata jsonb not null default '{}',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  popularity double precision not null default 0,
  title_words text collate "C" not null default '',
  artist_words text collate "C" not null default '',
  header_vector tsvector not null default '',
  search_vector tsvector not null default '',
  word_pairs integer[] not null default '{}',
  search_terms text[] collate "C" not null default '{}',
  chord_set bigint,
  constraint songs_title_check check (char_length(title) between 1 and 255),
  constraint songs_artist_check check (char_length(artist) <= 255),
  constraint songs_album_check check (char_length(album) <= 255),
  constraint songs_content_check check (octet_length(content) <= 131072),
  constraint songs_key_check check (key ~ '^[A-G][#b]?m?$'),
  constraint songs_tempo_check check (tempo between 30 and 300),
  constraint songs_time_signature_check check (time_signature ~ '^(?:[1-9]|[12][0-9]|3[0-2])/(?:1|2|4|8|16|32)$'),
  constraint songs_capo_fret_check check (capo_fret between 0 and 24),
  constraint songs_genre_check check (char_length(genre) <= 100),
  constraint songs_style_check check (char_length(style) <= 100),
  constraint songs_language_check check (language ~ '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$'),
  constraint songs_year_check check (year between 1 and 9999),
  constraint songs_duration_seconds_check check (duration_seconds between 1 and 86400),
  constraint songs_difficulty_level_check check (difficulty_level between 1 and 5),
  constraint songs_source_url_check check (private.is_web_address(source_url)),
  constraint songs_source_type_check check (source_type ~ '^[a-z][a-z0-9_-]{0,49}$'),
  constraint songs_visibility_check check (visibility in ('private', 'shared', 'public')),
  constraint songs_metadata_check check (private.is_bounded_object(metadata, 8192)),
  constraint songs_popularity_check check (popularity >= 0 and popularity < 'infinity')
);
comment on table public.songs is 'A song as ChordPro text; lyrics, chords and what the writer leaves empty are derived from it.';
comment on column public.songs.title is 'From {title}, else the first line of the lyrics, unless the writer gives one.';
comment on column public.songs.artist is 'From {artist}, several joined by a comma, unless the writer gives one.';
comment on column public.songs.content is 'ChordPro, at most 128 KiB: the slowest text of that length that we know saves in less than two seconds.';
comment on column public.songs.lyrics is 'Derived: the words alone, one line a line.';
comment on column public.songs.chords is
  'Derived: the distinct chords in order of first use: name, root, quality, bass, uses, positions (the first 1,000), context.';
comment on column public.songs.key is 'Letter, accidental, m for minor: F#m.';
comment on column public.songs.tempo is 'Beats a minute.';
comment on column public.songs.capo_fret is 'Null when the song does not say.';
comment on column public.songs.language is 'BCP 47; null when unknown. Words are indexed by it.';
comment on column public.songs.source_type is 'manual, import, api or a word of the app''s own.';
comment on column public.songs.visibility is 'private: the owner and those who accepted a share; shared: also users who opened a link; public: everyone.';
comment on column public.songs.chordpro_metadata is 'Derived: every metadata directive of the text, lower-case name to list of values.';
comment on column public.songs.derived_fields is 'Columns whose value came from the text, not from a writer: they follow it when it changes.';
comment on column public.songs.metadata is 'The app''s own fields: an object of at most 8 KiB.';
comment on column public.songs.version is 'From 1; one more with each change of a field that a writer can set, of the tags, the owner, or into and out of the trash.';
comment on column public.songs.updated_at is 'Of the last change that counts in version.';
comment on column public.songs.deleted_at is 'When the owner moved the song to the trash; only the owner sees it from then on, in the trash.';
comment on column public.songs.popularity is 'How well liked, from 0; written by the analytics, never by a client. Lists of results go by it.';
comment on column public.songs.title_words is 'Derived: the title in lower case, without accents and punctuation; its first 255 characters.';
comment on column public.songs.artist_words is 'Derived: the artist likewise; empty when there is none.';
comment on column public.songs.header_vector is
  'Derived: each word as it is and its stem in the song''s language, without accents. A title, B artist, C album, genre, style and who wrote it.';
comment on column public.songs.search_vector is 'Derived: the header''s words, and as D those of the lyrics.';
comment on column public.songs.word_pairs is 'Derived: hashes of each two words that follow each other; a phrase is found by them.';
comment on column public.songs.search_terms is
  'Derived: name:value of what can be filtered by, chords, tags and owner included, and how well liked it is, to the power of two.';
comment on column public.songs.chord_set is 'Derived: the hash of its distinct chords; null without chords.';

create index songs_created_by_created_at_id_idx on public.songs (created_by, created_at desc, id desc);
create index songs_visibility_created_at_id_idx on public.songs (visibility, created_at desc, id desc) where deleted_at is null;
create index songs_deleted_at_idx on public.songs (deleted_at) where deleted_at is not null;

-- A walk in order of popularity reads many rows: whatever is long is kept out of line, the header's words in it.
alter table public.songs set (toast_tuple_target = 256);
alter table public.songs alter column header_vector set storage main;
alter table public.songs alter column search_terms set storage main;
alter table public.songs alter column search_vector set storage external;

create index songs_popularity_id_idx on public.songs (popularity desc, id desc) where visibility = 'public' and deleted_at is null;
create index songs_created_by_popularity_id_idx on public.songs (created_by, popularity desc, id desc) include (chord_set)
  where visibility <> 'public' and deleted_at is null;
create index songs_title_words_idx on public.songs (title_words, popularity desc, id desc)
  where visibility = 'public' and deleted_at is null;
create index songs_artist_words_idx on public.songs (artist_words, popularity desc, id desc)
  where visibility = 'public' and deleted_at is null;
create index songs_created_by_title_words_idx on public.songs (created_by, title_words)
  where visibility <> 'public' and deleted_at is null;
create index songs_created_by_artist_words_idx on public.songs (created_by, artist_words)
  where visibility <> 'public' and deleted_at is null;
create index songs_chord_set_idx on public.songs (chord_set, popularity desc, id desc) where visibility = 'public' and deleted_at is null;
-- A long list of what is still to be filed would be read by every search.
create index songs_header_vector_idx on public.songs using gin (header_vector, search_terms) with (gin_pending_list_limit = 256);
create index songs_search_vector_idx on public.songs using gin (search_vector, search_terms) with (gin_pending_list_limit = 256);
create index songs_word_pairs_idx on public.songs using gin (word_pairs, search_terms) with (gin_pending_list_limit = 256);
create index songs_trash_idx on public.songs (created_by, deleted_at desc, id desc) where deleted_at is not null;
create index songs_genre_id_idx on public.songs (genre, id) where visibility = 'public' and deleted_at is null and genre is not null;

create table public.song_chords (
  song_id uuid not null references public.songs (id) on delete cascade,
  chord_name text not null,
  chord_root text not null,
  chord_quality text not null,
  chord_bass text,
  occurrences integer not null,
  chord_position integer not null,
  primary key (song_id, chord_name)
);
comment on table public.song_chords is 'Derived: one row for each distinct chord of a song; songs.chords has every position.';
comment on column public.song_chords.chord_name is 'Canonical: enharmonics are one, spellings of a quality are one.';
comment on column public.song_chords.chord_position is 'Where it stands first among all chords of the song, from 1.';

create index song_chords_chord_name_song_id_idx on public.song_chords (chord_name, song_id);

alter table public.songs enable row level security;
alter table public.song_chords enable row level security;

create policy "Visitors see public songs"
on public.songs
for select
to anon
using (visibility = 'public' and deleted_at is null);

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.songs', 8, 'created_by', 't.id', null, array['search_vector']);

revoke all on public.songs, public.song_chords from public, anon, authenticated, service_role;
grant select, insert, update, delete on public.songs to service_role;
grant select on public.song_chords to service_role;

-- Setlists: ordered lists of songs. A change of an entry locks the row of its setlist.

create table public.setlists (
  id uuid primary key default gen_random_uuid(),
  title text not null,
  note text,
  visibility text not null default 'private',
  created_by uuid not null default auth.uid() references public.profiles (id),
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint setlists_title_check check (char_length(title) between 1 and 255),
  constraint setlists_note_check check (char_length(note) between 1 and 2000),
  constraint setlists_visibility_check check (visibility in ('private', 'shared', 'public'))
);
comment on table public.setlists is 'An ordered list of songs.';
comment on column public.setlists.visibility is 'private: the owner and users who accepted a share; shared: also users who opened a link; public: everyone.';
comment on column public.setlists.version is 'From 1; one more with each change of the setlist or its entries; a call that changes nothing adds none.';

create index setlists_visibility_created_at_id_idx on public.setlists (visibility, created_at desc, id desc);
create index setlists_created_by_created_at_id_idx on public.setlists (created_by, created_at desc, id desc);

create table public.setlist_entries (
  id uuid primary key default gen_random_uuid(),
  setlist_id uuid not null references public.setlists (id) on delete cascade,
  position integer not null,
  song_id uuid references public.songs (id) on delete set null,
  title text not null,
  added_by uuid not null references public.profiles (id),
  key text,
  capo integer,
  tempo integer,
  note text,
  constraint setlist_entries_position_key unique (setlist_id, position) deferrable initially deferred,
  constraint setlist_entries_position_check check (position >= 1),
  constraint setlist_entries_title_check check (char_length(title) between 1 and 255),
  constraint setlist_entries_key_check check (key ~ '^[A-G][#b]?m?$'),
  constraint setlist_entries_capo_check check (capo between 0 and 24),
  constraint setlist_entries_tempo_check check (tempo between 30 and 300),
  constraint setlist_entries_note_check check (char_length(note) between 1 and 500)
);
comment on table public.setlist_entries is 'A song of a setlist, at a position from 1 without gaps, with its own key, capo, tempo and note.';
comment on column public.setlist_entries.title is
  'The song''s title when it was added: users without access to the song see it, because the user who added it revealed it.';
comment on column public.setlist_entries.song_id is 'Null when the song was removed for good.';

create index setlist_entries_song_id_idx on public.setlist_entries (song_id);
create index setlist_entries_added_by_idx on public.setlist_entries (added_by);

alter table public.setlists enable row level security;
alter table public.setlist_entries enable row level security;

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.setlists', 11, 'created_by', 't.id', null, '{}');

revoke all on public.setlists, public.setlist_entries from public, anon, authenticated, service_role;
grant select on public.setlists, public.setlist_entries to service_role;

-- Circles: groups of people with whom songs and setlists are shared. Everything that changes a circle or its members holds its row.

create table public.circles (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  picture_path text,
  created_by uuid not null references public.profiles (id),
  version integer not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint circles_name_check check (char_length(name) between 1 and 120)
);
comment on table public.circles is 'A band, a choir, a team: people with whom songs and setlists are shared together.';
comment on column public.circles.created_by is 'Who created it; that gives no role.';
comment on column public.circles.version is 'From 1; one more with each change of the name, the picture or the members.';
comment on column public.circles.picture_path is 'A file in the circle''s folder of the bucket of pictures.';

create index circles_created_by_idx on public.circles (created_by);

create table public.circle_members (
  circle_id uuid not null references public.circles (id) on delete cascade,
  user_id uuid not null references public.profiles (id),
  role text not null default 'member',
  joined_at timestamptz not null default clock_timestamp(),
  primary key (circle_id, user_id),
  constraint circle_members_role_check check (role in ('owner', 'admin', 'member'))
);
comment on table public.circle_members is 'Who is in which circle now. A member who leaves has no row, and with it no role in anything that is shared with the circle.';

create index circle_members_user_id_idx on public.circle_members (user_id, circle_id);

create function private.hold_circles_of(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- In order: two members may go at the same moment.
  perform
  from public.circles c
  where c.id in (select m.circle_id from public.circle_members m where m.user_id = person)
  order by c.id
  for update;
end
$$;
comment on function private.hold_circles_of is 'Holds every circle that a person who goes is in.';

alter table public.circles enable row level security;
alter table public.circle_members enable row level security;

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.circle_members', 26, 'user_id', 't.circle_id', null, '{}');

revoke all on public.circles, public.circle_members from public, anon, authenticated, service_role;
grant select on public.circles, public.circle_members to service_role;
revoke execute on function private.hold_circles_of(uuid) from public, anon, authenticated, service_role;

-- What is shared: a target is a value (kind, id), and every kind has the same columns here.
--
-- A new kind of target is a branch of this view and of the functions below, and a key of the tables of shares, links and transfers.

create view private.targets as
select 'song' as kind, s.id, s.title, s.created_by, s.visibility, s.created_at, s.deleted_at
from public.songs s
union all
select 'setlist', l.id, l.title, l.created_by, l.visibility, l.created_at, null
from public.setlists l
union all
-- A circle is watched and named in notices as the others are. It is not shared, and its owners are members.
select 'circle', c.id, c.name, null, 'private', c.created_at, null
from public.circles c;
comment on view private.targets is 'Everything that has roles, one row each, as shares, links, transfers, watches and notices read it.';

create function private.check_target_kind(kind text, operation text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if kind is null or kind <> all ('{song,setlist}'::text[]) then
    perform private.raise_error('invalid_input', format('unable to %s; there is no such kind of target', operation), 'Pass song or setlist.',
      '{"field": "target_kind"}');
  end if;
end
$$;

create function private.target_json(kind text, target_id uuid)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('song_id', case when kind = 'song' then target_id end, 'setlist_id', case when kind = 'setlist' then target_id end)
    || case when kind = 'circle' then jsonb_build_object('circle_id', target_id) else '{}' end;
end
$$;
comment on function private.target_json is 'The id of a target in answers, under the name of its kind.';

create function private.hold_target(kind text, target_id uuid, is_shared boolean default false)
returns private.targets
language plpgsql
set search_path = ''
as $$
declare
  target private.targets;
begin
  if is_shared then
    perform from public.circles c where kind = 'circle' and c.id = target_id for share;
    perform from public.songs s where kind = 'song' and s.id = target_id for share;
    perform from public.setlists l where kind = 'setlist' and l.id = target_id for share;
  else
    perform from public.circles c where kind = 'circle' and c.id = target_id for no key update;
    perform from public.songs s where kind = 'song' and s.id = target_id for no key update;
    perform from public.setlists l where kind = 'setlist' and l.id = target_id for no key update;
  end if;
  -- Read after the lock, so that what changed while we waited is seen.
  select t.* into target from private.targets t where t.kind = hold_target.kind and t.id = target_id and t.deleted_at is null;
  return target;
end
$$;
comment on function private.hold_target is 'Holds a target until the transaction ends; null when it is gone or in the trash.';

create function private.give_target(kind text, target_id uuid, new_owner uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.songs s set created_by = new_owner where kind = 'song' and s.id = target_id;
  update public.setlists l set created_by = new_owner where kind = 'setlist' and l.id = target_id;
end
$$;
comment on function private.give_target is 'Sets the owner of a target, for an accepted transfer.';

revoke all on private.targets from public, anon, authenticated, service_role;
revoke execute on function
  private.check_target_kind(text, text),
  private.target_json(text, uuid),
  private.hold_target(text, uuid, boolean),
  private.give_target(text, uuid, uuid)
from public, anon, authenticated, service_role;

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

-- Who has which role in a target, and who sees it.
--
-- A share is in force when it was accepted, has not ended and has not expired. private.shares_in_force is the one definition, and
-- private.role_of the one that every role comes from. They are read at each query, so what ends has ended at the next one.

create type private.song_key as (
  id uuid,
  popularity double precision,
  title_words text,
  artist_words text,
  chord_set bigint
);
comment on type private.song_key is 'What a search asks of a song that is shared with the caller, so that it is read once.';

create view private.shares_in_force as
select h.target_kind, h.target_id, h.shared_with as user_id, h.kind, h.role, h.target_created_at
from public.shares h
where h.circle_id is null and h.ended_at is null and h.accepted_at is not null and (h.expires_at is null or h.expires_at > now())
union all
-- A share with a circle is one for each of its members at this moment.
select h.target_kind, h.target_id, m.user_id, h.kind, h.role, h.target_created_at
from public.circle_members m
join public.shares h on h.circle_id = m.circle_id
where h.ended_at is null and (h.expires_at is null or h.expires_at > now());
comment on view private.shares_in_force is
  'The shares that count now, for each user whom they give a role; those of links as long as their target is not private.';

-- A look-up by index for each song that is neither public nor the caller's own. Unlike "exists" or "in", this scalar form is never
-- planned as a hash of all shares of the caller. It repeats the rule of private.role_of about links, with the song at hand in
-- place of a join, which would double the time.
create view private.visible_songs as
select s.*
from public.songs s
where s.deleted_at is null
  and (
    s.visibility = 'public'
    or s.created_by = (select auth.uid())
    or (
      select true
      from private.shares_in_force f
      where f.target_kind = 'song' and f.target_id = s.id and f.user_id = (select auth.uid()) and (f.kind <> 'link' or s.visibility <> 'private')
      limit 1
    )
  );
comment on view private.visible_songs is 'The songs that the caller may see: what can_see_song, pages of lists and the policy of songs stand on.';

create view private.visible_summaries as
select
  s.id, s.title, s.artist, s.album, s.key, s.tempo, s.time_signature, s.capo_fret, s.genre, s.style, s.language, s.year,
  s.duration_seconds, s.difficulty_level, s.visibility, s.created_by, s.version, s.created_at, s.updated_at
from private.visible_songs s;
comment on view private.visible_summaries is 'What lists show of the songs that the caller may see: the columns of public.song_summary in their order.';

create view private.visible_details as
select
  s.id, s.title, s.artist, s.album, s.content, s.lyrics, s.chords, s.key, s.tempo, s.time_signature, s.capo_fret, s.genre, s.style,
  s.language, s.year, s.duration_seconds, s.difficulty_level, s.source_url, s.source_type, s.visibility, s.created_by,
  s.chordpro_metadata, s.metadata, s.version, s.created_at, s.updated_at
from private.visible_songs s;
comment on view private.visible_details is 'Whole songs that the caller may see: the columns of public.song_details in their order.';

create function private.can_see_song(song_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (select from private.visible_songs s where s.id = can_see_song.song_id);
end
$$;
comment on function private.can_see_song is 'Whether the caller may see a song: a public one, or one with a role; what the policies ask last.';

create view private.song_grants as
select s.id as song_id, f.user_id, f.kind, f.role, f.target_created_at as song_created_at, s.created_by, s.visibility, s.deleted_at, s.popularity, s.title_words,
  s.artist_words, s.chord_set
from private.shares_in_force f
join public.songs s on f.target_kind = 'song' and s.id = f.target_id
-- Holders of a link see a song as long as it is not private.
where f.kind <> 'link' or s.visibility <> 'private';
comment on view private.song_grants is 'Who has which role in a song by a share, as lists and searches of songs read it.';

create function private.role_rank(role text)
returns integer
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return array_position('{view,edit,admin,owner}'::text[], role);
end
$$;
comment on function private.role_rank is 'view 1, edit 2, admin 3, owner 4: each may what those below may.';

create function private.role_of(target_kind text, target_id uuid, person uuid, with_trash boolean default false)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select case
      when t.created_by = person then 'owner'
      when t.kind = 'circle' then (select m.role from public.circle_members m where m.circle_id = t.id and m.user_id = person)
      else (
        select f.role
        from private.shares_in_force f
        where f.target_kind = t.kind
          and f.target_id = t.id
          and f.user_id = person
          -- Holders of a link have its role as long as the target is not private.
          and (f.kind <> 'link' or t.visibility <> 'private')
        order by private.role_rank(f.role) desc
        limit 1
      )
    end
    from private.targets t
    where t.kind = role_of.target_kind and t.id = role_of.target_id and (t.deleted_at is null or with_trash)
  );
end
$$;
comment on function private.role_of is
  'The role of a person in a target now: owner, admin, edit, view or null; in a circle owner, admin, member or null. That it is public gives no role. Every role is read here.';

create function private.role_in(target_kind text, target_id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return private.role_of(target_kind, target_id, auth.uid());
end
$$;
comment on function private.role_in is 'The caller''s role in a target.';

create function public.role_in(target_id uuid, target_kind text default 'song')
returns text
language sql
stable
set search_path = ''
as $$
  select private.role_in(target_kind, target_id)
$$;
comment on function public.role_in is 'The caller''s role in a song: owner, admin, edit, view, or null. A public song gives none by being public.';

create function private.may_edit_song(song_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return coalesce(private.role_rank(private.role_in('song', song_id)) >= 2, false);
end
$$;
comment on function private.may_edit_song is 'Whether the caller may change a song and see its history.';

create function private.require_role(target_kind text, is_there boolean, mine text, operation text, allowed text[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not is_there or mine is null then
    perform private.raise_error(target_kind || '_not_found',
      format('unable to %s the %s; there is none with that id that you have a role in', operation, target_kind), 'Check the id.');
  elsif mine <> all (allowed) then
    perform private.raise_error('forbidden', format('unable to %s the %s; that is not for the role %s', operation, target_kind, mine),
      'Ask the owner for another role.');
  end if;
end
$$;
comment on function private.require_role is 'Raises <kind>_not_found without a role in a target, and forbidden with one that does not reach.';

create function private.lock_target(target_kind text, target_id uuid, operation text, allowed text[])
returns private.targets
language plpgsql
set search_path = ''
as $$
declare
  target private.targets := private.hold_target(target_kind, target_id);
begin
  -- Asked after the lock, so that what ended while we waited has ended.
  perform private.require_role(target_kind, target.id is not null, private.role_in(target_kind, target_id), operation, allowed);
  return target;
end
$$;
comment on function private.lock_target is 'Holds a target in which the caller has one of the roles; raises <kind>_not_found without any, forbidden with another.';

create function private.lock_song(song_id uuid, operation text, allowed text[])
returns public.songs
language plpgsql
set search_path = ''
as $$
declare
  song public.songs;
  mine text;
begin
  select s.* into song from public.songs s where s.id = lock_song.song_id and s.deleted_at is null for no key update;
  -- Asked after the lock, so that what ended while we waited has ended.
  mine := private.role_in('song', song_id);
  perform private.require_role('song', song.id is not null, mine, operation, allowed);
  return song;
end
$$;
comment on function private.lock_song is 'private.lock_target for what changes a song, with the whole row.';

create policy "Visitors see the chords of public songs"
on public.song_chords
for select
to anon
using (private.can_see_song(song_id));

create policy "People see the chords of songs they see"
on public.song_chords
for select
to authenticated
using (private.can_see_song(song_id));

create policy "People see public songs, their own and those shared with them"
on public.songs
for select
to authenticated
using (
  deleted_at is null
  and (
    visibility = 'public'
    or created_by = (select auth.uid())
    or private.can_see_song(id)
  )
);

revoke all on private.shares_in_force, private.song_grants, private.visible_songs, private.visible_summaries,
  private.visible_details from public, anon, authenticated, service_role;
revoke execute on function
  private.can_see_song(uuid),
  private.role_rank(text),
  private.role_of(text, uuid, uuid, boolean),
  private.role_in(text, uuid),
  private.may_edit_song(uuid),
  private.require_role(text, boolean, text, text, text[]),
  private.lock_target(text, uuid, text, text[]),
  private.lock_song(uuid, text, text[]),
  public.role_in(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function private.can_see_song(uuid) to anon, authenticated, service_role;
grant execute on function
  private.role_in(text, uuid),
  private.may_edit_song(uuid),
  public.role_in(uuid, text)
to authenticated;

-- What is shared with the caller, as lists and searches read it.

create function private.shared_songs_of(owner_id uuid, before_created_at timestamptz, before_id uuid, most integer)
returns table (song_id uuid)
language plpgsql
stable
security definer
set search_path = ''
-- The owner's songs or the caller's shares are read first, whichever are fewer: only the values tell.
set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
  caller constant uuid := auth.uid();
begin
  return query
    select g.song_id
    from private.song_grants g
    where g.user_id = caller
      and g.created_by = owner_id
      and (g.song_created_at, g.song_id) < (before_created_at, before_id)
      and g.deleted_at is null
      and g.visibility <> 'public'
      and g.created_by <> caller
    group by g.song_created_at, g.song_id
    order by g.song_created_at desc, g.song_id desc
    limit most;
end
$$;
comment on function private.shared_songs_of is 'What private.shared_songs answers of one owner to a caller with many shares.';

create function private.newest_shared_songs(before_created_at timestamptz, before_id uuid, most integer)
returns table (song_id uuid)
language plpgsql
stable
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
begin
  -- Each part in the order of an index: the caller's own shares, and those of each circle. private.song_grants as a whole would be sorted.
  return query
    select n.id
    from (
      (
        select s.id, s.created_at
        from public.shares h
        join public.songs s on s.id = h.target_id
        where h.shared_with = caller and h.target_kind = 'song' and h.ended_at is null and h.accepted_at is not null
          and (h.expires_at is null or h.expires_at > now())
          and (h.target_created_at, h.target_id) < (before_created_at, before_id)
          and (h.kind <> 'link' or s.visibility <> 'private')
          and s.deleted_at is null and s.visibility <> 'public' and s.created_by <> caller
        order by h.target_created_at desc, h.target_id desc
        limit most
      )
      union
      select o.id, o.created_at
      from public.circle_members m
      cross join lateral (
        select s.id, s.created_at
        from public.shares h
        join public.songs s on s.id = h.target_id
        where h.circle_id = m.circle_id and h.target_kind = 'song' and h.ended_at is null
          and (h.expires_at is null or h.expires_at > now())
          and (h.target_created_at, h.target_id) < (before_created_at, before_id)
          and s.deleted_at is null and s.visibility <> 'public' and s.created_by <> caller
        order by h.target_created_at desc, h.target_id desc
        limit most
      ) o
      where m.user_id = caller
    ) n
    order by n.created_at desc, n.id desc
    limit most;
end
$$;
comment on function private.newest_shared_songs is 'The newest songs that are shared with the caller and not public, however they are shared, each once.';

create function private.shared_songs(owner_id uuid, before_created_at timestamptz, before_id uuid, most integer)
returns table (song_id uuid)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller constant uuid := auth.uid();
  few uuid[];
begin
  if owner_id is null then
    return query select o.song_id from private.newest_shared_songs(before_created_at, before_id, most) o;
    return;
  end if;
  -- Most callers have few shares: looking each of them up takes less time than planning a statement.
  few := array(select f.target_id from private.shares_in_force f where f.target_kind = 'song' and f.user_id = caller limit 201);
  if cardinality(few) > 200 then
    return query select o.song_id from private.shared_songs_of(owner_id, before_created_at, before_id, most) o;
  elsif few <> '{}' then
    return query
      select g.song_id
      from private.song_grants g
      where g.user_id = caller
        and g.song_id = any (few)
        and g.created_by = owner_id
        and (g.song_created_at, g.song_id) < (before_created_at, before_id)
        and g.deleted_at is null
        and g.visibility <> 'public'
        and g.created_by <> caller
      group by g.song_created_at, g.song_id
      order by g.song_created_at desc, g.song_id desc
      limit most;
  end if;
end
$$;
comment on function private.shared_songs is
  'Songs that are shared with the caller and not public, perhaps of one owner, newest first, bounded, each once.';

create function private.shared_song_keys()
returns private.song_key[]
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := auth.uid();
begin
  return array(
    select (n.song_id, n.popularity, n.title_words, n.artist_words, n.chord_set)::private.song_key
    from (
      -- Once, also when it is shared by a person and by a link.
      select distinct on (g.song_created_at, g.song_id) g.*
      from private.song_grants g
      where g.user_id = caller
      order by g.song_created_at desc, g.song_id desc
      limit 20000
    ) as n
    where n.created_by <> caller and n.visibility <> 'public' and n.deleted_at is null
  );
end
$$;
comment on function private.shared_song_keys is
  'Of the newest 20,000 songs that are shared with the caller those that are neither public nor their own, for searches.';

create function private.sees_all_shared()
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
begin
  return not exists (select from private.shares_in_force f where f.target_kind = 'song' and f.user_id = caller offset 20000);
end
$$;
comment on function private.sees_all_shared is 'Whether private.shared_song_keys answers all that is shared with the caller.';

revoke execute on function
  private.newest_shared_songs(timestamptz, uuid, integer),
  private.shared_songs(uuid, timestamptz, uuid, integer),
  private.shared_songs_of(uuid, timestamptz, uuid, integer),
  private.shared_song_keys(),
  private.sees_all_shared()
from public, anon, authenticated, service_role;

-- Who has a target open, and what they hear of it.
--
-- A save sends an event to at most 256 watchers, and only to users who have a role when it commits. A user who loses the role gets one
-- event that says no more than that something changed.

create table private.watchers (
  target_kind text not null,
  target_id uuid not null,
  user_id uuid not null references public.profiles (id) on delete cascade,
  watches_until timestamptz not null,
  song_id uuid generated always as (case when target_kind = 'song' then target_id end) stored references public.songs (id) on delete cascade,
  setlist_id uuid generated always as (case when target_kind = 'setlist' then target_id end) stored references public.setlists (id) on delete cascade,
  circle_id uuid generated always as (case when target_kind = 'circle' then target_id end) stored references public.circles (id) on delete cascade,
  primary key (target_kind, target_id, user_id),
  constraint watchers_target_check check (num_nonnulls(song_id, setlist_id, circle_id) = 1)
);
comment on table private.watchers is
  'Who has a target open; renewed by the client, so that a change is sent to those alone. A row stays until its user has no role.';

create index watchers_user_id_idx on private.watchers (user_id);
create index watchers_song_id_idx on private.watchers (song_id);
create index watchers_setlist_id_idx on private.watchers (setlist_id);
create index watchers_circle_id_idx on private.watchers (circle_id);

create table private.live_keys (
  target_kind text not null,
  target_id uuid not null,
  live_key uuid not null default gen_random_uuid(),
  turned_at timestamptz not null default clock_timestamp(),
  song_id uuid generated always as (case when target_kind = 'song' then target_id end) stored references public.songs (id) on delete cascade,
  setlist_id uuid generated always as (case when target_kind = 'setlist' then target_id end) stored references public.setlists (id) on delete cascade,
  circle_id uuid generated always as (case when target_kind = 'circle' then target_id end) stored references public.circles (id) on delete cascade,
  primary key (target_kind, target_id),
  constraint live_keys_target_check check (num_nonnulls(song_id, setlist_id, circle_id) = 1)
);
comment on table private.live_keys is 'Part of a target''s topic for presence; another one when a user loses a role. Never in a broadcast.';

create index live_keys_song_id_idx on private.live_keys (song_id);
create index live_keys_setlist_id_idx on private.live_keys (setlist_id);
create index live_keys_circle_id_idx on private.live_keys (circle_id);

create function private.deliver_to(user_id uuid, event text, payload jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into realtime.messages (topic, extension, event, payload, private)
  values ('user:' || deliver_to.user_id, 'broadcast', deliver_to.event, deliver_to.payload, true);
exception when others then
  raise warning 'unable to deliver %; %', deliver_to.event, sqlerrm;
end
$$;
comment on function private.deliver_to is 'Broadcasts to the user channel of one person.';

create function private.deliver_target_change(target_kind text, target_id uuid, version integer, change_type text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Recipients are chosen here, in the transaction of the change. The text does not travel: who has a role reads it.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || w.user_id, 'broadcast', deliver_target_change.target_kind,
    jsonb_build_object(deliver_target_change.target_kind || '_id', deliver_target_change.target_id, 'version', version, 'change_type', change_type), true
  from private.watchers w
  where w.target_kind = deliver_target_change.target_kind
    and w.target_id = deliver_target_change.target_id
    and w.watches_until > clock_timestamp()
    and private.role_of(w.target_kind, w.target_id, w.user_id, true) is not null
  order by w.watches_until desc
  limit 256;
exception when others then
  raise warning 'unable to deliver a change of % %; %', target_kind, target_id, sqlerrm;
end
$$;
comment on function private.deliver_target_change is 'Broadcasts that a target has changed to the user channel of everybody who watches it and has a role.';

create function private.tell_watchers(target_kind text, target_id uuid, others uuid[] default '{}')
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || t.user_id, 'broadcast', tell_watchers.target_kind,
    jsonb_build_object(tell_watchers.target_kind || '_id', tell_watchers.target_id), true
  from (
    select unnest(others) as user_id
    union all
    (
      select w.user_id
      from private.watchers w
      where w.target_kind = tell_watchers.target_kind and w.target_id = tell_watchers.target_id and w.watches_until > clock_timestamp()
      order by w.watches_until desc
      limit 256
    )
  ) as t;
exception when others then
  raise warning 'unable to tell the watchers of % %; %', target_kind, target_id, sqlerrm;
end
$$;
comment on function private.tell_watchers is 'Broadcasts to those who watch a target, and to others named, that they should ask again; says nothing of the target.';

create function private.end_lost_watches(target_kind text, target_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  lost uuid[];
begin
  -- However old: a user who no longer renews the watch may still be on the topic.
  with gone as (
    delete from private.watchers w
    where w.target_kind = target_kind
      and w.target_id = target_id
      and private.role_of(w.target_kind, w.target_id, w.user_id, true) is null
    returning w.user_id
  )
  select array_agg(g.user_id) into lost from gone g;
  if lost is null then
    return;
  end if;
  update private.live_keys k
  set live_key = gen_random_uuid(), turned_at = clock_timestamp()
  where k.target_kind = target_kind and k.target_id = target_id;
  -- To those who are out, that they ask and find out; to those who stay, that they move to the new key.
  perform private.tell_watchers(target_kind, target_id, lost);
end
$$;
comment on function private.end_lost_watches is
  'Ends the watching of everybody without a role; if there was one, turns the key of the target''s topic and tells both them and those who stay.';

create function private.end_watches_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.end_lost_watches(w.target_kind, w.target_id)
  from (select o.target_kind, o.target_id from private.watchers o where o.user_id = new.id order by o.target_kind desc, o.target_id) as w;
  return null;
end
$$;
comment on function private.end_watches_of_deleted_profile is 'Trigger: a person who goes watches nothing, and the others move to new topics.';

create function private.renew_watch(target_kind text, target_id uuid)
returns uuid
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller constant uuid := auth.uid();
  topic_key uuid;
begin
  update private.watchers w
  set watches_until = clock_timestamp() + interval '90 seconds'
  where w.target_kind = target_kind and w.target_id = target_id and w.user_id = caller;
  if not found then
    -- A transaction that takes a role away at this moment does not see the new row: we wait for its end.
    perform private.hold_target(target_kind, target_id, true);
    -- A member who is being removed from a circle: what ends the watches of that user comes after this, and finds the new one.
    perform
    from public.circle_members m
    where m.user_id = caller
      and exists (select from public.shares h where h.circle_id = m.circle_id and h.target_kind = target_kind and h.target_id = target_id)
    order by m.circle_id
    for share of m;
    insert into private.watchers (target_kind, target_id, user_id, watches_until)
    values (target_kind, target_id, caller, clock_timestamp() + interval '90 seconds')
    on conflict on constraint watchers_pkey do update set watches_until = excluded.watches_until;
  end if;
  insert into private.live_keys (target_kind, target_id) values (target_kind, target_id) on conflict on constraint live_keys_pkey do nothing;
  -- A share that has run out since the key turned: no transaction was there to turn it.
  update private.live_keys k
  set live_key = gen_random_uuid(), turned_at = clock_timestamp()
  where k.target_kind = target_kind
    and k.target_id = target_id
    and exists (
      select
      from public.shares h
      where h.target_kind = target_kind and h.target_id = target_id and h.accepted_at is not null
        and h.expires_at between k.turned_at and clock_timestamp()
    );
  select k.live_key into topic_key from private.live_keys k where k.target_kind = target_kind and k.target_id = target_id;
  return topic_key;
end
$$;
comment on function private.renew_watch is 'For 90 seconds from now on the caller hears of changes of a target; answers the key of its topic.';

-- After the shares have ended, whose trigger comes first by name; the targets are held.
create trigger profiles_end_watches
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_watches_of_deleted_profile();

revoke all on private.watchers, private.live_keys from public, anon, authenticated, service_role;
revoke execute on function
  private.deliver_to(uuid, text, jsonb),
  private.deliver_target_change(text, uuid, integer, text),
  private.tell_watchers(text, uuid, uuid[]),
  private.end_lost_watches(text, uuid),
  private.renew_watch(text, uuid),
  private.end_watches_of_deleted_profile()
from public, anon, authenticated, service_role;

-- Topics where those with a role in a target see who else has it open. The key of a topic turns whenever a user loses a role.

create function private.may_use_target_topic(topic text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- Every policy runs for every topic: a foreign one is false, never an error.
  if topic is null or topic !~ '^(song|setlist|circle):' or not private.is_uuid(split_part(topic, ':', 2)) then
    return false;
  end if;
  return exists (
    select
    from private.live_keys k
    where k.target_kind = split_part(topic, ':', 1)
      and k.target_id = split_part(topic, ':', 2)::uuid
      and topic = k.target_kind || ':' || k.target_id || ':' || k.live_key
      and private.role_in(k.target_kind, k.target_id) is not null
  );
end
$$;
comment on function private.may_use_target_topic is 'Whether the caller has a role now in the target of a topic, and knows its key.';

create policy "People with a role see who else is at a song, setlist or circle"
on realtime.messages
for select
to authenticated
using (
  extension in ('broadcast', 'presence') and topic = (select realtime.topic()) and private.may_use_target_topic((select realtime.topic()))
);

create policy "People with a role show that they are at a target"
on realtime.messages
for insert
to authenticated
with check (extension = 'presence' and topic = (select realtime.topic()) and private.may_use_target_topic((select realtime.topic())));

-- As for user channels: no policy of the app's own opens these topics to anybody else.
create policy "Nobody else sees who is at a song, setlist or circle"
on realtime.messages
as restrictive
for select
to authenticated
using ((select realtime.topic()) !~* '^(song|setlist|circle):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:' or private.may_use_target_topic((select realtime.topic())));

create policy "Nobody else says anything at a song, setlist or circle"
on realtime.messages
as restrictive
for insert
to authenticated
with check (
  (select realtime.topic()) !~* '^(song|setlist|circle):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:'
  or (extension = 'presence' and private.may_use_target_topic((select realtime.topic())))
);

create policy "Visitors do not see who is at a song, setlist or circle"
on realtime.messages
as restrictive
for select
to anon
using ((select realtime.topic()) !~* '^(song|setlist|circle):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:');

create policy "Visitors say nothing at a song, setlist or circle"
on realtime.messages
as restrictive
for insert
to anon
with check ((select realtime.topic()) !~* '^(song|setlist|circle):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:');

revoke execute on function private.may_use_target_topic(text) from public, anon, authenticated, service_role;
grant execute on function private.may_use_target_topic(text) to authenticated;

commit;
