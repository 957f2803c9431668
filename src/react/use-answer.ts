import { useEffect, useReducer, useState } from 'react'
import type { TertuliaError } from '../core/error.ts'
import type { UserChanges } from '../live/types.ts'
import { useUser } from './use-user.ts'

/** The result of a hook of a request. */
export interface Answer<T> {
  /** The newest answer; null before the first one. While `loading` it may be that of the arguments before. */
  data: T | null
  /** Why the newest request failed; null otherwise. */
  error: TertuliaError | null
  /** Whether a request is under way or about to be. */
  loading: boolean
  /**
   * Asks again.
   *
   * @example
   * ```tsx
   * const { error, reload } = useProfile(userId)
   * const button = error && <button onClick={reload}>{error.message}</button>
   * ```
   */
  reload(): void
}

/** How a hook asks. */
export interface AnswerOptions<T> {
  /** The answer that a server rendered. The hook shows it until the first answer. */
  initial?: T | undefined
  /** Milliseconds that the arguments must stay the same before the hook asks; 0 by default. */
  delay?: number | undefined
  /** Shows the answer for the arguments before while the next one loads. */
  keep?: boolean | undefined
}

/** Milliseconds in which a signed-in user is known. */
const knownMs = 30

interface Settled<T> {
  domain: UserChanges
  user: string | null | undefined
  key: string
  attempt: number
  data: T | null
  error: TertuliaError | null
}

/**
 * Makes a request when the component mounts, when `key` changes and when another user signs in, and shows the newest answer. An answer
 * that comes too late is dropped and its request cancelled. Build your own hooks with it.
 *
 * @param domain - The domain that is asked, such as `tertulia.songs`: it says who is signed in.
 * @param key - Names what is asked; null to ask nothing.
 * @param ask - Makes the request. `signal` aborts when nobody wants the answer.
 * @param options - `initial`, `delay` and `keep`.
 * @example
 * ```tsx
 * const { songs } = useTertulia()
 * const { data } = useAnswer(songs, songId, (signal) => songs.similar(songId, { signal }))
 * ```
 */
export function useAnswer<T>(
  domain: UserChanges,
  key: string | null,
  ask: (signal: AbortSignal) => Promise<T>,
  options: AnswerOptions<T> = {},
): Answer<T> {
  const { initial, delay = 0, keep = false } = options
  const user = useUser(domain)
  const [start] = useState({ domain, key })
  const [settled, setSettled] = useState<Settled<T>>()
  const [attempt, reload] = useReducer((before: number) => before + 1, 0)

  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names what `ask` asks; another attempt asks again
  useEffect(() => {
    if (key === null) return
    const aborter = new AbortController()
    const { signal } = aborter
    const settle = (data: T | null, error: TertuliaError | null) => {
      if (signal.aborted) return
      setSettled((before) => {
        const isSame = before?.domain === domain && before.user === user && before.key === key
        // A failure to ask again leaves what was there.
        return { domain, user, key, attempt, data: error && isSame ? before.data : data, error }
      })
    }
    // Never in this turn: what strict mode mounts and unmounts at once asks nothing. A user who is signed in is known in a moment, and
    // is waited for: asking before would ask twice.
    const timer = setTimeout(
      () => {
        ask(signal).then(
          (data) => settle(data, null),
          (error) => settle(null, error),
        )
      },
      user === undefined ? Math.max(delay, knownMs) : delay,
    )
    return () => {
      clearTimeout(timer)
      aborter.abort()
    }
  }, [domain, user, key, attempt, delay])

  // What one user saw is not for the next, and what one client answered is not for another.
  const own = settled?.domain === domain && settled.user === user ? settled : undefined
  const isSame = own?.key === key
  const isNewest = isSame && own?.attempt === attempt
  const shown = isSame || keep ? own?.data : undefined
  const rendered = settled === undefined && start.domain === domain && start.key === key ? initial : undefined
  return {
    data: key === null ? null : (shown ?? rendered ?? null),
    error: isNewest ? (own?.error ?? null) : null,
    loading: key !== null && !isNewest,
    reload,
  }
}
