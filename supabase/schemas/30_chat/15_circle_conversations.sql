-- Which groups are the conversation of a circle: the circle decides who takes part in them.

create table private.circle_conversations (
  circle_id uuid primary key references public.circles (id) on delete cascade,
  conversation_id uuid not null unique references public.conversations (id) on delete cascade
);
comment on table private.circle_conversations is
  'The group conversation of a circle. Its participants and their roles are those of the circle, and are changed there alone.';

create function private.require_own_people(conversation_id uuid)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if exists (select from private.circle_conversations c where c.conversation_id = require_own_people.conversation_id) then
    perform private.raise_error('forbidden', 'unable to change who takes part; the group is the conversation of a circle', 'Change the circle.');
  end if;
end
$$;
comment on function private.require_own_people is 'Refuses a change of people in a group whose people are those of a circle.';

revoke all on private.circle_conversations from public, anon, authenticated, service_role;
revoke execute on function private.require_own_people(uuid) from public, anon, authenticated, service_role;
