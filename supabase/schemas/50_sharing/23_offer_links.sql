-- Links to offers by e-mail, for a server of the app to send to the address.

create table private.offer_links (
  share_id uuid primary key references public.shares (id) on delete cascade,
  token_hash bytea not null unique,
  created_at timestamptz not null default clock_timestamp()
);
comment on table private.offer_links is 'Links that a server sent to the address of an offer; the user who opens one accepts the offer.';
comment on column private.offer_links.token_hash is 'SHA-256 of the token, which is returned once and not stored.';

create function private.create_offer_link(share_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  share public.shares;
  token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  select h.* into share from public.shares h where h.id = create_offer_link.share_id for share;
  if share.kind is distinct from 'email' or not private.offer_stands(share) then
    perform private.raise_error('share_not_found', 'unable to make the link; there is no offer by e-mail with that id that can be accepted',
      'Use the id of a pending share to an address.');
  end if;
  insert into private.offer_links as l (share_id, token_hash)
  values (share.id, sha256(convert_to(token, 'UTF8')))
  on conflict on constraint offer_links_pkey do update set token_hash = excluded.token_hash, created_at = excluded.created_at;
  return token;
end
$$;

create function public.create_offer_link(share_id uuid)
returns text
language sql
set search_path = ''
as $$
  select private.create_offer_link(share_id)
$$;
comment on function public.create_offer_link is
  'For the service: a token for one offer by e-mail, to be sent to its address; open_link accepts the offer with it. A new one ends the last.';

create function private.open_offer(hash bytea, caller uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  offered uuid;
  target private.targets;
  share public.shares;
begin
  select l.share_id into offered from private.offer_links l where l.token_hash = hash;
  select h.* into share from public.shares h where h.id = offered;
  target := private.hold_target(share.target_kind, share.target_id);
  -- Read again now that no other transaction can accept or revoke it.
  select h.* into share
  from public.shares h
  join private.offer_links l on l.share_id = h.id
  where h.id = offered and h.target_id = target.id and h.shared_by <> caller and l.token_hash = hash
  for update of h;
  if share.id is null or target.created_by = caller or private.are_blocked(caller, array[share.shared_by]) or not private.offer_stands(share) then
    return null;
  end if;
  -- A user who had found it by the address loses it.
  delete from public.notices n where n.user_id = share.shared_with and n.user_id <> caller and n.kind = 'share_offered'
    and n.data ->> 'subject_id' = share.id::text;
  update public.shares h set recipient_id = caller, accepted_at = clock_timestamp() where h.id = share.id returning h.* into share;
  perform private.answer_songs_with(share, true);
  delete from private.offer_links l where l.share_id = share.id;
  perform private.notify(share.shared_by, 'share_accepted', target, caller, jsonb_build_object('role', share.role, 'subject_id', share.id));
  return private.target_json(target.kind, target.id) || jsonb_build_object('role', private.role_of(target.kind, target.id, caller));
end
$$;
comment on function private.open_offer is 'Accepts the offer that a token is for; null when it opens nothing.';

revoke all on private.offer_links from public, anon, authenticated, service_role;
revoke execute on function
  private.create_offer_link(uuid),
  public.create_offer_link(uuid),
  private.open_offer(bytea, uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.create_offer_link(uuid),
  public.create_offer_link(uuid)
to service_role;
