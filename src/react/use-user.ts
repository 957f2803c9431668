import { useEffect, useState } from 'react'
import type { UserChanges } from '../live/types.ts'

/** The id of the signed-in user of this client, null after a sign-out, undefined until a user is known. */
export function useUser(domain: UserChanges): string | null | undefined {
  const [seen, setSeen] = useState<{ domain: UserChanges; user: string | null }>()
  useEffect(
    () =>
      domain.onUserChange((user) =>
        setSeen((before) => (before?.domain === domain && before.user === user ? before : { domain, user })),
      ),
    [domain],
  )
  return seen?.domain === domain ? seen.user : undefined
}

/** A number that changes when a user follows another one on the same client. The first user who is known follows nobody. */
export function useTurn(domain: UserChanges, user: string | null | undefined): number {
  const [last, setLast] = useState<{ domain: UserChanges; user: string; turn: number }>()
  const known = last?.domain === domain ? last : undefined
  if (!user || known?.user === user) return known?.turn ?? 0
  // React renders again before anything of the user before is shown.
  const turn = known ? known.turn + 1 : 0
  setLast({ domain, user, turn })
  return turn
}
