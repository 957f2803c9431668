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

export function checkAttributes(
  { email, password, password_hash: hash }: UserAttributes,
  passwordLength: number,
): void {
  if (email && !/^[^\s@]+@[^\s@]+$/.test(email)) {
    throw authFailure(400, 'validation_failed', 'Unable to validate email address: invalid format')
  }
  if (password && hash)
    throw authFailure(400, 'validation_failed', 'Only a password or a password hash should be provided')
  if (hash && !/^\$2[aby]\$/.test(hash))
    throw authFailure(400, 'validation_failed', 'only bcrypt hashes are understood here')
  if (password !== undefined && password.length < passwordLength) {
    throw authFailure(422, 'weak_password', `Password should be at least ${passwordLength} characters.`)
  }
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
