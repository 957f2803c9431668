-- Analytics: figures by the quarter of an hour and by the day, counters and scores of songs, popular tags.
--
-- The roll-up takes marks away and sets the figures that they name to what the log says. Marks and events commit together, so a
-- mark that it sees has its events in sight, and what commits later has a mark of its own that is still there: each figure equals
-- a recount once all marks are gone, whatever ran at once, crashed or ran twice.
-- Roll back: drop trigger songs_forget_figures on public.songs, profiles_forget_analytics on public.profiles; recreate
-- public.song_list_view as it was; drop table public.song_analytics and the tables and functions below.

-- Sizes of batches are small numbers; the indexes are made while nobody has figures yet.
-- squawk-ignore-file prefer-bigint-over-int, require-concurrent-index-creation

begin;
set local lock_timeout = '10s';

create table private.analytics_quarters (
  entity_id uuid not null,
  kind text collate "C" not null,
  at timestamptz not null,
  country text not null,
  count bigint not null,
  seconds bigint not null,
  last_at timestamptz not null,
  primary key (entity_id, kind, at, country)
);
comment on table private.analytics_quarters is
  'Counted events by the quarter of an hour, the smallest step by which zones differ: days of any zone are sums of these.';
comment on column private.analytics_quarters.country is 'Empty where nothing told it.';

create table private.analytics_days (
  entity_id uuid not null,
  kind text collate "C" not null,
  day date not null,
  count bigint not null,
  seconds bigint not null,
  last_at timestamptz not null,
  primary key (entity_id, kind, day)
);
comment on table private.analytics_days is 'Counted events by the day in UTC: what counters and scores are made of.';

create table private.analytics_state (
  id boolean primary key default true,
  aged_until date not null default (now() at time zone 'utc')::date,
  salted_on date not null default '-infinity',
  constraint analytics_state_id_check check (id)
);
comment on table private.analytics_state is 'One row: how far what is done once a day has been done.';
comment on column private.analytics_state.aged_until is 'Up to which day the weekly and monthly counters have lost what is too old for them.';
comment on column private.analytics_state.salted_on is 'On which day the file of the salts was last made anew.';
insert into private.analytics_state default values;

create table private.analytics_unfed (
  id bigint primary key generated always as identity (cache 50),
  song_id uuid not null
);
comment on table private.analytics_unfed is 'Songs whose own row is behind their score. Not unique, like the marks and for the same reason.';

create table public.song_analytics (
  song_id uuid primary key references public.songs (id) on delete cascade,
  view_count bigint not null default 0,
  edit_count bigint not null default 0,
  share_count bigint not null default 0,
  favorite_count bigint not null default 0,
  last_viewed_at timestamptz,
  last_edited_at timestamptz,
  avg_session_duration_seconds integer,
  weekly_views bigint not null default 0,
  monthly_views bigint not null default 0,
  popularity_score double precision not null default 0,
  trend_score double precision,
  updated_at timestamptz not null default clock_timestamp()
);
comment on table public.song_analytics is
  'A song''s counters, set by the roll-up; no row means none yet. Everybody who sees the song sees them, editors what is about use.';
comment on column public.song_analytics.view_count is 'Viewers, each once a day, without the owner, bots and repeats.';
comment on column public.song_analytics.share_count is 'Shares that were accepted, and those that apps tell of, each viewer once a day.';
comment on column public.song_analytics.edit_count is 'Changes since the song was made, from its version.';
comment on column public.song_analytics.avg_session_duration_seconds is 'Null until somebody stayed.';
comment on column public.song_analytics.weekly_views is 'Of the last 7 days in UTC, today included; monthly of the last 30.';
comment on column public.song_analytics.popularity_score is
  'Views, favourites and shares, each fading by e in 30 days from its own day on, told as of 1 January 2026: so time alone changes no '
  'row and no order, and private.popularity_now gives today''s value.';
comment on column public.song_analytics.trend_score is 'Likewise with 2 days instead of 30, as a logarithm; null without any.';

create index analytics_days_kind_day_idx on private.analytics_days (kind, day);
create index song_analytics_popularity_score_song_id_idx on public.song_analytics (popularity_score desc, song_id desc);
create index song_analytics_view_count_song_id_idx on public.song_analytics (view_count desc, song_id desc);
create index song_analytics_favorite_count_song_id_idx on public.song_analytics (favorite_count desc, song_id desc);
create index song_analytics_trend_score_song_id_idx on public.song_analytics (trend_score desc, song_id desc) where trend_score is not null;
create index popular_tags_trend_score_idx on public.popular_tags (trend_score desc, tag_name);

create function private.calculate_popularity_score(
  p_view_count bigint,
  p_favorite_count bigint,
  p_share_count bigint,
  p_created_at timestamptz
)
returns double precision
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- Within what a float holds until the year 2082.
  return (p_view_count + 5.0::double precision * p_favorite_count + 10.0::double precision * p_share_count) / 100
    * exp(least(greatest(
        extract(epoch from p_created_at - timestamptz '2026-01-01 00:00:00+00')::double precision / 86400 / 30, -690), 690));
end
$$;
comment on function private.calculate_popularity_score is
  'What views, favourites and shares of one moment are worth, fading by e in 30 days from then on, told as of 1 January 2026. A song''s '
  'score is the sum over its days.';

create function private.popularity_now(score double precision)
returns double precision
language plpgsql
stable
parallel safe
set search_path = ''
as $$
begin
  return score * exp(extract(epoch from timestamptz '2026-01-01 00:00:00+00' - now())::double precision / 86400 / 30);
end
$$;
comment on function private.popularity_now is 'A popularity score as it is today: what the seed''s formula gives to what happened now.';

