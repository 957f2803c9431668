import { type FormEvent, useState } from 'react'
import type { Setlist, SetlistEntry } from 'tertulia/setlists'
import { setlists } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { SongPicker } from '../songs/song-picker.tsx'
import type { Attempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

interface Props {
  setlist: Setlist
  canEdit: boolean
  work: Attempt
}

/** The songs in their order, with the key, the capo and the note for this evening. */
export function Entries({ setlist, canEdit, work }: Props) {
  const t = useWords()
  const { id, entries } = setlist
  return (
    <>
      {entries.length === 0 && <p className="empty">{t.emptySetlist}</p>}
      <ol className="cards entries">
        {entries.map((entry, at) => (
          <li key={entry.id} className="card">
            <Entry setlist={setlist} entry={entry} at={at} canEdit={canEdit} work={work} />
          </li>
        ))}
      </ol>
      {canEdit && (
        <SongPicker
          label={t.addSong}
          onPick={(song) => work.attempt(() => setlists.add(id, [{ songId: song.id }]))}
        />
      )}
    </>
  )
}

function Entry({ setlist, entry, at, canEdit, work }: Props & { entry: SetlistEntry; at: number }) {
  const t = useWords()
  const [open, setOpen] = useState(false)
  const { id, entries } = setlist
  const facts = [
    entry.key ?? entry.song?.key,
    entry.capo !== null && `${t.capo} ${entry.capo}`,
    entry.tempo !== null && t.bpm(entry.tempo),
    entry.note,
  ].filter(Boolean)
  const move = (before: string | null) => work.attempt(() => setlists.move(id, entry.id, before))
  return (
    <>
      <span className="key" aria-hidden="true">
        {at + 1}
      </span>
      <span>
        <strong>
          {entry.song ? <a href={linkTo('songs', entry.song.id)}>{entry.title}</a> : entry.title}
        </strong>
        <small>{facts.join(' · ')}</small>
        {open && <EntryForm setlistId={id} entry={entry} work={work} onClose={() => setOpen(false)} />}
      </span>
      {canEdit && (
        <span className="buttons">
          <button
            type="button"
            aria-label={t.moveUp(entry.title)}
            disabled={at === 0 || work.busy}
            onClick={() => move(entries[at - 1]?.id ?? null)}
          >
            ↑
          </button>
          <button
            type="button"
            aria-label={t.moveDown(entry.title)}
            disabled={at === entries.length - 1 || work.busy}
            onClick={() => move(entries[at + 2]?.id ?? null)}
          >
            ↓
          </button>
          <button
            type="button"
            aria-label={t.editEntry(entry.title)}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            ✎
          </button>
          <button
            type="button"
            aria-label={t.removeEntry(entry.title)}
            disabled={work.busy}
            onClick={() => work.attempt(() => setlists.remove(id, [entry.id]))}
          >
            ✕
          </button>
        </span>
      )}
    </>
  )
}

interface FormProps {
  setlistId: string
  entry: SetlistEntry
  work: Attempt
  onClose(): void
}

function EntryForm({ setlistId, entry, work, onClose }: FormProps) {
  const t = useWords()
  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: string) => String(form.get(name)).trim() || null
    const number = (name: string) => (text(name) === null ? null : Number(text(name)))
    const changes = { key: text('key'), capo: number('capo'), note: text('note') }
    if (await work.attempt(() => setlists.updateEntry(setlistId, entry.id, changes))) onClose()
  }
  return (
    <form className="inline" onSubmit={submit}>
      <input
        name="key"
        aria-label={t.key}
        placeholder={t.key}
        defaultValue={entry.key ?? ''}
        maxLength={10}
      />
      <input
        name="capo"
        type="number"
        min={0}
        max={12}
        aria-label={t.capo}
        placeholder={t.capo}
        defaultValue={entry.capo ?? ''}
      />
      <input
        name="note"
        aria-label={t.note}
        placeholder={t.note}
        defaultValue={entry.note ?? ''}
        maxLength={500}
      />
      <button type="submit" className="primary" disabled={work.busy}>
        {t.save}
      </button>
    </form>
  )
}
