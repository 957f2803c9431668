-- What the events of a period are made of: sources, channels, devices and properties, goals and weeks.

create function private.count_parts(entity_id uuid, kind text, part text, starts timestamptz, ends timestamptz)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  sampled boolean := private.is_sampled(entity_id, array[kind], starts, ends);
  factor integer := case when sampled then 64 else 1 end;
begin
  return jsonb_build_object('estimated', sampled, 'parts', (
    select coalesce(jsonb_agg(jsonb_build_object('value', f.value, 'count', f.count * factor) order by f.count desc, f.value nulls first), '[]')
    from (
      -- Fewer than five viewers are nobody's business: they go to "other", and the next larger group with them where that is still too few.
      select case when r.viewers * factor < 5 or r.smaller * factor between 1 and 4 or r.place > 50 then 'other' else r.value end as value,
        sum(r.count) as count
      from (
        select g.value, g.count, g.viewers, row_number() over (order by g.count desc, g.value) as place,
          sum(g.viewers) over (order by g.viewers, g.value rows between unbounded preceding and 1 preceding) as smaller
        from (
          select v.value, count(*) as count, count(distinct e.viewer) as viewers
          from private.read_log(entity_id, array[kind], starts, ends, sampled) as e
          left join (
            select s.source, min(s.channel) as channel from private.analytics_sources s where s.source is not null group by s.source
          ) as c on part = 'channel' and c.source = e.source
          cross join lateral (
            select case part
              when 'source' then e.source
              when 'channel' then case when e.source is not null then coalesce(c.channel, 'site') end
              when 'device' then e.device
              else e.properties ->> substr(part, 10)
            end as value
          ) as v
          group by v.value
        ) as g
      ) as r
      group by 1
    ) as f
  ));
end
$$;
comment on function private.count_parts is
  'The events of one kind by source, channel, device or property:name, the most first; null where it is not known. No group has fewer than five viewers.';

create function private.count_goal(entity_id uuid, steps text[], starts timestamptz, ends timestamptz)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  sampled boolean := private.is_sampled(entity_id, steps, starts, ends);
  counts bigint[];
begin
  with log as materialized (
    select e.viewer, e.kind, e.at from private.read_log(entity_id, steps, starts, ends, sampled) as e
  ),
  -- When each viewer first was that far: a step counts at or after the step before it.
  s1 as (select l.viewer, min(l.at) as at from log l where l.kind = steps[1] group by l.viewer),
  s2 as (select l.viewer, min(l.at) as at from s1 s join log l on l.viewer = s.viewer and l.at >= s.at where l.kind = steps[2] group by l.viewer),
  s3 as (select l.viewer, min(l.at) as at from s2 s join log l on l.viewer = s.viewer and l.at >= s.at where l.kind = steps[3] group by l.viewer),
  s4 as (select l.viewer, min(l.at) as at from s3 s join log l on l.viewer = s.viewer and l.at >= s.at where l.kind = steps[4] group by l.viewer),
  s5 as (select l.viewer, min(l.at) as at from s4 s join log l on l.viewer = s.viewer and l.at >= s.at where l.kind = steps[5] group by l.viewer)
  select array[(select count(*) from s1), (select count(*) from s2), (select count(*) from s3), (select count(*) from s4), (select count(*) from s5)]
  into counts;
  return jsonb_build_object('estimated', sampled, 'steps', (
    select jsonb_agg(jsonb_build_object('kind', steps[n], 'viewers', counts[n] * case when sampled then 64 else 1 end) order by n)
    from generate_series(1, cardinality(steps)) as n
  ));
end
$$;
comment on function private.count_goal is 'How many viewers did the first step, and then each next one, in this order.';

create function private.count_retention(entity_id uuid, kind text, first_day date, ends timestamptz, zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  -- From the beginning of the log: who came before the period is nobody new in it.
  began timestamptz := (
    select min(to_date(right(c.relname, 8), 'YYYYMMDD'))::timestamp at time zone 'utc'
    from pg_catalog.pg_inherits i
    join pg_catalog.pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'private.analytics_events'::regclass and c.relname ~ '^analytics_events_[0-9]{8}$'
  );
  sampled boolean := private.is_sampled(entity_id, array[kind], began, ends);
  factor integer := case when sampled then 64 else 1 end;
  first_week date := date_trunc('week', first_day::timestamp)::date;
  last_week date := date_trunc('week', least(ends - interval '1 microsecond', clock_timestamp()) at time zone zone)::date;
  -- Up to when weeks are over.
  over_until date := (least(ends, clock_timestamp()) at time zone zone)::date;
begin
  return jsonb_build_object('estimated', sampled, 'cohorts', (
    with seen as materialized (
      select distinct e.viewer, date_trunc('week', e.at at time zone zone)::date as week
      from private.read_log(entity_id, array[kind], began, ends, sampled) as e
      -- Users have pseudonyms of version 4, also after their account is gone. A visitor is a new one on each day.
      where get_byte(uuid_send(e.viewer), 6) >> 4 = 4
    ),
    began_in as (
      select s.viewer, min(s.week) as cohort from seen s group by s.viewer having min(s.week) >= first_week
    ),
    counted as (
      select b.cohort, s.week, count(*) * factor as users from began_in b join seen s on s.viewer = b.viewer group by b.cohort, s.week
    )
    select coalesce(jsonb_agg(jsonb_build_object(
      'week', w.week,
      'users', coalesce(o.users, 0),
      'complete', w.week + 7 <= over_until,
      -- Of fewer than five users it would say what single users do.
      'returned', case when o.users >= 5 then (
        select coalesce(jsonb_agg(jsonb_build_object('week', r.week, 'users', coalesce(c.users, 0), 'complete', r.week + 7 <= over_until) order by r.week), '[]')
        from (select d::date as week from generate_series(w.week + 7, last_week::timestamp, interval '7 days') as d) as r
        left join counted c on c.cohort = w.week and c.week = r.week
      ) end
    ) order by w.week), '[]')
    from (select d::date as week from generate_series(first_week::timestamp, last_week::timestamp, interval '7 days') as d) as w
    left join counted o on o.cohort = w.week and o.week = w.week
  ));
end
$$;
comment on function private.count_retention is
  'Users by the ISO week of a zone in which they first came, and how many of them came again in each following week.';

revoke execute on function
  private.count_parts(uuid, text, text, timestamptz, timestamptz),
  private.count_goal(uuid, text[], timestamptz, timestamptz),
  private.count_retention(uuid, text, date, timestamptz, text)
from public, anon, authenticated, service_role;
