import { expect, it } from 'vitest'
import { codeOf } from '../../src/auth/totp.ts'
import { person, service, visitor } from '../support/people.ts'
import { stackOfProject } from '../support/project-stack.ts'

const stack = stackOfProject(
  `create function public.level() returns text language sql stable as $$ select auth.jwt() ->> 'aal' $$;`,
  '[auth.mfa.totp]\nenroll_enabled = true\nverify_enabled = true',
)

it('raises the session by the code of an authenticator app, and ends those with one factor', async () => {
  const { client, id, email } = await person(stack())
  const other = visitor(stack())
  await other.auth.signInWithPassword({ email, password: 'long enough' })
  const { data: factor } = await client.auth.mfa.enroll({ factorType: 'totp', friendlyName: 'phone' })
  const { secret = '', uri = '' } = factor?.totp ?? {}
  expect(uri).toMatch(/^otpauth:\/\/totp\/.*&secret=/)
  const factorId = factor?.id ?? ''
  const wrong = await client.auth.mfa.challengeAndVerify({ factorId, code: '000000' })
  expect(wrong.error).toMatchObject({ status: 422, code: 'mfa_verification_failed' })
  expect((await client.auth.mfa.challengeAndVerify({ factorId, code: codeOf(secret) })).error).toBeNull()
  expect((await client.auth.mfa.getAuthenticatorAssuranceLevel()).data).toMatchObject({
    currentLevel: 'aal2',
    nextLevel: 'aal2',
    currentAuthenticationMethods: [{ method: 'totp' }, { method: 'password' }],
  })
  expect((await client.rpc('level')).data).toBe('aal2')
  expect((await other.auth.refreshSession()).error).not.toBeNull()
  await client.auth.refreshSession()
  expect((await client.rpc('level')).data).toBe('aal2')

  await other.auth.signInWithPassword({ email, password: 'long enough' })
  expect((await other.auth.mfa.getAuthenticatorAssuranceLevel()).data).toMatchObject({
    currentLevel: 'aal1',
    nextLevel: 'aal2',
  })
  expect((await other.auth.mfa.unenroll({ factorId })).error?.code).toBe('insufficient_aal')
  const { admin } = service(stack()).auth
  expect((await admin.mfa.listFactors({ userId: id })).data?.factors).toMatchObject([
    { id: factorId, status: 'verified' },
  ])
  expect((await client.auth.mfa.unenroll({ factorId })).error).toBeNull()
  await client.auth.refreshSession()
  expect((await client.rpc('level')).data).toBe('aal1')
  expect((await admin.mfa.listFactors({ userId: id })).data?.factors).toEqual([])
})

it('takes a challenge once, of the caller alone', async () => {
  const { client } = await person(stack())
  const { data: factor } = await client.auth.mfa.enroll({ factorType: 'totp' })
  const factorId = factor?.id ?? ''
  const code = codeOf(factor?.totp.secret ?? '')
  const challengeId = (await client.auth.mfa.challenge({ factorId })).data?.id ?? ''
  const stranger = (await person(stack())).client
  expect((await stranger.auth.mfa.verify({ factorId, challengeId, code })).error?.code).toBe(
    'mfa_factor_not_found',
  )
  expect((await client.auth.mfa.verify({ factorId, challengeId, code })).error).toBeNull()
  expect((await client.auth.mfa.verify({ factorId, challengeId, code })).error?.code).toBe(
    'mfa_factor_not_found',
  )
  expect((await visitor(stack()).auth.mfa.enroll({ factorType: 'totp' })).error).not.toBeNull()
})
