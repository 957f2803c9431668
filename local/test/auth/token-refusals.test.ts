import { decodeJwt } from 'jose'
import { describe, expect, it } from 'vitest'
import { service, visitor } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'
import { query } from '../support/sql.ts'

/** A hook that takes `json`, and does what its only row says. */
const MIGRATION = `
create table public.hook (does text not null);
insert into public.hook values ('pass');
create function public.token_hook(event json) returns json language plpgsql as $$
declare
  does text := (select h.does from public.hook h);
  claims jsonb := event -> 'claims';
begin
  if does = 'pass' then
    return event;
  elsif does = 'raise' then
    raise exception 'on purpose';
  elsif does like '{%' then
    return json_build_object('claims', claims || does::jsonb);
  end if;
  return substr(does, 8)::json;
end
$$;
grant usage on schema public to supabase_auth_admin;
grant execute on function public.token_hook to supabase_auth_admin;
grant select on public.hook to supabase_auth_admin;
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
const REFUSED = { answers: { error: { http_code: 403, message: 'not at this hour' } } }
const sql = <Row extends object>(text: string) => query<Row>(stack().adminDbUrl, text)
const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`

/** Makes the hook pass, raise, add these claims, or answer this. */
async function hook(does: 'pass' | 'raise' | { adds: object } | { answers: unknown }): Promise<void> {
  const answer =
    typeof does === 'string'
      ? does
      : 'adds' in does
        ? JSON.stringify(does.adds)
        : `answer ${JSON.stringify(does.answers)}`
  await sql(`update public.hook set does = ${quoted(answer)}`)
}

async function signUp() {
  const client = visitor(stack())
  const email = `${crypto.randomUUID()}@example.com`
  const { data, error } = await client.auth.signUp({ email, password })
  return { client, email, id: String(data.user?.id), session: data.session, error }
}

const tokensOf = async (id: string) =>
  await sql(`select token, parent, revoked from auth.refresh_tokens where user_id = '${id}' order by token`)
const sessionsOf = async (id: string) =>
  await sql(`
    select s.id, u.last_sign_in_at::text as at, array(select m.authentication_method from auth.mfa_amr_claims m where m.session_id = s.id) as amr
    from auth.users u left join auth.sessions s on s.user_id = u.id where u.id = '${id}' order by s.id`)

describe('a hook that takes json', () => {
  it('is called with any text', async () => {
    await hook('pass')
    const client = visitor(stack())
    const nickname = String.raw`O'Neil \ "you" $1 ${'$$'} ? 😀`
    const { data, error } = await client.auth.signUp({
      email: `${crypto.randomUUID()}@example.com`,
      password,
      options: { data: { nickname } },
    })
    expect(error).toBeNull()
    expect(decodeJwt(data.session?.access_token ?? '').user_metadata).toMatchObject({ nickname })
  })

  it('passes the refreshed session of an anonymous user', async () => {
    await hook('pass')
    const client = visitor(stack())
    await client.auth.signInAnonymously()
    const { data, error } = await client.auth.refreshSession()
    expect(error).toBeNull()
    expect(decodeJwt(data.session?.access_token ?? '')).toMatchObject({
      email: '',
      phone: '',
      is_anonymous: true,
    })
  })
})

describe('a refused token', () => {
  it('leaves nothing of the sign-in behind', async () => {
    await hook('pass')
    const { email, id, client } = await signUp()
    await client.auth.signOut()
    const before = [await sessionsOf(id), await tokensOf(id)]
    expect(before[1]).toEqual([])
    await hook('raise')
    const again = visitor(stack())
    const refused = await again.auth.signInWithPassword({ email, password })
    expect(refused.error).toMatchObject({ status: 500 })
    expect([await sessionsOf(id), await tokensOf(id)]).toEqual(before)
    await hook('pass')
    expect((await again.auth.signInWithPassword({ email, password })).error).toBeNull()
  })

  it('leaves other sessions of the user as they are', async () => {
    await hook('pass')
    const { email, id, client } = await signUp()
    const before = [await sessionsOf(id), await tokensOf(id)]
    await hook(REFUSED)
    const tries = await Promise.all(
      [1, 2, 3].map(() => visitor(stack()).auth.signInWithPassword({ email, password })),
    )
    expect(tries.map(({ error }) => error?.message)).toEqual(Array(3).fill('not at this hour'))
    expect([await sessionsOf(id), await tokensOf(id)]).toEqual(before)
    await hook('pass')
    expect((await client.auth.refreshSession()).error).toBeNull()
  })

  it('leaves the old refresh token, which works when the hook passes again', async () => {
    await hook('pass')
    const { id, session } = await signUp()
    const refresh_token = String(session?.refresh_token)
    const before = await tokensOf(id)
    await hook(REFUSED)
    const refresh = async () => await visitor(stack()).auth.refreshSession({ refresh_token })
    const refused = await Promise.all([refresh(), refresh()])
    expect(refused.map(({ error }) => error?.status)).toEqual([403, 403])
    expect(await tokensOf(id)).toEqual(before)
    await hook('pass')
    const { data, error } = await refresh()
    expect(error).toBeNull()
    expect(data.session?.refresh_token).not.toBe(refresh_token)
  })

  it('leaves the token that followed when a used one is sent again', async () => {
    await hook('pass')
    const { id, session } = await signUp()
    const refresh = async (token?: string) =>
      await visitor(stack()).auth.refreshSession({ refresh_token: String(token) })
    const { data } = await refresh(session?.refresh_token)
    const before = await tokensOf(id)
    await hook(REFUSED)
    expect((await refresh(session?.refresh_token)).error?.status).toBe(403)
    expect(await tokensOf(id)).toEqual(before)
    await hook('pass')
    expect((await refresh(data.session?.refresh_token)).error).toBeNull()
  })
})

