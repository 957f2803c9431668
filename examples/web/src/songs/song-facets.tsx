import { useState } from 'react'
import type { SongFilters } from 'tertulia'
import { useAnswer } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { FacetChips } from '../ui/facet-chips.tsx'
import { useLanguage, useWords } from '../words/index.ts'

const names = ['artist', 'genre', 'key', 'language', 'decade', 'tag'] as const
type Name = (typeof names)[number]

/** The values that the user chose, by facet. */
export type Chosen = { [name in Name]?: string[] }

export const isChosen = (chosen: Chosen): boolean => names.some((name) => (chosen[name] ?? []).length > 0)

/** What the search is asked for. Decades are a span of years. */
export function toFilters({ artist, genre, key, language, decade, tag }: Chosen): SongFilters {
  const years = (decade ?? []).map(Number)
  return {
    ...(artist?.length ? { artist } : {}),
    ...(genre?.length ? { genre } : {}),
    ...(key?.length ? { key } : {}),
    ...(language?.length ? { language } : {}),
    ...(tag?.length ? { allTags: tag } : {}),
    ...(years.length ? { year: [Math.min(...years), Math.max(...years) + 9] } : {}),
  }
}

interface Props {
  query: string
  filters: SongFilters
  chosen: Chosen
  onChange(chosen: Chosen): void
}

/** Filters with how many songs each has. They are counted while they are open. */
export function SongFacets({ query, filters, chosen, onChange }: Props) {
  const t = useWords()
  const language = useLanguage()
  const [open, setOpen] = useState(false)
  const key = open ? `facets ${JSON.stringify([query, filters])}` : null
  const { data } = useAnswer(
    tertulia.songs,
    key,
    (signal) => tertulia.songs.facets(query, { filters, signal }),
    { delay: 150, keep: true },
  )
  const count = names.reduce((sum, name) => sum + (chosen[name]?.length ?? 0), 0)
  const languages = new Intl.DisplayNames([language], { type: 'language', fallback: 'code' })
  return (
    <details className="filters" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {t.filters} {count > 0 && <span className="badge">{count}</span>}
      </summary>
      {data &&
        names.map((name) => (
          <FacetChips
            key={name}
            label={t.songFacets[name]}
            facets={data[name]}
            chosen={chosen[name] ?? []}
            onChange={(values) => onChange({ ...chosen, [name]: values })}
            nameOf={name === 'language' ? (tag) => languages.of(tag) : undefined}
          />
        ))}
    </details>
  )
}
