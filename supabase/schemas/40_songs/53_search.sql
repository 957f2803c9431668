-- Finds songs. How results are ranked, and what bounds the work of each query: docs/performance/search.md.

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
  perform private.check_page_size('search songs', page_size - 1, 200);
  if asked.header is null and (asked.excluded is not null or wanted.conditions = '' or query ~ E'\\S') then
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

revoke execute on function private.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid) from public, anon, authenticated, service_role;
