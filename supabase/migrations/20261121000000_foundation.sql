-- Foundation: the functions that every domain uses.
--
-- Roll back: select cron.unschedule(jobname) from cron.job where jobname like 'tertulia-%', where pg_cron is there; drop schema private
-- cascade and function public.cleanup_old_data, public.tertulia_schema_version (after the other roll-backs); drop owned by
-- tertulia_reporting, tertulia_maintenance; drop role tertulia_reporting, tertulia_maintenance. The extensions may stay.

-- Places in a short list and sizes of batches are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

-- Stops before changing anything when the database already has an object under one of our names; then makes the schemas.

do $$
declare
  taken text;
  misplaced text;
begin
  select string_agg('public.' || name, ', ' order by name)
  into taken
  from unnest(array[
    'profiles', 'profile_details', 'profile_languages', 'profile_links', 'profile_payment_methods', 'profile_rates',
    'profile_software', 'profile_tags', 'profile_types', 'profile_views', 'payment_methods', 'software', 'tags', 'conversations', 'conversation_participants', 'messages', 'message_reactions',
    'message_reports', 'user_blocks', 'user_follows', 'portfolio_items', 'profile_reviews', 'songs', 'song_analytics', 'song_chords', 'song_favorites', 'song_history',
    'circle_members', 'circles', 'notices', 'setlist_entries', 'setlist_history', 'setlists', 'shares', 'song_tags', 'song_ways', 'tag_categories', 'popular_tags', 'song_list_view', 'song_search_view',
    'monitoring_catalogue', 'monitoring_tags', 'monitoring_queries', 'monitoring_tables', 'monitoring_indexes',
    'monitoring_partitions', 'monitoring_upkeep', 'monitoring_failures'
  ]) as name
  where to_regclass('public.' || name) is not null;

  if taken is not null then
    raise exception using
      errcode = 'TT000',
      message = 'unable to install Tertulia; this database already has ' || taken,
      detail = json_build_object('code', 'schema_conflict', 'objects', taken)::text,
      hint = 'Nothing was changed. Rename or move those tables, or install Tertulia in a project of its own.';
  end if;

  select string_agg(format('%s (in schema %s)', e.extname, n.nspname), ', ')
  into misplaced
  from pg_extension e
  join pg_namespace n on n.oid = e.extnamespace
  where e.extname in ('unaccent', 'pg_trgm') and n.nspname <> 'extensions';

  if misplaced is not null then
    raise exception using
      errcode = 'TT000',
      message = 'unable to install Tertulia; it needs in schema extensions: ' || misplaced,
      detail = json_build_object('code', 'schema_conflict', 'objects', misplaced)::text,
      hint = 'Nothing was changed. Run "alter extension <name> set schema extensions" and push again.';
  end if;
end
$$;

create schema if not exists extensions;

create extension if not exists unaccent with schema extensions;

create extension if not exists pg_trgm with schema extensions;

create schema if not exists private;

comment on schema private is 'Not exposed by the API: definer functions, policy helpers and internal tables of Tertulia.';

-- Function by function: a project may keep functions of its own in schema private.
grant usage on schema private to anon, authenticated, service_role;

-- How every function raises an error that the SDK knows by its code, and who calls.

create function private.raise_error(code text, message text, hint text default null, fields jsonb default '{}')
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = 'TT000',
    message = raise_error.message,
    detail = (raise_error.fields || jsonb_build_object('code', raise_error.code))::text,
    hint = coalesce(raise_error.hint, '');
end
$$;
comment on function private.raise_error is
  'Raises an application error: SQLSTATE TT000, the stable code and its fields as JSON in the detail.';

create function private.require_user()
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
  -- As text first: auth.uid() raises a cast error for a third party's id that is not a UUID.
  caller text := auth.jwt() ->> 'sub';
begin
  if caller is null then
    perform private.raise_error('not_signed_in', 'unable to complete the call; no user is signed in', 'Sign in and call again.');
  elsif caller !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    perform private.raise_error('unsupported_identity', 'unable to complete the call; the token''s sub claim is not a UUID',
      'Use a token whose sub claim is the id of an account of this project.');
  end if;
  return caller::uuid;
end
$$;
comment on function private.require_user is 'The signed-in caller''s id; raises not_signed_in or unsupported_identity without one.';

create function public.tertulia_schema_version()
returns integer
language sql
immutable
set search_path = ''
as $$
  select 0
$$;
comment on function public.tertulia_schema_version is
  'The schema''s version: 0 until the last migration sets it, and one more with each release that changes the schema. The SDK and doctor compare it.';

revoke execute on function
  private.raise_error(text, text, text, jsonb),
  private.require_user()
from public, anon, authenticated;
revoke execute on function public.tertulia_schema_version() from public;
grant execute on function public.tertulia_schema_version() to anon, authenticated, service_role;

-- Checks and folding of single values.

