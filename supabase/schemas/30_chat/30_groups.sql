-- Groups: roles, seats, and the ephemeral topic of a conversation.

create function private.change_group(
  conversation_id uuid, new_live_key boolean, changes jsonb, changed_people uuid[], event jsonb default null
)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  following bigint;
  message public.messages;
begin
  update public.conversations c
  set
    last_revision = c.last_revision + 1,
    -- Not last_message_at: nobody has said anything.
    last_seq = c.last_seq + case when event is null then 0 else 1 end,
    live_key = case when new_live_key then gen_random_uuid() else c.live_key end,
    updated_at = clock_timestamp()
  where c.id = change_group.conversation_id
  returning c.last_revision into following;
  if cardinality(changed_people) > 0 then
    update public.conversation_participants p
    set revision = following
    where p.conversation_id = change_group.conversation_id and p.user_id = any (changed_people);
    -- More of them would not fit into an event.
    changes := case when cardinality(changed_people) <= 8 then
      changes || jsonb_build_object('people', private.people_json(conversation_id, following - 1, null)) end;
  end if;
  if new_live_key then
    -- All leave the topic of the old key at once, and ask for the new one.
    changes := changes || '{"rekeyed": true}';
  end if;
  if event is not null then
    message := private.add_system_message(conversation_id, (select auth.uid()), event);
  end if;
  perform private.deliver_change(conversation_id, changes, case when event is not null then private.message_json(message) end);
  return private.conversation_json(conversation_id);
end
$$;
comment on function private.change_group is
  'Gives a change of a group its revision and its system message, tells everyone what changed, and answers the conversation.';

create function private.welcome_back(conversation_id uuid, pair uuid[])
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  if exists (
    select
    from public.conversation_participants p
    join public.profiles f on f.id = p.user_id and f.user_id is not null
    where p.conversation_id = welcome_back.conversation_id and p.left_at is not null
  ) then
    perform from public.profiles f where f.id = any (pair) and f.user_id is not null order by f.id for share;
    perform from public.conversations c where c.id = welcome_back.conversation_id for no key update;
    update public.conversation_participants p
    set left_at = null, joined_at = clock_timestamp()
    from public.profiles f
    where p.conversation_id = welcome_back.conversation_id and p.left_at is not null and f.id = p.user_id and f.user_id is not null;
    if found then
      return private.change_group(conversation_id, true, '{}', pair);
    end if;
  end if;
  return private.conversation_json(conversation_id);
end
$$;
comment on function private.welcome_back is 'A direct conversation, in which a user who deleted the account and created it again takes part again.';

create function private.check_group_fields(subject jsonb, metadata jsonb)
returns text
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- A null is a field that is not given; a JSON null empties the subject.
  if jsonb_typeof(subject) not in ('string', 'null') then
    perform private.raise_error('invalid_input', 'unable to save the group; its subject is no text', 'Pass a text.', '{"field": "subject"}');
  end if;
  if not private.is_bounded_object(metadata, 8192) then
    perform private.raise_error('invalid_input', 'unable to save the group; metadata must be an object of at most 8 KiB',
      'Shorten the metadata.', '{"field": "metadata"}');
  end if;
  return case when subject #>> '{}' is not null then private.check_text('name', subject #>> '{}', 200, 'save the group', 'subject') end;
end
$$;
comment on function private.check_group_fields is
  'The subject as it is kept; raises unless subject and metadata, where they are given, may stand in a group.';

create function private.lock_group(conversation_id uuid, allowed text[])
returns text
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  group_kind text;
  own_role text;
begin
  perform private.take_token((select auth.uid()), 'group_change');
  perform private.require_participant(conversation_id);
  select c.kind into group_kind from public.conversations c where c.id = conversation_id for no key update;
  if group_kind <> 'group' then
    perform private.raise_error('invalid_input', 'unable to change the group; the conversation is a direct one', 'Make a group.',
      '{"field": "conversationId"}');
  end if;
  -- Again under the lock: the caller may have been removed or set back while this waited.
  perform private.require_participant(conversation_id);
  select p.role into own_role
  from public.conversation_participants p
  where p.conversation_id = lock_group.conversation_id and p.user_id = (select auth.uid());
  if own_role <> all (allowed) then
    perform private.raise_error('forbidden', format('unable to change the group; it takes %s', array_to_string(allowed, ' or ')),
      'Ask an owner of the group.');
  end if;
  return own_role;
end
$$;
comment on function private.lock_group is 'Locks a group for a change by one of the allowed roles and answers the caller''s role.';

create function private.seat_people(conversation_id uuid, caller uuid, people uuid[])
returns integer
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  seated integer;
  newcomers integer;
