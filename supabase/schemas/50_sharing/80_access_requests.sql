-- Requests for access to a song or setlist whose id a user has.
--
-- Nothing is revealed: asking for what does not exist, or is in the trash, or belongs to a user who blocked the caller, is answered and
-- listed like any other request. So a request has no foreign key to its target; it ends after 30 days.

create table private.access_requests (
  id uuid primary key default gen_random_uuid(),
  target_kind text not null,
  target_id uuid not null,
  requested_by uuid not null references public.profiles (id) on delete cascade,
  message text,
  created_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  outcome text,
  constraint access_requests_target_key unique (target_kind, target_id, requested_by),
  constraint access_requests_target_check check (target_kind in ('song', 'setlist')),
  constraint access_requests_message_check check (char_length(message) between 1 and 1000),
  constraint access_requests_outcome_check check ((ended_at is null) = (outcome is null) and outcome in ('granted', 'declined', 'withdrawn'))
);
comment on table private.access_requests is
  'Who asked for access to what, one row for each user and target; also for ids that do not exist, so that no answer tells which do.';
comment on column private.access_requests.ended_at is 'The user who asked does not see it: a declined request looks like one that waits.';

create index access_requests_requested_by_idx on private.access_requests (requested_by, created_at desc, id desc);
create index access_requests_created_at_idx on private.access_requests (created_at);

create function private.raise_access_request_not_found()
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('request_not_found', 'unable to answer the request; there is none with that id for you that is open',
    'It may have been answered or withdrawn.');
end
$$;

