-- The roll-up takes marks away and sets the figures that they name to what the log says.
--
-- Marks and events commit together. A mark that the roll-up sees has its events in sight, and what commits later has a mark of
-- its own
-- that is still there. So each figure equals a recount once all marks are gone, whatever ran at once, crashed or ran twice.

create function private.update_song_analytics(song_ids uuid[])
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  today date := (clock_timestamp() at time zone 'utc')::date;
  held uuid[];
  changed bigint;
begin
  -- Songs that go away at this moment are left to a later run: two lists of rows in two orders would wait for each other.
  select array_agg(h.id) into held
  from (select s.id from public.songs s where s.id = any (song_ids) order by s.id for key share skip locked) as h;
  insert into private.analytics_marks (entity_id)
  select s.id from public.songs s where s.id = any (song_ids) and s.id <> all (coalesce(held, '{}'));

  insert into public.song_analytics as t (
    song_id, view_count, edit_count, share_count, favorite_count, last_viewed_at, last_edited_at, avg_session_duration_seconds,
    weekly_views, monthly_views, popularity_score, trend_score
  )
  select
    s.id, coalesce(d.views, 0), s.version - 1, coalesce(d.shares, 0) + a.shares, coalesce(f.favorites, 0), d.last_viewed_at,
    case when s.version > 1 then s.updated_at end, d.avg_seconds, coalesce(d.weekly, 0), coalesce(d.monthly, 0),
    least(coalesce(p.score, 0), 1e300), p.trend
  from unnest(held) as h (id)
  join public.songs s on s.id = h.id
  cross join lateral (
    select
      (sum(x.count) filter (where x.kind = 'song_view'))::bigint as views,
      (sum(x.count) filter (where x.kind = 'song_share'))::bigint as shares,
      (sum(x.count) filter (where x.kind = 'song_view' and x.day > today - 7))::bigint as weekly,
      (sum(x.count) filter (where x.kind = 'song_view' and x.day > today - 30))::bigint as monthly,
      max(x.last_at) filter (where x.kind = 'song_view') as last_viewed_at,
      round((sum(x.seconds) filter (where x.kind = 'song_session')) / sum(x.count) filter (where x.kind = 'song_session'))::integer
        as avg_seconds
    from private.analytics_days x
    where x.entity_id = s.id and x.kind in ('song_view', 'song_session', 'song_share')
  ) as d
  cross join lateral (select count(*) as favorites from public.song_favorites v where v.song_id = s.id) as f
  -- Each person once, however often they left and came back.
  cross join lateral (
    select count(distinct v.shared_with) as shares
    from public.shares v
    where v.song_id = s.id and v.accepted_at is not null
  ) as a
  cross join lateral (
    select
      sum(private.calculate_popularity_score(w.views, w.favorites, w.shares, w.day::timestamp at time zone 'utc') order by w.day) as score,
      -- Against today, so that nothing overflows; what is years old adds nothing any more.
      round((ln(nullif(sum((w.views + 5 * w.favorites + 10 * w.shares) * exp(greatest((w.day - today)::double precision / 2, -600))), 0))
        + (today - private.popularity_epoch())::double precision / 2)::numeric, 6)::double precision as trend
    from (
      select
        k.day,
        coalesce(sum(k.count) filter (where k.kind = 'song_view'), 0)::bigint as views,
        coalesce(sum(k.count) filter (where k.kind = 'song_favorite'), 0)::bigint as favorites,
        coalesce(sum(k.count) filter (where k.kind = 'song_share'), 0)::bigint as shares
      from (
        select x.day, x.kind, x.count
        from private.analytics_days x
        where x.entity_id = s.id and x.kind in ('song_view', 'song_share')
        union all
        select (v.created_at at time zone 'utc')::date, 'song_favorite', count(*)
        from public.song_favorites v
        where v.song_id = s.id and v.user_id <> s.created_by
        group by 1
        union all
        select (v.accepted_at at time zone 'utc')::date, 'song_share', count(*)
        from (
          select min(o.accepted_at) as accepted_at
          from public.shares o
          where o.song_id = s.id and o.accepted_at is not null and o.shared_with is not null
          group by o.shared_with
        ) as v
        group by 1
      ) as k
      group by k.day
    ) as w
  ) as p
  on conflict (song_id) do update
  set
    view_count = excluded.view_count,
    edit_count = excluded.edit_count,
    share_count = excluded.share_count,
    favorite_count = excluded.favorite_count,
    last_viewed_at = excluded.last_viewed_at,
    last_edited_at = excluded.last_edited_at,
    avg_session_duration_seconds = excluded.avg_session_duration_seconds,
    weekly_views = excluded.weekly_views,
    monthly_views = excluded.monthly_views,
    popularity_score = excluded.popularity_score,
    trend_score = excluded.trend_score,
    updated_at = clock_timestamp()
  where
    (t.view_count, t.edit_count, t.share_count, t.favorite_count, t.last_viewed_at, t.last_edited_at, t.avg_session_duration_seconds,
      t.weekly_views, t.monthly_views, t.popularity_score, t.trend_score)
    is distinct from
    (excluded.view_count, excluded.edit_count, excluded.share_count, excluded.favorite_count, excluded.last_viewed_at,
      excluded.last_edited_at, excluded.avg_session_duration_seconds, excluded.weekly_views, excluded.monthly_views,
      excluded.popularity_score, excluded.trend_score);
  get diagnostics changed = row_count;

  insert into private.analytics_unfed (song_id)
  select s.id
  from public.song_analytics a
  join public.songs s on s.id = a.song_id
  where a.song_id = any (held) and private.is_behind(s.popularity, a.popularity_score);
  return changed;
