import { useState } from 'react'
import { usePeopleSearch, useProfile } from 'tertulia/react'
import { Direct } from '../chat/chat.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Failure } from '../ui/failure.tsx'
import { useLanguage, useWords } from '../words/index.ts'

/** The directory on the left, the conversation with one of its people on the right. */
export function People({ selected, userId }: { selected: string | null; userId: string }) {
  const t = useWords()
  const [query, setQuery] = useState('')
  const [country, setCountry] = useState<string | null>(null)
  const search = usePeopleSearch(query.trim(), { filters: country ? { countries: [country] } : undefined })
  const { items, first, hasMore, loading, error, loadMore, reload } = search
  const others = items.filter((person) => person.id !== userId)

  return (
    <main className="split" tabIndex={-1}>
      <section className="list" aria-label={t.people}>
        <h2>{t.people}</h2>
        <search>
          <input
            type="search"
            aria-label={t.searchPeople}
            placeholder={t.searchPeopleHint}
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </search>
        <Countries
          counts={first?.counts?.facets.countries ?? []}
          chosen={country}
          onChoose={(value) => setCountry(value === country ? null : value)}
        />
        {error && <Failure error={error} onRetry={reload} />}
        {first && !loading && others.length === 0 && <p className="empty">{t.noPeople}</p>}
        <ul aria-busy={loading}>
          {others.map((person) => (
            <li key={person.id}>
              <a
                href={linkTo('people', person.id)}
                className="row"
                aria-current={person.id === selected ? 'true' : undefined}
              >
                <Avatar name={person.displayName} url={person.avatarUrl} />
                <span>
                  <strong>{person.displayName}</strong>
                  <small>{person.bio || `@${person.handle}`}</small>
                </span>
              </a>
            </li>
          ))}
        </ul>
        {hasMore && (
          <button type="button" className="more" disabled={loading} onClick={loadMore}>
            {t.more}
          </button>
        )}
      </section>
      <section className="detail" aria-label={t.conversation}>
        {selected ? (
          <With key={selected} userId={userId} otherId={selected} />
        ) : (
          <p className="empty">{t.choosePerson}</p>
        )}
      </section>
    </main>
  )
}

function With({ userId, otherId }: { userId: string; otherId: string }) {
  const { data: other, error } = useProfile(otherId)
  if (error && !other) return <Failure error={error} />
  if (!other) return null
  return <Direct userId={userId} other={other} />
}

interface CountriesProps {
  counts: readonly { value: string; count: number }[]
  chosen: string | null
  onChoose(country: string): void
}

function Countries({ counts, chosen, onChoose }: CountriesProps) {
  const names = new Intl.DisplayNames([useLanguage()], { type: 'region', fallback: 'code' })
  if (counts.length < 2 && chosen === null) return null
  return (
    <div className="choices">
      {counts.map(({ value, count }) => (
        <button key={value} type="button" aria-pressed={value === chosen} onClick={() => onChoose(value)}>
          {names.of(value)} {count}
        </button>
      ))}
    </div>
  )
}
