import { useCallback, useState } from 'react'
import type { Profile } from 'tertulia'
import { usePages } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'

type Side = 'followers' | 'following'

/** How many follow whom, and the button to follow. */
export function Follows({ profile: { id }, isMe }: { profile: Profile; isMe: boolean }) {
  const t = useWords()
  const { value, retry } = useLoaded(
    useCallback((signal: AbortSignal) => tertulia.profiles.getFollows(id, { signal }), [id]),
  )
  const { failure, busy, attempt } = useAttempt()
  const [side, setSide] = useState<Side | null>(null)
  if (!value) return <p className="follows" aria-hidden="true" />
  const { profiles } = tertulia
  async function toggle() {
    const isDone = await attempt(() => (value?.isFollowed ? profiles.unfollow(id) : profiles.follow(id)))
    if (isDone) retry()
  }
  return (
    <div className="follows">
      {(['followers', 'following'] as const).map((one) => (
        <button key={one} type="button" className="plain" onClick={() => setSide(one)}>
          <strong>{value[one]}</strong> {t.follows[one]}
        </button>
      ))}
      {value.followsYou && <small>{t.followsYou}</small>}
      {!isMe && (
        <button type="button" disabled={busy} aria-pressed={value.isFollowed} onClick={toggle}>
          {value.isFollowed ? t.unfollow : t.follow}
        </button>
      )}
      {failure !== null && <Failure error={failure} />}
      {side && (
        <Dialog title={t.follows[side]} onClose={() => setSide(null)}>
          <List side={side} userId={id} />
        </Dialog>
      )}
    </div>
  )
}

function List({ side, userId }: { side: Side; userId: string }) {
  const t = useWords()
  const { items, first, error, hasMore, loading, loadMore } = usePages(
    tertulia.profiles,
    `${side} ${userId}`,
    (cursor, signal) =>
      side === 'followers'
        ? tertulia.profiles.listFollowers(userId, { cursor, signal })
        : tertulia.profiles.listFollowing(userId, { cursor, signal }),
  )
  return (
    <>
      {error && <Failure error={error} />}
      {first && items.length === 0 && <p className="hint">{t.nobodyYet}</p>}
      <ul>
        {items.map((person) => (
          <li key={person.id}>
            <a className="row" href={linkTo('people', person.id)}>
              <Avatar name={person.displayName} url={person.avatarUrl} />
              <span>
                <strong>{person.displayName}</strong>
                <small>{person.handle && `@${person.handle}`}</small>
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
    </>
  )
}