create function private.request_access(target_kind text, target_id uuid, message text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  made uuid;
  target private.targets;
begin
  perform private.check_target_kind(target_kind, 'request access');
  if target_id is null then
    perform private.raise_error('invalid_input', 'unable to request access; the id is missing', 'Pass the id of a song or setlist.',
      '{"field": "target_id"}');
  elsif message is not null then
    perform private.check_text('lines', message, 1000, 'request access', 'message');
  end if;
  perform private.take_token(caller, 'access_request');
  perform private.hold_account();
  -- Asking again within 30 days changes nothing, whatever became of the first request.
  insert into private.access_requests as r (target_kind, target_id, requested_by, message)
  values (target_kind, target_id, caller, message)
  on conflict on constraint access_requests_target_key do update
  set message = excluded.message, created_at = excluded.created_at, ended_at = null, outcome = null
  where r.created_at <= clock_timestamp() - interval '30 days'
  returning r.id into made;
  select t.* into target from private.targets t where t.kind = target_kind and t.id = target_id and t.deleted_at is null;
  if made is not null and target.created_by <> caller and not private.are_blocked(caller, array[target.created_by])
    and private.try_token(target.created_by, 'access_notices')
  then
    begin
      perform private.notify(target.created_by, 'access_requested', target, caller, jsonb_build_object('subject_id', made));
    exception when foreign_key_violation then
      -- Deleted at this moment: answered like what does not exist.
      null;
    end;
  end if;
end
$$;

create function private.list_access_requests(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
begin
  perform private.check_page_size('list the requests', page_size, 200, 1);
  return query
    select jsonb_build_object('id', r.id, 'target_kind', t.kind, 'title', t.title, 'requested_by', private.person_json(r.requested_by),
      'message', r.message, 'created_at', r.created_at) || private.target_json(t.kind, t.id)
    from private.targets t
    join private.access_requests r on r.target_kind = t.kind and r.target_id = t.id
    where t.created_by = caller and t.deleted_at is null
      and r.ended_at is null and r.requested_by <> caller and r.created_at > now() - interval '30 days'
      and not private.are_blocked(caller, array[r.requested_by])
      and (r.created_at, r.id) < (before_created_at, before_id)
    order by r.created_at desc, r.id desc
    limit page_size;
end
$$;

create function private.list_access_requests_sent(page_size integer, before_created_at timestamptz, before_id uuid)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_account();
begin
  perform private.check_page_size('list the requests', page_size, 200, 1);
  return query
    select jsonb_build_object('id', r.id, 'target_kind', r.target_kind, 'message', r.message, 'created_at', r.created_at,
      'state', case
        when r.outcome in ('granted', 'withdrawn') then r.outcome
        when r.created_at <= now() - interval '30 days' then 'expired'
        else 'pending'
      end) || private.target_json(r.target_kind, r.target_id)
    from private.access_requests r
    where r.requested_by = caller and (r.created_at, r.id) < (before_created_at, before_id)
    order by r.created_at desc, r.id desc
    limit page_size;
end
$$;

create function private.answer_access_request(request_id uuid, role text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  request private.access_requests;
  share jsonb;
begin
  select r.* into request
  from private.access_requests r
  where r.id = request_id and r.ended_at is null and r.created_at > clock_timestamp() - interval '30 days';
  if private.role_in(request.target_kind, request.target_id) is distinct from 'owner' then
    perform private.raise_access_request_not_found();
  end if;
  if role is null then
    perform private.hold_account();
    perform private.lock_target(request.target_kind, request.target_id, 'answer a request for', '{owner}');
  else
    -- An ordinary share, which the user accepts. A role that the user got since then is not lowered.
    share := private.offer_share(request.target_kind, request.target_id, role, request.requested_by, null, null, null, false, true);
  end if;
  update private.access_requests r
  set ended_at = clock_timestamp(), outcome = case when role is null then 'declined' else 'granted' end
  where r.id = request_id and r.ended_at is null;
  if not found then
    perform private.raise_access_request_not_found();
  end if;
  return share;
end
$$;

create function private.withdraw_access_request(request_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.hold_account();
begin
  -- A declined one too: otherwise its state would reveal that it was declined.
  update private.access_requests r
  set ended_at = clock_timestamp(), outcome = 'withdrawn', message = null
  where r.id = request_id and r.requested_by = caller and (r.ended_at is null or r.outcome = 'declined');
  delete from public.notices n where n.kind = 'access_requested' and n.actor_id = caller and n.data ->> 'subject_id' = request_id::text;
end
$$;

create function private.end_access_requests_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from private.access_requests r where r.requested_by = new.id;
  return null;
end
$$;

create function public.request_access(target_id uuid, message text default null, target_kind text default 'song')
returns void
language sql
set search_path = ''
as $$
  select private.request_access(target_kind, target_id, message)
$$;
comment on function public.request_access is
  'Asks the owner of a song or setlist for access; answers nothing, whether there is one or not. Asking again within 30 days changes nothing.';

create function public.list_access_requests(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_access_requests(page_size, before_created_at, before_id)
$$;
comment on function public.list_access_requests is 'Open requests for access to what the caller owns, the latest first; a page of at most 201.';

create function public.list_access_requests_sent(
  page_size integer default 50,
  before_created_at timestamptz default 'infinity',
  before_id uuid default 'ffffffff-ffff-ffff-ffff-ffffffffffff'
)
returns setof jsonb
language sql
stable
set search_path = ''
as $$
  select * from private.list_access_requests_sent(page_size, before_created_at, before_id)
$$;
comment on function public.list_access_requests_sent is 'The caller''s requests for access, the latest first; one that was declined looks like one that waits.';

create function public.grant_access_request(request_id uuid, role text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.answer_access_request(request_id, coalesce(role, ''))
$$;
comment on function public.grant_access_request is 'Answers a request for access to something of the caller''s own with a share, which the user accepts.';

create function public.decline_access_request(request_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.answer_access_request(request_id, null)
$$;
comment on function public.decline_access_request is 'Declines a request for access to something of the caller''s own; the user who asked is not told.';

create function public.withdraw_access_request(request_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.withdraw_access_request(request_id)
$$;
comment on function public.withdraw_access_request is 'Takes a request of the caller''s back; does nothing when it was answered.';

create trigger profiles_end_requests
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_access_requests_of_deleted();

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('private.access_requests', 30, 'requested_by', 't.id', array['id', 'target_kind', 'target_id', 'message', 'created_at'], '{}');

revoke all on private.access_requests from public, anon, authenticated, service_role;
revoke execute on function
  private.raise_access_request_not_found(),
  private.request_access(text, uuid, text),
  private.list_access_requests(integer, timestamptz, uuid),
  private.list_access_requests_sent(integer, timestamptz, uuid),
  private.answer_access_request(uuid, text),
  private.withdraw_access_request(uuid),
  private.end_access_requests_of_deleted(),
  public.request_access(uuid, text, text),
  public.list_access_requests(integer, timestamptz, uuid),
  public.list_access_requests_sent(integer, timestamptz, uuid),
  public.grant_access_request(uuid, text),
  public.decline_access_request(uuid),
  public.withdraw_access_request(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.request_access(text, uuid, text),
  private.list_access_requests(integer, timestamptz, uuid),
  private.list_access_requests_sent(integer, timestamptz, uuid),
  private.answer_access_request(uuid, text),
  private.withdraw_access_request(uuid),
  public.request_access(uuid, text, text),
  public.list_access_requests(integer, timestamptz, uuid),
  public.list_access_requests_sent(integer, timestamptz, uuid),
  public.grant_access_request(uuid, text),
  public.decline_access_request(uuid),
  public.withdraw_access_request(uuid)
to authenticated;
