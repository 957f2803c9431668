import { Me } from '../account/me.tsx'
import { Moderation } from '../account/moderation.tsx'
import { Inbox } from '../chat/inbox.tsx'
import { InboxProvider } from '../chat/use-shared-inbox.tsx'
import { Circles } from '../circles/circles.tsx'
import { JoinPage } from '../circles/join-page.tsx'
import { supabase } from '../client.ts'
import { People } from '../people/people.tsx'
import { Setlists } from '../setlists/setlists.tsx'
import { LinkPage } from '../sharing/link-page.tsx'
import { Notices } from '../sharing/notices.tsx'
import { Songs } from '../songs/songs.tsx'
import { Header } from './header.tsx'
import { OfflineBanner } from './offline-banner.tsx'
import { SignIn } from './sign-in.tsx'
import { useRoute } from './use-route.ts'
import { useSession } from './use-session.ts'
import { MeProvider } from './use-shared-me.tsx'

export function App() {
  const session = useSession()
  if (session === undefined) return null
  if (!session) return <SignIn />
  const { id, app_metadata } = session.user
  // A new key for each user, so that nothing of the previous user stays on the screen.
  return <Home key={id} userId={id} isModerator={app_metadata.role === 'moderator'} />
}

function Home({ userId, isModerator }: { userId: string; isModerator: boolean }) {
  const { page, id, view } = useRoute()

  async function signOut() {
    await supabase.auth.signOut({ scope: 'local' })
    location.hash = ''
  }

  return (
    <MeProvider>
      <InboxProvider>
        <div className="home" data-detail={id ? 'open' : 'none'}>
          <Header page={page} onSignOut={signOut} />
          <OfflineBanner />
          {page === 'songs' && <Songs selected={id} view={view} userId={userId} />}
          {page === 'setlists' && <Setlists selected={id} userId={userId} />}
          {page === 'circles' && <Circles selected={id} userId={userId} />}
          {page === 'people' && <People selected={id} view={view} userId={userId} />}
          {page === 'inbox' && <Inbox selected={id} view={view} userId={userId} />}
          {page === 'notices' && <Notices />}
          {page === 'me' && <Me side={id} userId={userId} isModerator={isModerator} onSignOut={signOut} />}
          {page === 'link' && <LinkPage token={id} />}
          {page === 'join' && <JoinPage token={id} />}
          {page === 'moderation' && <Moderation />}
        </div>
      </InboxProvider>
    </MeProvider>
  )
}
