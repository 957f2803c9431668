-- Characters as users see them: one emoji, and where a text may be cut.

create function private.one_emoji(value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  -- U+FE0E and U+FE0F only choose how it is drawn.
  bare text := translate(left(value, 40), E'\ufe0e\ufe0f', '');
begin
  if char_length(value) > 35 then
    return null;
  elsif bare ~ E'^[0-9#*]\\u20e3$' then
    return left(bare, 1) || E'\ufe0f\u20e3';
  elsif regexp_replace(bare, '([' || private.characters('tonable') || E'])[\\U0001f3fb-\\U0001f3ff]', E'\\1', 'g') !~ (
    '^(?:[' || private.characters('emoji') || ']|' || private.characters('flag') || '|' || private.characters('joined')
    || E'|\\U0001f3f4\\U000e0067\\U000e0062(?:\\U000e0065\\U000e006e\\U000e0067|\\U000e0073\\U000e0063\\U000e0074|\\U000e0077\\U000e006c\\U000e0073)'
    || E'\\U000e007f)$')
  then
    return null;
  end if;
  return regexp_replace(bare, '([' || private.characters('textual') || E'])(?![\\U0001f3fb-\\U0001f3ff])', E'\\1\ufe0f', 'g');
end
$$;
comment on function private.one_emoji is
  'One emoji in its stored form, with U+FE0F where only that shows it as a picture; null when the text is not exactly one emoji.';

create function private.continues_character(before text, next text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  prior text := right(before, 1);
  controls constant text := E'[\\u0001-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff0-\\ufffb]';
  -- A syllable without a final consonant.
  is_open boolean := ascii(prior) between 44032 and 55203 and (ascii(prior) - 44032) % 28 = 0;
begin
  if ascii(prior) < 768 and ascii(next) < 768 then
    return prior = E'\r' and next = E'\n';
  elsif prior ~ controls or next ~ controls then
    return false;
  elsif next ~ ('[' || private.characters('attached') || ']') or prior ~ ('[' || private.characters('prepended') || ']') then
    return true;
  elsif next ~ ('[' || private.characters('pictographic') || ']') then
    return before ~ ('[' || private.characters('pictographic') || '][' || private.characters('attached') || E']*\\u200d$');
  elsif next ~ E'[\\U0001f1e6-\\U0001f1ff]' then
    return char_length(coalesce(substring(before from E'[\\U0001f1e6-\\U0001f1ff]+$'), '')) % 2 = 1;
  elsif next ~ ('[' || private.characters('consonant') || ']') then
    return before ~ ('[' || private.characters('consonant') || '][' || private.characters('conjunct') || ']*['
      || private.characters('linker') || '][' || private.characters('conjunct') || ']*$');
  end if;
  return (prior ~ ('[' || private.characters('lead') || ']')
      and next ~ (E'[\\uac00-\\ud7a3' || private.characters('lead') || private.characters('vowel') || ']'))
    or ((is_open or prior ~ ('[' || private.characters('vowel') || ']'))
      and next ~ ('[' || private.characters('vowel') || private.characters('final') || ']'))
    or (prior ~ (E'[\\uac00-\\ud7a3' || private.characters('final') || ']') and next ~ ('[' || private.characters('final') || ']'));
end
$$;
comment on function private.continues_character is 'Whether users see the next code point as a part of the character before it.';

create function private.cut_text(value text, longest integer)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  n integer := longest;
begin
  if char_length(value) <= longest then
    return value;
  end if;
  while n > 0 and private.continues_character(left(value, n), substr(value, n + 1, 1)) loop
    -- Skips all marks on the same character at once, because a text may have nothing else.
    n := n - greatest(char_length(coalesce(substring(left(value, n) from '[' || private.characters('attached') || ']+$'), '')), 1);
  end loop;
  return left(value, case when n > 0 then n else longest end);
end
$$;
comment on function private.cut_text is
  'The beginning of a text, of at most so many code points, that ends where a character ends; one that is longer alone is cut.';

revoke execute on function
  private.one_emoji(text),
  private.continues_character(text, text),
  private.cut_text(text, integer)
from public, anon, authenticated, service_role;
