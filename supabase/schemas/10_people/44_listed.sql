-- What a change of a profile takes along: the counts of the catalogues when it is listed or no longer listed, and the verified mark.

create function private.count_listed_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  step integer := case when new.is_listed then 1 else -1 end;
begin
  -- In the order of every save: software, then tags, each by key.
  perform from public.software s
  where s.id in (select x.software_id from public.profile_software x where x.profile_id = new.id)
  order by s.key
  for no key update;
  update public.software s
  set profile_count = s.profile_count + step
  where s.id in (select x.software_id from public.profile_software x where x.profile_id = new.id);

  perform from public.tags t
  where t.id in (
    select x.tag_id from public.profile_tags x where x.profile_id = new.id
    union select x.tag_id from public.profile_types x where x.profile_id = new.id
  )
  order by t.key
  for no key update;
  update public.tags t
  set profile_count = t.profile_count + step * u.uses
  from (
    select x.tag_id, count(*)::integer as uses
    from (
      select tag_id from public.profile_tags where profile_id = new.id
      union all select tag_id from public.profile_types where profile_id = new.id
    ) x
    group by 1
  ) u
  where t.id = u.tag_id;
  return null;
end
$$;
comment on function private.count_listed_profile is 'Trigger: a profile that is unlisted leaves the counts of its software and tags, and comes back to them.';

create function private.is_listed(profile_id uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (select from public.profiles p where p.id = profile_id and p.is_listed)
$$;
comment on function private.is_listed is 'Whether the directory shows a profile.';

create function private.drop_unlisted_parts()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.profile_software x where x.profile_id = old.id;
  delete from public.profile_tags x where x.profile_id = old.id;
  delete from public.profile_types x where x.profile_id = old.id;
  return old;
end
$$;
comment on function private.drop_unlisted_parts is
  'Trigger: removes the parts of an unlisted profile before its deletion, while is_listed still shows that they were not counted.';

create function private.drop_verified_mark()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.verified_at := null;
  return new;
end
$$;
comment on function private.drop_verified_mark is 'Trigger: another handle or name is not the one that was verified.';

create function private.verify_profile(user_id uuid, handle text, display_name text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
#variable_conflict use_variable
begin
  update public.profiles p
  set verified_at = clock_timestamp()
  where p.id = user_id and p.handle = verify_profile.handle and p.display_name = verify_profile.display_name;
  if not found then
    perform private.raise_error('profile_not_found', 'unable to verify the profile; no profile has that id, handle and name',
      'Read the profile again: the user may have changed handle or name.', '{"field": "user_id"}');
  end if;
end
$$;
create function public.verify_profile(user_id uuid, handle text, display_name text)
returns void
language sql
set search_path = ''
as $$
  select private.verify_profile(user_id, handle, display_name)
$$;
comment on function public.verify_profile is
  'For the service role: marks a profile as verified under exactly this handle and name; refuses when the user has changed one since.';

create function public.unverify_profile(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  update public.profiles p set verified_at = null where p.id = user_id and p.verified_at is not null
$$;
comment on function public.unverify_profile is 'For the service role: takes the verified mark away.';

create trigger profiles_count_listed
after update on public.profiles
for each row
when (old.is_listed is distinct from new.is_listed)
execute function private.count_listed_profile();

create trigger profiles_drop_unlisted_parts
before delete on public.profiles
for each row
when (not old.is_listed)
execute function private.drop_unlisted_parts();

create trigger profiles_drop_verified_mark
before update of handle, display_name on public.profiles
for each row
when ((old.handle, old.display_name) is distinct from (new.handle, new.display_name) and old.verified_at is not distinct from new.verified_at)
execute function private.drop_verified_mark();

revoke execute on function
  private.count_listed_profile(),
  private.drop_unlisted_parts(),
  private.drop_verified_mark(),
  private.verify_profile(uuid, text, text),
  public.verify_profile(uuid, text, text),
  public.unverify_profile(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.verify_profile(uuid, text, text),
  public.verify_profile(uuid, text, text),
  public.unverify_profile(uuid)
to service_role;
