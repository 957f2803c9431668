-- Sharing a setlist can offer its songs too: as ordinary shares, which are accepted or declined together with the setlist's.

create function private.offer_songs_with(share public.shares)
returns integer
language plpgsql
set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
  offered integer;
begin
  -- Only songs that the caller may share, and which the recipient does not own or have already.
  perform
  from public.songs s
  where s.id in (select e.song_id from public.setlist_entries e where e.setlist_id = share.target_id)
  order by s.id
  for no key update;
  -- A share that has expired does not stand in the way.
  update public.shares h
  set ended_at = h.expires_at, end_reason = 'expired'
  where h.target_kind = 'song' and h.target_id in (select e.song_id from public.setlist_entries e where e.setlist_id = share.target_id)
    and h.ended_at is null and h.expires_at <= clock_timestamp()
    and (h.shared_with = share.shared_with or h.circle_id = share.circle_id or (h.shared_by = caller and h.invited_email = share.invited_email));
  insert into public.shares (
    target_kind, target_id, kind, shared_by, recipient_kind, recipient_id, invited_email, role, target_created_at, expires_at, came_with, accepted_at
  )
  select 'song', s.id, share.kind, caller, share.recipient_kind, share.recipient_id, share.invited_email, 'view', s.created_at, share.expires_at,
    share.id, case when share.kind = 'circle' then clock_timestamp() end
  from public.songs s
  where s.id in (select e.song_id from public.setlist_entries e where e.setlist_id = share.target_id)
    and s.deleted_at is null
    and private.role_rank(private.role_in('song', s.id)) >= 3
    and not exists (
      select
      from public.shares h
      where h.target_kind = 'song' and h.target_id = s.id and h.ended_at is null
        and (h.shared_with = share.shared_with or h.circle_id = share.circle_id or (h.shared_by = caller and h.invited_email = share.invited_email))
    )
    and s.created_by is distinct from share.shared_with
  on conflict do nothing;
  get diagnostics offered = row_count;
  return offered;
end
$$;
comment on function private.offer_songs_with is 'Offers the songs of a setlist that the caller may share with the recipient of its share; answers how many.';

create function private.answer_songs_with(share public.shares, is_accepted boolean)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform
  from public.songs s
  where s.id in (select h.song_id from public.shares h where h.came_with = share.id)
  order by s.id
  for no key update;
  update public.shares h
  set recipient_id = share.recipient_id,
    accepted_at = case when is_accepted then clock_timestamp() end,
    ended_at = case when not is_accepted then clock_timestamp() end,
    ended_by = case when not is_accepted then share.recipient_id end,
    end_reason = case when not is_accepted then 'declined' end
  where h.came_with = share.id
    and h.accepted_at is null
    and h.ended_at is null
    and (not is_accepted or private.offer_stands(h))
    and not exists (select from public.songs s where s.id = h.song_id and s.created_by = share.recipient_id);
end
$$;
comment on function private.answer_songs_with is 'Accepts or declines the pending songs that were offered with a setlist.';

create function private.revoke_songs_with(share public.shares, caller uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform
  from public.songs s
  where s.id in (select h.song_id from public.shares h where h.came_with = share.id)
  order by s.id
  for no key update;
  update public.shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'revoked'
  where h.came_with = share.id and h.accepted_at is null and h.ended_at is null;
end
$$;
comment on function private.revoke_songs_with is 'Takes back the pending songs of a setlist whose offer is taken back; one that was accepted by itself stays.';

revoke execute on function
  private.revoke_songs_with(public.shares, uuid),
  private.offer_songs_with(public.shares),
  private.answer_songs_with(public.shares, boolean)
from public, anon, authenticated, service_role;
