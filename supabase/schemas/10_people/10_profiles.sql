-- Profiles: one row for each user, made at sign-up, kept as an empty tombstone when the account goes.

create function private.is_country(code text)
returns boolean
language plpgsql
immutable
parallel safe
set search_path = ''
as $$
begin
  -- plpgsql, which keeps its plan: every batch of events asks.
  return code = any (string_to_array(
    'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD '
    'CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF '
    'GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN '
    'KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA '
    'NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI '
    'SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI '
    'VN VU WF WS YE YT ZA ZM ZW', ' '));
end
$$;
comment on function private.is_country is 'Whether a code is an officially assigned one of ISO 3166-1 alpha-2.';

create table public.profiles (
  id uuid primary key,
  user_id uuid references auth.users (id) on delete set null,
  handle text,
  display_name text not null default '',
  bio text not null default '',
  country text,
  experience_years integer,
  experience text not null default '',
  avatar_path text,
  shows_payment_methods boolean not null default false,
  is_listed boolean not null default true,
  open_to_work boolean not null default false,
  available_from date,
  verified_at timestamptz,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint profiles_identity_check check (user_id is null or user_id = id),
  constraint profiles_handle_check check (
    case when handle is null then user_id is null else handle ~ '^[A-Za-z0-9](?:[A-Za-z0-9]|[._-](?![._-])){1,28}[A-Za-z0-9]$' end
  ),
  constraint profiles_display_name_check check (display_name = '' or private.text_fault('name', display_name, 80) is null),
  constraint profiles_bio_check check (bio = '' or private.text_fault('lines', bio, 2000) is null),
  constraint profiles_country_check check (private.is_country(country)),
  constraint profiles_experience_years_check check (experience_years between 0 and 80),
  constraint profiles_experience_check check (experience = '' or private.text_fault('lines', experience, 2000) is null),
  constraint profiles_available_from_check check (available_from is null or (open_to_work and available_from between '2000-01-01' and '2999-12-31')),
  constraint profiles_metadata_check check (private.is_bounded_object(metadata, 8192)),
  constraint profiles_tombstone_check check (
    user_id is not null or (
      handle is null and display_name = '' and bio = '' and country is null and experience_years is null and experience = ''
      and avatar_path is null and not shows_payment_methods and metadata = '{}' and is_listed and not open_to_work and verified_at is null
    )
  )
);
comment on table public.profiles is
  'A person as others see them. The id is the account''s id for life, so that policies compare it with auth.uid().';
comment on column public.profiles.user_id is 'The account; null once it is deleted, and the row is then an empty tombstone.';
comment on column public.profiles.handle is 'Unique without regard to case; 3 to 30 letters, digits and single . _ - between them.';
comment on column public.profiles.country is 'ISO 3166-1 alpha-2.';
comment on column public.profiles.experience is 'The details of the experience: where, in what, for whom.';
comment on column public.profiles.avatar_path is 'The picture''s path in bucket tertulia-avatars; only set_avatar writes it, and only to a file of the user.';
comment on column public.profiles.shows_payment_methods is 'Whether others see which payment methods are accepted.';
comment on column public.profiles.is_listed is
  'Whether the directory, follow lists and counts show the profile. An unlisted one is read by those who share a conversation or a song with it.';
comment on column public.profiles.open_to_work is 'Whether the person takes on work.';
comment on column public.profiles.available_from is 'From which day; null where it is at once, or where the person takes no work.';
comment on column public.profiles.verified_at is
  'When the service verified who the person is, under this handle and name: a change of either takes the mark away.';
comment on column public.profiles.metadata is 'The app''s own fields: an object of at most 8 KiB.';

-- Not unique, which the primary key and the identity check imply: a key column would make a deletion wait for every send.
create index profiles_user_id_idx on public.profiles (user_id);
create unique index profiles_handle_key on public.profiles (lower(handle));
create unique index profiles_handle_look_key on public.profiles (private.handle_key(handle));

