-- Facet counts of a search of songs.

create function private.scale_counts(counts jsonb, scale double precision)
returns jsonb
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_object_agg(f.key, (
      select jsonb_agg(e.entry || jsonb_build_object('count', round((e.entry ->> 'count')::double precision * scale)) order by e.n)
      from jsonb_array_elements(f.value) with ordinality as e (entry, n)))
    from jsonb_each(counts) as f
  ), '{}');
end
$$;
comment on function private.scale_counts is 'Counts by value of a part, for the whole.';

create function private.count_values(plan private.song_plan, source text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  counted jsonb;
begin
  -- Spellings are one value, in the spelling of most songs. At most 500 of each, and 100 artists, are folded, however many there are. Each artist of
  -- a song is a value.
  execute 'with c as materialized (select s.genre, s.style, s.key, s.difficulty_level::text as difficulty, '
    'lower(split_part(s.language, ''-'', 1)) as language, (s.year / 10 * 10)::text as decade, s.search_terms, s.artist, '
    'case when strpos(s.artist, '', '') > 0 then s.chordpro_metadata -> ''artist'' end as artists from ' || source || '), '
    'n as (select case when grouping(c.genre) = 0 then ''genre'' when grouping(c.style) = 0 then ''style'' when grouping(c.key) = 0 then ''key'' '
    'when grouping(c.difficulty) = 0 then ''difficulty'' when grouping(c.language) = 0 then ''language'' else ''decade'' end as name, '
    'coalesce(c.genre, c.style, c.key, c.difficulty, c.language, c.decade) collate "C" as value, count(*) as n '
    'from c group by grouping sets ((c.genre), (c.style), (c.key), (c.difficulty), (c.language), (c.decade)) '
    'union all select ''tag'', substr(t.term, 5), count(*) from (select unnest(c.search_terms) as term from c) t '
    'where starts_with(t.term, ''tag:'') group by 2 '
    'union all select ''artist'', a.name collate "C", count(*) from (select c.artist as name from c where c.artists is null '
    'union all select e.name from c cross join lateral jsonb_array_elements_text(c.artists) as e (name)) a group by 2) '
    'select jsonb_build_object(''total'', (select count(*) from c), ''facets'', coalesce((select jsonb_object_agg(v.name, v.counts) from ('
    'select v.name, jsonb_agg(jsonb_build_object(''value'', v.value, ''count'', v.n) order by v.n desc, v.value) as counts from ('
    'select f.*, row_number() over (partition by f.name order by f.n desc, f.value) as place from ('
    'select w.name, (array_agg(w.value order by w.n desc, w.value))[1] as value, sum(w.n) as n from ('
    'select n.*, row_number() over (partition by n.name order by n.n desc, n.value) as place from n where n.value is not null) w '
    'where w.place <= case w.name when ''artist'' then 100 else 500 end '
    'group by w.name, case when w.name in (''artist'', ''genre'', ''style'', ''key'') then private.song_filter_term(w.name, w.value) else w.value end'
    ') f) v where v.place <= 30 group by v.name) v), ''{}''))'
  into counted
  using (plan.wanted).chord_sets, plan.keys, plan.shared;
  return counted;
end
$$;
comment on function private.count_values is 'How many songs a source as SQL has, in all and by each value.';

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
  plan private.song_plan := private.plan_songs(private.query_meant(query, filters), filters);
  most constant integer := 10000;
  matching text;
  counted text;
  hits bigint;
  -- The part of all songs that a sample reads, in percent.
  share double precision;
  found jsonb;
  sampled jsonb;
  guessed double precision := 0;
begin
  if (plan.asked).header is null and ((plan.asked).excluded is not null or query ~ E'\\S') then
    return '{"total": 0, "exact": true, "facets": {}}';
  end if;
  matching := private.matching_songs(plan);
  counted := 'public.songs s where true' || (plan.wanted).terms
    || coalesce(' and s.word_pairs @> ' || quote_literal((plan.asked).pairs) || '::integer[]', '') || matching || format(' limit %s', most + 1);

  -- Few of the most popular: few, most likely, in all.
  execute 'select count(*) from (select p.* from public.songs p where p.visibility = ''public'' and p.deleted_at is null '
    'order by p.popularity desc, p.id desc limit 400) s where true' || matching
  into hits
  using (plan.wanted).chord_sets, plan.keys, plan.shared;
  share := case when plan.songs_in_all > 20000 then 400000 / plan.songs_in_all else 100 end;
  if hits <= 6 or share = 100 then
    found := private.count_values(plan, counted);
  end if;
  -- Random pages of the table show whether there are too many songs to count, and then serve as the sample.
  if share < 100 and (found is null or (found ->> 'total')::bigint > most) then
    sampled := private.count_values(plan, 'public.songs s tablesample system (' || share || ') repeatable (7) where true' || matching);
    guessed := (sampled ->> 'total')::bigint * 100 / share;
    if guessed > 1.5 * most then
      return jsonb_build_object('total', round(guessed), 'exact', false, 'facets', private.scale_counts(sampled -> 'facets', 100 / share));
    end if;
  end if;
  found := coalesce(found, private.count_values(plan, counted));
  if (found ->> 'total')::bigint <= most then
    return found || jsonb_build_object('exact', private.sees_all_shared());
  end if;
  guessed := greatest(guessed, (found ->> 'total')::bigint);
  return jsonb_build_object('total', round(guessed), 'exact', false,
    'facets', private.scale_counts(found -> 'facets', guessed / (found ->> 'total')::bigint));
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
  'Counts the songs that the caller may see and that match a query and filters: in all, and by artist, genre, style, key, difficulty, language, decade and tag. '
  'Counts are exact up to 10,000 songs and estimates beyond.';

revoke execute on function
  private.scale_counts(jsonb, double precision),
  private.count_values(private.song_plan, text),
  private.count_songs(text, jsonb),
  public.count_songs(text, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.count_songs(text, jsonb),
  public.count_songs(text, jsonb)
to anon, authenticated, service_role;
