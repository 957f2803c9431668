import { useEffect, useState } from 'react'
import { tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'

/** Opens a link. The shared song or setlist then replaces this page. */
export function LinkPage({ token }: { token: string | null }) {
  const t = useWords()
  const [failure, setFailure] = useState<unknown>(null)
  useEffect(() => {
    let left = false
    // Not in this turn: what strict mode mounts and unmounts at once would use the link twice.
    const timer = setTimeout(() => {
      tertulia.sharing.openLink(token ?? '').then(
        ({ songId, setlistId }) => {
          if (left) return
          location.replace(songId ? linkTo('songs', songId) : linkTo('setlists', setlistId ?? ''))
        },
        (error) => !left && setFailure(error),
      )
    })
    return () => {
      left = true
      clearTimeout(timer)
    }
  }, [token])
  return (
    <main className="page" tabIndex={-1}>
      <Heading title={t.link} />
      {failure === null ? <p className="empty">{t.openingLink}</p> : <Failure error={failure} />}
      {failure !== null && (
        <p>
          <a className="action" href={linkTo('songs')}>
            {t.backTo(t.songs)}
          </a>
        </p>
      )}
    </main>
  )
}
