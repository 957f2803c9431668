import { type FormEvent, useCallback } from 'react'
import { people } from '../client.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'

/** Works of a user: addresses and files. The user adds and removes their own. */
export function Portfolio({ userId, isMe }: { userId: string; isMe: boolean }) {
  const t = useWords()
  const { value, retry } = useLoaded(
    useCallback((signal: AbortSignal) => people.listPortfolio(userId, { signal }), [userId]),
  )
  const { failure, busy, attempt } = useAttempt()
  async function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const file = data.get('file')
    const url = String(data.get('url')).trim()
    const isDone = await attempt(() =>
      people.savePortfolioItem({
        title: String(data.get('title')).trim(),
        ...(url ? { url } : {}),
        ...(file instanceof File && file.size > 0 ? { file } : {}),
      }),
    )
    if (!isDone) return
    form.reset()
    retry()
  }
  async function remove(id: string) {
    if (await attempt(() => people.removePortfolioItem(id))) retry()
  }
  if (!value || (value.length === 0 && !isMe)) return null
  return (
    <section className="block" aria-label={t.portfolio}>
      <h3>{t.portfolio}</h3>
      <ul className="cards">
        {value.map(({ id, title, url, fileUrl }) => (
          <li key={id} className="card">
            <span>
              <strong>{title}</strong>
              {(url ?? fileUrl) && (
                <a
                  className="link"
                  href={url ?? fileUrl ?? undefined}
                  target="_blank"
                  rel="noopener noreferrer nofollow"
                >
                  {url ?? t.file}
                </a>
              )}
            </span>
            {isMe && (
              <button type="button" disabled={busy} onClick={() => remove(id)}>
                {t.remove}
              </button>
            )}
          </li>
        ))}
      </ul>
      {isMe && (
        <details className="filters">
          <summary>{t.addWork}</summary>
          <form className="stack" onSubmit={add}>
            <input name="title" aria-label={t.title} placeholder={t.title} required maxLength={200} />
            <input name="url" type="url" aria-label={t.address} placeholder="https://…" />
            <input name="file" type="file" aria-label={t.file} />
            <button type="submit" disabled={busy}>
              {t.add}
            </button>
          </form>
        </details>
      )}
      {failure !== null && <Failure error={failure} />}
    </section>
  )
}
