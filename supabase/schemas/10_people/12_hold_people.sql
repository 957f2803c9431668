-- Holds the accounts of other users, and makes up for profiles that a sign-up could not make: sign-ups do not wait for locks.

create function private.repair_profiles(people uuid[])
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  perform private.create_profile(u.id, private.name_from_metadata(u.raw_user_meta_data))
  from auth.users u
  where u.id = any (people) and not exists (select from public.profiles p where p.id = u.id and p.user_id is not null)
  order by u.id;
  -- Another call may have made them in between; a statement of its own sees that.
  return (select count(*) from public.profiles p where p.id = any (people) and p.user_id is not null) = cardinality(people);
exception when foreign_key_violation then
  -- The account was deleted at this moment.
  return false;
end
$$;
comment on function private.repair_profiles is
  'Creates the profiles that a sign-up could not create, and returns whether each of the named users has a profile now. Each user is named once.';

create function private.repair_profile_at_sign_in()
returns trigger
language plpgsql
security definer
set search_path = ''
set lock_timeout = '1s'
as $$
begin
  perform private.repair_profiles(array[new.id]);
  return null;
exception when others then
  raise warning 'unable to create the profile of %; %', new.id, sqlerrm;
  return null;
end
$$;

create function private.hold_people(people uuid[], field text)
returns void
language plpgsql
set search_path = ''
as $$
declare
  wanted integer;
  held integer;
begin
  select count(distinct person) into wanted from unnest(people) as person;
  if (select count(*) from public.profiles p where p.id = any (people) and p.user_id is not null) < wanted then
    perform private.repair_profiles(people);
  end if;
  -- In the order of ids, and before any conversation: the deletion of an account waits here, or we find the account gone.
  perform from public.profiles p where p.id = any (people) and p.user_id is not null order by p.id for share;
  get diagnostics held = row_count;
  if held < wanted or exists (select from unnest(people) as person where person is null) then
    perform private.raise_error('profile_not_found', 'unable to complete the call; there is no such user', 'Check the id.',
      jsonb_build_object('field', field));
  end if;
end
$$;
comment on function private.hold_people is 'Locks accounts against deletion until the end of the transaction; raises when an account does not exist.';

create or replace trigger tertulia_repair_profile
after update of last_sign_in_at on auth.users
for each row
when (new.last_sign_in_at is distinct from old.last_sign_in_at)
execute function private.repair_profile_at_sign_in();

revoke execute on function
  private.repair_profiles(uuid[]),
  private.repair_profile_at_sign_in(),
  private.hold_people(uuid[], text)
from public, anon, authenticated, service_role;
