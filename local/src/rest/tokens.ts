import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Keys, roleOfKey } from '../keys.ts'
import { apiError } from './errors.ts'

/** As whom a request is answered. */
export interface Caller {
  role: string
  claims: Record<string, unknown>
}

/** How far the clocks of two servers may differ, in seconds. */
const SKEW = 30

/**
 * The role of the token, or else of the key. A request without a key is let through as `anon`, as by the gateway of the
 * Supabase CLI.
 */
export function callerOf(request: Request, keys: Keys): Caller {
  const key = request.headers.get('apikey') ?? new URL(request.url).searchParams.get('apikey')
  const ofKey = key ? roleOfKey(key, keys) : 'anon'
  if (key && !ofKey && !key.includes('.')) throw invalidKey()
  const authorization = request.headers.get('authorization')
  const bearer = authorization === null ? undefined : /^Bearer\s+(.*)$/i.exec(authorization)?.[1]?.trim()
  const token = bearer ?? (key?.includes('.') ? key : undefined)
  if (token === undefined) return { role: ofKey ?? 'anon', claims: { role: ofKey ?? 'anon' } }
  const role = roleOfKey(token, keys)
  if (role && !token.includes('.')) return { role, claims: { role } }
  const claims = verified(token, keys.jwtSecret)
  return { role: typeof claims.role === 'string' ? claims.role : 'anon', claims }
}

function invalidKey() {
  const error = apiError(401, '', 'Invalid API key')
  Object.assign(error.body, { hint: 'Double check your Supabase `anon` or `service_role` API key.' })
  delete error.body.code
  delete error.body.details
  return error
}

function refused(code: 'PGRST301' | 'PGRST303', message: string, details: string | null = null) {
  return apiError(401, code, message, details, null, {
    'www-authenticate': `Bearer error="invalid_token", error_description="${message}"`,
  })
}

function verified(token: string, secret: string): Record<string, unknown> {
  if (token === '') throw refused('PGRST301', 'Empty JWT is sent in Authorization header')
  const parts = token.split('.')
  if (parts.length !== 3) throw refused('PGRST301', `Expected 3 parts in JWT; got ${parts.length}`)
  const [head = '', body = '', signature = ''] = parts
  const header = jsonOf(head)
  if (header?.alg !== 'HS256')
    throw refused(
      'PGRST301',
      'No suitable key or wrong key type',
      'None of the keys was able to decode the JWT',
    )
  const expected = createHmac('sha256', secret).update(`${head}.${body}`).digest()
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw refused(
      'PGRST301',
      'No suitable key or wrong key type',
      'None of the keys was able to decode the JWT',
    )
  const claims = jsonOf(body)
  if (!claims) throw refused('PGRST303', 'Parsing claims failed')
  checkTimes(claims)
  return claims
}

/** A token lives half a minute longer than it says. A time with a fraction counts as the beginning of time. */
function checkTimes(claims: Record<string, unknown>): void {
  const now = Math.floor(Date.now() / 1000)
  const timeOf = (name: string) => {
    const value = claims[name]
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'number') throw refused('PGRST303', `The JWT '${name}' claim must be a number`)
    return Number.isInteger(value) ? value : 0
  }
  const [exp, nbf, iat] = ['exp', 'nbf', 'iat'].map(timeOf)
  if (exp !== undefined && exp < now - SKEW) throw refused('PGRST303', 'JWT expired')
  if (nbf !== undefined && nbf > now + SKEW) throw refused('PGRST303', 'JWT not yet valid')
  if (iat !== undefined && iat > now + SKEW) throw refused('PGRST303', 'JWT issued at future')
}

function jsonOf(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString())
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
