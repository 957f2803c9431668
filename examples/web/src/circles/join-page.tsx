import { useCallback } from 'react'
import { circles } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'

/** What a link into a circle opens: what it is, and whether to join. */
export function JoinPage({ token }: { token: string | null }) {
  const t = useWords()
  const { value, failure: unread } = useLoaded(
    useCallback((signal: AbortSignal) => circles.readInvitation(token ?? '', { signal }), [token]),
  )
  const { failure, busy, attempt } = useAttempt()
  const join = () =>
    attempt(async () => {
      const { id } = await circles.acceptInvitation({ token: token ?? '' })
      location.replace(linkTo('circles', id))
    })
  return (
    <main className="page" tabIndex={-1}>
      <header className="page-head">
        <Heading title={value?.circleName ?? t.circle} />
      </header>
      {(failure ?? unread) !== null && <Failure error={failure ?? unread} />}
      {value && (
        <>
          <p className="lead">{t.invitedBy(value.invitedBy.displayName, value.memberCount)}</p>
          <button type="button" className="primary" disabled={busy} onClick={join}>
            {t.join}
          </button>
        </>
      )}
    </main>
  )
}
