-- Broadcasts to the participants, and the next revision of a conversation.

create function private.deliver(conversation_id uuid, event text, payload jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Recipients are chosen here, in the transaction of the change: whoever is not a participant now receives nothing.
  insert into realtime.messages (topic, extension, event, payload, private)
  select 'user:' || p.user_id, 'broadcast', deliver.event, deliver.payload, true
  from public.conversation_participants p
  where p.conversation_id = deliver.conversation_id and p.left_at is null;
exception when others then
  -- A broadcast is a hint; clients synchronise by revision. It never fails the change itself.
  raise warning 'unable to deliver %; %', deliver.event, sqlerrm;
end
$$;
comment on function private.deliver is 'Broadcasts a change to the user channel of every participant.';

create function private.conversation_json(conversation_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'id', c.id,
      'kind', c.kind,
      'subject', c.subject,
      'last_seq', c.last_seq,
      'last_revision', c.last_revision,
      'last_message_at', c.last_message_at,
      'metadata', c.metadata,
      'created_at', c.created_at,
      'participants', (
        select coalesce(jsonb_agg(
          jsonb_build_object('user_id', p.user_id, 'handle', f.handle, 'display_name', f.display_name, 'role', p.role,
            'joined_at', p.joined_at, 'last_read_seq', p.last_read_seq)
          order by p.joined_at, p.user_id
        ), '[]')
        from public.conversation_participants p
        join public.profiles f on f.id = p.user_id
        -- Whoever deleted the account stays in a direct conversation, as an empty name.
        where p.conversation_id = c.id and (p.left_at is null or c.kind = 'direct')
      )
    )
    from public.conversations c
    where c.id = conversation_json.conversation_id
  );
end
$$;
comment on function private.conversation_json is 'A conversation with its head and participants, the part that everyone in it sees.';

create function private.deliver_conversation(conversation_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  conversation jsonb := private.conversation_json(conversation_id);
begin
  perform private.deliver(conversation_id, 'conversation', jsonb_build_object(
    'conversation_id', conversation_id, 'revision', conversation -> 'last_revision', 'conversation', conversation));
  return conversation;
end
$$;
comment on function private.deliver_conversation is 'Tells every participant of a changed conversation and answers it.';

create function private.next_revision(changed public.messages, replies_too boolean)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  head bigint;
  replies bigint := 0;
begin
  select c.last_revision into head from public.conversations c where c.id = changed.conversation_id;
  if replies_too then
    -- Replies show the first characters of the message. They change first and the message last: whoever hears of its
    -- revision sees that others are missing, and synchronises.
    with numbered as (
      select m.id, row_number() over (order by m.seq) as n
      from public.messages m
      where m.reply_to = changed.id
    )
    update public.messages m
    set revision = head + numbered.n
    from numbered
    where m.id = numbered.id;
    get diagnostics replies = row_count;
  end if;
  update public.conversations c
  set last_revision = head + replies + 1, updated_at = clock_timestamp()
  where c.id = changed.conversation_id;
  return head + replies + 1;
end
$$;
comment on function private.next_revision is 'The next change number of a conversation whose lock is held; replies take those before it.';

revoke execute on function
  private.deliver(uuid, text, jsonb),
  private.conversation_json(uuid),
  private.deliver_conversation(uuid),
  private.next_revision(public.messages, boolean)
from public, anon, authenticated, service_role;
