-- Where the words of a query stand in a text, in the code units of UTF-16, as JavaScript, Java and Swift's NSString count.

create function private.utf16_length(value text)
returns integer
language sql
immutable
parallel safe
set search_path = ''
as $$
  -- A code point above U+FFFF, such as an emoji, has two.
  select char_length(value) + case when octet_length(value) > char_length(value) then regexp_count(value, E'[\\U00010000-\\U0010ffff]') else 0 end
$$;
comment on function private.utf16_length is 'How many code units of UTF-16 a text has.';

create function private.words_of(content text)
returns table (place bigint, part bigint, word text, begins integer, ends integer, gap text)
language plpgsql
immutable
set search_path = ''
as $$
declare
  -- What split_words takes for punctuation, with its wide forms. Letters and digits that only look small or round are none.
  sign constant text := E'\\u0001-\\u0020!-%''-/:-@\\u005b-`{-\\u00a9\\u00ab-\\u00b1\\u00b4-\\u00b8\\u00bb\\u00bf\\u2000-\\u206f\\u20a0-\\u20ff'
    '\\u2190-\\u245f\\u2500-\\u2bff\\u3000-\\u303f\\ufe00-\\ufe0f\\uff01-\\uff0f\\uff1a-\\uff20\\uff3b-\\uff40\\uff5b-\\uff65\\U0001f000-\\U0001faff';
  -- Letters that are a word each, with the marks upon them; the parts of a Korean syllable are one.
  letter constant text := E'\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\uff66-\\uff9f\\U00020000-\\U0003ffff';
  mark constant text := E'\\u0e31\\u0e34-\\u0e3a\\u0e47-\\u0e4e\\u0eb1\\u0eb4-\\u0ebc\\u0ec8-\\u0ece\\u102b-\\u103e\\u1056-\\u1060\\u17b4-\\u17d3\\u3099\\u309a\\u30fc\\uff70\\uff9e\\uff9f';
  -- A call for each word would take longer than all the rest.
  astral constant boolean := private.utf16_length(content) > char_length(content);
begin
  return query
    with pieces as (
      select p.n, p.m[1] as gap, p.m[2] as token
      from regexp_matches(content, format(E'([%1$s]*)(&+|[%2$s][%3$s]*|[\\u1100-\\u115f][\\u1160-\\u11ff]*|[\\u1160-\\u11ff]+|[^%1$s&%2$s\\u1100-\\u11ff]+)',
        sign, letter, mark), 'g') with ordinality as p (m, n)
    ),
    placed as (
      select pieces.*, case when astral then private.utf16_length(pieces.token) else char_length(pieces.token) end as length,
        (sum(case when astral then private.utf16_length(pieces.gap || pieces.token) else char_length(pieces.gap || pieces.token) end) over (order by pieces.n))::integer as ends
      from pieces
    )
    select placed.n, w.k, w.word, placed.ends - placed.length, placed.ends, placed.gap
    from placed
    -- Of plain letters, or of digits, there is nothing to fold or split; of both there can be: 1e5x.
    cross join lateral string_to_table(case when placed.token ~ '^(?:[A-Za-z]+|[0-9]+)$' then lower(placed.token)
      else private.split_words(private.fold_text(placed.token)) end, ' ') with ordinality as w (word, k)
    where w.word <> ''
    order by placed.n, w.k;
end
$$;
comment on function private.words_of is 'The words of a text as a search knows them, with their places in the text.';

create function private.joined_words(content text)
returns table (word text, begins integer, ends integer)
language plpgsql
immutable
set search_path = ''
as $$
begin
  if translate(private.fold_text(content), '''!$*./@_-', '') = private.fold_text(content) then
    return;
  end if;
  return query
    with signed as (
      select w.*, w.part > 1 or private.fold_text(w.gap) = any ('{'',!,$,*,.,/,@,_,-}') as goes_on from private.words_of(content) w
    ),
    chained as (
      select signed.*, count(*) filter (where not signed.goes_on) over (order by signed.place, signed.part) as chain from signed
    )
    select string_agg(case when c.goes_on and c.part = 1 then translate(private.fold_text(c.gap), '!$@''*./_-', 'isa') else '' end || c.word, ''
        order by c.place, c.part), min(c.begins), max(c.ends)
    from chained c
    group by c.chain
    having count(*) between 2 and 6;
end
$$;
comment on function private.joined_words is 'The words of a text with a sign inside, written without it: join_words, with their places.';

create function private.highlights(content text, query tsquery)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  words text[];
  begins integer[];
  ends integer[];
  joined text[];
  joined_begins integer[];
  joined_ends integer[];
  unit text;
  parts text[];
  is_prefix boolean;
  size integer;
  found_ranges int4multirange := '{}';
begin
  select array_agg(w.word order by w.place, w.part), array_agg(w.begins order by w.place, w.part), array_agg(w.ends order by w.place, w.part)
  into words, begins, ends
  from private.words_of(content) w;
  select array_agg(j.word), array_agg(j.begins), array_agg(j.ends) into joined, joined_begins, joined_ends from private.joined_words(content) j;
  -- Without what the query excludes.
  foreach unit in array regexp_split_to_array(querytree(query), '[ ()]*[&|][ ()]*') loop
    is_prefix := unit like '%:*%';
    select array_agg(replace(m[1], '''''', '''')) into parts from regexp_matches(unit, E'''((?:[^'']|'''')+)''', 'g') as m;
    size := cardinality(parts);
    found_ranges := found_ranges + coalesce((
      select range_agg(int4range(begins[i], ends[i + size - 1]))
      from generate_series(1, cardinality(words) - size + 1) as i
      where words[i : i + size - 2] = parts[1 : size - 1]
        and (words[i + size - 1] = parts[size] or (is_prefix and starts_with(words[i + size - 1], parts[size])))
    ), '{}');
    if size = 1 then
      -- A word with signs inside, such as "don't", is also one without them.
      found_ranges := found_ranges + coalesce((
        select range_agg(int4range(joined_begins[i], joined_ends[i]))
        from generate_subscripts(joined, 1) as i
        where joined[i] = parts[1] or (is_prefix and starts_with(joined[i], parts[1]))
      ), '{}');
    end if;
  end loop;
  return coalesce((
    select jsonb_agg(jsonb_build_array(lower(r.range), upper(r.range)) order by r.range)
    from (select u.range from unnest(found_ranges) as u (range) order by u.range limit 100) r
  ), '[]');
end
$$;
comment on function private.highlights is
  'Where the words and phrases of a query stand in a text: at most the first 100 ranges, each from a code unit of UTF-16 up to before another.';

revoke execute on function
  private.utf16_length(text),
  private.words_of(text),
  private.joined_words(text),
  private.highlights(text, tsquery)
from public, anon, authenticated, service_role;
