import { usePages } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { Failure } from '../ui/failure.tsx'
import { Moment } from '../ui/moment.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** The songs that the user deleted, until they go for good. */
export function Trash() {
  const t = useWords()
  const pages = usePages(tertulia.songs, 'trash', (cursor, signal) =>
    tertulia.songs.listTrash({ cursor, signal }),
  )
  const { items, first, error, hasMore, loading, loadMore, reload } = pages
  const { failure, busy, attempt } = useAttempt()
  async function restore(id: string) {
    if (await attempt(() => tertulia.songs.restore(id))) location.hash = linkTo('songs', id)
  }
  async function purge(id: string) {
    if (await attempt(() => tertulia.songs.purge(id))) reload()
  }
  return (
    <div className="page">
      <a className="back" href={linkTo('songs')} aria-label={t.backTo(t.songs)}>
        ‹
      </a>
      <Heading title={t.trash} />
      <p className="lead">{t.trashHint}</p>
      {(error ?? failure) !== null && <Failure error={error ?? failure} />}
      {first && items.length === 0 && <p className="empty">{t.trashEmpty}</p>}
      <ul className="cards">
        {items.map(({ id, title, artist, deletedAt }) => (
          <li key={id} className="card">
            <span>
              <strong>{title}</strong> <small>{artist}</small>
              <br />
              <small>
                <Moment date={deletedAt} />
              </small>
            </span>
            <span className="buttons">
              <button type="button" disabled={busy} onClick={() => restore(id)}>
                {t.restore}
              </button>
              <ConfirmButton question={t.purgeQuestion} onConfirm={() => purge(id)}>
                {t.purge}
              </ConfirmButton>
            </span>
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" className="more" disabled={loading} onClick={loadMore}>
          {t.more}
        </button>
      )}
    </div>
  )
}
