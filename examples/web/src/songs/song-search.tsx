import { useState } from 'react'
import type { SongFilters, SongSort } from 'tertulia'
import { useAnswer, usePages, useSongSearch } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'
import { type Chosen, isChosen, SongFacets, toFilters } from './song-facets.tsx'
import { SongLink } from './song-link.tsx'

/** Chords as people list them: "G C D", "Sol, Do". */
const chordsOf = (typed: string) => typed.split(/[\s,;]+/).filter(Boolean)

const orders = ['popular', 'newest', 'title', 'artist', 'difficulty'] as const

/** All songs from A to Z, or what a search finds as you type. */
export function SongSearch({
  selected,
  createdBy,
}: {
  selected: string | null
  createdBy: string | undefined
}) {
  const t = useWords()
  const [query, setQuery] = useState('')
  const [typedChords, setTypedChords] = useState('')
  const [chosen, setChosen] = useState<Chosen>({})
  const [sort, setSort] = useState<SongSort | undefined>()
  const wanted = query.trim()
  const playable = chordsOf(typedChords)
  const filters: SongFilters = { ...toFilters(chosen), ...(playable.length > 0 ? { playable } : {}) }
  const isFiltered = isChosen(chosen) || playable.length > 0
  const isSearch = wanted !== '' || isFiltered
  const found = useSongSearch(isSearch ? wanted : null, { filters, sort })
  const all = usePages(tertulia.songs, isSearch ? null : `all ${createdBy}`, (cursor, signal) =>
    tertulia.songs.list({ createdBy, cursor, signal }),
  )
  const { items, first, hasMore, loading, error, loadMore, reload } = isSearch ? found : all
  const nothing = first !== null && !loading && items.length === 0
  const { data: suggestions } = useAnswer(
    tertulia.songs,
    wanted === '' ? null : `suggest ${wanted}`,
    (signal) => tertulia.songs.suggest(wanted, { limit: 3, signal }),
    { delay: 150, keep: true },
  )
  const others = (wanted === '' ? [] : (suggestions ?? [])).filter(
    ({ value }) => value.toLowerCase() !== wanted.toLowerCase(),
  )

  function clear() {
    setQuery('')
    setTypedChords('')
    setChosen({})
  }

  return (
    <>
      <search>
        <input
          type="search"
          aria-label={t.searchSongs}
          placeholder={t.searchSongsHint}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        {others.length > 0 && (
          <div className="choices">
            {others.map(({ value, kind }) => (
              <button key={`${kind} ${value}`} type="button" onClick={() => setQuery(value)}>
                {value}
              </button>
            ))}
          </div>
        )}
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
        {isSearch && (
          <label className="with-chords">
            {t.songOrder}
            <select
              value={sort ?? 'best'}
              onChange={(event) => setSort(orders.find((one) => one === event.target.value))}
            >
              {(['best', ...orders] as const).map((one) => (
                <option key={one} value={one}>
                  {t.songOrders[one]}
                </option>
              ))}
            </select>
          </label>
        )}
        <SongFacets query={wanted} filters={filters} chosen={chosen} onChange={setChosen} />
      </search>
      <p className="count" role="status">
        {first && !loading && t.songCount(items.length, hasMore, wanted)}
        {isSearch && found.first?.didYouMean && ` · ${t.corrected(found.first.didYouMean)}`}
      </p>
      {error && <Failure error={error} onRetry={reload} />}
      {nothing && (
        <div className="nothing">
          <p>{isSearch ? t.noSongs : t.noSongsYet}</p>
          {isSearch && (
            <button type="button" onClick={clear}>
              {t.clear}
            </button>
          )}
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
    </>
  )
}
