-- Periods in a time zone, and the counts in them.

create function private.may_see_song_figures(song_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return coalesce(private.role_rank(private.song_role(song_id)) >= private.role_rank('edit'), false);
end
$$;
comment on function private.may_see_song_figures is
  'Whether the caller sees how a song is used: whoever may edit it. The one definition behind all that is read here.';

create function private.figure_period(
  from_day date,
  to_day date,
  time_zone text,
  out first_day date,
  out last_day date,
  out starts timestamptz,
  out ends timestamptz
)
language plpgsql
stable
set search_path = ''
as $$
begin
  begin
    last_day := coalesce(to_day, (clock_timestamp() at time zone time_zone)::date);
    first_day := coalesce(from_day, last_day - 29);
    starts := first_day::timestamp at time zone time_zone;
    ends := (last_day + 1)::timestamp at time zone time_zone;
    -- Where clocks go back over midnight the day begins at the first of the two.
    if ((starts - interval '1 hour') at time zone time_zone)::date = first_day then
      starts := starts - interval '1 hour';
    end if;
    if ((ends - interval '1 hour') at time zone time_zone)::date = last_day + 1 then
      ends := ends - interval '1 hour';
    end if;
  exception
    when invalid_parameter_value or datetime_field_overflow then
      null;
  end;
  if starts is null or ends is null then
    perform private.raise_error('invalid_input', 'unable to read figures; there is no such time zone or day', 'Use a name such as America/Santiago.',
      '{"field": "timeZone"}');
  end if;
  if last_day < first_day or last_day - first_day > 399 then
    perform private.raise_error('invalid_input', 'unable to read figures; a period has 1 to 400 days', 'Ask for a shorter period.',
      '{"field": "from"}');
  end if;
end
$$;
comment on function private.figure_period is 'Days of a zone as instants; the last 30 days unless told.';

create function private.require_figures(operation text, subject text, entity_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  if subject = 'profile' and entity_id = caller then
    return;
  elsif subject = 'song' and private.may_see_song_figures(entity_id) then
    return;
  elsif subject = 'song' and not private.can_see_song(entity_id) then
    perform private.raise_error('song_not_found', format('unable to %s; there is no song with that id', operation), 'Check the id.');
  elsif not exists (select from public.profiles p where p.id = entity_id and p.user_id is not null) and subject = 'profile' then
    perform private.raise_error('profile_not_found', format('unable to %s; there is no such person', operation), 'Check the id.');
  end if;
  perform private.raise_error('forbidden', format('unable to %s; these figures are its owner''s', operation), 'Sign in as the owner.');
end
$$;
comment on function private.require_figures is 'Raises unless the caller may see how a song or a profile is used.';

create function private.unique_viewers(entity_id uuid, kind text, starts timestamptz, ends timestamptz, out viewers bigint, out estimated boolean)
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  estimated := (
    select coalesce(sum(q.count), 0)
    from private.analytics_quarters q
    where q.entity_id = unique_viewers.entity_id and q.kind = unique_viewers.kind and q.at >= starts and q.at < ends
  ) > 50000;
  if estimated then
    select count(distinct e.viewer) * 64 into viewers
    from private.analytics_events e
    where e.entity_id = unique_viewers.entity_id and e.kind = unique_viewers.kind and e.at >= starts and e.at < ends
      and e.day between (starts at time zone 'utc')::date and (ends at time zone 'utc')::date
      and (uuid_hash(e.viewer) & 63) = 0;
  else
    select count(distinct e.viewer) into viewers
    from private.analytics_events e
    where e.entity_id = unique_viewers.entity_id and e.kind = unique_viewers.kind and e.at >= starts and e.at < ends
      and e.day between (starts at time zone 'utc')::date and (ends at time zone 'utc')::date;
  end if;
end
$$;
comment on function private.unique_viewers is
  'How many different viewers there were: people over the whole period, visitors each day anew. From one viewer in 64 above 50,000 views.';

create function private.count_figures(entity_id uuid, starts timestamptz, ends timestamptz)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_object_agg(t.kind, jsonb_build_object('count', t.count, 'seconds', t.seconds)), '{}')
    from (
      select q.kind, sum(q.count) as count, sum(q.seconds) as seconds
      from private.analytics_quarters q
      where q.entity_id = count_figures.entity_id and q.at >= starts and q.at < ends
      group by q.kind
    ) as t
  );
end
$$;
comment on function private.count_figures is 'Each kind of event in a period, with its seconds.';

create function private.count_countries(entity_id uuid, kind text, starts timestamptz, ends timestamptz)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return (
    select coalesce(jsonb_agg(jsonb_build_object('country', nullif(t.country, ''), 'views', t.views) order by t.views desc, t.country), '[]')
    from (
      select q.country, sum(q.count) as views
      from private.analytics_quarters q
      where q.entity_id = count_countries.entity_id and q.kind = count_countries.kind and q.at >= starts and q.at < ends
      group by q.country
    ) as t
  );
end
$$;
comment on function private.count_countries is 'Views by country, the most first; null for those whose country nothing told.';

revoke execute on function
  private.may_see_song_figures(uuid),
  private.figure_period(date, date, text),
  private.require_figures(text, text, uuid),
  private.unique_viewers(uuid, text, timestamptz, timestamptz),
  private.count_figures(uuid, timestamptz, timestamptz),
  private.count_countries(uuid, text, timestamptz, timestamptz)
from public, anon, authenticated, service_role;
