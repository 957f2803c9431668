-- Words and titles that are a typo away.

create function private.near_words(word text)
returns text[]
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- One letter more, less or different, or two swapped letters; at most 80 words, those with the same length and first letter first.
  return array(
    select l.word
    from private.song_lexicon l
    where l.near && private.word_slips(left(near_words.word, 40)) and l.word <> near_words.word
    group by l.word
    order by abs(char_length(l.word) - char_length(near_words.word)), left(l.word, 1) <> left(near_words.word, 1), l.word
    limit 80
  );
end
$$;
comment on function private.near_words is 'Words of public titles and artists that are one typo away.';

create function private.near_titles(spelled text[])
returns text[]
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  found text[] := '{}';
  word text;
begin
  if cardinality(spelled) > 12 then
    return found;
  end if;
  for place in 1 .. cardinality(spelled) loop
    word := spelled[place];
    found := found
      || array(select array_to_string(spelled[:place - 1] || n.word || spelled[place + 1:], ' ')
        from unnest(private.near_words(word)) as n (word));
    -- A blank that is missing, or that became a letter; both halves are words that exist.
    if char_length(word) <= 40 then
      found := found || array(
        select array_to_string(spelled[:place - 1] || h.first || h.second || spelled[place + 1:], ' ')
        from generate_series(1, char_length(word) - 1) as n
        cross join lateral (values
          (left(word, n), substr(word, n + 1)), (left(word, n), substr(word, n + 2))
        ) as h (first, second)
        where h.second <> ''
          and exists (select from private.song_lexicon l where l.word = h.first)
          and exists (select from private.song_lexicon l where l.word = h.second)
      );
    end if;
    if place < cardinality(spelled) then
      -- A blank a letter too early or too late; one too many, also in place of a letter or beside it.
      found := found
        || array_to_string(spelled[:place - 1] || left(word, -1) || (right(word, 1) || spelled[place + 1]) || spelled[place + 2:], ' ')
        || array_to_string(spelled[:place - 1] || (word || left(spelled[place + 1], 1)) || substr(spelled[place + 1], 2)
          || spelled[place + 2:], ' ')
        || array_to_string(spelled[:place - 1] || (word || spelled[place + 1]) || spelled[place + 2:], ' ')
        || array(select array_to_string(spelled[:place - 1] || n.word || spelled[place + 2:], ' ')
          from unnest(private.near_words(word || spelled[place + 1])) as n (word));
    end if;
    if char_length(word) = 1 then
      found := found || array_to_string(spelled[:place - 1] || spelled[place + 1:], ' ');
    end if;
  end loop;
  return array(select distinct k.title from unnest(found) as f (title) cross join lateral private.words_key(f.title) as k (title)
    where k.title not in ('', private.words_key(array_to_string(spelled, ' '))));
end
$$;
comment on function private.near_titles is 'Keys of what the query says less one typo, for each typo that leads to known words.';

revoke execute on function
  private.near_words(text),
  private.near_titles(text[])
from public, anon, authenticated, service_role;
