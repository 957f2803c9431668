import { type FormEvent, useRef, useState } from 'react'
import { usePeopleSearch } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { newId } from '../new-id.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Failure } from '../ui/failure.tsx'
import { useWords } from '../words/index.ts'

/** A form for a subject and members; opens the group after creating it. */
export function NewGroup({ userId }: { userId: string }) {
  const t = useWords()
  const [query, setQuery] = useState('')
  const { items, error, reload } = usePeopleSearch(query.trim())
  // Names stay when the search finds others.
  const [chosen, setChosen] = useState<ReadonlyMap<string, string>>(new Map())
  const [refused, setRefused] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  // A retry uses the same id, so that a group whose answer was lost is not created twice.
  const id = useRef(newId())
  const shown = new Map([...chosen, ...items.map((person) => [person.id, person.displayName] as const)])
  shown.delete(userId)

  function choose(personId: string, name: string, isIn: boolean) {
    const next = new Map(chosen)
    if (isIn) next.set(personId, name)
    else next.delete(personId)
    setChosen(next)
  }

  async function create(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const subject = String(new FormData(event.currentTarget).get('subject')).trim()
    setBusy(true)
    setRefused(null)
    try {
      const group = await tertulia.chat.createGroup({
        id: id.current,
        subject,
        memberIds: [...chosen.keys()],
      })
      location.hash = linkTo('inbox', group.id)
    } catch (error) {
      setRefused(error)
    } finally {
      setBusy(false)
    }
  }

  return (
    <form className="new-group" onSubmit={create}>
      <div className="chat-head">
        <a className="back" href={linkTo('inbox')} aria-label={t.backTo(t.inbox)}>
          ‹
        </a>
        <Heading title={t.newGroup} />
      </div>
      <input name="subject" aria-label={t.subject} placeholder={t.subject} required maxLength={200} />
      <input
        type="search"
        aria-label={t.searchPeople}
        placeholder={t.searchPeopleHint}
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      {error && <Failure error={error} onRetry={reload} />}
      <fieldset>
        <legend>
          {t.members} {chosen.size > 0 && <span className="badge">{chosen.size}</span>}
        </legend>
        {[...shown].map(([personId, name]) => (
          <label key={personId}>
            <input
              type="checkbox"
              checked={chosen.has(personId)}
              onChange={(event) => choose(personId, name, event.target.checked)}
            />
            <Avatar name={name} /> {name}
          </label>
        ))}
      </fieldset>
      {refused !== null && <Failure error={refused} />}
      <p className="actions-row">
        <button type="submit" className="primary" disabled={busy || chosen.size === 0}>
          {t.create}
        </button>
        {chosen.size === 0 && <small>{t.addMembers}</small>}
      </p>
    </form>
  )
}
