import { useState } from 'react'
import type { SongSummary } from 'tertulia'
import { useSongSearch } from 'tertulia/react'
import { useWords } from '../words/index.ts'

/** Finds a song by its words, title or artist. */
export function SongPicker({ label, onPick }: { label: string; onPick(song: SongSummary): void }) {
  const t = useWords()
  const [typed, setTyped] = useState('')
  const query = typed.trim()
  const { items, loading } = useSongSearch(query === '' ? null : query, { limit: 6 })
  return (
    <div className="picker">
      <input
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {query !== '' && (
        <ul>
          {items.map((song) => (
            <li key={song.id}>
              <button
                type="button"
                className="row"
                onClick={() => {
                  setTyped('')
                  onPick(song)
                }}
              >
                <span className="key" aria-hidden="true">
                  {song.key ?? '♪'}
                </span>
                <span>
                  <strong>{song.title}</strong>
                  <small>{song.artist}</small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {query !== '' && !loading && items.length === 0 && <small>{t.noSongs}</small>}
    </div>
  )
}
