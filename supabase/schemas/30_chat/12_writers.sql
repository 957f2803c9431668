-- Who writes in a group: everyone, or its owners and admins.

create function private.may_write(conversation_id uuid, person uuid)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (
    select
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = may_write.conversation_id and p.user_id = person and p.left_at is null
      and (c.writers = 'everyone' or p.role <> 'member')
  );
end
$$;
comment on function private.may_write is 'Whether a participant sends messages in a conversation: in an announcement group only owners and admins do.';

create function private.require_writer(conversation_id uuid, person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Under the lock of the conversation, which a change of roles and of this setting takes as well.
  if not private.may_write(conversation_id, person) then
    -- A user who was removed meanwhile learns nothing of the group's settings.
    perform private.require_participant(conversation_id);
    perform private.raise_error('forbidden', 'unable to write; only owners and admins write in the group', 'Ask an owner of the group.');
  end if;
end
$$;

revoke execute on function private.may_write(uuid, uuid), private.require_writer(uuid, uuid) from public, anon, authenticated, service_role;
