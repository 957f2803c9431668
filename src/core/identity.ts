import type { SupabaseClient } from '@supabase/supabase-js'
import { fromBase64 } from './base64.ts'
import type { Context } from './context.ts'
import { refusal } from './error.ts'
import { limit } from './limit.ts'
import { checkListener } from './notify.ts'
import { uuid } from './parse.ts'
import type { KeyValueStorage } from './storage.ts'

/** Who is signed in, read from the token that the next request will carry. */
export interface Identity {
  /** The account's id, which is the profile's id too. */
  userId: string
  /** When the token ends, in milliseconds since the epoch. */
  expiresAt: number
  /** The token itself, for a request that must not be made as anybody else. */
  token: string
}

/** The claims of a token; empty when the text is no token. */
function readClaims(token: string): { sub?: unknown; exp?: unknown } {
  try {
    return Object(fromBase64(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')))
  } catch {
    return {}
  }
}

/**
 * The token that the next request will carry, or null when no user is signed in.
 *
 * @throws `unavailable` when that cannot be told now: the session is there, but its token has expired and the server that
 * refreshes it does not answer, or Auth's storage or a third party's `accessToken` fails. That is no sign-out.
 */
async function findToken(context: Context, operation: string): Promise<string | null> {
  let asked: ReturnType<SupabaseClient['auth']['getSession']> | undefined
  let cause: { status?: number | undefined }
  try {
    asked = context.supabase.auth.getSession()
  } catch {
    // A client with third-party tokens throws at the mere name of its auth.
  }
  try {
    if (!asked) return (await context.supabase.realtime.accessToken?.()) ?? null
    const { data, error } = await asked
    if (!error) return data.session?.access_token ?? null
    cause = error
  } catch (thrown) {
    // Storage that fails, a third party that does not answer, or what a client with Auth's throwOnError throws in place of an answer.
    cause = Object(thrown)
  }
  if (asked && cause.status && cause.status < 500) return null
  throw refusal('unavailable', operation, 'the session cannot be read', { cause })
}

/**
 * The signed-in person, or null. Works with Supabase Auth and with third-party tokens alike.
 *
 * @throws `unsupported_identity` when a third party's token names a person by something that is not a UUID, `unavailable`
 * when it cannot be told now who is signed in.
 */
export async function findIdentity(context: Context, operation: string): Promise<Identity | null> {
  return readIdentity((await inTime(context, operation, findToken(context, operation))) ?? '', operation)
}

/** The value, or `timeout`: Auth may wait for a lock, and a storage or a third party may never answer. */
function inTime<T>(context: Context, operation: string, value: T | Promise<T>): Promise<T> {
  const { within, release } = limit(context, operation)
  return within(Promise.resolve(value)).finally(release)
}

/** The person whom a token names, or null. */
function readIdentity(token: string, operation: string): Identity | null {
  const claims = readClaims(token)
  if (typeof claims.sub !== 'string') return null
  if (!uuid.test(claims.sub)) {
    throw refusal('unsupported_identity', operation, "the token's sub claim is not a UUID")
  }
  const expiresAt = typeof claims.exp === 'number' ? claims.exp * 1000 : Number.POSITIVE_INFINITY
  return { userId: claims.sub.toLowerCase(), expiresAt, token }
}

type Kept = Identity | null | undefined

/**
 * The user whose session Auth keeps in its storage, also while it cannot be refreshed; null when it keeps none, undefined when that
 * cannot be read. Asks no server, and answers at once where the storage does.
 */
export function findKept({ supabase }: Context): Kept | Promise<Kept> {
  const read = (text: string | null) => {
    try {
      return readIdentity(JSON.parse(text ?? '').access_token, 'auth')
    } catch {
      return null
    }
  }
  try {
    // Protected members, the same in all versions that are supported. With third-party tokens the mere name of auth throws.
    const { storage, storageKey } = supabase.auth as unknown as {
      storage: KeyValueStorage
      storageKey: string
    }
    const text = storage.getItem(storageKey)
    return text instanceof Object ? Promise.resolve(text).then(read, () => undefined) : read(text)
  } catch {
    return
  }
}

/** The user whose session Auth keeps, else the one who is signed in. Throws what {@link findIdentity} throws. */
export const whoIsThere = async (context: Context, operation: string): Promise<Identity | null> =>
  (await inTime(context, operation, findKept(context))) ?? findIdentity(context, operation)

/** The signed-in person, or whom `find` finds. Throws `not_signed_in` without one. */
export async function requireIdentity(
  context: Context,
  operation: string,
  find = findIdentity,
): Promise<Identity> {
  const identity = await find(context, operation)
  if (identity) return identity
  throw refusal('not_signed_in', operation, 'no user is signed in')
}

/** The signed-in user, who must be this one. Throws `not_signed_in` for no user and for another one. */
export async function requireSame(context: Context, operation: string, userId: string): Promise<Identity> {
  const identity = await requireIdentity(context, operation)
  if (identity.userId === userId) return identity
  throw refusal('not_signed_in', operation, 'another user is signed in')
}

/** For requests that are made as that user or not at all, also when another user signs in meanwhile. */
export function asPerson(context: Context, operation: string, userId: string): Context {
  return {
    ...context,
    prepare: async () => (await requireSame(context, operation, userId)).token,
    later: context.offline?.later(userId),
  }
}

/** {@link asPerson} for the user whose session Auth keeps, so that what the user writes can be kept without a network. */
export const asKept = async (context: Context, operation: string): Promise<Context> =>
  asPerson(context, operation, (await requireIdentity(context, operation, whoIsThere)).userId)

/** Calls back on each event of Auth; returns what ends it. */
export function onAuthEvent(context: Context, heard: (event: string, userId?: string) => void): () => void {
  try {
    const { data } = context.supabase.auth.onAuthStateChange((event, session) =>
      heard(event, session?.user.id),
    )
    return () => data.subscription.unsubscribe()
  } catch {
    return () => {}
  }
}

/** Calls back when this person is no longer the one who is signed in; returns what ends it. */
export const onSignedOut = (context: Context, userId: string, signedOut: () => void): (() => void) =>
  onAuthEvent(context, (event, now) => {
    // No session without a sign-out is one that waits for its refresh.
    if (event === 'SIGNED_OUT' || (now && now !== userId)) signedOut()
  })

/**
 * Calls `listener` with the id of the signed-in user: soon after this call, and whenever a user signs in or out. Null is no user. A
 * session whose token cannot be refreshed now is reported once it can. Clients with third-party tokens report nothing.
 *
 * @returns What ends it.
 * @example
 * ```ts
 * const stop = onUserChange(context, (userId) => showSignIn(userId === null))
 * ```
 */
export const onUserChange = (context: Context, listener: (userId: string | null) => void): (() => void) => {
  checkListener('onUserChange', listener)
  return onAuthEvent(context, (event, now) => {
    if (now || event === 'SIGNED_OUT') listener(now ?? null)
  })
}
