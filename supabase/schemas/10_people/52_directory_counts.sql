-- Facet counts of the directory, exact or scaled up from a sample.

create function private.guess_directory(has_rate boolean, conditions text, wanted tsquery, needed text[], filters jsonb)
returns numeric
language plpgsql
-- Volatile, for only then is an explain allowed; it changes nothing.
volatile
set search_path = ''
as $$
declare
  plan json;
begin
  execute format('explain (format json) select from private.profile_search s%s where %s',
    case when has_rate then ', public.profile_rates r' end, conditions)
  into plan
  using wanted, needed, filters;
  return (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric;
end
$$;
comment on function private.guess_directory is 'How many the planner thinks fit.';

create function private.directory_counts()
returns text
language sql
immutable
set search_path = ''
as $$
  select $q$
    counted as (
      select split_part(t.term, ':', 1) as part, substr(t.term, strpos(t.term, ':') + 1) as key, count(*) as people
      from fitting f, unnest(f.terms) t (term)
      where strpos(t.term, ':') > 0
      group by t.term
    ),
    ranked as (
      select c.*, row_number() over (partition by c.part order by c.people desc, c.key) as place
      from counted c
    ),
    named as (
      select r.part, r.people, r.key, coalesce(w.name, g.name, r.key) as value
      from ranked r
      left join public.software w on r.part = 'software' and w.key = r.key collate "C"
      left join public.tags g on r.part in ('tag', 'type') and g.key = r.key collate "C"
      where r.place <= 20
    ),
    facets as (
      select coalesce(jsonb_object_agg(p.part, p.counts), '{}') as facets
      from (
        select n.part, jsonb_agg(jsonb_build_object('value', n.value, 'count', n.people) order by n.people desc, n.key) as counts
        from named n
        group by n.part
      ) p
    ) $q$
$$;
comment on function private.directory_counts is 'The part of a query that counts by value what "fitting" holds.';

create function private.collect_directory(
  conditions text, wanted tsquery, needed text[], filters jsonb, written tsquery, sort_key text, direction text,
  page_rows integer, after jsonb, most integer
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  collected jsonb;
begin
  execute format($q$
    with fitting as materialized (
      select s.profile_id, (%1$s)::double precision as key, s.terms
      from private.profile_search s
      where %2$s
      limit $5
    ),
    page as (
      select f.profile_id, f.key
      from fitting f
      where %3$s
      order by f.key %4$s, f.profile_id %4$s
      limit $6
    ),
    %5$s
    select jsonb_build_object(
      'total', (select count(*) from fitting), 'exact', true,
      'found', (select jsonb_agg(jsonb_build_object('id', p.profile_id, 'key', p.key) order by p.key %4$s, p.profile_id %4$s) from page p),
      'facets', case when $7 is null and (select count(*) from fitting) < $5 then (select c.facets from facets c) end) $q$,
    sort_key, conditions,
    case when after is null then 'true' else format('(f.key, f.profile_id) %s ($7, $8)', case direction when 'asc' then '>' else '<' end) end,
    direction, private.directory_counts())
  into collected
  using wanted, needed, filters, written, most + 1, page_rows, (after ->> 'key')::double precision,
    (after ->> 'id')::uuid;
  return collected;
end
$$;
comment on function private.collect_directory is
  'The profiles that match, at most one more than the limit, which the total then shows: one page in order, and on the first page the counts.';

create function private.count_directory(conditions text, wanted tsquery, needed text[], filters jsonb, factor integer)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  counted jsonb;
begin
  execute format($q$
    with fitting as materialized (
      select s.terms
      from %s
      where %s
    ),
    %s
    select jsonb_build_object('total', (select count(*) from fitting) * $4, 'exact', false, 'facets', (
      select coalesce(jsonb_object_agg(f.key, (
        select jsonb_agg(jsonb_set(e.value, '{count}', to_jsonb((e.value ->> 'count')::integer * $4)) order by e.ordinality)
        from jsonb_array_elements(f.value) with ordinality e
      )), '{}')
      from facets c, jsonb_each(c.facets) f
    )) $q$,
    case factor when 8 then 'private.profile_search s'
      else '(select * from private.profile_search where terms @> ''{sample128}'' offset 0) s' end,
    conditions || case factor when 8 then ' and s.terms @> ''{sample8}''' else '' end,
    private.directory_counts())
  into counted
  using wanted, needed, filters, factor;
  return counted;
end
$$;
comment on function private.count_directory is
  'How many fit and how they are spread, from one profile in 8 or 128; of 128 each is read, without a list of all that fit.';

revoke execute on function
  private.guess_directory(boolean, text, tsquery, text[], jsonb),
  private.directory_counts(),
  private.collect_directory(text, tsquery, text[], jsonb, tsquery, text, text, integer, jsonb, integer),
  private.count_directory(text, tsquery, text[], jsonb, integer)
from public, anon, authenticated, service_role;