end
$$;
comment on function private.update_song_analytics is
  'Sets the counters and scores of songs from the daily figures, the favourites and the songs, and queues the songs whose own row is behind.';

create function private.forget_salt(today date)
returns void
language plpgsql
set search_path = ''
-- Everybody who comes waits behind it, so it does not wait for long itself.
set lock_timeout = '200ms'
as $$
declare
  salt private.analytics_salt;
begin
  if exists (select from private.analytics_state s where s.id and s.salted_on = today)
    and not exists (select from private.analytics_salt s where s.day < today)
  then
    return;
  end if;
  lock table private.analytics_salt, private.analytics_allowances, private.analytics_agents in access exclusive mode;
  select * into salt from private.analytics_salt s where s.day = today;
  -- A deleted row stays in its file until it is vacuumed; so there is a new file.
  truncate private.analytics_salt, private.analytics_allowances, private.analytics_agents;
  insert into private.analytics_salt (day, salt) select salt.day, salt.salt where salt.day is not null;
  update private.analytics_state s set salted_on = today where s.id;
exception
  when lock_not_available then
    raise notice 'the salt is in use; the next roll-up makes its file anew';
end
$$;
comment on function private.forget_salt is
  'Destroys the salts of days that are over, what their file may still hold of them, and yesterday''s allowances.';

create function private.roll_up_analytics(batch_size integer)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  today date := (clock_timestamp() at time zone 'utc')::date;
  aged date;
  handled bigint;
  ids uuid[];
  days date[];
  one_day date;
begin
  if batch_size is null or batch_size not between 1 and 1000000 then
    perform private.raise_error('invalid_input', 'unable to roll up; a batch has 1 to 1,000,000 marks', 'Choose a batch size.',
      '{"field": "batchSize"}');
  end if;
  if not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.roll-up', 0)) then
    return null;
  end if;
  perform private.forget_salt(today);
  for n in 0..3 loop
    perform private.add_event_partition(today + n);
  end loop;

  -- Once a day: what weekly and monthly counters lose because it has become too old.
  select s.aged_until into aged from private.analytics_state s where s.id;
  if aged < today then
    insert into private.analytics_marks (entity_id)
    select distinct d.entity_id
    from private.analytics_days d
    where d.kind = 'song_view' and (d.day between aged - 6 and today - 7 or d.day between aged - 29 and today - 30);
    update private.analytics_state s set aged_until = today where s.id;
  end if;

  with taken as (
    delete from private.analytics_marks m
    where m.id in (select o.id from private.analytics_marks o order by o.id limit batch_size)
    returning m.entity_id, m.day
  )
  select sum(t.marks), array_agg(t.entity_id), array_agg(t.day)
  into handled, ids, days
  from (select taken.entity_id, taken.day, count(*) as marks from taken group by taken.entity_id, taken.day) as t;
  if handled is null then
    return 0;
  end if;

  -- In a statement after the one that took the marks, so that what it sees holds all their events.
  for one_day in select distinct d.day from unnest(days) as d (day) where d.day is not null order by d.day loop
    insert into private.analytics_quarters as q (entity_id, kind, at, country, count, seconds, last_at)
    select e.entity_id, e.kind, date_bin('15 minutes', e.at, 'epoch'), coalesce(e.country, ''), count(*),
      coalesce(sum(e.duration_seconds), 0), max(e.at)
    from (select u.id from unnest(ids, days) as u (id, day) where u.day = one_day) as t
    join private.analytics_events e on e.entity_id = t.id
    where e.day = one_day
    group by 1, 2, 3, 4
    on conflict (entity_id, kind, at, country) do update
    set count = excluded.count, seconds = excluded.seconds, last_at = excluded.last_at
    where (q.count, q.seconds, q.last_at) is distinct from (excluded.count, excluded.seconds, excluded.last_at);

    insert into private.analytics_days as d (entity_id, kind, day, count, seconds, last_at)
    select q.entity_id, q.kind, one_day, sum(q.count), sum(q.seconds), max(q.last_at)
    from (select u.id from unnest(ids, days) as u (id, day) where u.day = one_day) as t
    join private.analytics_quarters q on q.entity_id = t.id
    where q.at >= one_day::timestamp at time zone 'utc' and q.at < (one_day + 1)::timestamp at time zone 'utc'
    group by 1, 2
    on conflict (entity_id, kind, day) do update
    set count = excluded.count, seconds = excluded.seconds, last_at = excluded.last_at
    where (d.count, d.seconds, d.last_at) is distinct from (excluded.count, excluded.seconds, excluded.last_at);
  end loop;

  perform private.update_song_analytics(array(select distinct u.id from unnest(ids) as u (id) order by u.id));
  return handled;
end
$$;
comment on function private.roll_up_analytics is
  'Counts again the figures that up to one batch of marks names, and returns how many marks it took: less than a batch when no mark is '
  'left, null when another roll-up runs. Also creates the next partitions and destroys yesterday''s salt.';

create function public.roll_up_analytics(batch_size integer default 10000)
returns bigint
language sql
set search_path = ''
as $$
  select private.roll_up_analytics(batch_size)
$$;
comment on function public.roll_up_analytics is
  'For the service: one batch of the roll-up. Answers how many marks it took; call it until that is less than the batch, or null, which '
  'says that another one runs.';

revoke execute on function
  private.update_song_analytics(uuid[]),
  private.forget_salt(date),
  private.roll_up_analytics(integer),
  public.roll_up_analytics(integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.roll_up_analytics(integer),
  public.roll_up_analytics(integer)
to service_role;
