import { useState } from 'react'
import { usePages } from 'tertulia/react'
import type { Setlist } from 'tertulia/setlists'
import { setlists, tertulia } from '../client.ts'
import { Moment } from '../ui/moment.tsx'
import type { Attempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** The versions of a setlist, each with its songs. */
export function SetlistHistory({ setlist, work }: { setlist: Setlist; work: Attempt }) {
  const t = useWords()
  const [open, setOpen] = useState(false)
  const { id, version } = setlist
  const { items } = usePages(tertulia.songs, open ? `${id} ${version}` : null, (cursor, signal) =>
    setlists.listVersions(id, { limit: 20, cursor, signal }),
  )
  return (
    <details className="filters" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t.history}</summary>
      <ol className="cards">
        {items.map((one) => (
          <li key={one.version} className="card">
            <span className="key">{one.version}</span>
            <span>
              <strong>{one.titles.join(', ') || one.title}</strong>
              <small>
                {one.changedBy && `${one.changedBy.displayName} · `}
                <Moment date={one.createdAt} />
              </small>
            </span>
            {one.version !== version && (
              <button
                type="button"
                disabled={work.busy}
                onClick={() => work.attempt(() => setlists.restoreVersion(id, one.version))}
              >
                {t.restore}
              </button>
            )}
          </li>
        ))}
      </ol>
    </details>
  )
}
