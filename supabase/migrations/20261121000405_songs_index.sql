-- What songs are found by: their words, pairs of words, values to filter by and chord sets, all derived for every writer.
--
-- Roll back: drop trigger songs_index on public.songs; alter table public.songs drop the columns added below; drop the tables and
-- functions below.

-- Semitones and bits are small numbers; a hash of 32 bits is one.
-- squawk-ignore-file prefer-bigint-over-int
-- The table is a migration old and empty.
-- squawk-ignore-file require-concurrent-index-creation, constraint-missing-not-valid

begin;
set local lock_timeout = '10s';

alter table public.songs
  add column popularity double precision not null default 0,
  add column title_words text collate "C" not null default '',
  add column artist_words text collate "C" not null default '',
  add column header_vector tsvector not null default '',
  add column search_vector tsvector not null default '',
  add column word_pairs integer[] not null default '{}',
  add column search_terms text[] collate "C" not null default '{}',
  add column chord_set bigint,
  add constraint songs_popularity_check check (popularity >= 0 and popularity < 'infinity');
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

-- A walk in order of popularity reads many rows: whatever is long is kept out of line, the header's words in it.
alter table public.songs set (toast_tuple_target = 256);
alter table public.songs alter column header_vector set storage main;
alter table public.songs alter column search_terms set storage main;
alter table public.songs alter column search_vector set storage external;

create table private.song_chord_sets (
  id bigint primary key generated always as identity,
  fingerprint bigint not null,
  mask bit(300) not null,
  others text[] not null
);
comment on table private.song_chord_sets is
  'Each set of chords that some song has, far fewer than songs: a bit for each usual chord, the others by name. Two writers may both add one.';

create table private.song_lexicon (
  id bigint primary key generated always as identity,
  word text collate "C" not null,
  near text[] collate "C" not null,
  doomed_at timestamptz
);
comment on table private.song_lexicon is
  'Words of titles and artists of public songs, each with itself less any one letter: two words that share one are a slip apart.';
comment on column private.song_lexicon.doomed_at is
  'Since when upkeep has found no song with it; whoever saves one from then on files it anew, and it goes when all who did not see this have ended.';

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
create index song_chord_sets_fingerprint_idx on private.song_chord_sets (fingerprint);
create index song_lexicon_word_idx on private.song_lexicon (word);
create index song_lexicon_near_idx on private.song_lexicon using gin (near);

