begin;
select plan(26);
-- API roles select from no private table. These grants stand in for an app that opens some: the policies must hold then.
grant select on public.portfolio_items, public.profile_reviews to authenticated;

-- Ana shows her work, Ben converts and reviews her; Dan looks on, Judge moderates.
insert into auth.users (id, email, raw_user_meta_data) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@example.com', '{"display_name": "Ana"}'),
  ('b0000000-0000-4000-8000-000000000002', 'ben@example.com', '{"display_name": "Ben"}'),
  ('d0000000-0000-4000-8000-000000000004', 'dan@example.com', '{"display_name": "Dan"}'),
  ('e0000000-0000-4000-8000-000000000005', 'judge@example.com', '{}');
insert into storage.objects (bucket_id, name, owner_id) values
  ('tertulia-portfolio', 'a0000000-0000-4000-8000-000000000001/10000000-0000-4000-8000-000000000001.png', 'a0000000-0000-4000-8000-000000000001');

-- A portfolio.
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select is(public.save_portfolio_item('10000000-0000-4000-8000-000000000001', '{"title": " Reel ", "url": "https://example.com"}')
  - 'created_at', '{"id": "10000000-0000-4000-8000-000000000001", "position": 0, "title": "Reel", "url": "https://example.com",
  "file_path": null, "replaced": null}', 'an item with a link');
select is(public.save_portfolio_item('10000000-0000-4000-8000-000000000002', '{"title": "Film", "position": 0,
  "file_path": "a0000000-0000-4000-8000-000000000001/10000000-0000-4000-8000-000000000001.png"}') -> 'position', '0',
  'an item with a file, put first');
select is(jsonb_path_query_array(public.list_portfolio(), '$[*].title'), '["Film", "Reel"]', 'the order of the user');
select is(public.save_portfolio_item('10000000-0000-4000-8000-000000000002', '{"url": "https://example.com/2"}') ->> 'replaced',
  'a0000000-0000-4000-8000-000000000001/10000000-0000-4000-8000-000000000001.png', 'a link replaces a file, which is named for removal');
select throws_ok($$select public.save_portfolio_item(gen_random_uuid(), '{"title": "x"}')$$, 'TT000',
  'unable to save the portfolio item; it needs either a link or a file');
select throws_ok($$select public.save_portfolio_item(gen_random_uuid(), '{"url": "https://example.com"}')$$, 'TT000',
  'unable to save the portfolio item; a new item needs an id and a title');
select throws_ok($$select public.save_portfolio_item(gen_random_uuid(), '{"title": "x", "url": "javascript:alert(1)"}')$$, 'TT000',
  'unable to save the portfolio item; url is not valid');
select throws_ok($$select public.save_portfolio_item(gen_random_uuid(), '{"title": "x", "profile_id": "x"}')$$, 'TT000',
  'unable to save the portfolio item; profile_id is not valid');
select throws_ok($$insert into public.portfolio_items (id, profile_id, position, title, url)
  values (gen_random_uuid(), 'a0000000-0000-4000-8000-000000000001', 9, 'x', 'https://example.com')$$, '42501', null,
  'nobody writes the table itself');

set local request.jwt.claims = '{"sub": "d0000000-0000-4000-8000-000000000004", "role": "authenticated"}';
select is(jsonb_path_query_array(public.list_portfolio('a0000000-0000-4000-8000-000000000001'), '$[*].title'), '["Film", "Reel"]',
  'others see it');
select is(public.remove_portfolio_item('10000000-0000-4000-8000-000000000001'), null, 'and remove nothing of it');
select throws_ok($$select public.save_portfolio_item('10000000-0000-4000-8000-000000000001', '{"title": "x", "url": "https://example.com"}')$$,
  'TT000', 'unable to save the portfolio item; its id or its file belongs to another item');
select throws_ok($$select public.save_portfolio_item(gen_random_uuid(), '{"title": "x",
  "file_path": "a0000000-0000-4000-8000-000000000001/10000000-0000-4000-8000-000000000001.png"}')$$, 'TT000',
  'unable to save the portfolio item; file_path is not valid');
select is((select count(*)::integer from public.portfolio_items where profile_id = 'a0000000-0000-4000-8000-000000000001'), 2, 'the rows of a listed profile are seen');

-- A review.
create temporary table talk as select public.open_direct('a0000000-0000-4000-8000-000000000001') ->> 'id' as id;
select throws_ok(format($$select public.review_user(%L, 5)$$, (select id from talk)), 'TT000',
  'unable to review the user; you have not converted in that conversation');
select public.record_conversion((select id::uuid from talk));
select is(public.review_user((select id::uuid from talk), 4, 'Good') -> 'rating', '4', 'who converted reviews');
select throws_ok(format($$select public.review_user(%L, 5)$$, (select id from talk)), 'TT000',
  'unable to review the user; you have reviewed this conversion');
select throws_ok(format($$select public.answer_review(%L, 'x')$$, (select r.id from public.profile_reviews r)), 'TT000',
  'unable to answer the review; no review about you has that id');
select is((select reviews from public.get_profile('a0000000-0000-4000-8000-000000000001')), '{"average": 4.00, "count": 1}', 'it counts');
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';
select lives_ok($$select public.answer_review((select r.id from public.profile_reviews r), 'Thanks')$$, 'who is reviewed answers');
select throws_ok($$select public.hide_review((select r.id from public.profile_reviews r))$$, 'TT000', null, 'and hides nothing');
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select is((select count(*)::integer from public.profile_reviews), 0, 'a row is seen by its two users alone');
select is(jsonb_path_query_array(public.list_reviews('a0000000-0000-4000-8000-000000000001'), '$[*].answer'), '["Thanks"]', 'the list by all');

set local role anon;
set local request.jwt.claims = '{"role": "anon"}';
select throws_ok($$select public.list_reviews('a0000000-0000-4000-8000-000000000001')$$, '42501', null, 'visitors see none');

-- Dan's account goes, then Ana's.
reset role;
delete from auth.users where id = 'd0000000-0000-4000-8000-000000000004';
select is((select jsonb_agg(jsonb_build_array(rating, content, reviewer_id)) from public.profile_reviews where profile_id = 'a0000000-0000-4000-8000-000000000001'), '[[4, "", null]]',
  'the rating stays without words and author');
delete from auth.users where id = 'a0000000-0000-4000-8000-000000000001';
select is((select count(*)::integer from public.profile_reviews where profile_id = 'a0000000-0000-4000-8000-000000000001')
  + (select count(*)::integer from public.portfolio_items where profile_id = 'a0000000-0000-4000-8000-000000000001'), 0,
  'nothing of a deleted profile remains');

select * from finish();
rollback;
