import type { Notice } from 'tertulia'
import { useNotices } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Failure } from '../ui/failure.tsx'
import { Moment } from '../ui/moment.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** What happened with the songs and setlists of the user, live. */
export function Notices() {
  const t = useWords()
  const { snapshot, handle, error, reopen } = useNotices()
  const { failure, attempt } = useAttempt()
  return (
    <main className="page" tabIndex={-1}>
      <header className="page-head">
        <Heading title={t.notices} />
        {snapshot && snapshot.unread > 0 && (
          <button type="button" onClick={() => attempt(async () => handle?.markRead())}>
            {t.markAllRead}
          </button>
        )}
      </header>
      {error && !snapshot && <Failure error={error} onRetry={reopen} />}
      {failure !== null && <Failure error={failure} />}
      {snapshot?.loaded && snapshot.items.length === 0 && <p className="empty">{t.noNotices}</p>}
      <ul className="cards">
        {snapshot?.items.map((notice) => (
          <li key={notice.id} className="card" data-unread={notice.readAt ? undefined : 'true'}>
            <NoticeOf notice={notice} onRead={() => attempt(async () => handle?.markRead([notice.id]))} />
          </li>
        ))}
      </ul>
    </main>
  )
}

function NoticeOf({ notice, onRead }: { notice: Notice; onRead(): void }) {
  const t = useWords()
  const { kind, actor, title, role, songId, setlistId, circleId, subjectId, createdAt, readAt } = notice
  const { failure, busy, attempt } = useAttempt()
  const name = actor?.displayName ?? t.aUser
  const describe = (t.noticeTexts as Record<string, typeof t.noticeTexts.share_offered>)[kind]
  const text = describe?.(name, title, t.songRoles[role as 'view'] ?? '') ?? `${name}: ${title}`
  const circle = kind === 'circle_invited' ? linkTo('circles') : circleId && linkTo('circles', circleId)
  const href = songId ? linkTo('songs', songId) : setlistId ? linkTo('setlists', setlistId) : circle

  async function answer(work: () => Promise<unknown>) {
    if (await attempt(work)) onRead()
  }
  async function acceptTransfer() {
    const id = await tertulia.sharing.acceptTransfer(subjectId)
    location.hash = linkTo(notice.targetKind === 'setlist' ? 'setlists' : 'songs', id)
  }
  const { sharing } = tertulia
  return (
    <>
      <Avatar name={name} url={actor?.avatarUrl} />
      <span>
        {href ? (
          <a href={href} onClick={onRead}>
            {text}
          </a>
        ) : (
          text
        )}
        <small>
          <Moment date={createdAt} />
        </small>
        {!readAt && kind === 'share_offered' && (
          <span className="buttons">
            <button
              type="button"
              className="primary"
              disabled={busy}
              onClick={() => answer(() => sharing.accept(subjectId))}
            >
              {t.accept}
            </button>
            <button type="button" disabled={busy} onClick={() => answer(() => sharing.decline(subjectId))}>
              {t.decline}
            </button>
          </span>
        )}
        {!readAt && kind === 'transfer_offered' && (
          <span className="buttons">
            <button type="button" className="primary" disabled={busy} onClick={() => answer(acceptTransfer)}>
              {t.accept}
            </button>
            <button
              type="button"
              disabled={busy}
              onClick={() => answer(() => sharing.endTransfer(subjectId))}
            >
              {t.decline}
            </button>
          </span>
        )}
        {failure !== null && <Failure error={failure} />}
      </span>
      {!readAt && (
        <button type="button" className="plain" aria-label={t.markNoticeRead} onClick={onRead}>
          ✓
        </button>
      )}
    </>
  )
}
