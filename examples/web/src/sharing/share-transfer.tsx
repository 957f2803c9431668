import { useCallback, useState } from 'react'
import type { Person } from 'tertulia'
import type { ShareTarget } from 'tertulia/sharing'
import { tertulia } from '../client.ts'
import { ConfirmButton } from '../ui/confirm-button.tsx'
import { Failure } from '../ui/failure.tsx'
import { PersonPicker } from '../ui/person-picker.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'

/** Offers a song or a setlist to a new owner, who has to accept. */
export function ShareTransfer({ target }: { target: ShareTarget }) {
  const t = useWords()
  const load = useCallback((signal: AbortSignal) => tertulia.sharing.listTransfers({ signal }), [])
  const { value, failure, retry } = useLoaded(load)
  const [person, setPerson] = useState<Person | null>(null)
  const { failure: refused, busy, attempt } = useAttempt()
  const id = typeof target === 'string' ? target : target.setlistId
  const open = value?.filter((one) => one.state === 'pending' && (one.songId ?? one.setlistId) === id) ?? []

  async function offer(userId: string) {
    if (!(await attempt(() => tertulia.sharing.offerTransfer(target, userId)))) return
    setPerson(null)
    retry()
  }
  async function cancel(transferId: string) {
    await attempt(() => tertulia.sharing.endTransfer(transferId))
    retry()
  }

  return (
    <div className="stack">
      <p className="hint">{t.transferHint}</p>
      {person ? (
        <p className="buttons">
          <strong>{person.displayName}</strong>
          <ConfirmButton question={t.transferQuestion(person.displayName)} onConfirm={() => offer(person.id)}>
            {t.offer}
          </ConfirmButton>
        </p>
      ) : (
        <PersonPicker label={t.newOwner} without={[]} onPick={setPerson} />
      )}
      {(failure ?? refused) !== null && <Failure error={failure ?? refused} />}
      <ul className="cards">
        {open.map((transfer) => (
          <li key={transfer.id} className="card">
            <span>
              <strong>{transfer.to.displayName}</strong>
              <small>{t.pending}</small>
            </span>
            <button type="button" disabled={busy} onClick={() => cancel(transfer.id)}>
              {t.cancel}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}
