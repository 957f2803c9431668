-- Finds songs: goes through the stages until the page is full.

create function private.songs_meant(plan private.song_plan)
returns private.song_hit[]
language plpgsql
stable
set search_path = ''
as $$
declare
  hits private.song_hit[];
begin
  execute format('with c as materialized (select s.id, s.popularity, s.title_words, s.artist_words, s.score from %s '
    'where not s.header_vector @@ %L::tsquery%s), '
    'd as (select distinct on (case when c.score > 0 then c.title_words else c.artist_words end) c.id, c.score, c.popularity from c '
    'order by case when c.score > 0 then c.title_words else c.artist_words end, c.score desc, c.popularity desc, c.id desc), '
    'e as (select d.* from d order by d.score desc, d.popularity desc, d.id desc limit 8) '
    'select array(select (e.id, 38, 0, 0, false)::private.song_hit from e join public.songs s on s.id = e.id '
    'where not s.search_vector @@ %L::tsquery order by e.score desc, e.popularity desc, e.id desc limit 4)',
    private.songs_like_names((plan.asked).words, 'true', case plan.conditions when '' then 5 else 300 end, 'true'),
    (plan.asked).header, plan.conditions, (plan.asked).lyrics)
  into hits
  using (plan.wanted).chord_sets, plan.keys, plan.shared, private.near_titles((plan.asked).spelled);
  return hits;
end
$$;
comment on function private.songs_meant is 'Up to four songs whose title or artist is the query less one typo, each name once.';

create function private.search_songs(
  query text,
  filters jsonb,
  page_size integer,
  after_tier integer,
  after_score double precision,
  after_popularity double precision,
  after_id uuid
)
returns setof private.song_hit
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
  plan private.song_plan;
  page private.song_page;
  stage private.search_stages;
  next_one record;
  found private.song_hit[] := '{}';
  hits private.song_hit[];
begin
  perform private.check_page_size('search songs', page_size, 200, 1);
  plan := private.plan_songs(query, filters);
  if (plan.asked).header is null and ((plan.asked).excluded is not null or (plan.wanted).conditions = '' or query ~ E'\\S') then
    return;
  end if;

  page.after_tier := after_tier;
  for next_one in select s as stage from private.search_stages s order by s.tier desc loop
    stage := next_one.stage;
    continue when stage.last_tier > after_tier;
    continue when case when after_tier is null then cardinality(found) >= stage.fewer_than
      else stage.fewer_than is not null and after_tier > stage.tier end;
    page.stage := stage;
    page.size := page_size - cardinality(found);
    exit when page.size <= 0;
    page.score := 'infinity';
    page.popularity := 'infinity';
    page.id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    if after_tier between stage.last_tier and stage.tier then
      page.score := after_score;
      page.popularity := after_popularity;
      page.id := after_id;
    end if;
    if stage.name = 'typo in a name' or (after_tier = 21 and plan.near is null) then
      plan.near := case when (plan.asked).is_one_text and char_length((plan.asked).words) > 2 then private.near_titles((plan.asked).spelled) end;
    end if;
    execute format('select array_agg(h) from %s($1, $2) as h', stage.function_name) into hits using plan, page;
    found := found || hits;
    exit when (found[cardinality(found)]).is_place;
  end loop;

  -- Enough songs have the words, but no title is the query: corrected titles come after the fifth result.
  if after_tier is null and plan.near is null and (plan.asked).is_one_text and page_size > 10 and char_length((plan.asked).words) > 3
    and not (found[5]).is_place and (found[5]).tier in (45, 42, 40, 35) and (found[1]).tier < 50
  then
    found := found[:5] || private.songs_meant(plan) || found[6:];
  end if;
  return query select h.* from unnest(found[:page_size]) as h;
end
$$;
comment on function private.search_songs is
  'One page of the results of a query, stage by stage. When a walk had to stop, a last row with is_place says where to continue.';

create function private.query_meant(query text, filters jsonb)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  rest constant text := private.without_song_words(query);
begin
  -- "Three chords" may be a title: its words are left out only where they find nothing.
  return case
    when rest is null or exists (select from private.search_songs(query, filters, 1, null, null, null, null) f where not f.is_place) then query
    else rest
  end;
end
$$;
comment on function private.query_meant is 'A query, without words such as "chords" where it finds nothing with them.';

insert into private.search_stages (name, tier, last_tier, function_name, fewer_than, ranks, gathers, walks) values
  ('title', 60, 60, 'private.find_by_title', null, null, 1000, null),
  ('artist', 50, 50, 'private.find_by_artist', null, null, 1000, null),
  ('begun title', 45, 45, 'private.find_by_begun_title', null, null, 1000, null),
  ('line', 42, 42, 'private.find_by_line', null, 1000, 6000, 3000),
  ('header', 40, 35, 'private.find_by_header', null, 2000, 6000, 3000),
  ('short line', 33, 33, 'private.find_by_line', null, 1000, 6000, 3000),
  ('typo in a name', 30, 30, 'private.find_by_typo_in_name', 5, null, 300, null),
  ('typo in a line', 25, 25, 'private.find_by_typo_in_line', 5, 40, 100, null),
  ('anywhere', 21, 20, 'private.find_anywhere', null, null, 6000, 3000),
  ('typo in a word', 10, 10, 'private.find_by_typo_in_word', 5, null, 2000, 1500);

revoke execute on function
  private.query_meant(text, jsonb),
  private.songs_meant(private.song_plan),
  private.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid)
from public, anon, authenticated, service_role;
