import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { stackOfTheFile } from '../support/stack.ts'

const stack = stackOfTheFile()
const now = () => Math.floor(Date.now() / 1000)

function signed(claims: object, header: object = { alg: 'HS256', typ: 'JWT' }): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = `${encode(header)}.${encode(claims)}`
  return `${body}.${createHmac('sha256', stack().jwtSecret).update(body).digest('base64url')}`
}

async function ask(token: string) {
  const { apiUrl, publishableKey } = stack()
  const response = await fetch(`${apiUrl}/rest/v1/rpc/whoami`, {
    method: 'POST',
    headers: { apikey: publishableKey, authorization: `Bearer ${token}` },
  })
  const body = await response.json()
  return response.ok ? body.current_user : [response.status, body.code, body.message]
}

const user = { role: 'authenticated', sub: '317eadce-631a-4429-a0bb-f19a7a517b4a' }

describe('a token', () => {
  it('lives half a minute longer than it says, and no longer', async () => {
    expect(await ask(signed({ ...user, exp: now() - 20 }))).toBe('authenticated')
    expect(await ask(signed({ ...user, exp: now() - 40 }))).toEqual([401, 'PGRST303', 'JWT expired'])
  })

  it('whose end has a fraction of a second has always ended', async () => {
    expect(await ask(signed({ ...user, exp: now() + 3600.5 }))).toEqual([401, 'PGRST303', 'JWT expired'])
  })

  it('of the future is refused, beyond what clocks differ', async () => {
    expect(await ask(signed({ ...user, iat: now() + 20, nbf: now() + 20 }))).toBe('authenticated')
    expect(await ask(signed({ ...user, iat: now() + 60 }))).toEqual([401, 'PGRST303', 'JWT issued at future'])
    expect(await ask(signed({ ...user, nbf: now() + 60 }))).toEqual([401, 'PGRST303', 'JWT not yet valid'])
    expect(await ask(signed({ ...user, exp: 'soon' }))).toEqual([
      401,
      'PGRST303',
      `The JWT 'exp' claim must be a number`,
    ])
  })

  it('of a role that the database does not know, or that the API may not become, is refused', async () => {
    expect(await ask(signed({ ...user, role: 'nobody' }))).toEqual([
      401,
      '22023',
      'role "nobody" does not exist',
    ])
    expect(await ask(signed({ ...user, role: 'postgres' }))).toEqual([403, '42501', expect.any(String)])
  })

  it('without a role is one of anon', async () => {
    expect(await ask(signed({ sub: user.sub }))).toBe('anon')
  })

  it('of another secret, or of none, is refused', async () => {
    const [head, body] = signed({ ...user, role: 'service_role' }).split('.')
    const forged = `${head}.${body}.${Buffer.from('no').toString('base64url')}`
    expect(await ask(forged)).toEqual([401, 'PGRST301', expect.any(String)])
    expect(await ask(signed({ ...user }, { alg: 'none' }))).toEqual([401, 'PGRST301', expect.any(String)])
    expect(await ask('a.b')).toEqual([401, 'PGRST301', 'Expected 3 parts in JWT; got 2'])
  })
})
