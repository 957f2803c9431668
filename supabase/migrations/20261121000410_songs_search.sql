-- Songs by their words, values and chords: results in pages, counts by value, titles as one types.
--
-- How it is ranked, and what bounds the work of each query: docs/performance/search.md.
-- Roll back: drop the functions below and the types private.song_query, private.song_filter.

-- Tiers, bits and counts of a page are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

create type private.song_query as (
  words text,
  header tsquery,
  lyrics tsquery,
  start tsquery,
  rest tsquery,
  excluded tsquery,
  marks tsquery,
  pairs integer[],
  spelled text[]
);
comment on type private.song_query is
  'A query read: its words as text; what the header, and what the whole song must match; the last word as a start and the rest; what must not match; what to highlight; pairs of phrases; single words for the speller.';

create type private.song_filter as (
  conditions text,
  terms text,
  chord_sets bigint[]
);
comment on type private.song_filter is
  'Filters as SQL: exact conditions on a row s, the part that an inverted index can serve, and the chord sets that can be played.';

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

create function private.read_song_query(query text)
returns private.song_query
language plpgsql
stable
set search_path = ''
as $$
declare
  spelled text[] := '{}';
  pairs integer[];
  start tsquery;
  rest tsquery;
  header tsquery;
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
    from regexp_matches(query, '(-?)(?:"([^"]*)"?|([^\s"]+))', 'g') as m (found)
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
    last_is_open := not part.is_phrase and right(query, 1) !~ '\s';
    spelled := spelled || words;
  end loop;

  for place in 1 .. cardinality(spelled) loop
    phrase := private.song_word_forms(spelled[place]);
    if place = cardinality(spelled) and last_is_open then
      start := phrase || (quote_literal(spelled[place]) || ':*')::tsquery;
      marks := coalesce(marks || start, start);
    else
      rest := coalesce(rest && phrase, phrase);
      marks := coalesce(marks || phrase, phrase);
    end if;
  end loop;
  header := coalesce(rest && start, rest, start);
  -- One or two letters begin half of all words: in the lyrics they are a word.
  if start is not null and char_length(spelled[cardinality(spelled)]) < 3 then
    start := private.song_word_forms(spelled[cardinality(spelled)]);
  end if;
  return row(btrim(private.song_words(said)), header, coalesce(rest && start, rest, start), start, rest, excluded, marks, pairs, spelled)
    ::private.song_query;
end
$$;
comment on function private.read_song_query is
  'Words, "phrases" and -exclusions; the last word is the start of one unless a blank follows it. Header and lyrics are null without a word.';

create function private.playable_chord_sets(chords text[], missing integer)
returns bigint[]
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  known_bits integer[];
  known_others text[];
  unknown bit(300);
begin
  select array_agg(b.place) filter (where b.place is not null), coalesce(array_agg(c.name) filter (where b.place is null), '{}')
  into known_bits, known_others
  from unnest(chords) as c (name)
  cross join lateral regexp_match(c.name, '^([A-G][b#]?)\(?([^/)]*)\)?(?:/(.*))?$') as p (part)
  cross join lateral (select private.chord_bit(p.part[1], p.part[2], p.part[3])) as b (place);
  unknown := ~ private.chord_mask(known_bits);
  return array(
    select distinct k.fingerprint
    from private.song_chord_sets k
    where bit_count(k.mask & unknown)
      + case when k.others = '{}' then 0 else (select count(*) from unnest(k.others) as o (name) where o.name <> all (known_others)) end
      <= missing
  );
end
$$;
comment on function private.playable_chord_sets is 'The chord sets of which at most so many chords are not among these canonical ones.';

