-- The calls by which users say who may reach them, ask each other, and answer.

create function private.rules_json(person uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_build_object('write', r.write, 'groups', r.groups) from private.contact_rules r where r.user_id = person
  ), '{"write": "everyone", "groups": "everyone"}');
end
$$;

create function private.get_contact_rules()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return private.rules_json(private.require_user());
end
$$;

create function private.set_contact_rules(rules jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  strange text;
begin
  if jsonb_typeof(rules) is distinct from 'object' then
    strange := 'rules';
  else
    select e.key into strange
    from jsonb_each(rules) as e
    where e.key not in ('write', 'groups') or e.value not in ('"everyone"', '"known"', '"nobody"')
    limit 1;
  end if;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to set the rules; %s cannot be set to that', strange),
      'Set write and groups to everyone, known or nobody.', jsonb_build_object('field', strange));
  end if;
  perform private.take_token(caller, 'change');
  perform private.hold_account();
  insert into private.contact_rules as r (user_id, write, groups)
  values (caller, coalesce(rules ->> 'write', 'everyone'), coalesce(rules ->> 'groups', 'everyone'))
  on conflict on constraint contact_rules_pkey do update
  -- Of two calls at once each sets what it names.
  set
    write = coalesce(rules ->> 'write', r.write),
    groups = coalesce(rules ->> 'groups', r.groups),
    write_since = case when rules ->> 'write' <> r.write then clock_timestamp() else r.write_since end;
  return private.rules_json(caller);
end
$$;

