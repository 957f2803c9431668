-- The words of a text: one rule for songs, profiles and messages, for what is written and for what is asked.
--
-- Punctuation separates words. What it separates inside a word is also found as one word: "don't" is "don", "t" and "dont".
-- Scripts without blanks (Chinese, Japanese, Thai) and Korean have a word for each letter, so that a query finds any part of a
-- run. Everything goes by code point, so that the locale of a database changes nothing.
--
-- A backend keeps 32 compiled expressions and a save needs more of them in all, so what most texts do not need is asked without one.

create function private.fold_kana(value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  if octet_length(value) > char_length(value) and value ~ E'[\\u30a1-\\u30f6]' then
    return translate(value,
      'ァアィイゥウェエォオカガキギクグケゲコゴサザシジスズセゼソゾタダチヂッツヅテデトドナニヌネノハバパヒビピフブプヘベペホボポマミムメモャヤュユョヨラリルレロヮワヰヱヲンヴヵヶ',
      'ぁあぃいぅうぇえぉおかがきぎくぐけげこごさざしじすずせぜそぞただちぢっつづてでとどなにぬねのはばぱひびぴふぶぷへべぺほぼぽまみむめもゃやゅゆょよらりるれろゎわゐゑをんゔゕゖ');
  end if;
  return value;
end
$$;
comment on function private.fold_kana is 'A text with hiragana for each katakana.';

create function private.fold_text(value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  folded text := value;
begin
  if octet_length(value) = char_length(value) then
    -- ASCII has nothing to compose and no accents.
    return translate(lower(value), '`', '''');
  end if;
  -- Letters before U+0300 are composed already, and to compose takes as long as all the rest.
  -- The small digits and letters among them are written apart: x², 1º.
  if folded ~ E'[^\\u0001-\\u00a9\\u00ab-\\u00b1\\u00b4-\\u00b8\\u00bb-\\u02ff\\u2010-\\u2027]' then
    folded := private.fold_kana(normalize(replace(translate(folded, E'\u00b4', ''''), E'\u2116', E'\u2116 '), nfkc));
    -- Digits of other scripts are digits. What separates without a width is a hyphen, and what shows nothing is nothing.
    if folded ~ E'[\\u0660-\\u0669\\u06f0-\\u06f9\\u0966-\\u096f\\u09e6-\\u09ef\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u2069\\ufeff]' then
      folded := translate(folded,
        E'٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff',
        '0123456789012345678901234567890123456789--');
    end if;
    -- Points of Hebrew, vowel signs and the stretching of Arabic; forms of the Arabic alef.
    if folded ~ E'[\\u0591-\\u06ff]' then
      folded := translate(regexp_replace(folded, E'[\\u0591-\\u05bd\\u05bf\\u05c1\\u05c2\\u05c4\\u05c5\\u05c7\\u0640\\u064b-\\u065f\\u0670]+', '', 'g'),
        E'\u0622\u0623\u0625\u0671\u0649\u05f3\u05f4\u05be', E'\u0627\u0627\u0627\u0627\u064a''''-');
    end if;
  end if;
  -- Typographic apostrophes are plain ones after this.
  folded := lower(extensions.unaccent('extensions.unaccent'::regdictionary, folded));
  if folded ~ E'[`\\u00b4\\u00b7\\u2027\\u30fb]' then
    folded := translate(folded, E'`\u00b4\u00b7\u2027\u30fb', E'''''-- ');
  end if;
  return folded;
end
$$;
comment on function private.fold_text is
  'A text in lower case, without accents, points and vowel signs; every apostrophe is one, a middle dot is a hyphen.';

create function private.split_words(folded text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  words text := folded;
begin
  if strpos(words, '&') > 0 or strpos(words, ' + ') > 0 then
    words := regexp_replace(regexp_replace(words, '&+', ' and ', 'g'), E'(?<=\\S) \\+(?= \\S)', ' and', 'g');
  end if;
  -- Most words have one blank between them, which stays.
  words := regexp_replace(words, E'[\\u0001-\\u001f!-/:-@\\u005b-`{-\\u00bf\\u2000-\\u2bff\\u3000-\\u303f\\ufe00-\\ufe0f\\U0001f000-\\U0001faff]+', ' ', 'g');
  if octet_length(words) > char_length(words)
    and words ~ E'[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\U00020000-\\U0003ffff]'
  then
    -- A letter and the marks upon it.
    words := regexp_replace(words, E'([\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\U00020000-\\U0003ffff]'
      '[\\u0e31\\u0e34-\\u0e3a\\u0e47-\\u0e4e\\u0eb1\\u0eb4-\\u0ebc\\u0ec8-\\u0ece\\u102b-\\u103e\\u1056-\\u1060\\u17b4-\\u17d3\\u3099\\u309a\\u30fc]*)', E' \\1 ', 'g');
  end if;
  -- The parser of to_tsvector knows the punctuation of the other scripts, and reads a number in "6e2c". A query's words must be its words.
  if (octet_length(words) > char_length(words) and words ~ E'[^\\u0001-\\u02c4]') or translate(words, '123456789', '000000000') like '%0e0%' then
    words := array_to_string(array(select (ts_lexize('pg_catalog.simple', p.token))[1] from ts_parse('default', words) as p where p.tokid <> 12), ' ');
  end if;
  while strpos(words, '  ') > 0 loop
    words := replace(words, '  ', ' ');
  end loop;
  return btrim(words, ' ');
end
$$;
comment on function private.split_words is 'The words of a folded text, separated by blanks; "&" is "and".';

create function private.name_signs(folded text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  if translate(folded, '!$@', '') = folded then
    return folded;
  end if;
  return regexp_replace(regexp_replace(regexp_replace(folded, E'(?<=[^\\u0001-/:-@])!(?=[^\\u0001-/:-@])', 'i', 'g'),
    E'(?<=[^\\u0001-/:-@])\\$(?=[^\\u0001-/:-@])', 's', 'g'), E'(?<=[^\\u0001-/:-@])@(?=[^\\u0001-/:-@])', 'a', 'g');
end
$$;
comment on function private.name_signs is 'A folded text with each sign that replaces a letter inside a name as that letter: P!nk, Ke$ha.';

create function private.join_words(folded text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  joined text := folded;
  w constant text := E'([^\\u0001-\\u0020!-/:-@\\u005b-`{-\\u00bf\\u2000-\\u2bff\\u3000-\\u303f\\ufe00-\\ufe0f\\U0001f000-\\U0001faff]+)';
  sign constant text := '[''!$*./@_-]';
begin
  if translate(joined, '''!$*./@_-', '') = joined or joined !~ (w || sign || w) then
    return null;
  end if;
  joined := private.name_signs(joined);
  -- Each joined word is repeated once for each part, so that the words before and after it keep their positions. The longest comes first.
  if joined ~ (w || sign || w || sign || w) then
    joined := regexp_replace(joined, concat_ws(sign, w, w, w, w, w, w),
      E' \\1\\2\\3\\4\\5\\6 \\1\\2\\3\\4\\5\\6 \\1\\2\\3\\4\\5\\6 \\1\\2\\3\\4\\5\\6 \\1\\2\\3\\4\\5\\6 \\1\\2\\3\\4\\5\\6 ', 'g');
    joined := regexp_replace(joined, concat_ws(sign, w, w, w, w, w),
      E' \\1\\2\\3\\4\\5 \\1\\2\\3\\4\\5 \\1\\2\\3\\4\\5 \\1\\2\\3\\4\\5 \\1\\2\\3\\4\\5 ', 'g');
    joined := regexp_replace(joined, concat_ws(sign, w, w, w, w), E' \\1\\2\\3\\4 \\1\\2\\3\\4 \\1\\2\\3\\4 \\1\\2\\3\\4 ', 'g');
    joined := regexp_replace(joined, concat_ws(sign, w, w, w), E' \\1\\2\\3 \\1\\2\\3 \\1\\2\\3 ', 'g');
  end if;
  joined := regexp_replace(joined, w || sign || w, E' \\1\\2 \\1\\2 ', 'g');
  return private.split_words(joined);
end
$$;
comment on function private.join_words is
  'The words of a folded text in which a sign inside a word does not separate ("don''t" is "dont dont", once for each part); null when no word has such a sign.';

create function private.quote_lexeme(word text)
returns text
language sql
immutable
parallel safe
set search_path = ''
as $$
  select '''' || replace(replace(word, E'\\', E'\\\\'), '''', '''''') || ''''
$$;
comment on function private.quote_lexeme is
  'A word as text of a tsvector or tsquery. quote_literal writes E before a backslash, which neither reads.';

create function private.words_vector(words text, joined text)
returns tsvector
language plpgsql
immutable
parallel safe
set search_path = ''
-- Words over 2 KiB are left out, and the parser has a notice for each.
set client_min_messages = 'warning'
as $$
declare
  -- A vector holds a megabyte: so much text fits, whatever the words are.
  plain tsvector := coalesce(to_tsvector('pg_catalog.simple', left(words, 65536)), '');
begin
  if joined is null then
    return plain;
  end if;
  -- As text, because "||" of two vectors moves the places of the second.
  return (plain::text || ' ' || ts_delete(to_tsvector('pg_catalog.simple', left(joined, 65536)), tsvector_to_array(plain))::text)::tsvector;
end
$$;
comment on function private.words_vector is 'The words of a text from split_words and join_words, with their positions.';

create function private.text_vector(value text)
returns tsvector
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
declare
  folded constant text := private.fold_text(value);
begin
  return private.words_vector(private.split_words(folded), private.join_words(folded));
end
$$;
comment on function private.text_vector is 'All words that a text is found by, as they are.';

create function private.words_key(words text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  return left(replace(case
    when words like any ('{% and %,% y %,% e %,% und %,% et %,% n %}'::text[])
      then regexp_replace(words, '(?<= )(?:and|y|e|und|et|n)(?= )', '&', 'g')
    else words
  end, ' ', ''), 255);
end
$$;
comment on function private.words_key is 'Words without blanks; every word for "and" between two others is alike.';

create function private.text_key(value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  folded constant text := private.fold_text(value);
begin
  if private.split_words(translate(folded, '&+', '')) = '' then
    return left(regexp_replace(folded, E'\\s+', '', 'g'), 255);
  end if;
  return private.words_key(private.split_words(private.name_signs(folded)));
end
$$;
comment on function private.text_key is
  'The key that names are compared by: the words without blanks, every word for "and" alike. A name without words has its signs as the key.';

create function private.split_query(query text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
declare
  folded text := private.fold_text(query);
  run constant text := E'[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\U00020000-\\U0003ffff]';
begin
  if folded ~ run then
    -- A run without blanks is a phrase, unless the query has quoted phrases.
    return regexp_replace(case when strpos(folded, '"') > 0 then folded else regexp_replace(folded, '(' || run || '+)', E' "\\1" ', 'g') end,
      '(' || run || E'[\\u0e31\\u0e34-\\u0e3a\\u0e47-\\u0e4e\\u0eb1\\u0eb4-\\u0ebc\\u0ec8-\\u0ece\\u102b-\\u103e\\u1056-\\u1060\\u17b4-\\u17d3\\u3099\\u309a\\u30fc]*)',
      E' \\1 ', 'g');
  end if;
  return regexp_replace(regexp_replace(folded, E'(?<=\\S)-', ' ', 'g'),
    E'[\\u0001-\\u0020!#-,./:-@\\u005b-`{-\\u00bf\\u2000-\\u2bff\\u3000-\\u303f\\ufe00-\\ufe0f\\U0001f000-\\U0001faff]+', ' ', 'g');
end
$$;
comment on function private.split_query is 'The text for websearch_to_tsquery: the words from split_words, with "phrases" and -exclusions unchanged.';

revoke execute on function
  private.fold_kana(text),
  private.fold_text(text),
  private.split_words(text),
  private.name_signs(text),
  private.join_words(text),
  private.quote_lexeme(text),
  private.words_vector(text, text),
  private.text_vector(text),
  private.words_key(text),
  private.text_key(text),
  private.split_query(text)
from public, anon, authenticated, service_role;
-- The writer of a message fills its vector.
grant execute on function
  private.fold_kana(text),
  private.fold_text(text),
  private.split_words(text),
  private.name_signs(text),
  private.join_words(text),
  private.words_vector(text, text),
  private.text_vector(text)
to service_role;
