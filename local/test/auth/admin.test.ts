import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { person, service, visitor } from '../support/people.ts'
import { query } from '../support/sql.ts'
import { stackOfTheFile } from '../support/stack.ts'

const stack = stackOfTheFile()
const password = 'long enough'

async function ask(method: string, path: string, body?: unknown) {
  const { apiUrl, secretKey } = stack()
  const response = await fetch(`${apiUrl}/auth/v1${path}`, {
    method,
    headers: { apikey: secretKey, 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const answer = (await response.json().catch(() => null)) as Record<string, unknown> | null
  return { status: response.status, code: answer?.error_code, answer }
}

const users = async () => Number((await query(stack().dbUrl, 'select count(*) from auth.users'))[0]?.count)

describe('a path that is not there', () => {
  it('is never answered as another one', async () => {
    const { id } = await person(stack())
    const before = await users()
    for (const path of [
      `/admin/users/${id}/nothing`,
      `/admin/users/${id}/factors/${id}/x`,
      '/admin/userss',
      '/nothing',
    ]) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
        expect(
          await ask(method, path, method === 'GET' ? undefined : { email: `${randomUUID()}@example.com` }),
        ).toMatchObject({
          status: 404,
        })
      }
    }
    expect(await ask('POST', `/admin/users/${id}`, { email: `${randomUUID()}@example.com` })).toMatchObject({
      status: 405,
    })
    expect(await ask('GET', '/admin/users/me')).toMatchObject({ status: 404, code: 'validation_failed' })
    expect(await users()).toBe(before)
  })

  it('of a second factor says that there is none', async () => {
    const { id } = await person(stack())
    const { admin } = service(stack()).auth
    expect(await admin.mfa.listFactors({ userId: id })).toMatchObject({ data: { factors: [] }, error: null })
    expect(await ask('POST', `/admin/users/${id}/factors`, { factor_type: 'totp' })).toMatchObject({
      status: 405,
    })
    expect((await admin.mfa.deleteFactor({ userId: id, id: randomUUID() })).error).toMatchObject({
      status: 404,
      code: 'mfa_factor_not_found',
    })
    expect((await admin.mfa.listFactors({ userId: randomUUID() })).error).toMatchObject({
      code: 'user_not_found',
    })
  })
})

describe('a feature that is not there', () => {
  it('answers 501 and its name', async () => {
    const { client } = await person(stack())
    const absent = { status: 501, message: expect.stringMatching(/^the local stack has no /) }
    const before = await users()
    expect((await client.auth.mfa.enroll({ factorType: 'phone', phone: '15550100' })).error).toMatchObject({
      ...absent,
      message: 'the local stack has no second factor of the type phone',
    })
    for (const path of ['/admin/audit', '/admin/sso/providers', '/admin/oauth/clients', '/passkeys'])
      expect(await ask('GET', path)).toMatchObject({ status: 501, code: 'not_implemented' })
    expect(await users()).toBe(before)
  })

  it('answers as one that a project has switched off', async () => {
    const { client } = await person(stack())
    expect((await client.auth.linkIdentity({ provider: 'github' })).error).toMatchObject({
      status: 404,
      code: 'manual_linking_disabled',
    })
    expect((await client.auth.mfa.enroll({ factorType: 'totp' })).error).toMatchObject({
      status: 422,
      code: 'mfa_totp_enroll_not_enabled',
    })
    const { auth } = visitor(stack())
    expect((await auth.signInWithSSO({ domain: 'example.com' })).error).toMatchObject({
      status: 404,
      code: 'saml_provider_disabled',
    })
    expect((await auth.signInWithIdToken({ provider: 'google', token: 'x' })).error).toMatchObject({
      status: 400,
      code: 'provider_disabled',
    })
    const phone = await auth.verifyOtp({ phone: 'not one', token: '123456', type: 'sms' })
    expect(phone.error?.message).toBe('Invalid phone number format (E.164 required)')
  })
})

describe('createUser', () => {
  it('refuses what Supabase Auth refuses', async () => {
    const refused = async (attributes: Record<string, unknown>, code = 'validation_failed', status = 400) => {
      const email = `${randomUUID()}@example.com`
      const { answer, ...outcome } = await ask('POST', '/admin/users', { email, password, ...attributes })
      expect(outcome, JSON.stringify([attributes, answer])).toEqual({ status, code })
    }
    for (const email of [
      'nobody',
      'a@b@c',
      'a b@example.com',
      '@example.com',
      'a@-b.com',
      `${'a'.repeat(250)}@b.com`,
    ])
      await refused({ email })
    for (const phone of ['12', 'abc', '+0123456789', '1'.repeat(16)].slice(1)) await refused({ phone })
    await refused({ id: 'me' })
    await refused({ id: '00000000-0000-0000-0000-000000000000' })
    await refused({ password_hash: '$2a$10$abcdefghijklmnopqrstuv' })
    await refused({ password: undefined, password_hash: 'md5' })
    await refused({ password: 'x'.repeat(73) })
    await refused({ ban_duration: 'a while' })
    await refused({ email: 5 }, 'bad_json')
    await refused({ email_confirm: 'yes' }, 'bad_json')
    await refused({ user_metadata: [] }, 'bad_json')
    await refused({ app_metadata: 'text' }, 'bad_json')
    expect(await ask('POST', '/admin/users', [])).toMatchObject({ status: 400, code: 'bad_json' })
    const { id } = await person(stack())
    await refused({ id }, 'user_already_exists', 422)
  })

  it('takes what Supabase Auth takes', async () => {
    const { admin } = service(stack()).auth
    const id = randomUUID()
    const { data } = await admin.createUser({ id, phone: '+1 555 0100', password: '', phone_confirm: true })
    expect(data.user).toMatchObject({ id, phone: '15550100', app_metadata: { provider: 'phone' } })
    expect((await admin.createUser({ phone: '15550100' })).error).toMatchObject({
      status: 422,
      code: 'phone_exists',
    })
    const email = `${randomUUID()}@example.com`
    const short = await ask('POST', '/admin/users', {
      email,
      password: 'short',
      user_metadata: null,
      role: null,
    })
    expect(short.status).toBe(200)
    expect((await admin.updateUserById(String(short.answer?.id), { password: 'short' })).error).toMatchObject(
      {
        status: 422,
        code: 'weak_password',
      },
    )
  })
})
