-- Profiles: one row a person, made at sign-up, kept as an empty tombstone when the account goes.
--
-- Roll back: drop trigger tertulia_create_profile on auth.users; drop table public.profiles cascade; drop the functions below.

begin;
set local lock_timeout = '10s';

create table public.profiles (
  id uuid primary key,
  user_id uuid references auth.users (id) on delete set null,
  handle text,
  display_name text not null default '',
  bio text not null default '',
  country text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint profiles_identity_check check (user_id is null or user_id = id),
  constraint profiles_handle_check check (
    case when handle is null then user_id is null else handle ~ '^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?![._-])){1,28}[A-Za-z0-9]$' end
  ),
  constraint profiles_display_name_check check (char_length(display_name) <= 80 and display_name !~ '[[:cntrl:]]'),
  constraint profiles_bio_check check (char_length(bio) <= 2000),
  constraint profiles_country_check check (country ~ '^[A-Z]{2}$'),
  constraint profiles_metadata_check check (private.is_bounded_object(metadata, 8192)),
  constraint profiles_tombstone_check check (
    user_id is not null or (handle is null and display_name = '' and bio = '' and country is null and metadata = '{}')
  )
);
comment on table public.profiles is
  'A person as others see them. The id is the account''s id for life, so that policies compare it with auth.uid().';
comment on column public.profiles.user_id is 'The account; null once it is deleted, and the row is then an empty tombstone.';
comment on column public.profiles.handle is 'Unique without regard to case; 3 to 30 letters, digits and single . _ - between them.';
comment on column public.profiles.country is 'ISO 3166-1 alpha-2.';
comment on column public.profiles.metadata is 'The app''s own fields: an object of at most 8 KiB.';

-- Not unique, which the primary key and the identity check imply: a key column would make a deletion wait for every send.
create index profiles_user_id_idx on public.profiles (user_id);
create unique index profiles_handle_key on public.profiles (lower(handle));

create function private.is_reserved_handle(handle text)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select lower(is_reserved_handle.handle) = any (array[
    'about', 'admin', 'administrator', 'anonymous', 'api', 'everyone', 'help', 'me', 'moderator', 'null', 'official', 'root',
    'security', 'settings', 'staff', 'support', 'system', 'tertulia', 'undefined'
  ])
$$;
comment on function private.is_reserved_handle is 'Names that nobody may take, for they read like the house speaking.';

create function private.create_profile(account uuid, wanted_name text)
returns void
language sql
security definer
set search_path = ''
as $$
  -- The handle is random: an address's local part would give the address away.
  insert into public.profiles (id, user_id, handle, display_name)
  select u.id, u.id, 'user-' || left(replace(gen_random_uuid()::text, '-', ''), 16),
    left(btrim(regexp_replace(coalesce(wanted_name, ''), '[[:cntrl:]]', '', 'g')), 80)
  from auth.users u
  where u.id = account
  -- An account that comes back under its old id gets its row back, empty as it is.
  on conflict (id) do update
  set user_id = excluded.user_id, handle = excluded.handle, display_name = excluded.display_name
  where profiles.user_id is null
$$;
comment on function private.create_profile is 'Gives an account its profile; does nothing when it has one.';

create function private.name_from_metadata(metadata jsonb)
returns text
language sql
immutable
set search_path = ''
as $$
  -- A name with an @ is an address that an app put there; nobody else may read it.
  select name
  from unnest(array[metadata ->> 'display_name', metadata ->> 'full_name', metadata ->> 'name']) with ordinality as given (name, place)
  where name <> '' and name !~ '@'
  order by place
  limit 1
$$;
comment on function private.name_from_metadata is 'The display name that a sign-up form or an identity provider gave.';

create function private.create_profile_at_sign_up()
returns trigger
language plpgsql
security definer
set search_path = ''
set lock_timeout = '1s'
as $$
begin
  perform private.create_profile(new.id, private.name_from_metadata(new.raw_user_meta_data));
  return new;
exception when others then
  -- A sign-up never fails for a profile, nor waits for one; get_own_profile makes up for it.
  raise warning 'unable to create the profile of %; %', new.id, sqlerrm;
  return new;
end
$$;

create function private.empty_deleted_profile()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.handle := null;
  new.display_name := '';
  new.bio := '';
  new.country := null;
  new.metadata := '{}';
  return new;
end
$$;
comment on function private.empty_deleted_profile is 'Trigger: what remains of a deleted person is an empty row that messages can point at.';

