import { useNotices } from 'tertulia/react'
import { useSharedInbox } from '../chat/use-shared-inbox.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Icon } from '../ui/icon.tsx'
import { useWords } from '../words/index.ts'
import { LanguageChoice } from './language-choice.tsx'
import { linkTo, type Route } from './use-route.ts'
import { useSharedMe } from './use-shared-me.tsx'

const pages = [
  ['songs', '♪'],
  ['setlists', '☰'],
  ['circles', '◎'],
  ['people', '☺'],
  ['inbox', '✉'],
] as const

const skip = () => document.querySelector<HTMLElement>('main')?.focus()

/** The bar above; on a phone the pages are below, in reach of the thumb. */
export function Header({ page, onSignOut }: { page: Route['page']; onSignOut(): void }) {
  const t = useWords()
  const { data: me } = useSharedMe()
  const { snapshot: inbox } = useSharedInbox()
  const { snapshot: notices } = useNotices()
  const unread = inbox?.unread ?? 0
  const news = notices?.unread ?? 0
  return (
    <header className="bar">
      <button type="button" className="skip" onClick={skip}>
        {t.skip}
      </button>
      <h1>
        <a className="brand" href={linkTo('songs')}>
          <img src="/icon.svg" alt="" width="28" height="28" />
          <span>Tertulia</span>
        </a>
      </h1>
      <nav aria-label={t.main}>
        {pages.map(([name, sign]) => (
          <a key={name} href={linkTo(name)} aria-current={name === page ? 'page' : undefined}>
            <span className="sign" aria-hidden="true">
              {sign}
            </span>
            {t[name]}
            {name === 'inbox' && unread > 0 && (
              <span className="badge" aria-hidden="true">
                {unread > 99 ? '99+' : unread}
              </span>
            )}
          </a>
        ))}
      </nav>
      <div className="me">
        <LanguageChoice />
        <a
          className="bell"
          href={linkTo('notices')}
          aria-label={news > 0 ? t.noticesUnread(news) : t.notices}
          aria-current={page === 'notices' ? 'page' : undefined}
        >
          <Icon name="bell" />
          {news > 0 && <span className="badge">{news > 99 ? '99+' : news}</span>}
        </a>
        <a className="own" href={linkTo('me')} aria-current={page === 'me' ? 'page' : undefined}>
          <span className="hidden">{t.me}</span>
          <Avatar name={me?.displayName ?? ''} url={me?.avatarUrl} />
        </a>
        <button type="button" className="sign-out" onClick={onSignOut}>
          {t.signOut}
        </button>
      </div>
    </header>
  )
}