create function private.fold(value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  return lower(extensions.unaccent('extensions.unaccent'::regdictionary, value));
end
$$;
comment on function private.fold is 'A text without case and accents, as names and searches compare it.';

create function private.is_bounded_object(value jsonb, max_bytes integer)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- plpgsql keeps its plan; every statement would plan a sql function in a constraint again.
  return jsonb_typeof(value) = 'object' and octet_length(value::text) <= max_bytes;
end
$$;
comment on function private.is_bounded_object is 'Whether a metadata value is an object of at most so many bytes as text.';

create function private.is_day(value text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return value ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' and value between '2000-01-01' and '2999-12-31'
    and value = to_char(make_date(left(value, 4)::integer, substr(value, 6, 2)::integer, right(value, 2)::integer), 'YYYY-MM-DD');
exception when datetime_field_overflow then
  return false;
end
$$;
comment on function private.is_day is 'Whether a text is a day of the calendar from 2000 to 2999, as 2026-12-31.';

create function private.touch_updated_at()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := clock_timestamp();
  return new;
end
$$;
comment on function private.touch_updated_at is 'Trigger: keeps updated_at; attach it with a when clause that names real changes.';

create function private.is_uuid(value text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  return coalesce(value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$', false);
end
$$;
comment on function private.is_uuid is 'Whether a text can be cast to uuid, so that no policy raises on a foreign topic or path.';

create function private.check_page_size(operation text, page_size integer, largest integer, ahead integer default 0)
returns void
language plpgsql
immutable
set search_path = ''
as $$
begin
  if page_size is null or page_size not between 1 and largest + ahead then
    perform private.raise_error('invalid_input', format('unable to %s; a page holds 1 to %s', operation, largest),
      format('Choose a page size from 1 to %s.', largest), '{"field": "limit"}');
  end if;
end
$$;
comment on function private.check_page_size is
  'Raises invalid_input unless a page has 1 to that many rows; a list that reads one row ahead, to know whether there are more, says so.';

revoke execute on function
  private.fold(text),
  private.is_bounded_object(jsonb, integer),
  private.is_day(text),
  private.touch_updated_at()
from public, anon, authenticated;
revoke execute on function
  private.is_uuid(text),
  private.check_page_size(text, integer, integer, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.fold(text),
  private.is_bounded_object(jsonb, integer)
to anon, authenticated, service_role;

-- What the owner of a project decides, in one row.

create table private.settings (
  id boolean primary key default true,
  honors_privacy_control boolean not null default false,
  claims_by_address boolean not null default false,
  reviews_need_service boolean not null default false,
  constraint settings_id_check check (id)
);
comment on table private.settings is 'What the owner of a project decides; one row. Change it by SQL.';
comment on column private.settings.honors_privacy_control is
  'Whether Global Privacy Control (the header Sec-GPC: 1) is a refusal: nothing that such a browser reports is counted.';
comment on column private.settings.claims_by_address is
  'Whether an offer by e-mail belongs to the account with that address. Set it where Auth sends a mail to confirm an address ("Confirm email").';
comment on column private.settings.reviews_need_service is
  'Whether only conversions that the service recorded can be reviewed. Otherwise a user who says to have converted can review.';

insert into private.settings (id) values (true) on conflict do nothing;

revoke all on private.settings from public, anon, authenticated, service_role;

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

-- Upkeep: what has to be done again and again, in batches, with each step's outcome in a log.
--
-- A domain files its steps in private.maintenance_steps. A step is a function that does one bounded batch and says where to go
-- on.
-- private.run_maintenance runs batches until its time is up and says where to go on. pg_cron commits after each batch; a caller
-- of
-- the API passes the answer's "next" back until it is null.

create type private.maintenance_batch as (handled bigint, reached text);
comment on type private.maintenance_batch is
  'The result of one batch of a step: how many rows, and where the next batch continues. reached is null when nothing remains.';

create table private.maintenance_steps (
  name text primary key,
  position integer not null,
  function_name text not null,
  schedule text not null default 'daily',
  batch_size integer not null default 1000,
  keep interval,
  enabled boolean not null default true,
  reached text,
  constraint maintenance_steps_name_check check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  constraint maintenance_steps_schedule_check check (schedule in ('daily', 'minutes')),
  constraint maintenance_steps_batch_size_check check (batch_size between 1 and 100000),
  constraint maintenance_steps_keep_check check (keep >= interval '0')
);
comment on table private.maintenance_steps is
  'What upkeep does, in the order of position. An app changes keep, batch_size and enabled by SQL, and may add steps of its own.';
comment on column private.maintenance_steps.function_name is
  'With its schema: (batch_size integer, keep interval, reached text) returns private.maintenance_batch; it does one batch.';
comment on column private.maintenance_steps.schedule is 'daily: at 02:00; minutes: every minute.';
comment on column private.maintenance_steps.keep is 'What the step calls old: how long it leaves things alone. Null where it has no such thing.';
comment on column private.maintenance_steps.reached is 'Where an unfinished step continues, in a form of its own; null between runs.';

create table private.maintenance_log (
  id bigint primary key generated always as identity,
  step text not null,
  started_at timestamptz not null,
  finished_at timestamptz not null,
  outcome text not null,
  batches bigint not null,
  handled bigint not null,
  error text,
  constraint maintenance_log_outcome_check check (outcome in ('unfinished', 'done', 'failed'))
);
comment on table private.maintenance_log is 'Each run of each step: a row that grows batch by batch until the step is done or fails.';
comment on column private.maintenance_log.finished_at is 'When its last batch so far ended.';
comment on column private.maintenance_log.error is 'SQLSTATE and message of what failed; that batch was undone, those before it were not.';

create index maintenance_log_step_id_idx on private.maintenance_log (step, id desc);

create function private.run_maintenance_step(wanted text)
returns jsonb
language plpgsql
security definer
set search_path = ''
-- Upkeep gives way: it does not queue for a lock with everybody behind it.
set lock_timeout = '2s'
as $$
declare
  step private.maintenance_steps;
  started_at timestamptz := clock_timestamp();
  batch private.maintenance_batch;
  result text;
  failure text;
  log_id bigint;
begin
  -- One at a time for each step, until the end of the transaction; the row is read after the lock, so it is what the last one left.
  if not pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('tertulia.maintenance.' || wanted, 0)) then
    return jsonb_build_object('step', wanted, 'outcome', 'busy', 'handled', 0, 'error', null);
  end if;
  select * into step from private.maintenance_steps s where s.name = wanted;
  begin
    execute format('select b.* from %s($1, $2, $3) as b', step.function_name) into batch
    using step.batch_size, step.keep, step.reached;
    if batch.handled is null or (batch.handled = 0 and batch.reached = step.reached) then
      raise exception 'the step makes no progress at %', coalesce(batch.reached, 'nothing');
    end if;
    result := case when batch.reached is null then 'done' else 'unfinished' end;
  exception
    -- A time-out is a cancellation, which "others" leaves out; an operator who cancels by hand wants all of it to end.
    when query_canceled or others then
      -- The message says which, in a language that a setting chooses; so the time decides.
      if sqlstate = '57014' and not coalesce((
        select clock_timestamp() - statement_timestamp() >= make_interval(secs => nullif(s.setting, '0')::double precision / 1000)
        from pg_catalog.pg_settings s
        where s.name = 'statement_timeout'
      ), false) then
        raise;
      end if;
      result := 'failed';
      failure := sqlstate || ' ' || sqlerrm;
      batch := (0, null);
  end;
  update private.maintenance_steps s
  set reached = batch.reached
  where s.name = wanted and s.reached is distinct from batch.reached;

  select l.id into log_id
  from (select l.id, l.outcome from private.maintenance_log l where l.step = wanted order by l.id desc limit 1) as l
  where l.outcome = 'unfinished';
  if found then
    update private.maintenance_log l
    set
      finished_at = clock_timestamp(),
      outcome = result,
      batches = l.batches + 1,
      handled = l.handled + batch.handled,
      error = failure
    where l.id = log_id;
  else
    insert into private.maintenance_log (step, started_at, finished_at, outcome, batches, handled, error)
    values (wanted, started_at, clock_timestamp(), result, 1, batch.handled, failure);
  end if;
  return jsonb_build_object('step', wanted, 'outcome', result, 'handled', batch.handled, 'error', failure);
end
$$;
comment on function private.run_maintenance_step is
  'One batch of one step: done, unfinished, failed (undone, and written to the log), or busy when another run does it now.';

create function private.run_maintenance(wanted_schedule text, from_step text, budget interval)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  ends_at timestamptz := clock_timestamp() + budget;
  names text[];
  place integer := 1;
  batch jsonb;
  total jsonb;
  told jsonb[] := '{}';
begin
  if wanted_schedule not in ('daily', 'minutes') then
    perform private.raise_error('invalid_input', 'unable to run the upkeep; there is no such schedule', 'Pass daily or minutes, or null for both.',
      '{"field": "schedule"}');
  end if;
  select coalesce(array_agg(s.name order by s.position, s.name), '{}') into names
  from private.maintenance_steps s
  where s.enabled and (wanted_schedule is null or s.schedule = wanted_schedule);
  if from_step is not null then
    place := array_position(names, from_step);
    if place is null then
      perform private.raise_error('invalid_input', 'unable to run the upkeep; there is no such step to continue from',
        'Pass the "next" of the last answer unchanged.', '{"field": "next"}');
    end if;
  end if;

  while place <= cardinality(names) loop
    batch := private.run_maintenance_step(names[place]);
    total := case when total is null then batch
      else batch || jsonb_build_object('handled', (total ->> 'handled')::bigint + (batch ->> 'handled')::bigint) end;
    if batch ->> 'outcome' <> 'unfinished' then
      told := told || total;
      total := null;
      place := place + 1;
    end if;
    exit when clock_timestamp() >= ends_at;
  end loop;
  if total is not null then
    told := told || total;
  end if;
  return jsonb_build_object('steps', to_jsonb(told), 'next', names[place]);
end
$$;
comment on function private.run_maintenance is
  'Runs batches, step by step from the first or the named one, until nothing remains or the time is up; next says where to go on.';

create function public.cleanup_old_data(next text default null, schedule text default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.run_maintenance(schedule, next, interval '500 milliseconds')
$$;
comment on function public.cleanup_old_data is
  'For the service: half a second of upkeep, all of it or the daily or minutes part. Answers each step''s outcome, and next: call again with it until it is null.';

create function private.schedule_maintenance()
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- A block and not a procedure: one that commits may not fix its search path. What is committed stays when the block ends with an
  -- error, by which pg_cron shows the run as failed.
  command text := $q$do $upkeep$
declare
  answer jsonb;
  next text;
  failed text[] := '{}';
begin
  loop
    answer := private.run_maintenance(%L, next, interval '0');
    commit;
    next := answer ->> 'next';
    if answer #>> '{steps,0,outcome}' = 'failed' then
      failed := failed || (answer #>> '{steps,0,step}');
    end if;
    exit when next is null;
  end loop;
  if failed <> '{}' then
    raise exception 'upkeep failed in %%; private.maintenance_log says why', failed;
  end if;
end
$upkeep$
$q$;
begin
  if not exists (select from pg_catalog.pg_extension e where e.extname = 'pg_cron') then
    return 'Tertulia''s upkeep is not scheduled: pg_cron is not here. Run "npx tertulia maintain" from a scheduler of your own, '
      'or enable pg_cron and run: select private.schedule_maintenance()';
  end if;
  -- The same name again replaces what was scheduled under it.
  execute 'select cron.schedule($1, $2, $3)' using 'tertulia-cleanup', '0 2 * * *', format(command, null);
  if exists (select from private.maintenance_steps s where s.schedule = 'minutes') then
    execute 'select cron.schedule($1, $2, $3)' using 'tertulia-minutes', '* * * * *', format(command, 'minutes');
  end if;
  return 'Tertulia''s upkeep is scheduled: daily at 02:00 in the time zone of pg_cron, UTC unless it is set.';
exception
  when others then
    return 'Tertulia''s upkeep is not scheduled: pg_cron is here, but ' || sqlerrm
      || '. Run "npx tertulia maintain" from a scheduler of your own.';
end
$$;
comment on function private.schedule_maintenance is
  'Schedules the upkeep with pg_cron where it is; says what it did. Run it again after enabling pg_cron or adding a step every minute.';

-- Roles are the whole cluster's: another database of it may have made them, even at this moment.
do $$
declare
  wanted text;
begin
  foreach wanted in array '{tertulia_reporting,tertulia_maintenance}'::text[] loop
    if not exists (select from pg_catalog.pg_roles r where r.rolname = wanted) then
      begin
        execute format('create role %I nologin', wanted);
      exception
        when duplicate_object or unique_violation then
          raise notice 'role % was created by another session at this moment', wanted;
      end;
    end if;
  end loop;
end
$$;

revoke all on private.maintenance_steps, private.maintenance_log from public, anon, authenticated, service_role;
grant select on private.maintenance_steps, private.maintenance_log to tertulia_maintenance;
revoke execute on function
  private.run_maintenance_step(text),
  private.run_maintenance(text, text, interval),
  public.cleanup_old_data(text, text),
  private.schedule_maintenance()
from public, anon, authenticated, service_role;
grant execute on function
  private.run_maintenance(text, text, interval),
  public.cleanup_old_data(text, text)
to service_role, tertulia_maintenance;
revoke all on type private.maintenance_batch from public;
grant usage on schema public to tertulia_reporting, tertulia_maintenance;
grant usage on schema private to tertulia_maintenance;

-- Made by scripts/generate-characters.ts from Unicode 17.0; do not edit.

create function private.characters(class text)
returns text
language sql
immutable
parallel safe
set search_path = ''
as $$
  select case class
    -- Invisible characters: white space, controls, and characters without a glyph.
    when 'blank' then
      E'\\u0001-\\u0020\\u007f-\\u00a0\\u00ad\\u034f\\u061c\\u115f-\\u1160\\u1680\\u17b4-\\u17b5\\u180b-\\u180f\\u2000-'
      '\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u2800\\u3000\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\\ufffc\\U00013441'
      '-\\U00013442\\U0001bca0-\\U0001bca3\\U0001d159\\U0001d173-\\U0001d17a\\U000e0000-\\U000e0fff'
    -- Marks that attach to another character.
    when 'mark' then
      E'\\u0300-\\u036f\\u0483-\\u0489\\u0591-\\u05bd\\u05bf\\u05c1-\\u05c2\\u05c4-\\u05c5\\u05c7\\u0610-\\u061a\\u064b'
      '-\\u065f\\u0670\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7-\\u06e8\\u06ea-\\u06ed\\u0711\\u0730-\\u074a\\u07a6-\\u07b0'
      '\\u07eb-\\u07f3\\u07fd\\u0816-\\u0819\\u081b-\\u0823\\u0825-\\u0827\\u0829-\\u082d\\u0859-\\u085b\\u0897-\\u089f'
      '\\u08ca-\\u08e1\\u08e3-\\u0903\\u093a-\\u093c\\u093e-\\u094f\\u0951-\\u0957\\u0962-\\u0963\\u0981-\\u0983\\u09bc'
      '\\u09be-\\u09c4\\u09c7-\\u09c8\\u09cb-\\u09cd\\u09d7\\u09e2-\\u09e3\\u09fe\\u0a01-\\u0a03\\u0a3c\\u0a3e-\\u0a42'
      '\\u0a47-\\u0a48\\u0a4b-\\u0a4d\\u0a51\\u0a70-\\u0a71\\u0a75\\u0a81-\\u0a83\\u0abc\\u0abe-\\u0ac5\\u0ac7-\\u0ac9'
      '\\u0acb-\\u0acd\\u0ae2-\\u0ae3\\u0afa-\\u0aff\\u0b01-\\u0b03\\u0b3c\\u0b3e-\\u0b44\\u0b47-\\u0b48\\u0b4b-\\u0b4d'
      '\\u0b55-\\u0b57\\u0b62-\\u0b63\\u0b82\\u0bbe-\\u0bc2\\u0bc6-\\u0bc8\\u0bca-\\u0bcd\\u0bd7\\u0c00-\\u0c04\\u0c3c'
      '\\u0c3e-\\u0c44\\u0c46-\\u0c48\\u0c4a-\\u0c4d\\u0c55-\\u0c56\\u0c62-\\u0c63\\u0c81-\\u0c83\\u0cbc\\u0cbe-\\u0cc4'
      '\\u0cc6-\\u0cc8\\u0cca-\\u0ccd\\u0cd5-\\u0cd6\\u0ce2-\\u0ce3\\u0cf3\\u0d00-\\u0d03\\u0d3b-\\u0d3c\\u0d3e-\\u0d44'
      '\\u0d46-\\u0d48\\u0d4a-\\u0d4d\\u0d57\\u0d62-\\u0d63\\u0d81-\\u0d83\\u0dca\\u0dcf-\\u0dd4\\u0dd6\\u0dd8-\\u0ddf'
      '\\u0df2-\\u0df3\\u0e31\\u0e34-\\u0e3a\\u0e47-\\u0e4e\\u0eb1\\u0eb4-\\u0ebc\\u0ec8-\\u0ece\\u0f18-\\u0f19\\u0f35'
      '\\u0f37\\u0f39\\u0f3e-\\u0f3f\\u0f71-\\u0f84\\u0f86-\\u0f87\\u0f8d-\\u0f97\\u0f99-\\u0fbc\\u0fc6\\u102b-\\u103e'
      '\\u1056-\\u1059\\u105e-\\u1060\\u1062-\\u1064\\u1067-\\u106d\\u1071-\\u1074\\u1082-\\u108d\\u108f\\u109a-\\u109d'
      '\\u135d-\\u135f\\u1712-\\u1715\\u1732-\\u1734\\u1752-\\u1753\\u1772-\\u1773\\u17b4-\\u17d3\\u17dd\\u180b-\\u180d'
      '\\u180f\\u1885-\\u1886\\u18a9\\u1920-\\u192b\\u1930-\\u193b\\u1a17-\\u1a1b\\u1a55-\\u1a5e\\u1a60-\\u1a7c\\u1a7f'
      '\\u1ab0-\\u1add\\u1ae0-\\u1aeb\\u1b00-\\u1b04\\u1b34-\\u1b44\\u1b6b-\\u1b73\\u1b80-\\u1b82\\u1ba1-\\u1bad\\u1be6'
      '-\\u1bf3\\u1c24-\\u1c37\\u1cd0-\\u1cd2\\u1cd4-\\u1ce8\\u1ced\\u1cf4\\u1cf7-\\u1cf9\\u1dc0-\\u1dff\\u20d0-\\u20f0'
      '\\u2cef-\\u2cf1\\u2d7f\\u2de0-\\u2dff\\u302a-\\u302f\\u3099-\\u309a\\ua66f-\\ua672\\ua674-\\ua67d\\ua69e-\\ua69f'
      '\\ua6f0-\\ua6f1\\ua802\\ua806\\ua80b\\ua823-\\ua827\\ua82c\\ua880-\\ua881\\ua8b4-\\ua8c5\\ua8e0-\\ua8f1\\ua8ff\\ua926'
      '-\\ua92d\\ua947-\\ua953\\ua980-\\ua983\\ua9b3-\\ua9c0\\ua9e5\\uaa29-\\uaa36\\uaa43\\uaa4c-\\uaa4d\\uaa7b-\\uaa7d'
      '\\uaab0\\uaab2-\\uaab4\\uaab7-\\uaab8\\uaabe-\\uaabf\\uaac1\\uaaeb-\\uaaef\\uaaf5-\\uaaf6\\uabe3-\\uabea\\uabec'
      '-\\uabed\\ufb1e\\ufe00-\\ufe0f\\ufe20-\\ufe2f\\U000101fd\\U000102e0\\U00010376-\\U0001037a\\U00010a01-\\U00010a03'
      '\\U00010a05-\\U00010a06\\U00010a0c-\\U00010a0f\\U00010a38-\\U00010a3a\\U00010a3f\\U00010ae5-\\U00010ae6\\U00010d24'
      '-\\U00010d27\\U00010d69-\\U00010d6d\\U00010eab-\\U00010eac\\U00010efa-\\U00010eff\\U00010f46-\\U00010f50\\U00010f82'
      '-\\U00010f85\\U00011000-\\U00011002\\U00011038-\\U00011046\\U00011070\\U00011073-\\U00011074\\U0001107f-\\U00011082'
      '\\U000110b0-\\U000110ba\\U000110c2\\U00011100-\\U00011102\\U00011127-\\U00011134\\U00011145-\\U00011146\\U00011173'
      '\\U00011180-\\U00011182\\U000111b3-\\U000111c0\\U000111c9-\\U000111cc\\U000111ce-\\U000111cf\\U0001122c-\\U00011237'
      '\\U0001123e\\U00011241\\U000112df-\\U000112ea\\U00011300-\\U00011303\\U0001133b-\\U0001133c\\U0001133e-\\U00011344'
      '\\U00011347-\\U00011348\\U0001134b-\\U0001134d\\U00011357\\U00011362-\\U00011363\\U00011366-\\U0001136c\\U00011370'
      '-\\U00011374\\U000113b8-\\U000113c0\\U000113c2\\U000113c5\\U000113c7-\\U000113ca\\U000113cc-\\U000113d0\\U000113d2'
      '\\U000113e1-\\U000113e2\\U00011435-\\U00011446\\U0001145e\\U000114b0-\\U000114c3\\U000115af-\\U000115b5\\U000115b8'
      '-\\U000115c0\\U000115dc-\\U000115dd\\U00011630-\\U00011640\\U000116ab-\\U000116b7\\U0001171d-\\U0001172b\\U0001182c'
      '-\\U0001183a\\U00011930-\\U00011935\\U00011937-\\U00011938\\U0001193b-\\U0001193e\\U00011940\\U00011942-\\U00011943'
      '\\U000119d1-\\U000119d7\\U000119da-\\U000119e0\\U000119e4\\U00011a01-\\U00011a0a\\U00011a33-\\U00011a39\\U00011a3b'
      '-\\U00011a3e\\U00011a47\\U00011a51-\\U00011a5b\\U00011a8a-\\U00011a99\\U00011b60-\\U00011b67\\U00011c2f-\\U00011c36'
      '\\U00011c38-\\U00011c3f\\U00011c92-\\U00011ca7\\U00011ca9-\\U00011cb6\\U00011d31-\\U00011d36\\U00011d3a\\U00011d3c'
      '-\\U00011d3d\\U00011d3f-\\U00011d45\\U00011d47\\U00011d8a-\\U00011d8e\\U00011d90-\\U00011d91\\U00011d93-\\U00011d97'
      '\\U00011ef3-\\U00011ef6\\U00011f00-\\U00011f01\\U00011f03\\U00011f34-\\U00011f3a\\U00011f3e-\\U00011f42\\U00011f5a'
      '\\U00013440\\U00013447-\\U00013455\\U0001611e-\\U0001612f\\U00016af0-\\U00016af4\\U00016b30-\\U00016b36\\U00016f4f'
      '\\U00016f51-\\U00016f87\\U00016f8f-\\U00016f92\\U00016fe4\\U00016ff0-\\U00016ff1\\U0001bc9d-\\U0001bc9e\\U0001cf00'
      '-\\U0001cf2d\\U0001cf30-\\U0001cf46\\U0001d165-\\U0001d169\\U0001d16d-\\U0001d172\\U0001d17b-\\U0001d182\\U0001d185'
      '-\\U0001d18b\\U0001d1aa-\\U0001d1ad\\U0001d242-\\U0001d244\\U0001da00-\\U0001da36\\U0001da3b-\\U0001da6c\\U0001da75'
      '\\U0001da84\\U0001da9b-\\U0001da9f\\U0001daa1-\\U0001daaf\\U0001e000-\\U0001e006\\U0001e008-\\U0001e018\\U0001e01b'
      '-\\U0001e021\\U0001e023-\\U0001e024\\U0001e026-\\U0001e02a\\U0001e08f\\U0001e130-\\U0001e136\\U0001e2ae\\U0001e2ec'
      '-\\U0001e2ef\\U0001e4ec-\\U0001e4ef\\U0001e5ee-\\U0001e5ef\\U0001e6e3\\U0001e6e6\\U0001e6ee-\\U0001e6ef\\U0001e6f5'
      '\\U0001e8d0-\\U0001e8d6\\U0001e944-\\U0001e94a\\U000e0100-\\U000e01ef'
    -- Characters that continue the one before.
    when 'attached' then
      E'\\u0300-\\u036f\\u0483-\\u0489\\u0591-\\u05bd\\u05bf\\u05c1-\\u05c2\\u05c4-\\u05c5\\u05c7\\u0610-\\u061a\\u064b'
      '-\\u065f\\u0670\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7-\\u06e8\\u06ea-\\u06ed\\u0711\\u0730-\\u074a\\u07a6-\\u07b0'
      '\\u07eb-\\u07f3\\u07fd\\u0816-\\u0819\\u081b-\\u0823\\u0825-\\u0827\\u0829-\\u082d\\u0859-\\u085b\\u0897-\\u089f'
      '\\u08ca-\\u08e1\\u08e3-\\u0903\\u093a-\\u093c\\u093e-\\u094f\\u0951-\\u0957\\u0962-\\u0963\\u0981-\\u0983\\u09bc'
      '\\u09be-\\u09c4\\u09c7-\\u09c8\\u09cb-\\u09cd\\u09d7\\u09e2-\\u09e3\\u09fe\\u0a01-\\u0a03\\u0a3c\\u0a3e-\\u0a42'
      '\\u0a47-\\u0a48\\u0a4b-\\u0a4d\\u0a51\\u0a70-\\u0a71\\u0a75\\u0a81-\\u0a83\\u0abc\\u0abe-\\u0ac5\\u0ac7-\\u0ac9'
      '\\u0acb-\\u0acd\\u0ae2-\\u0ae3\\u0afa-\\u0aff\\u0b01-\\u0b03\\u0b3c\\u0b3e-\\u0b44\\u0b47-\\u0b48\\u0b4b-\\u0b4d'
      '\\u0b55-\\u0b57\\u0b62-\\u0b63\\u0b82\\u0bbe-\\u0bc2\\u0bc6-\\u0bc8\\u0bca-\\u0bcd\\u0bd7\\u0c00-\\u0c04\\u0c3c'
      '\\u0c3e-\\u0c44\\u0c46-\\u0c48\\u0c4a-\\u0c4d\\u0c55-\\u0c56\\u0c62-\\u0c63\\u0c81-\\u0c83\\u0cbc\\u0cbe-\\u0cc4'
      '\\u0cc6-\\u0cc8\\u0cca-\\u0ccd\\u0cd5-\\u0cd6\\u0ce2-\\u0ce3\\u0cf3\\u0d00-\\u0d03\\u0d3b-\\u0d3c\\u0d3e-\\u0d44'
      '\\u0d46-\\u0d48\\u0d4a-\\u0d4d\\u0d57\\u0d62-\\u0d63\\u0d81-\\u0d83\\u0dca\\u0dcf-\\u0dd4\\u0dd6\\u0dd8-\\u0ddf'
      '\\u0df2-\\u0df3\\u0e31\\u0e33-\\u0e3a\\u0e47-\\u0e4e\\u0eb1\\u0eb3-\\u0ebc\\u0ec8-\\u0ece\\u0f18-\\u0f19\\u0f35'
      '\\u0f37\\u0f39\\u0f3e-\\u0f3f\\u0f71-\\u0f84\\u0f86-\\u0f87\\u0f8d-\\u0f97\\u0f99-\\u0fbc\\u0fc6\\u102d-\\u1037'
      '\\u1039-\\u103e\\u1056-\\u1059\\u105e-\\u1060\\u1071-\\u1074\\u1082\\u1084-\\u1086\\u108d\\u109d\\u135d-\\u135f'
      '\\u1712-\\u1715\\u1732-\\u1734\\u1752-\\u1753\\u1772-\\u1773\\u17b4-\\u17d3\\u17dd\\u180b-\\u180d\\u180f\\u1885'
      '-\\u1886\\u18a9\\u1920-\\u192b\\u1930-\\u193b\\u1a17-\\u1a1b\\u1a55-\\u1a5e\\u1a60\\u1a62\\u1a65-\\u1a7c\\u1a7f'
      '\\u1ab0-\\u1add\\u1ae0-\\u1aeb\\u1b00-\\u1b04\\u1b34-\\u1b44\\u1b6b-\\u1b73\\u1b80-\\u1b82\\u1ba1-\\u1bad\\u1be6'
      '-\\u1bf3\\u1c24-\\u1c37\\u1cd0-\\u1cd2\\u1cd4-\\u1ce8\\u1ced\\u1cf4\\u1cf7-\\u1cf9\\u1dc0-\\u1dff\\u200c-\\u200d'
      '\\u20d0-\\u20f0\\u2cef-\\u2cf1\\u2d7f\\u2de0-\\u2dff\\u302a-\\u302f\\u3099-\\u309a\\ua66f-\\ua672\\ua674-\\ua67d'
      '\\ua69e-\\ua69f\\ua6f0-\\ua6f1\\ua802\\ua806\\ua80b\\ua823-\\ua827\\ua82c\\ua880-\\ua881\\ua8b4-\\ua8c5\\ua8e0-'
      '\\ua8f1\\ua8ff\\ua926-\\ua92d\\ua947-\\ua953\\ua980-\\ua983\\ua9b3-\\ua9c0\\ua9e5\\uaa29-\\uaa36\\uaa43\\uaa4c-'
      '\\uaa4d\\uaa7c\\uaab0\\uaab2-\\uaab4\\uaab7-\\uaab8\\uaabe-\\uaabf\\uaac1\\uaaeb-\\uaaef\\uaaf5-\\uaaf6\\uabe3-'
      '\\uabea\\uabec-\\uabed\\ufb1e\\ufe00-\\ufe0f\\ufe20-\\ufe2f\\uff9e-\\uff9f\\U000101fd\\U000102e0\\U00010376-\\U0001037a'
      '\\U00010a01-\\U00010a03\\U00010a05-\\U00010a06\\U00010a0c-\\U00010a0f\\U00010a38-\\U00010a3a\\U00010a3f\\U00010ae5'
      '-\\U00010ae6\\U00010d24-\\U00010d27\\U00010d69-\\U00010d6d\\U00010eab-\\U00010eac\\U00010efa-\\U00010eff\\U00010f46'
      '-\\U00010f50\\U00010f82-\\U00010f85\\U00011000-\\U00011002\\U00011038-\\U00011046\\U00011070\\U00011073-\\U00011074'
      '\\U0001107f-\\U00011082\\U000110b0-\\U000110ba\\U000110c2\\U00011100-\\U00011102\\U00011127-\\U00011134\\U00011145'
      '-\\U00011146\\U00011173\\U00011180-\\U00011182\\U000111b3-\\U000111c0\\U000111c9-\\U000111cc\\U000111ce-\\U000111cf'
      '\\U0001122c-\\U00011237\\U0001123e\\U00011241\\U000112df-\\U000112ea\\U00011300-\\U00011303\\U0001133b-\\U0001133c'
      '\\U0001133e-\\U00011344\\U00011347-\\U00011348\\U0001134b-\\U0001134d\\U00011357\\U00011362-\\U00011363\\U00011366'
      '-\\U0001136c\\U00011370-\\U00011374\\U000113b8-\\U000113c0\\U000113c2\\U000113c5\\U000113c7-\\U000113ca\\U000113cc'
      '-\\U000113d0\\U000113d2\\U000113e1-\\U000113e2\\U00011435-\\U00011446\\U0001145e\\U000114b0-\\U000114c3\\U000115af'
      '-\\U000115b5\\U000115b8-\\U000115c0\\U000115dc-\\U000115dd\\U00011630-\\U00011640\\U000116ab-\\U000116b7\\U0001171d'
      '-\\U0001171f\\U00011722-\\U0001172b\\U0001182c-\\U0001183a\\U00011930-\\U00011935\\U00011937-\\U00011938\\U0001193b'
      '-\\U0001193e\\U00011940\\U00011942-\\U00011943\\U000119d1-\\U000119d7\\U000119da-\\U000119e0\\U000119e4\\U00011a01'
      '-\\U00011a0a\\U00011a33-\\U00011a39\\U00011a3b-\\U00011a3e\\U00011a47\\U00011a51-\\U00011a5b\\U00011a8a-\\U00011a99'
      '\\U00011b60-\\U00011b67\\U00011c2f-\\U00011c36\\U00011c38-\\U00011c3f\\U00011c92-\\U00011ca7\\U00011ca9-\\U00011cb6'
      '\\U00011d31-\\U00011d36\\U00011d3a\\U00011d3c-\\U00011d3d\\U00011d3f-\\U00011d45\\U00011d47\\U00011d8a-\\U00011d8e'
      '\\U00011d90-\\U00011d91\\U00011d93-\\U00011d97\\U00011ef3-\\U00011ef6\\U00011f00-\\U00011f01\\U00011f03\\U00011f34'
      '-\\U00011f3a\\U00011f3e-\\U00011f42\\U00011f5a\\U00013440\\U00013447-\\U00013455\\U0001611e-\\U0001612f\\U00016af0'
      '-\\U00016af4\\U00016b30-\\U00016b36\\U00016f4f\\U00016f51-\\U00016f87\\U00016f8f-\\U00016f92\\U00016fe4\\U00016ff0'
      '-\\U00016ff1\\U0001bc9d-\\U0001bc9e\\U0001cf00-\\U0001cf2d\\U0001cf30-\\U0001cf46\\U0001d165-\\U0001d169\\U0001d16d'
      '-\\U0001d172\\U0001d17b-\\U0001d182\\U0001d185-\\U0001d18b\\U0001d1aa-\\U0001d1ad\\U0001d242-\\U0001d244\\U0001da00'
      '-\\U0001da36\\U0001da3b-\\U0001da6c\\U0001da75\\U0001da84\\U0001da9b-\\U0001da9f\\U0001daa1-\\U0001daaf\\U0001e000'
      '-\\U0001e006\\U0001e008-\\U0001e018\\U0001e01b-\\U0001e021\\U0001e023-\\U0001e024\\U0001e026-\\U0001e02a\\U0001e08f'
      '\\U0001e130-\\U0001e136\\U0001e2ae\\U0001e2ec-\\U0001e2ef\\U0001e4ec-\\U0001e4ef\\U0001e5ee-\\U0001e5ef\\U0001e6e3'
      '\\U0001e6e6\\U0001e6ee-\\U0001e6ef\\U0001e6f5\\U0001e8d0-\\U0001e8d6\\U0001e944-\\U0001e94a\\U0001f3fb-\\U0001f3ff'
      '\\U000e0020-\\U000e007f\\U000e0100-\\U000e01ef'
    -- Characters that the next one continues.
    when 'prepended' then
      E'\\u0600-\\u0605\\u06dd\\u070f\\u0890-\\u0891\\u08e2\\u0d4e\\U000110bd\\U000110cd\\U000111c2-\\U000111c3\\U000113d1'
      '\\U0001193f\\U00011941\\U00011a84-\\U00011a89\\U00011d46\\U00011f02'
    -- Hangul: vowels.
    when 'vowel' then
      E'\\u1160-\\u11a7\\ud7b0-\\ud7c6\\U00016d63\\U00016d67-\\U00016d6a'
    -- Hangul: final consonants.
    when 'final' then
      E'\\u11a8-\\u11ff\\ud7cb-\\ud7fb'
    -- Hangul: leading consonants.
    when 'lead' then
      E'\\u1100-\\u115f\\ua960-\\ua97c'
    -- Indic: consonants that make conjuncts.
    when 'consonant' then
      E'\\u0915-\\u0939\\u0958-\\u095f\\u0978-\\u097f\\u0995-\\u09a8\\u09aa-\\u09b0\\u09b2\\u09b6-\\u09b9\\u09dc-\\u09dd'
      '\\u09df\\u09f0-\\u09f1\\u0a95-\\u0aa8\\u0aaa-\\u0ab0\\u0ab2-\\u0ab3\\u0ab5-\\u0ab9\\u0af9\\u0b15-\\u0b28\\u0b2a'
      '-\\u0b30\\u0b32-\\u0b33\\u0b35-\\u0b39\\u0b5c-\\u0b5d\\u0b5f\\u0b71\\u0c15-\\u0c28\\u0c2a-\\u0c39\\u0c58-\\u0c5a'
      '\\u0d15-\\u0d3a\\u1000-\\u102a\\u103f\\u1050-\\u1055\\u105a-\\u105d\\u1061\\u1065-\\u1066\\u106e-\\u1070\\u1075'
      '-\\u1081\\u108e\\u1780-\\u17b3\\u1a20-\\u1a54\\u1b0b-\\u1b0c\\u1b13-\\u1b33\\u1b45-\\u1b4c\\u1b83-\\u1ba0\\u1bae'
      '-\\u1baf\\u1bbb-\\u1bbd\\ua989-\\ua98b\\ua98f-\\ua9b2\\ua9e0-\\ua9e4\\ua9e7-\\ua9ef\\ua9fa-\\ua9fe\\uaa60-\\uaa6f'
      '\\uaa71-\\uaa73\\uaa7a\\uaa7e-\\uaa7f\\uaae0-\\uaaea\\uabc0-\\uabda\\U00010a00\\U00010a10-\\U00010a13\\U00010a15'
      '-\\U00010a17\\U00010a19-\\U00010a35\\U00011103-\\U00011126\\U00011144\\U00011147\\U00011380-\\U00011389\\U0001138b'
      '\\U0001138e\\U00011390-\\U000113b5\\U00011900-\\U00011906\\U00011909\\U0001190c-\\U00011913\\U00011915-\\U00011916'
      '\\U00011918-\\U0001192f\\U00011a00\\U00011a0b-\\U00011a32\\U00011a50\\U00011a5c-\\U00011a83\\U00011f04-\\U00011f10'
      '\\U00011f12-\\U00011f33'
    -- Indic: what joins two consonants.
    when 'linker' then
      E'\\u094d\\u09cd\\u0acd\\u0b4d\\u0c4d\\u0d4d\\u1039\\u17d2\\u1a60\\u1b44\\u1bab\\ua9c0\\uaaf6\\U00010a3f\\U00011133'
      '\\U000113d0\\U0001193e\\U00011a47\\U00011a99\\U00011f42'
    -- Indic: characters that may be between them.
    when 'conjunct' then
      E'\\u0300-\\u036f\\u0483-\\u0489\\u0591-\\u05bd\\u05bf\\u05c1-\\u05c2\\u05c4-\\u05c5\\u05c7\\u0610-\\u061a\\u064b'
      '-\\u065f\\u0670\\u06d6-\\u06dc\\u06df-\\u06e4\\u06e7-\\u06e8\\u06ea-\\u06ed\\u0711\\u0730-\\u074a\\u07a6-\\u07b0'
      '\\u07eb-\\u07f3\\u07fd\\u0816-\\u0819\\u081b-\\u0823\\u0825-\\u0827\\u0829-\\u082d\\u0859-\\u085b\\u0897-\\u089f'
      '\\u08ca-\\u08e1\\u08e3-\\u0902\\u093a\\u093c\\u0941-\\u0948\\u094d\\u0951-\\u0957\\u0962-\\u0963\\u0981\\u09bc\\u09be'
      '\\u09c1-\\u09c4\\u09cd\\u09d7\\u09e2-\\u09e3\\u09fe\\u0a01-\\u0a02\\u0a3c\\u0a41-\\u0a42\\u0a47-\\u0a48\\u0a4b-'
      '\\u0a4d\\u0a51\\u0a70-\\u0a71\\u0a75\\u0a81-\\u0a82\\u0abc\\u0ac1-\\u0ac5\\u0ac7-\\u0ac8\\u0acd\\u0ae2-\\u0ae3\\u0afa'
      '-\\u0aff\\u0b01\\u0b3c\\u0b3e-\\u0b3f\\u0b41-\\u0b44\\u0b4d\\u0b55-\\u0b57\\u0b62-\\u0b63\\u0b82\\u0bbe\\u0bc0\\u0bcd'
      '\\u0bd7\\u0c00\\u0c04\\u0c3c\\u0c3e-\\u0c40\\u0c46-\\u0c48\\u0c4a-\\u0c4d\\u0c55-\\u0c56\\u0c62-\\u0c63\\u0c81\\u0cbc'
      '\\u0cbf-\\u0cc0\\u0cc2\\u0cc6-\\u0cc8\\u0cca-\\u0ccd\\u0cd5-\\u0cd6\\u0ce2-\\u0ce3\\u0d00-\\u0d01\\u0d3b-\\u0d3c'
      '\\u0d3e\\u0d41-\\u0d44\\u0d4d\\u0d57\\u0d62-\\u0d63\\u0d81\\u0dca\\u0dcf\\u0dd2-\\u0dd4\\u0dd6\\u0ddf\\u0e31\\u0e34'
      '-\\u0e3a\\u0e47-\\u0e4e\\u0eb1\\u0eb4-\\u0ebc\\u0ec8-\\u0ece\\u0f18-\\u0f19\\u0f35\\u0f37\\u0f39\\u0f71-\\u0f7e'
      '\\u0f80-\\u0f84\\u0f86-\\u0f87\\u0f8d-\\u0f97\\u0f99-\\u0fbc\\u0fc6\\u102d-\\u1030\\u1032-\\u1037\\u1039-\\u103a'
      '\\u103d-\\u103e\\u1058-\\u1059\\u105e-\\u1060\\u1071-\\u1074\\u1082\\u1085-\\u1086\\u108d\\u109d\\u135d-\\u135f'
      '\\u1712-\\u1715\\u1732-\\u1734\\u1752-\\u1753\\u1772-\\u1773\\u17b4-\\u17b5\\u17b7-\\u17bd\\u17c6\\u17c9-\\u17d3'
      '\\u17dd\\u180b-\\u180d\\u180f\\u1885-\\u1886\\u18a9\\u1920-\\u1922\\u1927-\\u1928\\u1932\\u1939-\\u193b\\u1a17-'
      '\\u1a18\\u1a1b\\u1a56\\u1a58-\\u1a5e\\u1a60\\u1a62\\u1a65-\\u1a6c\\u1a73-\\u1a7c\\u1a7f\\u1ab0-\\u1add\\u1ae0-\\u1aeb'
      '\\u1b00-\\u1b03\\u1b34-\\u1b3d\\u1b42-\\u1b44\\u1b6b-\\u1b73\\u1b80-\\u1b81\\u1ba2-\\u1ba5\\u1ba8-\\u1bad\\u1be6'
      '\\u1be8-\\u1be9\\u1bed\\u1bef-\\u1bf3\\u1c2c-\\u1c33\\u1c36-\\u1c37\\u1cd0-\\u1cd2\\u1cd4-\\u1ce0\\u1ce2-\\u1ce8'
      '\\u1ced\\u1cf4\\u1cf8-\\u1cf9\\u1dc0-\\u1dff\\u200d\\u20d0-\\u20f0\\u2cef-\\u2cf1\\u2d7f\\u2de0-\\u2dff\\u302a-'
      '\\u302f\\u3099-\\u309a\\ua66f-\\ua672\\ua674-\\ua67d\\ua69e-\\ua69f\\ua6f0-\\ua6f1\\ua802\\ua806\\ua80b\\ua825-'
      '\\ua826\\ua82c\\ua8c4-\\ua8c5\\ua8e0-\\ua8f1\\ua8ff\\ua926-\\ua92d\\ua947-\\ua951\\ua953\\ua980-\\ua982\\ua9b3\\ua9b6'
      '-\\ua9b9\\ua9bc-\\ua9bd\\ua9c0\\ua9e5\\uaa29-\\uaa2e\\uaa31-\\uaa32\\uaa35-\\uaa36\\uaa43\\uaa4c\\uaa7c\\uaab0\\uaab2'
      '-\\uaab4\\uaab7-\\uaab8\\uaabe-\\uaabf\\uaac1\\uaaec-\\uaaed\\uaaf6\\uabe5\\uabe8\\uabed\\ufb1e\\ufe00-\\ufe0f\\ufe20'
      '-\\ufe2f\\uff9e-\\uff9f\\U000101fd\\U000102e0\\U00010376-\\U0001037a\\U00010a01-\\U00010a03\\U00010a05-\\U00010a06'
      '\\U00010a0c-\\U00010a0f\\U00010a38-\\U00010a3a\\U00010a3f\\U00010ae5-\\U00010ae6\\U00010d24-\\U00010d27\\U00010d69'
      '-\\U00010d6d\\U00010eab-\\U00010eac\\U00010efa-\\U00010eff\\U00010f46-\\U00010f50\\U00010f82-\\U00010f85\\U00011001'
      '\\U00011038-\\U00011046\\U00011070\\U00011073-\\U00011074\\U0001107f-\\U00011081\\U000110b3-\\U000110b6\\U000110b9'
      '-\\U000110ba\\U000110c2\\U00011100-\\U00011102\\U00011127-\\U0001112b\\U0001112d-\\U00011134\\U00011173\\U00011180'
      '-\\U00011181\\U000111b6-\\U000111be\\U000111c0\\U000111c9-\\U000111cc\\U000111cf\\U0001122f-\\U00011231\\U00011234'
      '-\\U00011237\\U0001123e\\U00011241\\U000112df\\U000112e3-\\U000112ea\\U00011300-\\U00011301\\U0001133b-\\U0001133c'
      '\\U0001133e\\U00011340\\U0001134d\\U00011357\\U00011366-\\U0001136c\\U00011370-\\U00011374\\U000113b8\\U000113bb'
      '-\\U000113c0\\U000113c2\\U000113c5\\U000113c7-\\U000113c9\\U000113ce-\\U000113d0\\U000113d2\\U000113e1-\\U000113e2'
      '\\U00011438-\\U0001143f\\U00011442-\\U00011444\\U00011446\\U0001145e\\U000114b0\\U000114b3-\\U000114b8\\U000114ba'
      '\\U000114bd\\U000114bf-\\U000114c0\\U000114c2-\\U000114c3\\U000115af\\U000115b2-\\U000115b5\\U000115bc-\\U000115bd'
      '\\U000115bf-\\U000115c0\\U000115dc-\\U000115dd\\U00011633-\\U0001163a\\U0001163d\\U0001163f-\\U00011640\\U000116ab'
      '\\U000116ad\\U000116b0-\\U000116b7\\U0001171d\\U0001171f\\U00011722-\\U00011725\\U00011727-\\U0001172b\\U0001182f'
      '-\\U00011837\\U00011839-\\U0001183a\\U00011930\\U0001193b-\\U0001193e\\U00011943\\U000119d4-\\U000119d7\\U000119da'
      '-\\U000119db\\U000119e0\\U00011a01-\\U00011a0a\\U00011a33-\\U00011a38\\U00011a3b-\\U00011a3e\\U00011a47\\U00011a51'
      '-\\U00011a56\\U00011a59-\\U00011a5b\\U00011a8a-\\U00011a96\\U00011a98-\\U00011a99\\U00011b60\\U00011b62-\\U00011b64'
      '\\U00011b66\\U00011c30-\\U00011c36\\U00011c38-\\U00011c3d\\U00011c3f\\U00011c92-\\U00011ca7\\U00011caa-\\U00011cb0'
      '\\U00011cb2-\\U00011cb3\\U00011cb5-\\U00011cb6\\U00011d31-\\U00011d36\\U00011d3a\\U00011d3c-\\U00011d3d\\U00011d3f'
      '-\\U00011d45\\U00011d47\\U00011d90-\\U00011d91\\U00011d95\\U00011d97\\U00011ef3-\\U00011ef4\\U00011f00-\\U00011f01'
      '\\U00011f36-\\U00011f3a\\U00011f40-\\U00011f42\\U00011f5a\\U00013440\\U00013447-\\U00013455\\U0001611e-\\U00016129'
      '\\U0001612d-\\U0001612f\\U00016af0-\\U00016af4\\U00016b30-\\U00016b36\\U00016f4f\\U00016f8f-\\U00016f92\\U00016fe4'
      '\\U00016ff0-\\U00016ff1\\U0001bc9d-\\U0001bc9e\\U0001cf00-\\U0001cf2d\\U0001cf30-\\U0001cf46\\U0001d165-\\U0001d169'
      '\\U0001d16d-\\U0001d172\\U0001d17b-\\U0001d182\\U0001d185-\\U0001d18b\\U0001d1aa-\\U0001d1ad\\U0001d242-\\U0001d244'
      '\\U0001da00-\\U0001da36\\U0001da3b-\\U0001da6c\\U0001da75\\U0001da84\\U0001da9b-\\U0001da9f\\U0001daa1-\\U0001daaf'
      '\\U0001e000-\\U0001e006\\U0001e008-\\U0001e018\\U0001e01b-\\U0001e021\\U0001e023-\\U0001e024\\U0001e026-\\U0001e02a'
      '\\U0001e08f\\U0001e130-\\U0001e136\\U0001e2ae\\U0001e2ec-\\U0001e2ef\\U0001e4ec-\\U0001e4ef\\U0001e5ee-\\U0001e5ef'
      '\\U0001e6e3\\U0001e6e6\\U0001e6ee-\\U0001e6ef\\U0001e6f5\\U0001e8d0-\\U0001e8d6\\U0001e944-\\U0001e94a\\U0001f3fb'
      '-\\U0001f3ff\\U000e0020-\\U000e007f\\U000e0100-\\U000e01ef'
    -- Characters that U+200D joins to one picture.
    when 'pictographic' then
      E'\\u00a9\\u00ae\\u203c\\u2049\\u2122\\u2139\\u2194-\\u2199\\u21a9-\\u21aa\\u231a-\\u231b\\u2328\\u23cf\\u23e9-\\u23f3'
      '\\u23f8-\\u23fa\\u24c2\\u25aa-\\u25ab\\u25b6\\u25c0\\u25fb-\\u25fe\\u2600-\\u2604\\u260e\\u2611\\u2614-\\u2615\\u2618'
      '\\u261d\\u2620\\u2622-\\u2623\\u2626\\u262a\\u262e-\\u262f\\u2638-\\u263a\\u2640\\u2642\\u2648-\\u2653\\u265f-\\u2660'
      '\\u2663\\u2665-\\u2666\\u2668\\u267b\\u267e-\\u267f\\u2692-\\u2697\\u2699\\u269b-\\u269c\\u26a0-\\u26a1\\u26a7\\u26aa'
      '-\\u26ab\\u26b0-\\u26b1\\u26bd-\\u26be\\u26c4-\\u26c5\\u26c8\\u26ce-\\u26cf\\u26d1\\u26d3-\\u26d4\\u26e9-\\u26ea'
      '\\u26f0-\\u26f5\\u26f7-\\u26fa\\u26fd\\u2702\\u2705\\u2708-\\u270d\\u270f\\u2712\\u2714\\u2716\\u271d\\u2721\\u2728'
      '\\u2733-\\u2734\\u2744\\u2747\\u274c\\u274e\\u2753-\\u2755\\u2757\\u2763-\\u2764\\u2795-\\u2797\\u27a1\\u27b0\\u27bf'
      '\\u2934-\\u2935\\u2b05-\\u2b07\\u2b1b-\\u2b1c\\u2b50\\u2b55\\u3030\\u303d\\u3297\\u3299\\U0001f004\\U0001f02c-\\U0001f02f'
      '\\U0001f094-\\U0001f09f\\U0001f0af-\\U0001f0b0\\U0001f0c0\\U0001f0cf-\\U0001f0d0\\U0001f0f6-\\U0001f0ff\\U0001f170'
      '-\\U0001f171\\U0001f17e-\\U0001f17f\\U0001f18e\\U0001f191-\\U0001f19a\\U0001f1ae-\\U0001f1e5\\U0001f201-\\U0001f20f'
      '\\U0001f21a\\U0001f22f\\U0001f232-\\U0001f23a\\U0001f23c-\\U0001f23f\\U0001f249-\\U0001f25f\\U0001f266-\\U0001f321'
      '\\U0001f324-\\U0001f393\\U0001f396-\\U0001f397\\U0001f399-\\U0001f39b\\U0001f39e-\\U0001f3f0\\U0001f3f3-\\U0001f3f5'
      '\\U0001f3f7-\\U0001f3fa\\U0001f400-\\U0001f4fd\\U0001f4ff-\\U0001f53d\\U0001f549-\\U0001f54e\\U0001f550-\\U0001f567'
      '\\U0001f56f-\\U0001f570\\U0001f573-\\U0001f57a\\U0001f587\\U0001f58a-\\U0001f58d\\U0001f590\\U0001f595-\\U0001f596'
      '\\U0001f5a4-\\U0001f5a5\\U0001f5a8\\U0001f5b1-\\U0001f5b2\\U0001f5bc\\U0001f5c2-\\U0001f5c4\\U0001f5d1-\\U0001f5d3'
      '\\U0001f5dc-\\U0001f5de\\U0001f5e1\\U0001f5e3\\U0001f5e8\\U0001f5ef\\U0001f5f3\\U0001f5fa-\\U0001f64f\\U0001f680'
      '-\\U0001f6c5\\U0001f6cb-\\U0001f6d2\\U0001f6d5-\\U0001f6e5\\U0001f6e9\\U0001f6eb-\\U0001f6f0\\U0001f6f3-\\U0001f6ff'
      '\\U0001f7da-\\U0001f7ff\\U0001f80c-\\U0001f80f\\U0001f848-\\U0001f84f\\U0001f85a-\\U0001f85f\\U0001f888-\\U0001f88f'
      '\\U0001f8ae-\\U0001f8af\\U0001f8bc-\\U0001f8bf\\U0001f8c2-\\U0001f8cf\\U0001f8d9-\\U0001f8ff\\U0001f90c-\\U0001f93a'
      '\\U0001f93c-\\U0001f945\\U0001f947-\\U0001f9ff\\U0001fa58-\\U0001fa5f\\U0001fa6e-\\U0001faff\\U0001fc00-\\U0001fffd'
    -- Single emoji.
    when 'emoji' then
      E'\\u00a9\\u00ae\\u203c\\u2049\\u2122\\u2139\\u2194-\\u2199\\u21a9-\\u21aa\\u231a-\\u231b\\u2328\\u23cf\\u23e9-\\u23f3'
      '\\u23f8-\\u23fa\\u24c2\\u25aa-\\u25ab\\u25b6\\u25c0\\u25fb-\\u25fe\\u2600-\\u2604\\u260e\\u2611\\u2614-\\u2615\\u2618'
      '\\u261d\\u2620\\u2622-\\u2623\\u2626\\u262a\\u262e-\\u262f\\u2638-\\u263a\\u2640\\u2642\\u2648-\\u2653\\u265f-\\u2660'
      '\\u2663\\u2665-\\u2666\\u2668\\u267b\\u267e-\\u267f\\u2692-\\u2697\\u2699\\u269b-\\u269c\\u26a0-\\u26a1\\u26a7\\u26aa'
      '-\\u26ab\\u26b0-\\u26b1\\u26bd-\\u26be\\u26c4-\\u26c5\\u26c8\\u26ce-\\u26cf\\u26d1\\u26d3-\\u26d4\\u26e9-\\u26ea'
      '\\u26f0-\\u26f5\\u26f7-\\u26fa\\u26fd\\u2702\\u2705\\u2708-\\u270d\\u270f\\u2712\\u2714\\u2716\\u271d\\u2721\\u2728'
      '\\u2733-\\u2734\\u2744\\u2747\\u274c\\u274e\\u2753-\\u2755\\u2757\\u2763-\\u2764\\u2795-\\u2797\\u27a1\\u27b0\\u27bf'
      '\\u2934-\\u2935\\u2b05-\\u2b07\\u2b1b-\\u2b1c\\u2b50\\u2b55\\u3030\\u303d\\u3297\\u3299\\U0001f004\\U0001f02c-\\U0001f02f'
      '\\U0001f094-\\U0001f09f\\U0001f0af-\\U0001f0b0\\U0001f0c0\\U0001f0cf-\\U0001f0d0\\U0001f0f6-\\U0001f0ff\\U0001f170'
      '-\\U0001f171\\U0001f17e-\\U0001f17f\\U0001f18e\\U0001f191-\\U0001f19a\\U0001f1ae-\\U0001f1e5\\U0001f201-\\U0001f20f'
      '\\U0001f21a\\U0001f22f\\U0001f232-\\U0001f23a\\U0001f23c-\\U0001f23f\\U0001f249-\\U0001f25f\\U0001f266-\\U0001f321'
      '\\U0001f324-\\U0001f393\\U0001f396-\\U0001f397\\U0001f399-\\U0001f39b\\U0001f39e-\\U0001f3f0\\U0001f3f3-\\U0001f3f5'
      '\\U0001f3f7-\\U0001f4fd\\U0001f4ff-\\U0001f53d\\U0001f549-\\U0001f54e\\U0001f550-\\U0001f567\\U0001f56f-\\U0001f570'
      '\\U0001f573-\\U0001f57a\\U0001f587\\U0001f58a-\\U0001f58d\\U0001f590\\U0001f595-\\U0001f596\\U0001f5a4-\\U0001f5a5'
      '\\U0001f5a8\\U0001f5b1-\\U0001f5b2\\U0001f5bc\\U0001f5c2-\\U0001f5c4\\U0001f5d1-\\U0001f5d3\\U0001f5dc-\\U0001f5de'
      '\\U0001f5e1\\U0001f5e3\\U0001f5e8\\U0001f5ef\\U0001f5f3\\U0001f5fa-\\U0001f64f\\U0001f680-\\U0001f6c5\\U0001f6cb'
      '-\\U0001f6d2\\U0001f6d5-\\U0001f6e5\\U0001f6e9\\U0001f6eb-\\U0001f6f0\\U0001f6f3-\\U0001f6ff\\U0001f7da-\\U0001f7ff'
      '\\U0001f80c-\\U0001f80f\\U0001f848-\\U0001f84f\\U0001f85a-\\U0001f85f\\U0001f888-\\U0001f88f\\U0001f8ae-\\U0001f8af'
      '\\U0001f8bc-\\U0001f8bf\\U0001f8c2-\\U0001f8cf\\U0001f8d9-\\U0001f8ff\\U0001f90c-\\U0001f93a\\U0001f93c-\\U0001f945'
      '\\U0001f947-\\U0001f9ff\\U0001fa58-\\U0001fa5f\\U0001fa6e-\\U0001faff\\U0001fc00-\\U0001fffd'
    -- Emoji that are shown as text without U+FE0F.
    when 'textual' then
      E'\\u00a9\\u00ae\\u203c\\u2049\\u2122\\u2139\\u2194-\\u2199\\u21a9-\\u21aa\\u2328\\u23cf\\u23ed-\\u23ef\\u23f1-\\u23f2'
      '\\u23f8-\\u23fa\\u24c2\\u25aa-\\u25ab\\u25b6\\u25c0\\u25fb-\\u25fc\\u2600-\\u2604\\u260e\\u2611\\u2618\\u261d\\u2620'
      '\\u2622-\\u2623\\u2626\\u262a\\u262e-\\u262f\\u2638-\\u263a\\u2640\\u2642\\u265f-\\u2660\\u2663\\u2665-\\u2666\\u2668'
      '\\u267b\\u267e\\u2692\\u2694-\\u2697\\u2699\\u269b-\\u269c\\u26a0\\u26a7\\u26b0-\\u26b1\\u26c8\\u26cf\\u26d1\\u26d3'
      '\\u26e9\\u26f0-\\u26f1\\u26f4\\u26f7-\\u26f9\\u2702\\u2708-\\u2709\\u270c-\\u270d\\u270f\\u2712\\u2714\\u2716\\u271d'
      '\\u2721\\u2733-\\u2734\\u2744\\u2747\\u2763-\\u2764\\u27a1\\u2934-\\u2935\\u2b05-\\u2b07\\u3030\\u303d\\u3297\\u3299'
      '\\U0001f170-\\U0001f171\\U0001f17e-\\U0001f17f\\U0001f202\\U0001f237\\U0001f321\\U0001f324-\\U0001f32c\\U0001f336'
      '\\U0001f37d\\U0001f396-\\U0001f397\\U0001f399-\\U0001f39b\\U0001f39e-\\U0001f39f\\U0001f3cb-\\U0001f3ce\\U0001f3d4'
      '-\\U0001f3df\\U0001f3f3\\U0001f3f5\\U0001f3f7\\U0001f43f\\U0001f441\\U0001f4fd\\U0001f549-\\U0001f54a\\U0001f56f'
      '-\\U0001f570\\U0001f573-\\U0001f579\\U0001f587\\U0001f58a-\\U0001f58d\\U0001f590\\U0001f5a5\\U0001f5a8\\U0001f5b1'
      '-\\U0001f5b2\\U0001f5bc\\U0001f5c2-\\U0001f5c4\\U0001f5d1-\\U0001f5d3\\U0001f5dc-\\U0001f5de\\U0001f5e1\\U0001f5e3'
      '\\U0001f5e8\\U0001f5ef\\U0001f5f3\\U0001f5fa\\U0001f6cb\\U0001f6cd-\\U0001f6cf\\U0001f6e0-\\U0001f6e5\\U0001f6e9'
      '\\U0001f6f0\\U0001f6f3'
    -- Emoji that take a skin tone.
    when 'tonable' then
      E'\\u261d\\u26f9\\u270a-\\u270d\\U0001f385\\U0001f3c2-\\U0001f3c4\\U0001f3c7\\U0001f3ca-\\U0001f3cc\\U0001f442-\\U0001f443'
      '\\U0001f446-\\U0001f450\\U0001f466-\\U0001f478\\U0001f47c\\U0001f481-\\U0001f483\\U0001f485-\\U0001f487\\U0001f48f'
      '\\U0001f491\\U0001f4aa\\U0001f574-\\U0001f575\\U0001f57a\\U0001f590\\U0001f595-\\U0001f596\\U0001f645-\\U0001f647'
      '\\U0001f64b-\\U0001f64f\\U0001f6a3\\U0001f6b4-\\U0001f6b6\\U0001f6c0\\U0001f6cc\\U0001f90c\\U0001f90f\\U0001f918'
      '-\\U0001f91f\\U0001f926\\U0001f930-\\U0001f939\\U0001f93c-\\U0001f93e\\U0001f977\\U0001f9b5-\\U0001f9b6\\U0001f9b8'
      '-\\U0001f9b9\\U0001f9bb\\U0001f9cd-\\U0001f9cf\\U0001f9d1-\\U0001f9dd\\U0001fac3-\\U0001fac5\\U0001faf0-\\U0001faf8'
    -- Flags, of two letters each.
    when 'flag' then
      E'\\U0001f1e6[\\U0001f1e8\\U0001f1e9\\U0001f1ea\\U0001f1eb\\U0001f1ec\\U0001f1ee\\U0001f1f1\\U0001f1f2\\U0001f1f4'
      '\\U0001f1f6\\U0001f1f7\\U0001f1f8\\U0001f1f9\\U0001f1fa\\U0001f1fc\\U0001f1fd\\U0001f1ff]|\\U0001f1e7[\\U0001f1e6'
      '\\U0001f1e7\\U0001f1e9\\U0001f1ea\\U0001f1eb\\U0001f1ec\\U0001f1ed\\U0001f1ee\\U0001f1ef\\U0001f1f1\\U0001f1f2\\U0001f1f3'
      '\\U0001f1f4\\U0001f1f6\\U0001f1f7\\U0001f1f8\\U0001f1f9\\U0001f1fb\\U0001f1fc\\U0001f1fe\\U0001f1ff]|\\U0001f1e8'
      '[\\U0001f1e6\\U0001f1e8\\U0001f1e9\\U0001f1eb\\U0001f1ec\\U0001f1ed\\U0001f1ee\\U0001f1f0\\U0001f1f1\\U0001f1f2'
      '\\U0001f1f3\\U0001f1f4\\U0001f1f5\\U0001f1f6\\U0001f1f7\\U0001f1fa\\U0001f1fb\\U0001f1fc\\U0001f1fd\\U0001f1fe\\U0001f1ff'
      ']|\\U0001f1e9[\\U0001f1ea\\U0001f1ec\\U0001f1ef\\U0001f1f0\\U0001f1f2\\U0001f1f4\\U0001f1ff]|\\U0001f1ea[\\U0001f1e6'
      '\\U0001f1e8\\U0001f1ea\\U0001f1ec\\U0001f1ed\\U0001f1f7\\U0001f1f8\\U0001f1f9\\U0001f1fa]|\\U0001f1eb[\\U0001f1ee'
      '\\U0001f1ef\\U0001f1f0\\U0001f1f2\\U0001f1f4\\U0001f1f7]|\\U0001f1ec[\\U0001f1e6\\U0001f1e7\\U0001f1e9\\U0001f1ea'
      '\\U0001f1eb\\U0001f1ec\\U0001f1ed\\U0001f1ee\\U0001f1f1\\U0001f1f2\\U0001f1f3\\U0001f1f5\\U0001f1f6\\U0001f1f7\\U0001f1f8'
      '\\U0001f1f9\\U0001f1fa\\U0001f1fc\\U0001f1fe]|\\U0001f1ed[\\U0001f1f0\\U0001f1f2\\U0001f1f3\\U0001f1f7\\U0001f1f9'
      '\\U0001f1fa]|\\U0001f1ee[\\U0001f1e8\\U0001f1e9\\U0001f1ea\\U0001f1f1\\U0001f1f2\\U0001f1f3\\U0001f1f4\\U0001f1f6'
      '\\U0001f1f7\\U0001f1f8\\U0001f1f9]|\\U0001f1ef[\\U0001f1ea\\U0001f1f2\\U0001f1f4\\U0001f1f5]|\\U0001f1f0[\\U0001f1ea'
      '\\U0001f1ec\\U0001f1ed\\U0001f1ee\\U0001f1f2\\U0001f1f3\\U0001f1f5\\U0001f1f7\\U0001f1fc\\U0001f1fe\\U0001f1ff]'
      '|\\U0001f1f1[\\U0001f1e6\\U0001f1e7\\U0001f1e8\\U0001f1ee\\U0001f1f0\\U0001f1f7\\U0001f1f8\\U0001f1f9\\U0001f1fa'
      '\\U0001f1fb\\U0001f1fe]|\\U0001f1f2[\\U0001f1e6\\U0001f1e8\\U0001f1e9\\U0001f1ea\\U0001f1eb\\U0001f1ec\\U0001f1ed'
      '\\U0001f1f0\\U0001f1f1\\U0001f1f2\\U0001f1f3\\U0001f1f4\\U0001f1f5\\U0001f1f6\\U0001f1f7\\U0001f1f8\\U0001f1f9\\U0001f1fa'
      '\\U0001f1fb\\U0001f1fc\\U0001f1fd\\U0001f1fe\\U0001f1ff]|\\U0001f1f3[\\U0001f1e6\\U0001f1e8\\U0001f1ea\\U0001f1eb'
      '\\U0001f1ec\\U0001f1ee\\U0001f1f1\\U0001f1f4\\U0001f1f5\\U0001f1f7\\U0001f1fa\\U0001f1ff]|\\U0001f1f4[\\U0001f1f2'
      ']|\\U0001f1f5[\\U0001f1e6\\U0001f1ea\\U0001f1eb\\U0001f1ec\\U0001f1ed\\U0001f1f0\\U0001f1f1\\U0001f1f2\\U0001f1f3'
      '\\U0001f1f7\\U0001f1f8\\U0001f1f9\\U0001f1fc\\U0001f1fe]|\\U0001f1f6[\\U0001f1e6]|\\U0001f1f7[\\U0001f1ea\\U0001f1f4'
      '\\U0001f1f8\\U0001f1fa\\U0001f1fc]|\\U0001f1f8[\\U0001f1e6\\U0001f1e7\\U0001f1e8\\U0001f1e9\\U0001f1ea\\U0001f1ec'
      '\\U0001f1ed\\U0001f1ee\\U0001f1ef\\U0001f1f0\\U0001f1f1\\U0001f1f2\\U0001f1f3\\U0001f1f4\\U0001f1f7\\U0001f1f8\\U0001f1f9'
      '\\U0001f1fb\\U0001f1fd\\U0001f1fe\\U0001f1ff]|\\U0001f1f9[\\U0001f1e6\\U0001f1e8\\U0001f1e9\\U0001f1eb\\U0001f1ec'
      '\\U0001f1ed\\U0001f1ef\\U0001f1f0\\U0001f1f1\\U0001f1f2\\U0001f1f3\\U0001f1f4\\U0001f1f7\\U0001f1f9\\U0001f1fb\\U0001f1fc'
      '\\U0001f1ff]|\\U0001f1fa[\\U0001f1e6\\U0001f1ec\\U0001f1f2\\U0001f1f3\\U0001f1f8\\U0001f1fe\\U0001f1ff]|\\U0001f1fb'
      '[\\U0001f1e6\\U0001f1e8\\U0001f1ea\\U0001f1ec\\U0001f1ee\\U0001f1f3\\U0001f1fa]|\\U0001f1fc[\\U0001f1eb\\U0001f1f8'
      ']|\\U0001f1fd[\\U0001f1f0]|\\U0001f1fe[\\U0001f1ea\\U0001f1f9]|\\U0001f1ff[\\U0001f1e6\\U0001f1f2\\U0001f1fc]'
    -- Pictures joined by U+200D, without U+FE0F and skin tones.
    when 'joined' then
      E'\\U0001f344\\u200d\\U0001f7eb|\\U0001f34b\\u200d\\U0001f7e9|\\U0001f3c3\\u200d\\u2640|\\U0001f3c3\\u200d\\u2640'
      '\\u200d\\u27a1|\\U0001f3c3\\u200d\\u2642|\\U0001f3c3\\u200d\\u2642\\u200d\\u27a1|\\U0001f3c3\\u200d\\u27a1|\\U0001f3c4'
      '\\u200d\\u2640|\\U0001f3c4\\u200d\\u2642|\\U0001f3ca\\u200d\\u2640|\\U0001f3ca\\u200d\\u2642|\\U0001f3cb\\u200d'
      '\\u2640|\\U0001f3cb\\u200d\\u2642|\\U0001f3cc\\u200d\\u2640|\\U0001f3cc\\u200d\\u2642|\\U0001f3f3\\u200d\\U0001f308'
      '|\\U0001f3f3\\u200d\\u26a7|\\U0001f3f4\\u200d\\u2620|\\U0001f408\\u200d\\u2b1b|\\U0001f415\\u200d\\U0001f9ba|\\U0001f426'
      '\\u200d\\U0001f525|\\U0001f426\\u200d\\u2b1b|\\U0001f43b\\u200d\\u2744|\\U0001f441\\u200d\\U0001f5e8|\\U0001f468'
      '\\u200d\\U0001f33e|\\U0001f468\\u200d\\U0001f373|\\U0001f468\\u200d\\U0001f37c|\\U0001f468\\u200d\\U0001f393|\\U0001f468'
      '\\u200d\\U0001f3a4|\\U0001f468\\u200d\\U0001f3a8|\\U0001f468\\u200d\\U0001f3eb|\\U0001f468\\u200d\\U0001f3ed|\\U0001f468'
      '\\u200d\\U0001f430\\u200d\\U0001f468|\\U0001f468\\u200d\\U0001f466|\\U0001f468\\u200d\\U0001f466\\u200d\\U0001f466'
      '|\\U0001f468\\u200d\\U0001f467|\\U0001f468\\u200d\\U0001f467\\u200d\\U0001f466|\\U0001f468\\u200d\\U0001f467\\u200d'
      '\\U0001f467|\\U0001f468\\u200d\\U0001f468\\u200d\\U0001f466|\\U0001f468\\u200d\\U0001f468\\u200d\\U0001f466\\u200d'
      '\\U0001f466|\\U0001f468\\u200d\\U0001f468\\u200d\\U0001f467|\\U0001f468\\u200d\\U0001f468\\u200d\\U0001f467\\u200d'
      '\\U0001f466|\\U0001f468\\u200d\\U0001f468\\u200d\\U0001f467\\u200d\\U0001f467|\\U0001f468\\u200d\\U0001f469\\u200d'
      '\\U0001f466|\\U0001f468\\u200d\\U0001f469\\u200d\\U0001f466\\u200d\\U0001f466|\\U0001f468\\u200d\\U0001f469\\u200d'
      '\\U0001f467|\\U0001f468\\u200d\\U0001f469\\u200d\\U0001f467\\u200d\\U0001f466|\\U0001f468\\u200d\\U0001f469\\u200d'
      '\\U0001f467\\u200d\\U0001f467|\\U0001f468\\u200d\\U0001f4bb|\\U0001f468\\u200d\\U0001f4bc|\\U0001f468\\u200d\\U0001f527'
      '|\\U0001f468\\u200d\\U0001f52c|\\U0001f468\\u200d\\U0001f680|\\U0001f468\\u200d\\U0001f692|\\U0001f468\\u200d\\U0001f91d'
      '\\u200d\\U0001f468|\\U0001f468\\u200d\\U0001f9af|\\U0001f468\\u200d\\U0001f9af\\u200d\\u27a1|\\U0001f468\\u200d'
      '\\U0001f9b0|\\U0001f468\\u200d\\U0001f9b1|\\U0001f468\\u200d\\U0001f9b2|\\U0001f468\\u200d\\U0001f9b3|\\U0001f468'
      '\\u200d\\U0001f9bc|\\U0001f468\\u200d\\U0001f9bc\\u200d\\u27a1|\\U0001f468\\u200d\\U0001f9bd|\\U0001f468\\u200d'
      '\\U0001f9bd\\u200d\\u27a1|\\U0001f468\\u200d\\U0001faef\\u200d\\U0001f468|\\U0001f468\\u200d\\u2695|\\U0001f468'
      '\\u200d\\u2696|\\U0001f468\\u200d\\u2708|\\U0001f468\\u200d\\u2764\\u200d\\U0001f468|\\U0001f468\\u200d\\u2764\\u200d'
      '\\U0001f48b\\u200d\\U0001f468|\\U0001f469\\u200d\\U0001f33e|\\U0001f469\\u200d\\U0001f373|\\U0001f469\\u200d\\U0001f37c'
      '|\\U0001f469\\u200d\\U0001f393|\\U0001f469\\u200d\\U0001f3a4|\\U0001f469\\u200d\\U0001f3a8|\\U0001f469\\u200d\\U0001f3eb'
      '|\\U0001f469\\u200d\\U0001f3ed|\\U0001f469\\u200d\\U0001f430\\u200d\\U0001f469|\\U0001f469\\u200d\\U0001f466|\\U0001f469'
      '\\u200d\\U0001f466\\u200d\\U0001f466|\\U0001f469\\u200d\\U0001f467|\\U0001f469\\u200d\\U0001f467\\u200d\\U0001f466'
      '|\\U0001f469\\u200d\\U0001f467\\u200d\\U0001f467|\\U0001f469\\u200d\\U0001f469\\u200d\\U0001f466|\\U0001f469\\u200d'
      '\\U0001f469\\u200d\\U0001f466\\u200d\\U0001f466|\\U0001f469\\u200d\\U0001f469\\u200d\\U0001f467|\\U0001f469\\u200d'
      '\\U0001f469\\u200d\\U0001f467\\u200d\\U0001f466|\\U0001f469\\u200d\\U0001f469\\u200d\\U0001f467\\u200d\\U0001f467'
      '|\\U0001f469\\u200d\\U0001f4bb|\\U0001f469\\u200d\\U0001f4bc|\\U0001f469\\u200d\\U0001f527|\\U0001f469\\u200d\\U0001f52c'
      '|\\U0001f469\\u200d\\U0001f680|\\U0001f469\\u200d\\U0001f692|\\U0001f469\\u200d\\U0001f91d\\u200d\\U0001f468|\\U0001f469'
      '\\u200d\\U0001f91d\\u200d\\U0001f469|\\U0001f469\\u200d\\U0001f9af|\\U0001f469\\u200d\\U0001f9af\\u200d\\u27a1|'
      '\\U0001f469\\u200d\\U0001f9b0|\\U0001f469\\u200d\\U0001f9b1|\\U0001f469\\u200d\\U0001f9b2|\\U0001f469\\u200d\\U0001f9b3'
      '|\\U0001f469\\u200d\\U0001f9bc|\\U0001f469\\u200d\\U0001f9bc\\u200d\\u27a1|\\U0001f469\\u200d\\U0001f9bd|\\U0001f469'
      '\\u200d\\U0001f9bd\\u200d\\u27a1|\\U0001f469\\u200d\\U0001faef\\u200d\\U0001f469|\\U0001f469\\u200d\\u2695|\\U0001f469'
      '\\u200d\\u2696|\\U0001f469\\u200d\\u2708|\\U0001f469\\u200d\\u2764\\u200d\\U0001f468|\\U0001f469\\u200d\\u2764\\u200d'
      '\\U0001f469|\\U0001f469\\u200d\\u2764\\u200d\\U0001f48b\\u200d\\U0001f468|\\U0001f469\\u200d\\u2764\\u200d\\U0001f48b'
      '\\u200d\\U0001f469|\\U0001f46e\\u200d\\u2640|\\U0001f46e\\u200d\\u2642|\\U0001f46f\\u200d\\u2640|\\U0001f46f\\u200d'
      '\\u2642|\\U0001f470\\u200d\\u2640|\\U0001f470\\u200d\\u2642|\\U0001f471\\u200d\\u2640|\\U0001f471\\u200d\\u2642'
      '|\\U0001f473\\u200d\\u2640|\\U0001f473\\u200d\\u2642|\\U0001f477\\u200d\\u2640|\\U0001f477\\u200d\\u2642|\\U0001f481'
      '\\u200d\\u2640|\\U0001f481\\u200d\\u2642|\\U0001f482\\u200d\\u2640|\\U0001f482\\u200d\\u2642|\\U0001f486\\u200d'
      '\\u2640|\\U0001f486\\u200d\\u2642|\\U0001f487\\u200d\\u2640|\\U0001f487\\u200d\\u2642|\\U0001f575\\u200d\\u2640'
      '|\\U0001f575\\u200d\\u2642|\\U0001f62e\\u200d\\U0001f4a8|\\U0001f635\\u200d\\U0001f4ab|\\U0001f636\\u200d\\U0001f32b'
      '|\\U0001f642\\u200d\\u2194|\\U0001f642\\u200d\\u2195|\\U0001f645\\u200d\\u2640|\\U0001f645\\u200d\\u2642|\\U0001f646'
      '\\u200d\\u2640|\\U0001f646\\u200d\\u2642|\\U0001f647\\u200d\\u2640|\\U0001f647\\u200d\\u2642|\\U0001f64b\\u200d'
      '\\u2640|\\U0001f64b\\u200d\\u2642|\\U0001f64d\\u200d\\u2640|\\U0001f64d\\u200d\\u2642|\\U0001f64e\\u200d\\u2640'
      '|\\U0001f64e\\u200d\\u2642|\\U0001f6a3\\u200d\\u2640|\\U0001f6a3\\u200d\\u2642|\\U0001f6b4\\u200d\\u2640|\\U0001f6b4'
      '\\u200d\\u2642|\\U0001f6b5\\u200d\\u2640|\\U0001f6b5\\u200d\\u2642|\\U0001f6b6\\u200d\\u2640|\\U0001f6b6\\u200d'
      '\\u2640\\u200d\\u27a1|\\U0001f6b6\\u200d\\u2642|\\U0001f6b6\\u200d\\u2642\\u200d\\u27a1|\\U0001f6b6\\u200d\\u27a1'
      '|\\U0001f926\\u200d\\u2640|\\U0001f926\\u200d\\u2642|\\U0001f935\\u200d\\u2640|\\U0001f935\\u200d\\u2642|\\U0001f937'
      '\\u200d\\u2640|\\U0001f937\\u200d\\u2642|\\U0001f938\\u200d\\u2640|\\U0001f938\\u200d\\u2642|\\U0001f939\\u200d'
      '\\u2640|\\U0001f939\\u200d\\u2642|\\U0001f93c\\u200d\\u2640|\\U0001f93c\\u200d\\u2642|\\U0001f93d\\u200d\\u2640'
      '|\\U0001f93d\\u200d\\u2642|\\U0001f93e\\u200d\\u2640|\\U0001f93e\\u200d\\u2642|\\U0001f9b8\\u200d\\u2640|\\U0001f9b8'
      '\\u200d\\u2642|\\U0001f9b9\\u200d\\u2640|\\U0001f9b9\\u200d\\u2642|\\U0001f9cd\\u200d\\u2640|\\U0001f9cd\\u200d'
      '\\u2642|\\U0001f9ce\\u200d\\u2640|\\U0001f9ce\\u200d\\u2640\\u200d\\u27a1|\\U0001f9ce\\u200d\\u2642|\\U0001f9ce'
      '\\u200d\\u2642\\u200d\\u27a1|\\U0001f9ce\\u200d\\u27a1|\\U0001f9cf\\u200d\\u2640|\\U0001f9cf\\u200d\\u2642|\\U0001f9d1'
      '\\u200d\\U0001f33e|\\U0001f9d1\\u200d\\U0001f373|\\U0001f9d1\\u200d\\U0001f37c|\\U0001f9d1\\u200d\\U0001f384|\\U0001f9d1'
      '\\u200d\\U0001f393|\\U0001f9d1\\u200d\\U0001f3a4|\\U0001f9d1\\u200d\\U0001f3a8|\\U0001f9d1\\u200d\\U0001f3eb|\\U0001f9d1'
      '\\u200d\\U0001f3ed|\\U0001f9d1\\u200d\\U0001f430\\u200d\\U0001f9d1|\\U0001f9d1\\u200d\\U0001f4bb|\\U0001f9d1\\u200d'
      '\\U0001f4bc|\\U0001f9d1\\u200d\\U0001f527|\\U0001f9d1\\u200d\\U0001f52c|\\U0001f9d1\\u200d\\U0001f680|\\U0001f9d1'
      '\\u200d\\U0001f692|\\U0001f9d1\\u200d\\U0001f91d\\u200d\\U0001f9d1|\\U0001f9d1\\u200d\\U0001f9af|\\U0001f9d1\\u200d'
      '\\U0001f9af\\u200d\\u27a1|\\U0001f9d1\\u200d\\U0001f9b0|\\U0001f9d1\\u200d\\U0001f9b1|\\U0001f9d1\\u200d\\U0001f9b2'
      '|\\U0001f9d1\\u200d\\U0001f9b3|\\U0001f9d1\\u200d\\U0001f9bc|\\U0001f9d1\\u200d\\U0001f9bc\\u200d\\u27a1|\\U0001f9d1'
      '\\u200d\\U0001f9bd|\\U0001f9d1\\u200d\\U0001f9bd\\u200d\\u27a1|\\U0001f9d1\\u200d\\U0001f9d1\\u200d\\U0001f9d2|'
      '\\U0001f9d1\\u200d\\U0001f9d1\\u200d\\U0001f9d2\\u200d\\U0001f9d2|\\U0001f9d1\\u200d\\U0001f9d2|\\U0001f9d1\\u200d'
      '\\U0001f9d2\\u200d\\U0001f9d2|\\U0001f9d1\\u200d\\U0001fa70|\\U0001f9d1\\u200d\\U0001faef\\u200d\\U0001f9d1|\\U0001f9d1'
      '\\u200d\\u2695|\\U0001f9d1\\u200d\\u2696|\\U0001f9d1\\u200d\\u2708|\\U0001f9d1\\u200d\\u2764\\u200d\\U0001f48b\\u200d'
      '\\U0001f9d1|\\U0001f9d1\\u200d\\u2764\\u200d\\U0001f9d1|\\U0001f9d4\\u200d\\u2640|\\U0001f9d4\\u200d\\u2642|\\U0001f9d6'
      '\\u200d\\u2640|\\U0001f9d6\\u200d\\u2642|\\U0001f9d7\\u200d\\u2640|\\U0001f9d7\\u200d\\u2642|\\U0001f9d8\\u200d'
      '\\u2640|\\U0001f9d8\\u200d\\u2642|\\U0001f9d9\\u200d\\u2640|\\U0001f9d9\\u200d\\u2642|\\U0001f9da\\u200d\\u2640'
      '|\\U0001f9da\\u200d\\u2642|\\U0001f9db\\u200d\\u2640|\\U0001f9db\\u200d\\u2642|\\U0001f9dc\\u200d\\u2640|\\U0001f9dc'
      '\\u200d\\u2642|\\U0001f9dd\\u200d\\u2640|\\U0001f9dd\\u200d\\u2642|\\U0001f9de\\u200d\\u2640|\\U0001f9de\\u200d'
      '\\u2642|\\U0001f9df\\u200d\\u2640|\\U0001f9df\\u200d\\u2642|\\U0001faf1\\u200d\\U0001faf2|\\u26d3\\u200d\\U0001f4a5'
      '|\\u26f9\\u200d\\u2640|\\u26f9\\u200d\\u2642|\\u2764\\u200d\\U0001f525|\\u2764\\u200d\\U0001fa79'
  end
$$;
comment on function private.characters is
  'Characters of a class, for a regular expression: the inside of a bracket expression; of flag and joined, alternatives.';

revoke execute on function private.characters(text) from public, anon, authenticated, service_role;

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

commit;