create function private.is_behind(popularity double precision, score double precision)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return abs(score - popularity) > 0.1 * popularity;
end
$$;
comment on function private.is_behind is
  'Whether a song''s own row has to follow its score: that row is in a dozen indexes, three of them of words, and writing it takes as long '
  'as counting a hundred songs. So it follows by steps of a tenth, the first one at once.';

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
    from public.song_shares v
    where v.song_id = s.id and v.accepted_at is not null
  ) as a
  cross join lateral (
    select
      sum(private.calculate_popularity_score(w.views, w.favorites, w.shares, w.day::timestamp at time zone 'utc') order by w.day) as score,
      -- Against today, so that nothing overflows; what is years old adds nothing any more.
      round((ln(nullif(sum((w.views + 5 * w.favorites + 10 * w.shares) * exp(greatest((w.day - today)::double precision / 2, -600))), 0))
        + (today - date '2026-01-01')::double precision / 2)::numeric, 6)::double precision as trend
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
          from public.song_shares o
          where o.song_id = s.id and o.accepted_at is not null
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
  'Sets the counters and scores of songs to what the days'' figures, the favourites and the songs themselves say, and queues those whose own row is behind.';

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
  lock table private.analytics_salt, private.analytics_allowances in access exclusive mode;
  select * into salt from private.analytics_salt s where s.day = today;
  -- A deleted row stays in its file until it is vacuumed; so there is a new file.
  truncate private.analytics_salt, private.analytics_allowances;
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
  'Counts again what up to so many marks name, and answers how many it took; less than asked for when none is left, null when another '
  'roll-up runs. Also keeps partitions ahead and destroys yesterday''s salt.';

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
  -- A song that somebody is changing at this moment is left to the next batch.
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
  'Brings the songs'' own rows, which searches walk, up to their score, and answers how many places of the queue it took; 0 when there is '
  'nothing to do, null when another one runs. Time alone makes no row stale.';

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
        + (today - date '2026-01-01')::double precision / 7)::numeric, 6)::double precision as trend_score,
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
  'Sets the popular tags to what the public, living songs have now; answers how many changed. The trend fades by e in 7 days, and is '
  'told as a logarithm as of 1 January 2026, so that time alone changes no row.';

create function public.recompute_popular_tags()
returns bigint
language sql
set search_path = ''
as $$
  select private.recompute_popular_tags()
$$;
comment on function public.recompute_popular_tags is 'For the service: sets the popular tags anew; answers how many changed.';

create function private.forget_figures()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- The roll-up may hold the same rows, in another order.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.roll-up', 0));
  delete from private.analytics_quarters q where q.entity_id in (select g.id from gone g);
  delete from private.analytics_days d where d.entity_id in (select g.id from gone g);
  return null;
end
$$;
comment on function private.forget_figures is 'Trigger: a song''s figures go with it.';

create function private.forget_person()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.analytics.roll-up', 0));
  delete from private.analytics_viewers v where v.user_id = new.id;
  delete from private.analytics_events e where e.entity_id = new.id;
  delete from private.analytics_marks m where m.entity_id = new.id;
  delete from private.analytics_quarters q where q.entity_id = new.id;
  delete from private.analytics_days d where d.entity_id = new.id;
  return null;
end
$$;
comment on function private.forget_person is
  'Trigger: of a deleted person no figures remain, and what they looked at stays counted as nobody''s.';

create trigger songs_forget_figures
after delete on public.songs
referencing old table as gone
for each statement
execute function private.forget_figures();

create trigger profiles_forget_analytics
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.forget_person();

create or replace view public.song_list_view
with (security_invoker = true)
as
select
  s.id, s.title, s.artist, s.album, s.genre, s.key, s.tempo, s.difficulty_level, s.language, s.year, s.visibility, s.created_by,
  s.created_at, s.updated_at,
  p.display_name as creator_name,
  array(select t.label from public.song_tags t where t.song_id = s.id order by t.tag_name) as tags,
  coalesce(a.view_count, 0) as view_count,
  coalesce(a.favorite_count, 0) as favorite_count,
  coalesce(a.popularity_score, 0) as popularity_score
from public.songs s
join public.profiles p on p.id = s.created_by
left join public.song_analytics a on a.song_id = s.id
where s.deleted_at is null;

alter table public.song_analytics enable row level security;

create policy "Visitors see the counters of public songs"
on public.song_analytics
for select
to anon
using (private.can_see_song(song_id));

create policy "People see the counters of songs they see"
on public.song_analytics
for select
to authenticated
using (private.can_see_song(song_id));

revoke all on public.song_analytics, private.analytics_quarters, private.analytics_days, private.analytics_state, private.analytics_unfed
from public, anon, authenticated, service_role;
grant select on public.song_analytics to service_role;

revoke execute on function
  private.calculate_popularity_score(bigint, bigint, bigint, timestamptz),
  private.popularity_now(double precision),
  private.is_behind(double precision, double precision),
  private.update_song_analytics(uuid[]),
  private.refresh_popularity(integer),
  public.refresh_popularity(integer),
  private.forget_salt(date),
  private.roll_up_analytics(integer),
  public.roll_up_analytics(integer),
  private.recompute_popular_tags(),
  public.recompute_popular_tags(),
  private.forget_figures(),
  private.forget_person()
from public, anon, authenticated, service_role;
grant execute on function
  private.roll_up_analytics(integer),
  public.roll_up_analytics(integer),
  private.refresh_popularity(integer),
  public.refresh_popularity(integer),
  private.recompute_popular_tags(),
  public.recompute_popular_tags()
to service_role;

commit;
