import { authFailure } from './access.ts'

/** What `createUser` and `updateUserById` send. */
export interface UserAttributes {
  id?: string
  email?: string
  phone?: string
  password?: string
  password_hash?: string
  email_confirm?: boolean
  phone_confirm?: boolean
  user_metadata?: Record<string, unknown>
  app_metadata?: Record<string, unknown>
  /** A duration as Go writes it, '1h30m', or 'none'. */
  ban_duration?: string
  role?: string
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const KINDS: Record<keyof UserAttributes, 'string' | 'boolean' | 'object'> = {
  id: 'string',
  email: 'string',
  phone: 'string',
  password: 'string',
  password_hash: 'string',
  email_confirm: 'boolean',
  phone_confirm: 'boolean',
  user_metadata: 'object',
  app_metadata: 'object',
  ban_duration: 'string',
  role: 'string',
}

/** The body of a request. A null says as little as a key that is missing; a value of another kind is refused. */
export async function readAttributes(request: Request): Promise<UserAttributes> {
  const body: unknown = await request.json().catch(() => undefined)
  if (!isObject(body)) throw badJson('it is no object')
  const given = Object.entries(body).filter(([key, value]) => key in KINDS && value !== null)
  for (const [key, value] of given) {
    const kind = KINDS[key as keyof UserAttributes]
    if (kind === 'object' ? !isObject(value) : typeof value !== kind)
      throw badJson(`${key} must be a ${kind}`)
  }
  return Object.fromEntries(given) as UserAttributes
}

const badJson = (reason: string) =>
  authFailure(400, 'bad_json', `Could not parse request body as JSON: ${reason}`)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const invalid = (message: string) => authFailure(400, 'validation_failed', message)

/** What Supabase Auth refuses in both: addresses, ids and passwords that cannot be. */
export function checkAttributes({ id, email, phone, password, password_hash: hash }: UserAttributes): void {
  if (email && email.length > 255) throw invalid('An email address is too long')
  if (email && !EMAIL.test(email)) throw invalid('Unable to validate email address: invalid format')
  if (phone && !/^[1-9][0-9]{1,14}$/.test(plainPhone(phone)))
    throw invalid('Invalid phone number format (E.164 required)')
  if (password !== undefined && hash) throw invalid('Only a password or a password hash should be provided')
  if (hash && !/^\$2[aby]\$\d\d\$/.test(hash)) throw invalid('only bcrypt hashes are understood here')
  if (password !== undefined && Buffer.byteLength(password) > 72)
    throw invalid('bcrypt: password length exceeds 72 bytes')
  if (id !== undefined && id !== '' && !UUID.test(id)) throw invalid('ID must conform to the uuid v4 format')
  if (id === '00000000-0000-0000-0000-000000000000') throw invalid('ID cannot be a nil uuid')
}

export const EMAIL =
  /^[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i

/** '+1 555 0100' → '15550100' */
export function plainPhone(phone: string): string {
  return phone.replace(/^\+/, '').replaceAll(' ', '')
}

/** When the ban ends; null lifts it, undefined leaves it. */
export function banEnd(duration: string | undefined): Date | null | undefined {
  if (duration === undefined || duration === '') return undefined
  if (duration === 'none') return null
  const seconds = { h: 3600, m: 60, s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 }
  const parts = [...duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|ns)/g)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== duration) {
    throw authFailure(400, 'validation_failed', `invalid format for ban duration: ${duration}`)
  }
  const total = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * seconds[unit as keyof typeof seconds],
    0,
  )
  return new Date(Date.now() + total * 1000)
}
