-- Who reads: a token may outlive its account.

create function private.require_account()
returns uuid
language plpgsql
stable
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- The token of a deleted account outlives it. An account whose profile is not made yet has no row.
  if exists (select from public.profiles p where p.id = caller and p.user_id is null) then
    perform private.raise_error('account_not_found', 'unable to continue; the account was deleted', 'Sign in again.');
  end if;
  return caller;
end
$$;
comment on function private.require_account is 'The signed-in caller''s id; raises where the account was deleted and its token still works.';

revoke execute on function private.require_account() from public, anon, authenticated, service_role;
