import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react'
import type { Chat } from '../chat/index.ts'
import type { Tertulia } from '../client.ts'

const TertuliaContext = createContext<{ chat: Chat } | null>(null)

/**
 * Gives one client to the components below it. Create the client once, outside of components. The hooks need its `chat` alone, so an app that
 * uses one domain passes `{ chat }`. With another `tertulia` the hooks close what they hold and open it on that one.
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
  /** The client, or `{ chat }`. */
  tertulia: {
    /** From `createChat`. */
    readonly chat: Chat
  }
  /** The components that use it. */
  children?: ReactNode
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
export function useTertulia<T extends { readonly chat: Chat } = Tertulia>(): T {
  const tertulia = useContext(TertuliaContext)
  if (tertulia) return tertulia as T
  throw new Error('unable to find Tertulia; there is no TertuliaProvider above this component')
}
