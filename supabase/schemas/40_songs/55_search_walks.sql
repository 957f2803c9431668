-- The stages of a search that answer in order of popularity. An inverted index cannot give that order. If many songs match, a
-- stage reads the songs one after the other. If few match, the index gathers them, some powers of two of popularity at a time.

create type private.song_walk as (
  tier integer,
  whole text,
  indexed text,
  indexed_without_start text,
  start text,
  common_start integer,
  is_of_lyrics boolean,
  is_by_chords boolean
);
comment on type private.song_walk is
  'What a walk looks for, as SQL on a row s. whole: all conditions. indexed: the conditions that the index can check, and indexed_without_start: '
  'the same without the prefix of a word. start: the song has the prefix, which is common when more than common_start of the songs read have it. '
  'is_of_lyrics: the conditions are on the lyrics. is_by_chords: the search is by chords only.';

create type private.song_step as (
  looked bigint,
  hits bigint,
  starts bigint,
  ids uuid[],
  popularities double precision[],
  last_popularity double precision,
  last_id uuid
);
comment on type private.song_step is 'A step of a walk: how many songs it read, which ones match, and the last one it read.';

create function private.look_ahead(plan private.song_plan, page private.song_page, walk private.song_walk, most integer)
returns private.song_step
language plpgsql
stable
set search_path = ''
as $$
declare
  step private.song_step;
begin
  execute format(
    'with w as materialized (select s.id, s.popularity, (true%s) is true as is_hit, (%s) is true as is_start from %s), '
    'h as (select w.id, w.popularity from w where w.is_hit order by w.popularity desc, w.id desc limit %s), '
    'l as (select w.id, w.popularity from w order by w.popularity, w.id limit 1) '
    'select (select count(*) from w), (select count(*) from w where w.is_hit), (select count(*) from w where w.is_start), '
    'array(select h.id from h), array(select h.popularity from h), (select l.popularity from l), (select l.id from l)',
    walk.whole, walk.start,
    case when page.popularity = 'infinity' then private.most_popular_songs(plan, page, most) else private.walk_of_songs(plan, page, most) end,
    page.size)
  into step
  using (plan.wanted).chord_sets, plan.keys, plan.shared, plan.near;
  return step;
end
$$;
comment on function private.look_ahead is 'Reads the next songs, which also shows how rare hits are.';

create function private.walk_on(plan private.song_plan, page private.song_page, walk private.song_walk, most integer)
returns private.song_step
language plpgsql
stable
set search_path = ''
as $$
declare
  songs constant text := private.walk_of_songs(plan, page, most);
  step private.song_step;
begin
  execute format('with h as materialized (select s.id, s.popularity from %s where true%s limit %s) '
    'select %s, null, null, array(select h.id from h), array(select h.popularity from h), null, null', songs, walk.whole, page.size, most)
  into step
  using (plan.wanted).chord_sets, plan.keys, plan.shared, plan.near;
  if cardinality(step.ids) < page.size then
    execute format('select s.popularity, s.id from %s order by s.popularity desc, s.id desc offset %s', songs, most - 1)
    into step.last_popularity, step.last_id
    using (plan.wanted).chord_sets, plan.keys;
  end if;
  return step;
end
$$;
comment on function private.walk_on is 'Walks past so many songs, or until the page is full; without a last one the walk is at its end.';

create function private.songs_by_chords(plan private.song_plan, page private.song_page)
returns private.song_step
language plpgsql
stable
set search_path = ''
as $$
declare
  step private.song_step;
begin
  execute format(
    'with h as (select s.id, s.popularity from (select p.id, p.popularity from public.songs p '
    'where p.visibility = ''public'' and p.deleted_at is null and p.chord_set = any ($1)%s%s) s '
    'where (s.popularity, s.id) < (%L::double precision, %L::uuid) order by s.popularity desc, s.id desc limit %s) '
    'select 0, null, null, array(select h.id from h), array(select h.popularity from h), null, null',
    case when plan.caller is null then '' else format(' union all select o.id, o.popularity from public.songs o '
      'where o.created_by = %L and o.visibility <> ''public'' and o.deleted_at is null and o.chord_set = any ($1)', plan.caller) end,
    case when plan.keys = '{}' then '' else format(' union all select h.id, h.popularity from public.songs h '
      'where h.id = any (array(select w.id from unnest($2) as w where w.chord_set = any ($1))) '
      'and h.created_by <> %L and h.visibility <> ''public'' and h.deleted_at is null and h.chord_set = any ($1)', plan.caller) end,
    page.popularity, page.id, page.size)
  into step
  using (plan.wanted).chord_sets, plan.keys;
  return step;
