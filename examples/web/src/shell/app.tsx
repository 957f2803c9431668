import { Inbox } from '../chat/inbox.tsx'
import { supabase } from '../client.ts'
import { People } from '../people/people.tsx'
import { Songs } from '../songs/songs.tsx'
import { useWords } from '../words/index.ts'
import { Header } from './header.tsx'
import { SignIn } from './sign-in.tsx'
import { useRoute } from './use-route.ts'
import { useSession } from './use-session.ts'

export function App() {
  const session = useSession()
  if (session === undefined) return null
  // A new key for each user, so that nothing of the previous user stays on the screen.
  return session ? <Home key={session.user.id} userId={session.user.id} /> : <SignIn />
}

function Home({ userId }: { userId: string }) {
  const t = useWords()
  const { page, id } = useRoute()
  const skip = () => document.querySelector<HTMLElement>('main')?.focus()

  async function signOut() {
    await supabase.auth.signOut({ scope: 'local' })
    location.hash = ''
  }

  return (
    <div className="home" data-detail={id ? 'open' : 'none'}>
      <button type="button" className="skip" onClick={skip}>
        {t.skip}
      </button>
      <Header page={page} onSignOut={signOut} />
      {page === 'songs' && <Songs selected={id} />}
      {page === 'people' && <People selected={id} userId={userId} />}
      {page === 'inbox' && <Inbox selected={id} userId={userId} />}
    </div>
  )
}
