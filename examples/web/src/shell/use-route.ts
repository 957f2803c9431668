import { useSyncExternalStore } from 'react'

export interface Route {
  page: 'songs' | 'people' | 'inbox'
  /** Of the song, the person or the conversation shown. */
  id: string | null
}

export const linkTo = (page: Route['page'], id?: string): string => `#/${page}${id ? `/${id}` : ''}`

/** Where the address bar points: `#/songs/<id>`, `#/people/<id>` or `#/inbox/<id>`. */
export function useRoute(): Route {
  const [, page, id] = useSyncExternalStore(subscribe, () => location.hash).split('/')
  return { page: page === 'people' || page === 'inbox' ? page : 'songs', id: id || null }
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}
