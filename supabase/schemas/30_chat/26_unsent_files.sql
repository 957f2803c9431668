-- Files that wait in a user's folder of a conversation to be sent: how many there may be, and what becomes of them with the account.

create function private.may_upload_chat_file(path text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- Storage asks this in a transaction that it rolls back before it writes, so uploads at the same moment can pass the limit. Upkeep
  -- removes what is never sent.
  -- What is no path of a conversation, another policy refuses.
  return private.is_uuid(split_part(path, '/', 1)) and private.may_write(split_part(path, '/', 1)::uuid, (select auth.uid())) and coalesce((
    select count(*) < private.at_most('unsent_files')
    from storage.objects o
    where o.bucket_id = 'chat'
      -- As the index of Storage compares names: from the folder's slash to what follows a slash.
      and (o.name collate "C") >= split_part(path, '/', 1) || '/' || split_part(path, '/', 2) || '/'
      and (o.name collate "C") < split_part(path, '/', 1) || '/' || split_part(path, '/', 2) || '0'
      and not exists (select from private.message_attachments a where a.path = o.name)
      -- An upload that is tried again is counted once.
      and o.name <> path
      -- What was taken from a message waits for upkeep.
      and not exists (select from private.file_removals q where q.bucket_id = o.bucket_id and q.name = o.name)
  ), true);
end
$$;
comment on function private.may_upload_chat_file is
  'Whether the caller writes in the conversation, and fewer files than the limit unsent_files wait in the folder.';

create function private.check_upload(conversation_id uuid)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform private.require_participant(conversation_id);
  perform private.require_writer(conversation_id, (select auth.uid()));
  if not private.may_upload_chat_file(conversation_id || '/' || (select auth.uid()) || '/') then
    perform private.raise_error('too_many_files', 'unable to upload; too many files there are not sent yet', 'Send or remove some first.');
  end if;
end
$$;

create function public.check_upload(conversation_id uuid)
returns void
language sql
stable
set search_path = ''
as $$
  select private.check_upload(conversation_id)
$$;
comment on function public.check_upload is 'Raises the reason for which Storage refuses the caller''s uploads to a conversation, if there is one.';

create function private.queue_files_of(person uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.file_removals (bucket_id, name)
  select o.bucket_id, o.name
  from public.conversation_participants p
  join storage.objects o on o.bucket_id = 'chat'
    and (o.name collate "C") >= p.conversation_id || '/' || person || '/'
    and (o.name collate "C") < p.conversation_id || '/' || person || '0'
  where p.user_id = person
  order by o.name
  on conflict do nothing;
end
$$;
comment on function private.queue_files_of is 'Queues the files of chat that a user leaves behind; those of messages go once the messages are empty.';

create policy "Only so many files wait to be sent"
on storage.objects
as restrictive
for insert
to authenticated
with check (bucket_id <> 'chat' or private.may_upload_chat_file(name));

revoke execute on function
  private.may_upload_chat_file(text),
  private.check_upload(uuid),
  public.check_upload(uuid),
  private.queue_files_of(uuid)
from public, anon, authenticated, service_role;
grant execute on function private.may_upload_chat_file(text), private.check_upload(uuid), public.check_upload(uuid) to authenticated;
