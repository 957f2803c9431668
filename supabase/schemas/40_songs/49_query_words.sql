-- The words of a query.

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
  select array_agg(distinct private.quote_lexeme(f.form)) into forms
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

create function private.written_words(value text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  folded constant text := private.fold_text(value);
  joined constant text := private.join_words(folded);
begin
  return array(
    select w.word
    from (
      select w.word, w.n, lag(w.word) over (order by w.n) as before from string_to_table(coalesce(joined, private.split_words(folded)), ' ') with ordinality as w (word, n)
    ) as w
    -- A joined word comes once for each part.
    where w.word <> '' and (joined is null or w.word is distinct from w.before)
    order by w.n
  );
end
$$;
comment on function private.written_words is 'The words of a query, one by one; "don''t" is one word.';

create function private.words_in_order(words text[])
returns tsquery
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- Two by two: a joined word stands in the place of each of its parts.
  return (
    select string_agg(format('(%L <-> %L)', w.word, w.next), ' & ')::tsquery
    from unnest(words[:cardinality(words) - 1], words[2:]) as w (word, next)
  );
end
$$;
comment on function private.words_in_order is 'Each word behind the one before it; null for a single word.';

create function private.pairs_of(words text[])
returns integer[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return array(select hashtext(w.word || ' ' || w.next) from unnest(words[:cardinality(words) - 1], words[2:]) as w (word, next));
end
$$;
comment on function private.pairs_of is 'Hashes as private.song_word_pairs has them of each two words of a list.';

revoke execute on function
  private.song_word_forms(text),
  private.is_stop_word(text),
  private.written_words(text),
  private.words_in_order(text[]),
  private.pairs_of(text[])
from public, anon, authenticated, service_role;
