-- The calls that share, accept, decline and revoke.

create function private.account_of_address(address text, sender uuid)
returns uuid
language plpgsql
set search_path = ''
as $$
declare
  found_id uuid;
begin
  -- Who has the address is looked up and never shown. Without an account, or after a block, the invitation waits.
  select u.id into found_id
  from auth.users u
  where u.email = address and private.confirmed_address(u.id) = address
  order by u.created_at
  limit 1;
  perform from public.profiles p
  where p.id = found_id and p.user_id is not null and not private.are_blocked(sender, array[found_id])
  for share;
  return case when found then found_id end;
end
$$;
comment on function private.account_of_address is 'The account that a share to an address is for, held; null when the share has to wait.';

create function private.shares_to_change(song_id uuid, sender uuid, user_id uuid, address text)
returns uuid[]
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  found_ids uuid[];
begin
  found_ids := array(
    select h.id
    from public.song_shares h
    where h.song_id = song_id and h.ended_at is null
      and (
        (h.shared_with = user_id and (h.kind = 'person' or (h.kind = 'email' and h.accepted_at is not null)))
        or (h.kind = 'email' and h.shared_by = sender and h.invited_email = address)
      )
    for update
  );
  -- A share that has expired does not stand in the way.
  update public.song_shares h
  set ended_at = h.expires_at, end_reason = 'expired'
  where h.id = any (found_ids) and h.expires_at <= clock_timestamp();
  return array(select h.id from public.song_shares h where h.id = any (found_ids) and h.ended_at is null);
end
$$;
comment on function private.shares_to_change is
  'The shares in force that sharing again changes, held: with a user also what was offered to an address and accepted, because by then it is known whose it is.';

create function private.share_song(song_id uuid, role text, user_id uuid, email text, message text, expires_at timestamptz)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  address text := lower(btrim(email));
  target uuid := user_id;
  song public.songs;
  share public.song_shares;
  again uuid[];
  highest text;
begin
  perform private.check_share('share the song', role, message, expires_at);
  if (user_id is null) = (email is null) or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to share the song; it takes one other person, by id or by address',
      'Name another user.', jsonb_build_object('field', case when email is null then 'user_id' else 'email' end));
  end if;
  if address is not null and (char_length(address) > 320 or address !~ E'^[^\\s@[:cntrl:]]+@[^\\s@[:cntrl:]]+\\.[^\\s@[:cntrl:]]+$')
    or address = (select lower(u.email) from auth.users u where u.id = caller)
  then
    perform private.raise_error('invalid_input', 'unable to share the song; the address is your own', 'Correct the address.',
      '{"field": "email"}');
  end if;
  perform private.take_token(caller, 'invite');
  perform private.get_own_profile();
  perform private.hold_people(array_remove(array[caller, user_id], null), 'user_id');
  if user_id is not null then
    perform private.require_unblocked(caller, array[user_id], 'unable to share the song; one of you blocked the other');
  else
    target := private.account_of_address(address, caller);
  end if;

  song := private.lock_song(song_id, 'share', '{admin,owner}');
  perform private.require_below(role, private.song_role(song_id), 'share the song');
  if target = song.created_by then
    if user_id is not null then
      perform private.raise_error('invalid_input', 'unable to share the song; that user owns it', 'Name another user.',
        '{"field": "user_id"}');
    end if;
    target := null;
  end if;

  again := private.shares_to_change(song.id, caller, user_id, address);
  if again <> '{}' then
    select h.role into highest from public.song_shares h where h.id = any (again) order by private.role_rank(h.role) desc limit 1;
    perform private.require_below(highest, private.song_role(song_id), 'share the song');
    update public.song_shares h
    set role = share_song.role, expires_at = share_song.expires_at,
      -- An offer is now the caller's; a message never shows under another sender.
      shared_by = case when h.accepted_at is null then caller else h.shared_by end,
      message = case
        when h.shared_by = caller then coalesce(share_song.message, h.message)
        when h.accepted_at is null then share_song.message
        else h.message
      end
    where h.id = any (again);
    -- What the person has, if they have two.
    select h.* into share from public.song_shares h where h.id = any (again) order by h.accepted_at nulls last limit 1;
    if share.accepted_at is not null then
      perform private.notify(share.shared_with, 'share_changed', song, caller, jsonb_build_object('role', role, 'subject_id', share.id));
    end if;
  else
    insert into public.song_shares (song_id, kind, shared_by, shared_with, invited_email, role, message, song_created_at, expires_at)
    values (song.id, case when address is null then 'person' else 'email' end, caller, target, address, role, message, song.created_at,
      expires_at)
    returning * into share;
    if share.shared_with is not null then
      perform private.notify_offer(share);
    end if;
  end if;
  perform private.end_lost_watches(song.id);
  return private.share_json(share, caller);
end
$$;

