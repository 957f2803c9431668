import { useEffect, useReducer, useState, useSyncExternalStore } from 'react'

/** Something live, as `open…` and `watch…` give it. */
interface Handle<Snapshot> {
  getSnapshot(): Snapshot
  subscribe(listener: () => void): () => void
  close(): void
}

/** What a component has of something live. */
export interface Live<Snapshot, H> {
  /** What it shows now; null until it is open, and on a server that renders. */
  snapshot: Snapshot | null
  /** By what to act on it; null until it is open. */
  handle: H | null
  /** Why it could not be opened, such as `profile_not_found`; null otherwise. */
  failure: unknown
  /** Opens it anew, after a failure or once it was closed. */
  reopen(): void
}

const never = () => () => {}
const none = () => null

/**
 * Holds something open while the component is mounted, another one when `key` changes, and none while it is null. Strict mode,
 * which mounts twice, and a component that is gone before the handle is there leave nothing open.
 */
export function useLive<Snapshot, H extends Handle<Snapshot>>(
  key: string | null,
  open: (key: string, signal: AbortSignal) => H | Promise<H>,
): Live<Snapshot, H> {
  const [opened, setOpened] = useState<{ key: string; handle: H | null; failure: unknown }>()
  const [attempt, reopen] = useReducer((before: number) => before + 1, 0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key names what `open` opens; another attempt opens it again
  useEffect(() => {
    if (key === null) return
    const aborter = new AbortController()
    const { signal } = aborter
    let mine: H | null = null
    // Not before the next turn: what strict mode mounts and unmounts at once is not opened at all.
    Promise.resolve()
      .then(() => (signal.aborted ? null : open(key, signal)))
      .then(
        (handle) => {
          if (signal.aborted) return handle?.close()
          mine = handle
          setOpened({ key, handle, failure: null })
        },
        (failure) => signal.aborted || setOpened({ key, handle: null, failure }),
      )
    return () => {
      aborter.abort()
      mine?.close()
      setOpened(undefined)
    }
  }, [key, attempt])
  // What is there for another key is not for this one.
  const current = opened?.key === key ? opened : undefined
  const handle = current?.handle ?? null
  const snapshot = useSyncExternalStore<Snapshot | null>(
    handle?.subscribe ?? never,
    handle?.getSnapshot ?? none,
    none,
  )
  return {
    snapshot,
    handle,
    failure: current?.failure ?? null,
    reopen,
  }
}
