import { type FormEvent, useState } from 'react'
import type { Person, Share } from 'tertulia'
import { usePages } from 'tertulia/react'
import type { ShareTarget } from 'tertulia/sharing'
import { tertulia } from '../client.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Failure } from '../ui/failure.tsx'
import { PersonPicker } from '../ui/person-picker.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

type Recipient = { person: Person } | { email: string }

/** The users it is shared with, and a form for another one: by name, handle or e-mail. */
export function SharePeople({ target }: { target: ShareTarget }) {
  const t = useWords()
  const key = `shares ${JSON.stringify(target)}`
  const pages = usePages(tertulia.sharing, key, (cursor, signal) =>
    tertulia.sharing.listShares(target, { cursor, signal }),
  )
  const { items, first, error, reload } = pages
  const [recipient, setRecipient] = useState<Recipient | null>(null)
  const { failure, busy, attempt } = useAttempt()
  const shares = items.filter(
    ({ state, kind }) => kind !== 'link' && (state === 'pending' || state === 'accepted'),
  )

  async function share(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (!recipient) return
    const form = new FormData(event.currentTarget)
    const message = String(form.get('message')).trim()
    const isDone = await attempt(() =>
      tertulia.sharing.share(target, {
        ...('person' in recipient ? { userId: recipient.person.id } : { email: recipient.email }),
        role: String(form.get('role')) as Share['role'],
        ...(message ? { message } : {}),
        ...(typeof target === 'object' ? { withSongs: form.get('withSongs') === 'on' } : {}),
      }),
    )
    if (!isDone) return
    setRecipient(null)
    reload()
  }

  async function revoke(share: Share) {
    if (await attempt(() => tertulia.sharing.revoke(share.id))) reload()
  }

  return (
    <div className="stack">
      {recipient ? (
        <form className="stack" onSubmit={share}>
          <p className="chosen">
            <strong>{'person' in recipient ? recipient.person.displayName : recipient.email}</strong>
            <button type="button" className="plain" aria-label={t.cancel} onClick={() => setRecipient(null)}>
              ✕
            </button>
          </p>
          <label className="field">
            {t.role}
            <select name="role">
              {(['view', 'edit', 'admin'] as const).map((role) => (
                <option key={role} value={role}>
                  {t.songRoles[role]}
                </option>
              ))}
            </select>
          </label>
          <input
            name="message"
            aria-label={t.messageOptional}
            placeholder={t.messageOptional}
            maxLength={500}
          />
          {typeof target === 'object' && (
            <label className="check">
              <input type="checkbox" name="withSongs" defaultChecked /> {t.withSongs}
            </label>
          )}
          <button type="submit" className="primary" disabled={busy}>
            {t.share}
          </button>
        </form>
      ) : (
        <PersonPicker
          label={t.shareWith}
          without={shares.flatMap(({ sharedWith }) => (sharedWith ? [sharedWith.id] : []))}
          onPick={(person) => setRecipient({ person })}
          offer={(typed) =>
            /^\S+@\S+\.\S+$/.test(typed) && (
              <button type="button" onClick={() => setRecipient({ email: typed })}>
                {t.shareByEmail(typed)}
              </button>
            )
          }
        />
      )}
      {(failure ?? error) !== null && <Failure error={failure ?? error} />}
      {first && shares.length === 0 && <p className="hint">{t.notShared}</p>}
      <ul className="cards">
        {shares.map((one) => (
          <li key={one.id} className="card">
            <Avatar name={one.sharedWith?.displayName ?? one.email ?? '?'} url={one.sharedWith?.avatarUrl} />
            <span>
              <strong>{one.sharedWith?.displayName ?? one.email}</strong>
              <small>
                {t.songRoles[one.role]}
                {one.state === 'pending' && ` · ${t.pending}`}
              </small>
            </span>
            <button type="button" className="danger" disabled={busy} onClick={() => revoke(one)}>
              {t.revoke}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