create function private.accept_contact(request_id uuid, caller uuid, sender uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  perform private.end_request(request_id, true);
  return private.make_direct(caller, sender);
end
$$;

create function private.accept_invitation(request private.contact_requests)
returns jsonb
language plpgsql
set search_path = ''
as $$
begin
  perform private.end_request(request.id, true);
  if private.seat_people(request.conversation_id, null, array[request.recipient_id]) = 0 then
    return private.conversation_json(request.conversation_id);
  end if;
  return private.change_group(request.conversation_id, false, '{}', array[request.recipient_id],
    private.system_event('joined', array[request.recipient_id]));
end
$$;
comment on function private.accept_invitation is 'Seats a user who accepts an invitation in the group, whose lock is held.';

create function private.request_contact(user_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  theirs uuid;
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to send the request; the id is your own', 'Pass the id of another user.',
      '{"field": "userId"}');
  end if;
  perform private.take_token(caller, 'request');
  perform private.require_unblocked(caller, array[user_id], 'unable to send the request; one of you blocked the other');
  perform private.hold_people(array[caller, user_id], 'userId');
  select r.id into theirs
  from private.contact_requests r
  where r.sender_id = user_id and r.recipient_id = caller and r.conversation_id is null and r.answered_at is null;
  if theirs is not null then
    -- Both want it.
    perform private.accept_contact(theirs, caller, user_id);
    return 'open';
  end if;
  if private.accepts(user_id, caller, 'write') then
    return 'open';
  end if;
  perform private.make_request(caller, user_id, null);
  return 'sent';
end
$$;

create function private.list_requests(page_size integer, before_at timestamptz, before_id uuid, sent boolean)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- One more than a page tells that there is another.
  perform private.check_page_size('list requests', page_size, 200, 1);
  if num_nulls(before_at, before_id) = 1 then
    perform private.raise_error('invalid_cursor', 'unable to list requests; the cursor is not whole', 'Pass it back unchanged.');
  end if;
  return coalesce((
    select jsonb_agg(private.request_json(r, caller) order by r.created_at desc, r.id desc)
    from (
      select *
      from private.contact_requests
      where case when sent
          -- A declined one looks like one that waits. Senders who may not invite any more learn nothing of the group.
          then contact_requests.sender_id = caller and contact_requests.accepted is not true and private.is_request_valid(contact_requests)
          else contact_requests.recipient_id = caller and contact_requests.answered_at is null and private.is_request_valid(contact_requests)
            and (contact_requests.conversation_id is not null or not private.accepts(caller, contact_requests.sender_id, 'write'))
        end
        and (before_at is null or (contact_requests.created_at, contact_requests.id) < (before_at, before_id))
      order by contact_requests.created_at desc, contact_requests.id desc
      limit page_size
    ) r
  ), '[]');
end
$$;

create function private.raise_request_not_found()
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('request_not_found', 'unable to answer the request; there is none for you that waits', 'List the requests again.',
    '{"field": "requestId"}');
end
$$;

create function private.answer_request(request_id uuid, accept boolean)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  request private.contact_requests;
begin
  if accept is null then
    perform private.raise_error('invalid_input', 'unable to answer the request; accept is true or false', 'Pass one of them.', '{"field": "accept"}');
  end if;
  perform private.take_token(caller, 'change');
  select * into request from private.contact_requests r where r.id = request_id and r.recipient_id = caller;
  if request.id is null then
    perform private.raise_request_not_found();
  end if;
  if accept then
    perform from public.profiles f where f.id in (caller, request.sender_id) and f.user_id is not null order by f.id for share;
  end if;
  perform private.hold_account();
  if accept then
    perform from public.conversations c where c.id = request.conversation_id for no key update;
  end if;
  -- Again under the locks: another device may have answered, a block or a ban may have come first.
  select * into request from private.contact_requests r where r.id = request_id for update;
  if request.id is null or (case
    when request.answered_at is null then accept and not private.is_request_valid(request)
    -- The same answer again is a success, but does not bring back a user who has left since.
    else request.accepted <> accept or (accept and request.conversation_id is not null and not private.is_participant(request.conversation_id))
  end) then
    perform private.raise_request_not_found();
  end if;
  if not accept then
    perform private.end_request(request_id, false);
    return null;
  elsif request.conversation_id is null then
    return private.accept_contact(request_id, caller, request.sender_id);
  end if;
  return private.accept_invitation(request);
end
$$;

create function public.get_contact_rules()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.get_contact_rules()
$$;
comment on function public.get_contact_rules is 'Who may write to the caller, and add them to groups: everyone, known or nobody.';

create function public.set_contact_rules(rules jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_contact_rules(rules)
$$;
comment on function public.set_contact_rules is 'Sets write and groups to everyone, known or nobody; what is not named stays.';

create function public.request_contact(user_id uuid)
returns text
language sql
set search_path = ''
as $$
  select private.request_contact(user_id)
$$;
comment on function public.request_contact is 'Asks a user whether the caller may write: open when that needs no answer, else sent, whether or not it was repeated.';

create function public.list_requests(
  page_size integer default 50, before_at timestamptz default null, before_id uuid default null, sent boolean default false
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_requests(page_size, before_at, before_id, sent)
$$;
comment on function public.list_requests is 'Requests that wait for the caller''s answer, or that the caller sent and nobody accepted, the newest first.';

create function public.answer_request(request_id uuid, accept boolean)
returns jsonb
language sql
set search_path = ''
as $$
  select private.answer_request(request_id, accept)
$$;
comment on function public.answer_request is 'Accepts a request, and answers its conversation, or declines it, of which the sender learns nothing.';

revoke execute on function
  private.rules_json(uuid),
  private.get_contact_rules(),
  private.set_contact_rules(jsonb),
  private.accept_contact(uuid, uuid, uuid),
  private.accept_invitation(private.contact_requests),
  private.request_contact(uuid),
  private.list_requests(integer, timestamptz, uuid, boolean),
  private.raise_request_not_found(),
  private.answer_request(uuid, boolean),
  public.get_contact_rules(),
  public.set_contact_rules(jsonb),
  public.request_contact(uuid),
  public.list_requests(integer, timestamptz, uuid, boolean),
  public.answer_request(uuid, boolean)
from public, anon, authenticated, service_role;
grant execute on function
  private.get_contact_rules(),
  private.set_contact_rules(jsonb),
  private.request_contact(uuid),
  private.list_requests(integer, timestamptz, uuid, boolean),
  private.answer_request(uuid, boolean),
  public.get_contact_rules(),
  public.set_contact_rules(jsonb),
  public.request_contact(uuid),
  public.list_requests(integer, timestamptz, uuid, boolean),
  public.answer_request(uuid, boolean)
to authenticated;
