-- The calls that read and save a whole profile.

create function private.read_profile_texts(changes jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  field text;
  written text;
begin
  for field, written in select c.key, c.value from jsonb_each_text(changes) c where c.key in ('display_name', 'bio', 'experience') loop
    -- Each may be emptied.
    if written ~ E'[^\\s]' then
      changes := changes || jsonb_build_object(field, private.check_text(case field when 'display_name' then 'name' else 'lines' end,
        written, case field when 'display_name' then 80 else 2000 end, 'update the profile', field));
    else
      changes := changes || jsonb_build_object(field, '');
    end if;
  end loop;
  if private.is_reserved_name(changes ->> 'display_name') then
    perform private.raise_error('invalid_input', 'unable to update the profile; display_name looks like a name of the service',
      'Choose another name.', '{"field": "display_name"}');
  end if;
  return changes;
end
$$;
comment on function private.read_profile_texts is 'Changes of a profile with their texts as they are kept; raises invalid_input where the text rule refuses one.';

create function private.check_profile_changes(changes jsonb)
returns void
language plpgsql
immutable
set search_path = ''
as $$
declare
  strange text;
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    perform private.raise_error('invalid_input', 'unable to update the profile; the changes are not an object', 'Send an object of fields.');
  end if;

  select key into strange
  from jsonb_each(changes)
  where key <> all (array[
      'handle', 'display_name', 'bio', 'country', 'experience_years', 'experience', 'shows_payment_methods', 'is_listed', 'open_to_work',
      'available_from', 'metadata', 'rates', 'payment_methods', 'languages', 'links', 'software', 'professional_types', 'tags'
    ])
    or (key = 'metadata' and jsonb_typeof(value) <> 'object')
    or (key = 'country' and jsonb_typeof(value) not in ('string', 'null'))
    or (key in ('shows_payment_methods', 'is_listed', 'open_to_work') and jsonb_typeof(value) <> 'boolean')
    or (key = 'available_from' and value <> 'null' and not coalesce(jsonb_typeof(value) = 'string' and private.is_day(value #>> '{}'), false))
    or (key = 'experience_years' and value <> 'null'
      and (jsonb_typeof(value) <> 'number' or value::text !~ '^[0-9]{1,2}$'))
    or (key in ('handle', 'display_name', 'bio', 'experience') and jsonb_typeof(value) <> 'string')
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to update the profile; %s cannot be set to that', strange),
      'Correct the named field.', jsonb_build_object('field', strange));
  end if;
end
$$;
comment on function private.check_profile_changes is 'Raises unless changes of a profile name its fields, each of the right type.';

create function private.update_profile(changes jsonb)
returns setof public.profile_details
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  broken text;
  has_parts boolean;
begin
  perform private.check_profile_changes(changes);
  changes := private.read_profile_texts(changes);
  if private.is_reserved_name(changes ->> 'handle') then
    perform private.raise_error('handle_taken', 'unable to update the profile; the handle is taken or reserved',
      'Choose another handle.', '{"field": "handle"}');
  end if;

  -- First: a deletion holds the account and then wants limits and profile. The second change of the row below asks for the account again.
  perform from auth.users u where u.id = caller for key share;
  if changes ->> 'handle' <> (select p.handle from public.profiles p where p.id = caller) then
    perform private.take_token(caller, 'handle');
  end if;
  if changes ->> 'display_name' <> (select p.display_name from public.profiles p where p.id = caller) then
    perform private.take_token(caller, 'name');
  end if;
  perform private.get_own_profile();
  -- Of two changes at once the second waits here and then changes what the first has left.
  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;
  if not found then
    -- Deleted while this waited for the row: a tombstone stays empty.
    perform private.raise_error('account_not_found', 'unable to update the profile; the account was deleted', 'Sign in again.');
  end if;

  -- First, for conversations follow the name: theirs are the locks after the profile's, and those of tags and software come later.
  update public.profiles p
  set handle = coalesce(changes ->> 'handle', p.handle), display_name = coalesce(changes ->> 'display_name', p.display_name)
  where p.id = caller and changes ?| array['handle', 'display_name'];
  has_parts := private.save_profile_parts(caller, changes);
  -- Last, and also when only parts changed: the directory follows this row.
  update public.profiles p
  set
    bio = coalesce(changes ->> 'bio', p.bio),
    country = case when changes ? 'country' then changes ->> 'country' else p.country end,
    experience_years = case when changes ? 'experience_years' then (changes ->> 'experience_years')::integer else p.experience_years end,
    experience = coalesce(changes ->> 'experience', p.experience),
    shows_payment_methods = coalesce((changes -> 'shows_payment_methods')::boolean, p.shows_payment_methods),
    is_listed = coalesce((changes -> 'is_listed')::boolean, p.is_listed),
    open_to_work = coalesce((changes -> 'open_to_work')::boolean, p.open_to_work),
    -- A user who does not take on work has no day to be available from.
    available_from = case
      when changes ->> 'open_to_work' = 'false' and not changes ? 'available_from' then null
      when changes ? 'available_from' then (changes ->> 'available_from')::date
      else p.available_from
    end,
    metadata = coalesce(changes -> 'metadata', p.metadata),
    updated_at = case when has_parts then clock_timestamp() else p.updated_at end
  where p.id = caller;
  return query select * from public.profile_details d where d.id = caller;
exception
  when foreign_key_violation then
    perform private.raise_error('conflict', 'unable to update the profile; a name of it was being removed as unused', 'Try again.');
  when unique_violation then
    perform private.raise_error('handle_taken', 'unable to update the profile; the handle is taken or reserved',
      'Choose another handle.', '{"field": "handle"}');
  when check_violation then
    get stacked diagnostics broken = constraint_name;
    perform private.refuse_profile_field(substring(broken from '^profiles?_(.*)_check$'));
end
$$;

create function private.read_own_profile()
returns setof public.profile_details
language plpgsql
rows 1
security definer
set search_path = ''
as $$
begin
  perform private.get_own_profile();
  return query select * from public.profile_details d where d.id = auth.uid();
end
$$;

create function public.get_own_profile()
returns setof public.profile_details
language sql
rows 1
set search_path = ''
as $$
  select * from private.read_own_profile()
$$;
comment on function public.get_own_profile is 'The caller''s own profile with all its parts. Creates the profile of an account that has no profile yet.';

create function private.read_directory(profiles integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.take_token(private.require_account(), 'directory', greatest(profiles, 1));
  -- Nothing of the caller's waits for the disk: at worst a count is lost.
  perform set_config('synchronous_commit', 'off', true);
end
$$;
comment on function private.read_directory is 'Counts what a user reads of the directory; raises where the account is gone or has read enough.';

create function private.list_profiles(page_size integer, after_id uuid)
returns setof public.profile_details
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.check_page_size('list profiles', page_size, 200, 1);
  perform private.read_directory(page_size);
  return query
    select *
    from public.profile_details d
    where d.handle is not null and d.is_listed and d.id > list_profiles.after_id
    order by d.id
    limit list_profiles.page_size;
end
$$;

create function public.list_profiles(page_size integer default 50, after_id uuid default '00000000-0000-0000-0000-000000000000')
returns setof public.profile_details
language plpgsql
set search_path = ''
as $$
begin
  if current_user <> 'service_role' then
    return query select * from private.list_profiles(list_profiles.page_size, list_profiles.after_id);
    return;
  end if;
  return query
    select *
    from public.profile_details d
    where d.handle is not null and d.id > list_profiles.after_id
    order by d.id
    limit least(greatest(list_profiles.page_size, 0), 201);
end
$$;
comment on function public.list_profiles is
  'Whole profiles in the order of their ids, without unlisted ones and those of deleted users; a page of at most 201 after an id.';

create function public.update_profile(changes jsonb)
returns setof public.profile_details
language sql
rows 1
set search_path = ''
as $$
  select * from private.update_profile(changes)
$$;
comment on function public.update_profile is
  'Changes the named fields and parts of the caller''s own profile in one transaction and returns the profile. Each part is replaced as a whole.';

revoke execute on function
  private.read_profile_texts(jsonb),
  private.read_directory(integer),
  private.read_own_profile(),
  private.list_profiles(integer, uuid),
  private.check_profile_changes(jsonb),
  private.update_profile(jsonb),
  public.get_own_profile(),
  public.list_profiles(integer, uuid),
  public.update_profile(jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.read_own_profile(),
  private.list_profiles(integer, uuid),
  private.update_profile(jsonb),
  public.get_own_profile(),
  public.list_profiles(integer, uuid),
  public.update_profile(jsonb)
to authenticated;
grant execute on function public.list_profiles(integer, uuid) to service_role;
