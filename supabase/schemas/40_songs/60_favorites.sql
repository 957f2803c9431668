-- Favourites.

create table public.song_favorites (
  user_id uuid not null references public.profiles (id) on delete cascade,
  song_id uuid not null references public.songs (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  primary key (user_id, song_id)
);
comment on table public.song_favorites is 'Favourites of a user; other users do not see them.';

create index song_favorites_user_id_created_at_song_id_idx on public.song_favorites (user_id, created_at desc, song_id desc);
create index song_favorites_song_id_idx on public.song_favorites (song_id);
create index song_favorites_created_at_idx on public.song_favorites (created_at desc);

create function private.delete_favorites_of_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.song_favorites f where f.user_id = new.id;
  return null;
end
$$;
comment on function private.delete_favorites_of_deleted_profile is 'Trigger: deletes a user''s favourites with the account.';

-- Favourites.

create function private.favorite_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  if not private.can_see_song(favorite_song.song_id) then
    perform private.raise_error('song_not_found', 'unable to favorite the song; there is no song with that id', 'Check the id.');
  end if;
  perform private.get_own_profile();
  insert into public.song_favorites (user_id, song_id) values (caller, favorite_song.song_id) on conflict do nothing;
exception
  when foreign_key_violation then
    -- Purged in between.
    perform private.raise_error('song_not_found', 'unable to favorite the song; there is no song with that id', 'Check the id.');
end
$$;

create function public.favorite_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.favorite_song(song_id)
$$;
comment on function public.favorite_song is 'Makes a song that the caller may see a favourite; doing so again changes nothing.';

create function private.unfavorite_song(song_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  delete from public.song_favorites f where f.user_id = caller and f.song_id = unfavorite_song.song_id;
end
$$;

create function public.unfavorite_song(song_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unfavorite_song(song_id)
$$;
comment on function public.unfavorite_song is 'Makes a song no favourite of the caller''s any more, if it was one.';

create function private.list_favorite_songs(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  caller uuid := private.require_user();
begin
  perform private.check_page_size('list the favorites', page_size, 200, 1);
  return query
    select to_jsonb(s) || jsonb_build_object('favorite_at', f.created_at)
    from public.song_favorites f
    join private.visible_summaries s on s.id = f.song_id
    where f.user_id = caller and (f.created_at, f.song_id) < (before_created_at, before_id)
    order by f.created_at desc, f.song_id desc
    limit page_size;
end
$$;

create function public.list_favorite_songs(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_favorite_songs(page_size, before_created_at, before_id)
$$;
comment on function public.list_favorite_songs is
  'The caller''s favourites that are still to be seen, the latest first; a page of at most 201 after a time and an id.';

create trigger profiles_delete_favorites
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.delete_favorites_of_deleted_profile();

alter table public.song_favorites enable row level security;

create policy "People see their own favourites"
on public.song_favorites
for select
to authenticated
using (user_id = (select auth.uid()));

revoke all on public.song_favorites from public, anon, authenticated, service_role;
grant select on public.song_favorites to service_role;
revoke execute on function
  private.delete_favorites_of_deleted_profile(),
  private.favorite_song(uuid),
  public.favorite_song(uuid),
  private.unfavorite_song(uuid),
  public.unfavorite_song(uuid),
  private.list_favorite_songs(integer, timestamptz, uuid),
  public.list_favorite_songs(integer, timestamptz, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.favorite_song(uuid),
  public.favorite_song(uuid),
  private.unfavorite_song(uuid),
  public.unfavorite_song(uuid),
  private.list_favorite_songs(integer, timestamptz, uuid),
  public.list_favorite_songs(integer, timestamptz, uuid)
to authenticated;
