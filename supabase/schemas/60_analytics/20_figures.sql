-- Figures by the quarter of an hour and by the day, and the counters and scores of songs.

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
comment on column private.analytics_quarters.country is 'The country; empty when it is not known.';

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

create index analytics_days_kind_day_idx on private.analytics_days (kind, day);

create table private.analytics_state (
  id boolean primary key default true,
  aged_until date not null default (now() at time zone 'utc')::date,
  salted_on date not null default '-infinity',
  constraint analytics_state_id_check check (id)
);
comment on table private.analytics_state is 'One row: how far what is done once a day has been done.';
comment on column private.analytics_state.aged_until is 'Up to which day the weekly and monthly counters have lost what is too old for them.';
comment on column private.analytics_state.salted_on is 'The day on which the file of the salts was last created again.';

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
  'A song''s counters, set by the roll-up; a song without a row has no counts yet. Users who see the song see its counters; its editors also see its use.';
comment on column public.song_analytics.view_count is 'Viewers, each once a day, without the owner, bots and repeats.';
comment on column public.song_analytics.share_count is 'Accepted shares, and shares that apps report, each viewer once a day.';
comment on column public.song_analytics.edit_count is 'Changes since the song was made, from its version.';
comment on column public.song_analytics.avg_session_duration_seconds is 'The average length of a session in seconds; null before the first session.';
comment on column public.song_analytics.weekly_views is 'Views of the last 7 days in UTC, today included; monthly_views has those of the last 30.';
comment on column public.song_analytics.popularity_score is
  'Views, favourites and shares, each decaying by e in 30 days from its own day, as of 1 January 2026. So time alone changes no '
  'row and no order. private.popularity_now returns today''s value.';
comment on column public.song_analytics.trend_score is 'Likewise with 2 days instead of 30, as a logarithm; null without any.';

create index song_analytics_popularity_score_song_id_idx on public.song_analytics (popularity_score desc, song_id desc);
create index song_analytics_view_count_song_id_idx on public.song_analytics (view_count desc, song_id desc);
create index song_analytics_favorite_count_song_id_idx on public.song_analytics (favorite_count desc, song_id desc);
create index song_analytics_trend_score_song_id_idx on public.song_analytics (trend_score desc, song_id desc) where trend_score is not null;

create view public.song_list_view
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
comment on view public.song_list_view is
  'Living songs that the reader may see, with their owner''s name and their tags, which are gathered row by row of a page.';

create view public.song_search_view
with (security_invoker = true)
as
select
  s.id, s.title, s.artist, s.album, s.genre, s.key, s.difficulty_level, s.created_by, s.visibility,
  concat_ws(' ', s.title, s.artist, s.album, s.genre, s.lyrics) as searchable_text,
  (select string_agg(t.label, ' ' order by t.tag_name) from public.song_tags t where t.song_id = s.id) as tag_string,
  (select string_agg(c.chord_name, ' ' order by c.chord_position) from public.song_chords c where c.song_id = s.id) as chord_string
from public.songs s
where s.deleted_at is null;
comment on view public.song_search_view is
  'The words, tags and chords of living songs that the reader may see, for exports; search_songs is what searches.';

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
        extract(epoch from p_created_at - private.popularity_epoch() at time zone 'utc')::double precision / 86400 / 30, -690), 690));
end
$$;
comment on function private.calculate_popularity_score is
  'The weight of views, favourites and shares of one moment, decaying by e in 30 days, as of 1 January 2026. A song''s '
  'score is the sum over its days.';

create function private.popularity_now(score double precision)
returns double precision
language plpgsql
stable
parallel safe
set search_path = ''
as $$
begin
  return score * exp(extract(epoch from private.popularity_epoch() at time zone 'utc' - now())::double precision / 86400 / 30);
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
  'Whether to write a song''s score to its own row. That row is in a dozen indexes, three of them of words, and writing it takes as long '
  'as counting a hundred songs. So it follows the score in steps of a tenth, the first one at once.';

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
  'Trigger: of a deleted person no figures remain, and what they looked at stays counted, without a user.';

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

insert into private.analytics_state default values;

revoke all on
  public.song_list_view, public.song_search_view, public.song_analytics, private.analytics_quarters, private.analytics_days,
  private.analytics_state, private.analytics_unfed
from public, anon, authenticated, service_role;
grant select on public.song_list_view, public.song_search_view, public.song_analytics to service_role;
revoke execute on function
  private.calculate_popularity_score(bigint, bigint, bigint, timestamptz),
  private.popularity_now(double precision),
  private.is_behind(double precision, double precision),
  private.forget_figures(),
  private.forget_person()
from public, anon, authenticated, service_role;
