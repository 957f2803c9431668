import { useCallback } from 'react'
import { Avatar } from './avatar.tsx'
import { supabase, tertulia } from './client.ts'
import { Inbox } from './inbox.tsx'
import { People } from './people.tsx'
import { SignIn } from './sign-in.tsx'
import { Songs } from './songs.tsx'
import { useLoaded } from './use-loaded.ts'
import { linkTo, useRoute } from './use-route.ts'
import { useSession } from './use-session.ts'

export function App() {
  const session = useSession()
  if (session === undefined) return null
  // A new key for each user, so that nothing of the previous user stays on the screen.
  return session ? <Home key={session.user.id} userId={session.user.id} /> : <SignIn />
}

function Home({ userId }: { userId: string }) {
  const { page, id } = useRoute()
  const { value: me } = useLoaded(useCallback((signal) => tertulia.profiles.get(undefined, { signal }), []))

  async function signOut() {
    await supabase.auth.signOut({ scope: 'local' })
    location.hash = ''
  }

  return (
    <div className="home" data-detail={id ? 'open' : 'none'}>
      <header className="bar">
        <h1>
          <a className="brand" href={linkTo('songs')}>
            <img src="/icon.svg" alt="" width="28" height="28" />
            Tertulia
          </a>
        </h1>
        <nav aria-label="Main">
          <a href={linkTo('songs')} aria-current={page === 'songs' ? 'page' : undefined}>
            Songs
          </a>
          <a href={linkTo('people')} aria-current={page === 'people' ? 'page' : undefined}>
            People
          </a>
          <a href={linkTo('inbox')} aria-current={page === 'inbox' ? 'page' : undefined}>
            Inbox
          </a>
        </nav>
        <div className="me">
          {me && (
            <>
              <Avatar name={me.displayName} />
              <span className="name">{me.displayName}</span>
            </>
          )}
          <button type="button" onClick={signOut}>
            Sign out
          </button>
        </div>
      </header>
      {page === 'songs' && <Songs selected={id} />}
      {page === 'people' && <People selected={id} userId={userId} />}
      {page === 'inbox' && <Inbox selected={id} userId={userId} />}
    </div>
  )
}
