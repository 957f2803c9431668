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
