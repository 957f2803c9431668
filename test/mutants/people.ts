import type { Mutants } from './mutant.ts'

const account = 'test/profiles/account.test.ts'
const deletion = 'test/profiles/deletion.test.ts'
const byHand = 'test/profiles/by-hand.test.ts'
const avatar = 'test/profiles/avatar.test.ts'
const profiles = 'test/profiles/profiles.test.ts'

export const people: Mutants = {
  'a write does not hold its account': {
    file: '10_people/10_profiles.sql',
    find: '  perform from public.profiles p where p.id = caller and p.user_id is not null for share;\n  if not found then\n    -- Makes up',
    replace:
      '  perform from public.profiles p where p.id = caller and p.user_id is not null;\n  if not found then\n    -- Makes up',
    tests: ['test/profiles/deleted-account-writes.test.ts'],
  },
  'everybody reads every profile in an opened table': {
    file: '10_people/10_profiles.sql',
    find: 'on public.profiles\nfor select\nto authenticated\nusing (true)',
    replace: 'on public.profiles\nfor select\nto authenticated, anon\nusing (true)',
    tests: [profiles],
  },
  'a deleted profile keeps its name': {
    file: '10_people/10_profiles.sql',
    find: "new.display_name := '';",
    sql: `alter table public.profiles drop constraint profiles_tombstone_check;
create or replace function private.empty_deleted_profile() returns trigger language plpgsql set search_path = '' as $$
begin new.handle := null; new.bio := ''; return new; end $$;`,
    tests: [deletion, profiles],
  },
  'a reserved handle is free': {
    file: '10_people/43_profile.sql',
    find: "if private.is_reserved_name(changes ->> 'handle') then",
    replace: 'if false then',
    tests: [byHand, profiles],
  },
  'a handle belongs to two in other letters': {
    file: '10_people/10_profiles.sql',
    find: 'create unique index profiles_handle_key on public.profiles (lower(handle));',
    sql: 'drop index public.profiles_handle_key, public.profiles_handle_look_key; create unique index profiles_handle_key on public.profiles (handle);',
    tests: [profiles, byHand],
  },
  'the handle tells the address': {
    file: '10_people/10_profiles.sql',
    find: "'user-' || left(replace(gen_random_uuid()::text, '-', ''), 16)",
    replace: "'user-' || left(regexp_replace(u.email, '[^a-z0-9]', '', 'g'), 16)",
    tests: [profiles],
  },
  'an address becomes the name': {
    file: '10_people/10_profiles.sql',
    find: " and metadata ->> k.key !~ '@'",
    replace: '',
    tests: [profiles],
  },
  'payment methods are shown to everybody': {
    file: '10_people/43_profile.sql',
    find: 'has_parts := private.save_profile_parts(caller, changes);',
    sql: "create or replace function private.shows_payment_methods(profile_id uuid) returns boolean language sql stable security definer set search_path = '' as 'select true'",
    tests: ['test/database/privacy.test.ts', 'test/profiles/whole.test.ts'],
  },
  'an account exports the rows of others': {
    file: '10_people/70_account.sql',
    find: 'where t.%3$I = $1 and (',
    replace: 'where t.%3$I is not distinct from t.%3$I and $1 is not null and (',
    tests: [account],
  },
  'an export tells the password': {
    file: '10_people/70_account.sql',
    find: "array['id', 'email', 'phone', 'created_at', 'last_sign_in_at', 'email_confirmed_at', 'raw_user_meta_data'], '{}'),",
    sql: "update private.exported_tables set columns = null where name = 'auth.users'",
    tests: [account],
  },
  'an export tells who was reported': {
    file: '30_chat/90_accounts.sql',
    find: "array['id', 'message_id', 'reason', 'note', 'created_at'], '{}');",
    sql: "update private.exported_tables set columns = null where name = 'public.message_reports'",
    tests: [account],
  },
  'a deleted account saves its profile': {
    file: '10_people/43_profile.sql',
    find: 'perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;\n  if not found then',
    replace: 'perform from public.profiles p where p.id = caller for no key update;\n  if not found then',
    also: [['perform from auth.users u where u.id = caller for key share;', '']],
    tests: ['test/profiles/locks.test.ts'],
  },
  'a profile that another call makes meanwhile is missing': {
    file: '10_people/12_hold_people.sql',
    find: 'return (select count(*) from public.profiles p where p.id = any (people) and p.user_id is not null) = cardinality(people);',
    replace: 'return found;',
    tests: ['test/chat/sql/accounts-that-come-and-go.test.ts'],
  },
  'others do not find a user whose profile is missing': {
    file: '10_people/12_hold_people.sql',
    find: 'perform private.repair_profiles(people);',
    replace: 'null;',
    tests: ['test/chat/sql/accounts-that-come-and-go.test.ts'],
  },
  'two changes of a profile lose one': {
    file: '10_people/43_profile.sql',
    find: 'perform from public.profiles p where p.id = caller and p.user_id is not null for no key update;\n  if not found then',
    replace:
      'perform from public.profiles p where p.id = caller and p.user_id is not null;\n  if not found then',
    tests: ['test/profiles/whole.test.ts', 'test/profiles/locks.test.ts'],
  },
  'a picture is uploaded into the folder of another': {
    file: '10_people/60_avatars.sql',
    find: "\n  and split_part(name, '/', 1) = lower((select auth.jwt() ->> 'sub'))\n  -- Storage",
    replace: '\n  -- Storage',
    tests: [avatar],
  },
  'a picture is a copy of any type': {
    file: '10_people/60_avatars.sql',
    find: "and coalesce(metadata ->> 'mimetype', 'image/') like 'image/%'",
    replace: '',
    tests: [avatar],
  },
  'a picture is a copy of any size': {
    file: '10_people/60_avatars.sql',
    find: "and coalesce((metadata ->> 'size')::bigint, 0) <= 2097152",
    replace: '',
    tests: [avatar],
  },
  'a folder holds any number of pictures': {
    file: '10_people/60_avatars.sql',
    find: "select coalesce(count(*) < private.at_most('avatars'), true)",
    replace: 'select true',
    tests: [avatar],
  },
  'a picture in use is removed': {
    file: '10_people/60_avatars.sql',
    find: 'and name is distinct from (select private.hold_avatar_path())',
    replace: '',
    tests: [avatar],
  },
  'a picture that is shown is replaced': {
    file: '50_sharing/51_reported_pictures.sql',
    find: "or (tg_op = 'UPDATE' and (",
    replace: "or (tg_op = 'TRUNCATE' and (",
    tests: [avatar],
  },
  'a reported picture is removed': {
    file: '50_sharing/51_reported_pictures.sql',
    find: 'if private.is_reported_picture(old.name)\n',
    replace: 'if false\n',
    tests: ['test/moderation/reports.test.ts'],
  },
  'a report does not hold the picture': {
    file: '50_sharing/51_reported_pictures.sql',
    find: " and o.name = new.reported ->> 'avatar_path' for key share;",
    replace: " and o.name = new.reported ->> 'avatar_path';",
    tests: ['test/moderation/reports.test.ts'],
  },
  'a picture is the file of another': {
    file: '10_people/60_avatars.sql',
    find: "where o.bucket_id = 'tertulia-avatars' and o.name = path and o.name like caller || '/%';",
    replace: "where o.bucket_id = 'tertulia-avatars' and o.name = path;",
    tests: [avatar],
  },
  'visitors list the directory': {
    file: '10_people/43_profile.sql',
    find: 'd.handle is not null and d.is_listed and d.id > list_profiles.after_id\n    order by d.id\n    limit list_profiles.page_size;\nend\n$$;\n\ncreate function public.list_profiles',
    sql: 'grant execute on function public.list_profiles(integer, uuid), private.list_profiles(integer, uuid) to anon',
    tests: ['test/matrix/functions.test.ts'],
  },
  'the token of a deleted account reads the directory': {
    file: '10_people/11_require_account.sql',
    find: 'where p.id = caller and p.user_id is null) then',
    replace: 'where false) then',
    tests: ['test/profiles/deleted-account-reads.test.ts'],
  },
  'users list the blocks of others': {
    file: '10_people/80_blocks.sql',
    find: 'using (blocker_id = (select auth.uid()))',
    replace: 'using (blocker_id = (select auth.uid()) or blocked_id = (select auth.uid()))',
    tests: ['test/chat/moderation.test.ts'],
  },
}
