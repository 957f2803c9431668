-- The words of a query.

create function private.other_words(word text)
returns text[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- Words that are also words of another kind in some language ("once", "due", "vi") ask for nothing but themselves.
  if word = any ('{once,due,dos,sei,vi,v,x,neuf,elf,no}'::text[]) then
    return '{}';
  end if;
  return array(
    select distinct o.other
    from unnest('{feat ft featuring,st saint,ste sainte,mr mister,dr doctor doktor,no number nr num numero,vs versus,pt part,vol volume,'
      'jr junior,sr senior,mt mount,and n,you u,for 4,are r,to too 2,1 one,2 ii two dos deux dois duas zwei,'
      '3 iii three tres trois drei tre,4 iv four cuatro quatre quatro vier quattro,5 v five cinco cinq funf cinque,'
      '6 vi six seis sechs sei,7 vii seven siete sept sete sieben sette,8 viii eight ocho huit oito acht otto,'
      '9 ix nine nueve neuf nove neun,10 x ten diez dix dez zehn dieci,11 xi eleven onze elf undici,12 xii twelve doce douze doze zwolf dodici,'
      '13 xiii thirteen,14 xiv fourteen,15 xv fifteen quince quinze,16 xvi sixteen,17 xvii seventeen,18 xviii eighteen,19 xix nineteen,'
      '20 xx twenty veinte vingt vinte zwanzig venti}'::text[]) as g (words)
    cross join lateral string_to_table(g.words, ' ') as o (other)
    where word = any (string_to_array(g.words, ' ')) and o.other <> word
  );
end
$$;
comment on function private.other_words is 'Other ways to write a word of a query: short for long, digits for words, Roman numerals.';

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
  from unnest(array[word] || private.other_words(word)
    || ts_lexize('pg_catalog.english_stem', word) || ts_lexize('pg_catalog.spanish_stem', word)
    || ts_lexize('pg_catalog.portuguese_stem', word) || ts_lexize('pg_catalog.french_stem', word)
    || ts_lexize('pg_catalog.german_stem', word) || ts_lexize('pg_catalog.italian_stem', word)) as f (form);
  return array_to_string(forms, ' | ')::tsquery;
end
$$;
comment on function private.song_word_forms is 'A word, any of its stems, or another way to write it.';

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
  -- Pairs of neighbours: a joined word has the positions of its parts.
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

create function private.without_song_words(query text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  words constant text[] := regexp_split_to_array(btrim(query), E'\\s+');
  kept constant text[] := array(
    select w.word
    from unnest(words) with ordinality as w (word, n)
    where private.fold_text(w.word) <> all ('{chord,chords,chordpro,lyric,lyrics,tab,tabs,song,songs,cover,by,letra,letras,acordes,cifra,cifras,'
      'paroles,accords,testo,accordi,songtext,akkorde,текст,аккорды}'::text[])
    order by w.n
  );
begin
  return case when cardinality(kept) between 1 and cardinality(words) - 1 then array_to_string(kept, ' ') end;
end
$$;
comment on function private.without_song_words is
  'A query less what users of search engines add to the name of a song, such as "chords"; null when it has no such word or nothing else.';

revoke execute on function
  private.other_words(text),
  private.without_song_words(text),
  private.song_word_forms(text),
  private.is_stop_word(text),
  private.written_words(text),
  private.words_in_order(text[]),
  private.pairs_of(text[])
from public, anon, authenticated, service_role;