describe('claims of the wrong type', () => {
  it.each([
    [{ email: null }, 'email: Invalid type. Expected: string, given: null'],
    [{ phone: 5 }, 'phone: Invalid type. Expected: string, given: integer'],
    [{ role: ['a'] }, 'role: Invalid type. Expected: string, given: array'],
    [{ aal: {} }, 'aal: Invalid type. Expected: string, given: object'],
    [{ session_id: true }, 'session_id: Invalid type. Expected: string, given: boolean'],
    [{ sub: null }, 'sub: Invalid type. Expected: string, given: null'],
    [{ exp: '5' }, 'exp: Invalid type. Expected: integer, given: string'],
    [{ iat: 1.5 }, 'iat: Invalid type. Expected: integer, given: number'],
    [{ aud: null }, 'aud: Invalid type. Expected: [string,array], given: null'],
    [{ aud: ['a', 1] }, 'aud.1: Invalid type. Expected: string, given: integer'],
    [{ app_metadata: 'a' }, 'app_metadata: Invalid type. Expected: object, given: string'],
  ])('are refused: %j', async (adds, fault) => {
    await hook({ adds })
    const { error, session } = await signUp()
    expect(session).toBeNull()
    expect(error).toMatchObject({ status: 500 })
    expect(error?.message).toBe(`output claims do not conform to the expected schema: \n- ${fault}\n`)
  })

  it.each([[{ claims: null }], [{ claims: 'a' }], [{ claims: [] }], [[]], [null], ['a']])(
    'are refused where they are no object: %j',
    async (answers) => {
      await hook({ answers })
      const { error } = await signUp()
      expect(error?.status).toBe(500)
      expect(error?.message).toContain('- (root): Invalid type. Expected: object, given: ')
    },
  )

  it('are no lists of audiences, and no claims of the project', async () => {
    await hook({ adds: { aud: ['authenticated', 'other'], teams: [1, null], jti: 'a', is_anonymous: null } })
    const { error, session } = await signUp()
    expect(error).toBeNull()
    expect(decodeJwt(session?.access_token ?? '')).toMatchObject({ teams: [1, null], jti: 'a' })
  })

  it.each([
    [{ sub: 'nobody' }, 400, 'invalid claim: sub claim must be a UUID'],
    [{ session_id: 'none' }, 403, 'invalid claim: session_id claim must be a UUID'],
  ])('of a user or session that is none are refused with the token: %j', async (adds, status, message) => {
    await hook({ adds })
    const { client } = await signUp()
    const { error } = await client.auth.getUser()
    expect(error).toMatchObject({ status, code: 'bad_jwt', message })
    expect((await client.auth.updateUser({ data: { a: 1 } })).error).toMatchObject({ status, message })
  })
})

it.each([
  [400, 400],
  [599, 599],
  [200, 500],
  [399, 500],
  [600, 500],
  [99, 500],
  [403.5, 500],
  ['403', 500],
  [null, 500],
  [undefined, 500],
])('an error with the status %j is one of %j', async (http_code, status) => {
  await hook({ answers: { error: { http_code, message: 'no' } } })
  const response = await fetch(`${stack().apiUrl}/auth/v1/signup`, {
    method: 'POST',
    headers: { apikey: stack().publishableKey, 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${crypto.randomUUID()}@example.com`, password }),
  })
  expect([response.status, (await response.json()).msg]).toEqual([status, 'no'])
})

it('a user who was made without metadata signs in', async () => {
  await hook('pass')
  const email = `${crypto.randomUUID()}@example.com`
  const { data } = await service(stack()).auth.admin.createUser({ email, password, email_confirm: true })
  await sql(
    `update auth.users set raw_app_meta_data = null, raw_user_meta_data = null where id = '${data.user?.id}'`,
  )
  expect((await visitor(stack()).auth.signInWithPassword({ email, password })).error).toBeNull()
})
