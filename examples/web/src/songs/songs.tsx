import { useState } from 'react'
import type { SongHit, SongSummary } from 'tertulia'
import { usePages, useSongSearch } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { Highlight } from '../ui/highlight.tsx'
import { useWords } from '../words/index.ts'
import { SongPage } from './song-page.tsx'

/** Chords as people list them: "G C D", "Sol, Do". */
const chordsOf = (typed: string) => typed.split(/[\s,;]+/).filter(Boolean)

/** Search as you type on the left, one song on the right. */
export function Songs({ selected }: { selected: string | null }) {
  const t = useWords()
  const [query, setQuery] = useState('')
  const [typedChords, setTypedChords] = useState('')
  const wanted = query.trim()
  const playable = chordsOf(typedChords)
  const filters = playable.length > 0 ? { playable } : undefined
  const isSearch = wanted !== '' || filters !== undefined
  const found = useSongSearch(isSearch ? wanted : null, { filters })
  const all = usePages(tertulia.songs, isSearch ? null : 'all', (cursor, signal) =>
    tertulia.songs.list({ cursor, signal }),
  )
  const { items, first, hasMore, loading, error, loadMore, reload } = isSearch ? found : all
  const nothing = first !== null && !loading && items.length === 0

  function clear() {
    setQuery('')
    setTypedChords('')
  }

  return (
    <main className="split" tabIndex={-1}>
      <section className="list" aria-label={t.songs}>
        <search>
          <input
            type="search"
            aria-label={t.searchSongs}
            placeholder={t.searchSongsHint}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
          <label className="with-chords">
            {t.myChords}
            <input
              placeholder={t.myChordsHint}
              autoCapitalize="off"
              autoCorrect="off"
              spellCheck={false}
              value={typedChords}
              onChange={(event) => setTypedChords(event.target.value)}
            />
          </label>
        </search>
        <p className="count" role="status">
          {first && !loading && t.songCount(items.length, hasMore, wanted)}
          {isSearch && found.first?.didYouMean && ` · ${t.corrected(found.first.didYouMean)}`}
        </p>
        {error && <Failure error={error} onRetry={reload} />}
        {nothing && (
          <div className="nothing">
            <p>{t.noSongs}</p>
            <button type="button" onClick={clear}>
              {t.clear}
            </button>
          </div>
        )}
        <ul aria-busy={loading}>
          {items.map((song) => (
            <li key={song.id}>
              <SongLink song={song} selected={song.id === selected} />
            </li>
          ))}
        </ul>
        {hasMore && (
          <button type="button" className="more" disabled={loading} onClick={loadMore}>
            {t.more}
          </button>
        )}
      </section>
      <section className="detail" aria-label={t.song}>
        {selected ? <SongPage key={selected} id={selected} /> : <p className="empty">{t.findSong}</p>}
      </section>
    </main>
  )
}

const unmarked: SongHit['highlights'] = { title: [], artist: [], excerpt: null }

function SongLink({ song, selected }: { song: SongSummary | SongHit; selected: boolean }) {
  const t = useWords()
  const { title, artist, excerpt } = 'highlights' in song ? song.highlights : unmarked
  const rest = [song.language, song.visibility === 'private' && t.private].filter(Boolean).join(' · ')
  return (
    <a href={linkTo('songs', song.id)} className="row" aria-current={selected ? 'true' : undefined}>
      <span className="key" aria-hidden="true">
        {song.key ?? '♪'}
      </span>
      <span>
        <strong>
          <Highlight text={song.title} ranges={title} />
        </strong>
        <small>
          {song.artist && <Highlight text={song.artist} ranges={artist} />}
          {song.artist && rest && ' · '}
          {rest}
        </small>
        {excerpt && excerpt.ranges.length > 0 && (
          <small className="excerpt">
            <Highlight {...excerpt} />
          </small>
        )}
      </span>
    </a>
  )
}
