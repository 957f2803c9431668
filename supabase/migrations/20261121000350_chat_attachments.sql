-- Attachments: files in the private bucket `chat`, readable by who takes part now in the conversation of a message that has them.
--
-- Roll back: drop table private.message_attachments cascade; drop the functions below and the policies on storage.objects; empty and
-- remove the bucket through the Storage API.

begin;
set local lock_timeout = '10s';

create table private.message_attachments (
  path text primary key,
  message_id uuid not null references public.messages (id) on delete cascade,
  place bigint not null,
  name text not null,
  mime_type text not null,
  size bigint not null,
  constraint message_attachments_message_id_place_key unique (message_id, place),
  constraint message_attachments_name_check check (char_length(name) between 1 and 255)
);
comment on table private.message_attachments is 'Which file in the bucket belongs to which message; a file belongs to one.';

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values ('chat', 'chat', false, 26214400, array[
  'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/heic', 'audio/*', 'video/*', 'application/pdf', 'text/plain'
])
on conflict do nothing;

create function private.attachments_json(message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object('path', a.path, 'name', a.name, 'mime_type', a.mime_type, 'size', a.size) order by a.place)
    from private.message_attachments a
    where a.message_id = attachments_json.message_id
  ), '[]');
end
$$;
comment on function private.attachments_json is 'The files of a message.';

create function private.check_attachments(conversation_id uuid, caller uuid, wanted jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  files jsonb;
begin
  if wanted = '[]' then
    return null;
  end if;
  -- Type and size are what Storage knows, not what the sender says; only one's own uploads into this conversation count.
  select jsonb_agg(jsonb_build_object(
    'path', o.name,
    'name', coalesce(w.file ->> 'name', split_part(o.name, '/', 4)),
    'mime_type', coalesce(o.metadata ->> 'mimetype', 'application/octet-stream'),
    'size', coalesce((o.metadata ->> 'size')::bigint, 0)
  ) order by w.place)
  into files
  from jsonb_array_elements(wanted) with ordinality as w (file, place)
  join storage.objects o on o.bucket_id = 'chat' and o.name = w.file ->> 'path'
  where o.name ~ ('^' || conversation_id || '/' || caller || '/[^/]+/[^/]+$')
    and char_length(coalesce(w.file ->> 'name', 'x')) between 1 and 255;
  if coalesce(jsonb_array_length(files), 0) <> jsonb_array_length(wanted)
    or (select count(distinct f ->> 'path') from jsonb_array_elements(wanted) as f) <> jsonb_array_length(wanted) then
    perform private.raise_error('invalid_input', 'unable to send the message; an attachment is not among your uploads to the conversation',
      'Upload to <conversation>/<you>/<uuid>/<name> in bucket chat, then send.', '{"field": "attachments"}');
  end if;
  return files;
end
$$;
comment on function private.check_attachments is 'The files that a sender names, as Storage knows them; raises unless all are there and the sender''s.';

create function private.attach(message_id uuid, files jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  insert into private.message_attachments (path, message_id, place, name, mime_type, size)
  select f.file ->> 'path', attach.message_id, f.place, f.file ->> 'name', f.file ->> 'mime_type', (f.file ->> 'size')::bigint
  from jsonb_array_elements(files) with ordinality as f (file, place);
exception when unique_violation then
  perform private.raise_error('invalid_input', 'unable to send the message; an attachment belongs to another message',
    'Upload the file again.', '{"field": "attachments"}');
end
$$;

create function private.drop_belongings(message_ids uuid[])
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- The files themselves are Storage's; from here on nobody but their sender can read them.
  delete from private.message_attachments a where a.message_id = any (message_ids);
  delete from public.message_reactions r where r.message_id = any (message_ids);
end
$$;
comment on function private.drop_belongings is 'Takes files and reactions from messages that are being emptied.';

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

create function private.can_read_chat_file(path text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return private.is_own_chat_file(path) or exists (
    select
    from private.message_attachments a
    join public.messages m on m.id = a.message_id
    where a.path = can_read_chat_file.path
      and (
        private.is_participant(m.conversation_id)
        or (private.is_moderator() and exists (select from public.message_reports r where r.message_id = m.id))
      )
  );
end
$$;
comment on function private.can_read_chat_file is
  'Whether the caller takes part now in the conversation of the message with that file, or moderates a report of it.';

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

create policy "Participants remove their own files"
on storage.objects
for delete
to authenticated
using (bucket_id = 'chat' and private.is_own_chat_file(name));

revoke all on private.message_attachments from public, anon, authenticated, service_role;
revoke execute on function
  private.attachments_json(uuid),
  private.check_attachments(uuid, uuid, jsonb),
  private.attach(uuid, jsonb),
  private.drop_belongings(uuid[]),
  private.is_own_chat_file(text),
  private.can_read_chat_file(text)
from public, anon, authenticated, service_role;
grant execute on function private.is_own_chat_file(text), private.can_read_chat_file(text) to authenticated;

commit;
