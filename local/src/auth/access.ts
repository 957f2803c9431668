import { jwtVerify } from 'jose'
import { type Keys, roleOfKey } from '../keys.ts'

/** An answer in the words of Supabase Auth. */
export interface AuthFailure {
  status: number
  code: string
  message: string
  /** More that the answer says. */
  extra?: Record<string, unknown>
}

export function authFailure(status: number, code: string, message: string): Error & AuthFailure {
  return Object.assign(new Error(message), { status, code })
}

/** The admin API answers the secret key alone: neither the publishable key nor any user's token. */
export async function requireServiceRole(request: Request, keys: Keys): Promise<void> {
  const bearer = request.headers.get('authorization')?.replace(/^Bearer\s+/i, '')
  const key = request.headers.get('apikey')
  const role = roleOfKey(bearer ?? key, keys) ?? (await roleOfToken(bearer, keys))
  if (!roleOfKey(key, keys) && role !== 'service_role') {
    throw authFailure(401, 'no_authorization', 'This endpoint requires a valid API key')
  }
  if (role === undefined || role === 'anon') {
    throw authFailure(401, 'no_authorization', 'This endpoint requires a valid Bearer token')
  }
  if (role !== 'service_role') throw authFailure(403, 'not_admin', 'User not allowed')
}

async function roleOfToken(token: string | undefined, keys: Keys): Promise<string | undefined> {
  if (!token) return undefined
  const secret = new TextEncoder().encode(keys.jwtSecret)
  const { payload } = await jwtVerify(token, secret, { algorithms: ['HS256'] }).catch(() => {
    throw authFailure(403, 'bad_jwt', 'invalid JWT: unable to parse or verify signature')
  })
  return String(payload.role ?? '')
}