create function private.canonical_chord(written text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  chord text[] := private.read_chord(written);
  root text := private.place_note(chord[1], false, 0);
begin
  return root || case when left(chord[2], 1) in ('b', '#') then '(' || chord[2] || ')' else chord[2] end
    || coalesce('/' || nullif(private.place_note(chord[3], false, 0), root), '');
end
$$;
comment on function private.canonical_chord is 'The name that a chord has in songs, or null when it is none.';

create function private.refuse_song_filter(name text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', format('unable to search songs; filter %s is not valid', left(name, 60)),
    'Correct the named filter.', jsonb_build_object('field', left(name, 60)));
end
$$;
comment on function private.refuse_song_filter is 'Raises invalid_input with the filter at fault.';

create function private.read_song_filter(filters jsonb)
returns private.song_filter
language plpgsql
stable
set search_path = ''
as $$
declare
  conditions text := '';
  terms text := '';
  chord_sets bigint[];
  given record;
  named text[];
  bounds integer[];
  known text[];
begin
  if jsonb_typeof(filters) is distinct from 'object' then
    perform private.refuse_song_filter('filters');
  end if;
  for given in select f.key, f.value, jsonb_typeof(f.value) as type from jsonb_each(filters) as f loop
    if given.key in ('genre', 'style', 'key', 'language', 'source', 'chords', 'playable') then
      if given.type <> 'array' or jsonb_array_length(given.value) not between 1 and 100
        or exists (select from jsonb_array_elements(given.value) as e (item) where jsonb_typeof(e.item) <> 'string')
      then
        perform private.refuse_song_filter(given.key);
      end if;
      named := array(select e.item from jsonb_array_elements_text(given.value) as e (item));
      if given.key in ('chords', 'playable') then
        known := array(select distinct private.canonical_chord(c.name) from unnest(named) as c (name));
        if array_position(known, null) is not null then
          perform private.refuse_song_filter(given.key);
        end if;
      end if;
      if given.key = 'chords' then
        named := array(select 'chord:' || c.name from unnest(known) as c (name));
        conditions := conditions || format(' and s.search_terms @> %L::text[]', named);
        terms := terms || format(' and s.search_terms @> %L::text[]', named);
      elsif given.key = 'playable' then
        chord_sets := private.playable_chord_sets(known, coalesce((filters ->> 'missing')::integer, 0));
        conditions := conditions || ' and s.chord_set = any ($5)';
      else
        conditions := conditions || case given.key
          when 'language' then format(' and (s.language = any (%1$L) or split_part(s.language, ''-'', 1) = any (%1$L))', named)
          when 'source' then format(' and s.source_type = any (%L)', named)
          else format(' and s.%I = any (%L)', given.key, named)
        end;
        terms := terms || format(' and s.search_terms && %L::text[]',
          array(select given.key || ':' || n.value from unnest(named) as n (value)));
      end if;
    elsif given.key in ('difficulty', 'year', 'tempo', 'duration') then
      if given.type <> 'array' or jsonb_array_length(given.value) <> 2 or exists (
        select from jsonb_array_elements(given.value) as e (item)
        where jsonb_typeof(e.item) <> 'null' and e.item::text !~ '^-?[0-9]{1,9}$'
      ) then
        perform private.refuse_song_filter(given.key);
      end if;
      bounds := array[coalesce((given.value ->> 0)::integer, 0), coalesce((given.value ->> 1)::integer, 999999999)];
      conditions := conditions || format(' and s.%I between %s and %s',
        case given.key when 'difficulty' then 'difficulty_level' when 'duration' then 'duration_seconds' else given.key end,
        bounds[1], bounds[2]);
      -- A wide range leads to most songs: the index is asked for a narrow one only.
      if given.key = 'year' then
        bounds := array[least(greatest(bounds[1], 1900), 2099) / 10, least(greatest(bounds[2], 1900), 2099) / 10];
      elsif given.key = 'duration' then
        bounds := array[least(bounds[1], 3600) / 60, least(bounds[2], 3600) / 60];
      elsif given.key = 'tempo' then
        bounds := array[bounds[1] / 10, least(bounds[2], 300) / 10];
      else
        bounds := array[bounds[1], least(bounds[2], 5)];
      end if;
      if bounds[2] - bounds[1] between 0 and 4 and not (given.key = 'difficulty' and bounds[2] - bounds[1] > 2) then
        terms := terms || format(' and s.search_terms && %L::text[]', array(
          select case given.key when 'year' then 'decade' when 'duration' then 'minutes' else given.key end || ':' || n
          from generate_series(bounds[1], bounds[2]) as n));
      end if;
    elsif given.key = 'missing' then
      if given.value::text !~ '^[0-9]{1,2}$' or not filters ? 'playable' then
        perform private.refuse_song_filter(given.key);
      end if;
    else
      perform private.refuse_song_filter(given.key);
    end if;
  end loop;
  return row(conditions, terms, chord_sets)::private.song_filter;
end
$$;
comment on function private.read_song_filter is
  'genre, style, key, language, source, chords (all of them), playable (with missing): lists; difficulty, year, tempo, duration: [least, most], null when open.';

create function private.near_words(word text)
returns text[]
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- A letter more, less or other, or two that changed places; at most 80, those of the same length and start first.
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
comment on function private.near_words is 'Words of public titles and artists that are a slip away.';

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
  return array(select distinct f.title from unnest(found) as f (title) where f.title <> '');
end
$$;
comment on function private.near_titles is 'What the query says with one slip undone, for each slip that leads to known words.';

create function private.search_songs(
  query text,
  filters jsonb,
  page_size integer,
  after_tier integer,
  after_score double precision,
  after_popularity double precision,
  after_id uuid
)
returns table (id uuid, tier integer, score double precision, popularity double precision, is_place boolean)
language plpgsql
stable
security definer
set search_path = ''
set enable_seqscan = 'off'
set jit = 'off'
set max_parallel_workers_per_gather = 0
set random_page_cost = '1.1'
as $$
#variable_conflict use_column
declare
  caller uuid := auth.uid();
  asked private.song_query := private.read_song_query(query);
  wanted private.song_filter := private.read_song_filter(filters);
  songs_in_all double precision;
  is_one_text boolean := asked.words <> '' and asked.pairs is null;
  near text[] := case when after_tier in (30, 21) then private.near_titles(asked.spelled) end;
  corrected tsquery;
  stage integer;
  from_score double precision;
  from_popularity double precision;
  from_id uuid;
  left_over integer := page_size;
  budget integer;
  sampled bigint;
  hits bigint;
  starts bigint;
  total bigint;
  is_ranked boolean := after_tier = 40;
  by_index boolean;
  can_index boolean;
  tried boolean;
  -- Visibility is written out: under the policies these operators could not use an index. What is shared with the caller is
  -- looked up once, the newest 500 songs, and joins by id.
  shared constant text := nullif(private.shared_song_ids(), '{}')::text;
  seen constant text := ' and s.deleted_at is null and (s.visibility = ''public'' or s.created_by = $6'
    || coalesce(format(' or s.id in (select unnest(%L::uuid[]))', shared), '') || ')';
  walk constant text := '(select s.* from ('
    '(select p.* from public.songs p where p.visibility = ''public'' and p.deleted_at is null and (p.popularity, p.id) < ($7, $8) '
    'order by p.popularity desc, p.id desc limit %1$s)' || case when caller is null then '' else ' union all '
    '(select o.* from public.songs o where o.created_by = $6 and o.visibility <> ''public'' and o.deleted_at is null '
    'and (o.popularity, o.id) < ($7, $8) order by o.popularity desc, o.id desc limit %1$s)' end
    || coalesce(format(' union all (select h.* from unnest(%L::uuid[]) as w (id) join public.songs h on h.id = w.id where h.visibility <> ''public'' '
      'and h.deleted_at is null and (h.popularity, h.id) < ($7, $8) order by h.popularity desc, h.id desc limit %%1$s)', shared), '')
    || ') s order by s.popularity desc, s.id desc limit %1$s) s';
  conditions text := wanted.conditions || case when asked.excluded is null then '' else ' and not s.search_vector @@ $3' end;
  not_exact text := case when is_one_text then ' and s.title_words <> $4 and s.artist_words <> $4' else '' end;
  whole text;
  matches text;
  source text;
  read text;
  ids uuid[];
  scores double precision[];
  popularities double precision[];
begin
  if page_size is null or page_size not between 2 and 201 then
    perform private.raise_error('invalid_input', 'unable to search songs; a page holds 1 to 200', 'Choose a page size from 1 to 200.',
      '{"field": "limit"}');
  end if;
  if asked.header is null and (asked.excluded is not null or wanted.conditions = '' or query ~ '\S') then
    return;
  end if;
  select greatest(c.reltuples, 0) into songs_in_all from pg_catalog.pg_class c where c.oid = 'public.songs'::regclass;

  foreach stage in array '{60,50,40,35,30,21,20,10}'::integer[] loop
    continue when stage > after_tier;
    exit when left_over <= 0;
    from_score := case when stage = after_tier then after_score else 'infinity' end;
    from_popularity := case when stage = after_tier then after_popularity else 'infinity' end;
    from_id := case when stage = after_tier then after_id else 'ffffffff-ffff-ffff-ffff-ffffffffffff' end;
    source := null;
    read := '';
    budget := null;

    if stage in (60, 50) then
      -- The title, then the artist, is the query.
      continue when not is_one_text;
      source := format(
        'select * from (select s.id, 0::double precision as score, s.popularity from public.songs s '
        'where s.visibility = ''public'' and s.deleted_at is null and s.%1$I = $4 and (s.popularity, s.id) < ($7, $8)%2$s '
        'order by s.popularity desc, s.id desc limit %3$s) p union all '
        'select * from (select s.id, 0::double precision, s.popularity from public.songs s '
        'where s.header_vector @@ $2 and s.search_terms @> array[''owner:'' || $6] and s.created_by = $6 '
        'and s.visibility <> ''public'' and s.deleted_at is null and s.%1$I = $4%2$s limit 1000) o'
        || coalesce(format(' union all select * from (select s.id, 0::double precision, s.popularity from unnest(%L::uuid[]) as w (id) join public.songs s on s.id = w.id '
          'where s.visibility <> ''public'' and s.deleted_at is null and s.%%1$I = $4%%2$s) h', shared), ''),
        case stage when 60 then 'title_words' else 'artist_words' end,
        conditions || case stage when 50 then ' and s.title_words <> $4' else '' end, left_over);

    elsif stage = 40 then
      -- Every word is in the header: ranked when they are few enough, which the most popular songs tell.
      continue when asked.header is null;
      if is_ranked is null then
        execute format('select count(*) filter (where s.header_vector @@ $2%2$s), count(*) from ' || walk, 400, conditions)
        into hits, sampled
        using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, 'infinity'::double precision,
          'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid;
        is_ranked := sampled < 400 or hits * songs_in_all / sampled <= 8000;
      end if;
      continue when not is_ranked;
      source := 'select s.id, (ts_rank(''{0.1,0.2,0.4,1}'', s.header_vector, $2, 1) * (1 + 0.1 * ln(1 + s.popularity)))::double precision '
        'as score, s.popularity from public.songs s where s.header_vector @@ $2' || wanted.terms || seen || conditions || not_exact
        || format(' limit %s', case after_tier when 40 then 16000 else 4001 end);

    elsif stage = 35 then
      -- Too many: in order of popularity.
      continue when asked.header is null or is_ranked;
      budget := greatest(6000, left_over * 60);
      source := format('select s.id, 0::double precision as score, s.popularity from ' || walk || ' where s.header_vector @@ $2%2$s limit %3$s',
        budget, conditions || not_exact, left_over);

    elsif stage = 30 then
      -- The title or the artist is the query but for one slip: asked for when little was found so far.
      if after_tier is null and page_size - left_over < 5 and is_one_text then
        near := private.near_titles(asked.spelled);
      end if;
      continue when near is null or near = '{}';
      source := 'select s.id, (s.title_words = any ($9))::integer::double precision as score, s.popularity from public.songs s '
        'where (s.title_words = any ($9) or s.artist_words = any ($9)) and s.visibility = ''public'' and s.deleted_at is null '
        'and not s.header_vector @@ $2' || conditions || ' limit 2000';

    elsif stage in (21, 20) then
      -- Every word is somewhere in the song, in order of popularity: by walking it, or by an index when hits are thin.
      continue when (stage = 21) <> (near is not null);
      matches := case when asked.header is null then '' else ' and s.search_vector @@ $1' end;
      whole := conditions || not_exact
        || case when asked.header is null then '' else ' and not s.header_vector @@ $2' end
        || case stage when 21 then ' and not (s.title_words = any ($9) or s.artist_words = any ($9))' else '' end;
      execute format('select count(*) filter (where true%2$s' || matches || '), count(*) filter (where s.search_vector @@ $10), count(*) from ' || walk,
        300, whole)
      into hits, starts, sampled
      using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, from_popularity, from_id, near,
        asked.start;
      can_index := asked.header is not null or wanted.terms <> '' or wanted.chord_sets is not null;
      -- A step of the walk costs about three reads by the index.
      by_index := can_index and sampled = 300
        and (hits = 0 or 3.0 * left_over * sampled / hits > hits * songs_in_all / sampled);

    elsif is_one_text and cardinality(asked.spelled) <= 12
      and (after_tier = 10 or (after_tier is null and page_size - left_over < 5))
    then
      -- Each word or one that is a slip away, when nearly nothing was found.
      select string_agg('(' || private.song_word_forms(w.word)::text || coalesce(' | ' || n.words, '') || ')', ' & ')::tsquery
      into corrected
      from unnest(asked.spelled) as w (word)
      cross join lateral (
        select string_agg(quote_literal(l.word), ' | ') as words from unnest((private.near_words(w.word))[:12]) as l (word)
      ) as n;
      source := 'select s.id, greatest(extensions.similarity(s.title_words, $4), extensions.similarity(s.artist_words, $4), '
        'extensions.similarity(s.title_words || '' '' || s.artist_words, $4))::double precision as score, s.popularity '
        'from public.songs s where s.header_vector @@ $13 and not s.header_vector @@ $2 and not s.search_vector @@ $1 '
        'and not (s.title_words = any (coalesce($9, ''{}'')) or s.artist_words = any (coalesce($9, ''{}'')))'
        || wanted.terms || seen || conditions || ' limit 2000';
    end if;

    continue when source is null and stage not in (21, 20);
    tried := false;
    loop
      if stage in (21, 20) and by_index then
        budget := null;
        read := 'g as materialized (select s.id, s.popularity, s.deleted_at, s.visibility, s.created_by, s.title_words, s.artist_words, '
          's.header_vector, s.search_vector, s.search_terms, s.genre, s.style, s.key, s.language, s.source_type, s.difficulty_level, s.year, '
          's.tempo, s.duration_seconds, s.chord_set from public.songs s where s.deleted_at is null' || wanted.terms
          || case
            when asked.header is null then ''
            when asked.pairs is not null then ' and s.word_pairs @> $11'
            -- A start that is common is told from the songs that the other words lead to.
            when asked.rest is not null and starts > 60 then ' and s.search_vector @@ $12'
            else ' and s.search_vector @@ $1'
          end
          || case when wanted.chord_sets is null then '' else ' and s.chord_set = any ($5)' end
          || ' limit 30001), ';
        source := 'select s.id, 0::double precision as score, s.popularity from (select * from g s where (s.popularity, s.id) < ($7, $8)'
          || seen || whole || ' order by s.popularity desc, s.id desc) s where true'
          -- Told by the index already, unless it was asked for less: then one by one until the page is full.
          || case when asked.pairs is not null or (asked.rest is not null and starts > 60) then matches else '' end
          || format(' limit %s', left_over);
      elsif stage in (21, 20) then
        budget := greatest(5000, left_over * 40);
        read := '';
        source := format('select s.id, 0::double precision as score, s.popularity from ' || walk || ' where true%2$s limit %3$s', budget,
          whole || matches, left_over);
      end if;
      execute format(
        'with %s c as materialized (%s), page as (select c.id, c.score, c.popularity from c where (c.score, c.popularity, c.id) < '
        '($14, $7, $8) order by c.score desc, c.popularity desc, c.id desc limit %s) select (select count(*) from %s), '
        'array(select p.id from page p), array(select p.score from page p), array(select p.popularity from page p)',
        read, source, left_over, case read when '' then 'c' else 'g' end)
      into total, ids, scores, popularities
      using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, from_popularity, from_id, near,
        asked.start, asked.pairs, asked.rest, corrected, from_score;
      exit when stage not in (21, 20) or not can_index or (by_index and total <= 30000);
      exit when not by_index and (tried or sampled < 300 or cardinality(ids) >= left_over);
      -- Thinner than it seemed: by the index. More candidates than may be read: by a walk, which may stop short.
      tried := true;
      by_index := not by_index;
    end loop;
    if stage = 40 and after_tier is distinct from 40 and total > 4000 then
      is_ranked := false;
      continue;
    end if;

    return query
      select f.id, stage, f.score, f.popularity, false
      from unnest(ids, scores, popularities) as f (id, score, popularity);
    left_over := left_over - cardinality(ids);
    if budget is not null and left_over > 0 then
      -- A walk ends after so many songs, whatever it found; the next page goes on from there.
      execute format('select s.popularity, s.id from ' || walk || ' order by s.popularity desc, s.id desc offset %2$s', budget, budget - 1)
      into from_popularity, from_id
      using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, from_popularity, from_id;
      if from_id is not null then
        return query select from_id, stage, 0::double precision, from_popularity, true;
        return;
      end if;
    end if;
  end loop;
end
$$;
comment on function private.search_songs is
  'One page of what a query finds, tier by tier; a last row is_place says where to go on when the walk had to stop.';

create function private.song_ranges(value text, marks tsquery, config regconfig)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_array(w.start, w.start + char_length(w.word)) order by w.start), '[]')
    from (
      select m.found[2] as word, private.fold(normalize(m.found[2], nfc)) as folded,
        (sum(char_length(m.found[1] || m.found[2])) over (order by m.n) - char_length(m.found[2]))::integer as start
      from regexp_matches(left(value, 1000), '([^[:alnum:]\u0300-\u036f]*)([[:alnum:]\u0300-\u036f]+)', 'g') with ordinality as m (found, n)
      offset 0
    ) as w
    where to_tsvector('pg_catalog.simple', w.folded) @@ marks or (config is not null and to_tsvector(config, w.folded) @@ marks)
  );
