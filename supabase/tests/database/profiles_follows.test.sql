begin;
select plan(22);
-- API roles select from no private table. These grants stand in for an app that opens some: the policies must hold then.
grant select on public.user_follows to authenticated;

-- Ana and Ben follow each other, Cleo follows Ana; Dan looks on.
insert into auth.users (id, email, raw_user_meta_data) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@example.com', '{"display_name": "Ana"}'),
  ('b0000000-0000-4000-8000-000000000002', 'ben@example.com', '{"display_name": "Ben"}'),
  ('c0000000-0000-4000-8000-000000000003', 'cleo@example.com', '{"display_name": "Cleo"}'),
  ('d0000000-0000-4000-8000-000000000004', 'dan@example.com', '{"display_name": "Dan"}');

set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select lives_ok($$select public.follow_user('b0000000-0000-4000-8000-000000000002')$$, 'a person follows another');
select lives_ok($$select public.follow_user('b0000000-0000-4000-8000-000000000002')$$, 'following again does nothing');
select throws_ok($$select public.follow_user('a0000000-0000-4000-8000-000000000001')$$, 'TT000',
  'unable to follow the user; the id is your own');
select throws_ok($$select public.follow_user(null)$$, 'TT000', 'unable to follow the user; the id is your own');
select throws_ok($$select public.follow_user('e0000000-0000-4000-8000-000000000005')$$, 'TT000', null, 'nobody is followed who is not there');
select throws_ok($$insert into public.user_follows (follower_id, followed_id)
  values ('a0000000-0000-4000-8000-000000000001', 'c0000000-0000-4000-8000-000000000003')$$, '42501', null, 'nobody writes the table itself');
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select public.follow_user('a0000000-0000-4000-8000-000000000001');
set local request.jwt.claims = '{"sub": "c0000000-0000-4000-8000-000000000003", "role": "authenticated"}';
select public.follow_user('a0000000-0000-4000-8000-000000000001');

-- What Dan sees.
set local request.jwt.claims = '{"sub": "d0000000-0000-4000-8000-000000000004", "role": "authenticated"}';
select is(public.get_follows('a0000000-0000-4000-8000-000000000001'),
  '{"followers": 2, "following": 1, "is_followed": false, "follows_you": false}', 'a stranger sees the counts');
select is(jsonb_path_query_array(public.list_followers('a0000000-0000-4000-8000-000000000001'), '$[*].display_name'),
  '["Cleo", "Ben"]', 'and the list, the latest first');
select is((select count(*)::integer from public.user_follows), 0, 'and no row of the table that is not about them');
select throws_ok($$select public.list_followers(page_size => 202)$$, 'TT000', null, 'a page is bounded');
select throws_ok($$select public.get_follows('e0000000-0000-4000-8000-000000000005')$$, 'TT000', null, 'nobody is counted who is not there');

-- Cleo unlists her profile.
set local request.jwt.claims = '{"sub": "c0000000-0000-4000-8000-000000000003", "role": "authenticated"}';
select is((select is_listed from public.update_profile('{"is_listed": false}')), false, 'a person unlists their profile');
select is((select id from public.get_profile('c0000000-0000-4000-8000-000000000003')), 'c0000000-0000-4000-8000-000000000003'::uuid,
  'and sees it still');
select is(public.get_follows() ->> 'following', '1', 'with whom they follow');
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select is(public.get_follows() ->> 'followers', '1', 'an unlisted follower is not counted');
select is(jsonb_path_query_array(public.list_followers(), '$[*].display_name'), '["Ben"]', 'nor listed');
select is_empty($$select from public.get_profile('c0000000-0000-4000-8000-000000000003')$$, 'there is no such profile for a stranger');
select is_empty($$select from public.list_profiles(200) where id = 'c0000000-0000-4000-8000-000000000003'$$, 'nor in the list');

-- Ben blocks Ana.
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select public.block_user('a0000000-0000-4000-8000-000000000001');
select is(public.get_follows(), '{"followers": 0, "following": 0, "is_followed": false, "follows_you": false}', 'a block ends both follows');
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select throws_ok($$select public.follow_user('b0000000-0000-4000-8000-000000000002')$$, 'TT000',
  'unable to follow the user; one of you blocked the other');

set local role anon;
set local request.jwt.claims = '{"role": "anon"}';
select throws_ok($$select public.list_followers('a0000000-0000-4000-8000-000000000001')$$, '42501', null, 'a visitor sees no list');

-- Ana's account goes.
reset role;
delete from auth.users where id = 'a0000000-0000-4000-8000-000000000001';
select is_empty($$select from public.user_follows where 'a0000000-0000-4000-8000-000000000001' in (follower_id, followed_id)$$,
  'no follow of a deleted account remains');

select * from finish();
rollback;
