import type { SongSummary } from 'tertulia'
import type { Circle } from 'tertulia/circles'
import { usePages } from 'tertulia/react'
import { circles } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { SongPicker } from '../songs/song-picker.tsx'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** The songs and setlists of a circle, and a search for another song. */
export function CircleShares({ circle }: { circle: Circle }) {
  const t = useWords()
  const { items, first, error, hasMore, loadMore, reload } = usePages(
    circles,
    `shares of ${circle.id}`,
    (cursor, signal) => circles.listShares(circle.id, { cursor, signal }),
  )
  const { failure, busy, attempt } = useAttempt()
  const change = async (work: () => Promise<unknown>) => {
    if (await attempt(work)) reload()
  }
  const shareSong = ({ id }: SongSummary) => change(() => circles.share(circle.id, id, { role: 'edit' }))
  return (
    <section className="block">
      <h3>{t.sharedWithCircle}</h3>
      {(failure ?? error) !== null && <Failure error={failure ?? error} />}
      {first && items.length === 0 && <p className="hint">{t.nothingShared}</p>}
      <ul className="cards">
        {items.map((one) => (
          <li key={one.id} className="card">
            <span>
              <a href={one.songId ? linkTo('songs', one.songId) : linkTo('setlists', one.setlistId ?? '')}>
                {one.title}
              </a>
              <small>{t.circleMay(t.songRoles[one.role])}</small>
            </span>
            {circle.role !== 'member' && (
              <button
                type="button"
                className="danger"
                disabled={busy}
                onClick={() => change(() => circles.removeShare(one.id))}
              >
                {t.remove}
              </button>
            )}
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" className="more" onClick={loadMore}>
          {t.more}
        </button>
      )}
      <SongPicker label={t.shareSongWithCircle} onPick={shareSong} />
    </section>
  )
}