begin
  select count(*) into seated
  from public.conversation_participants p
  where p.conversation_id = conversation_id and p.left_at is null;
  -- Participants keep their role; former ones come back as members, with nothing unread.
  insert into public.conversation_participants as p (conversation_id, user_id, role, last_read_seq, receipt_seq, visible_from_seq, joined_at)
  select c.id, person, case when person = caller then 'owner' else 'member' end, c.last_seq, c.last_seq,
    -- The system message of the joining is the first that they see.
    case c.history when 'joined' then c.last_seq + 1 else 1 end, clock_timestamp()
  from public.conversations c, (select distinct unnest(people) as person) as wanted
  where c.id = conversation_id
  on conflict on constraint conversation_participants_pkey do update
  set
    role = 'member', left_at = null, last_read_seq = excluded.last_read_seq, receipt_seq = excluded.receipt_seq, joined_at = excluded.joined_at,
    visible_from_seq = greatest(excluded.visible_from_seq, p.cleared_seq + 1),
    muted = false, pinned = false, archived = false, hidden_seq = -1, marked_seq = -1, own_revision = p.own_revision + 1
  where p.left_at is not null;
  get diagnostics newcomers = row_count;
  if seated + newcomers > private.at_most('group_people') then
    perform private.raise_error('group_full',
      format('unable to add people; a group holds at most %s', private.at_most('group_people')), 'Make another group.',
      '{"field": "userIds"}');
  end if;
  return newcomers;
end
$$;
comment on function private.seat_people is 'Puts people into a conversation and answers how many are new to it.';

create function private.check_people(people uuid[], field text)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- A nested list is none: functions of lists do not take it.
  if people is null or cardinality(people) > 256 or array_ndims(people) > 1 or exists (select from unnest(people) as person where person is null) then
    perform private.raise_error('invalid_input', 'unable to change the group; it takes a list of at most 256 people', 'Pass their ids.',
      jsonb_build_object('field', field));
  end if;
end
$$;

create function private.take_leave(conversation_id uuid, user_id uuid, type text)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  update public.conversation_participants p
  set left_at = clock_timestamp(), role = 'member'
  where p.conversation_id = take_leave.conversation_id and p.user_id = take_leave.user_id;
  delete from private.drafts d where d.conversation_id = take_leave.conversation_id and d.user_id = take_leave.user_id;
  perform private.deliver_to(user_id, 'removed', jsonb_build_object('conversation_id', conversation_id));
  return private.change_group(conversation_id, true, '{}', array[user_id], private.system_event(type, array[user_id]));
end
$$;
comment on function private.take_leave is 'Takes a person out of a group: no message, no typing, no topic from here on.';

create function private.require_other_owner(conversation_id uuid, caller uuid, reason text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not exists (
    select
    from public.conversation_participants p
    where p.conversation_id = require_other_owner.conversation_id and p.user_id <> caller and p.left_at is null and p.role = 'owner'
  ) then
    perform private.raise_error('last_owner', reason, 'Make another user an owner first.');
  end if;
end
$$;

create function private.may_use_topic(topic text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- Every policy runs for every topic: a foreign one is false, never an error.
  if topic is null or topic not like 'conversation:%' or not private.is_uuid(split_part(topic, ':', 2)) then
    return false;
  end if;
  return exists (
    select
    from public.conversations c
    join public.conversation_participants p on p.conversation_id = c.id
    where c.id = split_part(topic, ':', 2)::uuid and p.user_id = (select auth.uid()) and p.left_at is null
      and topic = 'conversation:' || c.id || ':' || c.live_key
      -- Both learn the new key of a direct conversation with a block in it; neither gets in with it.
      and (c.kind = 'group' or not exists (
        select
        from public.user_blocks b
        where (b.blocker_id = split_part(c.direct_key, ':', 1)::uuid and b.blocked_id = split_part(c.direct_key, ':', 2)::uuid)
          or (b.blocker_id = split_part(c.direct_key, ':', 2)::uuid and b.blocked_id = split_part(c.direct_key, ':', 1)::uuid)
      ))
  );
end
$$;
comment on function private.may_use_topic is 'Whether the caller takes part now in the conversation of an ephemeral topic, and knows its key.';

create policy "Participants hear what passes while a conversation is open"
on realtime.messages
for select
to authenticated
using (
  extension in ('broadcast', 'presence') and topic = (select realtime.topic()) and private.may_use_topic((select realtime.topic()))
);

create policy "Participants say what passes while a conversation is open"
on realtime.messages
for insert
to authenticated
with check (
  extension in ('broadcast', 'presence') and topic = (select realtime.topic()) and private.may_use_topic((select realtime.topic()))
);

-- As for user channels: no policy of the app's own opens these topics to anybody else.
create policy "Nobody else hears what passes in a conversation"
on realtime.messages
as restrictive
for select
to authenticated
using ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:' or private.may_use_topic((select realtime.topic())));

create policy "Nobody else says what passes in a conversation"
on realtime.messages
as restrictive
for insert
to authenticated
with check ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:' or private.may_use_topic((select realtime.topic())));

create policy "Visitors hear nothing of a conversation"
on realtime.messages
as restrictive
for select
to anon
using ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:');

create policy "Visitors say nothing in a conversation"
on realtime.messages
as restrictive
for insert
to anon
with check ((select realtime.topic()) !~* '^conversation:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}:');

revoke execute on function
  private.welcome_back(uuid, uuid[]),
  private.check_group_fields(jsonb, jsonb),
  private.lock_group(uuid, text[]),
  private.change_group(uuid, boolean, jsonb, uuid[], jsonb),
  private.seat_people(uuid, uuid, uuid[]),
  private.check_people(uuid[], text),
  private.take_leave(uuid, uuid, text),
  private.require_other_owner(uuid, uuid, text),
  private.may_use_topic(text)
from public, anon, authenticated, service_role;
grant execute on function private.may_use_topic(text) to authenticated;
