-- Periods in a time zone, and the counts in them.

create function private.may_see_song_figures(song_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return coalesce(private.role_rank(private.role_in('song', song_id)) >= private.role_rank('edit'), false);
end
$$;
comment on function private.may_see_song_figures is
  'Whether the caller sees how a song is used: its owner, admins and editors. The one definition behind all that is read here.';

create function private.read_time_zone(named text)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  zone text := lower(named);
  found text[];
begin
  -- Figures are kept by the quarter of an hour, so an offset is a multiple of one. PostgreSQL would take far more: abbreviations, of which a setting says what they mean, and POSIX texts, in which +05:30 lies west.
  found := regexp_match(zone, '^(?:utc|gmt)?([-+−])(?:([0-9]{1,2})|([0-9]{1,2}):(00|15|30|45)|([0-9]{2})(00|15|30|45))$');
  if found is not null then
    if coalesce(found[2], found[3], found[5])::integer * 60 + coalesce(found[4], found[6], '0')::integer > 840 then
      return null;
    end if;
    return format('<%1$s>%2$s%1$s', lpad(coalesce(found[2], found[3], found[5]), 2, '0') || ':' || coalesce(found[4], found[6], '00'),
      case when found[1] = '+' then '-' else '+' end);
  end if;
  return case
    when zone in ('utc', 'z', 'gmt', 'uct', 'zulu', 'universal', 'greenwich', 'gmt0') then 'UTC'
    -- Nothing in it that a POSIX text needs.
    when zone ~ '^[a-z_]+(-[a-z]+)*(/[a-z_]+(-[a-z]+)*)+$' then zone
    when zone ~ '^etc/gmt(0|[+-][0-9]|[+-]1[0-2]|-1[34])$' then zone
    when zone in ('cuba', 'egypt', 'eire', 'gb', 'gb-eire', 'hongkong', 'iceland', 'iran', 'israel', 'jamaica', 'japan', 'kwajalein', 'libya',
      'navajo', 'nz', 'nz-chat', 'poland', 'portugal', 'prc', 'roc', 'rok', 'singapore', 'turkey', 'w-su') then zone
    when zone = 'wet' then 'Europe/Lisbon'
    when zone in ('cet', 'met') then 'Europe/Brussels'
    when zone = 'eet' then 'Europe/Athens'
    when zone = 'est5edt' then 'America/New_York'
    when zone = 'cst6cdt' then 'America/Chicago'
    when zone = 'mst7mdt' then 'America/Denver'
    when zone = 'pst8pdt' then 'America/Los_Angeles'
  end;
end
$$;
comment on function private.read_time_zone is
  'A time zone in the form that PostgreSQL needs: an ISO offset or the form of an IANA name; null for anything else. Names are not looked up here.';

create function private.figure_period(
  from_day date,
  to_day date,
  time_zone text,
  out first_day date,
  out last_day date,
  out starts timestamptz,
  out ends timestamptz,
  out zone text
)
language plpgsql
stable
set search_path = ''
as $$
declare
  today date;
  wrong text;
begin
  zone := private.read_time_zone(time_zone);
  begin
    today := (clock_timestamp() at time zone zone)::date;
  exception
    when invalid_parameter_value then
      null;
  end;
  if today is null then
    perform private.raise_error('invalid_input', 'unable to read figures; there is no such time zone',
      'Use a name such as America/Santiago, or an offset such as -03:00.', '{"field": "timeZone"}');
  end if;
  wrong := case
    when not from_day between '0001-01-01' and '9999-12-31' then 'from'
    when not to_day between '0001-01-01' and '9999-12-31' then 'to'
  end;
  if wrong is not null then
    perform private.raise_error('invalid_input', 'unable to read figures; a day lies in the years 1 to 9999', 'Correct the day.',
      jsonb_build_object('field', wrong));
  end if;
  last_day := coalesce(to_day, today);
  first_day := coalesce(from_day, last_day - 29);
  if last_day < first_day or last_day - first_day > 399 then
    perform private.raise_error('invalid_input', 'unable to read figures; a period has 1 to 400 days', 'Ask for a shorter period.',
      '{"field": "from"}');
  end if;
  starts := first_day::timestamp at time zone zone;
  ends := (last_day + 1)::timestamp at time zone zone;
  -- Where clocks go back over midnight the day begins at the first of the two.
  if ((starts - interval '1 hour') at time zone zone)::date = first_day then
    starts := starts - interval '1 hour';
  end if;
  if ((ends - interval '1 hour') at time zone zone)::date = last_day + 1 then
    ends := ends - interval '1 hour';
  end if;
end
$$;
comment on function private.figure_period is 'Days of a zone as instants; by default the last 30 days.';

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
    perform private.raise_error('profile_not_found', format('unable to %s; there is no such user', operation), 'Check the id.');
  end if;
  perform private.raise_error('forbidden', format('unable to %s; only the owner can read these figures', operation), 'Sign in as the owner.');
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
  'The number of different viewers: users over the whole period, visitors again each day. Above 50,000 views it is an estimate from one viewer in 64.';

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
comment on function private.count_countries is 'Views by country, the most first; null for views without a known country.';

revoke execute on function
  private.may_see_song_figures(uuid),
  private.read_time_zone(text),
  private.figure_period(date, date, text),
  private.require_figures(text, text, uuid),
  private.unique_viewers(uuid, text, timestamptz, timestamptz),
  private.count_figures(uuid, timestamptz, timestamptz),
  private.count_countries(uuid, text, timestamptz, timestamptz)
from public, anon, authenticated, service_role;
