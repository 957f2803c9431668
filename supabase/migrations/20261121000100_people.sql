-- People: profiles, their catalogues and directory, limits, blocks, leaving.
--
-- Roll back: drop triggers tertulia_create_profile and tertulia_empty_profile on auth.users; drop the policies of pictures and
-- portfolio files, and triggers tertulia_keep_portfolio_files and tertulia_limit_portfolio_files, on storage.objects; empty and delete
-- the two buckets through Storage; drop view public.profile_details; drop table public.user_blocks, public.user_follows,
-- public.portfolio_items, the profile_ tables, public.payment_methods, public.tags, public.software, public.profiles cascade; drop the
-- tables in private and the functions below.

-- Years, places in a short list and page sizes are small numbers.
-- squawk-ignore-file prefer-bigint-over-int

begin;
set local lock_timeout = '10s';

-- Names that look like a name of the service or of another user.

create function private.letters_key(name text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  -- Letters of other scripts as those that they look like, those in circles, in squares and of flags too, and no accents.
  return private.fold(translate(
      regexp_replace(normalize(name, nfkd), '[' || private.characters('mark') || E'\\u00ad\\u034f\\u061c\\u115f\\u1160\\u17b4\\u17b5\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\u3164\\ufe00-\\ufe0f\\ufeff\\uffa0\\U000e0000-\\U000e0fff]', '', 'g'),
      'аАαΑɑᴀꓮᎪЬьВвβΒʙᏼꓐᏏсСϲϹᴄꓚᏟⲥԁꓓᎠɗđᏧеЕεΕєЄᴇꓰᎬҽғꓝϜƒɡԍԌɢցᏀꓖһНнΗհʜᎻꓧіІιΙıɪᎥꓲјЈϳյᎫꓙкКκΚᴋᏦꓗӀӏꓡᏞʟмМΜᴍᎷꓟпПΝɴոՈꓠηоОοΟօՕσᴏꓳ'
      '०੦௦๐໐рРρΡᴘᏢꓑԛԚզгГʀᎡꓣᴦѕЅꜱՏᏚꓢтТτΤᴛᎢꓔυսՍᴜꓴѵѴνᴠᏙꓦԝԜωѡᴡᎳꓪшхХχΧꓫуУγΥʏүҮᎽꓬᴢΖᏃꓜ'
      '🅐🅑🅒🅓🅔🅕🅖🅗🅘🅙🅚🅛🅜🅝🅞🅟🅠🅡🅢🅣🅤🅥🅦🅧🅨🅩🅰🅱🅲🅳🅴🅵🅶🅷🅸🅹🅺🅻🅼🅽🅾🅿🆀🆁🆂🆃🆄🆅🆆🆇🆈🆉🇦🇧🇨🇩🇪🇫🇬🇭🇮🇯🇰🇱🇲🇳🇴🇵🇶🇷🇸🇹🇺🇻🇼🇽🇾🇿'
      'ᗩᗷᑕᗪᗴᖴᘜᕼᒍᛕᒪᗰᑎᑭᖇᔕᑌᐯᗯ᙭ΛΔ',
      'aaaaaaaabbbbbbbbbbccccccccddddddeeeeeeeeeeffffggggggghhhhhhhhiiiiiiiijjjjjjkkkkkkklllllmmmmmmnnnnnnnnooooooooo'
      'ooooopppppppqqqrrrrrrsssssstttttttuuuuuvvvvvvwwwwwwwwxxxxxyyyyyyyyyzzzz'
      'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz'
      'abcdefghjklmnprsuvwxaa'));
end
$$;
comment on function private.letters_key is 'A name in Latin letters.';

create function private.reserved_key(name text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  -- Digits as the letters that they are written for, and those alike that look alike.
  return replace(replace(replace(translate(private.letters_key(name), '01345|!@$i', 'oleasllasl'), 'rn', 'm'), 'vv', 'w'), 'cl', 'd');
end
$$;
comment on function private.reserved_key is 'The Latin letters that a name looks like at a glance; reserved words are compared by this key.';

create function private.handle_key(handle text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  -- As it is shown: a capital I looks like an l and a small i does not, so that Ciara and Clara can both be here.
  -- A w as two v, for vvv is both vw and wv.
  return replace(replace(lower(translate(handle, 'I1O0', 'lloo')), 'rn', 'm'), 'w', 'vv');
end
$$;
comment on function private.handle_key is 'The key of handles that look alike: 0 and O, 1, l and I, rn and m, vv and w are the same.';

create table private.reserved_words (
  word text primary key,
  kind text not null,
  key text collate "C" not null generated always as (regexp_replace(private.reserved_key(word), '[^[:alnum:]]+', '', 'g')) stored,
  constraint reserved_words_key_check check (key <> ''),
  constraint reserved_words_kind_check check (kind in ('anywhere', 'combined', 'alone', 'filler'))
);
comment on table private.reserved_words is
  'Words that look like a name of the service. The owner of a project adds the name of the app by SQL.';
comment on column private.reserved_words.kind is
  'anywhere: refused as a word of any name; combined: refused in a name of reserved words only, and two of them in any name; '
  'alone: refused as the whole name; filler: a word that counts only beside those.';

insert into private.reserved_words (word, kind) values
  ('admin', 'anywhere'), ('admins', 'anywhere'), ('administrator', 'anywhere'), ('administrador', 'anywhere'), ('administradora', 'anywhere'),
  ('administrators', 'anywhere'), ('administradores', 'anywhere'), ('superadmin', 'anywhere'), ('sysadmin', 'anywhere'), ('superuser', 'anywhere'),
  ('administracion', 'anywhere'), ('administration', 'anywhere'), ('moderadores', 'anywhere'), ('moderator', 'anywhere'), ('moderators', 'anywhere'), ('moderador', 'anywhere'), ('moderadora', 'anywhere'),
  ('official', 'combined'), ('oficial', 'combined'), ('security', 'combined'), ('seguridad', 'combined'), ('staff', 'combined'),
  ('support', 'combined'), ('soporte', 'combined'), ('suporte', 'combined'), ('moderacion', 'combined'), ('moderation', 'combined'), ('system', 'combined'), ('sistema', 'combined'), ('tertulia', 'combined'),
  ('billing', 'combined'), ('facturacion', 'combined'), ('helpdesk', 'combined'), ('mods', 'combined'), ('mod team', 'combined'),
  ('customer service', 'combined'), ('servicio al cliente', 'combined'), ('atencion al cliente', 'combined'),
  ('about', 'alone'), ('anonymous', 'alone'), ('api', 'alone'), ('everyone', 'alone'), ('help', 'alone'), ('me', 'alone'), ('null', 'alone'),
  ('root', 'alone'), ('settings', 'alone'), ('undefined', 'alone'),
  -- Mailboxes that a service must have (RFC 2142), and words that mention everyone.
  ('abuse', 'alone'), ('ayuda', 'alone'), ('channel', 'alone'), ('contact', 'alone'), ('contacto', 'alone'),
  ('donotreply', 'alone'), ('here', 'alone'), ('hostmaster', 'alone'), ('info', 'alone'), ('mod', 'alone'),
  ('noreply', 'alone'), ('owner', 'alone'), ('postmaster', 'alone'), ('sudo', 'alone'), ('todos', 'alone'), ('verified', 'alone'),
  ('verificado', 'alone'), ('webmaster', 'alone'), ('www', 'alone'),
  ('account', 'filler'), ('alert', 'filler'), ('app', 'filler'), ('bot', 'filler'), ('center', 'filler'), ('client', 'filler'),
  ('cliente', 'filler'), ('customer', 'filler'), ('member', 'filler'), ('message', 'filler'), ('tech', 'filler'), ('technical', 'filler'),
  ('tecnica', 'filler'), ('tecnico', 'filler'), ('cuenta', 'filler'), ('de', 'filler'), ('desk', 'filler'),
  ('el', 'filler'), ('equipo', 'filler'), ('la', 'filler'), ('of', 'filler'), ('real', 'filler'), ('service', 'filler'),
  ('servicio', 'filler'), ('team', 'filler'), ('the', 'filler'), ('user', 'filler');

create function private.is_reserved_name(name text)
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  parts text;
  strong text;
  bare text := regexp_replace(name, '^[0-9]+|[0-9]+$', '', 'g');
  written text;
  squashed text;
begin
  select string_agg(r.key, '|' order by r.key), string_agg(r.key, '|' order by r.key) filter (where r.kind in ('anywhere', 'combined'))
  into parts, strong
  from private.reserved_words r;
  -- With the digits around it and without them; AdminPedro is also two words.
  foreach written in array array[name, bare, regexp_replace(bare, '([[:lower:]])([[:upper:]])', E'\\1 \\2', 'g')] loop
    written := private.reserved_key(written);
    squashed := regexp_replace(written, '[^[:alnum:]]+', '', 'g');
    if squashed ~ ('^(?:' || parts || ')+$') and squashed ~ strong
      or exists (
        select
        from private.reserved_words r
        where r.key = squashed and r.kind <> 'filler'
          -- Of a few letters each counts: APL and 4pi are not api.
          and (char_length(r.key) > 3 or r.kind = 'anywhere'
            or regexp_replace(private.letters_key(name), '[^[:alnum:]]+', '', 'g') ~ ('^' || private.letters_key(r.word) || '[0-9]*$'))
      )
      -- One reserved word, or two words that look reserved only together: Ana (Tertulia Support).
      or (
        select bool_or(r.kind = 'anywhere') or count(distinct r.key) filter (where r.kind = 'combined') > 1
        from regexp_split_to_table(written, '[^[:alnum:]]+') as token
        join private.reserved_words r on r.key = token collate "C"
      )
      or exists (
        select from private.reserved_words r where r.kind = 'anywhere' and r.word ~ '[[:alnum:]][^[:alnum:]]+[[:alnum:]]' and strpos(squashed, r.key) > 0
      )
    then
      return true;
    end if;
  end loop;
  return false;
end
$$;
comment on function private.is_reserved_name is 'Whether a handle or a display name looks like a name of the service, in any script.';

revoke all on private.reserved_words from public, anon, authenticated, service_role;
revoke execute on function
  private.letters_key(text),
  private.reserved_key(text),
  private.handle_key(text),
  private.is_reserved_name(text)
from public, anon, authenticated, service_role;
-- An index is updated by the role that writes the row.
grant execute on function private.handle_key(text) to service_role;

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

-- The one table of limits: how often a user may do what, and how much there may be of it.

create table private.limits (
  key text primary key,
  at_most bigint not null,
  per_seconds double precision,
  what_for text not null,
  constraint limits_check check (at_most > 0 and per_seconds > 0)
);
comment on table private.limits is
  'Every bounded action of a user. The owner of a project changes the rows by SQL; an action without a row is not bounded.';
comment on column private.limits.at_most is 'How many at once.';
comment on column private.limits.per_seconds is 'In how many seconds as many again; null where the limit is of what there is at one time.';

create table private.rate_limits (
  user_id uuid not null,
  action text not null references private.limits (key) on delete cascade,
  tokens double precision not null,
  refilled_at timestamptz not null,
  burst bigint,
  primary key (user_id, action),
  constraint rate_limits_burst_check check (burst > 0)
);
comment on table private.rate_limits is 'The tokens that each user has left of a limit, in a bucket that refills.';
comment on column private.rate_limits.burst is 'A limit of the person''s own in place of the rule''s, such as a bot''s.';

create index rate_limits_action_idx on private.rate_limits (action);

create function private.at_most(wanted text)
returns bigint
language plpgsql
stable
set search_path = ''
as $$
begin
  return (select l.at_most from private.limits l where l.key = wanted);
end
$$;
comment on function private.at_most is 'How many of something there may be at one time; null where the owner of the project took the limit away.';

create function private.try_token(person uuid, wanted text, amount bigint default 1)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  rule private.limits;
begin
  select * into rule from private.limits l where l.key = wanted;
  if rule.per_seconds is null or person is null or coalesce(amount, 0) <= 0 then
    return true;
  end if;
  -- Mostly there is a row, and an update costs less than an insert that finds one. The second time round another transaction has just
  -- made it, or there is too little in it.
  -- What is larger than the limit itself needs all of it. A time that is to come is of a clock that was set back: the limit is full then, for
  -- otherwise it would refuse until that time.
  for attempt in 1 .. 2 loop
    -- The row is locked until the end of the transaction, and is the first lock of any: one person's calls queue here.
    update private.rate_limits l
    set
      tokens = least(
        coalesce(l.burst, rule.at_most),
        l.tokens + (case when l.refilled_at > clock_timestamp() + interval '1 minute' then rule.per_seconds
          else greatest(extract(epoch from clock_timestamp() - l.refilled_at), 0) end) * coalesce(l.burst, rule.at_most) / rule.per_seconds
      ) - least(amount, coalesce(l.burst, rule.at_most)),
      refilled_at = clock_timestamp()
    where l.user_id = person and l.action = wanted
      and l.tokens + (case when l.refilled_at > clock_timestamp() + interval '1 minute' then rule.per_seconds
          else greatest(extract(epoch from clock_timestamp() - l.refilled_at), 0) end) * coalesce(l.burst, rule.at_most) / rule.per_seconds
        >= least(amount, coalesce(l.burst, rule.at_most));
    if found then
      return true;
    end if;
    insert into private.rate_limits (user_id, action, tokens, refilled_at)
    values (person, wanted, rule.at_most - least(amount, rule.at_most), clock_timestamp())
    on conflict (user_id, action) do nothing;
    if found then
      return true;
    end if;
  end loop;
  return false;
end
$$;
comment on function private.try_token is 'Counts one action of a user, or so many; false when there were too many.';

create function private.take_token(person uuid, wanted text, amount bigint default 1)
returns void
language plpgsql
set search_path = ''
as $$
declare
  rule private.limits;
  most double precision;
  wait_ms bigint;
begin
  if private.try_token(person, wanted, amount) then
    return;
  end if;
  select * into rule from private.limits l where l.key = wanted;
  select ceil(1000 * ((least(amount, m.most) - l.tokens) * rule.per_seconds / m.most
    - (case when l.refilled_at > clock_timestamp() + interval '1 minute' then rule.per_seconds
          else greatest(extract(epoch from clock_timestamp() - l.refilled_at), 0) end))), m.most
  into wait_ms, most
  from private.rate_limits l
  cross join lateral (select coalesce(l.burst, rule.at_most)) as m (most)
  where l.user_id = person and l.action = wanted;
  perform private.raise_error('rate_limited', format('unable to continue; %s: at most %s in %s seconds', rule.what_for, most, rule.per_seconds),
    'Wait for retryAfterMs.', jsonb_build_object('retryAfterMs', greatest(wait_ms, 1), 'limit', wanted));
end
$$;
comment on function private.take_token is
  'Counts one action of a user, or so many; raises rate_limited, with the time to wait, when there were too many.';

insert into private.limits (key, at_most, per_seconds, what_for) values
  ('send', 30, 10, 'messages sent'),
  ('change', 60, 10, 'messages edited and pinned, and reactions'),
  ('draft', 120, 60, 'drafts kept'),
  ('open_direct', 20, 3600, 'new direct conversations'),
  ('group', 10, 600, 'groups made'),
  ('group_change', 60, 600, 'changes of groups: subject, metadata, roles, people removed, leaving'),
  ('add_people', 300, 86400, 'people put into groups'),
  ('block', 60, 3600, 'people blocked'),
  ('review', 20, 3600, 'reviews and answers to them written'),
  ('follow', 200, 3600, 'users followed'),
  ('following', 5000, null, 'users whom a user follows at one time'),
  ('report', 10, 600, 'messages reported'),
  -- Marks beyond it are kept, and reach the others by the head check in place of an event.
  ('last_seen', 10, 600, 'changes of whether the last activity is shown'),
  ('receipt', 30, 30, 'read marks that are sent to others at once'),
  ('invite', 60, 3600, 'shares, links and transfers offered'),
  ('open_link', 20, 600, 'links opened'),
  ('group_people', 256, null, 'people in a group; more than 256 is not tested'),
  ('pinned_messages', 50, null, 'pinned messages in a conversation'),
  ('message_reactions', 20, null, 'different emoji on a message'),
  ('song', 5000, 86400, 'songs created and imported'),
  ('song_change', 3000, 86400, 'versions of songs'),
  ('song_bytes', 52428800, 86400, 'bytes of songs created, imported and changed'),
  ('share_links', 50, null, 'open links of a song or setlist'),
  ('setlist', 200, 86400, 'setlists created and copied'),
  ('setlist_change', 3000, 86400, 'changes of setlists'),
  ('setlist_entries', 200, null, 'entries of a setlist'),
  ('song_way', 3000, 86400, 'changes of your own ways of songs'),
  ('song_play', 3000, 86400, 'plays of songs recorded'),
  ('circle', 20, 86400, 'circles created'),
  ('circle_change', 120, 600, 'changes of circles: name, picture, roles, members removed, bans, leaving'),
  ('circle_join', 60, 3600, 'circles created and joined'),
  ('circle_people', 256, null, 'members of a circle; more than 256 is not tested'),
  ('circles_joined', 100, null, 'circles that a user is in at one time'),
  ('circle_invitations', 300, null, 'open invitations of a circle'),
  ('circle_links', 20, null, 'open links of a circle'),
  ('circle_notices', 5000, 86400, 'notices to members about what a user shared with circles'),
  ('access_request', 20, 86400, 'requests for access made'),
  ('access_notices', 200, 86400, 'notices about requests for access to what a user owns'),
  ('comment', 120, 3600, 'comments written, edited and resolved'),
  ('comment_notices', 500, 86400, 'notices about comments that a user gets'),
  ('song_comments', 1000, null, 'comments on a song'),
  ('catalogue_name', 300, 86400, 'new names in the catalogues of software and tags'),
  ('directory', 20000, 3600, 'profiles read in searches and lists of the directory and of followers'),
  ('avatars', 10, null, 'picture files of a user in Storage'),
  ('portfolio', 300, 3600, 'changes of a portfolio'),
  ('portfolio_items', 50, null, 'items of a portfolio'),
  ('portfolio_files', 60, null, 'portfolio files of a user in Storage'),
  ('unsent_files', 50, null, 'files that a user uploaded to a conversation and did not send'),
  -- Each is sent to every user in a conversation with this one.
  ('name', 30, 3600, 'display names and pictures changed'),
  ('handle', 5, 2592000, 'handles changed'),
  ('handle_rest', 1, 2592000, 'how long a former handle is reserved')
on conflict (key) do nothing;

revoke all on private.limits, private.rate_limits from public, anon, authenticated, service_role;
revoke execute on function
  private.at_most(text),
  private.try_token(uuid, text, bigint),
  private.take_token(uuid, text, bigint)
from public, anon, authenticated, service_role;

-- Former handles: for a while no other user can take them.

create table private.released_handles (
  key_hash bytea primary key,
  former_owner uuid,
  released_at timestamptz not null default clock_timestamp()
);
comment on table private.released_handles is
  'Handles that were given up, by a hash of what they look like; the limit handle_rest says for how long no other user can take one.';
comment on column private.released_handles.former_owner is 'Who may take it back; null when the account was deleted.';

create index released_handles_released_at_idx on private.released_handles (released_at);

create function private.change_handle()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  old_key bytea := sha256(convert_to(private.handle_key(old.handle), 'UTF8'));
  new_key bytea := sha256(convert_to(private.handle_key(new.handle), 'UTF8'));
begin
  -- After the row, so that a user who gives the handle up at this moment has committed. The service gives handles as it likes.
  if new.id = auth.uid() and exists (
    select
    from private.released_handles h
    where h.key_hash = new_key and h.former_owner is distinct from new.id
      and h.released_at > clock_timestamp()
        - (select l.per_seconds * interval '1 second' from private.limits l where l.key = 'handle_rest')
  ) then
    perform private.raise_error('handle_taken', 'unable to update the profile; the handle was given up a short while ago',
      'Choose another handle.', '{"field": "handle"}');
  end if;
  delete from private.released_handles h where h.key_hash = new_key;
  -- One that was generated at the sign-up was chosen by no user.
  if old_key is distinct from new_key and old.handle !~ '^user-[0-9a-f]{16}$' then
    insert into private.released_handles as h (key_hash, former_owner)
    values (old_key, case when new.user_id is not null then new.id end)
    on conflict (key_hash) do update set former_owner = excluded.former_owner, released_at = excluded.released_at;
  end if;
  return null;
end
$$;
comment on function private.change_handle is 'Trigger: reserves a former handle, so that no other user takes over the name at once.';

create trigger profiles_change_handle
after update of handle, user_id on public.profiles
for each row
when (old.handle is not null and old.handle is distinct from new.handle)
execute function private.change_handle();

revoke all on private.released_handles from public, anon, authenticated, service_role;
revoke execute on function private.change_handle() from public, anon, authenticated, service_role;

-- The catalogues that all users share. Names are merged by case and accent, never doubled.

create function private.catalogue_key(name text)
returns text
language sql
immutable
strict
parallel safe
set search_path = ''
as $$
  -- Invisible characters inside a name, such as U+200B or U+FE0F, do not make a second entry.
  select private.fold(btrim(regexp_replace(regexp_replace(normalize(name, nfkc),
    E'[\\u00ad\\u034f\\u061c\\u180b-\\u180f\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufe00-\\ufe0f\\ufeff]', '', 'g'), E'\\s+', ' ', 'g')))
$$;
comment on function private.catalogue_key is 'The key by which two spellings are one entry: without case, accents, repeated spaces and invisible characters.';

create function private.is_catalogue_name(name text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select private.text_fault('name', name, 80) is null and name = btrim(name)
    and char_length(private.catalogue_key(name)) between 1 and 400
$$;
comment on function private.is_catalogue_name is 'Whether a text can be a catalogue entry: 1 to 80 characters on one line.';

create table public.software (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  key text collate "C" not null generated always as (private.catalogue_key(name)) stored,
  is_curated boolean not null default false,
  profile_count integer not null default 0,
  created_at timestamptz not null default now(),
  constraint software_name_check check (private.is_catalogue_name(name)),
  constraint software_key_key unique (key),
  constraint software_profile_count_check check (profile_count >= 0)
);
comment on table public.software is 'Names of software that users work with, each once. No user owns an entry: it stays when the last user removes it.';
comment on column public.software.name is 'The name as the first user wrote it.';
comment on column public.software.key is 'The name without case and accents; unique.';
comment on column public.software.is_curated is 'Added by the app: suggested also while no profile has it.';
comment on column public.software.profile_count is 'How many profiles name it; kept by triggers.';

create index software_key_trgm_idx on public.software using gin (key extensions.gin_trgm_ops);

create table public.tags (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  key text collate "C" not null generated always as (private.catalogue_key(name)) stored,
  kind text not null default 'other',
  is_curated boolean not null default false,
  is_known boolean not null default true,
  is_sung boolean not null default false,
  profile_count integer not null default 0,
  created_at timestamptz not null default now(),
  constraint tags_name_check check (private.is_catalogue_name(name)),
  constraint tags_key_key unique (key),
  constraint tags_kind_check check (kind ~ '^[a-z][a-z_]{0,29}$'),
  constraint tags_profile_count_check check (profile_count >= 0)
);
comment on table public.tags is
  'Words that describe users and songs, each once for all kinds. No user owns an entry: it stays when the last user removes it.';
comment on column public.tags.name is 'The name as the first user wrote it in public.';
comment on column public.tags.key is 'The name without case and accents; unique.';
comment on column public.tags.kind is 'profession, technology, specialty or a word of the app''s own; other until the first user sets one.';
comment on column public.tags.is_curated is 'Added by the app: suggested also while no profile has it.';
comment on column public.tags.is_known is
  'Whether it was ever named in public, by a profile, a public song or the app. Entries that only private songs have are hidden.';
comment on column public.tags.is_sung is 'Whether a public song has ever had it.';
comment on column public.tags.profile_count is 'How often profiles name it, as a tag or as a professional type; kept by triggers.';

create index tags_key_trgm_idx on public.tags using gin (key extensions.gin_trgm_ops);
create index tags_is_known_idx on public.tags (is_known);
create index tags_sung_key_idx on public.tags (key) where is_sung;

create table public.payment_methods (
  code text primary key,
  name text not null,
  constraint payment_methods_code_check check (code ~ '^[a-z][a-z0-9_]{0,39}$'),
  constraint payment_methods_name_check check (char_length(name) between 1 and 80)
);
comment on table public.payment_methods is
  'Labels of payment methods. Users cannot write here, so no user can enter an account number. The app can add rows.';
comment on column public.payment_methods.name is 'In English; apps translate by code.';

create function private.suggest(catalogue regclass, query text, wanted_kind text, page_size integer)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  wanted text;
  within text;
  pattern text;
  -- Signs between the words of a name: Pro-Tools, Guitar/Bass, Logic (Pro).
  signs constant text := '-/(),.:;&+_"''[]|·–—・’';
  kind_column text := case when catalogue = 'public.tags'::regclass then 'c.kind' else 'null::text' end;
  operation constant text := case when catalogue = 'public.tags'::regclass then 'suggest the tags' else 'suggest the software' end;
  found jsonb;
begin
  perform private.require_account();
  if query is null or char_length(query) > 80 then
    perform private.raise_error('invalid_input', format('unable to %s; a prefix has at most 80 characters', operation), 'Shorten the prefix.',
      '{"field": "prefix"}');
  end if;
  perform private.check_page_size(operation, page_size, 50);
  wanted := private.catalogue_key(query);
  within := ' ' || btrim(replace(replace(translate(wanted, signs, repeat(' ', char_length(signs))), '  ', ' '), '  ', ' '));
  -- Scripts without blanks have words anywhere.
  if wanted ~ E'^[\\u0e00-\\u0eff\\u1000-\\u109f\\u1780-\\u17ff\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af\\U00020000-\\U0003ffff]' then
    within := btrim(within);
  end if;
  if strpos(signs, right(wanted, 1)) > 0 then
    -- A sign at the end is asked for as it is: "c++" is not every word with a c.
    within := '';
  end if;
  pattern := replace(replace(replace(wanted, E'\\', E'\\\\'), '%', E'\\%'), '_', E'\\_') || '%';

  -- The prefix of the name or of a word in it; the exact name first, then the most used.
  execute format($q$
    select coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'kind', f.kind, 'count', f.profile_count)
      order by f.key = $1 desc, f.key like $2 desc, f.profile_count desc, f.key), '[]')
    from (
      select c.id, c.name, c.key, %1$s as kind, c.profile_count
      from %2$s c
      where (c.key like $2 or ($5 not in ('', ' ')
          and strpos(' ' || replace(replace(translate(c.key, %3$L, repeat(' ', %4$s)), '  ', ' '), '  ', ' '), $5) > 0))
        and (c.profile_count > 0 or c.is_curated)
        and ($3 is null or %1$s = $3)
      order by c.key = $1 desc, c.key like $2 desc, c.profile_count desc, c.key
      limit $4
    ) f $q$, kind_column, catalogue, signs, char_length(signs))
  into found
  using wanted, pattern, wanted_kind, page_size, within;

  if found = '[]' and char_length(wanted) >= 3 then
    -- No name has this prefix: names with similar spelling.
    execute format($q$
      select coalesce(jsonb_agg(jsonb_build_object('name', f.name, 'kind', f.kind, 'count', f.profile_count)
        order by f.likeness desc, f.profile_count desc, f.key), '[]')
      from (
        select c.id, c.name, c.key, %1$s as kind, c.profile_count, extensions.word_similarity($1, c.key) as likeness
        from %2$s c
        where $1 operator(extensions.<%%) c.key
          and (c.profile_count > 0 or c.is_curated)
          and ($2 is null or %1$s = $2)
        order by likeness desc, c.profile_count desc, c.key
        limit $3
      ) f $q$, kind_column, catalogue)
    into found
    using wanted, wanted_kind, page_size;
  end if;
  return found;
end
$$;
comment on function private.suggest is 'Entries of a catalogue that have a prefix, or similar entries when no entry has it.';

create function private.suggest_software(prefix text, page_size integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select private.suggest('public.software', prefix, null, page_size)
$$;

create function private.suggest_tags(prefix text, kind text, page_size integer)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select private.suggest('public.tags', prefix, kind, page_size)
$$;

create function public.suggest_software(prefix text, page_size integer default 10)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.suggest_software(prefix, page_size)
$$;
comment on function public.suggest_software is 'Software whose name, or a word of it, has the prefix, the most used first; similar names when no name has it.';

create function public.suggest_tags(prefix text, kind text default null, page_size integer default 10)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select private.suggest_tags(prefix, kind, page_size)
$$;
comment on function public.suggest_tags is 'Tags of one kind or of any, whose name, or a word of it, has the prefix, the most used first; similar names when no name has it.';

alter table public.software enable row level security;
alter table public.tags enable row level security;
alter table public.payment_methods enable row level security;

create policy "Signed-in people see the catalogue of software"
on public.software
for select
to authenticated
using (true);

create policy "Signed-in people see the tags that were named in public"
on public.tags
for select
to authenticated
using (is_known);

create policy "Signed-in people see the payment methods"
on public.payment_methods
for select
to authenticated
using (true);

insert into public.payment_methods (code, name) values
  ('bank_transfer', 'Bank transfer'), ('card', 'Card'), ('cash', 'Cash'), ('paypal', 'PayPal'), ('wise', 'Wise'),
  ('payoneer', 'Payoneer'), ('western_union', 'Western Union'), ('mercado_pago', 'Mercado Pago'), ('pix', 'Pix'),
  ('spei', 'SPEI'), ('pse', 'PSE'), ('oxxo', 'OXXO'), ('webpay', 'Webpay'), ('yape', 'Yape'), ('nequi', 'Nequi'),
  ('bizum', 'Bizum'), ('sepa', 'SEPA transfer'), ('zelle', 'Zelle'), ('venmo', 'Venmo'), ('apple_pay', 'Apple Pay'),
  ('google_pay', 'Google Pay'), ('crypto', 'Cryptocurrency'), ('invoice', 'Invoice'), ('cheque', 'Cheque');

revoke all on public.software, public.tags, public.payment_methods from public, anon, authenticated, service_role;
-- Tags stay closed: some were named in private songs alone.
grant select on public.software, public.payment_methods to authenticated, service_role;
grant select on public.tags to service_role;
grant insert (name, is_curated), update (name, is_curated) on public.software to service_role;
grant insert (name, kind, is_curated), update (name, kind, is_curated, is_known) on public.tags to service_role;
grant insert, update on public.payment_methods to service_role;
revoke execute on function
  private.catalogue_key(text),
  private.is_catalogue_name(text),
  private.suggest(regclass, text, text, integer),
  private.suggest_software(text, integer),
  private.suggest_tags(text, text, integer),
  public.suggest_software(text, integer),
  public.suggest_tags(text, text, integer)
from public, anon, authenticated, service_role;
grant execute on function
  private.catalogue_key(text),
  private.is_catalogue_name(text)
to service_role;
grant execute on function
  private.suggest_software(text, integer),
  private.suggest_tags(text, text, integer),
  public.suggest_software(text, integer),
  public.suggest_tags(text, text, integer)
to authenticated;

-- Reviews of users, each by a user who converted. Who may write one is in sharing/45_reviews.sql, behind the conversations.

create table public.profile_reviews (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null unique,
  profile_id uuid not null references public.profiles (id) on delete cascade,
  reviewer_id uuid references public.profiles (id) on delete set null,
  rating integer not null,
  content text not null default '',
  created_at timestamptz not null default clock_timestamp(),
  answer text,
  answered_at timestamptz,
  hidden_at timestamptz,
  constraint profile_reviews_rating_check check (rating between 1 and 5),
  constraint profile_reviews_content_check check (content = '' or private.text_fault('lines', content, 2000) is null),
  constraint profile_reviews_answer_check check (private.text_fault('lines', answer, 2000) is null),
  constraint profile_reviews_people_check check (reviewer_id <> profile_id)
);
comment on table public.profile_reviews is 'What users say of a user after a conversion, once each. Averages and counts are read from the rows.';
comment on column public.profile_reviews.conversation_id is 'The conversion that it is about: a conversation counts once.';
comment on column public.profile_reviews.reviewer_id is 'Null once the account is deleted; the rating stays, without the words.';
comment on column public.profile_reviews.hidden_at is 'When a moderator took it out of lists, averages and counts.';

create index profile_reviews_profile_id_created_at_idx on public.profile_reviews (profile_id, created_at desc, id desc);
create index profile_reviews_reviewer_id_idx on public.profile_reviews (reviewer_id);

create function private.end_reviews_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Sorted: two accounts that reviewed each other may be deleted at once.
  perform from public.profile_reviews r where r.profile_id = new.id or r.reviewer_id = new.id order by r.id for update;
  delete from public.profile_reviews r where r.profile_id = new.id;
  update public.profile_reviews r set reviewer_id = null, content = '' where r.reviewer_id = new.id;
  return null;
end
$$;
comment on function private.end_reviews_of_deleted is
  'Trigger: reviews of a deleted user go; of those that the user wrote, the rating stays without an author and a text.';

create trigger profiles_end_reviews
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_reviews_of_deleted();

alter table public.profile_reviews enable row level security;

create policy "People see the reviews that they wrote or got"
on public.profile_reviews
for select
to authenticated
using (profile_id = (select auth.uid()) or reviewer_id = (select auth.uid()));

revoke all on public.profile_reviews from public, anon, authenticated, service_role;
grant select, update (hidden_at), delete on public.profile_reviews to service_role;
revoke execute on function private.end_reviews_of_deleted() from public, anon, authenticated, service_role;

-- What belongs to a profile in tables of its own, and the whole profile as one row.

create table public.profile_software (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  software_id uuid not null references public.software (id),
  position integer not null,
  primary key (profile_id, software_id)
);
comment on table public.profile_software is 'The software that a user works with, in the user''s order.';

create index profile_software_software_id_idx on public.profile_software (software_id);

create table public.profile_tags (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  tag_id uuid not null references public.tags (id),
  position integer not null,
  primary key (profile_id, tag_id)
);
comment on table public.profile_tags is 'A user''s technologies, specialties and other tags, in the user''s order.';

create index profile_tags_tag_id_idx on public.profile_tags (tag_id);

create table public.profile_types (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  tag_id uuid not null references public.tags (id),
  position integer not null,
  primary key (profile_id, tag_id)
);
comment on table public.profile_types is 'A user''s professional types, which are tags, the main one first.';

create index profile_types_tag_id_idx on public.profile_types (tag_id);

create function private.is_currency(code text)
returns boolean
language sql
immutable
parallel safe
set search_path = ''
as $$
  select code = any (string_to_array(
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP '
    'CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS '
    'INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU '
    'MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK '
    'SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF '
    'XCD XCG XOF XPF YER ZAR ZMW ZWG', ' '))
$$;
comment on function private.is_currency is 'Whether a code is a currency in use of ISO 4217.';

create table public.profile_rates (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  tier text not null,
  amount bigint not null,
  currency text not null,
  unit text not null,
  primary key (profile_id, tier),
  constraint profile_rates_tier_check check (tier in ('basic', 'standard', 'premium')),
  constraint profile_rates_amount_check check (amount between 0 and 1000000000000),
  constraint profile_rates_currency_check check (private.is_currency(currency)),
  constraint profile_rates_unit_check check (unit in ('minute', 'hour', 'day', 'week', 'month', 'project', 'piece'))
);
comment on table public.profile_rates is 'The rates of a user, at most one for each tier.';
comment on column public.profile_rates.amount is 'In the currency''s minor unit: 2550 with USD is 25.50, with JPY 2,550.';
comment on column public.profile_rates.currency is 'ISO 4217.';
comment on column public.profile_rates.unit is 'The unit that the amount is charged by.';

create index profile_rates_tier_currency_amount_profile_id_idx on public.profile_rates (tier, currency, amount, profile_id);

create table public.profile_payment_methods (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  payment_method text not null references public.payment_methods (code),
  primary key (profile_id, payment_method)
);
comment on table public.profile_payment_methods is
  'Payment methods that a user accepts, as labels, never accounts. Other users see them if shows_payment_methods is true.';

create index profile_payment_methods_payment_method_idx on public.profile_payment_methods (payment_method);

create table public.profile_languages (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  language text not null,
  position integer not null,
  primary key (profile_id, language),
  constraint profile_languages_language_check check (language ~ '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$')
);
comment on table public.profile_languages is 'Languages that a user speaks, the best first.';
comment on column public.profile_languages.language is 'BCP 47, such as es or pt-BR.';

create table public.profile_links (
  profile_id uuid not null references public.profiles (id) on delete cascade,
  position integer not null,
  label text not null,
  url text not null,
  primary key (profile_id, position),
  constraint profile_links_label_check check (private.text_fault('name', label, 80) is null),
  constraint profile_links_url_check check (private.is_web_address(url))
);
comment on table public.profile_links is 'Pages of a user on other sites, in the user''s order.';
comment on column public.profile_links.url is 'http or https, without a user name in it.';

create view public.profile_details
with (security_invoker = true)
as
select
  p.id, p.handle, p.display_name, p.bio, p.country, p.experience_years, p.experience, p.avatar_path, p.shows_payment_methods,
  p.is_listed, p.open_to_work, p.available_from, p.verified_at, p.metadata, p.created_at, p.updated_at,
  coalesce((
    select jsonb_agg(t.name order by x.position)
    from public.profile_types x
    join public.tags t on t.id = x.tag_id
    where x.profile_id = p.id
  ), '[]') as professional_types,
  coalesce((
    select jsonb_agg(s.name order by x.position)
    from public.profile_software x
    join public.software s on s.id = x.software_id
    where x.profile_id = p.id
  ), '[]') as software,
  coalesce((
    select jsonb_agg(jsonb_build_object('name', t.name, 'kind', t.kind) order by x.position)
    from public.profile_tags x
    join public.tags t on t.id = x.tag_id
    where x.profile_id = p.id
  ), '[]') as tags,
  coalesce((
    select jsonb_object_agg(r.tier, jsonb_build_object('amount', r.amount, 'currency', r.currency, 'unit', r.unit))
    from public.profile_rates r
    where r.profile_id = p.id
  ), '{}') as rates,
  coalesce((
    select jsonb_agg(m.payment_method order by m.payment_method)
    from public.profile_payment_methods m
    where m.profile_id = p.id and (p.shows_payment_methods or p.id = (select auth.uid()) or current_user = 'service_role')
  ), '[]') as payment_methods,
  coalesce((
    select jsonb_agg(l.language order by l.position)
    from public.profile_languages l
    where l.profile_id = p.id
  ), '[]') as languages,
  coalesce((
    select jsonb_agg(jsonb_build_object('label', l.label, 'url', l.url) order by l.position)
    from public.profile_links l
    where l.profile_id = p.id
  ), '[]') as links,
  (
    select jsonb_build_object('average', round(avg(r.rating), 2), 'count', count(*))
    from public.profile_reviews r
    where r.profile_id = p.id and r.hidden_at is null
  ) as reviews
from public.profiles p;
comment on view public.profile_details is
  'A whole profile as one row. Payment methods are in it where their owner shows them, for the owner, and for the service role.';

create function private.shows_payment_methods(profile_id uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (select from public.profiles p where p.id = shows_payment_methods.profile_id and p.shows_payment_methods)
$$;
comment on function private.shows_payment_methods is 'Whether a user shows the accepted payment methods to other users.';

create function private.count_catalogue_uses()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  execute format($q$
    update %s c
    set profile_count = c.profile_count %s u.uses
    from (
      -- Unlisted profiles are in no count. A profile whose row is gone was listed: an unlisted one loses its parts first.
      select x.%I as id, count(*)::integer as uses
      from changed x
      left join public.profiles p on p.id = x.profile_id
      where coalesce(p.is_listed, true)
      group by 1
    ) u
    where c.id = u.id $q$, tg_argv[0], case tg_op when 'INSERT' then '+' else '-' end, tg_argv[1]);
  return null;
end
$$;
comment on function private.count_catalogue_uses is
  'Trigger (catalogue, column): counts who names an entry. Writers lock the entries first, by key, so that two cannot wait for each other.';

create trigger profile_software_count_added
after insert on public.profile_software
referencing new table as changed
for each statement
execute function private.count_catalogue_uses('public.software', 'software_id');

create trigger profile_software_count_removed
after delete on public.profile_software
referencing old table as changed
for each statement
execute function private.count_catalogue_uses('public.software', 'software_id');

create trigger profile_tags_count_added
after insert on public.profile_tags
referencing new table as changed
for each statement
execute function private.count_catalogue_uses('public.tags', 'tag_id');

create trigger profile_tags_count_removed
after delete on public.profile_tags
referencing old table as changed
for each statement
execute function private.count_catalogue_uses('public.tags', 'tag_id');

create trigger profile_types_count_added
after insert on public.profile_types
referencing new table as changed
for each statement
execute function private.count_catalogue_uses('public.tags', 'tag_id');

create trigger profile_types_count_removed
after delete on public.profile_types
referencing old table as changed
for each statement
execute function private.count_catalogue_uses('public.tags', 'tag_id');

alter table public.profile_software enable row level security;
alter table public.profile_tags enable row level security;
alter table public.profile_types enable row level security;
alter table public.profile_rates enable row level security;
alter table public.profile_payment_methods enable row level security;
alter table public.profile_languages enable row level security;
alter table public.profile_links enable row level security;

create policy "Signed-in people see what everybody works with"
on public.profile_software
for select
to authenticated
using (true);

create policy "Signed-in people see everybody's tags"
on public.profile_tags
for select
to authenticated
using (true);

create policy "Signed-in people see everybody's professional types"
on public.profile_types
for select
to authenticated
using (true);

create policy "Signed-in people see everybody's rates"
on public.profile_rates
for select
to authenticated
using (true);

create policy "People see their own payment methods and those that are shown"
on public.profile_payment_methods
for select
to authenticated
using (profile_id = (select auth.uid()) or private.shows_payment_methods(profile_id));

create policy "Signed-in people see everybody's languages"
on public.profile_languages
for select
to authenticated
using (true);

create policy "Signed-in people see everybody's links"
on public.profile_links
for select
to authenticated
using (true);

revoke all on
  public.profile_software, public.profile_tags, public.profile_types, public.profile_rates, public.profile_payment_methods,
  public.profile_languages, public.profile_links, public.profile_details
from public, anon, authenticated, service_role;
grant select on
  public.profile_software, public.profile_tags, public.profile_types, public.profile_rates, public.profile_payment_methods,
  public.profile_languages, public.profile_links, public.profile_details
to service_role;
revoke execute on function
  private.is_currency(text),
  private.shows_payment_methods(uuid),
  private.count_catalogue_uses()
from public, anon, authenticated, service_role;
grant execute on function private.shows_payment_methods(uuid) to authenticated;

-- Saves the parts of a profile that name entries of a catalogue.
--
-- Lock order: profile, software, tags; the rows of a catalogue by key.

create function private.refuse_profile_field(field text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', format('unable to update the profile; %s is not valid', field),
    'Correct the named field.', jsonb_build_object('field', field));
end
$$;

create function private.read_profile_names(field text, value jsonb, max_items integer)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  item jsonb;
  name text;
  kind text;
  place integer := 0;
  read jsonb := '[]';
begin
  if jsonb_typeof(value) is distinct from 'array' or jsonb_array_length(value) > max_items then
    perform private.refuse_profile_field(field);
  end if;
  for item in select e from jsonb_array_elements(value) e loop
    kind := null;
    name := case when jsonb_typeof(item) = 'string' then item #>> '{}' end;
    if jsonb_typeof(item) = 'object' and field = 'tags' then
      name := case when jsonb_typeof(item -> 'name') = 'string' then item ->> 'name' end;
      kind := item ->> 'kind';
      if (item - '{name,kind}'::text[]) <> '{}' or kind !~ '^[a-z][a-z_]{0,29}$' then
        name := null;
      end if;
    end if;
    name := private.kept_text('name', regexp_replace(name, E'\\s+', ' ', 'g'));
    if name is null or not private.is_catalogue_name(name) then
      perform private.refuse_profile_field(field || '.' || place);
    end if;
    read := read || jsonb_build_object('name', name, 'key', private.catalogue_key(name), 'kind', kind);
    place := place + 1;
  end loop;
  return read;
end
$$;
comment on function private.read_profile_names is 'Names for a catalogue, checked: [{name, key, kind}].';

create function private.save_profile_software(owner uuid, entries jsonb, holds_all boolean)
returns void
language plpgsql
set search_path = ''
as $$
declare
  wanted uuid[];
  entered bigint;
begin
  insert into public.software (name)
  select distinct on (e ->> 'key' collate "C") e ->> 'name'
  from jsonb_array_elements(entries) e
  order by e ->> 'key' collate "C"
  on conflict (key) do nothing;
  get diagnostics entered = row_count;
  perform private.take_token(auth.uid(), 'catalogue_name', entered);

  select array_agg(s.id order by e.place) into wanted
  from (
    select e.value ->> 'key' as key, min(e.ordinality) as place
    from jsonb_array_elements(entries) with ordinality e
    group by 1
  ) e
  join public.software s on s.key = e.key collate "C";
  wanted := coalesce(wanted, '{}');

  -- Whatever comes or goes, by key: the counts change under these locks.
  perform
  from public.software s
  where (holds_all or s.id = any (wanted) <> exists (
      select from public.profile_software x where x.profile_id = owner and x.software_id = s.id
    ))
    and (s.id = any (wanted) or s.id in (select x.software_id from public.profile_software x where x.profile_id = owner))
  order by s.key
  for no key update;

  delete from public.profile_software x where x.profile_id = owner and x.software_id <> all (wanted);
  insert into public.profile_software (profile_id, software_id, position)
  select owner, w.id, w.place
  from unnest(wanted) with ordinality w (id, place)
  on conflict (profile_id, software_id) do update set position = excluded.position
  where profile_software.position <> excluded.position;
end
$$;
comment on function private.save_profile_software is 'Replaces a profile''s software; what the catalogue lacks is entered.';

create function private.tags_in_order(entries jsonb)
returns uuid[]
language plpgsql
set search_path = ''
as $$
begin
  return (
    select coalesce(array_agg(t.id order by e.place), '{}')
    from (
      select e.value ->> 'key' as key, min(e.ordinality) as place
      from jsonb_array_elements(entries) with ordinality e
      group by 1
    ) e
    join public.tags t on t.key = e.key collate "C"
  );
end
$$;
comment on function private.tags_in_order is 'The entries of the catalogue that a list names, each once, in the order of the list.';

create function private.lock_named_tags(owner uuid, named jsonb, wanted_types uuid[], wanted_tags uuid[], holds_all boolean)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Types and tags are entries of one catalogue: one walk in its order takes every lock.
  perform
  from public.tags t
  where t.id in (
    select id
    from (
      select unnest(wanted_types) as id, 'type' as use
      union all select unnest(wanted_tags), 'tag'
      union all select x.tag_id, 'type' from public.profile_types x where x.profile_id = owner and (wanted_types is not null or holds_all)
      union all select x.tag_id, 'tag' from public.profile_tags x where x.profile_id = owner and (wanted_tags is not null or holds_all)
    ) u
    group by u.id, u.use
    having count(*) = 1 or holds_all
    union all
    select t2.id
    from jsonb_array_elements(named) e
    join public.tags t2 on t2.key = (e ->> 'key') collate "C"
    where (t2.kind = 'other' and e ->> 'kind' <> 'other') or not t2.is_known
  )
  order by t.key
  for no key update;
end
$$;
comment on function private.lock_named_tags is 'Holds the entries of the catalogue whose counts, names or kinds a save of a profile changes.';

create function private.save_profile_tags(owner uuid, types jsonb, entries jsonb, holds_all boolean)
returns void
language plpgsql
set search_path = ''
as $$
declare
  named jsonb := coalesce(
    (select jsonb_agg(e || '{"kind": "profession"}') from jsonb_array_elements(types) e), '[]') || coalesce(entries, '[]');
  wanted_types uuid[];
  wanted_tags uuid[];
  entered bigint;
begin
  insert into public.tags (name, kind)
  select distinct on (e ->> 'key' collate "C") e ->> 'name', coalesce(e ->> 'kind', 'other')
  from jsonb_array_elements(named) e
  order by e ->> 'key' collate "C", e ->> 'kind' nulls last
  on conflict (key) do nothing;
  get diagnostics entered = row_count;
  perform private.take_token(auth.uid(), 'catalogue_name', entered);
  if types is not null then
    wanted_types := private.tags_in_order(types);
  end if;
  if entries is not null then
    wanted_tags := private.tags_in_order(entries);
  end if;
  perform private.lock_named_tags(owner, named, wanted_types, wanted_tags, holds_all);

  -- A tag that only private songs had takes the spelling and the date of its first public use.
  update public.tags t
  set name = e.name, is_known = true, created_at = clock_timestamp()
  from (
    select distinct on (n ->> 'key' collate "C") n ->> 'key' as key, n ->> 'name' as name
    from jsonb_array_elements(named) n
    order by n ->> 'key' collate "C"
  ) e
  where t.key = e.key collate "C" and not t.is_known;

  -- The first to say what a tag is says it for all.
  update public.tags t
  set kind = e.kind
  from (select n ->> 'key' as key, min(n ->> 'kind') as kind from jsonb_array_elements(named) n group by 1) e
  where t.key = e.key collate "C" and t.kind = 'other' and e.kind <> 'other';

  if types is not null then
    delete from public.profile_types x where x.profile_id = owner and x.tag_id <> all (wanted_types);
    insert into public.profile_types (profile_id, tag_id, position)
    select owner, w.id, w.place
    from unnest(wanted_types) with ordinality w (id, place)
    on conflict (profile_id, tag_id) do update set position = excluded.position
    where profile_types.position <> excluded.position;
  end if;
  if entries is not null then
    delete from public.profile_tags x where x.profile_id = owner and x.tag_id <> all (wanted_tags);
    insert into public.profile_tags (profile_id, tag_id, position)
    select owner, w.id, w.place
    from unnest(wanted_tags) with ordinality w (id, place)
    on conflict (profile_id, tag_id) do update set position = excluded.position
    where profile_tags.position <> excluded.position;
  end if;
end
$$;
comment on function private.save_profile_tags is
  'Replaces a profile''s professional types, its tags, or both; null leaves one as it is. What the catalogue lacks is entered.';

revoke execute on function
  private.tags_in_order(jsonb),
  private.lock_named_tags(uuid, jsonb, uuid[], uuid[], boolean),
  private.refuse_profile_field(text),
  private.read_profile_names(text, jsonb, integer),
  private.save_profile_software(uuid, jsonb, boolean),
  private.save_profile_tags(uuid, jsonb, jsonb, boolean)
from public, anon, authenticated, service_role;

-- Saves the other parts of a profile, and all parts at once.

create function private.save_profile_rates(owner uuid, rates jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  tier text;
  rate jsonb;
begin
  if jsonb_typeof(rates) <> 'object' then
    perform private.refuse_profile_field('rates');
  end if;
  for tier, rate in select key, value from jsonb_each(rates) loop
    if tier not in ('basic', 'standard', 'premium') or jsonb_typeof(rate) <> 'object'
      or rate - '{amount,currency,unit}'::text[] <> '{}'
    then
      perform private.refuse_profile_field('rates.' || tier);
    end if;
    if jsonb_typeof(rate -> 'amount') is distinct from 'number'
      or (rate -> 'amount')::numeric not between 0 and 1000000000000
      or (rate -> 'amount')::numeric % 1 <> 0
    then
      perform private.refuse_profile_field(format('rates.%s.amount', tier));
    end if;
    if jsonb_typeof(rate -> 'currency') is distinct from 'string' or not private.is_currency(rate ->> 'currency') then
      perform private.refuse_profile_field(format('rates.%s.currency', tier));
    end if;
    if jsonb_typeof(rate -> 'unit') is distinct from 'string'
      or rate ->> 'unit' not in ('minute', 'hour', 'day', 'week', 'month', 'project', 'piece')
    then
      perform private.refuse_profile_field(format('rates.%s.unit', tier));
    end if;
  end loop;
  delete from public.profile_rates r where r.profile_id = owner;
  insert into public.profile_rates (profile_id, tier, amount, currency, unit)
  select owner, r.key, (r.value -> 'amount')::numeric::bigint, r.value ->> 'currency', r.value ->> 'unit'
  from jsonb_each(rates) r;
end
$$;

create function private.save_profile_payment_methods(owner uuid, methods jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  strange bigint;
begin
  if jsonb_typeof(methods) <> 'array' or jsonb_array_length(methods) > 50 then
    perform private.refuse_profile_field('payment_methods');
  end if;
  select e.ordinality into strange
  from jsonb_array_elements(methods) with ordinality e
  where jsonb_typeof(e.value) <> 'string'
    or not exists (select from public.payment_methods m where m.code = e.value #>> '{}')
  order by 1
  limit 1;
  if strange is not null then
    perform private.refuse_profile_field('payment_methods.' || strange - 1);
  end if;
  delete from public.profile_payment_methods m where m.profile_id = owner;
  insert into public.profile_payment_methods (profile_id, payment_method)
  select distinct owner, code from jsonb_array_elements_text(methods) as code;
end
$$;

create function private.save_profile_languages(owner uuid, languages jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  strange bigint;
begin
  if jsonb_typeof(languages) <> 'array' or jsonb_array_length(languages) > 20 then
    perform private.refuse_profile_field('languages');
  end if;
  select e.ordinality into strange
  from jsonb_array_elements(languages) with ordinality e
  where jsonb_typeof(e.value) <> 'string' or e.value #>> '{}' !~ '^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$'
  order by 1
  limit 1;
  if strange is not null then
    perform private.refuse_profile_field('languages.' || strange - 1);
  end if;
  delete from public.profile_languages l where l.profile_id = owner;
  insert into public.profile_languages (profile_id, language, position)
  select owner, e.value, min(e.ordinality) from jsonb_array_elements_text(languages) with ordinality e group by e.value;
end
$$;

create function private.save_profile_links(owner uuid, links jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  link jsonb;
  place integer := 0;
begin
  if jsonb_typeof(links) <> 'array' or jsonb_array_length(links) > 20 then
    perform private.refuse_profile_field('links');
  end if;
  for link in select e from jsonb_array_elements(links) e loop
    if jsonb_typeof(link) <> 'object' or link - '{label,url}'::text[] <> '{}' then
      perform private.refuse_profile_field('links.' || place);
    end if;
    if jsonb_typeof(link -> 'label') is distinct from 'string' then
      perform private.refuse_profile_field(format('links.%s.label', place));
    end if;
    perform private.check_text('name', link ->> 'label', 80, 'update the profile', format('links.%s.label', place));
    if jsonb_typeof(link -> 'url') is distinct from 'string' or not private.is_web_address(link ->> 'url') then
      perform private.refuse_profile_field(format('links.%s.url', place));
    end if;
    place := place + 1;
  end loop;
  delete from public.profile_links l where l.profile_id = owner;
  insert into public.profile_links (profile_id, position, label, url)
  select owner, e.ordinality, private.kept_text('name', e.value ->> 'label'), e.value ->> 'url'
  from jsonb_array_elements(links) with ordinality e;
end
$$;

create function private.save_profile_parts(owner uuid, changes jsonb)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  if changes ? 'rates' then
    perform private.save_profile_rates(owner, changes -> 'rates');
  end if;
  if changes ? 'payment_methods' then
    perform private.save_profile_payment_methods(owner, changes -> 'payment_methods');
  end if;
  if changes ? 'languages' then
    perform private.save_profile_languages(owner, changes -> 'languages');
  end if;
  if changes ? 'links' then
    perform private.save_profile_links(owner, changes -> 'links');
  end if;
  if changes ? 'software' then
    perform private.save_profile_software(owner, private.read_profile_names('software', changes -> 'software', 50), changes ? 'is_listed');
  elsif changes ? 'is_listed' then
    perform from public.software s
    where s.id in (select x.software_id from public.profile_software x where x.profile_id = owner)
    order by s.key
    for no key update;
  end if;
  -- Listing counts all entries: they are held in the one walk of each catalogue.
  if changes ?| '{professional_types,tags,is_listed}' then
    perform private.save_profile_tags(
      owner,
      case when changes ? 'professional_types' then
        private.read_profile_names('professional_types', changes -> 'professional_types', 10) end,
      case when changes ? 'tags' then private.read_profile_names('tags', changes -> 'tags', 50) end,
      changes ? 'is_listed');
  end if;
  return changes ?| '{rates,payment_methods,languages,links,software,professional_types,tags}';
end
$$;
comment on function private.save_profile_parts is 'Replaces the named parts of a profile, each as a whole; answers whether there was one.';

create function private.empty_deleted_profile_parts()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.save_profile_parts(new.id,
    '{"rates": {}, "payment_methods": [], "languages": [], "links": [], "software": [], "professional_types": [], "tags": []}');
  return null;
end
$$;
comment on function private.empty_deleted_profile_parts is 'Trigger: empties the parts of a profile whose account is deleted.';

create trigger profiles_empty_deleted_parts
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.empty_deleted_profile_parts();

revoke execute on function
  private.save_profile_rates(uuid, jsonb),
  private.save_profile_payment_methods(uuid, jsonb),
  private.save_profile_languages(uuid, jsonb),
  private.save_profile_links(uuid, jsonb),
  private.save_profile_parts(uuid, jsonb),
  private.empty_deleted_profile_parts()
from public, anon, authenticated, service_role;

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

-- The directory's index: one row for each profile holds what is searched, filtered, counted and sorted by. Triggers keep it.
--
-- Lock order: profile, its row here, words by name.

create table private.profile_search (
  profile_id uuid primary key references public.profiles (id) on delete cascade,
  vector tsvector not null,
  terms text[] collate "C" not null,
  amounts bigint[] not null,
  standing integer not null,
  experience_years integer not null,
  joined_at bigint not null,
  available_from date
);
comment on table private.profile_search is 'Derived: the columns that the directory searches, one row for each profile that is listed and not deleted.';
comment on column private.profile_search.vector is 'Words without case and accents: A name and handle, B types, software and tags, D bio.';
comment on column private.profile_search.terms is
  'The terms of filters and counts: country:CL, type:, software: and tag: with a key, language:pt. Terms without a colon are for filters only: '
  '"rate basic USD", "rate basic USD hour", and the samples of one profile in 8 and in 128.';
comment on column private.profile_search.amounts is 'The amounts of the three tiers, as in profile_rates, so that a search by rate needs no join.';
comment on column private.profile_search.standing is 'How complete the profile is, 0 to 100: the order of profiles that the words of a query do not rank.';
comment on column private.profile_search.experience_years is 'The years of experience; -1 when the user gives none.';
comment on column private.profile_search.available_from is 'The first day on which the user is open to work, -infinity for now; null when the user is not open to work.';
comment on column private.profile_search.joined_at is 'Microseconds since 1970: a JSON number holds them all.';

-- Without pending lists, which a search would have to read through.
create index profile_search_vector_idx on private.profile_search using gin (vector) with (fastupdate = off);
create index profile_search_terms_idx on private.profile_search using gin (terms) with (fastupdate = off);
create index profile_search_standing_profile_id_idx on private.profile_search (standing desc, profile_id desc);
create index profile_search_experience_years_profile_id_idx on private.profile_search (experience_years desc, profile_id desc);
create index profile_search_joined_at_profile_id_idx on private.profile_search (joined_at desc, profile_id desc);

create table private.profile_words (
  word text collate "C" primary key
);
comment on table private.profile_words is 'Derived: words of names and catalogues, against which a misspelt one is compared. No API role can read it.';

create index profile_words_word_trgm_idx on private.profile_words using gin (word extensions.gin_trgm_ops);

create function private.directory_words(value text)
returns text
language plpgsql
immutable
strict
parallel safe
set search_path = ''
as $$
begin
  return private.split_words(replace(private.fold_text(value), '&', ' '));
end
$$;
comment on function private.directory_words is 'A text''s words in lower case, without accents and punctuation.';

create function private.derive_profile_search(ids uuid[])
returns setof private.profile_search
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  return query
    select
      p.id,
      setweight(private.text_vector(p.display_name || ' ' || p.handle), 'A')
        || setweight(private.text_vector(concat_ws(' ', types.names, software.names, tags.names)), 'B')
        || setweight(private.text_vector(p.bio), 'D'),
      array_remove(array[
          'country:' || p.country, case when p.open_to_work then 'open_to_work:true' end, case when right(p.id::text, 2) < '20' then 'sample8' end,
          case when right(p.id::text, 2) < '02' then 'sample128' end
        ], null) || coalesce(types.terms, '{}') || coalesce(software.terms, '{}') || coalesce(tags.terms, '{}')
        || coalesce(languages.terms, '{}') || coalesce(rates.terms, '{}'),
      rates.amounts,
      15 * (p.avatar_path is not null)::integer + 15 * (p.bio <> '')::integer + 10 * (p.display_name <> '')::integer
        + 5 * (p.country is not null)::integer + 5 * (p.experience_years is not null)::integer
        + 15 * (types.terms is not null)::integer + 10 * (software.terms is not null)::integer
        + 10 * (tags.terms is not null)::integer + 5 * (languages.terms is not null)::integer
        + 10 * (rates.terms is not null)::integer,
      coalesce(p.experience_years, -1),
      (extract(epoch from p.created_at) * 1000000)::bigint,
      case when p.open_to_work then coalesce(p.available_from, '-infinity') end
    from public.profiles p
    cross join lateral (
      select string_agg(t.name, ' ') as names, array_agg('type:' || t.key) as terms
      from public.profile_types x
      join public.tags t on t.id = x.tag_id
      where x.profile_id = p.id
    ) types
    cross join lateral (
      select string_agg(c.name, ' ') as names, array_agg('software:' || c.key) as terms
      from public.profile_software x
      join public.software c on c.id = x.software_id
      where x.profile_id = p.id
    ) software
    cross join lateral (
      select string_agg(t.name, ' ') as names, array_agg('tag:' || t.key) as terms
      from public.profile_tags x
      join public.tags t on t.id = x.tag_id
      where x.profile_id = p.id
    ) tags
    cross join lateral (
      -- Who speaks pt-BR speaks pt.
      select array_agg(distinct 'language:' || l.code) as terms
      from public.profile_languages x, unnest(array[x.language, split_part(x.language, '-', 1)]) l (code)
      where x.profile_id = p.id
    ) languages
    cross join lateral (
      select
        array_agg(format('rate %s %s', r.tier, r.currency)) || array_agg(format('rate %s %s %s', r.tier, r.currency, r.unit)) as terms,
        array[
          max(r.amount) filter (where r.tier = 'basic'), max(r.amount) filter (where r.tier = 'standard'),
          max(r.amount) filter (where r.tier = 'premium')
        ] as amounts
      from public.profile_rates r
      where r.profile_id = p.id
    ) rates
    where p.id = any (ids) and p.handle is not null and p.is_listed;
end
$$;
comment on function private.derive_profile_search is 'The present directory rows of some profiles; a deleted or unlisted profile has no row.';

create function private.refresh_profile_words(ids uuid[], names_before text[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Sorted, so that two at once wait for each other in one order only.
  insert into private.profile_words (word)
  select distinct w.lexeme collate "C"
  from private.profile_search s, unnest(ts_filter(s.vector, '{a,b}')) w
  where s.profile_id = any (ids) and char_length(w.lexeme) between 4 and 40
  order by 1
  on conflict do nothing;

  -- Removes names that no profile has.
  delete from private.profile_words k
  where k.word in (
    select n.word
    from (
      select unnest(names_before) as word
      except
      select w.lexeme from private.profile_search s, unnest(ts_filter(s.vector, '{a}')) w where s.profile_id = any (ids)
    ) n
    where not exists (select from private.profile_search s where s.vector @@ private.quote_lexeme(n.word)::tsquery)
  );
end
$$;
comment on function private.refresh_profile_words is 'Adds the words of some profiles, and removes names that they had before and that no profile has now.';

create function private.refresh_profile_search(ids uuid[])
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  names_before text[];
begin
  select array_agg(distinct w.lexeme) into names_before
  from private.profile_search s, unnest(ts_filter(s.vector, '{a}')) w
  where s.profile_id = any (ids);

  delete from private.profile_search s
  using public.profiles p
  where s.profile_id = any (ids) and p.id = s.profile_id and (p.handle is null or not p.is_listed);

  insert into private.profile_search as s (profile_id, vector, terms, amounts, standing, experience_years, joined_at, available_from)
  select d.* from private.derive_profile_search(ids) as d
  on conflict (profile_id) do update
  set
    vector = excluded.vector,
    terms = excluded.terms,
    amounts = excluded.amounts,
    standing = excluded.standing,
    experience_years = excluded.experience_years,
    joined_at = excluded.joined_at,
    available_from = excluded.available_from
  where (s.vector, s.terms, s.amounts, s.standing, s.experience_years, s.joined_at, s.available_from)
    is distinct from (excluded.vector, excluded.terms, excluded.amounts, excluded.standing, excluded.experience_years, excluded.joined_at,
      excluded.available_from);

  perform private.refresh_profile_words(ids, names_before);
end
$$;
comment on function private.refresh_profile_search is 'Derives the directory rows of some profiles again.';

create function private.refresh_changed_profiles()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.refresh_profile_search((select array_agg(c.id order by c.id) from changed c));
  return null;
end
$$;
comment on function private.refresh_changed_profiles is 'Trigger: updates the directory after a change of profiles.';

create trigger profiles_refresh_search_on_insert
after insert on public.profiles
referencing new table as changed
for each statement
execute function private.refresh_changed_profiles();

create trigger profiles_refresh_search_on_update
after update on public.profiles
referencing new table as changed
for each statement
execute function private.refresh_changed_profiles();

-- People who were there before.
select private.refresh_profile_search(array(select p.id from public.profiles p));

revoke all on private.profile_search, private.profile_words from public, anon, authenticated, service_role;
revoke execute on function
  private.directory_words(text),
  private.derive_profile_search(uuid[]),
  private.refresh_profile_words(uuid[], text[]),
  private.refresh_profile_search(uuid[]),
  private.refresh_changed_profiles()
from public, anon, authenticated, service_role;

-- What a search of the directory asks for, read from its text and filters.

create function private.refuse_directory_field(field text, reason text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.raise_error('invalid_input', format('unable to search profiles; %s %s', field, reason), 'Correct the named field.',
    jsonb_build_object('field', field));
end
$$;

create function private.directory_terms(filters jsonb, field text, prefix text)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
declare
  value jsonb := filters -> field;
begin
  if value is null then
    return null;
  end if;
  if jsonb_typeof(value) <> 'array' or jsonb_array_length(value) not between 1 and 50
    or exists (select from jsonb_array_elements(value) e where jsonb_typeof(e) <> 'string' or char_length(e #>> '{}') > 80)
  then
    perform private.refuse_directory_field('filters.' || field, 'is not a list of 1 to 50 names');
  end if;
  return (
    select array_agg(prefix || case when prefix in ('country:', 'language:') then name else private.catalogue_key(name) end)
    from jsonb_array_elements_text(value) as name
  );
end
$$;
comment on function private.directory_terms is 'The terms that a filter names; null when it is not given.';

create function private.directory_filters(filters jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
declare
  strange text;
  rate jsonb := filters -> 'rate';
begin
  if jsonb_typeof(filters) is distinct from 'object' then
    perform private.refuse_directory_field('filters', 'is not an object');
  end if;
  select key into strange
  from jsonb_each(filters)
  where key <> all (array['countries', 'types', 'any_software', 'all_software', 'any_tags', 'all_tags', 'languages', 'rate',
      'min_experience', 'max_experience', 'open_to_work', 'available_by'])
    or (key in ('min_experience', 'max_experience') and (jsonb_typeof(value) <> 'number' or value::text !~ '^[0-9]{1,2}$'))
    or (key = 'open_to_work' and value <> 'true')
    or (key = 'available_by' and not coalesce(jsonb_typeof(value) = 'string' and private.is_day(value #>> '{}'), false))
  limit 1;
  if strange is not null then
    perform private.refuse_directory_field('filters.' || strange, 'is not valid');
  end if;
  if rate is not null then
    if jsonb_typeof(rate) <> 'object' or rate - '{tier,currency,unit,min,max}'::text[] <> '{}' then
      perform private.refuse_directory_field('filters.rate', 'is not valid');
    end if;
    strange := case
      when coalesce(rate ->> 'tier', '') not in ('basic', 'standard', 'premium') then 'tier'
      when not private.is_currency(coalesce(rate ->> 'currency', '')) then 'currency'
      when rate ->> 'unit' not in ('minute', 'hour', 'day', 'week', 'month', 'project', 'piece') then 'unit'
      when rate ? 'min' and (jsonb_typeof(rate -> 'min') <> 'number' or rate ->> 'min' !~ '^[0-9]{1,13}$') then 'min'
      when rate ? 'max' and (jsonb_typeof(rate -> 'max') <> 'number' or rate ->> 'max' !~ '^[0-9]{1,13}$') then 'max'
    end;
    if strange is not null then
      perform private.refuse_directory_field('filters.rate.' || strange, 'is not valid');
    end if;
  end if;
  return filters;
end
$$;
comment on function private.directory_filters is 'Checks the filters and returns them.';

create function private.directory_typed(query text)
returns text[]
language plpgsql
immutable
set search_path = ''
as $$
begin
  if query is null or char_length(query) > 200 then
    perform private.refuse_directory_field('query', 'has at most 200 characters');
  end if;
  return (
    select coalesce(array_agg(w.lexeme order by w.positions[1]), '{}')
    from unnest(to_tsvector('pg_catalog.simple', private.directory_words(query))) as w
  );
end
$$;
comment on function private.directory_typed is 'The words of a query, each once.';

create function private.directory_forms(query text)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  typed text;
  alike jsonb;
  forms jsonb := '[]';
begin
  foreach typed in array private.directory_typed(query) loop
    alike := '[]';
    if char_length(typed) >= 4 then
      select coalesce(jsonb_agg(k.word), '[]') into alike
      from (
        select k.word
        from private.profile_words k
        where k.word operator(extensions.%) typed and k.word <> typed and abs(char_length(k.word) - char_length(typed)) <= 2
        order by extensions.similarity(k.word, typed) desc, k.word
        limit 5
      ) k;
    end if;
    forms := forms || jsonb_build_array(alike);
  end loop;
  return forms;
end
$$;
comment on function private.directory_forms is 'For each word of a query the known words that look like it, at most five.';

create function private.directory_query(query text, forms jsonb)
returns tsquery
language plpgsql
stable
set search_path = ''
as $$
declare
  typed text[] := private.directory_typed(query);
  words text := '';
begin
  -- The forms come from a cursor, which a client can forge.
  if forms is not null and (
    jsonb_typeof(forms) <> 'array' or jsonb_array_length(forms) <> cardinality(typed)
    or exists (
      select from jsonb_array_elements(forms) f
      where case when jsonb_typeof(f) = 'array' then jsonb_array_length(f) > 5 else true end
    )
    or exists (
      select from jsonb_array_elements(forms) f, jsonb_array_elements(f) w
      where jsonb_typeof(w) <> 'string' or char_length(w #>> '{}') not between 1 and 40 or w #>> '{}' ~ E'[\\s''\\\\]'
    )
  ) then
    perform private.raise_error('invalid_cursor', 'unable to search profiles; the cursor is not one of this list',
      'Pass a cursor back unchanged.', '{"field": "cursor"}');
  end if;
  for place in 1 .. cardinality(typed) loop
    words := concat_ws(' & ', nullif(words, ''), format('(%s)', concat_ws(' | ',
      private.quote_lexeme(typed[place]) || case when place = cardinality(typed) then ':*' else '' end,
      (select string_agg(private.quote_lexeme(w), ' | ') from jsonb_array_elements_text(forms -> (place - 1)) w))));
  end loop;
  return nullif(words, '')::tsquery;
end
$$;
comment on function private.directory_query is
  'Matches every word of a query or one of its forms, and the last word as a prefix; null for a query without words.';

create function private.directory_meant(query text, profiles uuid[])
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  typed constant text[] := private.directory_typed(query);
  forms constant jsonb := private.directory_forms(query);
  meant tsvector;
begin
  -- The first profile of the page that has other words than were typed.
  select s.vector into meant
  from unnest(profiles) with ordinality as f (id, n)
  join private.profile_search s on s.profile_id = f.id
  where not s.vector @@ private.directory_query(query, null)
  order by f.n
  limit 1;
  return (
    select string_agg(coalesce((
      select l.word
      from jsonb_array_elements_text(forms -> (t.n - 1)::integer) with ordinality as l (word, n)
      where meant @@ private.quote_lexeme(l.word)::tsquery
        and not meant @@ (private.quote_lexeme(t.word) || case when t.n = cardinality(typed) then ':*' else '' end)::tsquery
      order by l.n
      limit 1
    ), t.word), ' ' order by t.n)
    from unnest(typed) with ordinality as t (word, n)
    where meant is not null
  );
end
$$;
comment on function private.directory_meant is 'The corrected query, from the first profile that was found by words similar to those of the query; null without such a profile.';

revoke execute on function
  private.directory_meant(text, uuid[]),
  private.refuse_directory_field(text, text),
  private.directory_terms(jsonb, text, text),
  private.directory_filters(jsonb),
  private.directory_typed(text),
  private.directory_forms(text),
  private.directory_query(text, jsonb)
from public, anon, authenticated, service_role;

-- Facet counts of the directory, exact or scaled up from a sample.

create function private.guess_directory(has_rate boolean, conditions text, wanted tsquery, needed text[], filters jsonb)
returns numeric
language plpgsql
-- Volatile, for only then is an explain allowed; it changes nothing.
volatile
set search_path = ''
as $$
declare
  plan json;
begin
  execute format('explain (format json) select from private.profile_search s%s where %s',
    case when has_rate then ', public.profile_rates r' end, conditions)
  into plan
  using wanted, needed, filters;
  return (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric;
end
$$;
comment on function private.guess_directory is 'How many the planner thinks fit.';

create function private.directory_counts()
returns text
language sql
immutable
set search_path = ''
as $$
  select $q$
    counted as (
      select split_part(t.term, ':', 1) as part, substr(t.term, strpos(t.term, ':') + 1) as key, count(*) as people
      from fitting f, unnest(f.terms) t (term)
      where strpos(t.term, ':') > 0
      group by t.term
    ),
    ranked as (
      select c.*, row_number() over (partition by c.part order by c.people desc, c.key) as place
      from counted c
    ),
    named as (
      select r.part, r.people, r.key, coalesce(w.name, g.name, r.key) as value
      from ranked r
      left join public.software w on r.part = 'software' and w.key = r.key collate "C"
      left join public.tags g on r.part in ('tag', 'type') and g.key = r.key collate "C"
      where r.place <= 20
    ),
    facets as (
      select coalesce(jsonb_object_agg(p.part, p.counts), '{}') as facets
      from (
        select n.part, jsonb_agg(jsonb_build_object('value', n.value, 'count', n.people) order by n.people desc, n.key) as counts
        from named n
        group by n.part
      ) p
    ) $q$
$$;
comment on function private.directory_counts is 'The part of a query that counts by value what "fitting" holds.';

create function private.collect_directory(
  conditions text, wanted tsquery, needed text[], filters jsonb, written tsquery, sort_key text, direction text,
  page_rows integer, after jsonb, most integer
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  collected jsonb;
begin
  execute format($q$
    with fitting as materialized (
      select s.profile_id, (%1$s)::double precision as key, s.terms
      from private.profile_search s
      where %2$s
      limit $5
    ),
    page as (
      select f.profile_id, f.key
      from fitting f
      where %3$s
      order by f.key %4$s, f.profile_id %4$s
      limit $6
    ),
    %5$s
    select jsonb_build_object(
      'total', (select count(*) from fitting), 'exact', true,
      'found', (select jsonb_agg(jsonb_build_object('id', p.profile_id, 'key', p.key) order by p.key %4$s, p.profile_id %4$s) from page p),
      'facets', case when $7 is null and (select count(*) from fitting) < $5 then (select c.facets from facets c) end) $q$,
    sort_key, conditions,
    case when after is null then 'true' else format('(f.key, f.profile_id) %s ($7, $8)', case direction when 'asc' then '>' else '<' end) end,
    direction, private.directory_counts())
  into collected
  using wanted, needed, filters, written, most + 1, page_rows, (after ->> 'key')::double precision,
    (after ->> 'id')::uuid;
  return collected;
end
$$;
comment on function private.collect_directory is
  'The profiles that match, at most one more than the limit, which the total then shows: one page in order, and on the first page the counts.';

create function private.count_directory(conditions text, wanted tsquery, needed text[], filters jsonb, factor integer)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  counted jsonb;
begin
  execute format($q$
    with fitting as materialized (
      select s.terms
      from %s
      where %s
    ),
    %s
    select jsonb_build_object('total', (select count(*) from fitting) * $4, 'exact', false, 'facets', (
      select coalesce(jsonb_object_agg(f.key, (
        select jsonb_agg(jsonb_set(e.value, '{count}', to_jsonb((e.value ->> 'count')::integer * $4)) order by e.ordinality)
        from jsonb_array_elements(f.value) with ordinality e
      )), '{}')
      from facets c, jsonb_each(c.facets) f
    )) $q$,
    case factor when 8 then 'private.profile_search s'
      else '(select * from private.profile_search where terms @> ''{sample128}'' offset 0) s' end,
    conditions || case factor when 8 then ' and s.terms @> ''{sample8}''' else '' end,
    private.directory_counts())
  into counted
  using wanted, needed, filters, factor;
  return counted;
end
$$;
comment on function private.count_directory is
  'How many fit and how they are spread, from one profile in 8 or 128; of 128 each is read, without a list of all that fit.';

revoke execute on function
  private.guess_directory(boolean, text, tsquery, text[], jsonb),
  private.directory_counts(),
  private.collect_directory(text, tsquery, text[], jsonb, tsquery, text, text, integer, jsonb, integer),
  private.count_directory(text, tsquery, text[], jsonb, integer)
from public, anon, authenticated, service_role;

-- A page of the directory.

create function private.find_profiles(
  query text,
  filters jsonb,
  sort text,
  page_size integer,
  after jsonb,
  -- Limits on the work for one page; tests lower them.
  most_ranked integer default 2000,
  most_listed integer default 16000,
  fewest_sampled integer default 60,
  most_walked integer default 10000
)
returns jsonb
language plpgsql
stable
set search_path = ''
-- A plan that first reads a whole table or index is slow here, and so are compiled plans and parallel workers. The two
-- settings that stay on are turned off below for a walk.
set enable_seqscan = off
set max_parallel_workers_per_gather = 0
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
set enable_bitmapscan = on
set enable_sort = on
-- At lower page costs the planner intersects long lists of profiles with a common word or filter, which was slower.
set random_page_cost = 4
as $$
declare
  first_page boolean := after is null;
  is_walk boolean := false;
  rate jsonb := filters -> 'rate';
  written tsquery;
  wanted tsquery;
  forms jsonb;
  needed text[];
  conditions text;
  guessed text;
  wanted_rate text;
  tier integer;
  walk text;
  walked text;
  years text;
  sort_key text;
  direction text := case when sort = 'rate' then 'asc' else 'desc' end;
  guess numeric;
  sampled jsonb;
  collected jsonb;
  exact jsonb;
  counted jsonb;
  found jsonb;
  next jsonb;
begin
  perform private.directory_filters(filters);
  perform private.check_page_size('search profiles', page_size, 200);
  if sort is null or sort not in ('relevance', 'newest', 'experience', 'rate') or (sort = 'rate' and rate is null) then
    perform private.refuse_directory_field('sort', 'is relevance, newest, experience, or rate with a filter by rate');
  end if;
  written := private.directory_query(query, null);
  if not first_page then
    if not coalesce(
      case when jsonb_typeof(after -> 'key') = 'number' then (after ->> 'key')::numeric between -1e16 and 1e16 end
        and after ->> 'id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' and jsonb_typeof(after -> 'walk') = 'boolean',
      false)
    then
      perform private.raise_error('invalid_cursor', 'unable to search profiles; the cursor is not one of this list',
        'Pass a cursor back unchanged.', '{"field": "cursor"}');
    end if;
    is_walk := (after -> 'walk')::boolean;
    -- The forms of the first page: a word that a user adds meanwhile must not change what is being paged through.
    forms := nullif(after -> 'forms', 'null');
  end if;
  wanted := private.directory_query(query, forms);

  -- The visibility: every signed-in user sees every listed profile, and no other is in the table.
  needed := coalesce(private.directory_terms(filters, 'all_software', 'software:'), '{}')
    || coalesce(private.directory_terms(filters, 'all_tags', 'tag:'), '{}')
    || case when filters ?| '{open_to_work,available_by}' then array['open_to_work:true'] else '{}' end;
  years := concat_ws(' and ',
    case when filters ? 'min_experience' then 's.experience_years >= ($3 ->> ''min_experience'')::integer' end,
    case when filters ? 'max_experience' then 's.experience_years between 0 and ($3 ->> ''max_experience'')::integer' end);
  conditions := concat_ws(' and ',
    'true',
    case when wanted is not null then 's.vector @@ $1' end,
    case when needed <> '{}' then 's.terms @> $2' end,
    case when filters ? 'countries' then 's.terms && private.directory_terms($3, ''countries'', ''country:'')' end,
    case when filters ? 'types' then 's.terms && private.directory_terms($3, ''types'', ''type:'')' end,
    case when filters ? 'any_software' then 's.terms && private.directory_terms($3, ''any_software'', ''software:'')' end,
    case when filters ? 'any_tags' then 's.terms && private.directory_terms($3, ''any_tags'', ''tag:'')' end,
    case when filters ? 'languages' then 's.terms && private.directory_terms($3, ''languages'', ''language:'')' end,
    case when filters ? 'available_by' then 's.available_from <= ($3 ->> ''available_by'')::date' end,
    nullif(years, ''));
  guessed := conditions;
  if rate is not null then
    tier := array_position(array['basic', 'standard', 'premium'], rate ->> 'tier');
    wanted_rate := concat_ws(' and ', 'r.tier = $3 #>> ''{rate,tier}'' and r.currency = $3 #>> ''{rate,currency}''',
      case when rate ? 'min' then 'r.amount >= ($3 #>> ''{rate,min}'')::bigint' end,
      case when rate ? 'max' then 'r.amount <= ($3 #>> ''{rate,max}'')::bigint' end);
    -- The table of rates has the statistics.
    guessed := concat_ws(' and ', conditions, 's.profile_id = r.profile_id', wanted_rate,
      case when rate ? 'unit' then 'r.unit = $3 #>> ''{rate,unit}''' end);
    conditions := concat_ws(' and ', conditions,
      's.terms @> array[concat_ws('' '', ''rate'', $3 #>> ''{rate,tier}'', $3 #>> ''{rate,currency}'', $3 #>> ''{rate,unit}'')]',
      case when rate ? 'min' then format('s.amounts[%s] >= ($3 #>> ''{rate,min}'')::bigint', tier) end,
      case when rate ? 'max' then format('s.amounts[%s] <= ($3 #>> ''{rate,max}'')::bigint', tier) end);
  end if;

  -- First the words as written; when hardly any profile has them, also similar words.
  loop
    if first_page then
      -- When very many profiles match, they are not listed: the list alone takes longer than the page. The planner's guess
      -- decides, checked against a sample of one profile in 128, which is read whole.
      guess := private.guess_directory(rate is not null, guessed, wanted, needed, filters);
      sampled := case when guess > most_listed then
        private.count_directory(conditions, wanted, needed, filters, 128) end;
      is_walk := coalesce((sampled ->> 'total')::integer >= 128 * fewest_sampled, false);
    end if;
    exit when is_walk;

    sort_key := case sort
      when 'newest' then 's.joined_at'
      when 'experience' then 's.experience_years'
      when 'rate' then format('s.amounts[%s]', tier)
      else case when written is null then 's.standing' else
        'ts_rank(s.vector, $1, 1)::double precision + s.standing / 10000.0::double precision'
        || case when forms is not null then ' + (s.vector @@ $4)::integer' else '' end
      end
    end;
    -- On a page that follows more may fit than on the first one, but not many times more, unless the cursor was made up.
    collected := private.collect_directory(conditions, wanted, needed, filters, written, sort_key, direction,
      page_size + 1, after, case when first_page then most_ranked else 4 * most_ranked end);
    if not first_page and (collected ->> 'total')::integer > 4 * most_ranked then
      perform private.raise_error('invalid_cursor', 'unable to search profiles; far more fit now than at the first page',
        'Search anew.', '{"field": "cursor"}');
    end if;
    exit when not first_page;
    is_walk := (collected ->> 'total')::integer > most_ranked;
    exit when is_walk or forms is not null or written is null or (collected ->> 'total')::integer >= 5;

    forms := private.directory_forms(query);
    exit when jsonb_path_exists(forms, '$[*][*]') is not true;
    exact := collected;
    wanted := private.directory_query(query, forms);
  end loop;
  if is_walk and (exact ->> 'total')::integer > 0 then
    -- Those who have the very words would be lost among so many who have similar ones.
    is_walk := false;
    collected := exact;
    exact := null;
  end if;
  if exact is null and first_page then
    forms := null;
  end if;

  if is_walk then
    if first_page then
      -- A guess just over the limit counts one profile in 8 at once; otherwise the sample that is read whole decides first.
      if sampled is null and guess not between most_ranked and 4 * most_ranked then
        sampled := private.count_directory(conditions, wanted, needed, filters, 128);
      end if;
      counted := case when (sampled ->> 'total')::integer >= 128 * fewest_sampled then sampled
        else private.count_directory(conditions, wanted, needed, filters, 8) end;
    end if;
    -- Words that match more profiles than can be ranked say little, so profile completeness decides. So many profiles match
    -- that a walk in this order soon finds a page; if it does not, the page is short and its cursor continues.
    walked := case when sort = 'rate' then 'r' else 's' end;
    sort_key := case sort when 'newest' then 's.joined_at' when 'experience' then 's.experience_years' when 'rate' then 'r.amount'
      else 's.standing' end;
    walk := format($q$
      select %1$s.*, %2$s as key
      from %3$s %1$s
      where %4$s
      order by %2$s %5$s, %1$s.profile_id %5$s
      limit $6 $q$,
      walked, sort_key, case when sort = 'rate' then 'public.profile_rates' else 'private.profile_search' end,
      -- Only what the index itself knows: everything else would be read past, beyond the limit.
      concat_ws(' and ', 'true', case sort when 'rate' then wanted_rate when 'experience' then nullif(years, '') end,
        case when not first_page then format('(%s, %s.profile_id) %s ($4::bigint, $5)', sort_key, walked,
          case when sort = 'rate' then '>' else '<' end) end),
      direction);
    perform set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true);
    execute format($q$
      select jsonb_agg(jsonb_build_object('id', f.profile_id, 'key', f.key))
      from (
        select s.profile_id, %1$s.key
        from %2$s
        where %3$s
        order by %1$s.key %4$s, %1$s.profile_id %4$s
        limit $7
      ) f $q$,
      walked,
      format(case when sort = 'rate' then '(%s) r join private.profile_search s on s.profile_id = r.profile_id' else '(%s) s' end, walk),
      conditions, direction)
    into found
    using wanted, needed, filters, (after ->> 'key')::numeric, (after ->> 'id')::uuid, most_walked, page_size + 1;
    if coalesce(jsonb_array_length(found), 0) <= page_size then
      -- The last that was read, if the walk was cut there.
      execute format($q$ select jsonb_build_object('id', w.profile_id, 'key', w.key) from (%s) w offset $6 - 1 $q$, walk)
      into next
      using wanted, needed, filters, (after ->> 'key')::numeric, (after ->> 'id')::uuid, most_walked;
    end if;
    perform set_config('enable_bitmapscan', 'on', true), set_config('enable_sort', 'on', true);
  else
    found := nullif(collected -> 'found', 'null');
    counted := collected - 'found';
  end if;

  if jsonb_array_length(found) > page_size then
    next := found -> (page_size - 1);
  end if;
  return jsonb_build_object(
    'found', coalesce(jsonb_path_query_array(found, '$[0 to $last]', jsonb_build_object('last', page_size - 1)), '[]'),
    'next', next || jsonb_build_object('walk', is_walk, 'forms', forms),
    'similar', forms is not null
  ) || case when first_page then counted else '{}' end;
end
$$;
comment on function private.find_profiles is 'A page of the directory as ids; the last four say how much is done for it.';

create function private.search_profiles(query text, filters jsonb, sort text, page_size integer, after jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  page jsonb;
begin
  perform private.check_page_size('search profiles', page_size, 200);
  perform private.read_directory(page_size);
  page := private.find_profiles(query, filters, sort, page_size, after);
  if after is null and (page -> 'similar')::boolean then
    page := page || jsonb_strip_nulls(jsonb_build_object('did_you_mean',
      private.directory_meant(query, array(select (f.value ->> 'id')::uuid from jsonb_array_elements(page -> 'found') as f))));
  end if;
  return (page - 'found') || jsonb_build_object('profiles', coalesce((
    select jsonb_agg(to_jsonb(d) order by f.ordinality)
    from jsonb_array_elements(page -> 'found') with ordinality f
    join public.profile_details d on d.id = (f.value ->> 'id')::uuid
  ), '[]'));
end
$$;

create function public.search_profiles(
  query text default '',
  filters jsonb default '{}',
  sort text default 'relevance',
  page_size integer default 50,
  after jsonb default null
)
returns jsonb
language sql
set search_path = ''
as $$
  select private.search_profiles(query, filters, sort, page_size, after)
$$;
comment on function public.search_profiles is
  'A page of whole profiles that match a query and filters, with facet counts on the first page. Pass "next" as "after" for the next page.';

revoke execute on function
  private.find_profiles(text, jsonb, text, integer, jsonb, integer, integer, integer, integer),
  private.search_profiles(text, jsonb, text, integer, jsonb),
  public.search_profiles(text, jsonb, text, integer, jsonb)
from public, anon, authenticated, service_role;
grant execute on function
  private.search_profiles(text, jsonb, text, integer, jsonb),
  public.search_profiles(text, jsonb, text, integer, jsonb)
to authenticated;

-- Pictures. Files go through Storage, which knows their size and type; the database says which file belongs to which profile.

create function private.may_upload_avatar()
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- Storage asks this in a transaction that it rolls back before it writes, so uploads at the same moment can pass the limit. Upkeep
  -- removes files that no profile shows.
  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;
  return found and (
    select coalesce(count(*) < private.at_most('avatars'), true)
    from storage.objects o
    where o.bucket_id = 'tertulia-avatars' and o.name like caller || '/%'
  );
end
$$;
comment on function private.may_upload_avatar is 'Whether the caller has an account and fewer files than the limit: replaced ones are removed, so there are hardly ever two.';

create function private.hold_avatar_path()
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  held text;
begin
  -- Held until the removal is through: no other device can make the file the picture meanwhile.
  select p.avatar_path into held from public.profiles p where p.id = caller for share;
  return held;
end
$$;
comment on function private.hold_avatar_path is 'The file that is the caller''s picture now, and stays it until the transaction ends.';

create function private.set_avatar(path text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  uploaded_at timestamptz := 'infinity';
  replaced jsonb;
  operation constant text := case when path is null then 'remove the avatar' else 'set the avatar' end;
begin
  perform private.take_token(caller, 'name');
  perform private.get_own_profile();
  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;
  if not found then
    perform private.raise_error('account_not_found', format('unable to %s; the account was deleted', operation), 'Sign in again.');
  end if;
  if path is not null then
    select o.created_at into uploaded_at
    from storage.objects o
    where o.bucket_id = 'tertulia-avatars' and o.name = path and o.name like caller || '/%';
    if not found then
      perform private.raise_error('invalid_input', format('unable to %s; you have no file at that path', operation),
        'Upload the file first.', '{"field": "avatar"}');
    end if;
  end if;

  update public.profiles p set avatar_path = path where p.id = caller and p.avatar_path is distinct from path;
  -- A file that was uploaded later may be from another device, which sets it next.
  select coalesce(jsonb_agg(o.name order by o.name), '[]') into replaced
  from storage.objects o
  where o.bucket_id = 'tertulia-avatars' and o.name like caller || '/%' and o.name is distinct from path
    and o.created_at <= uploaded_at;
  return jsonb_build_object('avatar_path', path, 'replaced', replaced);
end
$$;

create function public.set_avatar(path text)
returns jsonb
language sql
set search_path = ''
as $$
  select private.set_avatar(path)
$$;
comment on function public.set_avatar is
  'Sets a file of the caller as the avatar, or removes the avatar with null. Returns the replaced files, for the caller to delete.';

-- The SDK writes ids in lower case; a third party's token may have capitals.
create policy "People upload pictures into their own folder"
on storage.objects
for insert
to authenticated
with check (
  bucket_id = 'tertulia-avatars'
  and name ~ E'^[0-9a-f-]{36}/[0-9a-f-]{36}\\.(?:png|jpg|webp|gif|avif)$'
  and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub'))
  -- Storage holds a copy from another bucket to neither the types nor the size of this one.
  and coalesce(metadata ->> 'mimetype', 'image/') like 'image/%'
  and coalesce((metadata ->> 'size')::bigint, 0) <= 2097152
  and (select private.may_upload_avatar())
);

create policy "People see the files of their own picture folder"
on storage.objects
for select
to authenticated
using (bucket_id = 'tertulia-avatars' and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub')));

create policy "People remove pictures of their own that are replaced"
on storage.objects
for delete
to authenticated
using (
  bucket_id = 'tertulia-avatars'
  and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub'))
  and name is distinct from (select private.hold_avatar_path())
);

-- A bucket of our own name: projects often have one called avatars already.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values (
  'tertulia-avatars', 'tertulia-avatars', true, 2097152,
  array['image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif']
)
on conflict (id) do nothing;

revoke execute on function
  private.may_upload_avatar(),
  private.hold_avatar_path(),
  private.set_avatar(text),
  public.set_avatar(text)
from public, anon, authenticated, service_role;
grant execute on function
  private.may_upload_avatar(),
  private.hold_avatar_path(),
  private.set_avatar(text),
  public.set_avatar(text)
to authenticated;

-- Leaving, and taking your data along.

create table private.exported_tables (
  name text primary key,
  position integer not null,
  owner_column text not null,
  key text not null,
  columns text[],
  left_out text[] not null default '{}'
);
comment on table private.exported_tables is
  'The tables and views that export_account exports: rows whose owner column is the caller. A domain adds its tables here.';
comment on column private.exported_tables.name is 'The name with its schema; a table that does not exist is skipped.';
comment on column private.exported_tables.key is 'An expression over the row t that is unique among the rows of one owner.';
comment on column private.exported_tables.columns is 'The columns to export; null for all.';
comment on column private.exported_tables.left_out is 'The columns to leave out.';

create function private.export_account(page_size integer, after jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  source private.exported_tables;
  exported jsonb;
  row_key text;
  items jsonb[] := '{}';
  bytes bigint := 0;
begin
  perform private.check_page_size('export the account', page_size, 200);
  if after is not null and (jsonb_typeof(after -> 'table') is distinct from 'string' or jsonb_typeof(after -> 'key') is distinct from 'string') then
    perform private.raise_error('invalid_cursor', 'unable to export the account; the cursor is not one of this list',
      'Pass a cursor back unchanged.', '{"field": "cursor"}');
  end if;
  perform private.get_own_profile();

  for source in
    select *
    from private.exported_tables t
    where to_regclass(t.name) is not null
      and (after is null or t.position >= (select a.position from private.exported_tables a where a.name = after ->> 'table'))
    order by t.position
  loop
    for row_key, exported in
      execute format($q$
        select (%1$s)::text, to_jsonb(t)
        from %2$s t
        where t.%3$I = $1 and ($2 is null or (%1$s)::text > $2)
        order by (%1$s)::text
        limit $3 $q$, source.key, to_regclass(source.name), source.owner_column)
      using caller, case when after ->> 'table' = source.name then after ->> 'key' end, page_size - cardinality(items)
    loop
      exported := exported - source.left_out;
      if source.columns is not null then
        select jsonb_object_agg(key, value) into exported from jsonb_each(exported) where key = any (source.columns);
      end if;
      items := items || jsonb_build_object('table', source.name, 'row', exported);
      bytes := bytes + octet_length(exported::text);
      -- A full page; or one that a phone can still take.
      if cardinality(items) >= page_size or bytes > 2000000 then
        return jsonb_build_object('items', to_jsonb(items), 'next', jsonb_build_object('table', source.name, 'key', row_key));
      end if;
    end loop;
  end loop;
  return jsonb_build_object('items', to_jsonb(items), 'next', null);
end
$$;

create function public.export_account(page_size integer default 100, after jsonb default null)
returns jsonb
language sql
set search_path = ''
as $$
  select private.export_account(page_size, after)
$$;
comment on function public.export_account is
  'The caller''s own data, row by row with the table it is from: account, profile, memberships, messages sent, songs.';

create function private.delete_account()
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- The account first, as when an administrator deletes it: then its profile by the foreign key, whose triggers empty it.
  delete from auth.users u where u.id = caller and u.deleted_at is null;
  if not found then
    perform private.raise_error('account_not_found', 'unable to delete the account; the signed-in user has no account here', 'Sign in again.');
  end if;
exception
  when foreign_key_violation then
    perform private.raise_error('account_in_use', 'unable to delete the account; something of the app''s own still refers to it',
      'Remove the person''s files and rows first, or let their foreign keys cascade.');
end
$$;

create function public.delete_account()
returns void
language sql
set search_path = ''
as $$
  select private.delete_account()
$$;
comment on function public.delete_account is
  'Deletes the caller''s account for good: identity, profile and songs go, an empty profile stays where conversations point at it.';

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('auth.users', 1, 'id', 't.id',
    array['id', 'email', 'phone', 'created_at', 'last_sign_in_at', 'email_confirmed_at', 'raw_user_meta_data'], '{}'),
  ('public.profile_details', 2, 'id', 't.id', null, '{}');

revoke all on private.exported_tables from public, anon, authenticated, service_role;
revoke execute on function
  private.export_account(integer, jsonb),
  public.export_account(integer, jsonb),
  private.delete_account(),
  public.delete_account()
from public, anon, authenticated, service_role;
grant execute on function
  private.export_account(integer, jsonb),
  public.export_account(integer, jsonb),
  private.delete_account(),
  public.delete_account()
to authenticated;

-- Portfolios: works that a profile shows, each a link or a file in Storage, in the order of their user.
--
-- Lock order: rate limit, profile, its items.

create table public.portfolio_items (
  id uuid primary key,
  profile_id uuid not null references public.profiles (id) on delete cascade,
  position integer not null,
  title text not null,
  url text,
  file_path text,
  created_at timestamptz not null default clock_timestamp(),
  constraint portfolio_items_title_check check (private.text_fault('name', title, 120) is null),
  constraint portfolio_items_url_check check (private.is_web_address(url)),
  constraint portfolio_items_target_check check (num_nonnulls(url, file_path) = 1),
  -- A move of one item renumbers other items in the same statement.
  constraint portfolio_items_position_key unique (profile_id, position) deferrable
);
comment on table public.portfolio_items is 'Works that a profile shows: a title with a link or a file, in the order of their user.';
comment on column public.portfolio_items.position is 'From 0, without gaps.';
comment on column public.portfolio_items.file_path is 'In bucket tertulia-portfolio; a file of the user''s own.';

create unique index portfolio_items_file_path_key on public.portfolio_items (file_path);

create function private.may_upload_portfolio_file()
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  -- As for pictures, uploads at the same moment can pass the limit, and upkeep removes what no item shows.
  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;
  return found and (
    select coalesce(count(*) < private.at_most('portfolio_files'), true)
    from storage.objects o
    where o.bucket_id = 'tertulia-portfolio' and o.name like caller || '/%'
  );
end
$$;
comment on function private.may_upload_portfolio_file is 'Whether the caller has an account and fewer files than the limit.';

create function private.is_shown_in_portfolio(path text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  -- Held until the removal is through: no item can take the file meanwhile.
  perform from public.profiles p where p.id = auth.uid() for share;
  return exists (select from public.portfolio_items i where i.file_path = path);
end
$$;
comment on function private.is_shown_in_portfolio is 'Whether an item shows a file. Until the transaction ends, no other item can take the file.';

create function private.read_portfolio_item(caller uuid, item jsonb)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  strange text;
begin
  if jsonb_typeof(item) is distinct from 'object' then
    perform private.raise_error('invalid_input', 'unable to save the portfolio item; it is not an object', 'Pass an object of fields.', '{"field": "item"}');
  end if;
  select key into strange
  from jsonb_each(item)
  where key not in ('title', 'url', 'file_path', 'position')
    or (key = 'title' and jsonb_typeof(value) <> 'string')
    or (key = 'url' and value <> 'null' and not coalesce(jsonb_typeof(value) = 'string' and private.is_web_address(value #>> '{}'), false))
    or (key = 'file_path' and value <> 'null' and (jsonb_typeof(value) <> 'string' or not exists (
      select from storage.objects o
      where o.bucket_id = 'tertulia-portfolio' and o.name = value #>> '{}' and o.name like caller || '/%'
    )))
    or (key = 'position' and (jsonb_typeof(value) <> 'number' or value::text !~ '^[0-9]{1,6}$'))
  limit 1;
  if strange is not null then
    perform private.raise_error('invalid_input', format('unable to save the portfolio item; %s is not valid', strange), 'Correct the named field.',
      jsonb_build_object('field', case strange when 'file_path' then 'file' else strange end));
  end if;
  if item ? 'title' then
    item := item || jsonb_build_object('title', private.check_text('name', item ->> 'title', 120, 'save the portfolio item', 'title'));
  end if;
  return item;
end
$$;
comment on function private.read_portfolio_item is 'Fields of an item, checked; a file is one of the caller''s own that is there.';

create function private.portfolio_item_json(item public.portfolio_items)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return jsonb_build_object('id', item.id, 'position', item.position, 'title', item.title, 'url', item.url, 'file_path', item.file_path,
    'created_at', item.created_at);
end
$$;

create function private.hold_portfolio(operation text, caller uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform private.take_token(caller, 'portfolio');
  perform private.get_own_profile();
  -- Of two changes at once the second waits here and then changes what the first has left.
  perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;
  if not found then
    perform private.raise_error('account_not_found', format('unable to %s the portfolio item; the account was deleted', operation), 'Sign in again.');
  end if;
end
$$;
comment on function private.hold_portfolio is 'Counts a change of the caller''s portfolio and keeps others out until the end of the transaction.';

create function private.place_portfolio_item(owner uuid, item_id uuid, place integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
  set constraints public.portfolio_items_position_key deferred;
  with placed as (
    select i.id, row_number() over (
      order by case
        when i.id = item_id then least(place, (select count(*) from public.portfolio_items a where a.profile_id = owner) - 1)
        else i.rank + (i.rank >= place)::integer
      end
    ) - 1 as position
    from (
      select o.id, row_number() over (order by o.id = item_id, o.position) - 1 as rank
      from public.portfolio_items o
      where o.profile_id = owner
    ) i
  )
  update public.portfolio_items i
  set position = p.position
  from placed p
  where i.id = p.id and i.position <> p.position;
  set constraints public.portfolio_items_position_key immediate;
end
$$;
comment on function private.place_portfolio_item is 'Numbers the items of a user from 0 with one of them at a place, or, without one, closes gaps.';

create function private.save_portfolio_item(item_id uuid, item jsonb)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  before public.portfolio_items;
  -- A link in place of a file, and the other way round.
  drops_url boolean := item ->> 'file_path' is not null and not item ? 'url';
  drops_file boolean := item ->> 'url' is not null and not item ? 'file_path';
begin
  perform private.hold_portfolio('save', caller);
  item := private.read_portfolio_item(caller, item);
  select * into before from public.portfolio_items i where i.id = item_id and i.profile_id = caller;
  if found then
    update public.portfolio_items i
    set
      title = coalesce(item ->> 'title', i.title),
      url = case when drops_url then null when item ? 'url' then item ->> 'url' else i.url end,
      file_path = case when drops_file then null when item ? 'file_path' then item ->> 'file_path' else i.file_path end
    where i.id = item_id;
  else
    if (select count(*) from public.portfolio_items i where i.profile_id = caller) >= private.at_most('portfolio_items') then
      perform private.raise_error('invalid_input', format('unable to save the portfolio item; a portfolio has at most %s items', private.at_most('portfolio_items')),
        'Remove another item first.', '{"field": "item"}');
    end if;
    insert into public.portfolio_items (id, profile_id, position, title, url, file_path)
    values (item_id, caller, (select coalesce(max(i.position), -1) + 1 from public.portfolio_items i where i.profile_id = caller), item ->> 'title', item ->> 'url',
      item ->> 'file_path');
  end if;
  if item ? 'position' then
    perform private.place_portfolio_item(caller, item_id, (item ->> 'position')::integer);
  end if;
  return (
    select private.portfolio_item_json(i) || jsonb_build_object('replaced', nullif(before.file_path, i.file_path))
    from public.portfolio_items i
    where i.id = item_id
  );
exception
  when not_null_violation then
    perform private.raise_error('invalid_input', 'unable to save the portfolio item; a new item needs an id and a title', 'Correct the named field.',
      '{"field": "title"}');
  when check_violation then
    perform private.raise_error('invalid_input', 'unable to save the portfolio item; it needs either a link or a file', 'Correct the named field.',
      '{"field": "url"}');
  when unique_violation then
    perform private.raise_error('invalid_input', 'unable to save the portfolio item; its id or its file belongs to another item', 'Use a new id or another file.',
      '{"field": "id"}');
end
$$;

create function private.remove_portfolio_item(item_id uuid)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
  removed text;
begin
  perform private.hold_portfolio('remove', caller);
  delete from public.portfolio_items i where i.id = item_id and i.profile_id = caller returning i.file_path into removed;
  if found then
    perform private.place_portfolio_item(caller, null, 0);
  end if;
  return removed;
end
$$;

-- Who calls for portfolios, their files in Storage, and what becomes of both when the account goes.

create function private.end_portfolio_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.portfolio_items i where i.profile_id = new.id;
  return null;
end
$$;

create function private.keep_portfolio_file()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if exists (select from public.portfolio_items i where i.file_path = old.name) then
    perform private.raise_error('forbidden', 'unable to change the file; a portfolio shows it', 'Upload another file.');
  end if;
  return new;
end
$$;
comment on function private.keep_portfolio_file is
  'Trigger: a file that an item shows is not replaced. A signed address to upload to is checked by no policy.';

create function private.limit_portfolio_files()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  folder text := split_part(new.name, '/', 1);
begin
  if folder !~ '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    return new;
  end if;
  perform from public.profiles p where p.id = folder::uuid for no key update;
  if (select count(*) from storage.objects o where o.bucket_id = 'tertulia-portfolio' and o.name like folder || '/%')
    > private.at_most('portfolio_files')
  then
    perform private.raise_error('forbidden', 'unable to keep the file; the portfolio has too many', 'Remove items first.');
  end if;
  return new;
end
$$;
comment on function private.limit_portfolio_files is
  'Trigger: the limit also holds for uploads at one moment, and for addresses that were signed before.';

create or replace trigger tertulia_keep_portfolio_files
before update of bucket_id, name, version on storage.objects
for each row
when (old.bucket_id = 'tertulia-portfolio')
execute function private.keep_portfolio_file();

create or replace trigger tertulia_limit_portfolio_files
after insert on storage.objects
for each row
when (new.bucket_id = 'tertulia-portfolio')
execute function private.limit_portfolio_files();

create function public.save_portfolio_item(item_id uuid, item jsonb)
returns jsonb
language sql
set search_path = ''
as $$
  select private.save_portfolio_item(item_id, item)
$$;
comment on function public.save_portfolio_item is
  'Adds an item to the caller''s portfolio, or changes the named fields of one; "replaced" is a file that it no longer shows, for the caller to remove.';

create function public.remove_portfolio_item(item_id uuid)
returns text
language sql
set search_path = ''
as $$
  select private.remove_portfolio_item(item_id)
$$;
comment on function public.remove_portfolio_item is
  'Removes an item of the caller''s portfolio and answers its file, if it had one, for the caller to remove; does nothing without such an item.';

create trigger profiles_end_portfolio
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_portfolio_of_deleted();

alter table public.portfolio_items enable row level security;

create policy "Signed-in people see portfolios of listed users and their own"
on public.portfolio_items
for select
to authenticated
using (profile_id = (select auth.uid()) or private.is_listed(profile_id));

create policy "People upload portfolio files into their own folder"
on storage.objects
for insert
to authenticated
with check (
  bucket_id = 'tertulia-portfolio'
  and name ~ E'^[0-9a-f-]{36}/[0-9a-f-]{36}\\.(?:png|jpg|webp|gif|avif|mp4|webm|mov|mp3|ogg|wav|m4a|pdf)$'
  and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub'))
  -- Storage holds a copy from another bucket to neither the types nor the size of this one.
  and coalesce(metadata ->> 'mimetype', 'image/png') = any (array[
    'image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif', 'video/mp4', 'video/webm', 'video/quicktime', 'audio/mpeg',
    'audio/ogg', 'audio/wav', 'audio/mp4', 'application/pdf'
  ])
  and coalesce((metadata ->> 'size')::bigint, 0) <= 52428800
  and (select private.may_upload_portfolio_file())
);

create policy "People see the files of their own portfolio folder"
on storage.objects
for select
to authenticated
using (bucket_id = 'tertulia-portfolio' and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub')));

create policy "People remove portfolio files of their own that no item shows"
on storage.objects
for delete
to authenticated
using (
  bucket_id = 'tertulia-portfolio'
  and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub'))
  and not private.is_shown_in_portfolio(name)
);

-- No type that a browser runs as a page.
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values (
  'tertulia-portfolio', 'tertulia-portfolio', true, 52428800,
  array[
    'image/png', 'image/jpeg', 'image/webp', 'image/gif', 'image/avif', 'video/mp4', 'video/webm', 'video/quicktime', 'audio/mpeg',
    'audio/ogg', 'audio/wav', 'audio/mp4', 'application/pdf'
  ]
)
on conflict (id) do nothing;

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.portfolio_items', 12, 'profile_id', 't.id', null, '{}');

revoke all on public.portfolio_items from public, anon, authenticated, service_role;
grant select, delete on public.portfolio_items to service_role;
revoke execute on function
  private.may_upload_portfolio_file(),
  private.is_shown_in_portfolio(text),
  private.is_listed(uuid),
  private.read_portfolio_item(uuid, jsonb),
  private.portfolio_item_json(public.portfolio_items),
  private.hold_portfolio(text, uuid),
  private.place_portfolio_item(uuid, uuid, integer),
  private.save_portfolio_item(uuid, jsonb),
  private.remove_portfolio_item(uuid),
  private.end_portfolio_of_deleted(),
  private.keep_portfolio_file(),
  private.limit_portfolio_files(),
  public.save_portfolio_item(uuid, jsonb),
  public.remove_portfolio_item(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.may_upload_portfolio_file(),
  private.is_shown_in_portfolio(text),
  private.is_listed(uuid),
  private.save_portfolio_item(uuid, jsonb),
  private.remove_portfolio_item(uuid),
  public.save_portfolio_item(uuid, jsonb),
  public.remove_portfolio_item(uuid)
to authenticated;

-- Blocks between users, and moderators.

create table public.user_blocks (
  blocker_id uuid not null references public.profiles (id),
  blocked_id uuid not null references public.profiles (id),
  created_at timestamptz not null default now(),
  primary key (blocker_id, blocked_id),
  constraint user_blocks_check check (blocker_id <> blocked_id)
);
comment on table public.user_blocks is 'Who blocked whom; only the blocker sees the row.';

create index user_blocks_blocked_id_idx on public.user_blocks (blocked_id);

create function private.are_blocked(one uuid, others uuid[])
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  return exists (select from public.user_blocks b where b.blocker_id = one and b.blocked_id = any (others))
    or exists (select from public.user_blocks b where b.blocked_id = one and b.blocker_id = any (others));
end
$$;
comment on function private.are_blocked is 'Whether a user blocked one of the other users, or one of them blocked the user.';

create function private.require_unblocked(one uuid, others uuid[], reason text)
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  if private.are_blocked(one, others) then
    perform private.raise_error('blocked', reason, 'Unblock the user or choose another.');
  end if;
end
$$;

create function private.is_moderator()
returns boolean
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  -- The token may be an hour older than a decision to take the role away.
  return coalesce((select auth.jwt()) -> 'app_metadata' ->> 'role' = 'moderator', false)
    and exists (select from auth.users u where u.id = (select auth.uid()) and u.raw_app_meta_data ->> 'role' = 'moderator');
end
$$;
comment on function private.is_moderator is
  'Whether the caller''s account is marked as moderator, in the token and still now; only the service can do that.';

create function private.require_moderator()
returns void
language plpgsql
stable
set search_path = ''
as $$
begin
  perform private.require_account();
  if not private.is_moderator() then
    perform private.raise_error('forbidden', 'unable to moderate; the account is not a moderator''s', 'Sign in again as a moderator.');
  end if;
end
$$;

alter table public.user_blocks enable row level security;

create policy "People see whom they blocked"
on public.user_blocks
for select
to authenticated
using (blocker_id = (select auth.uid()));

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.user_blocks', 6, 'blocker_id', 't.blocked_id', null, '{}');

revoke all on public.user_blocks from public, anon, authenticated, service_role;
grant select on public.user_blocks to service_role;
revoke execute on function
  private.are_blocked(uuid, uuid[]),
  private.require_unblocked(uuid, uuid[], text),
  private.is_moderator(),
  private.require_moderator()
from public, anon, authenticated, service_role;
grant execute on function private.is_moderator() to authenticated;

-- Who follows whom.
--
-- Lock order: rate limit, people (profiles), the pair, its rows.

create table public.user_follows (
  follower_id uuid not null references public.profiles (id) on delete cascade,
  followed_id uuid not null references public.profiles (id) on delete cascade,
  created_at timestamptz not null default clock_timestamp(),
  primary key (follower_id, followed_id),
  constraint user_follows_check check (follower_id <> followed_id)
);
comment on table public.user_follows is 'Who follows whom. Counts are read from the rows: none is stored, so none can be wrong.';

create index user_follows_follower_id_created_at_idx on public.user_follows (follower_id, created_at desc, followed_id desc);
create index user_follows_followed_id_created_at_idx on public.user_follows (followed_id, created_at desc, follower_id desc);

create function private.lock_pair(one uuid, other uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('tertulia-pair:' || least(one, other) || greatest(one, other), 0));
end
$$;
comment on function private.lock_pair is
  'Held by what follows and by what blocks: neither sees the uncommitted row of the other, and both could pass.';

create function private.end_follows(person uuid, other uuid)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- Sorted: two accounts that follow each other may be deleted at once.
  perform from public.user_follows f
  where (f.follower_id = person and (other is null or f.followed_id = other))
    or (f.followed_id = person and (other is null or f.follower_id = other))
  order by f.follower_id, f.followed_id
  for update;
  delete from public.user_follows f
  where (f.follower_id = person and (other is null or f.followed_id = other))
    or (f.followed_id = person and (other is null or f.follower_id = other));
end
$$;
comment on function private.end_follows is 'Ends the follows of two users both ways; without the other, all of one user.';

create function private.end_follows_of_block()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.lock_pair(new.blocker_id, new.blocked_id);
  perform private.end_follows(new.blocker_id, new.blocked_id);
  return null;
end
$$;

create function private.end_follows_of_deleted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform private.end_follows(new.id, null);
  return null;
end
$$;

create function private.unfollow_user(user_id uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := private.require_user();
begin
  delete from public.user_follows f where f.follower_id = caller and f.followed_id = unfollow_user.user_id;
end
$$;

create function public.unfollow_user(user_id uuid)
returns void
language sql
set search_path = ''
as $$
  select private.unfollow_user(user_id)
$$;
comment on function public.unfollow_user is 'Follows a person no longer; does nothing when the caller does not.';

create trigger user_blocks_end_follows
after insert on public.user_blocks
for each row
execute function private.end_follows_of_block();

create trigger profiles_end_follows
after update of user_id on public.profiles
for each row
when (new.user_id is null and old.user_id is not null)
execute function private.end_follows_of_deleted();

alter table public.user_follows enable row level security;

create policy "People see whom they follow and who follows them"
on public.user_follows
for select
to authenticated
using (follower_id = (select auth.uid()) or followed_id = (select auth.uid()));

insert into private.exported_tables (name, position, owner_column, key, columns, left_out) values
  ('public.user_follows', 11, 'follower_id', 't.followed_id', null, '{}');

revoke all on public.user_follows from public, anon, authenticated, service_role;
grant select on public.user_follows to service_role;
revoke execute on function
  private.lock_pair(uuid, uuid),
  private.end_follows(uuid, uuid),
  private.end_follows_of_block(),
  private.end_follows_of_deleted(),
  private.unfollow_user(uuid),
  public.unfollow_user(uuid)
from public, anon, authenticated, service_role;
grant execute on function
  private.unfollow_user(uuid),
  public.unfollow_user(uuid)
to authenticated;

commit;
