-- The call that searches songs, by how well they match or in an order of their own.

create function private.sort_songs_page(
  query text, filters jsonb, sort text, page_size integer, is_short boolean, after_name text, after_place double precision, after_id uuid
)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
-- A page ends at a place, so it is answered with every digit, whatever the connection says.
set extra_float_digits = 1
as $$
declare
  meant text;
  asked private.song_query;
begin
  perform private.check_page_size('search songs', page_size, 200);
  -- A time that PostgreSQL has none of would end as an error of its own.
  if num_nulls(after_name, after_place, after_id) not in (0, 3) or (sort = 'newest' and after_place not between -1e17 and 1e17) then
    perform private.raise_error('invalid_cursor', 'unable to search songs; the cursor is not whole', 'Pass it back unchanged.');
  end if;
  if after_id is null then
    meant := private.query_meant(query, filters);
    is_short := meant <> query;
  else
    meant := case when is_short then coalesce(private.without_song_words(query), query) else query end;
  end if;
  asked := private.song_marks(meant);
  return (
    with
    found as materialized (
      select f.*
      from private.sorted_songs(meant, filters, sort, page_size + 1, after_name, after_place, after_id)
        with ordinality as f (id, name, place, is_place, n)
    ),
    last as (
      select f.name, f.place, f.id
      from found f
      where (f.is_place and f.n <= page_size) or (f.n = page_size and (select count(*) from found) > page_size)
      order by f.n
      limit 1
    )
    select jsonb_build_object(
      'songs', coalesce((
        select jsonb_agg(to_jsonb(v) || jsonb_build_object(
          'highlights', private.highlight_song(asked, s.title, s.artist, s.lyrics, s.language)) order by f.n)
        from found f
        join private.visible_summaries v on v.id = f.id
        join public.songs s on s.id = f.id
        where f.n <= page_size and not f.is_place
      ), '[]'),
      'next', (select jsonb_build_array(10 + case when is_short then 100 else 0 end, l.place, 0, l.id, l.name) from last l))
  );
end
$$;

create function public.search_songs(
  query text default '',
  filters jsonb default '{}',
  page_size integer default 50,
  after_tier integer default null,
  after_score double precision default null,
  after_popularity double precision default null,
  after_id uuid default null,
  sort text default null,
  after_name text default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select case
    when sort is null then private.search_songs_page(query, filters, page_size, after_tier, after_score, after_popularity, after_id)
    else private.sort_songs_page(query, filters, sort, page_size, after_tier > 100, after_name, after_score, after_id)
  end
$$;
comment on function public.search_songs is
  'A page of the songs that the caller may see and that match a query and filters, with highlights: best first, or by sort: popular, '
  'newest, title, artist or difficulty. next: the cursor of the next page. '
  'did_you_mean: the corrected query, on a first page for which a typo was undone.';

revoke execute on function
  private.sort_songs_page(text, jsonb, text, integer, boolean, text, double precision, uuid),
  public.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid, text, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.sort_songs_page(text, jsonb, text, integer, boolean, text, double precision, uuid),
  public.search_songs(text, jsonb, integer, integer, double precision, double precision, uuid, text, text)
to anon, authenticated, service_role;
