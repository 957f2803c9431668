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
  runs text[],
  pairs integer[],
  spelled text[],
  is_one_text boolean,
  is_open boolean
);
comment on type private.song_query is
  'The parts of a query. words: its key. header and lyrics: the conditions on the header and on the whole song. '
  'open and start: the last word as a prefix, in the header and in the lyrics; null when the word is complete. rest: the other words. '
  'excluded: words that must not match. marks: words to highlight; hint: their prefixes. runs: parts in scripts without blanks. '
  'pairs: hashes of phrases. spelled: the words in order. is_one_text: the query has no quoted phrase. is_open: the last word may be unfinished.';

create function private.word_starts(marks tsquery, runs text[])
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- A stem and its words have all letters but the last in common. A sign can be between any two letters: AC/DC.
  return (
    select E'(?:\\m(?:' || string_agg(regexp_replace(left(w.word, greatest(char_length(w.word) - 1, least(char_length(w.word), 3))),
      '([[:alnum:]])(?=[[:alnum:]])', E'\\1[''!$*./@_-]?', 'g'), '|') || ')' || coalesce('|' || array_to_string(runs, '|'), '') || ')'
    from (
      select distinct translate(m.found[1], E'.\\+*?()[]{}^$|/', '') as word from regexp_matches(marks::text, '''((?:[^'']|'''')+)''', 'g') as m (found)
    ) as w
    where w.word <> ''
  );
end
$$;
comment on function private.word_starts is 'A pattern for where the words that are marked may begin.';

create function private.token_query(words text[], joined text, is_open boolean)
returns tsquery
language plpgsql
stable
parallel safe
set search_path = ''
as $$
declare
  parts text;
begin
  select string_agg('(' || private.song_word_forms(w.word)::text
    || case when is_open and w.n = cardinality(words) then ' | ' || private.quote_lexeme(w.word) || ':*' else '' end || ')', ' & ' order by w.n)
  into parts
  from unnest(words) with ordinality as w (word, n);
  if joined is null then
    return parts::tsquery;
  end if;
  return (parts || ' | ' || private.song_word_forms(joined)::text || case when is_open then ' | ' || private.quote_lexeme(joined) || ':*' else '' end)::tsquery;
end
$$;
comment on function private.token_query is 'What has no blank in a query: its parts, or all of it as one word; the last one perhaps unfinished.';

create function private.any_word_of(part tsquery)
returns tsquery
language sql
immutable
parallel safe
set search_path = ''
as $$
  -- No word has a blank in it.
  select replace(part::text, ' & ', ' | ')::tsquery
$$;
comment on function private.any_word_of is 'The words to mark of a part of a query: a text may have them far apart.';

create type private.song_token as (
  said text,
  words text[],
  joined text,
  kind text
);
comment on type private.song_token is 'A part of a query without blanks, or a quoted phrase, with its words. The kind is word, run (of a script without blanks), phrase, excluded, and or signs.';

create function private.song_tokens(query text)
returns private.song_token[]
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return array(
    select (
      t.said, t.words, t.joined,
      case
        when t.said ~ '^[&+]+$' then 'and'
        when t.words = '{}' then 'signs'
        when t.is_excluded then 'excluded'
        when t.is_phrase and cardinality(coalesce(w.written, t.words)) > 1 then 'phrase'
        when t.joined is null and cardinality(t.words) > 1
          and t.folded ~ E'[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\U00020000-\\U0003ffff]' then 'run'
        else 'word'
      end)::private.song_token
    from (
      select m.n, m.said, m.is_excluded, m.is_phrase, f.folded, string_to_array(private.split_words(f.folded), ' ') as words,
        split_part(private.join_words(f.folded), ' ', 1) as joined
      from (
        -- "-M-" is a name, "-word" leaves out.
        select m.n, m.found[1] = '-' and coalesce(m.found[3], '') !~ '-$' as is_excluded, m.found[2] is not null as is_phrase,
          case when m.found[3] ~ '-$' then m.found[1] else '' end || coalesce(m.found[2], m.found[3]) as said
        from regexp_matches(query, E'(-?)(?:"([^"]*)"?|([^\\s"]+))', 'g') with ordinality as m (found, n)
      ) as m
      cross join lateral (select private.fold_text(m.said) as folded offset 0) as f
    ) as t
    cross join lateral (select case when t.is_phrase then private.written_words(t.said) end as written) as w
    order by t.n
  );
end
$$;
comment on function private.song_tokens is 'The parts of a query in order: words, "phrases" and -exclusions.';

create function private.end_song_query(
  asked private.song_query, last_one private.song_token, tokens private.song_token[], has_words boolean, may_go_on boolean
)
returns private.song_query
language plpgsql
stable
set search_path = ''
as $$
declare
  part tsquery;
  word text;
