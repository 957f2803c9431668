import { useCallback, useState } from 'react'
import { tertulia } from './client.ts'
import { Failure } from './failure.tsx'
import { SongPage } from './song-page.tsx'
import { useLoaded } from './use-loaded.ts'
import { linkTo } from './use-route.ts'

/** Search as you type on the left, one song on the right. */
export function Songs({ selected }: { selected: string | null }) {
  const [query, setQuery] = useState('')
  const wanted = query.trim()
  // Each letter starts a new search; useLoaded aborts the previous one.
  const search = useCallback(
    async (signal: AbortSignal) => ({
      wanted,
      ...(wanted
        ? await tertulia.songs.search(wanted, { limit: 50, signal })
        : await tertulia.songs.list({ limit: 50, signal })),
    }),
    [wanted],
  )
  const { value: found, failure, loading, retry } = useLoaded(search)

  return (
    <main className="split">
      <section className="list" aria-label="Songs">
        <search>
          <label htmlFor="query" className="hidden">
            Search songs
          </label>
          <input
            id="query"
            type="search"
            placeholder="Lyrics, title or artist…"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </search>
        <p className="count" role="status">
          {found && countOf(found.items.length, found.nextCursor !== null, found.wanted)}
        </p>
        {failure !== null && <Failure error={failure} onRetry={retry} />}
        <ul aria-busy={loading}>
          {found?.items.map((song) => (
            <li key={song.id}>
              <a
                href={linkTo('songs', song.id)}
                className="row"
                aria-current={song.id === selected ? 'true' : undefined}
              >
                <span className="key" aria-hidden="true">
                  {song.key ?? '♪'}
                </span>
                <span>
                  <strong>{song.title}</strong>
                  <small>
                    {[song.artist, song.language, song.visibility === 'private' && 'private']
                      .filter(Boolean)
                      .join(' · ')}
                  </small>
                </span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      <section className="detail" aria-label="Song">
        {selected ? (
          <SongPage key={selected} id={selected} />
        ) : (
          <p className="empty">Find a song and play it.</p>
        )}
      </section>
    </main>
  )
}

function countOf(count: number, more: boolean, query: string): string {
  const songs = `${count}${more ? '+' : ''} ${count === 1 ? 'song' : 'songs'}`
  return query ? `${songs} with “${query}”` : songs
}
