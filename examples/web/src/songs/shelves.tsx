import { useCallback } from 'react'
import type { Share } from 'tertulia'
import { useFavorites, usePages } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'
import { SongLink } from './song-link.tsx'

/** The songs that the user marked with a heart. */
export function Favorites({ selected }: { selected: string | null }) {
  const t = useWords()
  const { items, first, error, hasMore, loading, loadMore, reload } = useFavorites()
  return (
    <>
      {error && <Failure error={error} onRetry={reload} />}
      {first && items.length === 0 && <p className="nothing">{t.noFavorites}</p>}
      <ul>
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

/** What the database recommends, each with its reason. */
export function ForYou({ selected }: { selected: string | null }) {
  const t = useWords()
  const { value, failure, retry } = useLoaded(
    useCallback((signal: AbortSignal) => tertulia.songs.recommend({ limit: 20, signal }), []),
  )
  return (
    <>
      {failure !== null && <Failure error={failure} onRetry={retry} />}
      {value?.length === 0 && <p className="nothing">{t.noRecommendations}</p>}
      <ul>
        {value?.map((song) => (
          <li key={song.id}>
            <a
              href={linkTo('songs', song.id)}
              className="row"
              aria-current={song.id === selected ? 'true' : undefined}
            >
              <span className="key" aria-hidden="true">
                ✦
              </span>
              <span>
                <strong>{song.title}</strong>
                <small>{song.because ? t.because(song.because.title) : t.reasons[song.reason]}</small>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

/** What others share with the user: offers to answer, and songs and setlists to open. */
export function Received({ selected }: { selected: string | null }) {
  const t = useWords()
  const pages = usePages(tertulia.sharing, 'received', (cursor, signal) =>
    tertulia.sharing.listReceived({ cursor, signal }),
  )
  const { items, first, error, hasMore, loading, loadMore, reload } = pages
  return (
    <>
      {error && <Failure error={error} onRetry={reload} />}
      {first && items.length === 0 && <p className="nothing">{t.nothingReceived}</p>}
      <ul>
        {items.map((share) => (
          <li key={share.id}>
            <ReceivedShare share={share} selected={share.songId === selected} onAnswered={reload} />
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" className="more" disabled={loading} onClick={loadMore}>
          {t.more}
        </button>
      )}
      <Sent />
    </>
  )
}

/** What the user shares with others. */
function Sent() {
  const t = useWords()
  const { items } = usePages(tertulia.sharing, 'sent', (cursor, signal) =>
    tertulia.sharing.listSent({ limit: 20, cursor, signal }),
  )
  const shown = items.filter(({ state }) => state === 'pending' || state === 'accepted')
  if (shown.length === 0) return null
  return (
    <>
      <h3>{t.sharedByYou}</h3>
      <ul>
        {shown.map(({ id, songId, setlistId, title, role, state, sharedWith, email }) => (
          <li key={id}>
            <a
              className="row"
              href={songId ? linkTo('songs', songId) : linkTo('setlists', setlistId ?? undefined)}
            >
              <span className="key" aria-hidden="true">
                {setlistId ? '☰' : '♪'}
              </span>
              <span>
                <strong>{title}</strong>
                <small>
                  {sharedWith?.displayName ?? email ?? t.link} · {t.songRoles[role]}
                  {state === 'pending' && ` · ${t.pending}`}
                </small>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </>
  )
}

interface ReceivedProps {
  share: Share
  selected: boolean
  onAnswered(): void
}

function ReceivedShare({ share, selected, onAnswered }: ReceivedProps) {
  const t = useWords()
  const { failure, busy, attempt } = useAttempt()
  const { songId, setlistId, title, role, sharedBy, state, message } = share
  const line = `${t.from(sharedBy.displayName)} · ${t.songRoles[role]}`
  if (state !== 'pending') {
    const href = songId ? linkTo('songs', songId) : setlistId ? linkTo('setlists', setlistId) : undefined
    return (
      <a className="row" href={href} aria-current={selected ? 'true' : undefined}>
        <span className="key" aria-hidden="true">
          {setlistId ? '☰' : '♪'}
        </span>
        <span>
          <strong>{title}</strong>
          <small>{line}</small>
        </span>
      </a>
    )
  }
  const answer = (work: () => Promise<unknown>) => attempt(work).then((isDone) => isDone && onAnswered())
  return (
    <div className="offer">
      <strong>{title}</strong>
      <small>{line}</small>
      {message && <p>{message}</p>}
      <p className="buttons">
        <button
          type="button"
          className="primary"
          disabled={busy}
          onClick={() => answer(() => tertulia.sharing.accept(share.id))}
        >
          {t.accept}
        </button>
        <button
          type="button"
          disabled={busy}
          onClick={() => answer(() => tertulia.sharing.decline(share.id))}
        >
          {t.decline}
        </button>
      </p>
      {failure !== null && <Failure error={failure} />}
    </div>
  )
}
