-- What the database tells of a group within its messages.

create function private.system_event(type text, people uuid[], value jsonb default 'null')
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select jsonb_build_object('type', type, 'user_ids', (select coalesce(jsonb_agg(distinct person), '[]') from unnest(people) as person),
    'value', value)
$$;
comment on function private.system_event is 'What a system message tells: what happened, to whom, and the new value of a setting.';

create function private.add_system_message(conversation_id uuid, actor uuid, event jsonb)
returns public.messages
language plpgsql
set search_path = ''
as $$
declare
  message public.messages;
begin
  -- One change with what it tells of: they share a revision.
  insert into public.messages (id, conversation_id, sender_id, seq, revision, content, system, created_at)
  select gen_random_uuid(), c.id, actor, c.last_seq, c.last_revision, '', event, clock_timestamp()
  from public.conversations c
  where c.id = add_system_message.conversation_id
  returning * into message;
  return message;
end
$$;
comment on function private.add_system_message is 'Puts a system message into the newest position of a conversation, as a part of its newest change.';

revoke execute on function
  private.system_event(text, uuid[], jsonb),
  private.add_system_message(uuid, uuid, jsonb)
from public, anon, authenticated, service_role;
