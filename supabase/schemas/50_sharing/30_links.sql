-- Links to songs. A link that does not open is answered by null, whatever the reason.

create function private.link_json(link private.song_links)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', link.id, 'song_id', link.song_id, 'role', link.role, 'created_by', private.person_json(link.created_by),
    'state', case
      when link.revoked_at is not null then 'revoked'
      when link.expires_at <= now() then 'expired'
      when link.use_count >= link.max_uses then 'used_up'
      else 'open'
    end,
    'max_uses', link.max_uses, 'use_count', link.use_count, 'created_at', link.created_at, 'expires_at', link.expires_at);
end
$$;
comment on function private.link_json is 'A link as the owner and admins see it: without its token, which cannot be read again.';

create function private.create_song_link(song_id uuid, role text, max_uses integer, expires_at timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  song public.songs;
  link private.song_links;
  token text;
begin
  perform private.check_share('make the link', role, null, expires_at);
  if role = 'admin' or max_uses not between 1 and 100000 then
    perform private.raise_error('invalid_input', 'unable to make the link; it gives view or edit, to 1 to 100,000 people',
      'Correct the named field.', jsonb_build_object('field', case role when 'admin' then 'role' else 'max_uses' end));
  end if;
  perform private.take_token(caller, 'invite');
  perform private.get_own_profile();
  perform private.hold_people(array[caller], 'user_id');
  song := private.lock_song(song_id, 'make a link to', '{admin,owner}');
  if (select count(*) from private.song_links l
    where l.song_id = song.id and l.revoked_at is null and (l.expires_at is null or l.expires_at > clock_timestamp())) >= private.at_most('song_links')
  then
    perform private.raise_error('invalid_input', format('unable to make the link; a song has at most %s that are open', private.at_most('song_links')), 'Revoke one first.');
  end if;
  -- 244 random bits.
  token := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  insert into private.song_links (song_id, created_by, token_hash, role, max_uses, expires_at)
  values (song.id, caller, sha256(convert_to(token, 'UTF8')), role, max_uses, expires_at)
  returning * into link;
  return private.link_json(link) || jsonb_build_object('token', token);
end
$$;

create function public.create_song_link(song_id uuid, role text default 'view', max_uses integer default null, expires_at timestamptz default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_song_link(song_id, role, max_uses, expires_at)
$$;
comment on function public.create_song_link is
  'Creates a link that gives view or edit to users who open it while the song is not private; its token is in this answer and nowhere else.';

create function private.open_song_link(token text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  hash bytea;
  link private.song_links;
  song public.songs;
  mine text;
  before public.song_shares;
begin
  perform private.take_token(caller, 'open_link');
  perform private.get_own_profile();
  perform private.hold_people(array[caller], 'user_id');
  hash := sha256(convert_to(left(coalesce(token, ''), 200), 'UTF8'));
  select s.* into song
  from private.song_links l
  join public.songs s on s.id = l.song_id
  where l.token_hash = hash and s.deleted_at is null
  for no key update of s;
  -- Read again now that no other transaction can open or revoke it.
  select l.* into link
  from private.song_links l
  where l.token_hash = hash
    and l.song_id = song.id
    and l.revoked_at is null
    and (l.expires_at is null or l.expires_at > clock_timestamp())
    and song.visibility <> 'private'
  for update;
  if song.id is null then
    return private.open_offer(hash, caller);
  end if;
  if link.id is null
    or private.role_rank(link.role) >= coalesce(private.role_rank(private.song_role_of(song.id, link.created_by)), 0)
    or private.are_blocked(caller, array[song.created_by, link.created_by])
  then
    return null;
  end if;
  mine := private.song_role(song.id);
  if private.role_rank(mine) >= private.role_rank(link.role) then
    return jsonb_build_object('song_id', song.id, 'role', mine);
  end if;

  select h.* into before from public.song_shares h where h.link_id = link.id and h.shared_with = caller order by h.created_at desc limit 1;
  -- A user who was removed cannot come back by the same link; a user who left can, and counts once.
  if before.end_reason = 'revoked' or (before.id is null and link.use_count >= link.max_uses) then
    return null;
  end if;
  insert into public.song_shares (song_id, kind, shared_by, shared_with, link_id, role, song_created_at, accepted_at, expires_at)
  values (song.id, 'link', link.created_by, caller, link.id, link.role, song.created_at, clock_timestamp(), link.expires_at);
  if before.id is null then
    update private.song_links l set use_count = l.use_count + 1 where l.id = link.id;
  end if;
  return jsonb_build_object('song_id', song.id, 'role', link.role);
end
$$;

create function public.open_song_link(token text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.open_song_link(token)
$$;
comment on function public.open_song_link is
  'Takes the role that a link gives: the song''s id and the caller''s role, or null for every link that does not open, whatever the reason.';

create function private.list_song_links(song_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_user();
  if coalesce(private.role_rank(private.song_role(song_id)), 0) < 3 then
    perform private.raise_error(case when private.song_role(song_id) is null then 'song_not_found' else 'forbidden' end,
      'unable to list the links; that is for the owner and admins', 'Check the id.');
  end if;
  return query
    select private.link_json(l)
    from private.song_links l
    where l.song_id = list_song_links.song_id
    order by l.created_at desc, l.id desc
    limit 200;
end
$$;

create function public.list_song_links(song_id uuid)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_song_links(song_id)
$$;
comment on function public.list_song_links is 'For the owner and admins: the latest 200 links of a song, closed ones too, without their tokens.';

create function private.revoke_song_link(link_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  link private.song_links;
begin
  select l.* into link from private.song_links l where l.id = link_id;
  if coalesce(private.role_rank(private.song_role(link.song_id)), 0) < 3 then
    perform private.raise_error('link_not_found', 'unable to revoke the link; there is none with that id', 'Check the id.');
  end if;
  perform private.hold_people(array[caller], 'user_id');
  perform private.lock_song(link.song_id, 'revoke a link to', '{admin,owner}');
  update public.song_shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'link_revoked'
  where h.link_id = link.id and h.ended_at is null;
  update private.song_links l set revoked_at = clock_timestamp() where l.id = link.id and l.revoked_at is null;
  perform private.end_lost_watches(link.song_id);
end
$$;

create function public.revoke_song_link(link_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.revoke_song_link(link_id)
$$;
comment on function public.revoke_song_link is 'Closes a link and ends what it gave, from the next query on; doing so again changes nothing.';

revoke execute on function
  private.link_json(private.song_links),
  private.create_song_link(uuid, text, integer, timestamptz),
  private.open_song_link(text),
  private.list_song_links(uuid),
  private.revoke_song_link(uuid),
  public.create_song_link(uuid, text, integer, timestamptz),
  public.open_song_link(text),
  public.list_song_links(uuid),
  public.revoke_song_link(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.create_song_link(uuid, text, integer, timestamptz),
  private.open_song_link(text),
  private.list_song_links(uuid),
  private.revoke_song_link(uuid),
  public.create_song_link(uuid, text, integer, timestamptz),
  public.open_song_link(text),
  public.list_song_links(uuid),
  public.revoke_song_link(uuid)
to authenticated;
