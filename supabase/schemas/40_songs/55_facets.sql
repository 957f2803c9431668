-- Facet counts of a search of songs.

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
  if asked.header is null and (asked.excluded is not null or query ~ E'\\S') then
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

revoke execute on function
  private.scale_counts(jsonb, double precision),
  private.count_songs(text, jsonb),
  public.count_songs(text, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.count_songs(text, jsonb),
  public.count_songs(text, jsonb)
to anon, authenticated, service_role;
