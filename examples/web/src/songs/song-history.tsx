import { useCallback, useState } from 'react'
import type { Song } from 'tertulia'
import { usePages } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { Moment } from '../ui/moment.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'
import { Diff } from './diff.tsx'

/** The versions of a song; a chosen one shows what changed since. */
export function SongHistory({ song, canRestore }: { song: Song; canRestore: boolean }) {
  const t = useWords()
  const [chosen, setChosen] = useState<number | null>(null)
  const pages = usePages(tertulia.songs, `versions ${song.id} ${song.version}`, (cursor, signal) =>
    tertulia.songs.listVersions(song.id, { limit: 20, cursor, signal }),
  )
  const { items, error, hasMore, loading, loadMore, reload } = pages
  return (
    <section className="history" aria-label={t.history}>
      {error && <Failure error={error} onRetry={reload} />}
      <ol>
        {items.map(({ version, changeType, changeSummary, changedBy, createdAt }) => (
          <li key={version}>
            <button
              type="button"
              className="row"
              aria-expanded={version === chosen}
              onClick={() => setChosen(version === chosen ? null : version)}
            >
              <span className="key">{version}</span>
              <span>
                <strong>{changeSummary || t.changes[changeType]}</strong>
                <small>
                  {changedBy && `${changedBy.displayName} · `}
                  <Moment date={createdAt} />
                </small>
              </span>
            </button>
            {version === chosen && <VersionView song={song} version={version} canRestore={canRestore} />}
          </li>
        ))}
      </ol>
      {hasMore && (
        <button type="button" className="more" disabled={loading} onClick={loadMore}>
          {t.more}
        </button>
      )}
    </section>
  )
}

interface VersionProps {
  song: Song
  version: number
  canRestore: boolean
}

function VersionView({ song, version, canRestore }: VersionProps) {
  const t = useWords()
  const load = useCallback(
    (signal: AbortSignal) => tertulia.songs.getVersion(song.id, version, { signal }),
    [song.id, version],
  )
  const { value, failure, retry } = useLoaded(load)
  const { failure: refused, busy, attempt } = useAttempt()
  async function restore() {
    const isDone = await attempt(() => tertulia.songs.restoreVersion(song.id, version))
    if (isDone) location.hash = linkTo('songs', song.id)
  }
  if (failure !== null) return <Failure error={failure} onRetry={retry} />
  if (!value) return null
  return (
    <div className="version">
      <p className="buttons">
        <small>{version === song.version ? t.thisVersion : t.changedSince}</small>
        {canRestore && version !== song.version && (
          <button type="button" disabled={busy} onClick={restore}>
            {t.restoreVersion}
          </button>
        )}
      </p>
      {refused !== null && <Failure error={refused} />}
      <Diff before={value.content} after={song.content} />
    </div>
  )
}
