-- The calls that read and list songs.

create function private.get_song(song_id uuid)
returns setof public.song_details
language plpgsql
stable
rows 1
security definer
set search_path = ''
as $$
begin
  return query select d.* from private.visible_details d where d.id = get_song.song_id;
end
$$;

create function public.get_song(song_id uuid)
returns setof public.song_details
language plpgsql
stable
rows 1
set search_path = ''
as $$
begin
  -- PL/pgSQL keeps its plan, which takes 0.1 ms off a read of 0.2 ms.
  if current_user <> 'service_role' then
    return query select * from private.get_song(get_song.song_id);
    return;
  end if;
  return query
    select d.*
    from public.songs s
    cross join lateral jsonb_populate_record(null::public.song_details, private.song_json(s)) as d
    where s.id = get_song.song_id;
end
$$;
comment on function public.get_song is
  'A song that the caller may see, with everything derived from it, or no row. The service role sees every song.';

create function private.list_songs(owner_id uuid, page_size integer, before_created_at timestamptz, before_id uuid)
returns setof public.song_summary
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := auth.uid();
begin
  perform private.check_page_size('list songs', page_size, 200, 1);
  if owner_id is not null then
    -- Most owners have few songs: each is looked up, and the walk ends with the page.
    if not exists (
      select from public.songs o where o.created_by = owner_id and (o.created_at, o.id) < (before_created_at, before_id) offset 300
    ) then
      return query
        select s.*
        from private.visible_summaries s
        where s.created_by = owner_id and (s.created_at, s.id) < (before_created_at, before_id)
        order by s.created_at desc, s.id desc
        limit page_size;
      return;
    end if;
    return query
      select s.*
      from private.visible_summaries s
      join (
        (
          select o.id
          from public.songs o
          where o.created_by = owner_id
            and o.deleted_at is null
            and (o.visibility = 'public' or o.created_by = caller)
            and (o.created_at, o.id) < (before_created_at, before_id)
          order by o.created_at desc, o.id desc
          limit page_size
        )
        union
        select g.song_id from private.shared_songs(owner_id, before_created_at, before_id, 2 * page_size) g
      ) as found on found.id = s.id
      order by s.created_at desc, s.id desc
      limit page_size;
    return;
  end if;
  -- Three short walks of an index each instead of one long one that an "or" would need.
  return query
    select s.*
    from private.visible_summaries s
    join (
      (
        select p.id
        from public.songs p
        where p.visibility = 'public'
          and p.deleted_at is null
          and (p.created_at, p.id) < (before_created_at, before_id)
        order by p.created_at desc, p.id desc
        limit page_size
      )
      union all
      (
        select o.id
        from public.songs o
        where o.created_by = caller
          and o.visibility <> 'public'
          and o.deleted_at is null
          and (o.created_at, o.id) < (before_created_at, before_id)
        order by o.created_at desc, o.id desc
        limit page_size
      )
      union
      -- Twice as many, because a song that a user and a link share comes twice.
      select g.song_id from private.shared_songs(null, before_created_at, before_id, 2 * page_size) g
    ) as found on found.id = s.id
    order by s.created_at desc, s.id desc
    limit page_size;
end
$$;

create function public.list_songs(
  owner_id uuid default null,
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof public.song_summary
language plpgsql
stable
set search_path = ''
as $$
begin
  -- PL/pgSQL keeps its plan.
  return query select * from private.list_songs(owner_id, page_size, before_created_at, before_id);
end
$$;
comment on function public.list_songs is
  'The songs that the caller may see, or those of one owner among them, newest first; a page of at most 201 after a time and an id.';

create function private.raise_song_not_found(operation text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('song_not_found', format('unable to %s the song; you have no song with that id', operation), 'Check the id.');
end
$$;

revoke execute on function
  private.get_song(uuid),
  private.list_songs(uuid, integer, timestamptz, uuid),
  public.get_song(uuid),
  public.list_songs(uuid, integer, timestamptz, uuid),
  private.raise_song_not_found(text)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_song(uuid),
  public.get_song(uuid),
  private.list_songs(uuid, integer, timestamptz, uuid),
  public.list_songs(uuid, integer, timestamptz, uuid)
to anon, authenticated, service_role;
