import { type FormEvent, useCallback, useState } from 'react'
import type { CircleInvitation } from 'tertulia/circles'
import { useAnswer, usePages } from 'tertulia/react'
import { circles } from '../client.ts'
import { newId } from '../new-id.ts'
import { useTitle } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'
import { CirclePage } from './circle-page.tsx'

/** The user's circles and invitations on the left, one circle on the right. */
export function Circles({ selected, userId }: { selected: string | null; userId: string }) {
  const t = useWords()
  useTitle(selected ? null : t.circles)
  const [changes, setChanges] = useState(0)
  const onChanged = useCallback(() => setChanges((count) => count + 1), [])
  const { items, first, error, hasMore, loading, loadMore, reload } = usePages(
    circles,
    `circles ${changes}`,
    (cursor, signal) => circles.list({ cursor, signal }),
    { keep: true },
  )
  return (
    <main className="split" tabIndex={-1}>
      <section className="list" aria-label={t.circles}>
        <h2>{t.circles}</h2>
        <NewCircle onChanged={onChanged} />
        <Invitations onChanged={onChanged} />
        {error && <Failure error={error} onRetry={reload} />}
        {first && items.length === 0 && <p className="nothing">{t.noCircles}</p>}
        <ul>
          {items.map((one) => (
            <li key={one.id}>
              <a
                href={linkTo('circles', one.id)}
                className="row"
                aria-current={one.id === selected ? 'true' : undefined}
              >
                <span className="key" aria-hidden="true">
                  {one.memberCount}
                </span>
                <span>
                  <strong>{one.name}</strong>
                  <small>
                    {t.memberCount(one.memberCount)} · {t.circleRoles[one.role]}
                  </small>
                </span>
              </a>
            </li>
          ))}
        </ul>
        {hasMore && (
          <button type="button" className="more" disabled={loading} onClick={loadMore}>
            {t.more}
          </button>
        )}
      </section>
      <section className="detail" aria-label={t.circle}>
        {selected ? (
          <CirclePage key={selected} id={selected} userId={userId} onChanged={onChanged} />
        ) : (
          <p className="empty">{t.chooseCircle}</p>
        )}
      </section>
    </main>
  )
}

function NewCircle({ onChanged }: { onChanged(): void }) {
  const t = useWords()
  const { failure, busy, attempt } = useAttempt()
  async function create(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const name = String(new FormData(form).get('name')).trim()
    const id = newId()
    if (!(await attempt(() => circles.create({ id, name })))) return
    form.reset()
    onChanged()
    location.hash = linkTo('circles', id)
  }
  return (
    <form className="inline" onSubmit={create}>
      <input name="name" aria-label={t.newCircle} placeholder={t.newCircle} required maxLength={120} />
      <button type="submit" disabled={busy}>
        {t.create}
      </button>
      {failure !== null && <Failure error={failure} />}
    </form>
  )
}

/** Invitations that wait for the user's answer. */
function Invitations({ onChanged }: { onChanged(): void }) {
  const t = useWords()
  const { data, error, reload } = useAnswer(circles, 'invitations', (signal) =>
    circles.listReceivedInvitations({ signal }),
  )
  const { failure, busy, attempt } = useAttempt()
  async function answer(work: () => Promise<unknown>) {
    if (!(await attempt(work))) return
    reload()
    onChanged()
  }
  const accept = ({ id }: CircleInvitation) =>
    answer(async () => {
      const circle = await circles.acceptInvitation(id)
      location.hash = linkTo('circles', circle.id)
    })
  return (
    <>
      {(failure ?? error) !== null && <Failure error={failure ?? error} />}
      {data?.map((one) => (
        <div key={one.id} className="offer">
          <span>
            <strong>{one.circleName}</strong>
            <small>{t.invitedBy(one.invitedBy.displayName, one.memberCount)}</small>
            {one.message && <small>{one.message}</small>}
          </span>
          <span className="buttons">
            <button type="button" className="primary" disabled={busy} onClick={() => accept(one)}>
              {t.accept}
            </button>
            <button
              type="button"
              disabled={busy}
              onClick={() => answer(() => circles.declineInvitation(one.id))}
            >
              {t.decline}
            </button>
          </span>
        </div>
      ))}
    </>
  )
}
