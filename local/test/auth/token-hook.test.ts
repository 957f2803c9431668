import { decodeJwt } from 'jose'
import { expect, it } from 'vitest'
import { person, service, visitor } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'
import { query } from '../support/sql.ts'

const MIGRATION = `
create table public.roles (email text primary key, role text not null);
insert into public.roles values ('ana@example.com', 'moderator');
create function public.token_hook(event jsonb) returns jsonb language plpgsql stable as $$
declare
  address text := event -> 'claims' ->> 'email';
begin
  if address like 'refused%' then
    return '{"error": {"http_code": 403, "message": "not at this hour"}}';
  elsif address like 'broken%' then
    raise exception 'on purpose';
  elsif address like 'slow%' then
    perform pg_sleep(10);
  elsif address like 'less%' then
    return jsonb_set(event, '{claims}', (event -> 'claims') - 'role' - 'aal');
  elsif address like 'nothing%' then
    return null;
  end if;
  return jsonb_set(event, '{claims}', event -> 'claims' || jsonb_build_object(
    'user_role', (select r.role from public.roles r where r.email = address),
    'method', event ->> 'authentication_method', 'same', event ->> 'user_id' = event -> 'claims' ->> 'sub'
  ));
end
$$;
grant usage on schema public to supabase_auth_admin;
grant execute on function public.token_hook to supabase_auth_admin;
grant select on public.roles to supabase_auth_admin;
revoke execute on function public.token_hook from authenticated, anon, public;
create table public.messages (id integer primary key);
insert into public.messages values (1), (2);
alter table public.messages enable row level security;
create policy "Moderators delete messages" on public.messages for delete using (auth.jwt() ->> 'user_role' = 'moderator');
create policy "Users read messages" on public.messages for select using (true);
`

const stack = stackOfProject(
  MIGRATION,
  `[auth]
enable_anonymous_sign_ins = true
[auth.hook.custom_access_token]
enabled = true
uri = "pg-functions://postgres/public/token_hook"
`,
)

const password = 'long enough'
const claimsOf = (token: string | undefined) => decodeJwt(token ?? '')

it('changes the claims of every token, by the way the user signs in', async () => {
  const client = visitor(stack())
  const email = 'ana@example.com'
  const signedUp = await client.auth.signUp({ email, password })
  expect(claimsOf(signedUp.data.session?.access_token)).toMatchObject({
    user_role: 'moderator',
    method: 'password',
    same: true,
  })
  const signedIn = await client.auth.signInWithPassword({ email, password })
  const claims = claimsOf(signedIn.data.session?.access_token)
  expect(claims).toMatchObject({ user_role: 'moderator', method: 'password', role: 'authenticated' })
  const refreshed = await client.auth.refreshSession()
  expect(claimsOf(refreshed.data.session?.access_token)).toMatchObject({
    user_role: 'moderator',
    method: 'token_refresh',
    session_id: claims.session_id,
  })
  const anonymous = await visitor(stack()).auth.signInAnonymously()
  expect(claimsOf(anonymous.data.session?.access_token)).toMatchObject({
    user_role: null,
    method: 'anonymous',
  })
  // Policies see it.
  const other = (await person(stack())).client
  expect((await other.from('messages').delete().eq('id', 1).select()).data).toEqual([])
  expect((await client.from('messages').delete().eq('id', 1).select()).data).toEqual([{ id: 1 }])
})

it('refuses who it refuses, and a failure of its own is one of the server', async () => {
  const trySignUp = async (email: string) => {
    const { data, error } = await visitor(stack()).auth.signUp({ email, password })
    expect(data.session).toBeNull()
    return [error?.status, error?.message]
  }
  expect(await trySignUp('refused@example.com')).toEqual([403, 'not at this hour'])
  const failed = [500, 'Error running hook URI: pg-functions://postgres/public/token_hook']
  expect(await trySignUp('broken@example.com')).toEqual(failed)
  expect(await trySignUp('slow@example.com')).toEqual(failed)
  const less = await trySignUp('less@example.com')
  expect(less[1]).toContain('- (root): role is required\n- (root): aal is required')
  expect((await trySignUp('nothing@example.com'))[0]).toBe(500)
  expect(await query(stack().adminDbUrl, `select from auth.users where email like 'broken%'`)).toHaveLength(0)
})

it('counts for a sign-in by password as well', async () => {
  const { admin } = service(stack()).auth
  await admin.createUser({ email: 'refused-later@example.com', password, email_confirm: true })
  const { error } = await visitor(stack()).auth.signInWithPassword({
    email: 'refused-later@example.com',
    password,
  })
  expect(error).toMatchObject({ status: 403, message: 'not at this hour' })
})