end
$$;
comment on function private.songs_by_chords is 'All that is left of a search for chords alone: they have an index in order of popularity.';

create function private.gather_songs(
  plan private.song_plan, page private.song_page, walk private.song_walk, indexed text, top integer, width integer, most integer
)
returns private.song_step
language plpgsql
stable
set search_path = ''
as $$
declare
  behind constant text := format('(s.popularity, s.id) < (%L::double precision, %L::uuid)', page.popularity, page.id);
  step private.song_step;
begin
  execute format(
    'with g as materialized (select s.id, s.popularity, s.deleted_at, s.visibility, s.created_by, s.title_words, s.artist_words, '
    's.header_vector, s.search_vector, s.word_pairs, s.search_terms, s.genre, s.style, s.key, s.language, s.source_type, s.difficulty_level, '
    's.year, s.tempo, s.duration_seconds, s.chord_set from public.songs s where s.deleted_at is null%s%s limit %s), '
    'h as (select s.id, s.popularity from (select * from g s where %s%s '
    'order by s.popularity desc, s.id desc offset 0) s where true%s limit %s), '
    'l as (select s.id, s.popularity from g s where %4$s order by s.popularity, s.id limit 1) '
    'select (select count(*) from g), null, null, array(select h.id from h), array(select h.popularity from h), '
    '(select l.popularity from l), (select l.id from l)',
    case indexed when '' then ' and s.chord_set = any ($1)' else indexed end,
    case when width < 100 then format(' and s.search_terms && %L::text[]',
      array(select 'liked:' || n from generate_series(greatest(top - width + 1, 0), top) as n)) else '' end,
    most + 1, behind, plan.seen, walk.whole, page.size)
  into step
  using (plan.wanted).chord_sets, plan.keys, plan.shared, plan.near;
  return step;
end
$$;
comment on function private.gather_songs is
  'Asks the index for songs of some powers of two of popularity, from the highest one left. Sorts them and reads them until the page is full.';

create function private.find_in_order(plan private.song_plan, page private.song_page, walk private.song_walk)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  look constant integer := case when (plan.asked).header is null then 400 else 120 end;
  most integer;
  indexed text := walk.indexed;
  gathers boolean := walk.start <> 'null' and (plan.asked).pairs is null;
  step private.song_step := private.look_ahead(plan, page, walk, look);
  top integer;
  width integer;
  budget integer;
  spent bigint := 0;
begin
  return query select h.id, walk.tier, 0::double precision, h.popularity, false from unnest(step.ids, step.popularities) as h (id, popularity);
  page.size := page.size - cardinality(step.ids);
  if step.looked < look or page.size <= 0 then
    return;
  end if;
  page.popularity := step.last_popularity;
  page.id := step.last_id;
  -- A common prefix is checked on the songs that the other words and the filters select.
  if gathers and step.starts > walk.common_start then
    gathers := false;
    indexed := walk.indexed_without_start;
  end if;
  indexed := indexed || (plan.wanted).terms;
  -- A song whose lyrics must be read costs as much as three that the index alone decides.
  most := (page.stage).gathers / case when walk.is_of_lyrics
    and ((plan.asked).excluded is not null or (walk.start <> 'null' and not gathers)) then 3 else 1 end;
  top := private.popularity_level(page.popularity);
  -- Each step gathers all songs with the prefix again.
  width := case when step.hits = 0 then 8 when gathers then 6 else 2 end;
  budget := case when step.hits >= 5 or (gathers and step.hits >= 3) then greatest(1500, page.size * 40)
    when indexed = '' and (plan.wanted).chord_sets is null then 5000 end;
  loop
    if budget is not null then
      step := private.walk_on(plan, page, walk, budget);
    elsif walk.is_by_chords then
      step := private.songs_by_chords(plan, page);
      top := -1;
    else
      width := case when indexed = '' then 100 else width end;
      step := private.gather_songs(plan, page, walk, indexed, top, width, most);
      if step.looked > most then
        -- Fewer powers at once; when one alone has so many, by a walk, which may stop short.
        budget := case when width = 1 or indexed = '' then (page.stage).walks end;
        width := greatest(least(width, 32) / 4, 1);
        continue;
      end if;
      spent := spent + step.looked;
      top := top - width;
      -- The next lower power has about twice as many songs. A step without any song means few songs in all.
      width := case when step.looked = 0 then 100 when cardinality(step.ids) = 0 then width + 2
        else 1 + ceil(ln(1 + page.size::double precision / cardinality(step.ids)) / ln(2.0)) end;
    end if;
    return query select h.id, walk.tier, 0::double precision, h.popularity, false
      from unnest(step.ids, step.popularities) as h (id, popularity);
    page.size := page.size - cardinality(step.ids);
    exit when page.size <= 0 or (budget is null and top < 0) or (budget is not null and step.last_id is null);
    page.popularity := coalesce(step.last_popularity, page.popularity);
    page.id := coalesce(step.last_id, page.id);
    if (budget is null and spent > 2 * most)
      or budget in ((page.stage).walks, 5000) or (budget is not null and indexed = '' and (plan.wanted).chord_sets is null)
    then
      -- The stage ends here, whatever it found; the next page continues after this place.
      return query select page.id, walk.tier, 0::double precision, page.popularity, true;
      return;
    end if;
    top := case when budget is null then top else private.popularity_level(page.popularity) end;
    budget := null;
  end loop;
