-- Figures as of now: what was rolled up, and what was not yet.

create function private.figure_subject(kind text)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return coalesce(private.event_subject(kind), (select a.subject from private.app_events a where 'app:' || a.name = kind));
end
$$;
comment on function private.figure_subject is
  'What a kind of event is about: song or profile; null for a kind that neither the vocabulary nor the project''s own events have.';

create function private.live_quarters(entity_id uuid, kind text, starts timestamptz, ends timestamptz)
returns table (at timestamptz, count bigint, seconds bigint)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  due date[];
begin
  -- A stable function reads as of the snapshot of its caller's query. A roll-up takes marks and sets figures in one transaction, so this
  -- snapshot has either the marks or the new figures: each event is counted once.
  select coalesce(array_agg(distinct m.day), '{}') into due
  from private.analytics_marks m
  where m.entity_id = live_quarters.entity_id and m.day is not null;
  return query
    select q.at, sum(q.count)::bigint, sum(q.seconds)::bigint
    from private.analytics_quarters q
    where q.entity_id = live_quarters.entity_id and q.kind = live_quarters.kind and q.at >= starts and q.at < ends
      and (q.at at time zone 'utc')::date <> all (due)
    group by q.at
    union all
    select date_bin('15 minutes', e.at, 'epoch'), count(*), coalesce(sum(e.duration_seconds), 0)::bigint
    from private.analytics_events e
    where e.entity_id = live_quarters.entity_id and e.kind = live_quarters.kind and e.at >= starts and e.at < ends and e.day = any (due)
    group by 1;
end
$$;
comment on function private.live_quarters is
  'The counts of one kind of event by the quarter of an hour. Days that wait for the roll-up are counted from the log.';

create function private.is_sampled(entity_id uuid, kinds text[], starts timestamptz, ends timestamptz)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select coalesce(sum(q.count), 0) > 50000
    from private.analytics_quarters q
    where q.entity_id = is_sampled.entity_id and q.kind = any (kinds) and q.at >= starts and q.at < ends
  );
end
$$;
comment on function private.is_sampled is 'Whether so many events are read from one viewer in 64, as unique viewers are.';

create function private.read_log(entity_id uuid, kinds text[], starts timestamptz, ends timestamptz, sampled boolean)
returns setof private.analytics_events
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- Two texts, because an index has the one viewer in 64.
  if sampled then
    return query
      select e.*
      from private.analytics_events e
      where e.entity_id = read_log.entity_id and e.kind = any (kinds) and e.at >= starts and e.at < ends
        and e.day between (starts at time zone 'utc')::date and (ends at time zone 'utc')::date and (uuid_hash(e.viewer) & 63) = 0;
  else
    return query
      select e.*
      from private.analytics_events e
      where e.entity_id = read_log.entity_id and e.kind = any (kinds) and e.at >= starts and e.at < ends
        and e.day between (starts at time zone 'utc')::date and (ends at time zone 'utc')::date;
  end if;
end
$$;
comment on function private.read_log is 'The logged events of a song or a profile in a period, or those of one viewer in 64.';

revoke execute on function
  private.figure_subject(text),
  private.live_quarters(uuid, text, timestamptz, timestamptz),
  private.is_sampled(uuid, text[], timestamptz, timestamptz),
  private.read_log(uuid, text[], timestamptz, timestamptz, boolean)
from public, anon, authenticated, service_role;
