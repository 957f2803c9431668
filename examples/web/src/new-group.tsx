import { type FormEvent, useCallback, useRef, useState } from 'react'
import { tertulia } from './client.ts'
import { Failure } from './failure.tsx'
import { useLoaded } from './use-loaded.ts'
import { linkTo } from './use-route.ts'

/** A form for a subject and members; opens the group after creating it. */
export function NewGroup({ userId }: { userId: string }) {
  const { value, failure, retry } = useLoaded(
    useCallback((signal) => tertulia.profiles.list({ limit: 200, signal }), []),
  )
  const [refused, setRefused] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  // A retry uses the same id, so that a group whose answer was lost is not created twice.
  const id = useRef(crypto.randomUUID())

  async function create(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    setBusy(true)
    setRefused(null)
    try {
      const subject = String(fields.get('subject')).trim()
      const memberIds = fields.getAll('member').map(String)
      const group = await tertulia.chat.createGroup({ id: id.current, subject, memberIds })
      location.hash = linkTo('inbox', group.id)
    } catch (error) {
      setRefused(error)
    } finally {
      setBusy(false)
    }
  }

  return (
    <form className="new-group" onSubmit={create}>
      <h2>New group</h2>
      <input name="subject" aria-label="Subject" placeholder="Subject" required maxLength={200} />
      {failure !== null && <Failure error={failure} onRetry={retry} />}
      <fieldset>
        <legend>Members</legend>
        {value?.items
          .filter((person) => person.id !== userId)
          .map((person) => (
            <label key={person.id}>
              <input type="checkbox" name="member" value={person.id} /> {person.displayName}
            </label>
          ))}
      </fieldset>
      {refused !== null && <Failure error={refused} />}
      <button type="submit" className="primary" disabled={busy}>
        Create
      </button>
    </form>
  )
}
