-- What a sender may tell about a file, so that a client lays out a picture or a recording before it loads it.

create function private.is_blurhash(value text)
returns boolean
language plpgsql
immutable
strict
set search_path = ''
as $$
declare
  digits constant text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~';
  -- The first digit says how many parts follow, across and down.
  parts constant integer := strpos(digits, left(value, 1)) - 1;
begin
  return value <> '' and translate(value, digits, '') = '' and parts <= 80 and char_length(value) = 4 + 2 * (parts % 9 + 1) * (parts / 9 + 1);
end
$$;
comment on function private.is_blurhash is 'Whether a text is a BlurHash: https://github.com/woltapp/blurhash/blob/master/Algorithm.md.';

create function private.is_whole_within(value jsonb, lowest bigint, highest bigint)
returns boolean
language plpgsql
immutable
set search_path = ''
as $$
begin
  return case when jsonb_typeof(value) = 'number' then value::numeric between lowest and highest and value::numeric = trunc(value::numeric) else false end;
end
$$;

create function private.attachment_details(operation text, file jsonb, place bigint, mime_type text)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  details constant jsonb := jsonb_strip_nulls(file - array['path', 'name', 'mimeType', 'mime_type', 'size']);
  seen constant boolean := mime_type ~ '^(?:image|video)/';
  heard constant boolean := mime_type ~ '^(?:audio|video)/';
  strange text;
begin
  if details = '{}' then
    return details;
  end if;
  select d.key into strange
  from jsonb_each(details) as d
  where not coalesce(case d.key
    -- One without the other gives no shape.
    when 'width' then seen and private.is_whole_within(d.value, 1, 100000) and details ? 'height'
    when 'height' then seen and private.is_whole_within(d.value, 1, 100000) and details ? 'width'
    when 'duration' then heard and jsonb_typeof(d.value) = 'number' and (d.value #>> '{}')::numeric > 0 and (d.value #>> '{}')::numeric <= 86400
    when 'waveform' then heard and case when jsonb_typeof(d.value) = 'array' then jsonb_array_length(d.value) between 1 and 256
      and not exists (select from jsonb_array_elements(d.value) as w where not private.is_whole_within(w, 0, 255)) end
    when 'blurhash' then (seen or details ? 'preview') and jsonb_typeof(d.value) = 'string' and private.is_blurhash(d.value #>> '{}')
    when 'preview' then jsonb_typeof(d.value) = 'string'
  end, false)
  order by d.key desc
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to %s the message; %s of an attachment is not as documented for its type', operation, strange),
      'Correct the named field.', jsonb_build_object('field', format('attachments.%s.%s', place - 1, strange)));
  end if;
  return details;
end
$$;
comment on function private.attachment_details is
  'Width, height, duration, waveform, blurhash and preview of a file, as far as they are given; raises unless they fit its type.';

create function private.check_previews(operation text, conversation_id uuid, caller uuid, files jsonb)
returns void
language plpgsql
stable
set search_path = ''
as $$
declare
  strange bigint;
begin
  select f.place into strange
  from jsonb_array_elements(files) with ordinality as f (file, place)
  where f.file ? 'preview' and (
    not exists (
      select
      from storage.objects o
      where o.bucket_id = 'chat' and o.name = f.file ->> 'preview' and o.metadata ->> 'mimetype' like 'image/%'
        and o.name ~ ('^' || conversation_id || '/' || caller || '/[^/]+/[^/]+$')
    )
    -- A file shows in one place.
    or (select count(*) from jsonb_array_elements(files) as o where f.file ->> 'preview' in (o ->> 'path', o ->> 'preview')) > 1
    or f.file ->> 'preview' = f.file ->> 'path'
  )
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input',
      format('unable to %s the message; the preview of an attachment is not a picture among your uploads to the conversation', operation),
      'Upload the picture, then send its path.', jsonb_build_object('field', format('attachments.%s.preview', strange - 1)));
  end if;
end
$$;
comment on function private.check_previews is 'Raises unless each preview is a picture of its own that the sender uploaded to the conversation.';

revoke execute on function
  private.is_blurhash(text),
  private.is_whole_within(jsonb, bigint, bigint),
  private.attachment_details(text, jsonb, bigint, text),
  private.check_previews(text, uuid, uuid, jsonb)
from public, anon, authenticated, service_role;
