begin;
select plan(29);
-- API roles select from no private table. These grants stand in for an app that opens some: the policies must hold then.
grant select (
  id, handle, display_name, bio, country, experience_years, experience, avatar_path, shows_payment_methods, is_listed, open_to_work, available_from,
  verified_at, metadata, created_at,
  updated_at
) on public.profiles to authenticated;

-- Ana and Ben sign up; Carl was there before and lost his profile.
insert into auth.users (id, email, raw_user_meta_data) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@example.com', '{"display_name": " Ana Ruiz "}'),
  ('b0000000-0000-4000-8000-000000000002', 'ben@example.com', '{}'),
  ('c0000000-0000-4000-8000-000000000003', 'carl@example.com', '{"name": "Carl"}');

select is(display_name, 'Ana Ruiz', 'signing up makes a profile with the given name')
from public.profiles where id = 'a0000000-0000-4000-8000-000000000001';
select matches(handle, '^user-[0-9a-f]{16}$', 'a new handle says nothing about the address')
from public.profiles where id = 'b0000000-0000-4000-8000-000000000002';
select is(user_id, id, 'the profile has the id of the account')
from public.profiles where id = 'a0000000-0000-4000-8000-000000000001';

delete from public.profiles where id = 'c0000000-0000-4000-8000-000000000003';

-- What Ana can do.
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';

select is(
  (select count(*)::integer from public.profiles where id::text ~ '^[ab]0000000-0000-4000-8000-00000000000[12]$'),
  2, 'a signed-in person sees every profile');
select throws_ok('select user_id from public.profiles', '42501', null, 'the link to the account is not for clients');
select is((select id from public.get_own_profile()), 'a0000000-0000-4000-8000-000000000001'::uuid, 'get_own_profile is one''s own');
select is(
  (select handle || '/' || display_name || '/' || bio || '/' || country || '/' || metadata::text
   from public.update_profile('{"handle": "Ana.Ruiz", "display_name": " Ana ", "bio": "Canto.", "country": "CL", "metadata": {"a": 1}}')),
  'Ana.Ruiz/Ana/Canto./CL/{"a": 1}', 'the owner changes every field at once');
select is((select country from public.update_profile('{"country": null}')), null, 'null empties the country');
select is((select bio from public.update_profile('{}')), 'Canto.', 'no change changes nothing');
select throws_ok(
  $$select public.update_profile('{"handle": "ANA.ruiz", "bio": "x"}'), public.update_profile('{"handle": "admin"}')$$,
  'TT000', null, 'a reserved handle is refused');
select throws_ok($$select public.update_profile('{"handle": "-x-"}')$$, 'TT000', 'unable to update the profile; handle is not valid');
select throws_ok($$select public.update_profile('{"country": "Chile"}')$$, 'TT000', 'unable to update the profile; country is not valid');
select throws_ok($$select public.update_profile('{"metadata": []}')$$, 'TT000', 'unable to update the profile; metadata cannot be set to that');
select throws_ok($$select public.update_profile('{"id": "x"}')$$, 'TT000', 'unable to update the profile; id cannot be set to that');
select throws_ok($$select public.update_profile('[]')$$, 'TT000', 'unable to update the profile; the changes are not an object');
select throws_ok(
  format($$select public.update_profile('{"bio": "%s"}')$$, repeat('x', 2001)), 'TT000', 'unable to update the profile; bio has more than 2000 characters');

-- What Ana cannot do.
select throws_ok('insert into public.profiles (id) values (gen_random_uuid())', '42501', null, 'nobody inserts a profile');
select throws_ok($$update public.profiles set display_name = 'x'$$, '42501', null, 'nobody writes the table itself');
select throws_ok('delete from public.profiles', '42501', null, 'nobody deletes a profile');

-- Ben cannot take her handle, whatever its case; Carl gets his profile when he asks for it.
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select throws_ok($$select public.update_profile('{"handle": "ANA.RUIZ"}')$$, 'TT000',
  'unable to update the profile; the handle is taken or reserved');
set local request.jwt.claims = '{"sub": "c0000000-0000-4000-8000-000000000003", "role": "authenticated"}';
select is((select display_name from public.get_own_profile()), 'Carl', 'a missing profile is made when its owner asks');

-- What a stranger cannot do.
set local role anon;
set local request.jwt.claims = '{"role": "anon"}';
select throws_ok('select id from public.profiles', '42501', null, 'a stranger sees no profile');
select throws_ok('select public.get_own_profile()', '42501', null, 'a stranger has no profile');

-- A deleted account leaves an empty row.
reset role;
delete from auth.users where id = 'a0000000-0000-4000-8000-000000000001';
select is(
  (select concat_ws('/', user_id::text, handle, display_name, bio, country, metadata::text)
   from public.profiles where id = 'a0000000-0000-4000-8000-000000000001'),
  '//{}', 'a deleted person remains as an empty tombstone');

select throws_ok(
  $$update public.profiles set bio = 'x' where id = 'a0000000-0000-4000-8000-000000000001'$$, '23514', null,
  'and nothing is written to it again');
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select throws_ok($$select public.update_profile('{"bio": "x"}')$$, 'TT000',
  'unable to get the profile; the signed-in user has no account here');
reset role;
insert into auth.users (id, email, raw_user_meta_data)
values ('a0000000-0000-4000-8000-000000000001', 'ana@example.com', '{"display_name": "ana@example.com", "name": "Ana"}');
select is(
  (select user_id::text || '/' || display_name from public.profiles where id = 'a0000000-0000-4000-8000-000000000001'),
  'a0000000-0000-4000-8000-000000000001/Ana', 'an account that comes back gets its row back, and an address is no name');
select matches(
  (select handle from public.profiles where id = 'a0000000-0000-4000-8000-000000000001'), '^user-', 'with a new handle');

-- A sign-up never fails for a profile.
alter table public.profiles add constraint nobody check (false) not valid;
select lives_ok(
  $$insert into auth.users (id, email) values ('d0000000-0000-4000-8000-000000000004', 'dora@example.com')$$,
  'a sign-up goes on when the profile cannot be made');

select * from finish();
rollback;