begin
  asked.is_open := coalesce(last_one.kind = 'word' and may_go_on, false);
  if last_one.kind = 'word' then
    part := private.token_query(last_one.words, last_one.joined, asked.is_open);
    asked.marks := coalesce(asked.marks || private.any_word_of(part), private.any_word_of(part));
    if asked.is_open then
      asked.open := part;
    else
      asked.rest := coalesce(asked.rest && part, part);
    end if;
  end if;
  asked.words := coalesce(private.text_key((
    select string_agg(t.said, ' ' order by n) from unnest(tokens) with ordinality as t (said, words, joined, kind, n) where t.kind <> 'excluded')), '');
  asked.header := coalesce(asked.rest && asked.open, asked.rest, asked.open);
  if not has_words and asked.words <> '' and asked.excluded is null then
    -- A name of signs alone.
    asked.header := private.quote_lexeme(asked.words)::tsquery;
    asked.rest := asked.header;
  end if;
  asked.lyrics := asked.header;
  -- One or two letters begin half of all words, and no user continues from "and": in the lyrics these are a word.
  word := coalesce(last_one.joined, last_one.words[cardinality(last_one.words)]);
  if asked.open is not null and (char_length(word) < 3 or private.is_stop_word(word)) then
    part := private.token_query(last_one.words, last_one.joined, false);
    asked.lyrics := coalesce(asked.rest && part, part);
  elsif asked.open is not null then
    asked.start := asked.open;
  end if;
  asked.is_one_text := asked.is_one_text and asked.words <> '';
  asked.hint := private.word_starts(asked.marks, asked.runs);
  return asked;
end
$$;
comment on function private.end_song_query is 'Adds the last word of a query, which may be unfinished, and the fields that depend on all words.';

create function private.read_song_query(query text)
returns private.song_query
language plpgsql
stable
set search_path = ''
as $$
declare
  asked private.song_query;
  tokens private.song_token[];
  token private.song_token;
  last_one private.song_token;
  part tsquery;
  words text[];
  has_words boolean;
begin
  if query is null or char_length(query) > 200 then
    perform private.raise_error('invalid_input', 'unable to search songs; a query has at most 200 characters', 'Shorten the query.',
      '{"field": "query"}');
  end if;
  tokens := private.song_tokens(query);
  has_words := exists (select from unnest(tokens) as t where t.kind in ('word', 'run', 'phrase'));
  asked.spelled := '{}';
  asked.is_one_text := true;
  foreach token in array tokens loop
    continue when token.kind = 'signs' or (token.kind = 'and' and not has_words);
    words := case when token.kind in ('phrase', 'excluded') then private.written_words(token.said) else token.words end;
    if token.kind = 'excluded' then
      part := coalesce(private.words_in_order(token.words), private.quote_lexeme(token.words[1])::tsquery);
      part := part || coalesce(private.words_in_order(words), private.quote_lexeme(words[1])::tsquery);
      asked.excluded := coalesce(asked.excluded || part, part);
      continue;
    end if;
    -- The last word may be unfinished, unless it is quoted.
    if (last_one).kind = 'word' then
      part := private.token_query((last_one).words, (last_one).joined, false);
      asked.rest := coalesce(asked.rest && part, part);
      asked.marks := coalesce(asked.marks || private.any_word_of(part), private.any_word_of(part));
    end if;
    last_one := token;
    if token.kind = 'and' then
      part := 'and | y | e | und | et | og | och';
      asked.spelled := asked.spelled || 'and'::text;
      asked.rest := coalesce(asked.rest && part, part);
    elsif token.kind in ('phrase', 'run') then
      part := private.words_in_order(words);
      asked.rest := coalesce(asked.rest && part, part);
      asked.pairs := coalesce(asked.pairs, '{}') || private.pairs_of(words);
      part := array_to_string(array(select private.quote_lexeme(w.word) from unnest(token.words || words) as w (word)), ' | ')::tsquery;
      if token.kind = 'phrase' then
        asked.is_one_text := false;
        asked.marks := coalesce(asked.marks || part, part);
      else
        asked.spelled := asked.spelled || words;
        asked.runs := asked.runs || regexp_replace(private.fold_text(token.said), E'[^[:alnum:]\\u0e00-\\u9fff\\uac00-\\ud7af]+', '.', 'g');
        asked.marks := coalesce(asked.marks || part, part);
      end if;
    else
      asked.spelled := asked.spelled || case when token.joined is null then token.words else array[token.joined] end;
    end if;
  end loop;

  return private.end_song_query(asked, last_one, tokens, has_words,
    (tokens[cardinality(tokens)]).kind = 'word' and query !~ E'[\\s"]$');
end
$$;
comment on function private.read_song_query is
  'Reads words, "phrases" and -exclusions. The last word is a prefix unless a blank follows it. Header and lyrics are null for a query without words.';

revoke execute on function
  private.word_starts(tsquery, text[]),
  private.token_query(text[], text, boolean),
  private.any_word_of(tsquery),
  private.song_tokens(text),
  private.end_song_query(private.song_query, private.song_token, private.song_token[], boolean, boolean),
  private.read_song_query(text)
from public, anon, authenticated, service_role;
