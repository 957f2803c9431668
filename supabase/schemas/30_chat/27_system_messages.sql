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
  person uuid;
begin
  -- One change with what it tells of: they share a revision.
  insert into public.messages (id, conversation_id, sender_id, seq, revision, content, system, created_at)
  select gen_random_uuid(), c.id, actor, c.last_seq, c.last_revision, '', event, clock_timestamp()
  from public.conversations c
  where c.id = add_system_message.conversation_id
  returning * into message;
  -- What a user has hidden stays so until somebody writes.
  for person in
    update public.conversation_participants p
    set hidden_seq = message.seq, own_revision = p.own_revision + 1
    where p.conversation_id = add_system_message.conversation_id and p.hidden_seq = message.seq - 1 and p.left_at is null
    returning p.user_id
  loop
    perform private.deliver_mine(conversation_id, person);
  end loop;
  return message;
end
$$;
comment on function private.add_system_message is 'Puts a system message into the newest position of a conversation, as a part of its newest change.';

create function private.note_departure(conversation_id uuid, person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- As a part of the change in which the account leaves.
  update public.conversations c set last_seq = c.last_seq + 1 where c.id = note_departure.conversation_id and c.kind = 'group';
  if found then
    perform private.add_system_message(conversation_id, person, private.system_event('left', array[person]));
  end if;
end
$$;
comment on function private.note_departure is 'Tells in a group that a user whose account is being deleted left it.';

revoke execute on function
  private.system_event(text, uuid[], jsonb),
  private.add_system_message(uuid, uuid, jsonb),
  private.note_departure(uuid, uuid)
from public, anon, authenticated, service_role;
