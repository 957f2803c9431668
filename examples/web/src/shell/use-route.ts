import { useSyncExternalStore } from 'react'

const pages = [
  'songs',
  'setlists',
  'circles',
  'people',
  'inbox',
  'notices',
  'me',
  'link',
  'join',
  'moderation',
] as const
export type PageName = (typeof pages)[number]

export interface Route {
  page: PageName
  /** Of the song, the setlist, the user or the conversation shown. */
  id: string | null
  /** Which side of it, such as `history`. */
  view: string | null
}

export const linkTo = (page: PageName, id?: string, view?: string): string =>
  `#/${[page, id, view].filter(Boolean).join('/')}`

/** Where the address bar points: `#/songs/<id>`, `#/songs/<id>/history`, `#/people/<id>` or `#/inbox/<id>`. */
export function useRoute(): Route {
  const [, page, id, view] = useSyncExternalStore(subscribe, () => location.hash).split('/')
  return { page: pages.find((name) => name === page) ?? 'songs', id: id || null, view: view || null }
}

function subscribe(changed: () => void): () => void {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}
