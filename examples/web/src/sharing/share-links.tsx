import { type FormEvent, useCallback, useRef, useState } from 'react'
import type { ShareTarget } from 'tertulia/sharing'
import { setlists, tertulia } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'

const dayMs = 86_400_000

/** Links that open a song or a setlist for any user who has them. A new link shows its address once. */
export function ShareLinks({ target, isPrivate }: { target: ShareTarget; isPrivate: boolean }) {
  const t = useWords()
  const { value, failure, retry } = useLoaded(
    useCallback((signal: AbortSignal) => tertulia.sharing.listLinks(target, { signal }), [target]),
  )
  const [address, setAddress] = useState<string | null>(null)
  const { failure: refused, busy, attempt } = useAttempt()
  const links = value?.filter(({ state }) => state === 'open') ?? []

  async function create(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const days = Number(form.get('days'))
    await attempt(async () => {
      const { token } = await tertulia.sharing.createLink(target, {
        role: form.get('role') === 'edit' ? 'edit' : 'view',
        ...(form.get('once') === 'on' ? { maxUses: 1 } : {}),
        ...(days > 0 ? { expiresAt: new Date(Date.now() + days * dayMs) } : {}),
      })
      setAddress(`${location.origin}${location.pathname}${linkTo('link', token)}`)
      if (typeof target === 'string') tertulia.analytics.track({ kind: 'song_share', songId: target })
    })
    retry()
  }

  /** A link of something private opens for nobody. */
  const allow = () =>
    attempt(() =>
      typeof target === 'string'
        ? tertulia.songs.update(target, { visibility: 'shared' })
        : setlists.update(target.setlistId, { visibility: 'shared' }),
    )

  async function revoke(id: string) {
    await attempt(() => tertulia.sharing.revokeLink(id))
    retry()
  }

  return (
    <div className="stack">
      {isPrivate && (
        <p className="note">
          {t.privateLinks}{' '}
          <button type="button" disabled={busy} onClick={allow}>
            {t.allowLinks}
          </button>
        </p>
      )}
      {address && <Address url={address} />}
      <form className="stack" onSubmit={create}>
        <div className="pair">
          <label className="field">
            {t.role}
            <select name="role">
              <option value="view">{t.songRoles.view}</option>
              <option value="edit">{t.songRoles.edit}</option>
            </select>
          </label>
          <label className="field">
            {t.expires}
            <select name="days" defaultValue="7">
              <option value="1">{t.days(1)}</option>
              <option value="7">{t.days(7)}</option>
              <option value="0">{t.never}</option>
            </select>
          </label>
        </div>
        <label className="check">
          <input type="checkbox" name="once" /> {t.onceOnly}
        </label>
        <button type="submit" className="primary" disabled={busy}>
          {t.createLink}
        </button>
      </form>
      {(failure ?? refused) !== null && <Failure error={failure ?? refused} />}
      <ul className="cards">
        {links.map((link) => (
          <li key={link.id} className="card">
            <span>
              <strong>{t.songRoles[link.role]}</strong>
              <small>
                {t.uses(link.useCount, link.maxUses)}
                {link.expiresAt && ` · ${t.until(link.expiresAt)}`}
              </small>
            </span>
            <button type="button" className="danger" disabled={busy} onClick={() => revoke(link.id)}>
              {t.revoke}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Address({ url }: { url: string }) {
  const t = useWords()
  const field = useRef<HTMLInputElement>(null)
  const [isCopied, setIsCopied] = useState(false)
  function copy() {
    field.current?.select()
    // Pages without https have no clipboard to write to; there the selection is what a user copies.
    navigator.clipboard?.writeText(url).then(
      () => setIsCopied(true),
      () => {},
    )
  }
  return (
    <div className="note">
      <p>{t.linkOnce}</p>
      <div className="inline">
        <input
          ref={field}
          readOnly
          value={url}
          aria-label={t.link}
          onFocus={(event) => event.target.select()}
        />
        <button type="button" onClick={copy}>
          {isCopied ? t.copied : t.copy}
        </button>
      </div>
    </div>
  )
}
