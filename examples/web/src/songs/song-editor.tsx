import { type FormEvent, useDeferredValue, useMemo, useState } from 'react'
import { isVersionConflict, type Song, type SongVisibility } from 'tertulia'
import { parseChordPro, toChordPro } from 'tertulia/chordpro'
import { type MergedText, mergeText } from 'tertulia/diff'
import { tertulia } from '../client.ts'
import { newId } from '../new-id.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'
import { Conflict } from './conflict.tsx'
import { ImportFiles } from './import-files.tsx'
import { SongSheet } from './song-sheet.tsx'

/** A page for a song that is not there yet. */
export function NewSong() {
  const t = useWords()
  return (
    <article className="song wide">
      <header>
        <a className="back" href={linkTo('songs')} aria-label={t.backTo(t.songs)}>
          ‹
        </a>
        <Heading title={t.newSong} />
      </header>
      <SongEditor song={null} isOwner />
      <ImportFiles />
    </article>
  )
}

/** The text on one side, the sheet on the other. Saves only on the version that the user has seen. */
export function SongEditor({ song, isOwner }: { song: Song | null; isOwner: boolean }) {
  const t = useWords()
  // A retry uses the same id, so that a song whose answer was lost is not created twice.
  const [id] = useState(() => song?.id ?? newId())
  const [content, setContent] = useState(song?.content ?? t.songTemplate)
  const [version, setVersion] = useState(song?.version ?? 0)
  const [visibility, setVisibility] = useState<SongVisibility>(song?.visibility ?? 'private')
  const [summary, setSummary] = useState('')
  const [conflict, setConflict] = useState<MergedText | null>(null)
  const [merged, setMerged] = useState(false)
  const { failure, busy, attempt } = useAttempt()
  const shown = useDeferredValue(content)
  const sheet = useMemo(() => parseChordPro(shown), [shown])

  async function write(): Promise<void> {
    if (!song) {
      await tertulia.songs.create({ id, content, visibility })
    } else {
      const changes = visibility === song.visibility ? { content } : { content, visibility }
      const about = summary.trim() ? { summary: summary.trim() } : {}
      await tertulia.songs.update(id, changes, { expectedVersion: version, ...about })
    }
    location.hash = linkTo('songs', id)
  }

  /** Somebody saved another version meanwhile: both changes are merged, and the user looks before saving again. */
  async function save(event: FormEvent) {
    event.preventDefault()
    setMerged(false)
    await attempt(() =>
      write().catch((error: unknown) => {
        if (!isVersionConflict(error)) throw error
        const { base, theirs } = error.conflict
        const both = mergeText(base?.content ?? '', content, theirs.content)
        setVersion(theirs.version)
        if (both.conflicts > 0) return setConflict(both)
        setContent(both.text)
        setMerged(true)
      }),
    )
  }

  function resolve(text: string) {
    setConflict(null)
    setContent(text)
    setMerged(true)
  }

  if (conflict) return <Conflict merged={conflict} onResolve={resolve} />
  return (
    <form className="editor" onSubmit={save}>
      {merged && (
        <p className="note" role="status">
          {t.merged}
        </p>
      )}
      {song && song.version > version && (
        <p className="note" role="status">
          {t.newerVersion}
        </p>
      )}
      <div className="sides-by-side">
        <textarea
          aria-label={t.songText}
          className="source"
          spellCheck={false}
          rows={18}
          value={content}
          onChange={(event) => setContent(event.target.value)}
        />
        <section className="preview" aria-label={t.sheet}>
          <SongSheet song={sheet} />
        </section>
      </div>
      <div className="tools">
        <button type="button" onClick={() => setContent(toChordPro(content))}>
          {t.fromChordsAbove}
        </button>
        {isOwner && (
          <label className="field">
            {t.visibility}
            <select
              value={visibility}
              onChange={(event) => setVisibility(event.target.value as SongVisibility)}
            >
              {(['private', 'shared', 'public'] as const).map((one) => (
                <option key={one} value={one}>
                  {t.visibilities[one]}
                </option>
              ))}
            </select>
          </label>
        )}
        {song && (
          <input
            aria-label={t.summary}
            placeholder={t.summary}
            className="summary"
            maxLength={200}
            value={summary}
            onChange={(event) => setSummary(event.target.value)}
          />
        )}
      </div>
      {failure !== null && <Failure error={failure} />}
      <p className="buttons">
        <button type="submit" className="primary" disabled={busy}>
          {t.save}
        </button>
        <a className="action" href={song ? linkTo('songs', id) : linkTo('songs')}>
          {t.cancel}
        </a>
      </p>
    </form>
  )
}
