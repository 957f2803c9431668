import { createClient } from '@supabase/supabase-js'
import { describe, expect, it } from 'vitest'
import { follow, newestMail } from '../support/mails.ts'
import { service, visitor } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'
import { query } from '../support/sql.ts'

const stack = stackOfProject(
  `create table public.seen (id uuid primary key);`,
  `[auth]
site_url = "http://127.0.0.1:3000"
additional_redirect_urls = ["https://*.example.com/**", "myapp://callback"]
enable_anonymous_sign_ins = true
[auth.email]
enable_confirmations = true
secure_password_change = true
[auth.email.template.invite]
subject = "Come in, {{ .Data.name }}"`,
)
const password = 'long enough'
const newEmail = () => `${crypto.randomUUID()}@example.com`

async function confirmed() {
  const email = newEmail()
  const client = visitor(stack())
  await client.auth.signUp({ email, password })
  const { data, error } = await client.auth.verifyOtp({
    email,
    token: newestMail(stack(), email).code,
    type: 'signup',
  })
  if (error || !data.user) throw error
  return { email, client, id: data.user.id }
}

describe('a sign-up with confirmations', () => {
  it('waits for the code of the mail', async () => {
    const email = newEmail()
    const client = visitor(stack())
    const { data } = await client.auth.signUp({ email, password, options: { data: { name: 'Ana' } } })
    expect(data.session).toBeNull()
    expect(data.user).toMatchObject({ email, identities: [{ provider: 'email' }] })
    expect((await client.auth.signInWithPassword({ email, password })).error?.code).toBe(
      'email_not_confirmed',
    )
    const { code } = newestMail(stack(), email)
    expect(code).toMatch(/^\d{6}$/)
    const wrong = await client.auth.verifyOtp({ email, token: '000000', type: 'signup' })
    expect(wrong.error).toMatchObject({ status: 403, code: 'otp_expired' })
    const { data: done } = await client.auth.verifyOtp({ email, token: code, type: 'email' })
    expect(done.user).toMatchObject({ email, user_metadata: { name: 'Ana', email_verified: true } })
    expect((await client.auth.signInWithPassword({ email, password })).error).toBeNull()
    const again = await client.auth.verifyOtp({ email, token: code, type: 'email' })
    expect(again.error?.code).toBe('otp_expired')
  })

  it('ends at the application when its link is followed, once', async () => {
    const email = newEmail()
    const emailRedirectTo = 'https://app.example.com/welcome'
    await visitor(stack()).auth.signUp({ email, password, options: { emailRedirectTo } })
    const { link } = newestMail(stack(), email)
    expect(link).toContain(`${stack().apiUrl}/auth/v1/verify?token=`)
    const { target, hash } = await follow(link)
    expect(target).toBe(emailRedirectTo)
    expect(hash.get('type')).toBe('signup')
    const client = visitor(stack())
    const { data } = await client.auth.setSession({
      access_token: hash.get('access_token') ?? '',
      refresh_token: hash.get('refresh_token') ?? '',
    })
    expect(data.user?.email).toBe(email)
    expect((await client.auth.refreshSession()).error).toBeNull()
    const second = await follow(link)
    expect(Object.fromEntries(second.hash)).toEqual({
      error: 'access_denied',
      error_code: 'otp_expired',
      error_description: 'Email link is invalid or has expired',
      sb: '',
    })
  })

  it('gives one session to two that follow the link at once', async () => {
    const email = newEmail()
    await visitor(stack()).auth.signUp({ email, password })
    const { link } = newestMail(stack(), email)
    const both = await Promise.all([follow(link), follow(link)])
    expect(both.filter(({ hash }) => hash.has('access_token'))).toHaveLength(1)
    expect(both.filter(({ hash }) => hash.get('error_code') === 'otp_expired')).toHaveLength(1)
  })

  it('does not tell who has an account', async () => {
    const { email, id } = await confirmed()
    const before = stack().mails(email).length
    const { data, error } = await visitor(stack()).auth.signUp({ email, password })
    expect(error).toBeNull()
    expect(data.user?.identities).toEqual([])
    expect(data.user?.id).not.toBe(id)
    expect((await visitor(stack()).auth.resetPasswordForEmail(newEmail())).error).toBeNull()
    expect(stack().mails(email)).toHaveLength(before)
  })

  it('sends the mail again when asked', async () => {
    const email = newEmail()
    const client = visitor(stack())
    await client.auth.signUp({ email, password })
    const first = newestMail(stack(), email)
    expect((await client.auth.resend({ type: 'signup', email })).error).toBeNull()
    expect(stack().mails(email)).toHaveLength(2)
    expect((await follow(first.link)).hash.get('error_code')).toBe('otp_expired')
    expect((await follow(newestMail(stack(), email).link)).hash.has('access_token')).toBe(true)
  })

  it('never leads to a site that the project does not name', async () => {
    for (const emailRedirectTo of ['https://evil.test/', 'https://a.b.example.com/', 'javascript:alert(1)']) {
      const email = newEmail()
      await visitor(stack()).auth.signUp({ email, password, options: { emailRedirectTo } })
      expect((await follow(newestMail(stack(), email).link)).target).toBe('http://127.0.0.1:3000/')
    }
  })
})

