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

create type private.song_filter as (
  conditions text,
  terms text,
  chord_sets bigint[]
);
comment on type private.song_filter is
  'Filters as SQL: exact conditions on a row s, the part that an inverted index can serve, and the chord sets that can be played.';

create type private.song_key as (
  id uuid,
  popularity double precision,
  title_words text,
  artist_words text,
  chord_set bigint
);
comment on type private.song_key is 'What a search asks of a song that is shared with the caller, so that it is read once.';

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
  starts text[] := '{}';
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
  -- A stem and its words have all letters but the last in common.
  foreach word in array tsvector_to_array(array_to_tsvector(array(
    select distinct m.found[1] from regexp_matches(marks::text, '''([^'']+)''', 'g') as m (found)))) loop
    starts := starts || left(word, greatest(char_length(word) - 1, least(char_length(word), 3)));
  end loop;
  return row(btrim(private.song_words(said)), header, lyrics, open, start, rest, excluded, marks,
    '\m(?:' || array_to_string(starts, '|') || ')', pairs, spelled)::private.song_query;
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
    if given.key in ('genre', 'style', 'key', 'language', 'source', 'chords', 'playable', 'any_tags', 'all_tags') then
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
      elsif given.key in ('any_tags', 'all_tags') then
        named := array(select 'tag:' || private.catalogue_key(t.label) from unnest(named) as t (label));
        conditions := conditions || format(case given.key when 'any_tags' then ' and s.search_terms && %L::text[]'
          else ' and s.search_terms @> %L::text[]' end, named);
        terms := terms || format(case given.key when 'any_tags' then ' and s.search_terms && %L::text[]'
          else ' and s.search_terms @> %L::text[]' end, named);
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
        bounds := array[least(bounds[1], 3600) / 10, least(bounds[2], 3600) / 10];
      elsif given.key = 'tempo' then
        bounds := array[bounds[1] / 10, least(bounds[2], 300) / 10];
      else
        bounds := array[bounds[1], least(bounds[2], 5)];
      end if;
      if bounds[2] - bounds[1] between 0 and (case given.key when 'difficulty' then 2 when 'year' then 4 else 12 end) then
        terms := terms || format(' and s.search_terms && %L::text[]', array(
          select case given.key when 'year' then 'decade' when 'duration' then 'seconds' else given.key end || ':' || n
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
  'genre, style, key, language, source, chords (all of them), playable (with missing), any_tags, all_tags: lists; difficulty, year, tempo, duration: [least, most], null when open.';

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

create function private.seen_songs(caller uuid, shared uuid[])
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return ' and s.deleted_at is null and (s.visibility = ''public'''
    || case when caller is null then '' else ' or s.created_by = $6' end
    || case when shared = '{}' then ')' else ' or s.id = any ($9))' end;
end
$$;
comment on function private.seen_songs is 'The rule of the policies of songs as SQL, for a row s, the caller as $6 and what is shared as $9.';

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
set work_mem = '32MB'
as $$
#variable_conflict use_column
declare
  caller uuid := auth.uid();
  asked private.song_query := private.read_song_query(query);
  wanted private.song_filter := private.read_song_filter(filters);
  keys private.song_key[] := private.shared_song_keys();
  shared uuid[] := array(select k.id from unnest(keys) as k);
  songs_in_all double precision;
  is_one_text boolean := asked.words <> '' and asked.pairs is null;
  near text[] := case when after_tier in (30, 21) then private.near_titles(asked.spelled) end;
  corrected tsquery;
  stage integer;
  from_score double precision;
  from_popularity double precision;
  from_id uuid;
  left_over integer := page_size;
  look integer;
  looked integer;
  hits integer;
  starts integer;
  total bigint;
  is_ranked boolean := after_tier = 40;
  top integer;
  width integer;
  gathers boolean;
  most integer;
  spent integer;
  last_popularity double precision;
  last_id uuid;
  budget integer;
  -- Visibility is written out: under the policies these operators could not use an index.
  seen constant text := private.seen_songs(caller, shared);
  least_liked constant text := 'coalesce((select q.popularity from public.songs q where q.visibility = ''public'' '
    'and q.deleted_at is null and (q.popularity, q.id) < ($7, $8) order by q.popularity desc, q.id desc offset %1$s - 1 limit 1), 0)';
  -- As many of each list, which are in order already: an order over all of them would sort all songs. Of one's own and what is
  -- shared only those that are liked as well as the last public one.
  walk constant text := '(select s.* from ('
    '(select p.* from public.songs p where p.visibility = ''public'' and p.deleted_at is null and (p.popularity, p.id) < ($7, $8) '
    'order by p.popularity desc, p.id desc limit %1$s)' || case when caller is null then '' else
    ' union all (select o.* from public.songs o where o.created_by = $6 and o.visibility <> ''public'' and o.deleted_at is null '
    'and (o.popularity, o.id) < ($7, $8) and o.popularity >= ' || least_liked || ' order by o.popularity desc, o.id desc limit %1$s)' end
    || case when keys = '{}' then '' else
    ' union all (select h.* from (select w.id from unnest($10) as w where (w.popularity, w.id) < ($7, $8) and w.popularity >= '
    || least_liked || ' order by w.popularity desc, w.id desc limit %1$s) as w join public.songs h on h.id = w.id '
    'where h.created_by <> $6 and h.visibility <> ''public'' and h.deleted_at is null)' end
    || ') s order by s.popularity desc, s.id desc limit %1$s) s';
  -- The same from the best liked on, where nothing but public songs is liked as well as the first 400 of those.
  top_walk text := '(select * from public.songs p where p.visibility = ''public'' and p.deleted_at is null '
    'order by p.popularity desc, p.id desc limit %1$s) s';
  -- Scores are stored as of 2026-01-01 and fade by e in 30 days. By the day, so that a cursor meets the same ones.
  fading constant text := exp(((date '2026-01-01') - (clock_timestamp() at time zone 'utc')::date)::double precision / 30)::text;
  conditions text := wanted.conditions || case when asked.excluded is null then '' else ' and not s.search_vector @@ $3' end;
  is_begun boolean := is_one_text and asked.open is not null and char_length(asked.words) > 2;
  -- Letter by letter, for titles that begin so may be many.
  begun constant text := format('s.title_words = any (%L::text[])',
    array(select asked.words || l.letter from string_to_table('abcdefghijklmnopqrstuvwxyz0123456789', null) as l (letter)));
  not_exact text := case when is_one_text then ' and s.title_words <> $4 and s.artist_words <> $4' else '' end
    || case when is_begun then ' and not (' || begun || ')' else '' end;
  -- Songs whose title or artist is the query with a slip undone, the best liked of each. Two letters that changed places are told
  -- best, then one too many: of these slips there are the fewest. A name is asked for as a range, in the order of the index that has
  -- it: where hardly any song has an artist, one name passes for most of the songs, and the planner would walk them all by popularity.
  alike constant text := '(select s.*, n.score from (select n.title, case when char_length(n.title) = char_length($4) '
    'and private.letters(n.title) = private.letters($4) then 3 when char_length(n.title) < char_length($4) then 2 else 1 end::double precision '
    'as score from unnest($11) as n (title)) n cross join lateral (select p.* from public.songs p where p.visibility = ''public'' '
    'and p.deleted_at is null and p.title_words >= n.title and p.title_words <= n.title and %1$s order by p.title_words, p.popularity desc, p.id desc limit %2$s) s union all '
    'select s.*, 0 from unnest($11) as n (name) cross join lateral (select p.* from public.songs p where p.visibility = ''public'' '
    'and p.deleted_at is null and p.artist_words >= n.name and p.artist_words <= n.name and %3$s order by p.artist_words, p.popularity desc, p.id desc limit %2$s) s '
    'where s.title_words <> all ($11)) s';
  whole text;
  indexed text;
  source text;
  late text;
  ids uuid[];
  scores double precision[];
  popularities double precision[];
  found_ids uuid[] := '{}';
  found_tiers integer[] := '{}';
  found_scores double precision[] := '{}';
  found_popularities double precision[] := '{}';
  stops boolean := false;
begin
  if page_size is null or page_size not between 2 and 201 then
    perform private.raise_error('invalid_input', 'unable to search songs; a page holds 1 to 200', 'Choose a page size from 1 to 200.',
      '{"field": "limit"}');
  end if;
  if asked.header is null and (asked.excluded is not null or wanted.conditions = '' or query ~ '\S') then
    return;
  end if;
  select greatest(c.reltuples, 0) into songs_in_all from pg_catalog.pg_class c where c.oid = 'public.songs'::regclass;

  select q.popularity into last_popularity
  from public.songs q
  where q.visibility = 'public' and q.deleted_at is null
  order by q.popularity desc, q.id desc
  offset 399 limit 1;
  if exists (select from unnest(keys) as k where k.popularity >= coalesce(last_popularity, 0))
    or exists (
      select
      from public.songs o
      where o.created_by = caller and o.visibility <> 'public' and o.deleted_at is null and o.popularity >= coalesce(last_popularity, 0)
    )
  then
    top_walk := walk;
  end if;

  foreach stage in array '{60,50,45,40,35,30,21,20,10}'::integer[] loop
    continue when stage > after_tier;
    exit when left_over <= 0;
    from_score := case when stage = after_tier then after_score else 'infinity' end;
    from_popularity := case when stage = after_tier then after_popularity else 'infinity' end;
    from_id := case when stage = after_tier then after_id else 'ffffffff-ffff-ffff-ffff-ffffffffffff' end;
    source := null;
    late := '';

    if stage in (60, 50, 45) then
      -- The title, then the artist, is the query; the title but for its last letter.
      continue when not is_one_text or (stage = 45 and not is_begun);
      source := format(
        'select * from (select * from (select s.id, 0::double precision as score, s.popularity from public.songs s '
        'where s.visibility = ''public'' and s.deleted_at is null and %1$s%2$s offset 0) p where (p.popularity, p.id) < ($7, $8) '
        'order by p.popularity desc, p.id desc limit %3$s) p' || case when caller is null then '' else ' union all '
        'select * from (select s.id, 0::double precision, s.popularity from public.songs s '
        'where s.created_by = $6 and s.visibility <> ''public'' and s.deleted_at is null and %1$s%2$s limit 1000) o' end
        || case when keys = '{}' then '' else ' union all '
        'select * from (select s.id, 0::double precision, s.popularity from public.songs s '
        'where s.id = any (array(select s.id from unnest($10) as s where %1$s)) and s.created_by <> $6 and s.visibility <> ''public'' '
        'and s.deleted_at is null and %1$s%2$s) h' end,
        case stage when 60 then 's.title_words = $4' when 50 then 's.artist_words = $4' else begun end,
        conditions || case stage when 60 then '' when 50 then ' and s.title_words <> $4' else ' and s.artist_words <> $4' end, left_over);

    elsif stage = 40 then
      -- Every word is in the header: ranked when they are few enough, which the most popular songs tell. The inverted index gathers
      -- all that a start leads to before anything else, so a common start is not asked of it.
      continue when asked.header is null;
      if is_ranked is null then
        execute format('select count(*) filter (where s.header_vector @@ $2%2$s), count(*) filter (where s.header_vector @@ $12), count(*) from '
          || top_walk, 400, conditions)
        into hits, starts, looked
        using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, 'infinity'::double precision,
          'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid, shared, keys, near, asked.open;
        is_ranked := looked < 400 or (hits * songs_in_all / looked <= 4000 and starts <= 8);
      end if;
      continue when not is_ranked;
      -- A title that begins with the query counts up to twice.
      source := 'select s.id, (ts_rank(''{0.1,0.2,0.4,1}'', s.header_vector, $2, 1) * (1 + 0.1 * ln(1 + s.popularity * ' || fading || ')) '
        '* (1 + starts_with(s.title_words, $4)::integer * char_length($4)::double precision / greatest(char_length(s.title_words), 1)))'
        '::double precision as score, s.popularity from (select * from public.songs s where s.header_vector @@ $2' || wanted.terms
        -- Apart, so that nothing but the words leads to songs.
        || ' offset 0) s where true' || seen || conditions || not_exact
        || format(' limit %s', case after_tier when 40 then 8000 else 2001 end);

    elsif stage = 30 then
      -- The title or the artist is the query but for one slip: asked for when little was found so far.
      if after_tier is null and page_size - left_over < 5 and is_one_text and char_length(asked.words) > 2 then
        near := private.near_titles(asked.spelled);
      end if;
      continue when near is null or near = '{}';
      -- What a filter leaves out is looked past, up to a bound.
      source := 'select s.id, s.score, s.popularity from ' || format(alike,
        case when after_tier = 30 then '(n.score < $16 or (p.popularity, p.id) < ($7, $8))' else 'true' end,
        case conditions when '' then left_over + 5 else 300 end,
        case when after_tier = 30 then '($16 > 0 or (p.popularity, p.id) < ($7, $8))' else 'true' end)
        || ' where not s.header_vector @@ $2' || conditions;

    elsif stage = 10 then
      -- Each word or one that is a slip away, when nearly nothing was found.
      continue when not is_one_text or char_length(asked.words) < 3 or cardinality(asked.spelled) > 12
        or (after_tier is null and page_size - left_over >= 5) or after_tier <> 10;
      select string_agg('(' || private.song_word_forms(w.word)::text || coalesce(' | ' || n.words, '') || ')', ' & ')::tsquery
      into corrected
      from unnest(asked.spelled) as w (word)
      cross join lateral (
        -- Of a word of one or two letters there are too many.
        select string_agg(quote_literal(l.word), ' | ') as words
        from unnest(case when char_length(w.word) > 2 then (private.near_words(w.word))[:12] end) as l (word)
      ) as n;
      -- Common words are looked for among the songs that are liked best.
      execute 'select count(*) from ' || format(top_walk, 400) || ' where s.header_vector @@ $15' || conditions
      into hits
      using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, 'infinity'::double precision,
        'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid, shared, keys, near, null::tsquery, null::integer[], null::tsquery, corrected;
      source := 'select s.id, greatest(extensions.similarity(s.title_words, $4), extensions.similarity(s.artist_words, $4), '
        'extensions.similarity(s.title_words || '' '' || s.artist_words, $4))::double precision as score, s.popularity from '
        || case when hits > 8 then replace(format(walk, 1500), '($7, $8)', '(''infinity'', ''ffffffff-ffff-ffff-ffff-ffffffffffff'')')
          else '(select * from public.songs s where s.header_vector @@ $15' || wanted.terms || ' offset 0) s' end
        || ' where s.header_vector @@ $15 and not s.header_vector @@ $2 '
        'and not (s.title_words = any (coalesce($11, ''{}'')) or s.artist_words = any (coalesce($11, ''{}'')))'
        || seen || conditions || ' limit 2000';
      late := ' where not (select s.search_vector @@ $1 from public.songs s where s.id = c.id)';
    end if;

    if source is not null then
      execute format(
        'with c as materialized (%s), page as (select c.id, c.score, c.popularity from (select * from c where (c.score, c.popularity, c.id) < '
        '($16, $7, $8) order by c.score desc, c.popularity desc, c.id desc offset 0) c%s limit %s) select (select count(*) from c), '
        'array(select p.id from page p), array(select p.score from page p), array(select p.popularity from page p)', source, late, left_over)
      into total, ids, scores, popularities
      using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, from_popularity, from_id, shared, keys, near,
        asked.start, asked.pairs, asked.rest, corrected, from_score;
      if stage = 40 and after_tier is distinct from 40 and total > 2000 then
        is_ranked := false;
        continue;
      end if;
      found_ids := found_ids || ids;
      found_tiers := found_tiers || array_fill(stage, array[cardinality(ids)]);
      found_scores := found_scores || scores;
      found_popularities := found_popularities || popularities;
      left_over := left_over - cardinality(ids);
      continue;
    end if;

    -- What is left is in order of popularity: every word in the header when they are many (35), or anywhere in the song.
    continue when (case stage when 35 then asked.header is null or is_ranked when 21 then near is null else near is not null end);
    if stage = 35 then
      indexed := ' and s.header_vector @@ $2';
      whole := indexed || conditions || not_exact;
    else
      indexed := case when asked.header is null then '' when asked.pairs is not null then ' and s.word_pairs @> $13'
        else ' and s.search_vector @@ $1' end;
      whole := case when asked.header is null then '' else ' and s.search_vector @@ $1 and not s.header_vector @@ $2' end
        || conditions || not_exact
        || case stage when 21 then ' and not (s.title_words = any ($11) or s.artist_words = any ($11))' else '' end;
    end if;

    -- The next songs tell how thin hits are; without words that is cheap to tell.
    look := case when asked.header is null then 400 else 120 end;
    execute format(
      'with w as materialized (select s.id, s.popularity, (true%2$s) is true as is_hit, (%3$s) is true as is_start from '
      || case when from_popularity = 'infinity' then top_walk else walk end || '), '
      'h as (select w.id, w.popularity from w where w.is_hit order by w.popularity desc, w.id desc limit %4$s), '
      'l as (select w.id, w.popularity from w order by w.popularity, w.id limit 1) '
      'select (select count(*) from w), (select count(*) from w where w.is_hit), (select count(*) from w where w.is_start), '
      'array(select h.id from h), array(select h.popularity from h), (select l.popularity from l), (select l.id from l)',
      look, whole, case when stage = 35 then 's.header_vector @@ $12' else 's.search_vector @@ $12' end,
      left_over)
    into looked, hits, starts, ids, popularities, from_popularity, from_id
    using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, from_popularity, from_id, shared, keys, near,
      case stage when 35 then asked.open else asked.start end;
    found_ids := found_ids || ids;
    found_tiers := found_tiers || array_fill(stage, array[cardinality(ids)]);
    found_scores := found_scores || array_fill(0::double precision, array[cardinality(ids)]);
    found_popularities := found_popularities || popularities;
    left_over := left_over - cardinality(ids);
    continue when looked < look;
    exit when left_over <= 0;

    -- A start that is common is told from the songs that the other words and the filters lead to.
    gathers := case stage when 35 then asked.open else asked.start end is not null and asked.pairs is null;
    if gathers and starts > (case stage when 35 then 2 else 12 end) then
      gathers := false;
      indexed := case when asked.rest is null then '' when stage = 35 then ' and s.header_vector @@ $14' else ' and s.search_vector @@ $14' end;
    end if;
    indexed := indexed || wanted.terms;
    top := private.popularity_level(from_popularity);
    -- A song whose lyrics have to be read costs three of which the index tells all.
    most := case when stage < 35 and (asked.excluded is not null or (asked.start is not null and not gathers)) then 2000 else 6000 end;
    spent := 0;
    -- Each step gathers what the start leads to anew.
    width := case when hits = 0 then 8 when gathers then 6 else 2 end;
    budget := case when hits >= 5 or (gathers and hits >= 3) then greatest(1500, left_over * 40) when indexed = '' and wanted.chord_sets is null then 5000 end;
    loop
      if budget is null then
        -- Thin: by the index, some powers of two of popularity at a time, more and more of them. Chords alone have an index in order.
        if indexed = '' then
          width := 100;
        end if;
        execute case when whole = ' and s.chord_set = any ($5)' then format(
          'with h as (select s.id, s.popularity from (select p.id, p.popularity from public.songs p '
          'where p.visibility = ''public'' and p.deleted_at is null and p.chord_set = any ($5)%1$s%2$s) s '
          'where (s.popularity, s.id) < ($7, $8) order by s.popularity desc, s.id desc limit %3$s) '
          'select 0, array(select h.id from h), array(select h.popularity from h), null::double precision, null::uuid',
          case when caller is null then '' else ' union all select o.id, o.popularity from public.songs o '
            'where o.created_by = $6 and o.visibility <> ''public'' and o.deleted_at is null and o.chord_set = any ($5)' end,
          case when keys = '{}' then '' else ' union all select h.id, h.popularity from public.songs h '
            'where h.id = any (array(select w.id from unnest($10) as w where w.chord_set = any ($5))) '
            'and h.created_by <> $6 and h.visibility <> ''public'' and h.deleted_at is null and h.chord_set = any ($5)' end,
          left_over)
        else format(
          'with g as materialized (select s.id, s.popularity, s.deleted_at, s.visibility, s.created_by, s.title_words, s.artist_words, '
          's.header_vector, s.search_vector, s.search_terms, s.genre, s.style, s.key, s.language, s.source_type, s.difficulty_level, '
          's.year, s.tempo, s.duration_seconds, s.chord_set from public.songs s where s.deleted_at is null%1$s%2$s limit %6$s), '
          'h as (select s.id, s.popularity from (select * from g s where (s.popularity, s.id) < ($7, $8)%3$s '
          'order by s.popularity desc, s.id desc offset 0) s where true%4$s limit %5$s), '
          'l as (select s.id, s.popularity from g s where (s.popularity, s.id) < ($7, $8) order by s.popularity, s.id limit 1) '
          'select (select count(*) from g), array(select h.id from h), array(select h.popularity from h), (select l.popularity from l), '
          '(select l.id from l)',
          case indexed when '' then ' and s.chord_set = any ($5)' else indexed end,
          case when width < 100 then format(' and s.search_terms && %L::text[]',
            array(select 'liked:' || n from generate_series(greatest(top - width + 1, 0), top) as n)) else '' end,
          seen, whole, left_over, most + 1)
        end
        into total, ids, popularities, last_popularity, last_id
        using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, from_popularity, from_id, shared, keys, near,
          asked.start, asked.pairs, asked.rest;
        if total > most then
          -- Fewer powers at once; when one alone has so many, by a walk, which may stop short.
          if width > 1 and indexed <> '' then
            width := greatest(least(width, 32) / 4, 1);
          else
            budget := 3000;
          end if;
          continue;
        end if;
        from_popularity := coalesce(last_popularity, from_popularity);
        from_id := coalesce(last_id, from_id);
        spent := spent + total;
        top := top - width;
        -- One power further down there are about twice as many.
        -- Where there were none at all there are few in all.
        width := case when total = 0 then 100 when cardinality(ids) = 0 then width + 2
          else 1 + ceil(ln(1 + left_over::double precision / cardinality(ids)) / ln(2.0)) end;
      else
        execute format('with h as materialized (select s.id, s.popularity from ' || walk || ' where true%2$s limit %3$s) '
          'select array(select h.id from h), array(select h.popularity from h)', budget, whole, left_over)
        into ids, popularities
        using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, from_popularity, from_id, shared, keys, near;
      end if;
      found_ids := found_ids || ids;
      found_tiers := found_tiers || array_fill(stage, array[cardinality(ids)]);
      found_scores := found_scores || array_fill(0::double precision, array[cardinality(ids)]);
      found_popularities := found_popularities || popularities;
      left_over := left_over - cardinality(ids);
      exit when left_over <= 0 or (budget is null and top < 0);
      if budget is null and spent > 2 * most then
        stops := true;
        exit;
      end if;
      if budget is not null then
        execute format('select s.popularity, s.id from ' || walk || ' order by s.popularity desc, s.id desc offset %2$s', budget, budget - 1)
        into from_popularity, from_id
        using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, from_popularity, from_id, shared, keys;
        exit when from_id is null;
        if budget in (3000, 5000) or (indexed = '' and wanted.chord_sets is null) then
          -- It ends here, whatever it found; the next page goes on from there.
          stops := true;
          exit;
        end if;
        top := private.popularity_level(from_popularity);
        budget := null;
      end if;
    end loop;
    exit when stops;
  end loop;

  -- The words are in enough songs, but they are no title: what they may have been meant to be stands after the fifth.
  if after_tier is null and near is null and is_one_text and page_size > 10 and cardinality(found_ids) >= 5 and found_tiers[5] in (45, 40, 35)
    and found_tiers[1] < 50 and char_length(asked.words) > 3
  then
    near := private.near_titles(asked.spelled);
    execute 'with c as materialized (select s.id, s.popularity, s.title_words, s.artist_words, s.score from '
      || format(alike, 'true', case conditions when '' then 5 else 300 end, 'true') || ' where not s.header_vector @@ $2' || conditions || '), '
      'd as (select distinct on (case when c.score > 0 then c.title_words else c.artist_words end) c.id, c.score, c.popularity from c '
      'order by case when c.score > 0 then c.title_words else c.artist_words end, c.score desc, c.popularity desc, c.id desc), '
      'e as (select d.* from d order by d.score desc, d.popularity desc, d.id desc limit 8) '
      'select array(select e.id from e join public.songs s on s.id = e.id where not s.search_vector @@ $1 '
      'order by e.score desc, e.popularity desc, e.id desc limit 4)'
    into ids
    using asked.lyrics, asked.header, asked.excluded, asked.words, wanted.chord_sets, caller, from_popularity, from_id, shared, keys, near;
    found_ids := found_ids[:5] || ids || found_ids[6:];
    found_tiers := found_tiers[:5] || array_fill(38, array[cardinality(ids)]) || found_tiers[6:];
    found_scores := found_scores[:5] || array_fill(0::double precision, array[cardinality(ids)]) || found_scores[6:];
    found_popularities := found_popularities[:5] || array_fill(0::double precision, array[cardinality(ids)]) || found_popularities[6:];
  end if;
  return query
    select f.id, f.tier, f.score, f.popularity, false
    from unnest(found_ids, found_tiers, found_scores, found_popularities) with ordinality as f (id, tier, score, popularity, n)
    order by f.n
    limit page_size;
  if stops and cardinality(found_ids) < page_size then
    return query select from_id, stage, 0::double precision, from_popularity, true;
  end if;
end
$$;
comment on function private.search_songs is
  'One page of what a query finds, tier by tier; a last row is_place says where to go on when the walk had to stop.';

create function private.is_marked(word text, marks tsquery, config regconfig)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return to_tsvector('pg_catalog.simple', word) @@ marks or (config is not null and to_tsvector(config, word) @@ marks);
end
$$;
comment on function private.is_marked is 'Whether a word, folded, is one to highlight, as it is or by its stem.';

create function private.song_ranges(value text, asked private.song_query, config regconfig)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  start text := left(value, 1000);
  folded text := private.fold(start);
  -- The same place in both, but for letters that fold into two or none.
  is_alike boolean := start !~ '[^\u0001-\u007f\u00a1\u00bf-\u00c5\u00c7-\u00dd\u00e0-\u00e5\u00e7-\u00fd\u00ff\u2013-\u201d]';
  place integer := 1;
  ranges jsonb := '[]';
  word text;
  part record;
begin
  if is_alike then
    loop
      place := regexp_instr(folded, asked.hint, place);
      exit when coalesce(place, 0) = 0;
      word := substring(substr(folded, place) from '^[[:alnum:]]+');
      if private.is_marked(word, asked.marks, config) then
        ranges := ranges || jsonb_build_array(jsonb_build_array(place - 1, place - 1 + char_length(word)));
      end if;
      place := place + char_length(word);
    end loop;
    return ranges;
  end if;
  for part in
    select m.found[2] as word, sum(char_length(m.found[1] || m.found[2])) over (order by m.n)::integer as beyond
    from regexp_matches(start, '([^[:alnum:]\u0300-\u036f]*)([[:alnum:]\u0300-\u036f]+)', 'g') with ordinality as m (found, n)
  loop
    if private.is_marked(private.fold(normalize(part.word, nfc)), asked.marks, config) then
      ranges := ranges || jsonb_build_array(jsonb_build_array(part.beyond - char_length(part.word), part.beyond));
    end if;
  end loop;
  return ranges;
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
  -- Of a long song the beginning: what is looked through for a page is bounded.
  start text := left(lyrics, 4000);
  folded text := private.fold(case when start ~ '[^\u0001-\u02ff]' then normalize(start, nfc) else start end);
  at integer := 1;
  best integer := 0;
  score integer;
  this integer;
  place integer;
  line text;
  words tsvector;
  ranges jsonb;
  cut integer;
begin
  if asked.marks is null then
    return '{"title": [], "artist": [], "excerpt": null}';
  end if;
  -- The line that has all of it, else the first that has any, as it was asked for rather than by a stem.
  for candidate in 1 .. 12 loop
    at := regexp_instr(folded, asked.hint, at);
    exit when coalesce(at, 0) = 0;
    this := char_length(left(folded, at)) - char_length(replace(left(folded, at), E'\n', '')) + 1;
    line := regexp_replace(left(split_part(folded, E'\n', this), 1000), '[\u0001-\u0020!-/:-@\u005b-`{-\u00bf\u2000-\u206f\u3000-\u303f]+', ' ', 'g');
    words := to_tsvector('pg_catalog.simple', line);
    score := case when words @@ asked.lyrics then 4 when words @@ asked.marks then 2 else 0 end;
    if score < 4 and config is not null then
      words := words || to_tsvector(config, line);
      score := case when words @@ asked.lyrics then 3 when words @@ asked.marks then greatest(score, 1) else 0 end;
    end if;
    if score > best then
      best := score;
      place := this;
    end if;
    exit when best = 4;
    exit when strpos(substr(folded, at), E'\n') = 0;
    at := at + strpos(substr(folded, at), E'\n');
  end loop;
  line := null;
  if place is not null then
    line := split_part(start, E'\n', place);
    ranges := private.song_ranges(line, asked, config);
    if char_length(line) > 160 then
      cut := greatest(coalesce((ranges #>> '{0,0}')::integer, 0) - 40, 0);
      line := substr(line, cut + 1, 160);
      ranges := private.song_ranges(line, asked, config);
    end if;
  end if;
  return jsonb_build_object(
    'title', private.song_ranges(title, asked, config),
    'artist', private.song_ranges(coalesce(artist, ''), asked, config),
    'excerpt', case when line is not null then jsonb_build_object('text', line, 'ranges', ranges) end);
end
$$;
comment on function private.highlight_song is 'Where a song matches a query: ranges in title and artist, and a line of its lyrics.';

create function private.search_songs_page(
  query text,
  filters jsonb,
  page_size integer,
  after_tier integer,
  after_score double precision,
  after_popularity double precision,
  after_id uuid
)
returns jsonb
language plpgsql
stable
security definer
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
      join private.visible_songs s on s.id = f.id
      where f.n <= page_size and not f.is_place
    ), '[]'),
    'next', (select jsonb_build_array(p.tier, p.score, p.popularity, p.id) from place p))
  into answer;
  return answer;
end
$$;

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
language sql
stable
set search_path = ''
as $$
  select private.search_songs_page(query, filters, page_size, after_tier, after_score, after_popularity, after_id)
$$;
comment on function public.search_songs is
  'A page of the songs that the caller may see and that match a query and filters, best first, with highlights; next is where the page after it begins.';

create function private.scale_counts(counts jsonb, scale double precision)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return (
    select jsonb_object_agg(f.key, (
      select jsonb_agg(e.entry || jsonb_build_object('count', round((e.entry ->> 'count')::double precision * scale)) order by e.n)
      from jsonb_array_elements(f.value) with ordinality as e (entry, n)))
    from jsonb_each(counts) as f
  );
end
$$;
comment on function private.scale_counts is 'Counts by value of a part, for the whole.';

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
set work_mem = '32MB'
as $$
declare
  caller uuid := auth.uid();
  asked private.song_query := private.read_song_query(query);
  wanted private.song_filter := private.read_song_filter(filters);
  keys private.song_key[] := private.shared_song_keys();
  shared uuid[] := array(select k.id from unnest(keys) as k);
  songs_in_all double precision;
  share double precision;
  hits bigint;
  sampled jsonb;
  total bigint;
  matching text;
  counted text;
  counts jsonb;
  shape constant text := 'with c as materialized (select s.genre, s.style, s.key, s.difficulty_level::text as difficulty, '
    'split_part(s.language, ''-'', 1) as language, (s.year / 10 * 10)::text as decade, s.search_terms from %s), '
    'n as (select case when grouping(c.genre) = 0 then ''genre'' when grouping(c.style) = 0 then ''style'' when grouping(c.key) = 0 then ''key'' '
    'when grouping(c.difficulty) = 0 then ''difficulty'' when grouping(c.language) = 0 then ''language'' else ''decade'' end as name, '
    'coalesce(c.genre, c.style, c.key, c.difficulty, c.language, c.decade) collate "C" as value, count(*) as n '
    'from c group by grouping sets ((c.genre), (c.style), (c.key), (c.difficulty), (c.language), (c.decade)) '
    'union all select ''tag'', substr(t.term, 5), count(*) from (select unnest(c.search_terms) as term from c) t '
    'where starts_with(t.term, ''tag:'') group by 2) '
    'select (select count(*) from c), (select jsonb_object_agg(v.name, v.counts) from ('
    'select v.name, jsonb_agg(jsonb_build_object(''value'', v.value, ''count'', v.n) order by v.n desc, v.value) as counts from ('
    'select n.*, row_number() over (partition by n.name order by n.n desc, n.value) as place from n where n.value is not null) v '
    'where v.place <= 30 group by v.name) v)';
begin
  if asked.header is null and (asked.excluded is not null or query ~ '\S') then
    return jsonb_build_object('total', 0, 'exact', true, 'facets', '{}'::jsonb);
  end if;
  matching := private.seen_songs(caller, shared) || wanted.conditions
    || case when asked.header is null then ''
      when asked.header = asked.lyrics then ' and s.search_vector @@ $1'
      else ' and (s.search_vector @@ $1 or s.header_vector @@ $2)' end
    || case when asked.excluded is null then '' else ' and not s.search_vector @@ $3' end;
  counted := 'public.songs s where true' || wanted.terms
    || case when asked.pairs is null then '' else ' and s.word_pairs @> $4' end || matching || ' limit 10001';
  select greatest(c.reltuples, 0) into songs_in_all from pg_catalog.pg_class c where c.oid = 'public.songs'::regclass;

  -- Few of the best liked: few, most likely, in all.
  execute 'select count(*) from (select p.* from public.songs p where p.visibility = ''public'' and p.deleted_at is null '
    'order by p.popularity desc, p.id desc limit 400) s where true' || matching
  into hits
  using asked.lyrics, asked.header, asked.excluded, asked.pairs, wanted.chord_sets, caller, null::text, null::text, shared;
  share := case when songs_in_all > 20000 then 400000 / songs_in_all else 100 end;
  if hits <= 6 or share = 100 then
    execute format(shape, counted)
    into total, counts
    using asked.lyrics, asked.header, asked.excluded, asked.pairs, wanted.chord_sets, caller, null::text, null::text, shared;
    if total <= 10000 then
      return jsonb_build_object('total', total, 'exact', true, 'facets', coalesce(counts, '{}'));
    end if;
  end if;

  -- Pages picked at random tell whether they are too many to count, and then stand for all.
  hits := 0;
  if share < 100 then
    execute format(shape, 'public.songs s tablesample system (' || share || ') repeatable (7) where true' || matching)
    into hits, sampled
    using asked.lyrics, asked.header, asked.excluded, asked.pairs, wanted.chord_sets, caller, null::text, null::text, shared;
    if hits * 100 / share > 15000 then
      return jsonb_build_object('total', round(hits * 100 / share), 'exact', false,
        'facets', coalesce(private.scale_counts(sampled, 100 / share), '{}'));
    end if;
  end if;
  if total is null then
    execute format(shape, counted)
    into total, counts
    using asked.lyrics, asked.header, asked.excluded, asked.pairs, wanted.chord_sets, caller, null::text, null::text, shared;
  end if;
  if total <= 10000 then
    return jsonb_build_object('total', total, 'exact', true, 'facets', coalesce(counts, '{}'));
  end if;
  return jsonb_build_object('total', round(greatest(hits * 100 / share, total)), 'exact', false,
    'facets', private.scale_counts(counts, greatest(hits * 100 / share, total) / total));
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
  'How many songs that the caller may see match a query and filters, in all and by genre, style, key, difficulty, language, decade and tag: exact up to 10,000, estimates beyond.';

create function private.lock_tagged_song()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- The song first, then its tags: so every writer of tags reads what the one before it wrote.
  if tg_op <> 'INSERT' then
    perform from public.songs s where s.id = old.song_id for no key update;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  perform from public.songs s where s.id = new.song_id for no key update;
  return new;
end
$$;
comment on function private.lock_tagged_song is 'Trigger: whoever changes a tag of a song holds the song.';

create function private.index_tagged_songs()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Any write to the terms makes songs_index read them anew.
  update public.songs s
  set search_terms = '{}'
  where s.id in (select c.song_id from changed c)
    and private.song_tag_terms(s.id) <> array(
      select t.term from unnest(s.search_terms) as t (term) where starts_with(t.term, 'tag:') order by t.term);
  return null;
end
$$;
comment on function private.index_tagged_songs is 'Trigger: a song is found by the tags that it has now.';

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
set work_mem = '32MB'
as $$
#variable_conflict use_column
declare
  caller uuid := auth.uid();
  keys private.song_key[] := private.shared_song_keys();
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
        (select h.* from unnest(keys) as k join public.songs h on h.id = k.id
          where (starts_with(k.title_words, start) or starts_with(k.artist_words, start))
            and h.created_by <> caller and h.visibility <> 'public' and h.deleted_at is null)
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
  private.is_stop_word(text),
  private.plain_words(text),
  private.read_song_query(text),
  private.playable_chord_sets(text[], integer),
  private.canonical_chord(text),
  private.refuse_song_filter(text),
  private.read_song_filter(jsonb),
  private.near_words(text),
  private.near_titles(text[]),
  private.letters(text),
  private.seen_songs(uuid, uuid[]),
  private.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid),
  private.search_songs_page(text, jsonb, integer, integer, double precision, double precision, uuid),
  private.is_marked(text, tsquery, regconfig),
  private.song_ranges(text, private.song_query, regconfig),
  private.song_marks(text),
  private.highlight_song(private.song_query, text, text, text, text),
  private.scale_counts(jsonb, double precision),
  private.count_songs(text, jsonb),
  private.lock_tagged_song(),
  private.index_tagged_songs(),
  private.suggest_songs(text, integer),
  public.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid),
  public.count_songs(text, jsonb),
  public.suggest_songs(text, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.search_songs_page(text, jsonb, integer, integer, double precision, double precision, uuid),
  private.count_songs(text, jsonb),
  private.suggest_songs(text, integer),
  public.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid),
  public.count_songs(text, jsonb),
  public.suggest_songs(text, integer)
to anon, authenticated, service_role;

commit;
