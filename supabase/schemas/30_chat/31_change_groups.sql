-- The calls that make and change groups.

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
  willing uuid[];
begin
  if group_id is null then
    perform private.raise_error('invalid_input', 'unable to create the group; it has no id', 'Make a UUID per group and keep it when you retry.',
      '{"field": "id"}');
  end if;
  subject := private.check_group_fields(to_jsonb(subject), coalesce(metadata, 'null'));
  perform private.check_people(member_ids, 'memberIds');
  perform private.get_own_profile();

  -- The same group again is a success, and costs nothing.
  select c.created_by into maker from public.conversations c where c.id = group_id;
  if not found then
    perform private.take_token(caller, 'group');
    perform private.take_token(caller, 'add_people', cardinality(member_ids));
    perform private.require_unblocked(caller, member_ids, 'unable to create the group; a member blocked you, or you blocked a member');
    perform private.hold_people(caller || member_ids, 'memberIds');
    insert into public.conversations (id, kind, subject, metadata, created_by, last_revision)
    values (group_id, 'group', subject, metadata, caller, 0)
    on conflict (id) do nothing
    returning true into made;
    if made then
      willing := private.invite(group_id, caller, member_ids);
      perform private.seat_people(group_id, caller, caller || willing);
      -- No client knows the group yet: they all ask for it.
      return private.change_group(group_id, false, null, '{}', private.system_event('created', array_remove(willing, caller)));
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
  perform private.take_token(caller, 'add_people', cardinality(missing));
  perform private.require_unblocked(caller, missing, 'unable to add people; one of them blocked you, or you them');
  perform private.hold_people(missing, 'userIds');
  perform private.lock_group(conversation_id, '{owner,admin}');
  perform private.require_own_people(conversation_id);
  perform private.require_not_banned(conversation_id, missing);
  -- Another may have added some of them meanwhile.
  select coalesce(array_agg(wanted), '{}') into missing
  from unnest(missing) as wanted
  where not exists (
    select
    from public.conversation_participants p
    where p.conversation_id = add_participants.conversation_id and p.user_id = wanted and p.left_at is null
  );
  missing := private.invite(conversation_id, caller, missing);
  if private.seat_people(conversation_id, null, missing) = 0 then
    return private.conversation_json(conversation_id);
  end if;
  return private.change_group(conversation_id, false, '{}', missing, private.system_event('joined', missing));
end
$$;

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
    perform private.raise_error('invalid_input', 'unable to remove the participant; the id is your own', 'Call leave for yourself.',
      '{"field": "userId"}');
  end if;
  own_role := private.lock_group(conversation_id, '{owner,admin}');
  perform private.require_own_people(conversation_id);
  select p.role into other_role
  from public.conversation_participants p
  where p.conversation_id = remove_participant.conversation_id and p.user_id = remove_participant.user_id and p.left_at is null;
  if other_role is null then
    return private.conversation_json(conversation_id);
  end if;
  if own_role = 'admin' and other_role <> 'member' then
    perform private.raise_error('forbidden', 'unable to remove the participant; admins can remove members only', 'Ask an owner of the group.');
  end if;
  return private.take_leave(conversation_id, user_id, 'removed');
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
  perform private.require_own_people(conversation_id);
  if private.lock_group(conversation_id, '{owner,admin,member}') = 'owner' and exists (
    select
    from public.conversation_participants p
    where p.conversation_id = leave_conversation.conversation_id and p.user_id <> caller and p.left_at is null
  ) then
    perform private.require_other_owner(conversation_id, caller, 'unable to leave the group; you are its last owner');
  end if;
  perform private.take_leave(conversation_id, caller, 'left');
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
  perform private.require_own_people(conversation_id);
  select p.role into other_role
  from public.conversation_participants p
  where p.conversation_id = set_role.conversation_id and p.user_id = set_role.user_id and p.left_at is null;
  if other_role is null then
    perform private.raise_error('profile_not_found', 'unable to set the role; the user is not in the group', 'Add them first.',
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
  return private.change_group(conversation_id, false, '{}', array[user_id]);
end
$$;

create function public.create_group(group_id uuid, subject text, member_ids uuid[], metadata jsonb default '{}')
returns jsonb
language sql
set search_path = ''
as $$
  select private.create_group(group_id, subject, member_ids, metadata)
$$;
comment on function public.create_group is 'A group with the caller as its owner; the same id again answers the same group. At most 256 people.';

create function public.add_participants(conversation_id uuid, user_ids uuid[])
returns jsonb
language sql
set search_path = ''
as $$
  select private.add_participants(conversation_id, user_ids)
$$;
comment on function public.add_participants is
  'Adds people to a group, or invites those who do not let the caller add them; those who are in it stay as they are. For owners and admins.';

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
comment on function public.leave_conversation is 'Leaves a group; its last owner hands over first, unless no other user is in it.';

create function public.set_role(conversation_id uuid, user_id uuid, role text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_role(conversation_id, user_id, role)
$$;
comment on function public.set_role is 'Makes a person of a group owner, admin or member. For owners; the last one cannot step down.';

revoke execute on function
  private.create_group(uuid, text, uuid[], jsonb),
  private.add_participants(uuid, uuid[]),
  private.remove_participant(uuid, uuid),
  private.leave_conversation(uuid),
  private.set_role(uuid, uuid, text),
  public.create_group(uuid, text, uuid[], jsonb),
  public.add_participants(uuid, uuid[]),
  public.remove_participant(uuid, uuid),
  public.leave_conversation(uuid),
  public.set_role(uuid, uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.create_group(uuid, text, uuid[], jsonb),
  private.add_participants(uuid, uuid[]),
  private.remove_participant(uuid, uuid),
  private.leave_conversation(uuid),
  private.set_role(uuid, uuid, text),
  public.create_group(uuid, text, uuid[], jsonb),
  public.add_participants(uuid, uuid[]),
  public.remove_participant(uuid, uuid),
  public.leave_conversation(uuid),
  public.set_role(uuid, uuid, text)
to authenticated;
