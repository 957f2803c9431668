import { type FormEvent, useState } from 'react'
import type { Song, SongRole } from 'tertulia'
import { type Comment, lineOf } from 'tertulia/comments'
import { useComments } from 'tertulia/react'
import { comments } from '../client.ts'
import { newId } from '../new-id.ts'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { Failure } from '../ui/failure.tsx'
import { Moment } from '../ui/moment.tsx'
import { ReportContent } from '../ui/report-content.tsx'
import { type Attempt, useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** What users say of a song and of its lines, live. */
export function Comments({ song, role, userId }: { song: Song; role: SongRole | null; userId: string }) {
  const t = useWords()
  const { snapshot, error, reopen } = useComments(song.id)
  const work = useAttempt()
  const all = snapshot?.comments ?? []
  const threads = all.filter(({ replyTo }) => replyTo === null)
  return (
    <section className="block comments" aria-label={t.comments}>
      <h3>{t.commentCount(all.filter(({ deletedAt }) => deletedAt === null).length)}</h3>
      {error && !snapshot?.confirmed && <Failure error={error} onRetry={reopen} />}
      {work.failure !== null && <Failure error={work.failure} />}
      <ul className="threads">
        {threads.map((first) => (
          <li key={first.id} data-resolved={first.resolvedAt ? 'true' : undefined}>
            {first.quote && <Quote comment={first} content={song.content} />}
            {[first, ...all.filter(({ replyTo }) => replyTo === first.id)].map((one) => (
              <CommentRow key={one.id} comment={one} role={role} userId={userId} work={work} />
            ))}
            {!first.resolvedAt && <NewComment songId={song.id} replyTo={first.id} work={work} />}
          </li>
        ))}
      </ul>
      <NewComment songId={song.id} content={song.content} work={work} />
    </section>
  )
}

/** The line that a thread is about, as it was said then. */
function Quote({ comment, content }: { comment: Comment; content: string }) {
  const t = useWords()
  const line = lineOf(comment, content)
  return (
    <blockquote>
      {comment.quote} <small>{line ? t.lineNumber(line) : t.lineGone}</small>
    </blockquote>
  )
}

interface RowProps {
  comment: Comment
  role: SongRole | null
  userId: string
  work: Attempt
}

function CommentRow({ comment, role, userId, work: { attempt, busy } }: RowProps) {
  const t = useWords()
  const { id, author, content, createdAt, editedAt, resolvedAt, deletedAt, replyTo } = comment
  const [edits, setEdits] = useState(false)
  if (deletedAt) return <p className="hint">{t.commentDeleted}</p>
  const isMine = author?.id === userId
  const isEditor = role === 'owner' || role === 'admin' || role === 'edit'
  async function save(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const text = String(new FormData(event.currentTarget).get('content')).trim()
    if (await attempt(() => comments.edit(id, text))) setEdits(false)
  }
  return (
    <div className="remark">
      <strong>{author?.displayName ?? t.aUser}</strong>{' '}
      <small>
        <Moment date={createdAt} />
        {editedAt && ` · ${t.edited}`}
        {resolvedAt && ` · ${t.resolved}`}
      </small>
      {edits ? (
        <form className="inline" onSubmit={save}>
          <input name="content" aria-label={t.editComment} defaultValue={content} required maxLength={2000} />
          <button type="submit" disabled={busy}>
            {t.save}
          </button>
        </form>
      ) : (
        <p>{content}</p>
      )}
      <span className="buttons">
        {replyTo === null && (isMine || isEditor) && (
          <button
            type="button"
            disabled={busy}
            onClick={() => attempt(() => (resolvedAt ? comments.reopen(id) : comments.resolve(id)))}
          >
            {resolvedAt ? t.reopen : t.resolve}
          </button>
        )}
        {isMine && !edits && (
          <button type="button" onClick={() => setEdits(true)}>
            {t.edit}
          </button>
        )}
        {(isMine || role === 'owner' || role === 'admin') && (
          <ConfirmButton
            question={t.deleteCommentQuestion}
            onConfirm={() => attempt(() => comments.delete(id))}
          >
            {t.delete}
          </ConfirmButton>
        )}
        {!isMine && <ReportContent kind="comment" subjectId={id} />}
      </span>
    </div>
  )
}

interface NewProps {
  songId: string
  work: Attempt
  /** The first comment of the thread that it answers. */
  replyTo?: string
  /** The text whose lines it can be about. */
  content?: string
}

function NewComment({ songId, work: { attempt, busy }, replyTo, content }: NewProps) {
  const t = useWords()
  const lines = (content ?? '')
    .split(/\r\n?|\n/)
    .map((said, at) => [at + 1, said.trim()] as const)
    .filter(([, said]) => said !== '' && !said.startsWith('{'))
  async function add(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const line = Number(data.get('line') ?? 0)
    const words = { id: newId(), content: String(data.get('content')).trim() }
    const isDone = await attempt(() =>
      comments.add(songId, { ...words, ...(replyTo ? { replyTo } : line > 0 && { line }) }),
    )
    if (isDone) form.reset()
  }
  const label = replyTo ? t.reply : t.addComment
  return (
    <form className={replyTo ? 'inline' : 'stack'} onSubmit={add}>
      {lines.length > 0 && (
        <label className="field">
          {t.about}
          <select name="line">
            <option value="0">{t.wholeSong}</option>
            {lines.map(([number, said]) => (
              <option key={number} value={number}>
                {said.slice(0, 60)}
              </option>
            ))}
          </select>
        </label>
      )}
      <input name="content" aria-label={label} placeholder={label} required maxLength={2000} />
      <button type="submit" disabled={busy}>
        {t.comment}
      </button>
    </form>
  )
}
