import { createContext, type ReactNode, useContext } from 'react'
import type { Profile } from 'tertulia'
import { type Answer, useMe } from 'tertulia/react'

const Own = createContext<Answer<Profile | null> | null>(null)

/** Loads the user's own profile once, for the bar and for the pages about it. */
export function MeProvider({ children }: { children: ReactNode }) {
  return <Own value={useMe()}>{children}</Own>
}

export function useSharedMe(): Answer<Profile | null> {
  const me = useContext(Own)
  if (!me) throw new Error('unable to find the profile; there is no MeProvider above this component')
  return me
}
