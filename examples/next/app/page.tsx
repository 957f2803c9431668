import { isTertuliaError, type Profile } from 'tertulia'
import { signIn, signOut } from './actions'
import { AddSong } from './add-song'
import { Inbox } from './inbox'
import { connect } from './lib/server'

/** The signed-in user, or null. */
async function whoIsThere(profile: Promise<Profile>): Promise<Profile | null> {
  try {
    return await profile
  } catch (error) {
    if (isTertuliaError(error) && error.code === 'not_signed_in') return null
    throw error
  }
}

export default async function Page() {
  const { tertulia } = await connect()
  const [me, songs] = await Promise.all([
    whoIsThere(tertulia.profiles.get()),
    tertulia.songs.list({ limit: 20 }),
  ])
  return (
    <main>
      <h1>Songs</h1>
      <ul>
        {songs.items.map((song) => (
          <li key={song.id}>
            {song.title}
            {song.artist && ` by ${song.artist}`}
          </li>
        ))}
      </ul>
      {me ? (
        <>
          <p>Signed in as {me.displayName}</p>
          <Inbox />
          <AddSong />
          <form action={signOut}>
            <button type="submit">Sign out</button>
          </form>
        </>
      ) : (
        <form action={signIn}>
          <label>
            E-mail <input name="email" type="email" required autoComplete="username" />
          </label>
          <label>
            Password <input name="password" type="password" required autoComplete="current-password" />
          </label>
          <button type="submit">Sign in</button>
        </form>
      )}
    </main>
  )
}
