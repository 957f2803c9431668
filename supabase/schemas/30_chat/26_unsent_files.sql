-- How many files may wait in a conversation to be sent.

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
  return coalesce((
    select count(*) < private.at_most('unsent_files')
    from storage.objects o
    where o.bucket_id = 'chat'
      and o.name like split_part(path, '/', 1) || '/' || split_part(path, '/', 2) || '/%'
      and not exists (select from private.message_attachments a where a.path = o.name)
  ), true);
end
$$;
comment on function private.may_upload_chat_file is 'Whether fewer files than the limit unsent_files wait in a user''s folder of a conversation.';

create policy "Only so many files wait to be sent"
on storage.objects
as restrictive
for insert
to authenticated
with check (bucket_id <> 'chat' or private.may_upload_chat_file(name));

revoke execute on function private.may_upload_chat_file(text) from public, anon, authenticated, service_role;
grant execute on function private.may_upload_chat_file(text) to authenticated;
