-- Tertulia: what every domain stands on.
--
-- Stops before changing anything when the database already has an object under one of our names.
-- Roll back: drop schema private cascade (after the domains' own roll-backs); the extensions may stay.

begin;
set local lock_timeout = '10s';

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
    'message_reports', 'user_blocks', 'songs', 'song_analytics', 'song_chords', 'song_favorites', 'song_history',
    'song_notices', 'song_shares', 'song_tags', 'tag_categories', 'popular_tags', 'song_list_view', 'song_search_view',
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
    perform private.raise_error('not_signed_in', 'unable to go on; nobody is signed in', 'Sign in and call again.');
  elsif caller !~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    perform private.raise_error('unsupported_identity', 'unable to go on; the token''s sub claim is not a UUID',
      'The sub claim must be the id of an account of this project.');
  end if;
  return caller::uuid;
end
$$;
comment on function private.require_user is 'The signed-in caller''s id; raises not_signed_in or unsupported_identity without one.';

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
  -- plpgsql keeps its plan; in a constraint a sql function would be planned anew by every statement.
  return jsonb_typeof(value) = 'object' and octet_length(value::text) <= max_bytes;
end
$$;
comment on function private.is_bounded_object is 'Whether a metadata value is an object of at most so many bytes as text.';

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

create function public.tertulia_schema_version()
returns integer
language sql
immutable
set search_path = ''
as $$
  select 1
$$;
comment on function public.tertulia_schema_version is
  'The schema''s version; it grows by one with each release that changes the schema. The SDK and doctor compare it.';

-- Function by function: a project may keep functions of its own in schema private.
grant usage on schema private to anon, authenticated, service_role;
revoke execute on function
  private.raise_error(text, text, text, jsonb),
  private.require_user(),
  private.fold(text),
  private.is_bounded_object(jsonb, integer),
  private.touch_updated_at()
from public, anon, authenticated;
grant execute on function private.fold(text), private.is_bounded_object(jsonb, integer) to anon, authenticated, service_role;
revoke execute on function public.tertulia_schema_version() from public;
grant execute on function public.tertulia_schema_version() to anon, authenticated, service_role;

commit;