create function public.share_song(
  song_id uuid,
  role text,
  user_id uuid default null,
  email text default null,
  message text default null,
  expires_at timestamptz default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.share_song(song_id, role, user_id, email, message, expires_at)
$$;
comment on function public.share_song is
  'Offers a role in a song to a person or an address; doing so again changes the role. Never tells whether an address has an account.';

create function private.accept_song_share(share_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  share public.song_shares := private.find_offer(share_id, caller);
begin
  if share.accepted_at is not null then
    -- Of a song that has become private since it was opened by a link, notices say nothing more.
    if share.kind = 'link' and private.song_role_of(share.song_id, caller) is null then
      perform private.raise_share_not_found();
    end if;
  else
    if not private.offer_stands(share) then
      perform private.raise_share_not_found();
    end if;
    update public.song_shares h set accepted_at = clock_timestamp() where h.id = share.id returning h.* into share;
    perform private.notify(share.shared_by, 'share_accepted', s, caller, jsonb_build_object('role', share.role, 'subject_id', share.id))
    from public.songs s
    where s.id = share.song_id;
  end if;
  return private.share_json(share, caller);
end
$$;

create function public.accept_song_share(share_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.accept_song_share(share_id)
$$;
comment on function public.accept_song_share is 'Accepts a share that was offered to the caller; accepting again changes nothing.';

create function private.decline_song_share(share_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  share public.song_shares := private.find_offer(share_id, caller);
  was_pending boolean := share.accepted_at is null;
begin
  update public.song_shares h
  set ended_at = clock_timestamp(), ended_by = caller, end_reason = case when was_pending then 'declined' else 'left' end
  where h.id = share.id;
  perform private.end_lost_watches(share.song_id);
  -- A sender who has no role any more hears nothing of the song.
  if share.kind <> 'link' and private.song_role_of(share.song_id, share.shared_by) is not null then
    perform private.notify(share.shared_by, case when was_pending then 'share_declined' else 'share_left' end, s,
      case when share.kind = 'person' or not was_pending then caller end,
      jsonb_build_object('role', share.role, 'subject_id', share.id))
    from public.songs s
    where s.id = share.song_id;
  end if;
end
$$;

create function public.decline_song_share(share_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.decline_song_share(share_id)
$$;
comment on function public.decline_song_share is 'Declines a share that was offered to the caller, or gives back one that was accepted.';

create function private.revoke_song_share(share_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
  share public.song_shares;
  song public.songs;
  sees_it boolean;
begin
  select h.* into share from public.song_shares h where h.id = share_id;
  if coalesce(private.role_rank(private.song_role(share.song_id)), 0) < 3 then
    perform private.raise_share_not_found();
  end if;
  perform private.hold_people(array[caller], 'user_id');
  song := private.lock_song(share.song_id, 'revoke a share of', '{admin,owner}');
  select h.* into share from public.song_shares h where h.id = share_id for update;
  perform private.require_below(share.role, private.song_role(song.id), 'revoke the share');
  if share.ended_at is null then
    -- Whose share ran out, whose offer is void, or whose link leads to a song that is private learns not even the present title.
    sees_it := private.offer_stands(share) or private.song_role_of(song.id, share.shared_with) is not null;
    update public.song_shares h set ended_at = clock_timestamp(), ended_by = caller, end_reason = 'revoked' where h.id = share.id;
    perform private.end_lost_watches(song.id);
    if share.shared_with is not null and sees_it then
      perform private.notify(share.shared_with, 'share_revoked', song, caller,
        jsonb_build_object('role', share.role, 'subject_id', share.id)
        || case when share.accepted_at is null then '{"pending": true}' else '{}' end::jsonb);
    end if;
  end if;
  -- By another share or a link. A recipient who was invited by address and has not accepted is not revealed.
  if share.kind <> 'email' or share.accepted_at is not null then
    return private.song_role_of(song.id, share.shared_with);
  end if;
  return null;
end
$$;

create function public.revoke_song_share(share_id uuid)
returns text
language sql
set search_path = ''
as $$
  select private.revoke_song_share(share_id)
$$;
comment on function public.revoke_song_share is
  'Ends a share of a lower role than the caller''s, from the next query on; doing so again changes nothing. Answers the role that the person has all the same, by another share.';

revoke execute on function
  private.account_of_address(text, uuid),
  private.shares_to_change(uuid, uuid, uuid, text),
  private.share_song(uuid, text, uuid, text, text, timestamptz),
  private.accept_song_share(uuid),
  private.decline_song_share(uuid),
  private.revoke_song_share(uuid),
  public.share_song(uuid, text, uuid, text, text, timestamptz),
  public.accept_song_share(uuid),
  public.decline_song_share(uuid),
  public.revoke_song_share(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.share_song(uuid, text, uuid, text, text, timestamptz),
  private.accept_song_share(uuid),
  private.decline_song_share(uuid),
  private.revoke_song_share(uuid),
  public.share_song(uuid, text, uuid, text, text, timestamptz),
  public.accept_song_share(uuid),
  public.decline_song_share(uuid),
  public.revoke_song_share(uuid)
to authenticated;
