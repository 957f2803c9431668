import { useMe } from 'tertulia/react'
import { Avatar } from '../ui/avatar.tsx'
import { useWords } from '../words/index.ts'
import { LanguageChoice } from './language-choice.tsx'
import { linkTo, type Route } from './use-route.ts'

const pages = [
  ['songs', '♪'],
  ['people', '☺'],
  ['inbox', '✉'],
] as const

/** The bar above; on a phone the pages are below, in reach of the thumb. */
export function Header({ page, onSignOut }: { page: Route['page']; onSignOut(): void }) {
  const t = useWords()
  const { data: me } = useMe()
  return (
    <header className="bar">
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
          </a>
        ))}
      </nav>
      <div className="me">
        <LanguageChoice />
        {me && (
          <>
            <Avatar name={me.displayName} url={me.avatarUrl} />
            <span className="name">{me.displayName}</span>
          </>
        )}
        <button type="button" onClick={onSignOut}>
          {t.signOut}
        </button>
      </div>
    </header>
  )
}
