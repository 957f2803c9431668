-- What is shared with the caller, as lists and searches read it.

create function private.shared_songs_of(owner_id uuid, before_created_at timestamptz, before_id uuid, most integer)
returns table (song_id uuid)
language plpgsql
stable
security definer
set search_path = ''
-- The owner's songs or the caller's shares are read first, whichever are fewer: only the values tell.
set plan_cache_mode = 'force_custom_plan'
as $$
#variable_conflict use_column
declare
  caller constant uuid := auth.uid();
begin
  return query
    select g.song_id
    from private.song_grants g
    where g.user_id = caller
      and g.created_by = owner_id
      and (g.song_created_at, g.song_id) < (before_created_at, before_id)
      and g.deleted_at is null
      and g.visibility <> 'public'
      and g.created_by <> caller
    group by g.song_created_at, g.song_id
    order by g.song_created_at desc, g.song_id desc
    limit most;
end
$$;
comment on function private.shared_songs_of is 'What private.shared_songs answers of one owner to a caller with many shares.';

create function private.newest_shared_songs(before_created_at timestamptz, before_id uuid, most integer)
returns table (song_id uuid)
language plpgsql
stable
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
begin
  -- Each part in the order of an index: the caller's own shares, and those of each circle. private.song_grants as a whole would be sorted.
  return query
    select n.id
    from (
      (
        select s.id, s.created_at
        from public.shares h
        join public.songs s on s.id = h.target_id
        where h.shared_with = caller and h.target_kind = 'song' and h.ended_at is null and h.accepted_at is not null
          and (h.expires_at is null or h.expires_at > now())
          and (h.target_created_at, h.target_id) < (before_created_at, before_id)
          and (h.kind <> 'link' or s.visibility <> 'private')
          and s.deleted_at is null and s.visibility <> 'public' and s.created_by <> caller
        order by h.target_created_at desc, h.target_id desc
        limit most
      )
      union
      select o.id, o.created_at
      from public.circle_members m
      cross join lateral (
        select s.id, s.created_at
        from public.shares h
        join public.songs s on s.id = h.target_id
        where h.circle_id = m.circle_id and h.target_kind = 'song' and h.ended_at is null
          and (h.expires_at is null or h.expires_at > now())
          and (h.target_created_at, h.target_id) < (before_created_at, before_id)
          and s.deleted_at is null and s.visibility <> 'public' and s.created_by <> caller
        order by h.target_created_at desc, h.target_id desc
        limit most
      ) o
      where m.user_id = caller
    ) n
    order by n.created_at desc, n.id desc
    limit most;
end
$$;
comment on function private.newest_shared_songs is 'The newest songs that are shared with the caller and not public, however they are shared, each once.';

create function private.shared_songs(owner_id uuid, before_created_at timestamptz, before_id uuid, most integer)
returns table (song_id uuid)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller constant uuid := auth.uid();
  few uuid[];
begin
  if owner_id is null then
    return query select o.song_id from private.newest_shared_songs(before_created_at, before_id, most) o;
    return;
  end if;
  -- Most callers have few shares: looking each of them up takes less time than planning a statement.
  few := array(select f.target_id from private.shares_in_force f where f.target_kind = 'song' and f.user_id = caller limit 201);
  if cardinality(few) > 200 then
    return query select o.song_id from private.shared_songs_of(owner_id, before_created_at, before_id, most) o;
  elsif few <> '{}' then
    return query
      select g.song_id
      from private.song_grants g
      where g.user_id = caller
        and g.song_id = any (few)
        and g.created_by = owner_id
        and (g.song_created_at, g.song_id) < (before_created_at, before_id)
        and g.deleted_at is null
        and g.visibility <> 'public'
        and g.created_by <> caller
      group by g.song_created_at, g.song_id
      order by g.song_created_at desc, g.song_id desc
      limit most;
  end if;
end
$$;
comment on function private.shared_songs is
  'Songs that are shared with the caller and not public, perhaps of one owner, newest first, bounded, each once.';

create function private.shared_song_keys()
returns private.song_key[]
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := auth.uid();
begin
  return array(
    select (n.song_id, n.popularity, n.title_words, n.artist_words, n.chord_set)::private.song_key
    from (
      -- Once, also when it is shared by a person and by a link.
      select distinct on (g.song_created_at, g.song_id) g.*
      from private.song_grants g
      where g.user_id = caller
      order by g.song_created_at desc, g.song_id desc
      limit 20000
    ) as n
    where n.created_by <> caller and n.visibility <> 'public' and n.deleted_at is null
  );
end
$$;
comment on function private.shared_song_keys is
  'Of the newest 20,000 songs that are shared with the caller those that are neither public nor their own, for searches.';

create function private.sees_all_shared()
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
begin
  return not exists (select from private.shares_in_force f where f.target_kind = 'song' and f.user_id = caller offset 20000);
end
$$;
comment on function private.sees_all_shared is 'Whether private.shared_song_keys answers all that is shared with the caller.';

revoke execute on function
  private.newest_shared_songs(timestamptz, uuid, integer),
  private.shared_songs(uuid, timestamptz, uuid, integer),
  private.shared_songs_of(uuid, timestamptz, uuid, integer),
  private.shared_song_keys(),
  private.sees_all_shared()
from public, anon, authenticated, service_role;
