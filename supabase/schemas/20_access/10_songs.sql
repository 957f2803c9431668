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
