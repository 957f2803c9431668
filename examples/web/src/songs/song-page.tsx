import { useCallback, useEffect, useState } from 'react'
import type { Song, SongRole } from 'tertulia'
import { useSong } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { SongFigures } from '../figures/song-figures.tsx'
import { ShareDialog } from '../sharing/share-dialog.tsx'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'
import { Comments } from './comments.tsx'
import { SongEditor } from './song-editor.tsx'
import { SongHistory } from './song-history.tsx'
import { SongView } from './song-view.tsx'

/** A song, live: each saved change shows at once. Its tabs are the sheet, the editor, the history and the figures. */
export function SongPage({ id, view, userId }: { id: string; view: string | null; userId: string }) {
  const t = useWords()
  const { snapshot, error, reopen } = useSong(id)
  const value = snapshot?.song
  const { value: role } = useLoaded(
    useCallback((signal: AbortSignal) => tertulia.sharing.getRole(id, { signal }), [id]),
  )
  useViewed(value?.id)

  if (error && !value) return <Failure error={error} onRetry={reopen} />
  if (!value) return <p className="empty">{t.loadingSong}</p>
  const side = view && { edit: t.edit, history: t.history, figures: t.figures }[view]
  const canEdit = role === 'owner' || role === 'admin' || role === 'edit'
  return (
    <article className="song">
      <header>
        <a
          className="back"
          href={view ? linkTo('songs', id) : linkTo('songs')}
          aria-label={t.backTo(t.songs)}
        >
          ‹
        </a>
        <Heading title={side ? `${value.title} · ${side}` : value.title}>{value.title}</Heading>
        {value.artist && <p className="artist">{value.artist}</p>}
        <Sides song={value} view={view} canEdit={canEdit} role={role ?? null} />
      </header>
      {view === 'edit' && <SongEditor song={value} isOwner={role === 'owner'} />}
      {view === 'history' && <SongHistory song={value} canRestore={canEdit} />}
      {view === 'figures' && <SongFigures id={id} />}
      {!view && <SongView song={value} canTag={canEdit} isMine={value.createdBy === userId} />}
      {!view && <Comments song={value} role={role ?? null} userId={userId} />}
      {!view && role === 'owner' && <Deletion song={value} />}
    </article>
  )
}

interface SidesProps {
  song: Song
  view: string | null
  canEdit: boolean
  role: SongRole | null
}

function Sides({ song: { id, title, visibility }, view, canEdit, role }: SidesProps) {
  const t = useWords()
  const [shares, setShares] = useState(false)
  const sides = [
    ['', t.sheet, true],
    ['edit', t.edit, canEdit],
    ['history', t.history, role !== null],
    ['figures', t.figures, true],
  ] as const
  return (
    <>
      <nav className="sides" aria-label={t.song}>
        {sides.map(
          ([name, label, shows]) =>
            shows && (
              <a
                key={name}
                href={linkTo('songs', id, name)}
                aria-current={name === (view ?? '') ? 'page' : undefined}
              >
                {label}
              </a>
            ),
        )}
        {(role === 'owner' || role === 'admin') && (
          <button type="button" onClick={() => setShares(true)}>
            {t.share}
          </button>
        )}
      </nav>
      {shares && (
        <ShareDialog
          target={id}
          title={title}
          role={role}
          visibility={visibility}
          onClose={() => setShares(false)}
        />
      )}
    </>
  )
}

function Deletion({ song }: { song: Song }) {
  const t = useWords()
  const { failure, attempt } = useAttempt()
  async function remove() {
    if (await attempt(() => tertulia.songs.delete(song.id))) location.hash = linkTo('songs', 'trash')
  }
  return (
    <p className="foot">
      <ConfirmButton question={t.deleteSongQuestion} onConfirm={remove}>
        {t.deleteSong}
      </ConfirmButton>
      {failure !== null && <Failure error={failure} />}
    </p>
  )
}

/** Reports that the song was opened, and for how long it was on the screen. */
function useViewed(songId: string | undefined): void {
  useEffect(() => {
    if (!songId) return
    const start = Date.now()
    // What strict mode mounts and unmounts at once is no view.
    const timer = setTimeout(() => tertulia.analytics.track({ kind: 'song_view', songId }), 500)
    return () => {
      clearTimeout(timer)
      const durationSeconds = (Date.now() - start) / 1000
      if (durationSeconds > 5) tertulia.analytics.track({ kind: 'song_session', songId, durationSeconds })
    }
  }, [songId])
}
