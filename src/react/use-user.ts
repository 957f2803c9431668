import { useEffect, useState } from 'react'
import type { UserChanges } from '../live/types.ts'

/** The id of the signed-in user of this client; null for none, and until it is known. */
export function useUser(domain: UserChanges): string | null {
  const [seen, setSeen] = useState<{ domain: UserChanges; user: string | null }>()
  useEffect(() => domain.onUserChange((user) => setSeen({ domain, user })), [domain])
  return seen?.domain === domain ? seen.user : null
}
