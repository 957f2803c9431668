import { useRef, useSyncExternalStore } from 'react'
import type { LiveHandle } from '../live/types.ts'

const never = () => () => {}

function isSame(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false
  return one.every((item, at) => Object.is(item, other[at]))
}

/**
 * Returns a part of a live handle's snapshot and renders only when that part changes.
 *
 * @param handle - A live handle; null for none.
 * @param select - The part to return. A list that has the same items as before counts as unchanged.
 * @example
 * ```tsx
 * const { handle } = useInbox()
 * const unread = useSelected(handle, (snapshot) => snapshot.unread)
 * ```
 */
export function useSelected<Snapshot, T>(
  handle: LiveHandle<Snapshot> | null,
  select: (snapshot: Snapshot) => T,
): T | null {
  const before = useRef<T | null>(null)
  let seen: Snapshot | undefined
  const getSnapshot = () => {
    const snapshot = handle?.getSnapshot()
    if (snapshot === undefined) return null
    // One snapshot is selected from once a render: `select` may make a new object each time.
    if (snapshot !== seen) {
      const selected = select(snapshot)
      if (!isSame(before.current, selected)) before.current = selected
      seen = snapshot
    }
    return before.current
  }
  return useSyncExternalStore(handle?.subscribe ?? never, getSnapshot, () => null)
}
