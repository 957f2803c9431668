begin;
select plan(18);
-- Circles: Ana makes one and invites Ben; Carla is a stranger.
insert into auth.users (id, email) values
  ('a0000000-0000-4000-8000-000000000021', 'ana-circles@example.com'),
  ('b0000000-0000-4000-8000-000000000022', 'ben-circles@example.com'),
  ('c0000000-0000-4000-8000-000000000023', 'carla-circles@example.com');

-- What Ana can do.
set local role authenticated;
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000021", "role": "authenticated"}';
select is(public.create_circle('c1000000-0000-4000-8000-000000000021', 'Los Pérez') ->> 'role', 'owner', 'a circle of her own');
select lives_ok($$select public.create_song('{"id": "10000000-0000-4000-8000-000000000021", "title": "Uno", "content": "[C]uno"}')$$, 'a song');
create temporary table invitation on commit drop as
select (public.invite_to_circle('c1000000-0000-4000-8000-000000000021', user_id => 'b0000000-0000-4000-8000-000000000022') ->> 'id')::uuid as id;
select is(
  public.share_with_circle('c1000000-0000-4000-8000-000000000021', '10000000-0000-4000-8000-000000000021', 'edit') ->> 'state',
  'accepted', 'she shares a song with it');

-- What Carla cannot do.
set local request.jwt.claims = '{"sub": "c0000000-0000-4000-8000-000000000023", "role": "authenticated"}';
select throws_ok(
  $$select public.get_circle('c1000000-0000-4000-8000-000000000021')$$, 'TT000',
  'unable to get the circle; there is none with that id that you have a role in');
select throws_ok(
  $$select public.invite_to_circle('c1000000-0000-4000-8000-000000000021', email => 'x@example.com')$$, 'TT000',
  'unable to invite to the circle; there is none with that id that you have a role in');
select throws_ok(
  format($$select public.accept_circle_invitation(%L)$$, (select id from invitation)), 'TT000',
  'unable to reach the invitation; there is none for you that is open');
select is_empty('select public.list_circles()', 'nor does she list it');
select throws_ok('select * from public.circle_members', '42501');

-- What Ben cannot do before he accepts, and can do afterwards.
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000022", "role": "authenticated"}';
select is(public.role_in('10000000-0000-4000-8000-000000000021'), null, 'an invitation gives no role in what is shared');
select is(
  (select concat_ws('|', i ->> 'circle_name', i ->> 'circle_id') from public.list_circle_invitations_received() as i),
  'Los Pérez', 'he sees the name and no id');
select is(public.accept_circle_invitation((select id from invitation)) ->> 'role', 'member', 'he joins');
select is(public.role_in('10000000-0000-4000-8000-000000000021'), 'edit', 'and has the role that the circle has');
select is((select count(*)::integer from public.list_circle_shares('c1000000-0000-4000-8000-000000000021')), 1, 'he lists what is shared');
select throws_ok(
  $$select public.update_circle('c1000000-0000-4000-8000-000000000021', 'x')$$, 'TT000',
  'unable to rename the circle; that is not for the role member');
select throws_ok(
  $$select public.share_with_circle('c1000000-0000-4000-8000-000000000021', '10000000-0000-4000-8000-000000000021', 'view')$$, 'TT000',
  'unable to share the song; that is not for the role edit');

-- What Ana takes back.
set local request.jwt.claims = '{"sub": "a0000000-0000-4000-8000-000000000021", "role": "authenticated"}';
select throws_ok(
  $$select public.leave_circle('c1000000-0000-4000-8000-000000000021')$$, 'TT000', 'unable to leave the circle; you are its last owner');
select is(
  public.ban_from_circle('c1000000-0000-4000-8000-000000000021', 'b0000000-0000-4000-8000-000000000022') ->> 'member_count', '1', 'she bans Ben');
set local request.jwt.claims = '{"sub": "b0000000-0000-4000-8000-000000000022", "role": "authenticated"}';
select is(public.role_in('10000000-0000-4000-8000-000000000021'), null, 'and his role is gone');

select * from finish();
rollback;
