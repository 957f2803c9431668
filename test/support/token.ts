import { createHmac } from 'node:crypto'
import { inject } from 'vitest'

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token as an identity provider would issue it for this project. */
export async function signToken(claims: { sub: string; role: string; exp: number }): Promise<string> {
  const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ aud: 'authenticated', ...claims })}`
  return `${body}.${createHmac('sha256', inject('stack').jwtSecret).update(body).digest('base64url')}`
}
