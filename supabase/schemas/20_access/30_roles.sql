-- Who has which role in a target, and who sees it.
--
-- A share is in force when it was accepted, has not ended and has not expired. private.shares_in_force is the one definition, and
-- private.role_of the one that every role comes from. They are read at each query, so what ends has ended at the next one.

create type private.song_key as (
  id uuid,
  popularity double precision,
  title_words text,
  artist_words text,
  chord_set bigint
);
comment on type private.song_key is 'What a search asks of a song that is shared with the caller, so that it is read once.';

create view private.shares_in_force as
select h.target_kind, h.target_id, h.shared_with as user_id, h.kind, h.role, h.target_created_at
from public.shares h
where h.circle_id is null and h.ended_at is null and h.accepted_at is not null and (h.expires_at is null or h.expires_at > now())
union all
-- A share with a circle is one for each of its members at this moment.
select h.target_kind, h.target_id, m.user_id, h.kind, h.role, h.target_created_at
from public.circle_members m
join public.shares h on h.circle_id = m.circle_id
where h.ended_at is null and (h.expires_at is null or h.expires_at > now());
comment on view private.shares_in_force is
  'The shares that count now, for each user whom they give a role; those of links as long as their target is not private.';

-- A look-up by index for each song that is neither public nor the caller's own. Unlike "exists" or "in", this scalar form is never
-- planned as a hash of all shares of the caller. It repeats the rule of private.role_of about links, with the song at hand in
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
      where f.target_kind = 'song' and f.target_id = s.id and f.user_id = (select auth.uid()) and (f.kind <> 'link' or s.visibility <> 'private')
      limit 1
    )
  );
comment on view private.visible_songs is 'The songs that the caller may see: what can_see_song, pages of lists and the policy of songs stand on.';

create view private.visible_summaries as
select
  s.id, s.title, s.artist, s.album, s.key, s.tempo, s.time_signature, s.capo_fret, s.genre, s.style, s.language, s.year,
  s.duration_seconds, s.difficulty_level, s.visibility, s.created_by, s.version, s.created_at, s.updated_at
from private.visible_songs s;
comment on view private.visible_summaries is 'What lists show of the songs that the caller may see: the columns of public.song_summary in their order.';

create view private.visible_details as
select
  s.id, s.title, s.artist, s.album, s.content, s.lyrics, s.chords, s.key, s.tempo, s.time_signature, s.capo_fret, s.genre, s.style,
  s.language, s.year, s.duration_seconds, s.difficulty_level, s.source_url, s.source_type, s.visibility, s.created_by,
  s.chordpro_metadata, s.metadata, s.version, s.created_at, s.updated_at
from private.visible_songs s;
comment on view private.visible_details is 'Whole songs that the caller may see: the columns of public.song_details in their order.';

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
select s.id as song_id, f.user_id, f.kind, f.role, f.target_created_at as song_created_at, s.created_by, s.visibility, s.deleted_at, s.popularity, s.title_words,
  s.artist_words, s.chord_set
from private.shares_in_force f
join public.songs s on f.target_kind = 'song' and s.id = f.target_id
-- Holders of a link see a song as long as it is not private.
where f.kind <> 'link' or s.visibility <> 'private';
comment on view private.song_grants is 'Who has which role in a song by a share, as lists and searches of songs read it.';

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

create function private.role_of(target_kind text, target_id uuid, person uuid, with_trash boolean default false)
returns text
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select case
      when t.created_by = person then 'owner'
      when t.kind = 'circle' then (select m.role from public.circle_members m where m.circle_id = t.id and m.user_id = person)
      else (
        select f.role
        from private.shares_in_force f
        where f.target_kind = t.kind
          and f.target_id = t.id
          and f.user_id = person
          -- Holders of a link have its role as long as the target is not private.
          and (f.kind <> 'link' or t.visibility <> 'private')
        order by private.role_rank(f.role) desc
        limit 1
      )
    end
    from private.targets t
    where t.kind = role_of.target_kind and t.id = role_of.target_id and (t.deleted_at is null or with_trash)
  );
end
$$;
comment on function private.role_of is
  'The role of a person in a target now: owner, admin, edit, view or null; in a circle owner, admin, member or null. That it is public gives no role. Every role is read here.';

create function private.role_in(target_kind text, target_id uuid)
returns text
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return private.role_of(target_kind, target_id, auth.uid());
end
$$;
comment on function private.role_in is 'The caller''s role in a target.';

create function public.role_in(target_id uuid, target_kind text default 'song')
returns text
language sql
stable
set search_path = ''
as $$
  select private.role_in(target_kind, target_id)
$$;
comment on function public.role_in is 'The caller''s role in a song: owner, admin, edit, view, or null. A public song gives none by being public.';

create function private.may_edit_song(song_id uuid)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return coalesce(private.role_rank(private.role_in('song', song_id)) >= 2, false);
end
$$;
comment on function private.may_edit_song is 'Whether the caller may change a song and see its history.';

create function private.require_role(target_kind text, is_there boolean, mine text, operation text, allowed text[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not is_there or mine is null then
    perform private.raise_error(target_kind || '_not_found',
      format('unable to %s the %s; there is none with that id that you have a role in', operation, target_kind), 'Check the id.');
  elsif mine <> all (allowed) then
    perform private.raise_error('forbidden', format('unable to %s the %s; that is not for the role %s', operation, target_kind, mine),
      'Ask the owner for another role.');
  end if;
end
$$;
comment on function private.require_role is 'Raises <kind>_not_found without a role in a target, and forbidden with one that does not reach.';

create function private.lock_target(target_kind text, target_id uuid, operation text, allowed text[])
returns private.targets
language plpgsql
set search_path = ''
as $$
declare
  target private.targets := private.hold_target(target_kind, target_id);
begin
  -- Asked after the lock, so that what ended while we waited has ended.
  perform private.require_role(target_kind, target.id is not null, private.role_in(target_kind, target_id), operation, allowed);
  return target;
end
$$;
comment on function private.lock_target is 'Holds a target in which the caller has one of the roles; raises <kind>_not_found without any, forbidden with another.';

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
  mine := private.role_in('song', song_id);
  perform private.require_role('song', song.id is not null, mine, operation, allowed);
  return song;
end
$$;
comment on function private.lock_song is 'private.lock_target for what changes a song, with the whole row.';

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

revoke all on private.shares_in_force, private.song_grants, private.visible_songs, private.visible_summaries,
  private.visible_details from public, anon, authenticated, service_role;
revoke execute on function
  private.can_see_song(uuid),
  private.role_rank(text),
  private.role_of(text, uuid, uuid, boolean),
  private.role_in(text, uuid),
  private.may_edit_song(uuid),
  private.require_role(text, boolean, text, text, text[]),
  private.lock_target(text, uuid, text, text[]),
  private.lock_song(uuid, text, text[]),
  public.role_in(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function private.can_see_song(uuid) to anon, authenticated, service_role;
grant execute on function
  private.role_in(text, uuid),
  private.may_edit_song(uuid),
  public.role_in(uuid, text)
to authenticated;
