-- Sends a message.

create function private.raise_message_id_taken()
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('message_id_taken', 'unable to send the message; its id belongs to another message',
    'Make a new UUID for each message.', '{"field": "id"}');
end
$$;

create function private.require_sender(conversation_id uuid, sender uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not exists (select from public.profiles p where p.id = sender and p.user_id is not null) then
    perform private.raise_error('account_not_found', 'unable to send the message; the signed-in user has no account here', 'Sign in again.');
  end if;
  perform private.require_participant(conversation_id);
end
$$;
comment on function private.require_sender is
  'Refuses a user who was removed or deleted while the send waited for the lock: whatever else it meets comes of that.';

create function private.send_message(conversation_id uuid, message_id uuid, content text, metadata jsonb, extras jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  sent public.messages;
  pair text;
  allowed text;
  fresh jsonb;
  files jsonb;
  card jsonb;
  original uuid;
  named uuid[] := '{}';
begin
  if message_id is null then
    perform private.raise_error('invalid_input', 'unable to send the message; it has no id', 'Make a UUID per message and keep it when you retry.',
      '{"field": "id"}');
  end if;
  if extras is distinct from '{}' then
    perform private.check_extras('send', extras);
  end if;
  perform private.check_content('send', content,
    jsonb_path_exists(extras, '$.attachments[0]') or extras ->> 'song_id' is not null);
  if metadata is null or not private.is_bounded_object(metadata, 8192) then
    perform private.raise_error('invalid_input', 'unable to send the message; metadata must be an object of at most 8 KiB', 'Shorten the metadata.',
      '{"field": "metadata"}');
  end if;
  -- Before any lock: a stranger cannot hold up a conversation, and a send that was repeated costs nothing.
  if not private.is_participant(conversation_id) then
    perform private.require_participant(null);
  end if;
  if not exists (select from public.messages m where m.id = message_id) then
    perform private.take_token(caller, 'send');
  end if;

  select c.direct_key, c.writers into pair, allowed from public.conversations c where c.id = conversation_id for no key update;
  if not found then
    perform private.require_participant(null);
  end if;

  -- Under the lock: the same id again is the same message, and allocates nothing.
  select m.* into sent from public.messages m where m.id = message_id;
  if found then
    if sent.conversation_id <> conversation_id or sent.sender_id <> caller or sent.system is not null then
      perform private.raise_message_id_taken();
    end if;
    return private.shown_message(sent);
  end if;

  if pair is not null then
    perform private.require_undisturbed(pair, caller);
  elsif allowed <> 'everyone' then
    perform private.require_writer(conversation_id, caller);
  end if;
  if extras <> '{}' then
    original := (extras ->> 'reply_to')::uuid;
    if original is not null
      and not exists (select from public.messages m where m.id = original and m.conversation_id = conversation_id and m.system is null
        and private.sees_message(m.conversation_id, m.seq)) then
      perform private.require_sender(conversation_id, caller);
      perform private.raise_error('invalid_input', 'unable to send the message; what it replies to is not in the conversation',
        'Reply to a message of the same conversation.', '{"field": "replyTo"}');
    end if;
    -- A user may have left since the message was written: that is no reason to refuse it.
    select coalesce(array_agg(p.user_id order by p.user_id), '{}') into named
    from public.conversation_participants p
    where p.conversation_id = conversation_id and p.left_at is null
      and p.user_id in (select m::uuid from jsonb_array_elements_text(extras -> 'mentions') as m);
    card := private.song_card((extras ->> 'song_id')::uuid);
    files := private.check_attachments('send', conversation_id, caller, coalesce(extras -> 'attachments', '[]'));
  end if;

  with head as (
    update public.conversations c
    set
      last_seq = c.last_seq + 1,
      last_revision = c.last_revision + 1,
      last_message_at = clock_timestamp(),
      updated_at = clock_timestamp()
    where c.id = conversation_id
    returning c.last_seq, c.last_revision, c.last_message_at
  ),
  -- While this waited for the lock, the sender may have been removed or deleted: then nothing is inserted.
  place as (
    update public.conversation_participants p
    set last_read_seq = head.last_seq, receipt_seq = head.last_seq
    from head
    where p.conversation_id = conversation_id and p.user_id = caller and p.left_at is null
      and exists (select from public.profiles f where f.id = caller and f.user_id is not null)
    returning head.*
  )
  insert into public.messages (id, conversation_id, sender_id, seq, revision, content, metadata, reply_to, mentions, song, created_at)
  select message_id, conversation_id, caller, place.last_seq, place.last_revision, content, metadata, original, named, card,
    place.last_message_at
  from place
  on conflict (id) do nothing
  returning * into sent;
  if sent.id is null then
    perform private.require_sender(conversation_id, caller);
    -- The same id at the same moment in another conversation, whose lock is not ours. What was allocated goes with the error.
    perform private.raise_message_id_taken();
  end if;
  if files is not null then
    perform private.attach('send', message_id, files);
  end if;
  perform private.queue_push(message_id);
  delete from private.drafts d
  where d.conversation_id = conversation_id and d.user_id = caller and (d.message_id is null or d.message_id = message_id);
  if found then
    update public.conversation_participants p
    set own_revision = p.own_revision + 1
    where p.conversation_id = conversation_id and p.user_id = caller;
    perform private.deliver_mine(conversation_id, caller);
  end if;

  fresh := private.message_json(sent);
  perform private.deliver(conversation_id, 'message', fresh);
  return fresh;
end
$$;

create function private.lock_message(message_id uuid, operation text)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  conversation uuid;
  place bigint;
  found_message public.messages;
begin
  select m.conversation_id, m.seq into conversation, place from public.messages m where m.id = lock_message.message_id;
  if conversation is not null and (private.sees_message(conversation, place) or (operation = 'delete' and private.is_moderator())) then
    perform from public.conversations c where c.id = conversation for no key update;
    -- Again under the lock: membership and text may have changed while we waited.
    if private.sees_message(conversation, place) or (operation = 'delete' and private.is_moderator()) then
      select m.* into found_message from public.messages m where m.id = lock_message.message_id;
    end if;
  end if;
  if found_message.id is null or (found_message.deleted_at is not null and operation <> 'delete') then
    perform private.raise_error('message_not_found', format('unable to %s the message; there is none in your conversations', operation),
      'Check the id; it may have been deleted.');
  end if;
  if found_message.system is not null and operation <> 'delete' then
    perform private.raise_error('forbidden', format('unable to %s the message; it is a system message', operation),
      'Choose a message of a user.');
  end if;
  return found_message;
end
$$;
comment on function private.lock_message is 'A message of the caller''s conversations, with its conversation locked.';

create function public.send_message(
  conversation_id uuid, message_id uuid, content text, metadata jsonb default '{}', extras jsonb default '{}'
)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  -- plpgsql, for it keeps its plan: this is the call that is made most.
  return private.send_message(conversation_id, message_id, content, metadata, extras);
end
$$;
comment on function public.send_message is
  'Sends a message; the same id again answers the same message and sends nothing. extras: reply_to, mentions, attachments, song_id.';

revoke execute on function
  private.raise_message_id_taken(),
  private.require_sender(uuid, uuid),
  private.send_message(uuid, uuid, text, jsonb, jsonb),
  private.lock_message(uuid, text),
  public.send_message(uuid, uuid, text, jsonb, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.send_message(uuid, uuid, text, jsonb, jsonb),
  public.send_message(uuid, uuid, text, jsonb, jsonb)
to authenticated;
