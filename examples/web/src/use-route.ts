import { useSyncExternalStore } from 'react'

export interface Route {
  page: 'songs' | 'people'
  /** Of the song or the person shown. */
  id: string | null
}

export const linkTo = (page: Route['page'], id?: string): string => `#/${page}${id ? `/${id}` : ''}`

/** Where the address bar points: `#/songs/<id>` or `#/people/<id>`. */
export function useRoute(): Route {
  const [, page, id] = useSyncExternalStore(subscribe, () => location.hash).split('/')
  return { page: page === 'people' ? 'people' : 'songs', id: id || null }
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}
