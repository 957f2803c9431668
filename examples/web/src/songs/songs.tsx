import { useState } from 'react'
import { useTitle } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { useWords } from '../words/index.ts'
import { Favorites, ForYou, Received } from './shelves.tsx'
import { NewSong } from './song-editor.tsx'
import { SongPage } from './song-page.tsx'
import { SongSearch } from './song-search.tsx'
import { Trash } from './trash.tsx'

const shelves = ['all', 'mine', 'received', 'favorites', 'forYou'] as const
type Shelf = (typeof shelves)[number]

interface Props {
  selected: string | null
  view: string | null
  userId: string
}

/** Shelves of songs on the left, one song on the right. */
export function Songs({ selected, view, userId }: Props) {
  const t = useWords()
  useTitle(selected ? null : t.songs)
  const [shelf, setShelf] = useState<Shelf>('all')
  return (
    <main className="split" tabIndex={-1}>
      <section className="list" aria-label={t.songs}>
        <h2>
          {t.songs}
          <a className="action" href={linkTo('songs', 'new')}>
            {t.newSong}
          </a>
        </h2>
        <div className="choices shelves">
          {shelves.map((one) => (
            <button key={one} type="button" aria-pressed={one === shelf} onClick={() => setShelf(one)}>
              {t.shelves[one]}
            </button>
          ))}
        </div>
        {(shelf === 'all' || shelf === 'mine') && (
          <SongSearch key={shelf} selected={selected} createdBy={shelf === 'mine' ? userId : undefined} />
        )}
        {shelf === 'received' && <Received selected={selected} />}
        {shelf === 'favorites' && <Favorites selected={selected} />}
        {shelf === 'forYou' && <ForYou selected={selected} />}
        <p className="foot">
          <a className="action" href={linkTo('songs', 'trash')}>
            {t.trash}
          </a>
        </p>
      </section>
      <section className="detail" aria-label={t.song}>
        {!selected && <p className="empty">{t.findSong}</p>}
        {selected === 'new' && <NewSong />}
        {selected === 'trash' && <Trash />}
        {selected && selected !== 'new' && selected !== 'trash' && (
          <SongPage key={selected} id={selected} view={view} userId={userId} />
        )}
      </section>
    </main>
  )
}
