import { useEffect, useState } from 'react'
import type { Circle } from 'tertulia/circles'
import { useCircle } from 'tertulia/react'
import { circles } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { Failure } from '../ui/failure.tsx'
import { PersonPicker } from '../ui/person-picker.tsx'
import { type Attempt, useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'
import { CircleShares } from './circle-shares.tsx'
import { Members } from './members.tsx'

/** A circle, live: who joins, leaves or gets another role shows at once. */
export function CirclePage({ id, userId, onChanged }: { id: string; userId: string; onChanged(): void }) {
  const t = useWords()
  const { snapshot, error, reopen } = useCircle(id)
  const work = useAttempt()
  const circle = snapshot?.circle
  const version = circle?.version
  // The list on the left shows its name and how many are in it.
  useEffect(() => {
    if (version) onChanged()
  }, [version, onChanged])
  if (snapshot?.closeReason === 'removed') return <p className="empty">{t.noLongerMember}</p>
  if (error && !circle) return <Failure error={error} onRetry={reopen} />
  if (!circle) return <p className="empty">{t.loading}</p>
  return (
    <article className="song">
      <header>
        <a className="back" href={linkTo('circles')} aria-label={t.backTo(t.circles)}>
          ‹
        </a>
        <Heading title={circle.name} />
        <p className="artist">{t.memberCount(circle.memberCount)}</p>
      </header>
      <Tools circle={circle} work={work} />
      {work.failure !== null && <Failure error={work.failure} />}
      <section className="block">
        <h3>{t.members}</h3>
        {circle.role !== 'member' && <Invite circle={circle} work={work} />}
        <Members circle={circle} userId={userId} work={work} />
      </section>
      <CircleShares circle={circle} />
    </article>
  )
}

function Tools({
  circle: { id, role, conversationId, memberCount },
  work,
}: {
  circle: Circle
  work: Attempt
}) {
  const t = useWords()
  const { attempt, busy } = work
  const talk = () =>
    attempt(async () => {
      location.hash = linkTo('inbox', await circles.openConversation(id))
    })
  const leave = () =>
    attempt(async () => {
      await circles.leaveCircle(id)
      location.hash = linkTo('circles')
    })
  const remove = () =>
    attempt(async () => {
      await circles.delete(id)
      location.hash = linkTo('circles')
    })
  return (
    <div className="tools">
      {(conversationId || role !== 'member') && (
        <button type="button" disabled={busy} onClick={talk}>
          {t.circleConversation}
        </button>
      )}
      <ConfirmButton
        question={memberCount === 1 ? t.leaveLastQuestion : t.leaveCircleQuestion}
        onConfirm={leave}
      >
        {t.leaveCircle}
      </ConfirmButton>
      {role === 'owner' && (
        <ConfirmButton question={t.deleteCircleQuestion} onConfirm={remove}>
          {t.delete}
        </ConfirmButton>
      )}
    </div>
  )
}

/** Invites by name or handle, or by a link. */
function Invite({ circle, work: { attempt, busy } }: { circle: Circle; work: Attempt }) {
  const t = useWords()
  const [invited, setInvited] = useState<string | null>(null)
  const [link, setLink] = useState<string | null>(null)
  return (
    <div className="stack">
      <PersonPicker
        label={t.inviteToCircle}
        without={circle.members.map(({ id }) => id)}
        onPick={async ({ id, displayName }) => {
          if (await attempt(() => circles.inviteUser(circle.id, { userId: id }))) setInvited(displayName)
        }}
      />
      {invited && <p role="status">{t.invited(invited)}</p>}
      {link ? (
        <label className="field">
          {t.linkOnce}
          <input readOnly value={link} onFocus={(event) => event.target.select()} />
        </label>
      ) : (
        <button
          type="button"
          disabled={busy}
          onClick={() =>
            attempt(async () => {
              const { token } = await circles.createLink(circle.id)
              setLink(new URL(linkTo('join', token), location.href).href)
            })
          }
        >
          {t.createLink}
        </button>
      )}
    </div>
  )
}
