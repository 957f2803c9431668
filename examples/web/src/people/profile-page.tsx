import { useEffect } from 'react'
import type { Profile } from 'tertulia'
import { usePages } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { SongLink } from '../songs/song-link.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { ReportContent } from '../ui/report-content.tsx'
import { useLanguage, useWords } from '../words/index.ts'
import { About } from './about.tsx'
import { BlockButton } from './block-button.tsx'
import { Follows } from './follows.tsx'
import { Portfolio } from './portfolio.tsx'
import { Reviews } from './reviews.tsx'

/** A profile as others see it. */
export function ProfileView({
  profile,
  userId,
  back = false,
}: {
  profile: Profile
  userId: string
  back?: boolean
}) {
  const t = useWords()
  const isMe = profile.id === userId
  useEffect(() => {
    if (isMe) return
    // What strict mode mounts and unmounts at once is no visit.
    const timer = setTimeout(
      () => tertulia.analytics.track({ kind: 'profile_view', profileId: profile.id }),
      500,
    )
    return () => clearTimeout(timer)
  }, [isMe, profile.id])
  return (
    <article className="song profile">
      <header className="profile-head">
        {back && (
          <a className="back" href={linkTo('people')} aria-label={t.backTo(t.people)}>
            ‹
          </a>
        )}
        <Avatar name={profile.displayName} url={profile.avatarUrl} />
        <div>
          <Heading title={profile.displayName}>
            {profile.displayName} {profile.verifiedAt && <span title={t.verified}>✓</span>}
          </Heading>
          {profile.handle && <p className="artist">@{profile.handle}</p>}
        </div>
      </header>
      {profile.openToWork && <Available date={profile.availableFrom} />}
      <Follows profile={profile} isMe={isMe} />
      {!isMe && (
        <p className="tools">
          <a
            className="button primary"
            href={linkTo('people', profile.id, 'chat')}
            onClick={() => tertulia.analytics.track({ kind: 'contact_click', profileId: profile.id })}
          >
            {t.message}
          </a>
          <BlockButton userId={profile.id} name={profile.displayName} />
          <ReportContent kind="profile" subjectId={profile.id} />
        </p>
      )}
      <About profile={profile} />
      <Portfolio userId={profile.id} isMe={isMe} />
      <SongsOf userId={profile.id} />
      <Reviews profile={profile} userId={userId} />
    </article>
  )
}

function Available({ date }: { date: string | null }) {
  const t = useWords()
  const form = new Intl.DateTimeFormat(useLanguage(), { dateStyle: 'long', timeZone: 'UTC' })
  return (
    <p className="available">
      <span className="present" aria-hidden="true" />{' '}
      {date ? t.availableFrom(form.format(new Date(`${date}T00:00:00Z`))) : t.openToWork}
    </p>
  )
}

function SongsOf({ userId }: { userId: string }) {
  const t = useWords()
  const { items } = usePages(tertulia.songs, `songs of ${userId}`, (cursor, signal) =>
    tertulia.songs.list({ createdBy: userId, limit: 5, cursor, signal }),
  )
  if (items.length === 0) return null
  return (
    <section className="block" aria-label={t.songs}>
      <h3>{t.songs}</h3>
      <ul>
        {items.map((song) => (
          <li key={song.id}>
            <SongLink song={song} selected={false} />
          </li>
        ))}
      </ul>
    </section>
  )
}