describe('a magic link', () => {
  it('makes a user, signs in with the code and with the token hash', async () => {
    const email = newEmail()
    const client = visitor(stack())
    expect(
      (await client.auth.signInWithOtp({ email, options: { shouldCreateUser: false } })).error,
    ).toMatchObject({
      status: 422,
      code: 'otp_disabled',
    })
    expect((await client.auth.signInWithOtp({ email })).error).toBeNull()
    const first = newestMail(stack(), email)
    const made = await client.auth.verifyOtp({ email, token: first.code, type: 'email' })
    expect(made.data.user?.email).toBe(email)
    await client.auth.signInWithOtp({ email })
    const { hash, link } = newestMail(stack(), email)
    expect(new URL(link).searchParams.get('type')).toBe('magiclink')
    const { data } = await client.auth.verifyOtp({ token_hash: hash, type: 'email' })
    expect(data.user?.id).toBe(made.data.user?.id)
    const claims = JSON.parse(atob(data.session?.access_token.split('.')[1] ?? ''))
    expect(claims).toMatchObject({ aal: 'aal1', amr: [{ method: 'otp' }], is_anonymous: false })
  })

  it('exchanges its code once in a PKCE flow, for whoever began it', async () => {
    const { email } = await confirmed()
    const options = {
      auth: { flowType: 'pkce', persistSession: true, autoRefreshToken: false, storage: memory() },
    }
    const client = createClient(stack().apiUrl, stack().publishableKey, options as never)
    await client.auth.signInWithOtp({ email })
    const { query: values, hash } = await follow(newestMail(stack(), email).link)
    expect([...hash.keys()]).toEqual([])
    const code = values.get('code') ?? ''
    expect((await visitor(stack()).auth.exchangeCodeForSession(code)).error).not.toBeNull()
    const { data } = await client.auth.exchangeCodeForSession(code)
    expect(data.user?.email).toBe(email)
  })
})

describe('a recovery', () => {
  it('signs in, and the new password ends what was sent before', async () => {
    const { email, client } = await confirmed()
    const old = await visitor(stack())
    await old.auth.signInWithPassword({ email, password })
    await client.auth.resetPasswordForEmail(email)
    const { hash } = newestMail(stack(), email)
    const recovered = visitor(stack())
    await recovered.auth.verifyOtp({ token_hash: hash, type: 'recovery' })
    expect((await recovered.auth.updateUser({ password })).error?.code).toBe('same_password')
    expect((await recovered.auth.updateUser({ password: 'another one' })).error).toBeNull()
    expect((await old.auth.refreshSession()).error).not.toBeNull()
    expect((await recovered.auth.refreshSession()).error).toBeNull()
    expect(
      (await visitor(stack()).auth.signInWithPassword({ email, password: 'another one' })).error,
    ).toBeNull()
  })

  it('asks an old session for the code of a mail', async () => {
    const { email, client, id } = await confirmed()
    await query(
      stack().adminDbUrl,
      `update auth.sessions set created_at = now() - interval '2 days' where user_id = '${id}'`,
    )
    expect((await client.auth.updateUser({ password: 'another one' })).error?.code).toBe(
      'reauthentication_needed',
    )
    expect((await client.auth.reauthenticate()).error).toBeNull()
    const { subject, code } = newestMail(stack(), email)
    expect(subject).toContain(code)
    const wrong = await client.auth.updateUser({ password: 'another one', nonce: '000000' })
    expect(wrong.error?.code).toBe('reauthentication_not_valid')
    expect((await client.auth.updateUser({ password: 'another one', nonce: code })).error).toBeNull()
  })
})

