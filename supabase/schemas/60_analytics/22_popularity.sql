-- Popularity scores and popular tags.

create function private.refresh_popularity(batch_size integer)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  places bigint[];
  wanted uuid[];
  handled bigint;
begin
  if batch_size is null or batch_size not between 1 and 100000 then
    perform private.raise_error('invalid_input', 'unable to refresh popularity; a batch has 1 to 100,000 songs', 'Choose a batch size.',
      '{"field": "batchSize"}');
  end if;
  if not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.popularity', 0)) then
    return null;
  end if;
  select array_agg(u.id), array_agg(distinct u.song_id) into places, wanted
  from (select o.id, o.song_id from private.analytics_unfed o order by o.id limit batch_size) as u;
  -- A song that is being changed at this moment is left to the next batch.
  update public.songs s
  set popularity = b.popularity_score
  from (
    select o.id, a.popularity_score
    from public.songs o
    join public.song_analytics a on a.song_id = o.id
    where o.id = any (wanted) and private.is_behind(o.popularity, a.popularity_score)
    order by o.id
    for no key update of o skip locked
  ) as b
  where s.id = b.id;
  delete from private.analytics_unfed u
  where u.id = any (places) and not exists (
    select
    from public.songs s
    join public.song_analytics a on a.song_id = s.id
    where s.id = u.song_id and private.is_behind(s.popularity, a.popularity_score)
  );
  get diagnostics handled = row_count;
  return handled;
end
$$;
comment on function private.refresh_popularity is
  'Writes scores to the songs'' own rows, which searches walk, and returns how many places of the queue it took: 0 when there is '
  'nothing to do, null when another refresh runs. Time alone makes no row stale.';

create function public.refresh_popularity(batch_size integer default 200)
returns bigint
language sql
set search_path = ''
as $$
  select private.refresh_popularity(batch_size)
$$;
comment on function public.refresh_popularity is
  'For the service: one batch of songs whose popularity changed by a tenth; answers how many it took. Call it until 0 or null.';

create function private.recompute_popular_tags()
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  today date := (clock_timestamp() at time zone 'utc')::date;
  changed bigint;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.tags', 0));
  with counted as materialized (
    select
      t.tag_name,
      mode() within group (order by t.label) as label,
      mode() within group (order by t.category_id) as category_id,
      count(*)::integer as usage_count,
      round((ln(sum(exp(greatest(extract(epoch from t.created_at - today)::double precision / 86400 / 7, -600))))
        + (today - private.popularity_epoch())::double precision / 7)::numeric, 6)::double precision as trend_score,
      max(t.created_at) as last_used_at
    from public.song_tags t
    join public.songs s on s.id = t.song_id
    where s.visibility = 'public' and s.deleted_at is null
    group by t.tag_name
  ),
  put as (
    insert into public.popular_tags as p (tag_name, label, category_id, usage_count, trend_score, last_used_at)
    select c.tag_name, c.label, c.category_id, c.usage_count, c.trend_score, c.last_used_at
    from counted c
    on conflict (tag_name) do update
    set label = excluded.label, category_id = excluded.category_id, usage_count = excluded.usage_count,
      trend_score = excluded.trend_score, last_used_at = excluded.last_used_at, updated_at = clock_timestamp()
    where (p.label, p.category_id, p.usage_count, p.trend_score, p.last_used_at)
      is distinct from (excluded.label, excluded.category_id, excluded.usage_count, excluded.trend_score, excluded.last_used_at)
    returning p.tag_name
  ),
  gone as (
    delete from public.popular_tags p
    where not exists (select from counted c where c.tag_name = p.tag_name)
    returning p.tag_name
  )
  select (select count(*) from put) + (select count(*) from gone) into changed;
  return changed;
end
$$;
comment on function private.recompute_popular_tags is
  'Sets the popular tags from the public songs that are not deleted, and returns how many changed. The trend decays by e in 7 days and is '
  'a logarithm as of 1 January 2026, so that time alone changes no row.';

create function public.recompute_popular_tags()
returns bigint
language sql
set search_path = ''
as $$
  select private.recompute_popular_tags()
$$;
comment on function public.recompute_popular_tags is 'For the service: recomputes the popular tags and returns how many changed.';

revoke execute on function
  private.refresh_popularity(integer),
  public.refresh_popularity(integer),
  private.recompute_popular_tags(),
  public.recompute_popular_tags()
from public, anon, authenticated, service_role;
grant execute on function
  private.refresh_popularity(integer),
  public.refresh_popularity(integer),
  private.recompute_popular_tags(),
  public.recompute_popular_tags()
to service_role;
