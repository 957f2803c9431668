-- Songs by popularity, trend, views or favourites.

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
  value numeric
)
language plpgsql
stable
security definer
set search_path = ''
-- A page ends at a value, so it is answered with every digit, whatever the connection says.
set extra_float_digits = 1
as $$
declare
  measure text := case metric
    when 'popularity' then 'popularity_score' when 'trend' then 'trend_score' when 'views' then 'view_count'
    when 'favorites' then 'favorite_count' end;
  kind text := case when metric in ('views', 'favorites') then 'bigint' else 'double precision' end;
  place text := '';
begin
  if measure is null then
    perform private.raise_error('invalid_input', 'unable to list songs; there is no such order', 'Choose popularity, trend, views or favorites.',
      '{"field": "by"}');
  end if;
  perform private.check_page_size('list songs', page_size, 200, 1);
  if only_own then
    perform private.require_user();
  end if;
  if before_value is not null then
    place := format(' and (a.%I, a.song_id) < ($2::%s, $3)', measure, kind);
  end if;
  return query execute format(
    'select s.id, s.title, s.artist, s.visibility, s.created_by, a.view_count, a.share_count, a.favorite_count, a.weekly_views, '
    'a.monthly_views, private.popularity_now(a.popularity_score), a.%1$I::text::numeric '
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
  value numeric
)
language sql
stable
set search_path = ''
as $$
  select * from private.top_songs(metric, only_own, page_size, before_value, before_id)
$$;
comment on function public.top_songs is
  'Public songs, or the caller''s own, by popularity, trend, views or favorites; a page of at most 201 after a value and an id.';

revoke execute on function
  private.top_songs(text, boolean, integer, double precision, uuid),
  public.top_songs(text, boolean, integer, double precision, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.top_songs(text, boolean, integer, double precision, uuid),
  public.top_songs(text, boolean, integer, double precision, uuid)
to anon, authenticated;