describe('a change of address', () => {
  it('is confirmed at both addresses', async () => {
    const { email, client } = await confirmed()
    const next = newEmail()
    const { data } = await client.auth.updateUser({ email: next })
    expect(data.user).toMatchObject({ email, new_email: next })
    const first = await client.auth.verifyOtp({
      email: next,
      token: newestMail(stack(), next).code,
      type: 'email_change',
    })
    expect(first.error).toBeNull()
    expect(first.data.session).toBeNull()
    const { hash } = await follow(newestMail(stack(), email).link)
    expect(hash.get('type')).toBe('email_change')
    expect((await client.auth.refreshSession()).data.user).toMatchObject({
      email: next,
      identities: [{ identity_data: { email: next } }],
    })
  })

  it('is refused where the address is taken', async () => {
    const other = await confirmed()
    const { client } = await confirmed()
    expect((await client.auth.updateUser({ email: other.email })).error).toMatchObject({
      status: 422,
      code: 'email_exists',
    })
  })
})

describe('an anonymous user', () => {
  it('signs in, keeps the account when an address is added, and says so in the token', async () => {
    const client = visitor(stack())
    const { data } = await client.auth.signInAnonymously({ options: { data: { name: 'Nobody' } } })
    expect(data.user).toMatchObject({ is_anonymous: true, email: '', user_metadata: { name: 'Nobody' } })
    const claims = JSON.parse(atob(data.session?.access_token.split('.')[1] ?? ''))
    expect(claims).toMatchObject({
      is_anonymous: true,
      role: 'authenticated',
      amr: [{ method: 'anonymous' }],
    })
    const { data: refreshed } = await client.auth.refreshSession()
    expect(JSON.parse(atob(refreshed.session?.access_token.split('.')[1] ?? ''))).toMatchObject({
      email: '',
      phone: '',
      is_anonymous: true,
    })
    expect((await client.auth.updateUser({ password })).error?.code).toBe('validation_failed')
    const email = newEmail()
    await client.auth.updateUser({ email })
    const token = newestMail(stack(), email).code
    const { data: done } = await client.auth.verifyOtp({ email, token, type: 'email_change' })
    expect(done.user).toMatchObject({ id: data.user?.id, email, is_anonymous: false })
    expect((await client.auth.refreshSession()).error).toBeNull()
  })
})

describe('the admin API', () => {
  it('invites by the project’s own words', async () => {
    const email = newEmail()
    const { data } = await service(stack()).auth.admin.inviteUserByEmail(email, { data: { name: 'Eva' } })
    expect(data.user).toMatchObject({ email, user_metadata: { name: 'Eva' } })
    const { subject, hash } = newestMail(stack(), email)
    expect(subject).toBe('Come in, Eva')
    const invited = await visitor(stack()).auth.verifyOtp({ token_hash: hash, type: 'invite' })
    expect(invited.data.user?.invited_at).toBeTruthy()
    expect((await service(stack()).auth.admin.inviteUserByEmail(email)).error?.code).toBe('email_exists')
    expect((await visitor(stack()).auth.admin.inviteUserByEmail(newEmail())).error?.status).toBe(401)
  })

  it('generates links that work and sends nothing', async () => {
    const { admin } = service(stack()).auth
    const email = newEmail()
    const { data } = await admin.generateLink({ type: 'signup', email, password })
    expect(data.properties).toMatchObject({
      verification_type: 'signup',
      redirect_to: 'http://127.0.0.1:3000',
    })
    expect(stack().mails(email)).toEqual([])
    expect((await follow(data.properties?.action_link ?? '')).hash.get('type')).toBe('signup')
    const magic = await admin.generateLink({ type: 'magiclink', email })
    const token = magic.data.properties?.email_otp ?? ''
    const { data: signedIn } = await visitor(stack()).auth.verifyOtp({ email, token, type: 'magiclink' })
    expect(signedIn.user?.id).toBe(magic.data.user?.id)
    const next = newEmail()
    const change = await admin.generateLink({ type: 'email_change_new', email, newEmail: next })
    expect(change.data.properties?.verification_type).toBe('email_change_new')
    const unknown = await admin.generateLink({ type: 'recovery', email: newEmail() })
    expect(unknown.error).toMatchObject({ status: 404, code: 'user_not_found' })
    const nonsense = await admin.generateLink({ type: 'nonsense' as 'signup', email, password })
    expect(nonsense.error).toMatchObject({ status: 400, code: 'validation_failed' })
  })
})

function memory() {
  const values = new Map<string, string>()
  return {
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  }
}