end
$$;
comment on function private.song_ranges is 'Where words of a text match, as [start, end) in characters.';

create function private.song_marks(query text)
returns private.song_query
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return private.read_song_query(query);
end
$$;
comment on function private.song_marks is 'A query read once for all songs of a page.';

create function private.highlight_song(asked private.song_query, title text, artist text, lyrics text, language text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set client_min_messages = 'warning'
as $$
declare
  config regconfig := private.song_language_config(language);
  start text := left(lyrics, 10000);
  said text[] := string_to_array(asked.words, ' ');
  place bigint;
  line text;
  ranges jsonb;
  cut integer;
begin
  if asked.marks is null then
    return '{"title": [], "artist": [], "excerpt": null}';
  end if;
  -- The line that has all of it, else the first that has any; by stems where no line has a word as it was asked for.
  for attempt in 1 .. 2 loop
    select t.n into place
    from (
      select l.n, to_tsvector(case attempt when 1 then 'pg_catalog.simple'::regconfig else config end,
        regexp_replace(l.line, '[\u0001-\u0020!-/:-@\u005b-`{-\u00bf\u2000-\u206f\u3000-\u303f]+', ' ', 'g')) as words
      from string_to_table(private.fold(normalize(start, nfc)), E'\n') with ordinality as l (line, n)
      where attempt = 2 or exists (select from unnest(said) as w (word) where strpos(l.line, w.word) > 0)
      offset 0
    ) as t
    where t.words @@ asked.marks
    order by t.words @@ asked.lyrics desc, t.n
    limit 1;
    exit when place is not null or config is null;
  end loop;
  if place is not null then
    line := split_part(start, E'\n', place::integer);
    ranges := private.song_ranges(line, asked.marks, config);
    if char_length(line) > 160 then
      cut := greatest(coalesce((ranges #>> '{0,0}')::integer, 0) - 40, 0);
      line := substr(line, cut + 1, 160);
      ranges := private.song_ranges(line, asked.marks, config);
    end if;
  end if;
  return jsonb_build_object(
    'title', private.song_ranges(title, asked.marks, config),
    'artist', private.song_ranges(coalesce(artist, ''), asked.marks, config),
    'excerpt', case when line is not null then jsonb_build_object('text', line, 'ranges', ranges) end);
end
$$;
comment on function private.highlight_song is 'Where a song matches a query: ranges in title and artist, and a line of its lyrics.';

create function public.search_songs(
  query text default '',
  filters jsonb default '{}',
  page_size integer default 50,
  after_tier integer default null,
  after_score double precision default null,
  after_popularity double precision default null,
  after_id uuid default null
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  answer jsonb;
  asked private.song_query := private.song_marks(query);
begin
  with
  found as materialized (
    select f.*
    from private.search_songs(query, filters, page_size + 1, after_tier, after_score, after_popularity, after_id)
      with ordinality as f (id, tier, score, popularity, is_place, n)
  ),
  place as (
    select f.tier, f.score, f.popularity, f.id
    from found f
    where f.is_place or (f.n = page_size and (select count(*) from found) > page_size)
    limit 1
  )
  select jsonb_build_object(
    'songs', coalesce((
      select jsonb_agg(jsonb_build_object(
        'id', s.id, 'title', s.title, 'artist', s.artist, 'album', s.album, 'key', s.key, 'tempo', s.tempo,
        'time_signature', s.time_signature, 'capo_fret', s.capo_fret, 'genre', s.genre, 'style', s.style, 'language', s.language,
        'year', s.year, 'duration_seconds', s.duration_seconds, 'difficulty_level', s.difficulty_level, 'visibility', s.visibility,
        'created_by', s.created_by, 'version', s.version, 'created_at', s.created_at, 'updated_at', s.updated_at,
        'highlights', private.highlight_song(asked, s.title, s.artist, s.lyrics, s.language)) order by f.n)
      from found f
      join public.songs s on s.id = f.id
      where f.n <= page_size and not f.is_place
    ), '[]'),
    'next', (select jsonb_build_array(p.tier, p.score, p.popularity, p.id) from place p))
  into answer;
  return answer;
end
$$;
comment on function public.search_songs is
  'A page of the songs that the caller may see and that match a query and filters, best first, with highlights; next is where the page after it begins.';

create function private.count_songs(query text, filters jsonb)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
set enable_seqscan = 'off'
set jit = 'off'
set max_parallel_workers_per_gather = 0
set random_page_cost = '1.1'
as $$
declare
  caller uuid := auth.uid();
  asked private.song_query := private.read_song_query(query);
  wanted private.song_filter := private.read_song_filter(filters);
  songs_in_all double precision;
  share double precision;
  hits bigint;
  sampled bigint;
  total bigint;
  matching text;
  counts jsonb;
  -- $7 is what one row stands for, or null: then rows beyond 10,000 stand for the estimated $8.
  shape constant text := 'with c as materialized (%s), k as (select coalesce($7, case when count(*) > 10000 '
    'then greatest($8, count(*)) / count(*) else 1 end) as scale from c) select (select count(*) from c), (select jsonb_object_agg(v.name, v.counts) from ('
    'select v.name, jsonb_agg(jsonb_build_object(''value'', v.value, ''count'', round(v.n * k.scale)) order by v.n desc, v.value) as counts from ('
    'select n.name, n.value, count(*) as n, row_number() over (partition by n.name order by count(*) desc, n.value) as place from c s '
    'cross join lateral (values (''genre'', s.genre), (''style'', s.style), (''key'', s.key), (''difficulty'', s.difficulty_level::text), '
    '(''language'', split_part(s.language, ''-'', 1)), (''decade'', (s.year / 10 * 10)::text)) as n (name, value) '
    'where n.value is not null group by n.name, n.value) v cross join k where v.place <= 30 group by v.name) v)';
begin
  if asked.header is null and (asked.excluded is not null or query ~ '\S') then
    return jsonb_build_object('total', 0, 'exact', true, 'facets', '{}'::jsonb);
  end if;
  matching := ' and s.deleted_at is null and (s.visibility = ''public'' or s.created_by = $6'
    || coalesce(format(' or s.id in (select unnest(%L::uuid[]))', nullif(private.shared_song_ids(), '{}')::text), '') || ')' || wanted.conditions
    || case when asked.header is null then ''
      when asked.header = asked.lyrics then ' and s.search_vector @@ $1'
      else ' and (s.search_vector @@ $1 or s.header_vector @@ $2)' end
    || case when asked.excluded is null then '' else ' and not s.search_vector @@ $3' end;
  select greatest(c.reltuples, 0) into songs_in_all from pg_catalog.pg_class c where c.oid = 'public.songs'::regclass;

  -- Pages picked at random tell whether they are too many to count, and then stand for all.
  share := case when songs_in_all > 20000 then 400000 / songs_in_all else 100 end;
  if share < 100 then
    execute format(shape, 'select s.* from public.songs s tablesample system (' || share || ') repeatable (7) where true' || matching)
    into hits, counts
    using asked.lyrics, asked.header, asked.excluded, null::text, wanted.chord_sets, caller, 100 / share, null::double precision;
    if hits * 100 / share > 15000 then
      return jsonb_build_object('total', round(hits * 100 / share), 'exact', false, 'facets', coalesce(counts, '{}'));
    end if;
  end if;
  execute format(shape, 'select s.* from public.songs s where true' || wanted.terms
    || case when asked.pairs is null then '' else ' and s.word_pairs @> $4' end || matching || ' limit 10001')
  into total, counts
  using asked.lyrics, asked.header, asked.excluded, asked.pairs, wanted.chord_sets, caller, null::double precision,
    coalesce(hits, 0) * 100 / share;
  return jsonb_build_object('total', case when total > 10000 then round(greatest(coalesce(hits, 0) * 100 / share, total)) else total end,
    'exact', total <= 10000, 'facets', coalesce(counts, '{}'));
end
$$;

create function public.count_songs(query text default '', filters jsonb default '{}')
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.count_songs(query, filters)
$$;
comment on function public.count_songs is
  'How many songs that the caller may see match a query and filters, in all and by genre, style, key, difficulty, language and decade: exact up to 10,000, estimates beyond.';

create function private.suggest_songs(prefix text, page_size integer)
returns table (value text, kind text)
language plpgsql
stable
security definer
set search_path = ''
set enable_seqscan = 'off'
set jit = 'off'
set max_parallel_workers_per_gather = 0
set random_page_cost = '1.1'
as $$
#variable_conflict use_column
declare
  caller uuid := auth.uid();
  start text := ltrim(private.song_words(left(prefix, 200)));
  beyond text;
begin
  if start = '' then
    return;
  end if;
  if right(prefix, 1) ~ '\w' then
    start := rtrim(start);
  end if;
  beyond := rtrim(start) || U&'\+10FFFF';
  return query
    with seen as (
      select s.title, s.artist, s.title_words, s.artist_words, s.popularity
      from (
        -- The most popular, and those of one's own that are: enough for a short start.
        (select p.* from public.songs p where p.visibility = 'public' and p.deleted_at is null order by p.popularity desc, p.id desc limit 1500)
        union all
        (select o.* from public.songs o where o.created_by = caller and o.visibility <> 'public' and o.deleted_at is null
          order by o.popularity desc, o.id desc limit 1500)
        union all
        (select p.* from public.songs p where p.visibility = 'public' and p.deleted_at is null
          and p.title_words >= start and p.title_words < beyond order by p.title_words limit 300)
        union all
        (select p.* from public.songs p where p.visibility = 'public' and p.deleted_at is null
          and p.artist_words >= start and p.artist_words < beyond order by p.artist_words limit 300)
      ) as s
    ),
    candidate as (
      select s.title as value, 'title' as kind, s.title_words as words, s.popularity from seen s where starts_with(s.title_words, start)
      union all
      select s.artist, 'artist', s.artist_words, s.popularity from seen s where starts_with(s.artist_words, start)
    )
    select b.value, b.kind
    from (
      select distinct on (c.kind, c.words) c.value, c.kind, c.words, c.popularity
      from candidate c
      order by c.kind, c.words, c.popularity desc
    ) as b
    order by b.words = rtrim(start) desc, b.popularity desc, b.words, b.kind
    limit least(greatest(page_size, 0), 50);
end
$$;

create function public.suggest_songs(prefix text, page_size integer default 10)
returns table (value text, kind text)
language sql
stable
set search_path = ''
as $$
  select * from private.suggest_songs(prefix, page_size)
$$;
comment on function public.suggest_songs is
  'Titles and artists of songs that the caller may see that begin so, blind to case and accents; the best liked first, at most 50.';

revoke execute on function
  private.song_word_forms(text),
  private.plain_words(text),
  private.read_song_query(text),
  private.playable_chord_sets(text[], integer),
  private.canonical_chord(text),
  private.refuse_song_filter(text),
  private.read_song_filter(jsonb),
  private.near_words(text),
  private.near_titles(text[]),
  private.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid),
  private.song_ranges(text, tsquery, regconfig),
  private.song_marks(text),
  private.highlight_song(private.song_query, text, text, text, text),
  private.count_songs(text, jsonb),
  private.suggest_songs(text, integer),
  public.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid),
  public.count_songs(text, jsonb),
  public.suggest_songs(text, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid),
  private.song_marks(text),
  private.highlight_song(private.song_query, text, text, text, text),
  private.count_songs(text, jsonb),
  private.suggest_songs(text, integer),
  public.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid),
  public.count_songs(text, jsonb),
  public.suggest_songs(text, integer)
to anon, authenticated, service_role;

commit;
