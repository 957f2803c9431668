-- Who may write to a user and add them to groups, and the requests of those who may not.

create table private.contact_rules (
  user_id uuid primary key references public.profiles (id),
  write text not null default 'everyone',
  groups text not null default 'everyone',
  write_since timestamptz not null default clock_timestamp(),
  constraint contact_rules_write_check check (write in ('everyone', 'known', 'nobody')),
  constraint contact_rules_groups_check check (groups in ('everyone', 'known', 'nobody'))
);
comment on table private.contact_rules is 'Who may write to a user, and add them to groups. A user without a row lets everyone.';
comment on column private.contact_rules.write_since is 'When write was last changed: nobody means that those known before it must ask as well.';

create table private.contact_requests (
  id uuid primary key default gen_random_uuid(),
  sender_id uuid not null references public.profiles (id),
  recipient_id uuid not null references public.profiles (id),
  conversation_id uuid references public.conversations (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  answered_at timestamptz,
  accepted boolean,
  constraint contact_requests_people_check check (sender_id <> recipient_id),
  constraint contact_requests_answer_check check ((answered_at is null) = (accepted is null)),
  constraint contact_requests_conversation_id_recipient_id_key unique (conversation_id, recipient_id)
);
comment on table private.contact_requests is
  'Requests to write to a user, and with a conversation invitations to a group. Answered ones stay, so that repeats are bounded.';

-- One per pair, and one per group and user, whoever of the group invites.
create unique index contact_requests_pair_idx on private.contact_requests (sender_id, recipient_id) where conversation_id is null;
create index contact_requests_sender_id_idx on private.contact_requests (sender_id, created_at desc, id desc);
create index contact_requests_recipient_id_idx on private.contact_requests (recipient_id, created_at desc, id desc);

create function private.knows(person uuid, other uuid, since timestamptz)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  pair constant text := least(person, other) || ':' || greatest(person, other);
begin
  return exists (
    select
    from private.contact_requests r
    where r.conversation_id is null and coalesce(r.answered_at, r.created_at) >= since and (
      (r.sender_id = other and r.recipient_id = person and r.accepted)
      -- A user who asked wants an answer.
      or (r.sender_id = person and r.recipient_id = other and r.accepted is not false)
    )
  ) or exists (
    select
    from public.conversations c
    where c.direct_key = pair and (
      (c.created_by = person and c.created_at >= since)
      or exists (
        select from public.messages m
        where m.sender_id = person and m.conversation_id = c.id and m.created_at >= since
      )
    )
  );
end
$$;
comment on function private.knows is
  'Whether a person has written to another one since a time, has opened their conversation, has accepted their request or asked them.';

create function private.accepts(person uuid, other uuid, purpose text)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
declare
  rules private.contact_rules;
begin
  select * into rules from private.contact_rules r where r.user_id = person;
  if not found then
    return true;
  end if;
  if purpose = 'groups' then
    return rules.groups = 'everyone' or (rules.groups = 'known' and private.knows(person, other, '-infinity'));
  end if;
  return case rules.write
    when 'everyone' then true
    when 'known' then private.knows(person, other, '-infinity')
    else private.knows(person, other, rules.write_since)
  end;
end
$$;
comment on function private.accepts is 'Whether a person lets another one write to them, or add them to groups: the one rule of consent.';

create function private.require_consent(person uuid, other uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not private.accepts(person, other, 'write') then
    perform private.raise_error('request_needed', 'unable to write; the user accepts messages on request only', 'Send a request first.',
      '{"field": "userId"}');
  end if;
end
$$;

create function private.request_json(request private.contact_requests, viewer uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  -- Asking a user shows nothing of a profile that is not listed.
  shows constant boolean := viewer <> request.sender_id or private.can_see_profile(request.recipient_id);
begin
  return (
    select jsonb_build_object('id', request.id, 'kind', case when c.id is null then 'contact' else 'group' end, 'created_at', request.created_at,
      'user', jsonb_build_object('user_id', f.id, 'handle', case when shows then f.handle end,
        'display_name', case when shows then f.display_name else '' end, 'avatar_path', case when shows then f.avatar_path end),
      -- Not by its bare id, by which clients know events of their own conversations.
      'group', case when c.id is not null then jsonb_build_object('id', c.id, 'subject', c.subject) end)
    from public.profiles f
    left join public.conversations c on c.id = request.conversation_id
    where f.id = case viewer when request.sender_id then request.recipient_id else request.sender_id end
  );
end
$$;
comment on function private.request_json is 'A request as its sender or its recipient sees it, with the other one of them. It does not tell the answer.';

create function private.is_request_valid(request private.contact_requests)
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return not private.are_blocked(request.recipient_id, array[request.sender_id]) and (
    request.conversation_id is null
    or (
      exists (
        select
        from public.conversation_participants p
        where p.conversation_id = request.conversation_id and p.user_id = request.sender_id and p.left_at is null and p.role <> 'member'
      )
      and not exists (
        select from private.group_bans b where b.conversation_id = request.conversation_id and b.user_id = request.recipient_id
      )
    )
  );
end
$$;
comment on function private.is_request_valid is
  'Whether a request counts: not across a block, an invitation not to a banned user, nor by a user who may not add others any more.';

create function private.make_request(sender uuid, recipient uuid, conversation uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  request private.contact_requests;
  rest constant interval := make_interval(secs => coalesce((select l.per_seconds from private.limits l where l.key = 'request_rest'), 0));
begin
  -- Else a user could make a group for each invitation.
  if conversation is not null and (
    select count(*)
    from private.contact_requests r
    where r.sender_id = sender and r.recipient_id = recipient and r.accepted is not true and r.created_at > clock_timestamp() - rest
  ) >= private.at_most('invitations') then
    return;
  end if;
  insert into private.contact_requests as r (sender_id, recipient_id, conversation_id)
  values (sender, recipient, conversation)
  on conflict do nothing
  returning r.* into request;
  if request.id is null then
    -- Of those of a group the latest stands for its invitation, for an earlier one may not invite any more.
    update private.contact_requests r
    set sender_id = sender
    where r.conversation_id = conversation and r.recipient_id = recipient and r.answered_at is null and r.sender_id <> sender;
    -- An open one is not repeated, and an answered one only after the rest. The sender is not told which it is.
    update private.contact_requests r
    set sender_id = sender, created_at = clock_timestamp(), answered_at = null, accepted = null
    where r.recipient_id = recipient and r.conversation_id is not distinct from conversation and (conversation is not null or r.sender_id = sender)
      and r.answered_at <= clock_timestamp() - rest
    returning r.* into request;
  end if;
  if request.id is not null then
    perform private.deliver_to(recipient, 'request', private.request_json(request, recipient));
  end if;
end
$$;
comment on function private.make_request is 'Asks a user once, and tells their devices; repeats are bounded by the limit request_rest.';

create function private.end_request(request_id uuid, accepted boolean)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_variable
declare
  request private.contact_requests;
begin
  update private.contact_requests r
  set answered_at = clock_timestamp(), accepted = accepted
  where r.id = request_id and r.answered_at is null
  returning r.* into request;
  if request.id is not null then
    perform private.deliver_to(request.recipient_id, 'request', private.request_json(request, request.recipient_id) || '{"answered": true}');
  end if;
end
$$;
comment on function private.end_request is 'Keeps the answer to a request that waits, and tells the other devices of the user who answers. The sender is not told.';

create function private.invite(conversation uuid, caller uuid, people uuid[])
returns uuid[]
language plpgsql
set search_path = ''
as $$
declare
  willing uuid[] := '{}';
  person uuid;
begin
  for person in select distinct unnest(people) as one order by one loop
    if person = caller or private.accepts(person, caller, 'groups') then
      willing := willing || person;
    else
      perform private.make_request(caller, person, conversation);
    end if;
  end loop;
  return willing;
end
$$;
comment on function private.invite is 'Of people who are to join a group, those who let the caller add them; the others get an invitation.';

create function private.forget_contacts(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  delete from private.contact_rules r where r.user_id = person;
  delete from private.contact_requests r where r.sender_id = person or r.recipient_id = person;
end
$$;
comment on function private.forget_contacts is 'Deletes the rules and requests of an account that goes.';

insert into private.limits (key, at_most, per_seconds, what_for) values
  ('request', 20, 3600, 'requests to write to users'),
  ('invitations', 5, null, 'requests of a user to another one that are not accepted, before groups add more'),
  ('request_rest', 1, 2592000, 'requests to the same user, or to join the same group, after an answer');

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.contact_rules', 53, 'user_id', 't.user_id', null, '{}'),
  -- The answer stays the recipient's.
  ('private.contact_requests', 54, 'sender_id', 't.id', array['id', 'recipient_id', 'conversation_id', 'created_at'], '{}');

revoke all on private.contact_rules, private.contact_requests from public, anon, authenticated, service_role;
revoke execute on function
  private.knows(uuid, uuid, timestamptz),
  private.accepts(uuid, uuid, text),
  private.require_consent(uuid, uuid),
  private.request_json(private.contact_requests, uuid),
  private.is_request_valid(private.contact_requests),
  private.make_request(uuid, uuid, uuid),
  private.end_request(uuid, boolean),
  private.invite(uuid, uuid, uuid[]),
  private.forget_contacts(uuid)
from public, anon, authenticated, service_role;
