-- What a message consists of: text, reply, mentions, reactions, attachments, a song; and its JSON.

create table public.message_reactions (
  message_id uuid not null references public.messages (id) on delete cascade,
  emoji text not null,
  user_id uuid not null references public.profiles (id),
  revision bigint not null,
  created_at timestamptz not null default now(),
  primary key (message_id, emoji, user_id),
  constraint message_reactions_emoji_check check (char_length(emoji) between 1 and 16)
);
comment on table public.message_reactions is 'Who reacted to which message with which emoji.';
comment on column public.message_reactions.revision is 'The conversation''s change number at that moment; reactions are shown in its order.';

create index message_reactions_user_id_idx on public.message_reactions (user_id);

create table private.message_attachments (
  path text primary key,
  message_id uuid not null references public.messages (id) on delete cascade,
  place bigint not null,
  name text not null,
  mime_type text not null,
  size bigint not null,
  details jsonb not null default '{}',
  preview_of text,
  withdrawn_at timestamptz,
  constraint message_attachments_message_id_place_key unique (message_id, place),
  constraint message_attachments_name_check check (char_length(name) between 1 and 255)
);
comment on table private.message_attachments is 'Which file in the bucket belongs to which message; a file belongs to one.';
comment on column private.message_attachments.details is 'Width, height, duration, waveform, blurhash and preview, as the sender gave them.';
comment on column private.message_attachments.preview_of is 'The path of the file that this one is a picture of; then it is not listed by itself.';
comment on column private.message_attachments.withdrawn_at is
  'When the message with it was deleted, or edited to be without it, after it was reported: moderators alone see the file.';

create function private.reply_json(message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('id', r.id, 'seq', r.seq, 'sender_id', r.sender_id, 'excerpt', private.cut_text(r.content, 140))
    from public.messages r
    where r.id = reply_json.message_id
  );
end
$$;
comment on function private.reply_json is 'What a reply shows of the message that it replies to.';

create function private.attachments_json(message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object('path', a.path, 'name', a.name, 'mime_type', a.mime_type, 'size', a.size) || a.details order by a.place)
    from private.message_attachments a
    where a.message_id = attachments_json.message_id and a.withdrawn_at is null and a.preview_of is null
  ), '[]');
end
$$;
comment on function private.attachments_json is 'The files of a message.';

