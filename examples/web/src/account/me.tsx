import { ProfileFigures } from '../figures/profile-figures.tsx'
import { ProfileForm } from '../people/profile-form.tsx'
import { ProfileView } from '../people/profile-page.tsx'
import { linkTo } from '../shell/use-route.ts'
import { useSharedMe } from '../shell/use-shared-me.tsx'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'
import { Account } from './account.tsx'

interface Props {
  side: string | null
  userId: string
  isModerator: boolean
  onSignOut(): void
}

/** The user's own profile as others see it, its form, its figures, and the account. */
export function Me({ side, userId, isModerator, onSignOut }: Props) {
  const t = useWords()
  const { data: me, error, reload } = useSharedMe()
  const sides = [
    [undefined, t.profile],
    ['edit', t.edit],
    ['figures', t.figures],
    ['account', t.account],
  ] as const
  return (
    <main className="page" tabIndex={-1}>
      <nav className="sides" aria-label={t.me}>
        {sides.map(([name, label]) => (
          <a
            key={label}
            href={linkTo('me', name)}
            aria-current={(name ?? null) === side ? 'page' : undefined}
          >
            {label}
          </a>
        ))}
        {isModerator && <a href={linkTo('moderation')}>{t.moderation}</a>}
      </nav>
      {error && !me && <Failure error={error} onRetry={reload} />}
      {me && !side && <ProfileView profile={me} userId={userId} />}
      {me && side === 'edit' && <ProfileForm profile={me} onSaved={reload} />}
      {side === 'figures' && <ProfileFigures userId={userId} />}
      {side === 'account' && <Account onSignOut={onSignOut} />}
    </main>
  )
}
