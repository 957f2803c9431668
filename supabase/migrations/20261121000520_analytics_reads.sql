-- Analytics: what is read. Everybody sees a song's counters, whoever may edit it its use, people the figures of their own profile,
-- and nobody the log.
--
-- Roll back: drop the functions below.

-- Sizes of pages are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

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

create function private.get_song_analytics(song_id uuid, from_day date, to_day date, time_zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  period record;
  counted jsonb;
  unique_ones record;
  counters jsonb;
  details jsonb;
begin
  if song_id is null or not private.can_see_song(song_id) then
    perform private.raise_error('song_not_found', 'unable to read figures; there is no song with that id', 'Check the id.');
  end if;
  select * into period from private.figure_period(from_day, to_day, time_zone);
  select jsonb_build_object(
    'song_id', s.id,
    'view_count', coalesce(a.view_count, 0),
    'share_count', coalesce(a.share_count, 0),
    'favorite_count', coalesce(a.favorite_count, 0),
    'weekly_views', coalesce(a.weekly_views, 0),
    'monthly_views', coalesce(a.monthly_views, 0),
    'popularity_score', private.popularity_now(coalesce(a.popularity_score, 0)),
    'updated_at', a.updated_at
  ), jsonb_build_object(
    'edit_count', coalesce(a.edit_count, 0),
    'last_viewed_at', a.last_viewed_at,
    'last_edited_at', a.last_edited_at,
    'avg_session_duration_seconds', a.avg_session_duration_seconds
  )
  into counters, details
  from public.songs s
  left join public.song_analytics a on a.song_id = s.id
  where s.id = get_song_analytics.song_id;
  if not private.may_see_song_figures(song_id) then
    return counters || '{"details": null}';
  end if;
  counted := private.count_figures(song_id, period.starts, period.ends);
  select * into unique_ones from private.unique_viewers(song_id, 'song_view', period.starts, period.ends);
  return counters || jsonb_build_object('details', details || jsonb_build_object(
    'from_day', period.first_day,
    'to_day', period.last_day,
    'views', coalesce(counted -> 'song_view' -> 'count', '0'),
    'unique_viewers', unique_ones.viewers,
    'estimated', unique_ones.estimated,
    'sessions', coalesce(counted -> 'song_session' -> 'count', '0'),
    'session_seconds', coalesce(counted -> 'song_session' -> 'seconds', '0'),
    'shares', coalesce(counted -> 'song_share' -> 'count', '0'),
    'countries', private.count_countries(song_id, 'song_view', period.starts, period.ends)
  ));
end
$$;

create function public.get_song_analytics(
  song_id uuid,
  from_day date default null,
  to_day date default null,
  time_zone text default 'UTC'
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_song_analytics(song_id, from_day, to_day, time_zone)
$$;
comment on function public.get_song_analytics is
  'The counters of a song that the caller sees; for whoever may edit it also its use in a period of at most 400 days of a time zone.';

create function private.get_profile_analytics(profile_id uuid, from_day date, to_day date, time_zone text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  person uuid := coalesce(profile_id, private.require_user());
  period record;
  counted jsonb;
  unique_ones record;
begin
  perform private.require_figures('read figures', 'profile', person);
  select * into period from private.figure_period(from_day, to_day, time_zone);
  counted := private.count_figures(person, period.starts, period.ends);
  select * into unique_ones from private.unique_viewers(person, 'profile_view', period.starts, period.ends);
  return jsonb_build_object(
    'profile_id', person,
    'from_day', period.first_day,
    'to_day', period.last_day,
    'views', coalesce(counted -> 'profile_view' -> 'count', '0'),
    'unique_viewers', unique_ones.viewers,
    'estimated', unique_ones.estimated,
    'contact_clicks', coalesce(counted -> 'contact_click' -> 'count', '0'),
    'conversations', coalesce(counted -> 'conversation' -> 'count', '0'),
    'conversions', coalesce(counted -> 'conversion' -> 'count', '0'),
    -- Positions have no gap, so the newest one is the count.
    'messages', (
      select coalesce(sum(c.last_seq), 0)
      from public.conversation_participants p
      join public.conversations c on c.id = p.conversation_id
      where p.user_id = person and c.kind = 'direct' and c.created_by <> person
        and c.created_at >= period.starts and c.created_at < period.ends
    ),
    'countries', private.count_countries(person, 'profile_view', period.starts, period.ends)
  );
end
$$;

create function public.get_profile_analytics(
  profile_id uuid default null,
  from_day date default null,
  to_day date default null,
  time_zone text default 'UTC'
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_profile_analytics(profile_id, from_day, to_day, time_zone)
$$;
comment on function public.get_profile_analytics is
  'How the caller''s own profile did in a period of at most 400 days: views, contact clicks, conversations that others opened and the '
  'messages in them, conversions.';

create function private.get_analytics_series(
  kind text,
  entity_id uuid,
  from_day date,
  to_day date,
  time_zone text,
  step text
)
returns table (day date, count bigint, seconds bigint)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  subject text := private.event_subject(get_analytics_series.kind);
  period record;
begin
  if subject is null then
    perform private.raise_error('invalid_input', 'unable to read the series; there is no such kind of event', 'See the list of kinds.',
      '{"field": "kind"}');
  end if;
  if step is null or step not in ('day', 'week', 'month') then
    perform private.raise_error('invalid_input', 'unable to read the series; a step is a day, a week or a month', 'Choose one of them.',
      '{"field": "step"}');
  end if;
  perform private.require_figures('read the series', subject, get_analytics_series.entity_id);
  select * into period from private.figure_period(from_day, to_day, time_zone);
  return query
    select b.day, coalesce(sum(f.count), 0)::bigint, coalesce(sum(f.seconds), 0)::bigint
    from (
      select g.step_day::date as day
      from generate_series(date_trunc(step, period.first_day::timestamp), period.last_day::timestamp, ('1 ' || step)::interval) as g (step_day)
    ) as b
    left join (
      select date_trunc(step, q.at at time zone time_zone)::date as day, q.count, q.seconds
      from private.analytics_quarters q
      where q.entity_id = get_analytics_series.entity_id and q.kind = get_analytics_series.kind
        and q.at >= period.starts and q.at < period.ends
    ) as f on f.day = b.day
    group by b.day
    order by b.day;
end
$$;

create function public.get_analytics_series(
  kind text,
  entity_id uuid,
  from_day date default null,
  to_day date default null,
  time_zone text default 'UTC',
  step text default 'day'
)
returns table (day date, count bigint, seconds bigint)
language sql
stable
set search_path = ''
as $$
  select * from private.get_analytics_series(kind, entity_id, from_day, to_day, time_zone, step)
$$;
comment on function public.get_analytics_series is
  'A kind of event of one''s own profile or of a song that one may edit, by days, weeks from Monday or months of a time zone, those without any included.';

create function private.top_songs(metric text, only_own boolean, page_size integer, before_value double precision, before_id uuid)
returns table (
  id uuid,
  title text,
  artist text,
  visibility text,
  created_by uuid,
  view_count bigint,
  share_count bigint,
  favorite_count bigint,
  weekly_views bigint,
  monthly_views bigint,
  popularity_score double precision,
  value double precision
)
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  measure text := case metric
    when 'popularity' then 'popularity_score' when 'trend' then 'trend_score' when 'views' then 'view_count'
    when 'favorites' then 'favorite_count' end;
  kind text := case when metric in ('views', 'favorites') then 'bigint' else 'double precision' end;
  place text := '';
begin
  if measure is null then
    perform private.raise_error('invalid_input', 'unable to list top songs; there is no such order', 'Choose popularity, trend, views or favorites.',
      '{"field": "by"}');
  end if;
  if page_size is null or page_size not between 1 and 201 then
    perform private.raise_error('invalid_input', 'unable to list top songs; a page holds 1 to 200', 'Choose another page size.',
      '{"field": "limit"}');
  end if;
  if only_own then
    perform private.require_user();
  end if;
  if before_value is not null then
    place := format(' and (a.%I, a.song_id) < ($2::%s, $3)', measure, kind);
  end if;
  return query execute format(
    'select s.id, s.title, s.artist, s.visibility, s.created_by, a.view_count, a.share_count, a.favorite_count, a.weekly_views, '
    'a.monthly_views, private.popularity_now(a.popularity_score), a.%1$I::double precision '
    'from public.song_analytics a join public.songs s on s.id = a.song_id '
    'where s.deleted_at is null and a.%1$I is not null and %2$s%3$s order by a.%1$I desc, a.song_id desc limit $1',
    measure,
    case when only_own then 's.created_by = $4' else 's.visibility = ''public''' end
      || case when metric = 'trend' then '' else format(' and a.%I > 0', measure) end,
    place)
  using page_size, before_value, before_id, auth.uid();
end
$$;

create function public.top_songs(
  metric text default 'popularity',
  only_own boolean default false,
  page_size integer default 50,
  before_value double precision default null,
  before_id uuid default null
)
returns table (
  id uuid,
  title text,
  artist text,
  visibility text,
  created_by uuid,
  view_count bigint,
  share_count bigint,
  favorite_count bigint,
  weekly_views bigint,
  monthly_views bigint,
  popularity_score double precision,
  value double precision
)
language sql
stable
set search_path = ''
as $$
  select * from private.top_songs(metric, only_own, page_size, before_value, before_id)
$$;
comment on function public.top_songs is
  'Public songs, or one''s own, by popularity, trend, views or favorites; a page of at most 201 after a value and an id.';

revoke execute on function
  private.may_see_song_figures(uuid),
  private.figure_period(date, date, text),
  private.require_figures(text, text, uuid),
  private.unique_viewers(uuid, text, timestamptz, timestamptz),
  private.count_figures(uuid, timestamptz, timestamptz),
  private.count_countries(uuid, text, timestamptz, timestamptz),
  private.get_song_analytics(uuid, date, date, text),
  public.get_song_analytics(uuid, date, date, text),
  private.get_profile_analytics(uuid, date, date, text),
  public.get_profile_analytics(uuid, date, date, text),
  private.get_analytics_series(text, uuid, date, date, text, text),
  public.get_analytics_series(text, uuid, date, date, text, text),
  private.top_songs(text, boolean, integer, double precision, uuid),
  public.top_songs(text, boolean, integer, double precision, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_song_analytics(uuid, date, date, text),
  public.get_song_analytics(uuid, date, date, text),
  private.top_songs(text, boolean, integer, double precision, uuid),
  public.top_songs(text, boolean, integer, double precision, uuid)
to anon, authenticated;
grant execute on function
  private.get_profile_analytics(uuid, date, date, text),
  public.get_profile_analytics(uuid, date, date, text),
  private.get_analytics_series(text, uuid, date, date, text, text),
  public.get_analytics_series(text, uuid, date, date, text, text)
to authenticated;

commit;