create function private.create_profile(account uuid, wanted_name text)
returns void
language sql
security definer
set search_path = ''
as $$
  -- The handle is random: an address's local part would give the address away.
  insert into public.profiles (id, user_id, handle, display_name)
  select u.id, u.id, 'user-' || left(replace(gen_random_uuid()::text, '-', ''), 16),
    case when private.is_reserved_name(private.name_from(wanted_name, 80)) then '' else coalesce(private.name_from(wanted_name, 80), '') end
  from auth.users u
  -- One that was deleted softly has a row in auth.users, and no profile any more.
  where u.id = account and u.deleted_at is null
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
  -- A name with an @ is an address that an app put there; no other user may read it. An object is no name, and blanks are none.
  select metadata ->> k.key
  from unnest(array['display_name', 'full_name', 'name']) with ordinality as k (key, place)
  where jsonb_typeof(metadata -> k.key) = 'string' and metadata ->> k.key !~ '@' and private.name_from(metadata ->> k.key, 80) is not null
  order by k.place
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
  new.experience_years := null;
  new.experience := '';
  new.avatar_path := null;
  new.shows_payment_methods := false;
  new.is_listed := true;
  new.open_to_work := false;
  new.available_from := null;
  new.verified_at := null;
  new.metadata := '{}';
  return new;
end
$$;
comment on function private.empty_deleted_profile is 'Trigger: what remains of a deleted person is an empty row that messages can point at.';

create function private.empty_softly_deleted_profile()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.profiles p set user_id = null where p.id = new.id and p.user_id is not null;
  return null;
end
$$;
comment on function private.empty_softly_deleted_profile is
  'Trigger: an account that Auth only marks as deleted loses its profile as one that goes does.';

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
    perform private.raise_error('account_not_found', 'unable to get the profile; the signed-in user has no account here',
      'Sign in again. Third-party identities need an account in auth.users under their sub.');
  end if;
end
$$;

create function private.hold_account()
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- The deletion of the account waits for this row, or this waits for the deletion and finds the account gone.
  perform from public.profiles p where p.id = caller and p.user_id is not null for share;
  if not found then
    -- Makes up for a profile that is missing; raises when there is no account.
    perform private.get_own_profile();
    perform from public.profiles p where p.id = caller and p.user_id is not null for share;
    if not found then
      perform private.raise_error('account_not_found', 'unable to write anything; the account was deleted', 'Sign in again.');
    end if;
  end if;
  return caller;
end
$$;
comment on function private.hold_account is
  'The caller, whose account stays until the end of the transaction: the first thing that every write of a user does, after rate limits.';

create function private.person_json(person uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  return (
    select jsonb_build_object('id', p.id, 'handle', p.handle, 'display_name', p.display_name) from public.profiles p where p.id = person
  );
end
$$;
comment on function private.person_json is 'A person as lists of shares and versions name them.';

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

create or replace trigger tertulia_empty_profile
after update of deleted_at on auth.users
for each row
when (new.deleted_at is not null and old.deleted_at is null)
execute function private.empty_softly_deleted_profile();

alter table public.profiles enable row level security;

create policy "Signed-in people see every profile"
on public.profiles
for select
to authenticated
using (true);

-- People who were there before.
select private.create_profile(u.id, private.name_from_metadata(u.raw_user_meta_data)) from auth.users u;

revoke all on public.profiles from public, anon, authenticated, service_role;
grant select, update, delete on public.profiles to service_role;
revoke execute on function
  private.is_country(text),
  private.create_profile(uuid, text),
  private.name_from_metadata(jsonb),
  private.create_profile_at_sign_up(),
  private.empty_deleted_profile(),
  private.empty_softly_deleted_profile(),
  private.get_own_profile(),
  private.hold_account(),
  private.person_json(uuid)
from public, anon, authenticated, service_role;
-- A check runs as the role that writes the row.
grant execute on function private.is_country(text) to service_role;
