-- Groups: owner, admin, member; who joins, leaves and is removed; the ephemeral topic of a conversation.
--
-- Roll back: drop the functions below and the two policies on realtime.messages.

begin;
set local lock_timeout = '10s';

create function private.check_group_fields(subject jsonb, metadata jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- A null is a field that is not given; a JSON null empties the subject.
  if jsonb_typeof(subject) not in ('string', 'null') or btrim(subject #>> '{}') = '' or char_length(subject #>> '{}') > 200 then
    perform private.raise_error('invalid_input', 'unable to save the group; a subject has 1 to 200 characters', 'Shorten or fill it.',
      '{"field": "subject"}');
  end if;
  if not private.is_bounded_object(metadata, 8192) then
    perform private.raise_error('invalid_input', 'unable to save the group; metadata must be an object of at most 8 KiB',
      'Shorten the metadata.', '{"field": "metadata"}');
  end if;
end
$$;
comment on function private.check_group_fields is 'Raises unless subject and metadata, where they are given, may stand in a group.';

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

create function private.change_group(conversation_id uuid, new_live_key boolean)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  update public.conversations c
  set
    last_revision = c.last_revision + 1,
    live_key = case when new_live_key then gen_random_uuid() else c.live_key end,
    updated_at = clock_timestamp()
  where c.id = change_group.conversation_id;
  return private.deliver_conversation(conversation_id);
end
$$;
comment on function private.change_group is 'Gives a change of participants, roles or subject its revision and tells everyone.';

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
  -- Whoever is in it stays as they are; whoever was comes back as a member, with nothing unread.
  insert into public.conversation_participants as p (conversation_id, user_id, role, last_read_seq, joined_at)
  select c.id, person, case when person = caller then 'owner' else 'member' end, c.last_seq, clock_timestamp()
  from public.conversations c, (select distinct unnest(people) as person) as wanted
  where c.id = conversation_id
  on conflict on constraint conversation_participants_pkey do update
  set
    role = 'member', left_at = null, last_read_seq = excluded.last_read_seq, joined_at = excluded.joined_at,
    muted = false, pinned = false, archived = false, own_revision = p.own_revision + 1
  where p.left_at is not null;
  get diagnostics newcomers = row_count;
  if seated + newcomers > 256 then
    perform private.raise_error('group_full', 'unable to add people; a group holds at most 256', 'Make another group.',
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
  if people is null or cardinality(people) > 256 or array_position(people, null) is not null then
    perform private.raise_error('invalid_input', 'unable to change the group; it takes a list of at most 256 people', 'Pass their ids.',
      jsonb_build_object('field', field));
  end if;
end
$$;

create function private.create_group(group_id uuid, subject text, member_ids uuid[], metadata jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  maker uuid;
  made boolean;
begin
  if group_id is null then
    perform private.raise_error('invalid_input', 'unable to create the group; it has no id', 'Make a UUID per group and keep it when you retry.',
      '{"field": "id"}');
  end if;
  perform private.check_group_fields(to_jsonb(subject), coalesce(metadata, 'null'));
  perform private.check_people(member_ids, 'memberIds');
  perform private.get_own_profile();

  -- The same group again is a success, and costs nothing.
  select c.created_by into maker from public.conversations c where c.id = group_id;
  if not found then
    perform private.take_token(caller, 'group');
    perform private.require_unblocked(caller, member_ids, 'unable to create the group; somebody in it blocked you, or you them');
    perform private.hold_people(caller || member_ids, 'memberIds');
    insert into public.conversations (id, kind, subject, metadata, created_by, last_revision)
    values (group_id, 'group', subject, metadata, caller, 1)
    on conflict (id) do nothing
    returning true into made;
    if made then
      perform private.seat_people(group_id, caller, caller || member_ids);
      return private.deliver_conversation(group_id);
    end if;
    select c.created_by into maker from public.conversations c where c.id = group_id;
  end if;
  if maker is distinct from caller then
    perform private.raise_error('group_id_taken', 'unable to create the group; its id belongs to another conversation',
      'Make a new UUID for each group.', '{"field": "id"}');
  end if;
  perform private.require_participant(group_id);
  return private.conversation_json(group_id);
end
$$;

create function private.update_group(conversation_id uuid, changes jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  strange text;
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    perform private.raise_error('invalid_input', 'unable to update the group; the changes are not an object', 'Send an object of fields.');
  end if;
  select key into strange from jsonb_object_keys(changes) as key where key not in ('subject', 'metadata') limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to update the group; %s cannot be set', strange), 'Correct the named field.',
      jsonb_build_object('field', strange));
  end if;
  perform private.check_group_fields(changes -> 'subject', changes -> 'metadata');
  perform private.lock_group(conversation_id, '{owner,admin}');
  update public.conversations c
  set
    subject = case when changes ? 'subject' then changes ->> 'subject' else c.subject end,
    metadata = coalesce(changes -> 'metadata', c.metadata)
  where c.id = conversation_id
    and (c.subject, c.metadata) is distinct from (
      case when changes ? 'subject' then changes ->> 'subject' else c.subject end, coalesce(changes -> 'metadata', c.metadata));
  if not found then
    return private.conversation_json(conversation_id);
  end if;
  return private.change_group(conversation_id, false);
end
$$;

create function private.add_participants(conversation_id uuid, user_ids uuid[])
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  missing uuid[];
begin
  perform private.check_people(user_ids, 'userIds');
  perform private.require_participant(conversation_id);
  -- Those who are in it already may have left the app or blocked the caller: adding them again changes nothing.
  select coalesce(array_agg(distinct wanted), '{}') into missing
  from unnest(user_ids) as wanted
  where not exists (
    select
    from public.conversation_participants p
    where p.conversation_id = add_participants.conversation_id and p.user_id = wanted and p.left_at is null
  );
  perform private.require_unblocked(caller, missing, 'unable to add people; one of them blocked you, or you them');
  perform private.hold_people(missing, 'userIds');
  perform private.lock_group(conversation_id, '{owner,admin}');
  if private.seat_people(conversation_id, null, missing) = 0 then
    return private.conversation_json(conversation_id);
  end if;
  return private.change_group(conversation_id, false);
end
$$;

create function private.take_leave(conversation_id uuid, user_id uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  update public.conversation_participants p
  set left_at = clock_timestamp(), role = 'member'
  where p.conversation_id = take_leave.conversation_id and p.user_id = take_leave.user_id;
  perform private.deliver_to(user_id, 'removed', jsonb_build_object('conversation_id', conversation_id));
  return private.change_group(conversation_id, true);
end
$$;
comment on function private.take_leave is 'Takes a person out of a group: no message, no typing, no topic from here on.';

create function private.remove_participant(conversation_id uuid, user_id uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  own_role text;
  other_role text;
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to remove the person; it takes somebody else', 'Leave the group instead.',
      '{"field": "userId"}');
  end if;
  own_role := private.lock_group(conversation_id, '{owner,admin}');
  select p.role into other_role
  from public.conversation_participants p
  where p.conversation_id = remove_participant.conversation_id and p.user_id = remove_participant.user_id and p.left_at is null;
  if other_role is null then
    return private.conversation_json(conversation_id);
  end if;
  if own_role = 'admin' and other_role <> 'member' then
    perform private.raise_error('forbidden', 'unable to remove the person; admins remove members', 'Ask an owner of the group.');
  end if;
  return private.take_leave(conversation_id, user_id);
end
$$;

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
    perform private.raise_error('last_owner', reason, 'Make somebody else an owner first.');
  end if;
end
$$;

create function private.leave_conversation(conversation_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
begin
  if exists (
    select
    from public.conversation_participants p
    join public.conversations c on c.id = p.conversation_id
    where p.conversation_id = leave_conversation.conversation_id and p.user_id = caller and p.left_at is not null and c.kind = 'group'
  ) then
    return;
  end if;
  if private.lock_group(conversation_id, '{owner,admin,member}') = 'owner' and exists (
    select
    from public.conversation_participants p
    where p.conversation_id = leave_conversation.conversation_id and p.user_id <> caller and p.left_at is null
  ) then
    perform private.require_other_owner(conversation_id, caller, 'unable to leave the group; you are its last owner');
  end if;
  perform private.take_leave(conversation_id, caller);
end
$$;

create function private.set_role(conversation_id uuid, user_id uuid, role text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  other_role text;
begin
  if role is null or role not in ('owner', 'admin', 'member') then
    perform private.raise_error('invalid_input', 'unable to set the role; it is owner, admin or member', 'Choose one of them.',
      '{"field": "role"}');
  end if;
  perform private.lock_group(conversation_id, '{owner}');
  select p.role into other_role
  from public.conversation_participants p
  where p.conversation_id = set_role.conversation_id and p.user_id = set_role.user_id and p.left_at is null;
  if other_role is null then
    perform private.raise_error('profile_not_found', 'unable to set the role; there is no such person in the group', 'Add them first.',
      '{"field": "userId"}');
  end if;
  if other_role = role then
    return private.conversation_json(conversation_id);
  end if;
  if user_id = caller then
    perform private.require_other_owner(conversation_id, caller, 'unable to set the role; you are the group''s last owner');
  end if;
  update public.conversation_participants p
  set role = set_role.role
  where p.conversation_id = set_role.conversation_id and p.user_id = set_role.user_id;
  return private.change_group(conversation_id, false);
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

create function public.create_group(group_id uuid, subject text, member_ids uuid[], metadata jsonb default '{}')
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_group(group_id, subject, member_ids, metadata)
$$;
comment on function public.create_group is 'A group with the caller as its owner; the same id again answers the same group. At most 256 people.';

create function public.update_group(conversation_id uuid, changes jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.update_group(conversation_id, changes)
$$;
comment on function public.update_group is 'Changes subject and metadata of a group. For owners and admins.';

create function public.add_participants(conversation_id uuid, user_ids uuid[])
returns jsonb
language sql
set search_path = ''
as $$
  select private.add_participants(conversation_id, user_ids)
$$;
comment on function public.add_participants is 'Adds people to a group; those who are in it stay as they are. For owners and admins.';

create function public.remove_participant(conversation_id uuid, user_id uuid)
returns jsonb
language sql
set search_path = ''
as $$
  select private.remove_participant(conversation_id, user_id)
$$;
comment on function public.remove_participant is 'Takes a person out of a group. Owners remove anybody else, admins remove members.';

create function public.leave_conversation(conversation_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.leave_conversation(conversation_id)
$$;
comment on function public.leave_conversation is 'Leaves a group; its last owner hands over first, unless nobody else is in it.';

create function public.set_role(conversation_id uuid, user_id uuid, role text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_role(conversation_id, user_id, role)
$$;
comment on function public.set_role is 'Makes a person of a group owner, admin or member. For owners; the last one cannot step down.';

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
  private.check_group_fields(jsonb, jsonb),
  private.lock_group(uuid, text[]),
  private.change_group(uuid, boolean),
  private.seat_people(uuid, uuid, uuid[]),
  private.check_people(uuid[], text),
  private.create_group(uuid, text, uuid[], jsonb),
  private.update_group(uuid, jsonb),
  private.add_participants(uuid, uuid[]),
  private.take_leave(uuid, uuid),
  private.remove_participant(uuid, uuid),
  private.require_other_owner(uuid, uuid, text),
  private.leave_conversation(uuid),
  private.set_role(uuid, uuid, text),
  private.may_use_topic(text),
  public.create_group(uuid, text, uuid[], jsonb),
  public.update_group(uuid, jsonb),
  public.add_participants(uuid, uuid[]),
  public.remove_participant(uuid, uuid),
  public.leave_conversation(uuid),
  public.set_role(uuid, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.create_group(uuid, text, uuid[], jsonb),
  private.update_group(uuid, jsonb),
  private.add_participants(uuid, uuid[]),
  private.remove_participant(uuid, uuid),
  private.leave_conversation(uuid),
  private.set_role(uuid, uuid, text),
  private.may_use_topic(text),
  public.create_group(uuid, text, uuid[], jsonb),
  public.update_group(uuid, jsonb),
  public.add_participants(uuid, uuid[]),
  public.remove_participant(uuid, uuid),
  public.leave_conversation(uuid),
  public.set_role(uuid, uuid, text)
to authenticated;

commit;
