-- What keeps people from each other: rate limits, blocks, reports and what moderators do with them.
--
-- Roll back: drop table public.message_reports, public.user_blocks, private.rate_limits, private.rate_limit_rules cascade; drop the
-- functions below.

begin;
set local lock_timeout = '10s';

create table private.rate_limit_rules (
  action text primary key,
  burst bigint not null,
  per_seconds double precision not null,
  constraint rate_limit_rules_check check (burst > 0 and per_seconds > 0)
);
comment on table private.rate_limit_rules is 'How many at once, and in how many seconds as many again. An app changes the rows by SQL.';

insert into private.rate_limit_rules (action, burst, per_seconds)
values ('send', 30, 10), ('change', 60, 10), ('group', 10, 600), ('report', 10, 600)
on conflict (action) do nothing;

create table private.rate_limits (
  user_id uuid not null,
  action text not null references private.rate_limit_rules (action),
  tokens double precision not null,
  refilled_at timestamptz not null,
  burst bigint,
  primary key (user_id, action),
  constraint rate_limits_burst_check check (burst > 0)
);
comment on table private.rate_limits is 'What each person has left of a limit: a bucket of tokens that refills.';
comment on column private.rate_limits.burst is 'A limit of the person''s own in place of the rule''s, such as a bot''s.';

create index rate_limits_action_idx on private.rate_limits (action);

create table public.user_blocks (
  blocker_id uuid not null references public.profiles (id),
  blocked_id uuid not null references public.profiles (id),
  created_at timestamptz not null default now(),
  primary key (blocker_id, blocked_id),
  constraint user_blocks_check check (blocker_id <> blocked_id)
);
comment on table public.user_blocks is 'Who blocked whom; only the blocker sees the row.';

create index user_blocks_blocked_id_idx on public.user_blocks (blocked_id);

create table public.message_reports (
  id uuid primary key default gen_random_uuid(),
  message_id uuid not null references public.messages (id) on delete cascade,
  reporter_id uuid not null references public.profiles (id),
  reason text not null,
  note text not null default '',
  reported jsonb not null,
  created_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolved_by uuid references public.profiles (id),
  resolution text,
  constraint message_reports_message_id_reporter_id_key unique (message_id, reporter_id),
  constraint message_reports_reason_check check (char_length(reason) between 1 and 100),
  constraint message_reports_note_check check (char_length(note) <= 2000),
  constraint message_reports_resolution_check check (char_length(resolution) <= 2000)
);
comment on table public.message_reports is 'Messages that people reported; moderators read them.';
comment on column public.message_reports.reported is
  'The message as it was when it was reported, so that deleting it does not hide it; emptied when its sender''s account is.';

create index message_reports_reporter_id_idx on public.message_reports (reporter_id);
create index message_reports_resolved_by_idx on public.message_reports (resolved_by);
create index message_reports_created_at_id_idx on public.message_reports (created_at desc, id desc);

