-- The calls that read figures. All users see a song's counters, editors its use, users the figures of their own profile.

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
  'The counters of a song that the caller sees. The owner, admins and editors also get its use in a period of at most 400 days of a time zone.';

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
    perform private.raise_error('invalid_input', 'unable to read figures; there is no such kind of event', 'Choose a documented kind.',
      '{"field": "kind"}');
  end if;
  if step is null or step not in ('day', 'week', 'month') then
    perform private.raise_error('invalid_input', 'unable to read figures; a step is a day, a week or a month', 'Choose one of them.',
      '{"field": "step"}');
  end if;
  perform private.require_figures('read figures', subject, get_analytics_series.entity_id);
  select * into period from private.figure_period(from_day, to_day, time_zone);
  return query
    select b.day, coalesce(sum(f.count), 0)::bigint, coalesce(sum(f.seconds), 0)::bigint
    from (
      select g.step_day::date as day
      from generate_series(date_trunc(step, period.first_day::timestamp), period.last_day::timestamp, case step when 'day' then interval '1 day' when 'week' then interval '7 days' else interval '1 month' end) as g (step_day)
    ) as b
    left join (
      select date_trunc(step, q.at at time zone period.zone)::date as day, q.count, q.seconds
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
  'Counts one kind of event of the caller''s profile, or of a song that the caller may edit, by day, week from Monday or month of a time zone. Steps without events are included.';

revoke execute on function
  private.get_song_analytics(uuid, date, date, text),
  public.get_song_analytics(uuid, date, date, text),
  private.get_profile_analytics(uuid, date, date, text),
  public.get_profile_analytics(uuid, date, date, text),
  private.get_analytics_series(text, uuid, date, date, text, text),
  public.get_analytics_series(text, uuid, date, date, text, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_song_analytics(uuid, date, date, text),
  public.get_song_analytics(uuid, date, date, text)
to anon, authenticated;
grant execute on function
  private.get_profile_analytics(uuid, date, date, text),
  public.get_profile_analytics(uuid, date, date, text),
  private.get_analytics_series(text, uuid, date, date, text, text),
  public.get_analytics_series(text, uuid, date, date, text, text)
to authenticated;
