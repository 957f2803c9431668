import { type FormEvent, useCallback, useState } from 'react'
import { usePages } from 'tertulia/react'
import { setlists, tertulia } from '../client.ts'
import { newId } from '../new-id.ts'
import { useTitle } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'
import { SetlistPage } from './setlist-page.tsx'

/** The user's setlists on the left, one of them on the right. */
export function Setlists({ selected, userId }: { selected: string | null; userId: string }) {
  const t = useWords()
  useTitle(selected ? null : t.setlists)
  const [changes, setChanges] = useState(0)
  const onChanged = useCallback(() => setChanges((count) => count + 1), [])
  const { items, first, error, hasMore, loading, loadMore, reload } = usePages(
    tertulia.songs,
    `setlists ${changes}`,
    (cursor, signal) => setlists.list({ cursor, signal }),
    { keep: true },
  )
  return (
    <main className="split" tabIndex={-1}>
      <section className="list" aria-label={t.setlists}>
        <h2>{t.setlists}</h2>
        <NewSetlist />
        {error && <Failure error={error} onRetry={reload} />}
        {first && items.length === 0 && <p className="nothing">{t.noSetlists}</p>}
        <ul>
          {items.map((one) => (
            <li key={one.id}>
              <a
                href={linkTo('setlists', one.id)}
                className="row"
                aria-current={one.id === selected ? 'true' : undefined}
              >
                <span className="key" aria-hidden="true">
                  {one.entryCount}
                </span>
                <span>
                  <strong>{one.title}</strong>
                  <small>
                    {t.songsIn(one.entryCount)} · {t.visibilities[one.visibility]}
                  </small>
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
      </section>
      <section className="detail" aria-label={t.setlist}>
        {selected ? (
          <SetlistPage key={selected} id={selected} userId={userId} onChanged={onChanged} />
        ) : (
          <p className="empty">{t.chooseSetlist}</p>
        )}
      </section>
    </main>
  )
}

function NewSetlist() {
  const t = useWords()
  const { failure, busy, attempt } = useAttempt()
  async function create(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const title = String(new FormData(form).get('title')).trim()
    const id = newId()
    if (!(await attempt(() => setlists.create({ id, title })))) return
    form.reset()
    location.hash = linkTo('setlists', id)
  }
  return (
    <form className="inline" onSubmit={create}>
      <input name="title" aria-label={t.newSetlist} placeholder={t.newSetlist} required maxLength={200} />
      <button type="submit" disabled={busy}>
        {t.create}
      </button>
      {failure !== null && <Failure error={failure} />}
    </form>
  )
}