create function private.take_token(person uuid, wanted text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  rule private.rate_limit_rules;
  wait_ms bigint;
begin
  select * into rule from private.rate_limit_rules r where r.action = wanted;
  if not found then
    return;
  end if;
  -- Mostly there is a row, and an update costs less than an insert that finds one. The second time round somebody else has just
  -- made it, or there is too little in it.
  for attempt in 1 .. 2 loop
    -- The row is locked until the end of the transaction, and is the first lock of any: one person's calls queue here.
    update private.rate_limits l
    set
      tokens = least(
        coalesce(l.burst, rule.burst),
        l.tokens + extract(epoch from clock_timestamp() - l.refilled_at) * coalesce(l.burst, rule.burst) / rule.per_seconds
      ) - 1,
      refilled_at = clock_timestamp()
    where l.user_id = person and l.action = wanted
      and l.tokens + extract(epoch from clock_timestamp() - l.refilled_at) * coalesce(l.burst, rule.burst) / rule.per_seconds >= 1;
    if found then
      return;
    end if;
    insert into private.rate_limits (user_id, action, tokens, refilled_at)
    values (person, wanted, rule.burst - 1, clock_timestamp())
    on conflict (user_id, action) do nothing;
    if found then
      return;
    end if;
  end loop;
  select ceil(1000 * ((1 - l.tokens) * rule.per_seconds / coalesce(l.burst, rule.burst)
    - extract(epoch from clock_timestamp() - l.refilled_at)))
  into wait_ms
  from private.rate_limits l
  where l.user_id = person and l.action = wanted;
  perform private.raise_error('rate_limited', 'unable to go on; too much at once', 'Wait for retryAfterMs.',
    jsonb_build_object('retryAfterMs', greatest(wait_ms, 1)));
end
$$;
comment on function private.take_token is 'Counts one action of a person; raises rate_limited, with the time to wait, when there were too many.';

create function private.are_blocked(one uuid, others uuid[])
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (select from public.user_blocks b where b.blocker_id = one and b.blocked_id = any (others))
    or exists (select from public.user_blocks b where b.blocked_id = one and b.blocker_id = any (others));
end
$$;
comment on function private.are_blocked is 'Whether a person blocked one of others, or was blocked by one.';

create function private.require_unblocked(one uuid, others uuid[], reason text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if private.are_blocked(one, others) then
    perform private.raise_error('blocked', reason, 'Nothing can be done from this side.');
  end if;
end
$$;

create function private.require_undisturbed(direct_key text, caller uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Under the lock of the conversation, which a block takes as well. Volatile, so that it sees what was committed meanwhile.
  if direct_key is not null then
    perform private.require_unblocked(caller,
      array_remove(array[split_part(direct_key, ':', 1)::uuid, split_part(direct_key, ':', 2)::uuid], caller),
      'unable to write; one of you blocked the other');
  end if;
end
$$;
comment on function private.require_undisturbed is 'Raises in a direct conversation in which one blocked the other; groups go on.';

create function private.is_moderator()
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce((select auth.jwt()) -> 'app_metadata' ->> 'role' = 'moderator', false)
$$;
comment on function private.is_moderator is 'Whether the caller''s account is marked as moderator, which only the service can do.';

create function private.require_moderator()
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if not private.is_moderator() then
    perform private.raise_error('forbidden', 'unable to moderate; the account is not a moderator''s', 'The service marks moderators.');
  end if;
end
$$;

create function private.turn_direct_key(one uuid, other uuid)
returns void
language plpgsql
set search_path = ''
as $$
declare
  pair text := least(one, other) || ':' || greatest(one, other);
  conversation uuid;
begin
  select c.id into conversation from public.conversations c where c.direct_key = pair for no key update;
  if found then
    -- A change like any other, so that both leave the topic that they are on.
    perform private.change_group(conversation, true);
  end if;
end
$$;
comment on function private.turn_direct_key is
  'Locks the direct conversation of two people, gives it another key for typing and presence, and tells both that something changed.';

create function private.block_user(user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
begin
  if user_id is null or user_id = caller then
    perform private.raise_error('invalid_input', 'unable to block the person; it takes somebody else', 'Pass their id.',
      '{"field": "userId"}');
  end if;
  if exists (select from public.user_blocks b where b.blocker_id = caller and b.blocked_id = user_id) then
    return;
  end if;
  perform private.hold_people(array[caller, user_id], 'userId');
  perform private.turn_direct_key(caller, user_id);
  insert into public.user_blocks (blocker_id, blocked_id) values (caller, user_id) on conflict do nothing;
end
$$;

create function private.unblock_user(user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  delete from public.user_blocks b where b.blocker_id = caller and b.blocked_id = unblock_user.user_id;
end
$$;

create function private.list_blocks()
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  return coalesce((
    select jsonb_agg(
      jsonb_build_object('user_id', b.blocked_id, 'handle', f.handle, 'display_name', f.display_name, 'created_at', b.created_at)
      order by b.created_at desc, b.blocked_id
    )
    from public.user_blocks b
    join public.profiles f on f.id = b.blocked_id
    where b.blocker_id = caller
  ), '[]');
end
$$;

create function private.report_message(message_id uuid, reason text, note text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
  message public.messages;
  wrong text := case
    when reason is null or char_length(btrim(reason)) not between 1 and 100 then 'reason'
    when char_length(note) > 2000 then 'note'
  end;
begin
  if wrong is not null then
    perform private.raise_error('invalid_input', 'unable to report the message; a reason has 1 to 100 characters, a note up to 2,000',
      'Shorten or fill it.', jsonb_build_object('field', wrong));
  end if;
  if exists (select from public.message_reports r where r.message_id = report_message.message_id and r.reporter_id = caller) then
    return;
  end if;
  perform private.take_token(caller, 'report');
  select m.* into message
  from public.messages m
  where m.id = message_id and m.deleted_at is null and private.is_participant(m.conversation_id);
  if message.id is null then
    perform private.raise_error('message_not_found', 'unable to report the message; there is none in your conversations',
      'Check the id; it may have been deleted.');
  end if;
  insert into public.message_reports (message_id, reporter_id, reason, note, reported)
  values (message_id, caller, btrim(reason), coalesce(note, ''), private.message_json(message))
  on conflict on constraint message_reports_message_id_reporter_id_key do nothing;
end
$$;

create function private.list_reports(page_size integer, before_at timestamptz, before_id uuid, resolved boolean)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_user();
  perform private.require_moderator();
  -- One more than a page tells that there is another.
  perform private.check_page_size(page_size, 201);
  return coalesce((
    select jsonb_agg(to_jsonb(r) || jsonb_build_object(
      'conversation_id', m.conversation_id, 'sender_id', m.sender_id, 'message', private.message_json(m)
    ) order by r.created_at desc, r.id desc)
    from (
      select *
      from public.message_reports
      where (message_reports.resolved_at is not null) = coalesce(resolved, false)
        and (before_at is null or (message_reports.created_at, message_reports.id) < (before_at, before_id))
      order by message_reports.created_at desc, message_reports.id desc
      limit page_size
    ) r
    join public.messages m on m.id = r.message_id
  ), '[]');
end
$$;

create function private.resolve_report(report_id uuid, note text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
declare
  caller uuid := private.require_user();
begin
  perform private.require_moderator();
  if char_length(note) > 2000 then
    perform private.raise_error('invalid_input', 'unable to resolve the report; a note has at most 2,000 characters', 'Shorten it.',
      '{"field": "note"}');
  end if;
  -- Of two moderators at once the first one's word stands.
  update public.message_reports r
  set resolved_at = clock_timestamp(), resolved_by = caller, resolution = coalesce(note, '')
  where r.id = report_id and r.resolved_at is null;
  if not found and not exists (select from public.message_reports r where r.id = report_id) then
    perform private.raise_error('report_not_found', 'unable to resolve the report; there is none', 'Check the id.', '{"field": "id"}');
  end if;
end
$$;

create function public.block_user(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.block_user(user_id)
$$;
comment on function public.block_user is 'Blocks a person: neither writes to the other directly. Groups of both go on.';

create function public.unblock_user(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unblock_user(user_id)
$$;
comment on function public.unblock_user is 'Takes one''s block of a person back.';

create function public.list_blocks()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_blocks()
$$;
comment on function public.list_blocks is 'Whom the caller blocked, newest first.';

create function public.report_message(message_id uuid, reason text, note text default '')
returns void
language sql
set search_path = ''
as $$
  select private.report_message(message_id, reason, note)
$$;
comment on function public.report_message is 'Reports a message to the moderators, once a person.';

create function public.list_reports(
  page_size integer default 50, before_at timestamptz default null, before_id uuid default null, resolved boolean default false
)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.list_reports(page_size, before_at, before_id, resolved)
$$;
comment on function public.list_reports is 'Reports, newest first, with the message as it was and as it is. For moderators.';

create function public.resolve_report(report_id uuid, note text default '')
returns void
language sql
set search_path = ''
as $$
  select private.resolve_report(report_id, note)
$$;
comment on function public.resolve_report is 'Marks a report as dealt with. For moderators.';

alter table public.user_blocks enable row level security;
alter table public.message_reports enable row level security;

create policy "People see whom they blocked"
on public.user_blocks
for select
to authenticated
using (blocker_id = (select auth.uid()));

create policy "Moderators read the reports"
on public.message_reports
for select
to authenticated
using ((select private.is_moderator()));

revoke all on private.rate_limit_rules, private.rate_limits, public.user_blocks, public.message_reports
  from public, anon, authenticated, service_role;
grant select on public.user_blocks, public.message_reports to service_role;

revoke execute on function
  private.take_token(uuid, text),
  private.are_blocked(uuid, uuid[]),
  private.require_unblocked(uuid, uuid[], text),
  private.require_undisturbed(text, uuid),
  private.is_moderator(),
  private.require_moderator(),
  private.turn_direct_key(uuid, uuid),
  private.block_user(uuid),
  private.unblock_user(uuid),
  private.list_blocks(),
  private.report_message(uuid, text, text),
  private.list_reports(integer, timestamptz, uuid, boolean),
  private.resolve_report(uuid, text),
  public.block_user(uuid),
  public.unblock_user(uuid),
  public.list_blocks(),
  public.report_message(uuid, text, text),
  public.list_reports(integer, timestamptz, uuid, boolean),
  public.resolve_report(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.is_moderator(),
  private.block_user(uuid),
  private.unblock_user(uuid),
  private.list_blocks(),
  private.report_message(uuid, text, text),
  private.list_reports(integer, timestamptz, uuid, boolean),
  private.resolve_report(uuid, text),
  public.block_user(uuid),
  public.unblock_user(uuid),
  public.list_blocks(),
  public.report_message(uuid, text, text),
  public.list_reports(integer, timestamptz, uuid, boolean),
  public.resolve_report(uuid, text)
to authenticated;

commit;