create function private.reactions_json(message_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return coalesce((
    select jsonb_agg(jsonb_build_object('emoji', e.emoji, 'user_ids', e.user_ids) order by e.first)
    from (
      select r.emoji, jsonb_agg(r.user_id order by r.revision) as user_ids, min(r.revision) as first
      from public.message_reactions r
      where r.message_id = reactions_json.message_id
      group by r.emoji
    ) e
  ), '[]');
end
$$;
comment on function private.reactions_json is 'The reactions to a message in order of first use.';

create function private.message_json(message public.messages)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return jsonb_build_object(
    'id', message.id,
    'conversation_id', message.conversation_id,
    'sender_id', message.sender_id,
    'seq', message.seq,
    'revision', message.revision,
    'content', message.content,
    'metadata', message.metadata,
    'created_at', message.created_at,
    'edited_at', message.edited_at,
    'deleted_at', message.deleted_at,
    'reply_to', message.reply_to,
    'reply', case when message.reply_to is not null then private.reply_json(message.reply_to) end,
    'mentions', to_jsonb(message.mentions),
    'attachments', private.attachments_json(message.id),
    'song', message.song, 'system', message.system,
    'reactions', private.reactions_json(message.id)
  ) || case
    -- What replies show of it. A client that has them puts it into them, so that an edit is one change however many there are.
    when message.edited_at is not null and char_length(message.content) > 140
      then jsonb_build_object('excerpt', private.cut_text(message.content, 140))
    else '{}'
  end || case when message.pinned_at is not null then jsonb_build_object('pinned_at', message.pinned_at) else '{}' end;
end
$$;
comment on function private.message_json is 'A message as broadcasts, sends, pages and synchronisation all show it.';

create function private.shown_message(message public.messages)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  shown constant jsonb := private.message_json(message);
begin
  return case
    when message.reply_to is not null and (shown #>> '{reply,seq}')::bigint < private.visible_from(message.conversation_id)
      then private.without_reply(shown)
    else shown
  end;
end
$$;
comment on function private.shown_message is 'A message as the caller sees it: naming nothing of an older one that the caller does not see.';

create function private.check_content(operation text, content text, may_be_empty boolean)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if content is distinct from '' or not may_be_empty then
    perform private.check_text('lines', content, 8000, operation || ' the message', 'content');
  end if;
end
$$;
comment on function private.check_content is 'Raises unless a text may stand in a message; an empty one may, beside an attachment or a song.';

create function private.check_extras(operation text, extras jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  strange text;
begin
  if jsonb_typeof(extras) is distinct from 'object' then
    strange := 'extras';
  else
    select e.key into strange
    from jsonb_each(extras) as e
    where case when operation = 'edit' and e.key in ('reply_to', 'song_id') then true else case e.key
      when 'reply_to' then jsonb_typeof(e.value) <> 'null' and not private.is_uuid(e.value #>> '{}')
      when 'song_id' then jsonb_typeof(e.value) <> 'null' and not private.is_uuid(e.value #>> '{}')
      when 'mentions' then case when jsonb_typeof(e.value) = 'array' then jsonb_array_length(e.value) > 50
        or exists (select from jsonb_array_elements(e.value) as m where not private.is_uuid(m #>> '{}')) else true end
      when 'attachments' then case when jsonb_typeof(e.value) = 'array' then jsonb_array_length(e.value) > 10 else true end
      else true
    end end
    limit 1;
    strange := case strange when 'reply_to' then 'replyTo' when 'song_id' then 'songId' else strange end;
  end if;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to %s the message; %s is not as documented', operation, strange),
      'Correct the named field.', jsonb_build_object('field', strange));
  end if;
end
$$;
comment on function private.check_extras is 'Raises unless reply_to, mentions, attachments and song_id have the right form.';

create function private.song_card(song_id uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  card jsonb;
begin
  if song_id is null then
    return null;
  end if;
  if private.can_see_song(song_id) then
    select jsonb_build_object('id', s.id, 'title', s.title, 'artist', s.artist) into card from public.songs s where s.id = song_id;
  end if;
  if card is null then
    perform private.raise_error('song_not_found', 'unable to send the song; there is none that you may see', 'Check the id.',
      '{"field": "songId"}');
  end if;
  return card;
end
$$;
comment on function private.song_card is 'What a sender reveals of a song; they must see it themselves.';

create function private.check_attachments(operation text, conversation_id uuid, caller uuid, wanted jsonb)
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
  -- A removal of one of them waits until the message has it, or came first and it is gone.
  perform from storage.objects o
  where o.bucket_id = 'chat' and o.name in (select unnest(array[f ->> 'path', f ->> 'preview']) from jsonb_array_elements(wanted) as f)
  for key share;
  -- Type and size are what Storage knows, not what the sender says; only the sender's own uploads into this conversation count.
  select jsonb_agg(jsonb_build_object(
    'path', o.name,
    -- File systems allow line breaks and marks of direction in a name.
    'name', coalesce(private.name_from(w.file ->> 'name', 255), split_part(o.name, '/', 4)),
    'mime_type', coalesce(o.metadata ->> 'mimetype', 'application/octet-stream'),
    'size', coalesce((o.metadata ->> 'size')::bigint, 0)
  ) || private.attachment_details(operation, w.file, w.place, coalesce(o.metadata ->> 'mimetype', '')) order by w.place)
  into files
  from jsonb_array_elements(wanted) with ordinality as w (file, place)
  join storage.objects o on o.bucket_id = 'chat' and o.name = w.file ->> 'path'
  where o.name ~ ('^' || conversation_id || '/' || caller || '/[^/]+/[^/]+$')
    and (w.file ->> 'name' is null or private.name_from(w.file ->> 'name', 255) is not null);
  if coalesce(jsonb_array_length(files), 0) <> jsonb_array_length(wanted)
    or (select count(distinct f ->> 'path') from jsonb_array_elements(wanted) as f) <> jsonb_array_length(wanted) then
    perform private.raise_error('invalid_input',
      format('unable to %s the message; an attachment is not among your uploads to the conversation, or has no name', operation),
      'Upload to <conversation>/<you>/<uuid>/<name> in bucket chat, then send.', '{"field": "attachments"}');
  end if;
  perform private.check_previews(operation, conversation_id, caller, files);
  return files;
end
$$;
comment on function private.check_attachments is 'The files that a sender names, as Storage knows them; raises unless all are there and the sender''s.';

create function private.attach(operation text, message_id uuid, files jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  -- After those that an edit withdrew or moves.
  taken bigint := coalesce((select max(a.place) from private.message_attachments a where a.message_id = attach.message_id), 0);
  attached integer;
begin
  insert into private.message_attachments as a (path, message_id, place, name, mime_type, size, details, preview_of)
  select w.path, attach.message_id, taken + row_number() over (order by w.preview_of is not null, w.place), w.name, w.mime_type, w.size, w.details, w.preview_of
  from (
    select f.file ->> 'path' as path, f.place, f.file ->> 'name' as name, f.file ->> 'mime_type' as mime_type, (f.file ->> 'size')::bigint as size,
      f.file - array['path', 'name', 'mime_type', 'size'] as details, null as preview_of
    from jsonb_array_elements(files) with ordinality as f (file, place)
    union all
    select o.name, f.place, split_part(o.name, '/', 4), o.metadata ->> 'mimetype', coalesce((o.metadata ->> 'size')::bigint, 0), '{}', f.file ->> 'path'
    from jsonb_array_elements(files) with ordinality as f (file, place)
    join storage.objects o on o.bucket_id = 'chat' and o.name = f.file ->> 'preview'
  ) w
  order by w.path
  on conflict (path) do update
  set place = excluded.place, name = excluded.name, details = excluded.details, preview_of = excluded.preview_of, withdrawn_at = null
  where a.message_id = excluded.message_id;
  get diagnostics attached = row_count;
  if attached < jsonb_array_length(files) + (select count(*) from jsonb_array_elements(files) as f where f ? 'preview') then
    perform private.raise_error('invalid_input', format('unable to %s the message; an attachment belongs to another message', operation),
      'Upload the file again.', '{"field": "attachments"}');
  end if;
end
$$;
comment on function private.attach is 'Gives files to a message, in their order; those that it has already stay, with their new names and places.';

alter table public.message_reactions enable row level security;

revoke all on public.message_reactions, private.message_attachments from public, anon, authenticated, service_role;
grant select on public.message_reactions to service_role;
revoke execute on function
  private.reply_json(uuid),
  private.message_json(public.messages),
  private.shown_message(public.messages),
  private.check_content(text, text, boolean),
  private.check_extras(text, jsonb),
  private.song_card(uuid),
  private.reactions_json(uuid),
  private.attachments_json(uuid),
  private.check_attachments(text, uuid, uuid, jsonb),
  private.attach(text, uuid, jsonb)
from public, anon, authenticated, service_role;
