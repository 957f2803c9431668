-- Reports, and the bucket of attachments. Participants of a message's conversation read its files; while a message or a report refers
-- to a file, no role removes or replaces it.

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
create index message_reports_sender_idx on public.message_reports ((reported ->> 'sender_id'));
create index message_reports_reply_sender_idx on public.message_reports ((reported #>> '{reply,sender_id}'));
create index message_reports_reply_idx on public.message_reports ((reported #>> '{reply,id}'));
create index message_reports_created_at_id_idx on public.message_reports (created_at desc, id desc);

create table private.file_removals (
  bucket_id text not null,
  name text not null,
  queued_at timestamptz not null default clock_timestamp(),
  primary key (bucket_id, name)
);
comment on table private.file_removals is 'Files that nothing refers to any more, for the service to remove through Storage: SQL cannot.';

create index file_removals_queued_at_idx on private.file_removals (queued_at);

create function private.is_own_chat_file(path text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return array_length(string_to_array(path, '/'), 1) = 4
    and split_part(path, '/', 2) = (select auth.uid())::text
    and private.is_uuid(split_part(path, '/', 1))
    and private.is_participant(split_part(path, '/', 1)::uuid);
end
$$;
comment on function private.is_own_chat_file is 'Whether a path is in the caller''s own folder of a conversation that they take part in now.';

create function private.is_file_needed(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Volatile: after waiting for a send it sees what that send has attached.
  return exists (
    select
    from private.message_attachments a
    where a.path = is_file_needed.path and (
      a.withdrawn_at is null
      or exists (select from public.message_reports r where r.message_id = a.message_id and r.resolved_at is null)
    )
  );
end
$$;
comment on function private.is_file_needed is 'Whether a message shows a file, or an open report is about one that did.';

create function private.can_read_chat_file(path text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (
    select
    from private.message_attachments a
    join public.messages m on m.id = a.message_id
    where a.path = can_read_chat_file.path
      and (
        (a.withdrawn_at is null and private.sees_message(m.conversation_id, m.seq))
        or (private.is_moderator() and exists (select from public.message_reports r where r.message_id = m.id))
      )
  ) or (private.is_own_chat_file(path) and not exists (
    -- A user's own file goes with the history that the user cleared.
    select from private.message_attachments a join public.messages m on m.id = a.message_id
    where a.path = can_read_chat_file.path and a.withdrawn_at is null and not private.sees_message(m.conversation_id, m.seq)
  ));
end
$$;
comment on function private.can_read_chat_file is
  'Whether the caller sees the message with that file, or moderates a report of it.';

create function private.drop_files(message_ids uuid[], keep_reported boolean, kept text[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Of what was reported the moderators keep the files until the report is resolved.
  update private.message_attachments a
  set withdrawn_at = clock_timestamp()
  where keep_reported and a.message_id = any (message_ids) and a.withdrawn_at is null and a.path <> all (kept)
    and exists (select from public.message_reports r where r.message_id = a.message_id);
  -- The files themselves are Storage's.
  with gone as (
    delete from private.message_attachments a
    where a.message_id = any (message_ids) and (a.withdrawn_at is null or not keep_reported) and a.path <> all (kept)
    returning a.path
  )
  insert into private.file_removals (bucket_id, name)
  select 'chat', gone.path from gone order by gone.path
  on conflict do nothing;
end
$$;
comment on function private.drop_files is 'Takes files from messages, but for those that are kept, and queues them for their removal.';

create function private.drop_belongings(message_ids uuid[], keep_reported boolean)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.drop_files(message_ids, keep_reported, '{}');
  delete from public.message_reactions r where r.message_id = any (message_ids);
end
$$;
comment on function private.drop_belongings is 'Takes files and reactions from messages that are being emptied.';

create function private.keep_needed_file()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if private.is_file_needed(old.name) then
    perform private.raise_error('forbidden', 'unable to change the file; a message or a report refers to it', 'Delete the message first.');
  end if;
  if tg_op = 'DELETE' then
    delete from private.file_removals q where q.bucket_id = old.bucket_id and q.name = old.name;
    return old;
  end if;
  return new;
end
$$;
comment on function private.keep_needed_file is
  'Trigger: keeps a sent file as it was sent. The Storage server writes as a role that no policy binds, so a policy is not enough.';

create function private.queue_chat_files(batch_size integer, keep interval, reached text)
returns private.maintenance_batch
language plpgsql
security definer
set search_path = ''
as $$
declare
  names text[];
begin
  -- What is gone meanwhile, or sent after all, leaves the queue.
  delete from private.file_removals q
  where reached is null and q.bucket_id = 'chat' and (
    private.is_file_needed(q.name)
    or not exists (select from storage.objects o where o.bucket_id = q.bucket_id and o.name = q.name)
  );
  select array_agg(o.name order by o.name) into names
  from (
    select objects.name
    from storage.objects
    where objects.bucket_id = 'chat' and objects.name > coalesce(reached, '')
    order by objects.name
    limit batch_size
  ) o;
  insert into private.file_removals (bucket_id, name)
  select o.bucket_id, o.name
  from storage.objects o
  where o.bucket_id = 'chat' and o.name = any (names) and not private.is_file_needed(o.name)
    and (
      o.created_at < now() - queue_chat_files.keep
      or not exists (select from public.profiles p where p.id::text = split_part(o.name, '/', 2) and p.user_id is not null)
    )
  on conflict do nothing;
  return (coalesce(cardinality(names), 0)::bigint, case when cardinality(names) = batch_size then names[batch_size] end)::private.maintenance_batch;
end
$$;
comment on function private.queue_chat_files is
  'A step of upkeep: queues files of chat that were uploaded long ago and that no message and no open report refers to.';

create function public.list_abandoned_attachments(page_size integer default 1000)
returns setof text
language sql
set search_path = ''
as $$
  -- From the queue, however many files the bucket has.
  select q.name
  from private.file_removals q
  where q.bucket_id = 'chat' and not private.is_file_needed(q.name)
    and exists (select from storage.objects o where o.bucket_id = q.bucket_id and o.name = q.name)
  order by q.name
  limit page_size
$$;
comment on function public.list_abandoned_attachments is
  'For the service role: files in bucket chat that no user can read, or that were never sent; remove them through Storage.';

create function private.has_overdue_files()
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return exists (select from private.file_removals q where q.queued_at < now() - interval '1 day');
end
$$;

create function public.has_overdue_files()
returns boolean
language sql
stable
set search_path = ''
as $$
  select private.has_overdue_files()
$$;
comment on function public.has_overdue_files is 'Whether files have waited for their removal for over a day: then nothing removes them. For doctor.';

create or replace trigger tertulia_keep_needed_files
before delete or update of bucket_id, name, version on storage.objects
for each row
when (old.bucket_id = 'chat')
execute function private.keep_needed_file();

alter table public.message_reports enable row level security;

create policy "Participants read the files of messages"
on storage.objects
for select
to authenticated
using (bucket_id = 'chat' and private.can_read_chat_file(name));

create policy "Participants upload to their own folder of a conversation"
on storage.objects
for insert
to authenticated
with check (bucket_id = 'chat' and private.is_own_chat_file(name));

-- Also after they left: an upload may land after that.
create policy "Users remove their own files that were not sent"
on storage.objects
for delete
to authenticated
using (bucket_id = 'chat' and split_part(name, '/', 2) = lower((select auth.jwt() ->> 'sub')) and not private.is_file_needed(name));

create policy "Users see their own files in the bucket of chat"
on storage.objects
for select
to authenticated
using (bucket_id = 'chat' and split_part(name, '/', 2) = lower((select auth.jwt() ->> 'sub')) and not private.is_file_needed(name));

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('chat', 'chat', false, 26214400, array[
  'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/heic', 'audio/*', 'video/*', 'application/pdf', 'text/plain'
])
on conflict do nothing;

insert into private.maintenance_steps (name, position, function_name, batch_size, keep)
values ('queue_chat_files', 25, 'private.queue_chat_files', 2000, '7 days');

revoke all on public.message_reports, private.file_removals from public, anon, authenticated, service_role;
grant select on public.message_reports to service_role;
grant select on private.file_removals to service_role;
revoke execute on function
  private.is_own_chat_file(text),
  private.is_file_needed(text),
  private.can_read_chat_file(text),
  private.drop_files(uuid[], boolean, text[]),
  private.drop_belongings(uuid[], boolean),
  private.keep_needed_file(),
  private.queue_chat_files(integer, interval, text),
  private.has_overdue_files(),
  public.has_overdue_files(),
  public.list_abandoned_attachments(integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.is_own_chat_file(text),
  private.is_file_needed(text),
  private.can_read_chat_file(text)
to authenticated;
grant execute on function private.is_file_needed(text), public.list_abandoned_attachments(integer) to service_role;
grant execute on function private.has_overdue_files(), public.has_overdue_files() to anon, authenticated;
