import { createHmac, timingSafeEqual } from 'node:crypto'

export interface Keys {
  publishableKey: string
  secretKey: string
  jwtSecret: string
  /** The same two roles as JSON web tokens, for tools from before publishable and secret keys. */
  anonKey: string
  serviceRoleKey: string
}

/** What `supabase start` uses on every machine: known to all, worth nothing outside of development. */
export function developmentKeys(jwtSecret = 'super-secret-jwt-token-with-at-least-32-characters-long'): Keys {
  return {
    publishableKey: 'sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH',
    secretKey: 'sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz',
    jwtSecret,
    anonKey: legacyKey('anon', jwtSecret),
    serviceRoleKey: legacyKey('service_role', jwtSecret),
  }
}

/** The role that a key of the API stands for, if it is one. */
export function roleOfKey(key: string | null | undefined, keys: Keys): 'anon' | 'service_role' | undefined {
  if (!key) return undefined
  if (same(key, keys.publishableKey) || same(key, keys.anonKey)) return 'anon'
  if (same(key, keys.secretKey) || same(key, keys.serviceRoleKey)) return 'service_role'
  return undefined
}

function legacyKey(role: string, secret: string): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ iss: 'supabase-demo', role, exp: 1983812996 })}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

function same(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other))
}
