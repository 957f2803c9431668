import { useCallback, useEffect, useState } from 'react'
import { parseChordPro, renderPrint } from 'tertulia/chordpro'
import { useLive } from 'tertulia/react'
import type { Setlist, WatchedSetlist, WatchedSetlistSnapshot } from 'tertulia/setlists'
import { setlists, tertulia } from '../client.ts'
import { newId } from '../new-id.ts'
import { ShareDialog } from '../sharing/share-dialog.tsx'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { printHtml } from '../songs/song-tools.tsx'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { Failure } from '../ui/failure.tsx'
import { type Attempt, useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'
import { Entries } from './entries.tsx'
import { SetlistHistory } from './setlist-history.tsx'

interface Props {
  id: string
  userId: string
  onChanged(): void
}

/** A setlist, live: two users who order it at once see each other's moves. */
export function SetlistPage({ id, userId, onChanged }: Props) {
  const t = useWords()
  const { snapshot, error, reopen } = useLive<WatchedSetlistSnapshot, WatchedSetlist>(
    tertulia.songs,
    id,
    (setlistId) => setlists.watch(setlistId),
  )
  const work = useAttempt()
  const setlist = snapshot?.setlist
  const version = setlist?.version
  // The list on the left shows its title and how many songs it has.
  useEffect(() => {
    if (version) onChanged()
  }, [version, onChanged])
  const { value: role } = useLoaded(
    useCallback((signal: AbortSignal) => tertulia.sharing.getRole({ setlistId: id }, { signal }), [id]),
  )
  if (error && !setlist) return <Failure error={error} onRetry={reopen} />
  if (!setlist) return <p className="empty">{t.loading}</p>
  const canEdit = role === 'owner' || role === 'admin' || role === 'edit'
  return (
    <article className="song">
      <header>
        <a className="back" href={linkTo('setlists')} aria-label={t.backTo(t.setlists)}>
          ‹
        </a>
        <Heading title={setlist.title} />
        {setlist.note && <p className="artist">{setlist.note}</p>}
      </header>
      <Tools setlist={setlist} role={role ?? null} work={work} isMine={setlist.createdBy === userId} />
      {work.failure !== null && <Failure error={work.failure} />}
      <Entries setlist={setlist} canEdit={canEdit} work={work} />
      {canEdit && <SetlistHistory setlist={setlist} work={work} />}
    </article>
  )
}

interface ToolsProps {
  setlist: Setlist
  role: 'owner' | 'admin' | 'edit' | 'view' | null
  work: Attempt
  isMine: boolean
}

function Tools({ setlist, role, work: { attempt, busy }, isMine }: ToolsProps) {
  const t = useWords()
  const [shares, setShares] = useState(false)
  const { id, title, visibility } = setlist
  const print = () =>
    attempt(async () => {
      const { entries } = await setlists.get(id, { withTexts: true })
      printHtml(renderPrint(entries.flatMap(({ song }) => (song ? [parseChordPro(song.content)] : []))))
    })
  const duplicate = () =>
    attempt(async () => {
      const copy = await setlists.duplicate(id, { id: newId(), title: t.copyOf(title).slice(0, 200) })
      location.hash = linkTo('setlists', copy.id)
    })
  const remove = () =>
    attempt(async () => {
      await setlists.delete(id)
      location.hash = linkTo('setlists')
    })
  return (
    <div className="tools">
      <button type="button" disabled={busy} onClick={print}>
        {t.print}
      </button>
      <button type="button" disabled={busy} onClick={duplicate}>
        {t.duplicate}
      </button>
      {(role === 'owner' || role === 'admin') && (
        <button type="button" onClick={() => setShares(true)}>
          {t.share}
        </button>
      )}
      {isMine && (
        <label className="field">
          {t.visibility}
          <select
            value={visibility}
            onChange={(event) =>
              attempt(() => setlists.update(id, { visibility: event.target.value as 'private' }))
            }
          >
            {(['private', 'shared', 'public'] as const).map((one) => (
              <option key={one} value={one}>
                {t.visibilities[one]}
              </option>
            ))}
          </select>
        </label>
      )}
      {isMine && (
        <ConfirmButton question={t.deleteSetlistQuestion} onConfirm={remove}>
          {t.delete}
        </ConfirmButton>
      )}
      {shares && (
        <ShareDialog
          target={{ setlistId: id }}
          title={title}
          role={role}
          visibility={visibility}
          onClose={() => setShares(false)}
        />
      )}
    </div>
  )
}