end
$$;
comment on function private.find_in_order is
  'The most popular songs that match. When the budget of a page is spent, a last hit with is_place says where to continue.';

create function private.find_by_header(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
declare
  ranked private.song_hit[];
  walk private.song_walk;
begin
  if (plan.asked).header is null then
    return;
  end if;
  if page.after_tier is distinct from 35 then
    ranked := private.rank_headers(plan, page);
    if ranked is not null then
      return query select h.* from unnest(ranked) as h;
      return;
    end if;
  end if;
  walk.tier := 35;
  walk.indexed := format(' and s.header_vector @@ %L::tsquery', (plan.asked).header);
  walk.whole := walk.indexed || plan.conditions || plan.not_exact || case when private.is_long_line(plan.asked) then plan.not_line else '' end;
  walk.indexed_without_start := coalesce(' and s.header_vector @@ ' || quote_literal((plan.asked).rest) || '::tsquery', '');
  walk.start := coalesce('s.header_vector @@ ' || quote_literal((plan.asked).open) || '::tsquery', 'null');
  walk.common_start := 2;
  return query select * from private.find_in_order(plan, page, walk);
end
$$;
comment on function private.find_by_header is
  'Stage: title, artist, album, genre, style or writers have every word; ranked, or by popularity when they are many.';

create function private.find_anywhere(plan private.song_plan, page private.song_page)
returns setof private.song_hit
language plpgsql
stable
set search_path = ''
as $$
declare
  asked constant private.song_query := plan.asked;
  lyrics constant text := coalesce(' and s.search_vector @@ ' || quote_literal(asked.lyrics) || '::tsquery', '');
  walk private.song_walk;
begin
  walk.tier := case when plan.near is null then 20 else 21 end;
  walk.indexed := case when asked.header is not null and asked.pairs is not null then format(' and s.word_pairs @> %L::integer[]', asked.pairs)
    else lyrics end;
  walk.whole := lyrics || coalesce(' and not s.header_vector @@ ' || quote_literal(asked.header) || '::tsquery', '')
    || plan.conditions || plan.not_exact || plan.not_line
    || case when plan.near is null then '' else ' and not (s.title_words = any ($4) or s.artist_words = any ($4))' end;
  walk.indexed_without_start := coalesce(' and s.search_vector @@ ' || quote_literal(asked.rest) || '::tsquery', '');
  walk.start := coalesce('s.search_vector @@ ' || quote_literal(asked.start) || '::tsquery', 'null');
  walk.common_start := 12;
  walk.is_of_lyrics := true;
  walk.is_by_chords := walk.whole = ' and s.chord_set = any ($1)';
  return query select * from private.find_in_order(plan, page, walk);
end
$$;
comment on function private.find_anywhere is 'Stage: every word is somewhere in the song, or there are no words but filters.';

revoke execute on function
  private.look_ahead(private.song_plan, private.song_page, private.song_walk, integer),
  private.walk_on(private.song_plan, private.song_page, private.song_walk, integer),
  private.songs_by_chords(private.song_plan, private.song_page),
  private.gather_songs(private.song_plan, private.song_page, private.song_walk, text, integer, integer, integer),
  private.find_in_order(private.song_plan, private.song_page, private.song_walk),
  private.find_by_header(private.song_plan, private.song_page),
  private.find_anywhere(private.song_plan, private.song_page)
from public, anon, authenticated, service_role;
