import { type FormEvent, useState } from 'react'
import { usePages } from 'tertulia/react'
import { setlists, tertulia } from '../client.ts'
import { newId } from '../new-id.ts'
import { linkTo } from '../shell/use-route.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** Adds a song to one of the user's setlists, or to a new one. */
export function AddToSetlist({ songId }: { songId: string }) {
  const t = useWords()
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        {t.addToSetlist}
      </button>
      {open && (
        <Dialog title={t.addToSetlist} onClose={() => setOpen(false)}>
          <Choices songId={songId} />
        </Dialog>
      )}
    </>
  )
}

function Choices({ songId }: { songId: string }) {
  const t = useWords()
  const { items } = usePages(tertulia.songs, 'my setlists', (cursor, signal) =>
    setlists.list({ cursor, signal }),
  )
  const { failure, busy, attempt } = useAttempt()
  async function add(setlistId: string) {
    const isDone = await attempt(() => setlists.add(setlistId, [{ songId }]))
    if (isDone) location.hash = linkTo('setlists', setlistId)
  }
  async function create(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const title = String(new FormData(event.currentTarget).get('title')).trim()
    const id = newId()
    const isDone = await attempt(() => setlists.create({ id, title, entries: [{ songId }] }))
    if (isDone) location.hash = linkTo('setlists', id)
  }
  return (
    <div className="stack">
      <form className="inline" onSubmit={create}>
        <input name="title" aria-label={t.newSetlist} placeholder={t.newSetlist} required maxLength={200} />
        <button type="submit" className="primary" disabled={busy}>
          {t.create}
        </button>
      </form>
      {failure !== null && <Failure error={failure} />}
      <ul>
        {items.map(({ id, title, entryCount }) => (
          <li key={id}>
            <button type="button" className="row" disabled={busy} onClick={() => add(id)}>
              <span className="key" aria-hidden="true">
                {entryCount}
              </span>
              <span>
                <strong>{title}</strong>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
