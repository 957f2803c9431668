-- The group conversation of a circle. Lock order: the circle, then its conversation.

create function private.follow_circle()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  person constant uuid := coalesce(new.user_id, old.user_id);
  conversation uuid;
begin
  select c.conversation_id into conversation
  from private.circle_conversations c
  where c.circle_id = coalesce(new.circle_id, old.circle_id);
  if conversation is null then
    return null;
  end if;
  perform from public.conversations c where c.id = conversation for no key update;
  if tg_op = 'DELETE' then
    -- An account that is being deleted has left its conversations before its circles.
    if exists (
      select from public.conversation_participants p where p.conversation_id = conversation and p.user_id = person and p.left_at is null
    ) then
      perform private.take_leave(conversation, person, case when person = (select auth.uid()) then 'left' else 'removed' end);
    end if;
  elsif tg_op = 'INSERT' then
    perform private.seat_people(conversation, null, array[person]);
    update public.conversation_participants p
    set role = new.role
    where p.conversation_id = conversation and p.user_id = person;
    perform private.change_group(conversation, false, '{}', array[person], private.system_event('joined', array[person]));
  else
    update public.conversation_participants p
    set role = new.role
    where p.conversation_id = conversation and p.user_id = person and p.left_at is null;
    perform private.change_group(conversation, false, '{}', array[person]);
  end if;
  return null;
end
$$;
comment on function private.follow_circle is 'Trigger: who joins or leaves a circle, or gets another role in it, does so in its conversation.';

create function private.rename_circle_conversation()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  conversation uuid;
begin
  select c.conversation_id into conversation from private.circle_conversations c where c.circle_id = new.id;
  if conversation is null then
    return null;
  end if;
  update public.conversations c set subject = new.name where c.id = conversation;
  perform private.change_group(conversation, false, jsonb_build_object('subject', new.name), '{}',
    private.system_event('renamed', '{}', to_jsonb(new.name)));
  return null;
end
$$;
comment on function private.rename_circle_conversation is 'Trigger: the conversation of a circle has its name.';

create function private.open_circle_conversation(circle_id uuid)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_account();
  circle public.circles;
  conversation uuid;
begin
  if private.role_in('circle', circle_id) is null then
    perform private.raise_circle_not_found('open the conversation of');
  end if;
  select c.conversation_id into conversation from private.circle_conversations c where c.circle_id = circle_id;
  if found then
    return conversation;
  end if;
  perform private.take_token(caller, 'group');
  perform private.hold_account();
  circle := private.lock_circle(circle_id, 'open a conversation for', '{owner,admin}');
  -- Of two calls at once the second finds what the first made.
  select c.conversation_id into conversation from private.circle_conversations c where c.circle_id = circle.id;
  if found then
    return conversation;
  end if;
  insert into public.conversations (id, kind, subject, created_by, last_revision)
  values (gen_random_uuid(), 'group', circle.name, caller, 0)
  returning id into conversation;
  perform private.seat_people(conversation, null, array(select m.user_id from public.circle_members m where m.circle_id = circle.id));
  update public.conversation_participants p
  set role = m.role
  from public.circle_members m
  where p.conversation_id = conversation and m.circle_id = circle.id and m.user_id = p.user_id;
  insert into private.circle_conversations (circle_id, conversation_id) values (circle.id, conversation);
  -- No client knows the group yet: they all ask for it.
  perform private.change_group(conversation, false, null, '{}',
    private.system_event('created', array(select m.user_id from public.circle_members m where m.circle_id = circle.id and m.user_id <> caller)));
  perform private.touch_circle(circle.id, 'conversation');
  return conversation;
end
$$;

create function private.release_circle_conversation(circle_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  circle public.circles;
begin
  perform private.take_token(caller, 'circle_change');
  perform private.hold_account();
  circle := private.lock_circle(circle_id, 'release the conversation of', '{owner}');
  delete from private.circle_conversations c where c.circle_id = circle.id;
  if found then
    perform private.touch_circle(circle.id, 'conversation');
  end if;
end
$$;

create function public.open_circle_conversation(circle_id uuid)
returns uuid
language sql
set search_path = ''
as $$
  select private.open_circle_conversation(circle_id)
$$;
comment on function public.open_circle_conversation is
  'The id of the group conversation of a circle, for its members. Where there is none, owners and admins make one of all members.';

create function public.release_circle_conversation(circle_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.release_circle_conversation(circle_id)
$$;
comment on function public.release_circle_conversation is
  'Makes the conversation of a circle an ordinary group of those who take part now; the circle can have another one. For owners.';

create trigger circle_members_follow
after insert or delete or update of role on public.circle_members
for each row
execute function private.follow_circle();

create trigger circles_rename_conversation
after update of name on public.circles
for each row
when (new.name is distinct from old.name)
execute function private.rename_circle_conversation();

revoke execute on function
  private.follow_circle(),
  private.rename_circle_conversation(),
  private.open_circle_conversation(uuid),
  private.release_circle_conversation(uuid),
  public.open_circle_conversation(uuid),
  public.release_circle_conversation(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.open_circle_conversation(uuid),
  private.release_circle_conversation(uuid),
  public.open_circle_conversation(uuid),
  public.release_circle_conversation(uuid)
to authenticated;
