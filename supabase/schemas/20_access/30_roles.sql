-- Who has which role in a song, and who sees it.
--
-- A share is in force when it was accepted, has not ended and has not expired. private.shares_in_force is the one definition. It
-- is
-- read at each query, so what ends has ended at the next one.

create type private.song_key as (
  id uuid,
  popularity double precision,
  title_words text,
  artist_words text,
  chord_set bigint
);
comment on type private.song_key is 'What a search asks of a song that is shared with the caller, so that it is read once.';

create view private.shares_in_force as
select h.song_id, h.shared_with as user_id, h.kind, h.role, h.song_created_at
from public.song_shares h
where h.ended_at is null and h.accepted_at is not null and (h.expires_at is null or h.expires_at > now());
comment on view private.shares_in_force is 'The shares that count now, those of links as long as their song is not private.';

-- A look-up by index for each song that is neither public nor the caller's own. Unlike "exists" or "in", this scalar form is never
-- planned as a hash of all shares of the caller. It repeats the rule of private.song_grants about links, with the song at hand in
-- place of a join, which would double the time.
create view private.visible_songs as
select s.*
from public.songs s
where s.deleted_at is null
  and (
    s.visibility = 'public'
    or s.created_by = (select auth.uid())
    or (
      select true
      from private.shares_in_force f
      where f.song_id = s.id and f.user_id = (select auth.uid()) and (f.kind <> 'link' or s.visibility <> 'private')
      limit 1
    )
  );
comment on view private.visible_songs is 'The songs that the caller may see: what can_see_song, pages of lists and the policy of songs stand on.';

create function private.can_see_song(song_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (select from private.visible_songs s where s.id = can_see_song.song_id);
end
$$;
comment on function private.can_see_song is 'Whether the caller may see a song: a public one, or one with a role; what the policies ask last.';

create view private.song_grants as
select f.song_id, f.user_id, f.role, f.song_created_at, s.created_by, s.visibility, s.deleted_at, s.popularity, s.title_words,
  s.artist_words, s.chord_set
from private.shares_in_force f
join public.songs s on s.id = f.song_id
-- Holders of a link see a song as long as it is not private.
where f.kind <> 'link' or s.visibility <> 'private';
comment on view private.song_grants is 'Who has which role by a share: the one definition behind every list, search and delivery.';

create function private.role_rank(role text)
returns integer
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return array_position('{view,edit,admin,owner}'::text[], role);
end
$$;
comment on function private.role_rank is 'view 1, edit 2, admin 3, owner 4: each may what those below may.';

create function private.song_role_of(song_id uuid, person uuid)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select case
      when s.created_by = person then 'owner'
      else (
        select g.role
        from private.song_grants g
        where g.song_id = s.id and g.user_id = person
        order by private.role_rank(g.role) desc
        limit 1
      )
    end
    from public.songs s
    where s.id = song_role_of.song_id and s.deleted_at is null
  );
end
$$;
comment on function private.song_role_of is 'The role of a person in a song now: owner, admin, edit, view or null. That a song is public gives no role.';

create function private.song_role(song_id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return private.song_role_of(song_id, auth.uid());
end
$$;
comment on function private.song_role is 'The caller''s role in a song.';

create function public.song_role(song_id uuid)
returns text
language sql
stable
set search_path = ''
as $$
  select private.song_role(song_id)
$$;
comment on function public.song_role is 'The caller''s role in a song: owner, admin, edit, view, or null. A public song gives none by being public.';

create function private.may_edit_song(song_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return coalesce(private.role_rank(private.song_role(song_id)) >= 2, false);
end
$$;
comment on function private.may_edit_song is 'Whether the caller may change a song and see its history.';

create function private.lock_song(song_id uuid, operation text, allowed text[])
returns public.songs
language plpgsql
set search_path = ''
as $$
declare
  song public.songs;
  mine text;
begin
  select s.* into song from public.songs s where s.id = lock_song.song_id and s.deleted_at is null for no key update;
  -- Asked after the lock, so that what ended while we waited has ended.
  mine := private.song_role(song_id);
  if song.id is null or mine is null then
    perform private.raise_error('song_not_found', format('unable to %s the song; there is none with that id that you have a role in', operation),
      'Check the id.');
  elsif mine <> all (allowed) then
    perform private.raise_error('forbidden', format('unable to %s the song; that is not for the role %s', operation, mine),
      'Ask the owner for another role.');
  end if;
  return song;
end
$$;
comment on function private.lock_song is 'Holds a song in which the caller has one of the roles; raises song_not_found without any, forbidden with another.';

create policy "Visitors see the chords of public songs"
on public.song_chords
for select
to anon
using (private.can_see_song(song_id));

create policy "People see the chords of songs they see"
on public.song_chords
for select
to authenticated
using (private.can_see_song(song_id));

create policy "People see public songs, their own and those shared with them"
on public.songs
for select
to authenticated
using (
  deleted_at is null
  and (
    visibility = 'public'
    or created_by = (select auth.uid())
    or private.can_see_song(id)
  )
);

revoke all on private.shares_in_force, private.song_grants, private.visible_songs from public, anon, authenticated, service_role;
revoke execute on function
  private.can_see_song(uuid),
  private.role_rank(text),
  private.song_role_of(uuid, uuid),
  private.song_role(uuid),
  private.may_edit_song(uuid),
  private.lock_song(uuid, text, text[]),
  public.song_role(uuid)
from public, anon, authenticated, service_role;
grant execute on function private.can_see_song(uuid) to anon, authenticated, service_role;
grant execute on function
  private.song_role(uuid),
  private.may_edit_song(uuid),
  public.song_role(uuid)
to authenticated;
