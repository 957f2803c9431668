import { useEffect, useReducer, useRef, useState, useSyncExternalStore } from 'react'
import type { Chat, LiveHandle, LiveState } from '../chat/index.ts'
import type { TertuliaError } from '../core/error.ts'

/** What a hook returns. */
export interface Live<Snapshot, Handle> {
  /** The present state; null until it is open, and during server rendering. */
  snapshot: Snapshot | null
  /** The handle to act with; null until it is open. */
  handle: Handle | null
  /**
   * Why it could not be opened, is offline, or closed; null otherwise. While the error is `retryable`, the handle retries.
   */
  error: TertuliaError | null
  /**
   * Opens it again, after an error or a close.
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
  chat: Chat
  key: string
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
 * Holds something open while the component is mounted: another one when `chat` or `key` changes, none while `key` is null, and
 * again when a user signs in after it ended for want of one. Strict mode, which mounts twice, and a component that is gone before the
 * handle is there leave nothing open.
 */
export function useLive<Snapshot extends LiveState<string>, Handle extends LiveHandle<Snapshot>>(
  chat: Chat,
  key: string | null,
  open: (key: string, signal: AbortSignal) => Handle | Promise<Handle>,
): Live<Snapshot, Handle> {
  const [opened, setOpened] = useState<Opened<Handle>>()
  const [attempt, reopen] = useReducer((before: number) => before + 1, 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: chat and key name what `open` opens; another attempt opens it again
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
          setOpened({ chat, key, handle, error: null })
        },
        (error: TertuliaError) => signal.aborted || setOpened({ chat, key, handle: null, error }),
      )
    return () => {
      aborter.abort()
      mine?.close()
      setOpened(undefined)
    }
  }, [chat, key, attempt])

  // What is there for another key, or of another client, is not for this one.
  const current = opened?.key === key && opened.chat === chat ? opened : undefined
  const handle = current?.handle ?? null
  const snapshot = useSyncExternalStore<Snapshot | null>(
    handle?.subscribe ?? never,
    handle?.getSnapshot ?? none,
    none,
  )
  const error = current?.error ?? snapshot?.error ?? null

  const user = useRef<string | null>(null)
  // For whom it was opened again: once for each sign-in, or a client that says one thing and does another would turn for ever.
  const openedFor = useRef<string | null>(null)
  const [, userChanged] = useReducer((before: number) => before + 1, 0)
  useEffect(
    () =>
      chat.onUserChange((userId) => {
        if (user.current === userId) return
        user.current = userId
        openedFor.current = null
        userChanged()
      }),
    [chat],
  )
  useEffect(() => {
    if (user.current === null || openedFor.current === user.current || !needsUser(snapshot, error)) return
    openedFor.current = user.current
    reopen()
  })

  return { snapshot, handle, error, reopen }
}
