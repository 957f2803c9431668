-- The words that songs are found by, and the lexicon for typos.

create table private.song_lexicon (
  id bigint primary key generated always as identity,
  word text collate "C" not null,
  near text[] collate "C" not null,
  doomed_at timestamptz
);
comment on table private.song_lexicon is
  'Words of titles and artists of public songs. Each has as keys the word and its forms without one letter: two words with a common key are one typo apart.';
comment on column private.song_lexicon.doomed_at is
  'When upkeep found that no song has the word. A later save adds the word again. Upkeep removes this row when all transactions that did not see the mark have ended.';

create index song_lexicon_word_idx on private.song_lexicon (word);
create index song_lexicon_near_idx on private.song_lexicon using gin (near);

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
comment on function private.song_language_config is 'The text search configuration of a language; null for a language without one.';

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
  folded constant text := private.fold_text(value);
  words constant text := private.split_words(folded);
  plain tsvector := private.words_vector(words, private.join_words(folded));
begin
  if plain = '' and folded ~ E'\\S' then
    -- A name of signs alone: "!!!".
    plain := (private.quote_lexeme(private.text_key(value)) || ':1')::tsvector;
  elsif strpos(folded, '&') > 0 or strpos(folded, ' + ') > 0 then
    plain := (plain::text || coalesce(regexp_replace(substring(plain::text from E'''and''(:\\S+)'), '^(.*)$', E' y\\1 e\\1 und\\1 et\\1'), ''))::tsvector;
  end if;
  return setweight(private.add_song_stems(plain, words, config), weight);
end
$$;
comment on function private.song_part_vector is
  'Words as they are, and their stems where those differ. "&" is each word for "and" of some languages.';

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
  from unnest('{subtitle,sorttitle,artist,sortartist,composer,sortcomposer,lyricist,arranger,author,authors,autor,autores,writer,writers,'
    'songwriter,words,music,letra,música,musica,musik,text,texter,letrista,compositor}'::text[]) as d (name)
  cross join lateral jsonb_array_elements_text(song.chordpro_metadata -> d.name) as v (value)
  -- Artists of the text beside the one that the writer names, or beyond what fits there.
  where d.name <> 'artist' or strpos(coalesce(song.artist, ''), v.value) = 0;
  return private.song_part_vector(song.title, config, 'A')
    || private.song_part_vector(song.artist, config, 'B')
    || private.song_part_vector(left(concat_ws(' ', song.album, song.genre, song.style, named), 2000), config, 'C');
end
$$;
comment on function private.song_header is 'The words that are not of the lyrics: title, artist, album, genre, style, who wrote it.';

create function private.song_word_pairs(words text, joined text)
returns integer[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  split constant text[] := string_to_array(left(words, 65536), ' ');
  whole text[];
  pairs constant integer[] := array(
    select distinct hashtext(p.word || ' ' || p.next) from unnest(split[:cardinality(split) - 1], split[2:]) as p (word, next));
begin
  if joined is null then
    return pairs;
  end if;
  whole := string_to_array(left(joined, 65536), ' ');
  return pairs || array(
    select distinct hashtext(p.word || ' ' || p.next)
    from unnest(split[:cardinality(split) - 1], split[2:], whole[:cardinality(whole) - 1], whole[2:]) as w (split, split_next, whole, whole_next)
    cross join lateral (values (w.whole, w.whole_next), (w.whole, w.split_next), (w.split, w.whole_next)) as p (word, next)
    where w.split <> w.whole or w.split_next <> w.whole_next
  );
end
$$;
comment on function private.song_word_pairs is 'Hashes of each two neighbouring words, from split_words and join_words.';

create function private.song_name_pairs(name text)
returns integer[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  folded constant text := coalesce(private.fold_text(name), '');
begin
  return private.song_word_pairs(private.split_words(folded), private.join_words(folded));
end
$$;
comment on function private.song_name_pairs is 'Hashes of each two words of a title or an artist that follow each other.';

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

create function private.add_song_words(words text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Not unique either, for the same reason.
  insert into private.song_lexicon (word, near)
  select w.word, private.word_slips(w.word)
  from (select distinct s.word collate "C" from unnest(words) as s (word)) as w (word)
  where char_length(w.word) between 1 and 40
    and not exists (select from private.song_lexicon l where l.word = w.word and l.doomed_at is null);
end
$$;
comment on function private.add_song_words is 'Adds the words of a public title or artist to the lexicon.';

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
        where s.header_vector @@ private.quote_lexeme(l.word)::tsquery and s.visibility = 'public' and s.deleted_at is null
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
  'Upkeep: reads a batch of words. Removes words that no public song has had for a long time, and duplicates.';

create function private.letters(words text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  return (select string_agg(l.letter, '' order by l.letter collate "C") from string_to_table(words, null) as l (letter));
end
$$;
comment on function private.letters is 'The letters of a text in order of the alphabet: alike when only their places differ.';

insert into private.maintenance_steps (name, position, function_name, batch_size, keep)
values ('prune_song_lexicon', 50, 'private.prune_song_lexicon', 500, '12 hours');

revoke all on private.song_lexicon from public, anon, authenticated, service_role;
revoke execute on function
  private.song_language_config(text),
  private.add_song_stems(tsvector, text, regconfig),
  private.song_part_vector(text, regconfig, "char"),
  private.song_header(public.songs),
  private.song_word_pairs(text, text),
  private.song_name_pairs(text),
  private.word_slips(text),
  private.add_song_words(text[]),
  private.prune_song_lexicon(integer, interval, text),
  private.letters(text)
from public, anon, authenticated, service_role;
