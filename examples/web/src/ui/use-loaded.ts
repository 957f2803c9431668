import { useCallback, useEffect, useState } from 'react'

export interface Loaded<T> {
  /** What was loaded last; undefined until the first time. */
  value: T | undefined
  /** Why the newest attempt failed. */
  failure: unknown
  loading: boolean
  retry(): void
}

/**
 * Loads something again whenever `load` changes (make it with `useCallback`), and gives up what was under way.
 */
export function useLoaded<T>(load: (signal: AbortSignal) => Promise<T>): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'retry'>>({
    value: undefined,
    failure: null,
    loading: true,
  })
  const [attempt, setAttempt] = useState(0)

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is a reason to load
  useEffect(() => {
    const aborter = new AbortController()
    setState(({ value }) => ({ value, failure: null, loading: true }))
    load(aborter.signal).then(
      (value) => !aborter.signal.aborted && setState({ value, failure: null, loading: false }),
      (failure) => !aborter.signal.aborted && setState(({ value }) => ({ value, failure, loading: false })),
    )
    return () => aborter.abort()
  }, [load, attempt])

  return { ...state, retry: useCallback(() => setAttempt((number) => number + 1), []) }
}
