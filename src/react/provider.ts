import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react'
import type { Tertulia } from '../client.ts'

const TertuliaContext = createContext<Tertulia | null>(null)

/**
 * Gives the components below it one Tertulia. Make that once, outside of any component, from the app's own supabase-js client.
 *
 * @example
 * ```tsx
 * import { createTertulia } from 'tertulia'
 * import { TertuliaProvider } from 'tertulia/react'
 *
 * const tertulia = createTertulia(supabase)
 * const app = <TertuliaProvider tertulia={tertulia}><Rooms /></TertuliaProvider>
 * ```
 */
export function TertuliaProvider(props: { tertulia: Tertulia; children?: ReactNode }): ReactElement {
  return createElement(TertuliaContext.Provider, { value: props.tertulia }, props.children)
}

/** The Tertulia of the provider above. Throws where there is none. */
export function useTertulia(): Tertulia {
  const tertulia = useContext(TertuliaContext)
  if (tertulia) return tertulia
  throw new Error('unable to find Tertulia; there is no TertuliaProvider above this component')
}
