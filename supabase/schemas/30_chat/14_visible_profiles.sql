-- Who sees which profile: all users a listed one; an unlisted one only users who share a conversation, a circle or a song with its user.

create function private.can_see_profile(person uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  caller uuid := auth.uid();
begin
  return exists (select from public.profiles p where p.id = person and (p.is_listed or p.id = caller))
    or private.is_moderator()
    or exists (
      select
      from public.conversation_participants mine
      join public.conversation_participants theirs on theirs.conversation_id = mine.conversation_id and theirs.user_id = person
      where mine.user_id = caller and mine.left_at is null
    )
    or exists (
      select
      from public.circle_members mine
      join public.circle_members theirs on theirs.circle_id = mine.circle_id and theirs.user_id = person
      where mine.user_id = caller
    )
    -- Who is in a circle its members know, and nobody with whom one of its songs is shared besides.
    or exists (select from private.song_grants g where g.user_id = person and g.created_by = caller and g.deleted_at is null and g.kind <> 'circle')
    or exists (select from private.song_grants g where g.user_id = caller and g.created_by = person and g.deleted_at is null)
    or exists (
      select
      from private.shares_in_force mine
      join public.songs s on s.id = mine.target_id and s.deleted_at is null
      join private.shares_in_force theirs on theirs.target_kind = 'song' and theirs.target_id = mine.target_id and theirs.user_id = person
      -- Who has a link learns of the owner alone.
      where mine.target_kind = 'song' and mine.user_id = caller and not array[mine.kind, theirs.kind] && '{link,circle}'
    );
end
$$;
comment on function private.can_see_profile is
  'Whether the caller sees a profile: a listed one, their own, one of a user with whom they share a conversation, a circle or a song; moderators see all.';

revoke execute on function private.can_see_profile(uuid) from public, anon, authenticated, service_role;
