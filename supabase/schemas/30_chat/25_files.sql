-- The bucket of attachments. Participants of a message's conversation read its files.

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

create policy "Participants upload to their own folder of a conversation"
on storage.objects
for insert
to authenticated
with check (bucket_id = 'chat' and private.is_own_chat_file(name));

create policy "Participants remove their own files"
on storage.objects
for delete
to authenticated
using (bucket_id = 'chat' and private.is_own_chat_file(name));

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('chat', 'chat', false, 26214400, array[
  'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/heic', 'audio/*', 'video/*', 'application/pdf', 'text/plain'
])
on conflict do nothing;

revoke execute on function private.is_own_chat_file(text) from public, anon, authenticated, service_role;
grant execute on function private.is_own_chat_file(text) to authenticated;
