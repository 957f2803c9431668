-- All figures of a page of charts in one call.

create function private.refuse_figure(name text, field text, why text, hint text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', 'unable to read figures; ' || why, hint, jsonb_build_object('field', concat_ws('.', name, field)));
end
$$;
comment on function private.refuse_figure is 'Raises the error for a field of one of the figures that are asked for.';

create function private.live_series(entity_id uuid, kind text, first_day date, last_day date, starts timestamptz, ends timestamptz, zone text, step text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select jsonb_agg(jsonb_build_object('day', b.day, 'count', coalesce(f.count, 0), 'seconds', coalesce(f.seconds, 0)) order by b.day)
    from (
      select g.step_day::date as day
      from generate_series(date_trunc(step, first_day::timestamp), last_day::timestamp, ('1 ' || step)::interval) as g (step_day)
    ) as b
    left join (
      select date_trunc(step, q.at at time zone zone)::date as day, sum(q.count) as count, sum(q.seconds) as seconds
      from private.live_quarters(entity_id, kind, starts, ends) as q
      group by 1
    ) as f on f.day = b.day
  );
end
$$;
comment on function private.live_series is 'One kind of event by the days, weeks or months of a zone, as of now.';

create function private.check_figure(name text, asked jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  figure text := case when jsonb_typeof(asked) = 'object' then asked ->> 'figure' end;
  allowed text[];
  unknown text;
  steps text[];
begin
  allowed := case figure
    when 'total' then array['kind'] when 'series' then array['kind', 'step'] when 'breakdown' then array['kind', 'by']
    when 'goal' then array['steps'] when 'retention' then array['kind'] end;
  if allowed is null then
    perform private.refuse_figure(name, 'figure', 'there is no such figure', 'Choose total, series, breakdown, goal or retention.');
  end if;
  allowed := allowed || array['figure', 'entity_id', 'from_day', 'to_day'];
  select min(k.key) into unknown from jsonb_object_keys(asked) as k (key) where k.key <> all (allowed);
  if unknown is not null then
    perform private.refuse_figure(name, unknown, 'the figure has no such field', 'Leave it out.');
  end if;
  if jsonb_typeof(asked -> 'entity_id') <> 'null' and asked ->> 'entity_id' !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then
    perform private.refuse_figure(name, 'entity_id', 'an id is a UUID', 'Check the id.');
  end if;
  if figure = 'series' and coalesce(asked ->> 'step', 'day') not in ('day', 'week', 'month') then
    perform private.refuse_figure(name, 'step', 'a step is a day, a week or a month', 'Choose one of them.');
  end if;
  if figure = 'breakdown' and coalesce(asked ->> 'by', '') !~ '^(source|channel|device|property:[a-z][a-z0-9_]{0,39})$' then
    perform private.refuse_figure(name, 'by', 'there is no such part', 'Choose source, channel, device, or property: and a name.');
  end if;
  if jsonb_typeof(asked -> 'steps') = 'array' then
    steps := array(select distinct jsonb_array_elements_text(asked -> 'steps'));
    if cardinality(steps) <> jsonb_array_length(asked -> 'steps') then
      steps := null;
    end if;
  end if;
  if figure = 'goal' and coalesce(cardinality(steps), 0) not between 2 and 5 then
    perform private.refuse_figure(name, 'steps', 'a goal has 2 to 5 different steps', 'List the kinds of events in their order.');
  end if;
end
$$;
comment on function private.check_figure is 'Raises unless this is a figure that can be asked for.';

create function private.read_day(name text, field text, told text)
returns date
language plpgsql
stable
set search_path = ''
as $$
begin
  if told is null then
    return null;
  end if;
  if told ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' then
    return make_date(split_part(told, '-', 1)::integer, split_part(told, '-', 2)::integer, split_part(told, '-', 3)::integer);
  end if;
  perform private.refuse_figure(name, field, 'there is no such day', 'Write a day such as 2026-11-01.');
exception
  when datetime_field_overflow then
    perform private.refuse_figure(name, field, 'there is no such day', 'Write a day such as 2026-11-01.');
end
$$;
comment on function private.read_day is 'A day of a figure that is asked for.';

create function private.get_figure(name text, asked jsonb, from_day date, to_day date, time_zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  figure text := asked ->> 'figure';
  kinds text[] := case figure when 'goal' then array(select jsonb_array_elements_text(asked -> 'steps')) else array[asked ->> 'kind'] end;
  subject text;
  entity uuid := (asked ->> 'entity_id')::uuid;
  period record;
  viewers record;
  total record;
begin
  foreach subject in array kinds loop
    subject := private.figure_subject(subject);
    if subject is null then
      perform private.refuse_figure(name, case figure when 'goal' then 'steps' else 'kind' end, 'there is no such kind of event',
        'Choose a documented kind, or app: and the name of an event that the project declared.');
    end if;
    entity := coalesce(entity, case subject when 'profile' then private.require_user() end);
    perform private.require_figures('read figures', subject, entity);
  end loop;
  select * into period
  from private.figure_period(
    coalesce(private.read_day(name, 'from_day', asked ->> 'from_day'), from_day),
    coalesce(private.read_day(name, 'to_day', asked ->> 'to_day'), to_day), time_zone);
  if figure = 'series' then
    return private.live_series(entity, kinds[1], period.first_day, period.last_day, period.starts, period.ends, period.zone,
      coalesce(asked ->> 'step', 'day'));
  elsif figure = 'breakdown' then
    return private.count_parts(entity, kinds[1], asked ->> 'by', period.starts, period.ends);
  elsif figure = 'goal' then
    return private.count_goal(entity, kinds, period.starts, period.ends);
  elsif figure = 'retention' then
    return private.count_retention(entity, kinds[1], period.first_day, period.ends, period.zone);
  end if;
  select coalesce(sum(q.count), 0) as count, coalesce(sum(q.seconds), 0) as seconds into total
  from private.live_quarters(entity, kinds[1], period.starts, period.ends) as q;
  select * into viewers from private.unique_viewers(entity, kinds[1], period.starts, period.ends);
  return jsonb_build_object('count', total.count, 'seconds', total.seconds, 'viewers', viewers.viewers, 'estimated', viewers.estimated);
end
$$;
comment on function private.get_figure is 'One figure of a page of charts.';

create function private.get_figures(asked jsonb, from_day date, to_day date, time_zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  chart record;
  answer jsonb := '{}';
begin
  perform private.require_user();
  if jsonb_typeof(asked) is distinct from 'object' or (select count(*) from jsonb_object_keys(asked)) not between 1 and 20 then
    perform private.raise_error('invalid_input', 'unable to read figures; a request has 1 to 20 figures, each with a name', 'Send several requests.',
      '{"field": "asked", "limit": 20}');
  end if;
  for chart in select a.key, a.value from jsonb_each(asked) as a loop
    perform private.check_figure(chart.key, chart.value);
    answer := answer || jsonb_build_object(chart.key, private.get_figure(chart.key, chart.value, from_day, to_day, time_zone));
  end loop;
  return answer;
end
$$;

create function public.get_figures(asked jsonb, from_day date default null, to_day date default null, time_zone text default 'UTC')
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_figures(asked, from_day, to_day, time_zone)
$$;
comment on function public.get_figures is
  'Up to 20 figures of the caller''s profile, or of songs that the caller may edit, as of now: {name: {figure, kind or steps, entity_id, by, step, from_day, to_day}}. '
  'A figure is total, series, breakdown, goal or retention. Answers each under its name.';

revoke execute on function
  private.refuse_figure(text, text, text, text),
  private.live_series(uuid, text, date, date, timestamptz, timestamptz, text, text),
  private.check_figure(text, jsonb),
  private.read_day(text, text, text),
  private.get_figure(text, jsonb, date, date, text),
  private.get_figures(jsonb, date, date, text),
  public.get_figures(jsonb, date, date, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_figures(jsonb, date, date, text),
  public.get_figures(jsonb, date, date, text)
to authenticated;
