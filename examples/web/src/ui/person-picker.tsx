import { type ReactNode, useState } from 'react'
import type { Person } from 'tertulia'
import { usePeopleSearch } from 'tertulia/react'
import { useWords } from '../words/index.ts'
import { Avatar } from './avatar.tsx'
import { Failure } from './failure.tsx'

interface Props {
  label: string
  /** Users who are not offered. */
  without: readonly string[]
  onPick(person: Person): void
  /** What to offer for the text itself, such as an address. */
  offer?: (typed: string) => ReactNode
}

/** Finds a user by name or handle. */
export function PersonPicker({ label, without, onPick, offer }: Props) {
  const t = useWords()
  const [typed, setTyped] = useState('')
  const query = typed.trim().replace(/^@/, '')
  const { items, error, loading } = usePeopleSearch(query === '' ? null : query, { limit: 6 })
  const found = query === '' ? [] : items.filter((person) => !without.includes(person.id))
  return (
    <div className="picker">
      <input
        type="search"
        aria-label={label}
        placeholder={t.nameOrHandle}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      {error && <Failure error={error} />}
      <ul>
        {found.map((person) => (
          <li key={person.id}>
            <button
              type="button"
              className="row"
              onClick={() => {
                setTyped('')
                onPick(person)
              }}
            >
              <Avatar name={person.displayName} url={person.avatarUrl} />
              <span>
                <strong>{person.displayName}</strong>
                <small>{person.handle && `@${person.handle}`}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {query !== '' && !loading && found.length === 0 && (offer?.(query) ?? <small>{t.noPeople}</small>)}
    </div>
  )
}
