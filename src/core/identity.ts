import type { Context } from './context.ts'
import { TertuliaError } from './error.ts'

/** Who is signed in, read from the token that the next request will carry. */
export interface Identity {
  /** The account's id, which is the profile's id too. */
  userId: string
  /** When the token ends, in milliseconds since the epoch. */
  expiresAt: number
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

function readClaims(token: string): { sub?: unknown; exp?: unknown } {
  const body = token.split('.')[1]
  if (!body) return {}
  try {
    const binary = atob(body.replaceAll('-', '+').replaceAll('_', '/'))
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))))
  } catch {
    return {}
  }
}

/**
 * The signed-in person, or null. Works with Supabase Auth and with third-party tokens alike, for both come through
 * the client's token callback.
 *
 * @throws `unsupported_identity` when a third party's token names a person by something that is not a UUID.
 */
export async function findIdentity(context: Context, operation: string): Promise<Identity | null> {
  const token = await context.supabase.realtime.accessToken?.()
  const claims = readClaims(token ?? '')
  if (typeof claims.sub !== 'string') return null
  if (!uuid.test(claims.sub)) {
    throw new TertuliaError(
      'unsupported_identity',
      `unable to start ${operation}; the token's sub claim is not a UUID`,
      { operation },
    )
  }
  const expiresAt = typeof claims.exp === 'number' ? claims.exp * 1000 : Number.POSITIVE_INFINITY
  return { userId: claims.sub.toLowerCase(), expiresAt }
}

/** The signed-in person. Throws `not_signed_in` without one. */
export async function requireIdentity(context: Context, operation: string): Promise<Identity> {
  const identity = await findIdentity(context, operation)
  if (identity) return identity
  throw new TertuliaError('not_signed_in', `unable to start ${operation}; nobody is signed in`, { operation })
}

/** Calls back at each sign-in, sign-out or change of user; returns what ends it. */
export function onAuthChange(context: Context, changed: (userId: string | null) => void): () => void {
  try {
    const { data } = context.supabase.auth.onAuthStateChange((_event, session) =>
      changed(session?.user.id ?? null),
    )
    return () => data.subscription.unsubscribe()
  } catch {
    // A client with third-party tokens has no auth events; the token itself is looked at before every join.
    return () => {}
  }
}
