-- What an account leaves behind when it goes: groups, reports and limits.

create function private.hold_leaving(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- From here on no user can add this one to a conversation: the call waits, and finds the account gone.
  perform from public.profiles p where p.id = person for no key update;
  -- A change of a circle holds it before its conversation.
  perform private.hold_circles_of(person);
end
$$;
comment on function private.hold_leaving is 'Holds a person who goes and their circles, before any conversation.';

create function private.pass_on_groups(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- The longest-standing admin, else member, takes over what had no other owner.
  update public.conversation_participants p
  -- The change itself takes its number when the person leaves, with the lock held from here to there.
  set role = 'owner', revision = (select c.last_revision + 1 from public.conversations c where c.id = p.conversation_id)
  from (
    select distinct on (heir.conversation_id) heir.conversation_id, heir.user_id
    from public.conversation_participants mine
    join public.conversation_participants heir on heir.conversation_id = mine.conversation_id
    where mine.user_id = person and mine.role = 'owner' and mine.left_at is null
      -- In the conversation of a circle it is the circle's heir.
      and not exists (select from private.circle_conversations k where k.conversation_id = mine.conversation_id)
      and heir.user_id <> person and heir.left_at is null
      and not exists (
        select
        from public.conversation_participants o
        where o.conversation_id = mine.conversation_id and o.user_id <> person and o.role = 'owner' and o.left_at is null
      )
    order by heir.conversation_id, heir.role, heir.joined_at, heir.user_id
  ) next
  where p.conversation_id = next.conversation_id and p.user_id = next.user_id;
end
$$;
comment on function private.pass_on_groups is 'Gives the groups that a person owns alone to the longest-standing admin, else member.';

create function private.forget_reported(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Reports hold messages as they were, also those that were deleted before the account.
  update public.message_reports r set reported = '{}' where r.reported ->> 'sender_id' = person::text;
  update public.message_reports r
  set reported = jsonb_set(r.reported, '{reply,excerpt}', '""')
  where r.reported #>> '{reply,sender_id}' = person::text;
  perform private.drop_files(
    array(
      select distinct a.message_id
      from private.message_attachments a
      join public.messages m on m.id = a.message_id
      where m.sender_id = person and a.withdrawn_at is not null
    ), false, '{}');
end
$$;
comment on function private.forget_reported is 'Takes what a person wrote and sent out of reports.';

create function private.drop_tokens(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- A call that holds one waits for the account: waiting for it here would go in a circle.
  delete from private.rate_limits l
  where l.user_id = person and l.action in (select r.action from private.rate_limits r where r.user_id = person for update skip locked);
end
$$;
comment on function private.drop_tokens is 'Forgets what a person has left of limits, but for what a call holds at this moment.';

revoke execute on function
  private.hold_leaving(uuid),
  private.pass_on_groups(uuid),
  private.forget_reported(uuid),
  private.drop_tokens(uuid)
from public, anon, authenticated, service_role;
