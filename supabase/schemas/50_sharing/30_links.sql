-- Links. A link that does not open is answered by null, whatever the reason.

create function private.link_json(link private.share_links)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return private.target_json(link.target_kind, link.target_id) || jsonb_build_object(
    'id', link.id, 'role', link.role, 'created_by', private.person_json(link.created_by),
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

create function private.create_link(target_kind text, target_id uuid, role text, max_uses integer, expires_at timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  target private.targets;
  link private.share_links;
  token text;
begin
  perform private.check_target_kind(target_kind, 'make the link');
  perform private.check_share('make the link', role, null, expires_at);
  if role = 'admin' or max_uses not between 1 and 100000 then
    perform private.raise_error('invalid_input', 'unable to make the link; it gives view or edit, to 1 to 100,000 people',
      'Correct the named field.', jsonb_build_object('field', case role when 'admin' then 'role' else 'max_uses' end));
  end if;
  perform private.take_token(caller, 'invite');
  perform private.get_own_profile();
  perform private.hold_people(array[caller], 'user_id');
  target := private.lock_target(target_kind, target_id, 'make a link to', '{admin,owner}');
  if (select count(*) from private.share_links l
    where l.target_kind = target.kind and l.target_id = target.id and l.revoked_at is null and (l.expires_at is null or l.expires_at > clock_timestamp())) >= private.at_most('share_links')
  then
    perform private.raise_error('invalid_input', format('unable to make the link; a %s has at most %s that are open', target.kind, private.at_most('share_links')), 'Revoke one first.');
  end if;
  -- 244 random bits.
  token := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  insert into private.share_links (target_kind, target_id, created_by, token_hash, role, max_uses, expires_at)
  values (target.kind, target.id, caller, sha256(convert_to(token, 'UTF8')), role, max_uses, expires_at)
  returning * into link;
  return private.link_json(link) || jsonb_build_object('token', token);
end
$$;

create function public.create_link(
  target_id uuid,
  role text default 'view',
  max_uses integer default null,
  expires_at timestamptz default null,
  target_kind text default 'song'
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_link(target_kind, target_id, role, max_uses, expires_at)
$$;
comment on function public.create_link is
  'Creates a link that gives view or edit to users who open it while the target is not private; its token is in this answer and nowhere else.';

create function private.open_link(token text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  hash bytea;
  link private.share_links;
  target private.targets;
  mine text;
  before public.shares;
begin
  perform private.take_token(caller, 'open_link');
  perform private.get_own_profile();
  perform private.hold_people(array[caller], 'user_id');
  hash := sha256(convert_to(left(coalesce(token, ''), 200), 'UTF8'));
  select l.* into link from private.share_links l where l.token_hash = hash;
  target := private.hold_target(link.target_kind, link.target_id);
  -- Read again now that no other transaction can open or revoke it.
  select l.* into link
  from private.share_links l
  where l.token_hash = hash
    and l.target_id = target.id
    and l.revoked_at is null
    and (l.expires_at is null or l.expires_at > clock_timestamp())
    and target.visibility <> 'private'
  for update;
  if target.id is null then
    return private.open_offer(hash, caller);
  end if;
  if link.id is null
    or private.role_rank(link.role) >= coalesce(private.role_rank(private.role_of(target.kind, target.id, link.created_by)), 0)
    or private.are_blocked(caller, array[target.created_by, link.created_by])
  then
    return null;
  end if;
  mine := private.role_in(target.kind, target.id);
  if private.role_rank(mine) >= private.role_rank(link.role) then
    return private.target_json(target.kind, target.id) || jsonb_build_object('role', mine);
  end if;

  select h.* into before from public.shares h where h.link_id = link.id and h.shared_with = caller order by h.created_at desc limit 1;
  -- A user who was removed cannot come back by the same link; a user who left can, and counts once.
  if before.end_reason = 'revoked' or (before.id is null and link.use_count >= link.max_uses) then
    return null;
  end if;
  insert into public.shares (target_kind, target_id, kind, shared_by, recipient_id, link_id, role, target_created_at, accepted_at, expires_at)
  values (target.kind, target.id, 'link', link.created_by, caller, link.id, link.role, target.created_at, clock_timestamp(), link.expires_at);
  if before.id is null then
    update private.share_links l set use_count = l.use_count + 1 where l.id = link.id;
  end if;
  return private.target_json(target.kind, target.id) || jsonb_build_object('role', link.role);
end
$$;

create function public.open_link(token text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.open_link(token)
$$;
comment on function public.open_link is
  'Takes the role that a link gives: the target''s id and the caller''s role, or null for every link that does not open, whatever the reason.';

create function private.list_links(target_kind text, target_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_sharer(target_kind, target_id, 'list the links');
  return query
    select private.link_json(l)
    from private.share_links l
    where l.target_kind = list_links.target_kind and l.target_id = list_links.target_id
    order by l.created_at desc, l.id desc
    limit 200;
end
$$;

create function public.list_links(target_id uuid, target_kind text default 'song')
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_links(target_kind, target_id)
$$;
comment on function public.list_links is 'For the owner and admins: the latest 200 links of a target, closed ones too, without their tokens.';

create function private.revoke_link(link_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.hold_account();
  link private.share_links;
begin
  select l.* into link from private.share_links l where l.id = link_id;
  if coalesce(private.role_rank(private.role_in(link.target_kind, link.target_id)), 0) < 3 then
    perform private.raise_error('link_not_found', 'unable to revoke the link; there is none with that id', 'Check the id.');
  end if;
  perform private.hold_people(array[caller], 'user_id');
  perform private.lock_target(link.target_kind, link.target_id, 'revoke a link to', '{admin,owner}');
  update public.shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'link_revoked'
  where h.link_id = link.id and h.ended_at is null;
  update private.share_links l set revoked_at = clock_timestamp() where l.id = link.id and l.revoked_at is null;
  perform private.end_lost_watches(link.target_kind, link.target_id);
end
$$;

create function public.revoke_link(link_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.revoke_link(link_id)
$$;
comment on function public.revoke_link is 'Closes a link and ends what it gave, from the next query on; doing so again changes nothing.';

revoke execute on function
  private.link_json(private.share_links),
  private.create_link(text, uuid, text, integer, timestamptz),
  private.open_link(text),
  private.list_links(text, uuid),
  private.revoke_link(uuid),
  public.create_link(uuid, text, integer, timestamptz, text),
  public.open_link(text),
  public.list_links(uuid, text),
  public.revoke_link(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.create_link(text, uuid, text, integer, timestamptz),
  private.open_link(text),
  private.list_links(text, uuid),
  private.revoke_link(uuid),
  public.create_link(uuid, text, integer, timestamptz, text),
  public.open_link(text),
  public.list_links(uuid, text),
  public.revoke_link(uuid)
to authenticated;
