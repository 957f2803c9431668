import { useState } from 'react'
import type { ProfileFilters, ProfileSort } from 'tertulia'
import { usePeopleSearch, useProfile } from 'tertulia/react'
import { Direct } from '../chat/chat.tsx'
import { useTitle } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { FacetChips } from '../ui/facet-chips.tsx'
import { Failure } from '../ui/failure.tsx'
import { useLanguage, useWords } from '../words/index.ts'
import { ProfileView } from './profile-page.tsx'

const facets = ['countries', 'types', 'languages', 'software', 'tags'] as const
type Chosen = { [name in (typeof facets)[number]]?: string[] }

function toFilters({ countries, types, languages, software, tags }: Chosen, isOpen: boolean): ProfileFilters {
  return {
    ...(countries?.length ? { countries } : {}),
    ...(types?.length ? { types } : {}),
    ...(languages?.length ? { languages } : {}),
    ...(software?.length ? { anySoftware: software } : {}),
    ...(tags?.length ? { anyTags: tags } : {}),
    ...(isOpen ? { openToWork: true } : {}),
  }
}

interface Props {
  selected: string | null
  view: string | null
  userId: string
}

/** The directory on the left; on the right the profile of one user, or the conversation with them. */
export function People({ selected, view, userId }: Props) {
  const t = useWords()
  useTitle(selected ? null : t.people)
  return (
    <main className="split" tabIndex={-1}>
      <section className="list" aria-label={t.people}>
        <h2>{t.people}</h2>
        <Directory selected={selected} userId={userId} />
      </section>
      <section className="detail" aria-label={view === 'chat' ? t.conversation : t.profile}>
        {selected ? (
          <Someone key={selected} userId={userId} otherId={selected} view={view} />
        ) : (
          <p className="empty">{t.choosePerson}</p>
        )}
      </section>
    </main>
  )
}

function Directory({ selected, userId }: { selected: string | null; userId: string }) {
  const t = useWords()
  const language = useLanguage()
  const [query, setQuery] = useState('')
  const [chosen, setChosen] = useState<Chosen>({})
  const [isOpen, setIsOpen] = useState(false)
  const [sort, setSort] = useState<ProfileSort>('relevance')
  const filters = toFilters(chosen, isOpen)
  const search = usePeopleSearch(query.trim(), { filters, sort })
  const { items, first, hasMore, loading, error, loadMore, reload } = search
  const counts = first?.counts?.facets
  const nameOf = (type: 'region' | 'language') => (code: string) =>
    new Intl.DisplayNames([language], { type, fallback: 'code' }).of(code)
  const others = items.filter((person) => person.id !== userId)
  const chosenCount = Object.values(filters).length
  return (
    <>
      <search>
        <input
          type="search"
          aria-label={t.searchPeople}
          placeholder={t.searchPeopleHint}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        <details className="filters">
          <summary>
            {t.filters} {chosenCount > 0 && <span className="badge">{chosenCount}</span>}
          </summary>
          <label className="field">
            {t.sort}
            <select value={sort} onChange={(event) => setSort(event.target.value as ProfileSort)}>
              {(['relevance', 'newest', 'experience'] as const).map((one) => (
                <option key={one} value={one}>
                  {t.sorts[one]}
                </option>
              ))}
            </select>
          </label>
          <label className="check">
            <input type="checkbox" checked={isOpen} onChange={(event) => setIsOpen(event.target.checked)} />{' '}
            {t.openToWork}
          </label>
          {facets.map((name) => (
            <FacetChips
              key={name}
              label={t.profileFacets[name]}
              facets={counts?.[name] ?? []}
              chosen={chosen[name] ?? []}
              onChange={(values) => setChosen({ ...chosen, [name]: values })}
              {...(name === 'countries' ? { nameOf: nameOf('region') } : {})}
              {...(name === 'languages' ? { nameOf: nameOf('language') } : {})}
            />
          ))}
        </details>
      </search>
      <p className="count" role="status">
        {first?.counts && !loading && t.personCount(first.counts.total, first.counts.exact)}
        {first?.didYouMean && ` · ${t.corrected(first.didYouMean)}`}
      </p>
      {error && <Failure error={error} onRetry={reload} />}
      {first && !loading && others.length === 0 && <p className="nothing">{t.noPeople}</p>}
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
              {person.openToWork && <span className="present" role="img" aria-label={t.openToWork} />}
            </a>
          </li>
        ))}
      </ul>
      {hasMore && (
        <button type="button" className="more" disabled={loading} onClick={loadMore}>
          {t.more}
        </button>
      )}
    </>
  )
}

function Someone({ userId, otherId, view }: { userId: string; otherId: string; view: string | null }) {
  const t = useWords()
  const { data: other, error, reload } = useProfile(otherId)
  if (error && !other) return <Failure error={error} onRetry={reload} />
  if (!other) return <p className="empty">{t.loading}</p>
  if (view === 'chat') return <Direct userId={userId} other={other} />
  return <ProfileView profile={other} userId={userId} back />
}
