-- Reports of messages, and what moderators do with them.

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
begin
  reason := private.check_text('name', reason, 100, 'report the message', 'reason');
  if note <> '' then
    perform private.check_text('lines', note, 2000, 'report the message', 'note');
  end if;
  if exists (select from public.message_reports r where r.message_id = report_message.message_id and r.reporter_id = caller) then
    return;
  end if;
  perform private.take_token(caller, 'report');
  perform private.hold_account();
  -- A deletion of the message at this moment waits, and then keeps what was reported.
  perform from public.conversations c
  where c.id = (select m.conversation_id from public.messages m where m.id = report_message.message_id) for share;
  select m.* into message
  from public.messages m
  where m.id = message_id and m.deleted_at is null
    and (
      private.sees_message(m.conversation_id, m.seq)
      -- A user who was just removed may have been removed for what they would report.
      or exists (
        select
        from public.conversation_participants p
        where p.conversation_id = m.conversation_id and p.user_id = caller and p.left_at > now() - interval '7 days' and m.created_at <= p.left_at
          and m.seq >= p.visible_from_seq
      )
    );
  if message.id is null then
    perform private.raise_error('message_not_found', 'unable to report the message; there is none in your conversations',
      'Check the id; it may have been deleted.');
  end if;
  if message.system is not null then
    perform private.raise_error('forbidden', 'unable to report the message; it is a system message', 'Choose a message of a user.');
  end if;
  insert into public.message_reports (message_id, reporter_id, reason, note, reported)
  values (message_id, caller, reason, coalesce(note, ''), private.message_json(message))
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
  perform private.require_moderator();
  if not exists (select from public.profiles p where p.id = (select auth.uid()) and p.user_id is not null) then
    perform private.raise_error('account_not_found', 'unable to list the reports; the account was deleted', 'Sign in again.');
  end if;
  -- One more than a page tells that there is another.
  perform private.check_page_size('list reports', page_size, 200, 1);
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
  caller uuid := private.hold_account();
begin
  perform private.require_moderator();
  if note <> '' then
    perform private.check_text('lines', note, 2000, 'resolve the report', 'note');
  end if;
  -- When two moderators resolve it at once, the first note stays.
  update public.message_reports r
  set resolved_at = clock_timestamp(), resolved_by = caller, resolution = coalesce(note, '')
  where r.id = report_id and r.resolved_at is null;
  if not found and not exists (select from public.message_reports r where r.id = report_id) then
    perform private.raise_error('report_not_found', 'unable to resolve the report; there is none', 'Check the id.', '{"field": "id"}');
  end if;
end
$$;

create function public.report_message(message_id uuid, reason text, note text default '')
returns void
language sql
set search_path = ''
as $$
  select private.report_message(message_id, reason, note)
$$;
comment on function public.report_message is 'Reports a message to the moderators, once a user; also for a week after the caller left or was removed.';

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

create policy "Moderators read the reports"
on public.message_reports
for select
to authenticated
using ((select private.is_moderator()));

revoke execute on function
  private.report_message(uuid, text, text),
  private.list_reports(integer, timestamptz, uuid, boolean),
  private.resolve_report(uuid, text),
  public.report_message(uuid, text, text),
  public.list_reports(integer, timestamptz, uuid, boolean),
  public.resolve_report(uuid, text)
from public, anon, authenticated, service_role;
grant execute on function
  private.report_message(uuid, text, text),
  private.list_reports(integer, timestamptz, uuid, boolean),
  private.resolve_report(uuid, text),
  public.report_message(uuid, text, text),
  public.list_reports(integer, timestamptz, uuid, boolean),
  public.resolve_report(uuid, text)
to authenticated;
