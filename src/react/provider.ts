import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react'
import type { Analytics } from '../analytics/index.ts'
import type { Chat } from '../chat/index.ts'
import type { Tertulia } from '../client.ts'
import type { Profiles } from '../profiles/index.ts'
import type { Circles } from '../sharing/circles/index.ts'
import type { Sharing } from '../sharing/index.ts'
import type { Comments } from '../songs/comments/index.ts'
import type { Songs } from '../songs/index.ts'
import type { Setlists } from '../songs/setlists/index.ts'

/** The domains that the hooks use: all of a client, or those that your app has. */
export interface Domains {
  /** From `createProfiles`. */
  readonly profiles?: Profiles | undefined
  /** From `createChat`. */
  readonly chat?: Chat | undefined
  /** From `createSongs`. */
  readonly songs?: Songs | undefined
  /** From `createSharing`. */
  readonly sharing?: Sharing | undefined
  /** From `createAnalytics`. */
  readonly analytics?: Analytics | undefined
  /** From `createSetlists` of `tertulia/setlists`; the whole client does not have it. */
  readonly setlists?: Setlists | undefined
  /** From `createCircles` of `tertulia/circles`; the whole client does not have it. */
  readonly circles?: Circles | undefined
  /** From `createComments` of `tertulia/comments`; the whole client does not have it. */
  readonly comments?: Comments | undefined
}

const TertuliaContext = createContext<Domains | null>(null)

/**
 * Gives one client to the components below it. Create the client once, outside of components. A hook needs its own domain alone, so an app
 * that uses one domain passes `{ chat }`. With another `tertulia` the hooks close what they hold and open it on that one.
 *
 * @param props - `tertulia`: the client.
 * @example
 * ```tsx
 * import { createTertulia } from 'tertulia'
 * import { TertuliaProvider } from 'tertulia/react'
 *
 * const tertulia = createTertulia(supabase)
 * const app = <TertuliaProvider tertulia={tertulia}><Rooms /></TertuliaProvider>
 * ```
 */
export function TertuliaProvider(props: {
  /** The client, or the domains that your app uses. */
  tertulia: Domains
  /** The components that use it. */
  children?: ReactNode | undefined
}): ReactElement {
  return createElement(TertuliaContext.Provider, { value: props.tertulia }, props.children)
}

/**
 * Returns the client of the nearest provider. Name its type when the provider has less than all of Tertulia.
 *
 * @throws `Error` when no `TertuliaProvider` is above the component.
 * @example
 * ```tsx
 * const { profiles } = useTertulia()
 * const { chat } = useTertulia<{ chat: Chat }>() // of a provider with one domain
 * ```
 */
export function useTertulia<T extends Domains = Tertulia>(): T {
  const tertulia = useContext(TertuliaContext)
  if (tertulia) return tertulia as T
  throw new Error('unable to find Tertulia; there is no TertuliaProvider above this component')
}

/** One domain of the nearest provider. */
export function useDomain<Name extends keyof Domains>(name: Name): NonNullable<Domains[Name]> {
  const found = useTertulia<Domains>()[name]
  if (found) return found
  throw new Error(`unable to find ${name}; the TertuliaProvider above this component has no ${name}`)
}
