-- The trash: restored by the owner, purged after 30 days.

-- The trash.

create function private.list_trash(page_size integer, before_deleted_at timestamptz, before_id uuid)
returns table (id uuid, title text, artist text, deleted_at timestamptz)
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list the trash', page_size, 200, 1);
  return query
    select s.id, s.title, s.artist, s.deleted_at
    from public.songs s
    where s.created_by = caller
      and s.deleted_at is not null
      and (s.deleted_at, s.id) < (before_deleted_at, before_id)
    order by s.deleted_at desc, s.id desc
    limit page_size;
end
$$;

create function public.list_trash(
  page_size integer default 50,
  before_deleted_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns table (id uuid, title text, artist text, deleted_at timestamptz)
language sql
stable
set search_path = ''
as $$
  select * from private.list_trash(page_size, before_deleted_at, before_id)
$$;
comment on function public.list_trash is 'The caller''s songs in the trash, last deleted first; a page of at most 201 after a time and an id.';

create function private.restore_song(song_id uuid)
returns setof public.songs
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- It adds a version.
  perform private.count_song_change(caller, null);
  perform private.hold_account();
  return query
    update public.songs s
    set deleted_at = null
    where s.id = restore_song.song_id and s.created_by = caller
    returning s.*;
  if not found then
    perform private.raise_song_not_found('restore');
  end if;
end
$$;

create function public.restore_song(song_id uuid)
returns setof public.songs
language sql
rows 1
set search_path = ''
as $$
  select * from private.restore_song(song_id)
$$;
comment on function public.restore_song is 'Takes one of the caller''s own songs out of the trash, as it was; one that is not there stays as it is.';

create function private.purge_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  delete from public.songs s
  where s.id = purge_song.song_id and s.created_by = caller and s.deleted_at is not null;
  if not found then
    perform private.raise_error('song_not_found', 'unable to purge the song; your trash has no song with that id',
      'Check the id, and delete the song first.');
  end if;
end
$$;

create function public.purge_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.purge_song(song_id)
$$;
comment on function public.purge_song is 'Removes one of the caller''s own songs from the trash for good.';

create function public.purge_trash(batch_size integer default 500, older_than interval default '30 days')
returns integer
language plpgsql
set search_path = ''
as $$
declare
  purged integer;
begin
  -- Songs that a user restores at this moment are skipped. One list, made once: a plan that asked anew would lock more.
  with old as materialized (
    select t.id
    from public.songs t
    where t.deleted_at < clock_timestamp() - greatest(coalesce(older_than, interval '30 days'), interval '0')
    order by t.deleted_at
    limit least(greatest(batch_size, 0), 10000)
    for update skip locked
  )
  delete from public.songs s
  where s.id in (select old.id from old);
  get diagnostics purged = row_count;
  return purged;
end
$$;
comment on function public.purge_trash is
  'For the service: removes one batch of songs that have been in the trash for long, oldest first; answers how many. Call it until 0.';

revoke execute on function
  private.list_trash(integer, timestamptz, uuid),
  public.list_trash(integer, timestamptz, uuid),
  private.restore_song(uuid),
  public.restore_song(uuid),
  private.purge_song(uuid),
  public.purge_song(uuid),
  public.purge_trash(integer, interval)
from public, anon, authenticated, service_role;
grant execute on function
  private.list_trash(integer, timestamptz, uuid),
  public.list_trash(integer, timestamptz, uuid),
  private.restore_song(uuid),
  public.restore_song(uuid),
  private.purge_song(uuid),
  public.purge_song(uuid)
to authenticated;
grant execute on function public.purge_trash(integer, interval) to service_role;
