begin;
select plan(35);
-- API roles select from no private table. These grants stand in for an app that opens some: the policies must hold then.
grant select (
  id, handle, display_name, bio, country, experience_years, experience, avatar_path, shows_payment_methods, is_listed, open_to_work, available_from,
  verified_at, metadata, created_at,
  updated_at
) on public.profiles to authenticated;
grant select on
  public.profile_software, public.profile_tags, public.profile_types, public.profile_rates, public.profile_payment_methods,
  public.profile_languages, public.profile_links, public.profile_details, public.tags
to authenticated;

insert into auth.users (id, email) values
  ('a0000000-0000-4000-8000-000000000001', 'ana@example.com'),
  ('b0000000-0000-4000-8000-000000000002', 'ben@example.com');

-- What Ana can do.
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000001", "role": "authenticated"}';

select is(
  (select jsonb_build_array(professional_types, software, tags, rates, payment_methods, languages, links, experience_years, experience)
   from public.update_profile('{
     "professional_types": ["pgTAP Editor", "pgTAP Videógrafo"], "software": ["pgTAP Resolve"], "experience_years": 7,
     "tags": [{"name": "pgTAP Color", "kind": "specialty"}, "pgTAP Drone"], "languages": ["es", "en-GB"],
     "rates": {"basic": {"amount": 2500, "currency": "USD", "unit": "hour"}, "standard": {"amount": 90000, "currency": "CLP", "unit": "day"}},
     "payment_methods": ["pix", "paypal"], "links": [{"label": " Reel ", "url": "https://example.com/reel"}], "experience": "Cine."}')),
  '[["pgTAP Editor", "pgTAP Videógrafo"], ["pgTAP Resolve"],
    [{"kind": "specialty", "name": "pgTAP Color"}, {"kind": "other", "name": "pgTAP Drone"}],
    {"basic": {"unit": "hour", "amount": 2500, "currency": "USD"}, "standard": {"unit": "day", "amount": 90000, "currency": "CLP"}},
    ["paypal", "pix"], ["es", "en-GB"], [{"url": "https://example.com/reel", "label": "Reel"}], 7, "Cine."]'::jsonb,
  'a whole profile is saved and answered at once');
select is((select software from public.update_profile('{"bio": "x"}')), '["pgTAP Resolve"]', 'a part that is not named stays');
select is((select rates from public.update_profile('{"rates": {}}')), '{}', 'a part that is named is replaced as a whole');
select is(
  (select tags from public.update_profile('{"tags": ["PGTAP  DRONE", "pgtap dröne", "pgTAP Color"]}')),
  '[{"kind": "other", "name": "pgTAP Drone"}, {"kind": "specialty", "name": "pgTAP Color"}]',
  'case, accents and spaces make no second tag');
select is((select profile_count from public.tags where name = 'pgTAP Drone'), 1, 'a tag counts who names it');
select is((select kind from public.tags where name = 'pgTAP Editor'), 'profession', 'a professional type is a tag of its kind');
select is(
  (select software from public.update_profile('{"software": ["pgTAP Fusion", "pgTAP Resolve"]}')),
  '["pgTAP Fusion", "pgTAP Resolve"]', 'names keep the order that the person gave them');

select throws_ok($$select public.update_profile('{"bio": "lost", "links": [{"label": "x", "url": "javascript:x"}]}')$$, 'TT000',
  'unable to update the profile; links.0.url is not valid');
select is((select bio || links::text from public.get_own_profile()), 'x[{"url": "https://example.com/reel", "label": "Reel"}]',
  'a failing part leaves all as it was');
select throws_ok($$select public.update_profile('{"country": "XX"}')$$, 'TT000', 'unable to update the profile; country is not valid');
select throws_ok($$select public.update_profile('{"rates": {"basic": {"amount": -1, "currency": "USD", "unit": "hour"}}}')$$, 'TT000',
  'unable to update the profile; rates.basic.amount is not valid');
select throws_ok($$select public.update_profile('{"rates": {"basic": {"amount": 1.5, "currency": "USD", "unit": "hour"}}}')$$, 'TT000',
  'unable to update the profile; rates.basic.amount is not valid');
select throws_ok($$select public.update_profile('{"rates": {"basic": {"amount": 1, "currency": "XXX", "unit": "hour"}}}')$$, 'TT000',
  'unable to update the profile; rates.basic.currency is not valid');
