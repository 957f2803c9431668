-- What a search of songs asks for, read from its text.

create type private.song_query as (
  words text,
  header tsquery,
  lyrics tsquery,
  open tsquery,
  start tsquery,
  rest tsquery,
  excluded tsquery,
  marks tsquery,
  hint text,
  pairs integer[],
  spelled text[]
);
comment on type private.song_query is
  'A query read: its words as text; what the header, and what the whole song must match; the last word as a start, in the header and in the lyrics (null when it is whole there), and the rest; what must not match; what to highlight, and how such words begin; pairs of phrases; single words for the speller.';

create function private.song_word_forms(word text)
returns tsquery
language plpgsql
stable
parallel safe
set search_path = ''
as $$
declare
  forms text[];
begin
  -- The word itself, or its stem in a language of the catalogue: the query does not say which one a song is in.
  select array_agg(distinct quote_literal(f.form)) into forms
  from unnest(array[word]
    || ts_lexize('pg_catalog.english_stem', word) || ts_lexize('pg_catalog.spanish_stem', word)
    || ts_lexize('pg_catalog.portuguese_stem', word) || ts_lexize('pg_catalog.french_stem', word)
    || ts_lexize('pg_catalog.german_stem', word) || ts_lexize('pg_catalog.italian_stem', word)) as f (form);
  return array_to_string(forms, ' | ')::tsquery;
end
$$;
comment on function private.song_word_forms is 'A word or any of its stems.';

create function private.is_stop_word(word text)
returns boolean
language plpgsql
stable
parallel safe
set search_path = ''
as $$
begin
  return '{}' in (ts_lexize('pg_catalog.english_stem', word), ts_lexize('pg_catalog.spanish_stem', word),
    ts_lexize('pg_catalog.portuguese_stem', word), ts_lexize('pg_catalog.french_stem', word),
    ts_lexize('pg_catalog.german_stem', word), ts_lexize('pg_catalog.italian_stem', word));
end
$$;
comment on function private.is_stop_word is 'Whether nearly every text has the word, in one of the languages.';

create function private.plain_words(value text)
returns text[]
language plpgsql
stable
parallel safe
set search_path = ''
as $$
begin
  -- In the order written, through the parser that the songs went through.
  return array(
    select w.lexeme
    from unnest(to_tsvector('pg_catalog.simple', private.song_words(value))) as w
    cross join lateral unnest(w.positions) as p (place)
    order by p.place
  );
end
$$;
comment on function private.plain_words is 'The words of a text, one by one.';

create function private.word_starts(marks tsquery)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  word text;
  starts text[] := '{}';
begin
  -- A stem and its words have all letters but the last in common.
  foreach word in array tsvector_to_array(array_to_tsvector(array(
    select distinct m.found[1] from regexp_matches(marks::text, '''([^'']+)''', 'g') as m (found)))) loop
    starts := starts || left(word, greatest(char_length(word) - 1, least(char_length(word), 3)));
  end loop;
  return E'\\m(?:' || array_to_string(starts, '|') || ')';
end
$$;
comment on function private.word_starts is 'A pattern for where the words that are marked may begin.';

create function private.read_song_query(query text)
returns private.song_query
language plpgsql
stable
set search_path = ''
as $$
declare
  spelled text[] := '{}';
  pairs integer[];
  open tsquery;
  start tsquery;
  rest tsquery;
  header tsquery;
  lyrics tsquery;
  excluded tsquery;
  marks tsquery;
  part record;
  said text := '';
  words text[];
  word text;
  phrase tsquery;
  last_is_open boolean := false;
begin
  if query is null or char_length(query) > 200 then
    perform private.raise_error('invalid_input', 'unable to search songs; a query has at most 200 characters', 'Shorten the query.',
      '{"field": "query"}');
  end if;
  for part in
    select m.found[1] = '-' as is_excluded, m.found[2] is not null as is_phrase, coalesce(m.found[2], m.found[3]) as text
    from regexp_matches(query, E'(-?)(?:"([^"]*)"?|([^\\s"]+))', 'g') as m (found)
  loop
    words := private.plain_words(part.text);
    last_is_open := false;
    continue when words = '{}';
    if part.is_excluded then
      excluded := coalesce(excluded || phraseto_tsquery('pg_catalog.simple', array_to_string(words, ' ')),
        phraseto_tsquery('pg_catalog.simple', array_to_string(words, ' ')));
      continue;
    end if;
    said := said || ' ' || part.text;
    if part.is_phrase and cardinality(words) > 1 then
      phrase := phraseto_tsquery('pg_catalog.simple', array_to_string(words, ' '));
      rest := coalesce(rest && phrase, phrase);
      pairs := coalesce(pairs, '{}') || array(
        select hashtext(words[n] || ' ' || words[n + 1]) from generate_series(1, cardinality(words) - 1) as n);
      foreach word in array words loop
        marks := coalesce(marks || quote_literal(word)::tsquery, quote_literal(word)::tsquery);
      end loop;
      continue;
    end if;
    last_is_open := not part.is_phrase and right(query, 1) !~ E'\\s';
    spelled := spelled || words;
  end loop;

  for place in 1 .. cardinality(spelled) loop
    phrase := private.song_word_forms(spelled[place]);
    if place = cardinality(spelled) and last_is_open then
      open := phrase || (quote_literal(spelled[place]) || ':*')::tsquery;
      marks := coalesce(marks || open, open);
    else
      rest := coalesce(rest && phrase, phrase);
      marks := coalesce(marks || phrase, phrase);
    end if;
  end loop;
  header := coalesce(rest && open, rest, open);
  lyrics := header;
  -- One or two letters begin half of all words, and nobody goes on from "and": in the lyrics these are a word.
  if open is not null and (char_length(spelled[cardinality(spelled)]) < 3 or private.is_stop_word(spelled[cardinality(spelled)])) then
    lyrics := coalesce(rest && phrase, phrase);
  elsif open is not null then
    start := open;
  end if;
  return row(btrim(private.song_words(said)), header, lyrics, open, start, rest, excluded, marks,
    private.word_starts(marks), pairs, spelled)::private.song_query;
end
$$;
comment on function private.read_song_query is
  'Words, "phrases" and -exclusions; the last word is the start of one unless a blank follows it. Header and lyrics are null without a word.';

revoke execute on function
  private.word_starts(tsquery),
  private.song_word_forms(text),
  private.is_stop_word(text),
  private.plain_words(text),
  private.read_song_query(text)
from public, anon, authenticated, service_role;
