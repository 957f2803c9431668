-- Direct conversations, and the calls that block a user.

create function private.make_direct(caller uuid, other_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  pair constant text := least(caller, other_id) || ':' || greatest(caller, other_id);
  conversation uuid;
begin
  select c.id into conversation from public.conversations c where c.direct_key = pair;
  if conversation is not null then
    return private.welcome_back(conversation, array[caller, other_id]);
  end if;
  -- Of two at once one inserts, the other waits for it here and then finds its row.
  insert into public.conversations (kind, direct_key, created_by)
  values ('direct', pair, caller)
  on conflict (direct_key) do nothing
  returning id into conversation;
  if conversation is null then
    select c.id into conversation from public.conversations c where c.direct_key = pair;
    return private.conversation_json(conversation);
  end if;
  insert into public.conversation_participants (conversation_id, user_id)
  values (conversation, caller), (conversation, other_id);
  perform private.deliver_change(conversation, null);
  return private.conversation_json(conversation);
end
$$;
comment on function private.make_direct is 'The conversation of two people whose accounts are held, made if there is none.';

create function private.open_direct(other_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  pair text;
  conversation uuid;
begin
  if other_id is null or other_id = caller then
    perform private.raise_error('invalid_input', 'unable to open the conversation; the id is your own',
      'Pass the id of another user.', '{"field": "userId"}');
  end if;

  perform private.get_own_profile();

  -- A conversation that is there is found also when the other person's account is gone.
  pair := least(caller, other_id) || ':' || greatest(caller, other_id);
  select c.id into conversation from public.conversations c where c.direct_key = pair;
  -- Who blocked the other still reads what was written before.
  if conversation is null or not exists (select from public.user_blocks b where b.blocker_id = caller and b.blocked_id = other_id) then
    perform private.require_unblocked(caller, array[other_id], 'unable to open the conversation; one of you blocked the other');
  end if;
  if conversation is not null then
    return private.welcome_back(conversation, array[caller, other_id]);
  end if;
  if not exists (select from public.profiles p where p.id = other_id and p.user_id is not null) and not private.repair_profiles(array[other_id]) then
    perform private.raise_error('profile_not_found', 'unable to open the conversation; there is no such user', 'Check the id.',
      '{"field": "userId"}');
  end if;

  perform private.require_consent(other_id, caller);
  perform private.take_token(caller, 'open_direct');
  perform private.hold_people(array[caller, other_id], 'userId');
  return private.make_direct(caller, other_id);
end
$$;

create function public.open_direct(other_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.open_direct(other_id)
$$;
comment on function public.open_direct is 'The caller''s conversation with another person, made on the first call by either of them.';

create function private.require_undisturbed(direct_key text, caller uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  other uuid;
begin
  -- Under the lock of the conversation, which a block takes as well. Volatile, so that it sees what was committed meanwhile.
  if direct_key is not null then
    other := case caller when split_part(direct_key, ':', 1)::uuid then split_part(direct_key, ':', 2)::uuid
      else split_part(direct_key, ':', 1)::uuid end;
    perform private.require_unblocked(caller, array[other], 'unable to write; one of you blocked the other');
    perform private.require_consent(other, caller);
  end if;
end
$$;
comment on function private.require_undisturbed is
  'Raises in a direct conversation in which one blocked the other, or whose other user does not let the caller write; groups go on.';

create function private.turn_direct_key(one uuid, other uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  pair text := least(one, other) || ':' || greatest(one, other);
  conversation uuid;
begin
  select c.id into conversation from public.conversations c where c.direct_key = pair for no key update;
  if found then
    -- A change like any other, so that both leave the topic that they are on.
    perform private.change_group(conversation, true, '{}', '{}');
  end if;
end
$$;
comment on function private.turn_direct_key is
  'Locks the direct conversation of two people, gives it another key for typing and presence, and tells both that something changed.';

create function private.block_user(user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to block the user; the id is your own', 'Pass the id of another user.',
      '{"field": "userId"}');
  end if;
  if exists (select from public.user_blocks b where b.blocker_id = caller and b.blocked_id = user_id) then
    return;
  end if;
  perform private.take_token(caller, 'block');
  perform private.hold_people(array[caller, user_id], 'userId');
  -- Requests before the conversation, as an answer takes them. One that is made at this moment is not shown across a block.
  -- Declined and not deleted: else a block that is taken back would let a user ask again and again.
  update private.contact_requests r
  set answered_at = clock_timestamp(), accepted = false
  where r.answered_at is null and ((r.sender_id = user_id and r.recipient_id = caller) or (r.sender_id = caller and r.recipient_id = user_id));
  perform private.turn_direct_key(caller, user_id);
  insert into public.user_blocks (blocker_id, blocked_id) values (caller, user_id) on conflict do nothing;
end
$$;

create function private.unblock_user(user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  delete from public.user_blocks b where b.blocker_id = caller and b.blocked_id = unblock_user.user_id;
end
$$;

create function private.list_blocks()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  return coalesce((
    select jsonb_agg(
      jsonb_build_object('user_id', b.blocked_id, 'handle', f.handle, 'display_name', f.display_name, 'created_at', b.created_at)
      order by b.created_at desc, b.blocked_id
    )
    from public.user_blocks b
    join public.profiles f on f.id = b.blocked_id
    where b.blocker_id = caller
  ), '[]');
end
$$;

create function public.block_user(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.block_user(user_id)
$$;
comment on function public.block_user is 'Blocks a person: neither writes to the other directly. Groups of both go on.';

create function public.unblock_user(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unblock_user(user_id)
$$;
comment on function public.unblock_user is 'Takes one''s block of a person back.';

create function public.list_blocks()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_blocks()
$$;
comment on function public.list_blocks is 'Whom the caller blocked, newest first.';

revoke execute on function
  private.make_direct(uuid, uuid),
  private.open_direct(uuid),
  public.open_direct(uuid),
  private.require_undisturbed(text, uuid),
  private.turn_direct_key(uuid, uuid),
  private.block_user(uuid),
  private.unblock_user(uuid),
  private.list_blocks(),
  public.block_user(uuid),
  public.unblock_user(uuid),
  public.list_blocks()
from public, anon, authenticated, service_role;
grant execute on function
  private.open_direct(uuid),
  public.open_direct(uuid),
  private.block_user(uuid),
  private.unblock_user(uuid),
  private.list_blocks(),
  public.block_user(uuid),
  public.unblock_user(uuid),
  public.list_blocks()
to authenticated;