create function private.song_words(value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  -- Punctuation parts words, here and in a query alike: "AC/DC" is found by "ac dc". By code point, so in any locale.
  -- Letters before U+0300 are composed already, and to compose takes as long as all the rest.
  return regexp_replace(
    lower(extensions.unaccent('extensions.unaccent'::regdictionary,
      case when value ~ '[^\u0001-\u02ff]' then normalize(value, nfc) else value end)),
    '[\u0001-\u0020!-/:-@\u005b-`{-\u00bf\u2000-\u206f\u3000-\u303f]+', ' ', 'g');
end
$$;
comment on function private.song_words is 'A text''s words in lower case, without accents and punctuation.';

create function private.song_language_config(language text)
returns regconfig
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case split_part(language, '-', 1)
    when 'ca' then 'pg_catalog.catalan' when 'da' then 'pg_catalog.danish' when 'de' then 'pg_catalog.german'
    when 'en' then 'pg_catalog.english' when 'es' then 'pg_catalog.spanish' when 'eu' then 'pg_catalog.basque'
    when 'fi' then 'pg_catalog.finnish' when 'fr' then 'pg_catalog.french' when 'hu' then 'pg_catalog.hungarian'
    when 'it' then 'pg_catalog.italian' when 'nl' then 'pg_catalog.dutch' when 'no' then 'pg_catalog.norwegian'
    when 'pt' then 'pg_catalog.portuguese' when 'ro' then 'pg_catalog.romanian' when 'sv' then 'pg_catalog.swedish'
  end::regconfig;
end
$$;
comment on function private.song_language_config is 'The text search configuration of a language; null when there is none.';

create function private.song_plain_vector(words text)
returns tsvector
language plpgsql
immutable
parallel safe
set search_path = ''
-- Words over 2 KiB are left out, and the parser has a notice for each.
set client_min_messages = 'warning'
as $$
begin
  -- A vector holds a megabyte: so much text fits, whatever the words are.
  return coalesce(to_tsvector('pg_catalog.simple', left(words, 65536)), '');
end
$$;
comment on function private.song_plain_vector is 'A text''s words, as song_words answers them, as they are.';

create function private.add_song_stems(plain tsvector, words text, config regconfig)
returns tsvector
language plpgsql
immutable
parallel safe
set search_path = ''
set client_min_messages = 'warning'
as $$
begin
  if config is null or plain = '' then
    return plain;
  end if;
  return plain || ts_delete(to_tsvector(config, left(words, 65536)), tsvector_to_array(plain));
end
$$;
comment on function private.add_song_stems is 'The plain vector of a text with the stems of its words where those differ.';

create function private.song_part_vector(value text, config regconfig, weight "char")
returns tsvector
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  words text := private.song_words(value);
begin
  return setweight(private.add_song_stems(private.song_plain_vector(words), words, config), weight);
end
$$;
comment on function private.song_part_vector is 'Words as they are, and their stems where those differ.';

create function private.song_header(song public.songs)
returns tsvector
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  config regconfig := private.song_language_config(song.language);
  named text;
begin
  select string_agg(v.value, ' ') into named
  from unnest('{subtitle,sorttitle,artist,sortartist,composer,sortcomposer,lyricist,arranger,author,authors,autor,autores,writer,writers,songwriter,words,music,letra,música,musica,musik,text,texter,letrista,compositor}'::text[]) as d (name)
  cross join lateral jsonb_array_elements_text(song.chordpro_metadata -> d.name) as v (value)
  -- Artists of the text beside the one that the writer names, or beyond what fits there.
  where d.name <> 'artist' or strpos(coalesce(song.artist, ''), v.value) = 0;
  return private.song_part_vector(song.title, config, 'A')
    || private.song_part_vector(song.artist, config, 'B')
    || private.song_part_vector(left(concat_ws(' ', song.album, song.genre, song.style, named), 2000), config, 'C');
end
$$;
comment on function private.song_header is 'The words that are not of the lyrics: title, artist, album, genre, style, who wrote it.';

create function private.song_word_pairs(vector tsvector)
returns integer[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- What is parted by a word that is too long to be filed, or stands behind the last place that a vector tells, is no pair.
  return (
    select coalesce(array_agg(distinct hashtext(w.before || ' ' || w.lexeme)), '{}')
    from (
      select p.lexeme, p.place, lag(p.lexeme) over by_place as before, lag(p.place) over by_place as place_before
      from (select u.lexeme, unnest(u.positions) as place from unnest(vector) as u) as p
      window by_place as (order by p.place)
    ) as w
    where w.place = w.place_before + 1
  );
end
$$;
comment on function private.song_word_pairs is 'Hashes of each two words of a plain vector that follow each other.';

create function private.popularity_level(popularity double precision)
returns integer
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return case when popularity < 1e-6 then 0 else least(floor(ln(popularity) / ln(2::double precision))::integer + 21, 84) end;
end
$$;
comment on function private.popularity_level is 'The power of two of a popularity, from 0 for nearly none to 84: the more liked, never the lower.';

create function private.song_filter_terms(song public.songs)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return array_remove(array[
      'genre:' || song.genre, 'style:' || song.style, 'key:' || song.key, 'difficulty:' || song.difficulty_level,
      'language:' || song.language, case when strpos(song.language, '-') > 0 then 'language:' || split_part(song.language, '-', 1) end,
      'source:' || song.source_type, 'decade:' || least(greatest(song.year, 1900), 2099) / 10, 'tempo:' || song.tempo / 10,
      'seconds:' || least(song.duration_seconds, 3600) / 10, 'owner:' || song.created_by,
      'liked:' || private.popularity_level(song.popularity)
    ], null)
    || array(select 'chord:' || (c.chord ->> 'name') from jsonb_array_elements(song.chords) as c (chord));
end
$$;
comment on function private.song_filter_terms is 'What a song can be filtered by, as name:value; years, tempos and seconds by the ten.';

create function private.chord_bit(root text, quality text, bass text)
returns integer
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  if bass is not null then
    return null;
  end if;
  return (array_position('{C,C#,D,Eb,E,F,F#,G,Ab,A,Bb,B}'::text[], root) - 1) * 25
    + array_position('{"",m,7,m7,maj7,sus4,sus2,6,m6,9,m9,5,dim,dim7,aug,add9,maj9,11,13,7sus4,m7b5,69,7b9,7#9,madd9}'::text[], quality) - 1;
end
$$;
comment on function private.chord_bit is 'The place of a usual chord among the 300; null for any other.';

create function private.chord_mask(bits integer[])
returns bit(300)
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  mask text := repeat('0', 300);
  place integer;
begin
  foreach place in array coalesce(bits, '{}') loop
    mask := overlay(mask placing '1' from place + 1 for 1);
  end loop;
  return mask::bit(300);
end
$$;
comment on function private.chord_mask is 'A bit for each usual chord.';

create function private.chord_fingerprint(chords jsonb)
returns bigint
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return (
    select hashtextextended(string_agg(c.chord ->> 'name', ' ' order by c.chord ->> 'name' collate "C"), 0)
    from jsonb_array_elements(chords) as c (chord)
  );
end
$$;
comment on function private.chord_fingerprint is 'The same for the same distinct chords; null for none.';

create function private.add_chord_set(chords jsonb, fingerprint bigint)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Not unique: nobody waits for another song's transaction, and one set told twice does no harm.
  insert into private.song_chord_sets (fingerprint, mask, others)
  select add_chord_set.fingerprint, private.chord_mask(array_agg(b.place) filter (where b.place is not null)),
    coalesce(array_agg(c.name) filter (where b.place is null), '{}')
  from jsonb_to_recordset(chords) as c (name text, root text, quality text, bass text)
  cross join lateral (select private.chord_bit(c.root, c.quality, c.bass)) as b (place)
  where not exists (select from private.song_chord_sets k where k.fingerprint = add_chord_set.fingerprint)
  having count(*) > 0;
end
$$;
comment on function private.add_chord_set is 'Files a set of chords unless it is there.';

create function private.word_slips(word text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return array(
    select word
    union
    select overlay(word placing '' from n for 1) from generate_series(1, char_length(word)) as n where char_length(word) > 1
  );
end
$$;
comment on function private.word_slips is 'A word, and the same less any one letter.';

create function private.add_song_words(words text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Not unique either, for the same reason.
  insert into private.song_lexicon (word, near)
  select w.word, private.word_slips(w.word)
  from (select distinct s.word collate "C" from string_to_table(words, ' ') as s (word)) as w (word)
  where char_length(w.word) between 1 and 40
    and not exists (select from private.song_lexicon l where l.word = w.word and l.doomed_at is null);
end
$$;
comment on function private.add_song_words is 'Adds the words of a public title or artist to the lexicon.';

create function private.song_tag_terms(song_id uuid)
returns text[]
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return array(select 'tag:' || t.tag_name from public.song_tags t where t.song_id = song_tag_terms.song_id order by t.tag_name);
end
$$;
comment on function private.song_tag_terms is 'The terms for the tags that a song has now.';

create function private.index_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  is_new boolean := tg_op = 'INSERT';
  words text;
  plain tsvector;
begin
  if not is_new then
    new.title_words := old.title_words;
    new.artist_words := old.artist_words;
    new.header_vector := old.header_vector;
    new.search_vector := old.search_vector;
    new.word_pairs := old.word_pairs;
    new.chord_set := old.chord_set;
  end if;
  if is_new
    or (new.title, new.artist, new.album, new.genre, new.style, new.language, new.lyrics, new.chordpro_metadata)
      is distinct from (old.title, old.artist, old.album, old.genre, old.style, old.language, old.lyrics, old.chordpro_metadata)
  then
    new.title_words := left(btrim(private.song_words(new.title)), 255);
    new.artist_words := coalesce(left(btrim(private.song_words(new.artist)), 255), '');
    new.header_vector := private.song_header(new);
    words := private.song_words(new.lyrics);
    plain := private.song_plain_vector(words);
    new.search_vector := new.header_vector
      || setweight(private.add_song_stems(plain, words, private.song_language_config(new.language)), 'D');
    if is_new or (new.title, new.artist, new.lyrics) is distinct from (old.title, old.artist, old.lyrics) then
      new.word_pairs := private.song_word_pairs(
        private.song_part_vector(new.title, null, 'A') || private.song_part_vector(new.artist, null, 'B') || plain);
    end if;
  end if;
  if is_new or new.chords is distinct from old.chords then
    new.chord_set := private.chord_fingerprint(new.chords);
    if new.chord_set is not null then
      perform private.add_chord_set(new.chords, new.chord_set);
    end if;
  end if;
  if is_new
    or (new.genre, new.style, new.key, new.difficulty_level, new.language, new.source_type, new.year, new.tempo,
        new.duration_seconds, new.created_by, new.chord_set, private.popularity_level(new.popularity))
      is distinct from (old.genre, old.style, old.key, old.difficulty_level, old.language, old.source_type, old.year, old.tempo,
        old.duration_seconds, old.created_by, old.chord_set, private.popularity_level(old.popularity))
    or new.search_terms is distinct from old.search_terms
  then
    -- Whatever is written here stands for "read the tags again"; nobody changes them while this row is locked.
    new.search_terms := private.song_filter_terms(new) || case when is_new then '{}' else private.song_tag_terms(new.id) end;
  else
    new.search_terms := old.search_terms;
  end if;
  if new.visibility = 'public'
    and (is_new or (new.title_words, new.artist_words, new.visibility)
      is distinct from (old.title_words, old.artist_words, old.visibility))
  then
    perform private.add_song_words(concat_ws(' ', new.title_words, new.artist_words));
  end if;
  return new;
end
$$;
comment on function private.index_song is 'Trigger: derives what a song is found by, after its text was read; each part only when what it comes from changed.';

create function private.prune_song_lexicon(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
set search_path = ''
as $$
declare
  place bigint := coalesce(reached, '0')::bigint;
  walked bigint[];
  unwanted bigint[];
  handled bigint;
  changed bigint;
begin
  walked := array(select l.id from private.song_lexicon l where l.id > place order by l.id limit batch_size);
  unwanted := array(
    select l.id
    from private.song_lexicon l
    where l.id = any (walked) and (
      -- Of two the older one stays, marked or not: where a song has the word, this same run takes its mark off.
      exists (select from private.song_lexicon o where o.word = l.word and o.id < l.id)
      or not exists (
        select
        from public.songs s
        where s.header_vector @@ quote_literal(l.word)::tsquery and s.visibility = 'public' and s.deleted_at is null
      )
    )
  );
  -- A song that is being saved at this moment found the word filed and did not file it: so it is only marked now. By the time it
  -- may go that song is there to be seen, and the mark is taken off.
  delete from private.song_lexicon l where l.id = any (unwanted) and l.doomed_at < clock_timestamp() - keep;
  get diagnostics handled = row_count;
  update private.song_lexicon l
  set doomed_at = case when l.doomed_at is null then clock_timestamp() end
  where l.id = any (walked) and (l.doomed_at is null) = (l.id = any (unwanted));
  get diagnostics changed = row_count;
  return (handled + changed, case when cardinality(walked) = batch_size then walked[batch_size]::text end);
end
$$;
comment on function private.prune_song_lexicon is
  'Upkeep: a batch of words; takes out those that no public song has had for long, and those told twice.';

create trigger songs_index
before insert or update on public.songs
for each row
execute function private.index_song();

insert into private.maintenance_steps (name, position, function_name, batch_size, keep)
values ('prune_song_lexicon', 50, 'private.prune_song_lexicon', 500, '12 hours');

revoke all on private.song_chord_sets, private.song_lexicon from public, anon, authenticated, service_role;
revoke execute on function
  private.song_words(text),
  private.song_language_config(text),
  private.song_plain_vector(text),
  private.add_song_stems(tsvector, text, regconfig),
  private.song_part_vector(text, regconfig, "char"),
  private.song_header(public.songs),
  private.song_word_pairs(tsvector),
  private.popularity_level(double precision),
  private.song_filter_terms(public.songs),
  private.song_tag_terms(uuid),
  private.chord_bit(text, text, text),
  private.chord_mask(integer[]),
  private.chord_fingerprint(jsonb),
  private.add_chord_set(jsonb, bigint),
  private.word_slips(text),
  private.add_song_words(text),
  private.index_song(),
  private.prune_song_lexicon(integer, interval, text)
from public, anon, authenticated, service_role;

commit;
