-- The text rule: which texts may stand where, and how they are kept. Every domain asks here.

create function private.is_directed_well(value text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  rest text := value;
  before text;
begin
  -- An override shows letters in another order than they are compared in.
  if rest ~ E'[\\u202d\\u202e]' then
    return false;
  end if;
  while rest ~ E'[\\u202a-\\u202c\\u2066-\\u2069]' and rest is distinct from before loop
    before := rest;
    rest := regexp_replace(rest, E'[\\u202a\\u202b][^\\u202a-\\u202c\\u2066-\\u2069]*\\u202c|[\\u2066-\\u2068][^\\u202a-\\u202c\\u2066-\\u2069]*\\u2069',
      '', 'g');
  end loop;
  return rest !~ E'[\\u202a-\\u202c\\u2066-\\u2069]';
end
$$;
comment on function private.is_directed_well is
  'Whether a name changes the direction of nothing after it: no override, and what it opens it closes.';

create function private.text_fault(kind text, value text, longest integer)
returns text
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  if char_length(value) > longest then
    return format('has more than %s characters', longest);
  elsif value ~ E'^[\\u0021-\\u007e][\\u0020-\\u007e]*$' then
    -- Most texts are printable ASCII.
    return null;
  elsif value !~ ('[^' || private.characters('blank') || ']') then
    return 'is empty or shows nothing';
  elsif value ~ E'[\\u0001-\\u0008\\u000e-\\u001f\\u007f-\\u0084\\u0086-\\u009f]' then
    return 'has control characters';
  elsif kind = 'lines' then
    return null;
  elsif value ~ E'[\\u0009-\\u000d\\u0085\\u2028\\u2029]' then
    return 'has more than one line';
  elsif value !~ ('[^' || private.characters('blank') || private.characters('mark') || ']') then
    return 'is empty or shows nothing';
  elsif not private.is_directed_well(value) then
    return 'changes the direction of the text after it';
  elsif regexp_replace(value, E'\\U0001f3f4[\\U000e0020-\\U000e007e]+\\U000e007f', '', 'g')
    ~ E'[\\ufdd0-\\ufdef\\ufff9-\\ufffb\\ufffe\\uffff\\U000e0000-\\U000e00ff]'
  then
    return 'has invisible characters';
  end if;
  return null;
end
$$;
comment on function private.text_fault is
  'Why a text is refused as a name, which is one line, or as lines; null when it is accepted. The length counts code points.';

create function private.kept_text(kind text, value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  if kind = 'emoji' then
    return private.one_emoji(value);
  elsif kind = 'lines' or value ~ E'^[\\u0021-\\u007e](?:[\\u0020-\\u007e]*[\\u0021-\\u007e])?$' then
    return value;
  end if;
  return regexp_replace(normalize(value, nfc),
    E'^[\\s\\u00a0\\u00ad\\u200b\\u2028\\u2029\\u2060\\u2800\\u3164\\ufeff]+|[\\s\\u00a0\\u00ad\\u200b\\u2028\\u2029\\u2060\\u2800\\u3164\\ufeff]+$', '', 'g');
end
$$;
comment on function private.kept_text is
  'A text as it is kept: lines as they came, a name composed (NFC) and without blanks around it, an emoji in its one form.';

create function private.name_from(value text, longest integer)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  name text := regexp_replace(value, E'[\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufdd0-\\ufdef\\ufff9-\\ufffb\\ufffe\\uffff]', '', 'g');
begin
  name := private.kept_text('name', regexp_replace(name, E'[\\u0001-\\u001f\\u007f-\\u009f\\u2028\\u2029]+', ' ', 'g'));
  name := private.kept_text('name', private.cut_text(name, longest));
  return case when private.text_fault('name', name, longest) is null then name end;
end
$$;
comment on function private.name_from is
  'A name from an unchecked source, such as an identity provider or a line of a song: without what the rule refuses, or null.';

create function private.check_text(kind text, value text, longest integer, operation text, field text)
returns text
language plpgsql
immutable
set search_path = ''
as $$
declare
  kept text := private.kept_text(kind, value);
  fault text := case
    when kind <> 'emoji' then private.text_fault(kind, kept, longest)
    when kept is null then 'is not one emoji'
  end;
begin
  if value is null then
    fault := 'is missing';
  end if;
  if fault is not null then
    perform private.raise_error('invalid_input', format('unable to %s; %s %s', operation, field, fault),
      'Correct the named field.', jsonb_build_object('field', field));
  end if;
  return kept;
end
$$;
comment on function private.check_text is
  'A name, lines or an emoji as it is kept; raises invalid_input with its field when the text rule refuses it or it is too long.';

create function private.is_web_address(value text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return value ~* E'^https?://[^\\s/@]+(?:[/?#]\\S*)?$' and char_length(value) <= 2000
    and value !~ ('[' || private.characters('blank') || E'\\ufffe\\uffff]');
end
$$;
comment on function private.is_web_address is
  'Whether a text is an http or https address: nothing that a browser runs, and no user name that looks like a host.';

revoke execute on function
  private.is_directed_well(text),
  private.text_fault(text, text, integer),
  private.kept_text(text, text),
  private.name_from(text, integer),
  private.check_text(text, text, integer, text, text),
  private.is_web_address(text)
from public, anon, authenticated, service_role;
-- A check runs as the role that writes the row.
grant execute on function
  private.characters(text),
  private.is_directed_well(text),
  private.text_fault(text, text, integer),
  private.is_web_address(text)
to service_role;
