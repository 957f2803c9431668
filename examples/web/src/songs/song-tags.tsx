import { type FormEvent, useCallback, useId, useState } from 'react'
import { useAnswer } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'

/** The tags of a song. Users who can edit the song add and remove tags. */
export function SongTags({ songId, canTag }: { songId: string; canTag: boolean }) {
  const t = useWords()
  const { value: tags, retry } = useLoaded(
    useCallback((signal: AbortSignal) => tertulia.songs.listTags(songId, { signal }), [songId]),
  )
  const { failure, busy, attempt } = useAttempt()
  const change = (work: () => Promise<unknown>) => attempt(work).then((isDone) => isDone && retry())
  if (!tags || (tags.length === 0 && !canTag)) return null
  return (
    <div className="tags">
      <ul className="choices" aria-label={t.tags}>
        {tags.map(({ name, label, type }) => (
          <li key={name} className="trait">
            #{label}
            {canTag && type === 'user' && (
              <button
                type="button"
                className="plain"
                aria-label={t.removeTag(label)}
                disabled={busy}
                onClick={() => change(() => tertulia.songs.untag(songId, [name]))}
              >
                ✕
              </button>
            )}
          </li>
        ))}
      </ul>
      {canTag && (
        <NewTag
          busy={busy}
          onAdd={(name, category) =>
            change(() => tertulia.songs.tag(songId, [name], category ? { category } : {}))
          }
        />
      )}
      {failure !== null && <Failure error={failure} />}
    </div>
  )
}

/** Offers tags that others use while the user types. */
function NewTag({ busy, onAdd }: { busy: boolean; onAdd(name: string, category: string): void }) {
  const t = useWords()
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const list = useId()
  const prefix = name.trim()
  const { data: suggestions } = useAnswer(
    tertulia.songs,
    open && prefix !== '' ? `tags ${prefix}` : null,
    (signal) => tertulia.songs.suggestTags(prefix, { limit: 6, signal }),
    { delay: 150, keep: true },
  )
  const { data: categories } = useAnswer(tertulia.songs, open ? 'categories' : null, (signal) =>
    tertulia.songs.listTagCategories({ signal }),
  )
  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (prefix === '') return
    onAdd(prefix, String(new FormData(event.currentTarget).get('category') ?? ''))
    setName('')
  }
  if (!open) {
    return (
      <button type="button" className="small" onClick={() => setOpen(true)}>
        {t.addTag}
      </button>
    )
  }
  return (
    <form className="inline" onSubmit={submit}>
      <input
        aria-label={t.tag}
        placeholder={t.tag}
        list={list}
        value={name}
        maxLength={50}
        onChange={(event) => setName(event.target.value)}
      />
      <datalist id={list}>
        {suggestions?.map((one) => (
          <option key={one.name} value={one.label} />
        ))}
      </datalist>
      {categories && categories.length > 0 && (
        <select name="category" aria-label={t.category}>
          <option value="">{t.noCategory}</option>
          {categories.map((category) => (
            <option key={category.name} value={category.name}>
              {category.name}
            </option>
          ))}
        </select>
      )}
      <button type="submit" disabled={busy || prefix === ''}>
        {t.add}
      </button>
    </form>
  )
}
