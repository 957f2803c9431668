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
