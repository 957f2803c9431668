-- Pins messages for everyone in a conversation, and lists the replies to a message.

create function private.pin_message(message_id uuid, pinned boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  message public.messages;
  next bigint;
  changed jsonb;
begin
  if pinned is null then
    perform private.raise_error('invalid_input', 'unable to pin the message; pinned is true or false', 'Pass one of them.', '{"field": "pinned"}');
  end if;
  perform private.take_token(caller, 'change');
  message := private.lock_message(message_id, 'pin');
  if exists (
    select
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = message.conversation_id and p.user_id = caller and c.kind = 'group' and p.role = 'member'
  ) then
    perform private.raise_error('forbidden', 'unable to pin the message; it takes an owner or admin of the group', 'Ask an owner of the group.');
  end if;
  if pinned = (message.pinned_at is not null) then
    return private.shown_message(message);
  end if;
  if pinned then
    perform private.require_undisturbed((select c.direct_key from public.conversations c where c.id = message.conversation_id), caller);
    if (select count(*) from public.messages m where m.conversation_id = message.conversation_id and m.pinned_at is not null)
      >= private.at_most('pinned_messages')
    then
      perform private.raise_error('too_many_pins',
        format('unable to pin the message; a conversation has at most %s', private.at_most('pinned_messages')), 'Unpin another message first.');
    end if;
  end if;
  next := private.next_revision(message.conversation_id);
  update public.messages m
  set pinned_at = case when pinned then clock_timestamp() end, revision = next
  where m.id = message_id
  returning m.* into message;
  changed := private.message_json(message);
  perform private.deliver(message.conversation_id, 'message', changed - 'reactions');
  return private.shown_message(message);
end
$$;

create function private.list_pinned(conversation_id uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
#variable_conflict use_variable
begin
  perform private.require_participant(conversation_id);
  return coalesce((
    select jsonb_agg(private.shown_message(m) order by m.pinned_at desc, m.seq desc)
    from public.messages m
    where m.conversation_id = list_pinned.conversation_id and m.pinned_at is not null and m.seq >= private.visible_from(conversation_id)
  ), '[]');
end
$$;

create function private.list_replies(message_id uuid, after_seq bigint, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- One more than a page tells that there is another.
  perform private.check_page_size('list replies', page_size, 200, 1);
  if private.require_user() is null
    or not exists (select from public.messages m where m.id = message_id and private.sees_message(m.conversation_id, m.seq))
  then
    perform private.raise_error('message_not_found', 'unable to list replies; there is no such message in your conversations', 'Check the id.',
      '{"field": "messageId"}');
  end if;
  return coalesce((
    select jsonb_agg(private.shown_message(m) order by m.seq)
    from (
      select *
      from public.messages
      where messages.reply_to = message_id and messages.seq > coalesce(after_seq, 0)
      order by messages.seq
      limit page_size
    ) m
  ), '[]');
end
$$;

create function public.pin_message(message_id uuid, pinned boolean default true)
returns jsonb
language sql
set search_path = ''
as $$
  select private.pin_message(message_id, pinned)
$$;
comment on function public.pin_message is
  'Pins a message for everyone, or unpins it; again, it changes nothing. In a direct conversation both may, in a group owners and admins.';

create function public.list_pinned(conversation_id uuid)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_pinned(conversation_id)
$$;
comment on function public.list_pinned is 'The pinned messages of a conversation, the one that was pinned last first.';

create function public.list_replies(message_id uuid, after_seq bigint default null, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_replies(message_id, after_seq, page_size)
$$;
comment on function public.list_replies is 'A page of the replies to a message, oldest first, after a position. Deleted ones are not among them.';

revoke execute on function
  private.pin_message(uuid, boolean),
  private.list_pinned(uuid),
  private.list_replies(uuid, bigint, integer),
  public.pin_message(uuid, boolean),
  public.list_pinned(uuid),
  public.list_replies(uuid, bigint, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.pin_message(uuid, boolean),
  private.list_pinned(uuid),
  private.list_replies(uuid, bigint, integer),
  public.pin_message(uuid, boolean),
  public.list_pinned(uuid),
  public.list_replies(uuid, bigint, integer)
to authenticated;