select throws_ok($$select public.update_profile('{"rates": {"gold": {}}}')$$, 'TT000',
  'unable to update the profile; rates.gold is not valid');
select throws_ok($$select public.update_profile('{"rates": null}')$$, 'TT000', 'unable to update the profile; rates is not valid');
select throws_ok($$select public.update_profile('{"rates": {"basic": {"amount": "1", "currency": "USD", "unit": "hour"}}}')$$, 'TT000',
  'unable to update the profile; rates.basic.amount is not valid');
select throws_ok($$select public.update_profile('{"payment_methods": ["ES91 2100 0418"]}')$$, 'TT000',
  'unable to update the profile; payment_methods.0 is not valid');
select throws_ok($$select public.update_profile('{"software": [1]}')$$, 'TT000', 'unable to update the profile; software.0 is not valid');
select throws_ok($$select public.update_profile('{"software": "x"}')$$, 'TT000', 'unable to update the profile; software is not valid');
select throws_ok($$select public.update_profile('{"tags": [{"name": "x", "color": "red"}]}')$$, 'TT000',
  'unable to update the profile; tags.0 is not valid');
select throws_ok($$select public.update_profile('{"languages": ["español"]}')$$, 'TT000',
  'unable to update the profile; languages.0 is not valid');
select throws_ok($$select public.update_profile('{"experience_years": 81}')$$, 'TT000',
  'unable to update the profile; experience_years is not valid');
select throws_ok($$select public.update_profile('{"avatar_path": "x"}')$$, 'TT000',
  'unable to update the profile; avatar_path cannot be set to that');
select throws_ok(
  $$insert into public.profile_rates values ('a0000000-0000-4000-8000-000000000001', 'basic', 1, 'USD', 'hour')$$,
  '42501', null, 'nobody writes a part itself');
select throws_ok($$insert into public.tags (name) values ('mine')$$, '42501', null, 'nobody writes a catalogue itself');

-- What Ben sees of it.
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000002", "role": "authenticated"}';
select is(
  (select payment_methods from public.profile_details where id = 'a0000000-0000-4000-8000-000000000001'),
  '[]', 'payment methods are the owner''s as long as they are not shown');
select is_empty($$select from public.profile_payment_methods where profile_id = 'a0000000-0000-4000-8000-000000000001'$$, 'nor does the table itself show them');
select is(
  (select professional_types from public.profile_details where id = 'a0000000-0000-4000-8000-000000000001'),
  '["pgTAP Editor", "pgTAP Videógrafo"]', 'the rest is for everybody who is signed in');
select is((select jsonb_agg(e ->> 'name') from jsonb_array_elements(public.suggest_software('PGTAP fús')) e), '["pgTAP Fusion"]',
  'software is suggested while typing, whatever the case and accents');
select is((select jsonb_agg(e ->> 'name') from jsonb_array_elements(public.suggest_tags('pgtap', 'profession')) e),
  '["pgTAP Editor", "pgTAP Videógrafo"]', 'tags are suggested by kind');
select is(public.suggest_tags('pgtap vidografo') -> 0 ->> 'name', 'pgTAP Videógrafo',
  'a name that is spelt wrong is found by its likeness');

-- What a stranger sees.
set local role anon;
set local request.jwt.claims = '{"role": "anon"}';
select throws_ok('select from public.profile_details', '42501', null, 'a stranger sees no whole profile');
select throws_ok($$select public.suggest_tags('a')$$, '42501', null, 'a stranger is suggested nothing');

-- What remains when the account goes.
reset role;
delete from auth.users where id = 'a0000000-0000-4000-8000-000000000001';
select is(
  (select jsonb_build_array(professional_types, software, tags, rates, payment_methods, languages, links, experience_years, experience)
   from public.profile_details where id = 'a0000000-0000-4000-8000-000000000001'),
  '[[], [], [], {}, [], [], [], null, ""]', 'no part of a deleted profile remains');
select is(
  (select sum(profile_count)::integer from (
    select profile_count from public.tags where key like 'pgtap %'
    union all select profile_count from public.software where key like 'pgtap %') c),
  0, 'and nobody is counted any more');

select * from finish();
rollback;