create function private.get_own_profile()
returns setof public.profiles
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  if not exists (select from public.profiles p where p.id = caller and p.user_id is not null) then
    perform private.create_profile(u.id, private.name_from_metadata(u.raw_user_meta_data))
    from auth.users u
    where u.id = caller;
  end if;
  return query select * from public.profiles p where p.id = caller and p.user_id is not null;
  if not found then
    perform private.raise_error('account_not_found', 'unable to get the profile; the signed-in person has no account here',
      'Sign in again. Third-party identities need an account in auth.users under their sub.');
  end if;
end
$$;

create function public.get_own_profile()
returns setof public.profiles
language sql
rows 1
set search_path = ''
as $$
  select * from private.get_own_profile()
$$;
comment on function public.get_own_profile is 'The caller''s own profile; made on the spot for an account that has none yet.';

create function private.update_profile(changes jsonb)
returns setof public.profiles
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  strange text;
  broken text;
begin
  if jsonb_typeof(changes) is distinct from 'object' then
    perform private.raise_error('invalid_input', 'unable to update the profile; the changes are not an object', 'Send an object of fields.');
  end if;

  select key into strange
  from jsonb_each(changes)
  where key <> all (array['handle', 'display_name', 'bio', 'country', 'metadata'])
    or (key = 'metadata' and jsonb_typeof(value) <> 'object')
    or (key = 'country' and jsonb_typeof(value) not in ('string', 'null'))
    or (key in ('handle', 'display_name', 'bio') and jsonb_typeof(value) <> 'string')
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to update the profile; %s cannot be set to that', strange),
      'Correct the named field.', jsonb_build_object('field', strange));
  end if;

  if private.is_reserved_handle(changes ->> 'handle') then
    perform private.raise_error('handle_taken', 'unable to update the profile; the handle is taken or reserved',
      'Choose another handle.', '{"field": "handle"}');
  end if;

  perform private.get_own_profile();
  return query
    update public.profiles p
    set
      handle = coalesce(changes ->> 'handle', p.handle),
      display_name = coalesce(btrim(changes ->> 'display_name'), p.display_name),
      bio = coalesce(changes ->> 'bio', p.bio),
      country = case when changes ? 'country' then changes ->> 'country' else p.country end,
      metadata = coalesce(changes -> 'metadata', p.metadata)
    where p.id = caller and p.user_id is not null
    returning p.*;
  if not found then
    -- Deleted while this waited for the row: a tombstone stays empty.
    perform private.raise_error('account_not_found', 'unable to update the profile; the account was deleted', 'Sign in again.');
  end if;
exception
  when unique_violation then
    perform private.raise_error('handle_taken', 'unable to update the profile; the handle is taken or reserved',
      'Choose another handle.', '{"field": "handle"}');
  when check_violation then
    get stacked diagnostics broken = constraint_name;
    broken := substring(broken from '^profiles_(.*)_check$');
    perform private.raise_error('invalid_input', format('unable to update the profile; %s is not valid', broken),
      'Correct the named field.', jsonb_build_object('field', broken));
end
$$;

create function public.update_profile(changes jsonb)
returns setof public.profiles
language sql
rows 1
set search_path = ''
as $$
  select * from private.update_profile(changes)
$$;
comment on function public.update_profile is
  'Changes the named fields of the caller''s own profile (handle, display_name, bio, country, metadata), all or none.';

create trigger profiles_touch_updated_at
before update on public.profiles
for each row
when (old is distinct from new)
execute function private.touch_updated_at();

create trigger profiles_empty_deleted
before update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.empty_deleted_profile();

create or replace trigger tertulia_create_profile
after insert on auth.users
for each row
execute function private.create_profile_at_sign_up();

-- People who were there before.
select private.create_profile(u.id, private.name_from_metadata(u.raw_user_meta_data)) from auth.users u;

alter table public.profiles enable row level security;

create policy "Signed-in people see every profile"
on public.profiles
for select
to authenticated
using (true);

revoke all on public.profiles from public, anon, authenticated;
grant select (id, handle, display_name, bio, country, metadata, created_at, updated_at) on public.profiles to authenticated;
grant select, update, delete on public.profiles to service_role;

revoke execute on function
  private.is_reserved_handle(text),
  private.create_profile(uuid, text),
  private.name_from_metadata(jsonb),
  private.create_profile_at_sign_up(),
  private.empty_deleted_profile(),
  private.get_own_profile(),
  private.update_profile(jsonb),
  public.get_own_profile(),
  public.update_profile(jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  public.get_own_profile(),
  private.get_own_profile(),
  public.update_profile(jsonb),
  private.update_profile(jsonb)
to authenticated;

commit;
