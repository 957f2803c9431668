import { newProfile } from './profiles.ts'
import type { Account, World } from './world.ts'

const lifetimeSeconds = 3600

const encode = (value: object) => {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** The user's id of a token that has not expired; `expired` for one that has, null for none. */
export function readToken(token: string | null | undefined): string | null {
  const part = /^(?:bearer )?[^.\s]+\.([^.\s]+)\.[^.\s]*$/i.exec(token ?? '')?.[1]
  if (!part) return null
  try {
    const { sub, exp } = JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')))
    if (typeof sub !== 'string') return null
    return exp < Date.now() / 1000 ? 'expired' : sub.toLowerCase()
  } catch {
    return null
  }
}

export function addAccount(
  world: World,
  about: Pick<Account, 'id' | 'email' | 'password'>,
  name: string,
): Account {
  const account: Account = {
    ...about,
    email: about.email.toLowerCase(),
    profile: newProfile(world, about.id, name),
    follows: new Map(),
    blocks: new Map(),
    favorites: new Map(),
    notices: [],
  }
  world.accounts.set(account.id, account)
  return account
}

const userOf = ({ id, email, profile }: Account) => ({
  id,
  email,
  aud: 'authenticated',
  role: 'authenticated',
  phone: '',
  is_anonymous: false,
  confirmed_at: profile.created_at,
  email_confirmed_at: profile.created_at,
  created_at: profile.created_at,
  updated_at: profile.created_at,
  app_metadata: { provider: 'email', providers: ['email'] },
  user_metadata: { display_name: profile.display_name },
  identities: [],
})

/** A session as Auth answers it. The token has no signature that a server would accept. */
export function sessionOf(account: Account) {
  const now = Math.floor(Date.now() / 1000)
  const { id: sub, email } = account
  const claims = {
    sub,
    email,
    aud: 'authenticated',
    role: 'authenticated',
    iat: now,
    exp: now + lifetimeSeconds,
  }
  return {
    access_token: `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ ...claims, session_id: crypto.randomUUID() })}.fake`,
    refresh_token: `fake-${sub}`,
    token_type: 'bearer' as const,
    expires_in: lifetimeSeconds,
    expires_at: now + lifetimeSeconds,
    user: userOf(account),
  }
}

const refusal = (status: number, code: string, msg: string) =>
  Response.json({ code: status, error_code: code, msg }, { status })

/** What Auth answers, for the calls of an app that signs in with a password. */
export async function answerAuth(world: World, path: string, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const body = request.method === 'POST' ? await request.json().catch(() => ({})) : {}
  const byEmail = [...world.accounts.values()].find((one) => one.email === body.email?.toLowerCase())
  if (path === 'token' && url.searchParams.get('grant_type') === 'refresh_token') {
    const account = world.accounts.get(String(body.refresh_token).replace('fake-', ''))
    if (account) return Response.json(sessionOf(account))
    return refusal(400, 'refresh_token_not_found', 'Invalid Refresh Token: Refresh Token Not Found')
  }
  if (path === 'token') {
    if (byEmail && byEmail.password === body.password) return Response.json(sessionOf(byEmail))
    return refusal(400, 'invalid_credentials', 'Invalid login credentials')
  }
  if (path === 'signup') {
    if (byEmail) return refusal(422, 'user_already_exists', 'User already registered')
    const { email = `${crypto.randomUUID()}@example.com`, password = '', data } = body
    const name = data?.display_name ?? email.split('@')[0]
    return Response.json(sessionOf(addAccount(world, { id: crypto.randomUUID(), email, password }, name)))
  }
  if (path === 'user') {
    const account = world.accounts.get(readToken(request.headers.get('authorization')) ?? '')
    return account ? Response.json(userOf(account)) : refusal(401, 'no_authorization', 'No user is signed in')
  }
  if (path === 'logout') return new Response(null, { status: 204 })
  return refusal(404, 'not_found', `the fake backend does not answer auth/v1/${path}`)
}
