import { useEffect, useReducer, useRef, useState, useSyncExternalStore } from 'react'
import type { TertuliaError } from '../core/error.ts'
import type { LiveHandle, LiveState, UserChanges } from '../live/types.ts'
import { useTurn, useUser } from './use-user.ts'

/** The result of a hook of a live handle. */
export interface Live<Snapshot, Handle> {
  /** The present state; null until the handle is open, and during server rendering. */
  snapshot: Snapshot | null
  /** The handle to act with; null until the handle is open. */
  handle: Handle | null
  /**
   * Why the handle could not be opened, is offline, or closed; null otherwise. While the error is `retryable`, the handle retries.
   */
  error: TertuliaError | null
  /**
   * Opens the handle again, after an error or a close.
   *
   * @example
   * ```tsx
   * const { error, reopen } = useInbox()
   * const button = error && <button onClick={reopen}>{error.message}</button>
   * ```
   */
  reopen(): void
}

interface Opened<Handle> {
  domain: UserChanges
  key: string
  turn: number
  handle: Handle | null
  error: TertuliaError | null
}

const never = () => () => {}
const none = () => null

/** Whether it ended because no user, or another one, is signed in. */
function needsUser(state: LiveState<string> | null, error: TertuliaError | null): boolean {
  const closed = state ? state.status === 'closed' : error !== null
  return closed && (state?.closeReason === 'signed-out' || error?.code === 'not_signed_in')
}

/**
 * Holds a live handle open while the component is mounted: another one when `domain` or `key` changes, none while `key` is null, and again
 * when a user signs in after it ended for want of one. Strict mode, which mounts twice, leaves nothing open. Build your own hooks with it.
 *
 * @param domain - The domain that the handle comes from, such as `tertulia.songs`: it says who is signed in.
 * @param key - Names what is opened, such as its id; null to open nothing.
 * @param open - Returns the handle, or a promise of it. `signal` aborts when the component no longer wants it.
 * @example
 * ```tsx
 * const { songs } = useTertulia()
 * const { snapshot } = useLive(songs, songId, (id) => songs.watch(id))
 * ```
 */
export function useLive<Snapshot extends LiveState<string>, Handle extends LiveHandle<Snapshot>>(
  domain: UserChanges,
  key: string | null,
  open: (key: string, signal: AbortSignal) => Handle | Promise<Handle>,
): Live<Snapshot, Handle> {
  const [opened, setOpened] = useState<Opened<Handle>>()
  const [attempt, reopen] = useReducer((before: number) => before + 1, 0)
  const user = useUser(domain)
  const turn = useTurn(domain, user)
  // biome-ignore lint/correctness/useExhaustiveDependencies: domain and key name what `open` opens; another attempt opens it again
  useEffect(() => {
    if (key === null) return
    const aborter = new AbortController()
    const { signal } = aborter
    let mine: Handle | null = null
    // Not before the next turn: what strict mode mounts and unmounts at once is not opened at all.
    Promise.resolve()
      .then(() => (signal.aborted ? null : open(key, signal)))
      .then(
        (handle) => {
          if (signal.aborted) return handle?.close()
          mine = handle
          setOpened({ domain, key, turn, handle, error: null })
        },
        (error: TertuliaError) => signal.aborted || setOpened({ domain, key, turn, handle: null, error }),
      )
    return () => {
      aborter.abort()
      mine?.close()
      setOpened(undefined)
    }
  }, [domain, key, attempt, turn])

  // What is there for another key, of another client or for another user is not for this one.
  const current = opened?.key === key && opened.domain === domain && opened.turn === turn ? opened : undefined
  const own = current?.handle ?? null
  const latest = useSyncExternalStore<Snapshot | null>(
    own?.subscribe ?? never,
    own?.getSnapshot ?? none,
    none,
  )
  // A handle that an error closed did not notice the sign-out, and still has the data of that user.
  const isLeft = user === null && latest?.status === 'closed' && latest.closeReason !== 'signed-out'
  const handle = isLeft ? null : own
  const snapshot = isLeft ? null : latest
  const error = current?.error ?? snapshot?.error ?? null

  // For whom it was opened again: once for each sign-in, or a client that says one thing and does another would turn for ever.
  const openedFor = useRef<string | null>(null)
  useEffect(() => {
    if (user === null) openedFor.current = null
    if (!user || openedFor.current === user || !needsUser(snapshot, error)) return
    openedFor.current = user
    reopen()
  })

  return { snapshot, handle, error, reopen }
}
