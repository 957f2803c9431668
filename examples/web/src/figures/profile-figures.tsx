import { useCallback, useState } from 'react'
import type { TopSongsOptions } from 'tertulia'
import { toCsv } from 'tertulia/analytics'
import { usePages } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { saveFile } from '../ui/save-file.ts'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'
import { Bars, Numbers, Shares } from './bars.tsx'
import { useCountries } from './use-countries.ts'

async function load(userId: string, signal: AbortSignal) {
  const { analytics } = tertulia
  // What the user did a moment ago counts too.
  await analytics.flush().catch(() => {})
  const [profile, funnel, series] = await Promise.all([
    analytics.profile(undefined, { signal }),
    analytics.funnel(undefined, { signal }),
    analytics.series('profile_view', userId, { signal }),
  ])
  return { profile, funnel, series }
}

/** Who visited the user's profile, and what came of it. */
export function ProfileFigures({ userId }: { userId: string }) {
  const t = useWords()
  const { value, failure, retry } = useLoaded(
    useCallback((signal: AbortSignal) => load(userId, signal), [userId]),
  )
  const countries = useCountries(value?.profile.countries ?? [])
  if (failure !== null) return <Failure error={failure} onRetry={retry} />
  if (!value) return <p className="empty">{t.loading}</p>
  const { profile, funnel, series } = value
  const steps = funnel.map(({ step, count, rate }) => ({
    name: t.steps[step],
    count,
    ...(rate === null ? {} : { note: `${Math.round(rate * 100)} %` }),
  }))
  return (
    <section className="figures" aria-label={t.figures}>
      <Heading title={t.figures} />
      <Numbers
        rows={[
          [t.views, profile.views],
          [t.uniqueViewers, profile.uniqueViewers],
          [t.messages, profile.messages],
        ]}
      />
      <Bars label={t.viewsByDay} points={series} />
      <Shares label={t.funnel} rows={steps} />
      <Shares label={t.viewsByCountry} rows={countries} />
      <TopSongs />
    </section>
  )
}

function TopSongs() {
  const t = useWords()
  const [by, setBy] = useState<NonNullable<TopSongsOptions['by']>>('popularity')
  const { items } = usePages(
    tertulia.analytics,
    `top ${by}`,
    (cursor, signal) => tertulia.analytics.topSongs({ by, own: true, limit: 10, cursor, signal }),
    { keep: true },
  )
  const save = () =>
    saveFile('songs.csv', 'text/csv', toCsv([...items], ['title', 'artist', 'viewCount', 'favoriteCount']))
  return (
    <section aria-label={t.topSongs}>
      <h3>{t.topSongs}</h3>
      <div className="choices">
        {(['popularity', 'trend', 'views', 'favorites'] as const).map((one) => (
          <button key={one} type="button" aria-pressed={one === by} onClick={() => setBy(one)}>
            {t.topBy[one]}
          </button>
        ))}
      </div>
      <ol className="cards">
        {items.map((song, at) => (
          <li key={song.id} className="card">
            <span className="key" aria-hidden="true">
              {at + 1}
            </span>
            <span>
              <a href={linkTo('songs', song.id)}>
                <strong>{song.title}</strong>
              </a>
              <small>
                {t.viewCount(song.viewCount)} · ♥ {song.favoriteCount}
              </small>
            </span>
          </li>
        ))}
      </ol>
      {items.length > 0 && (
        <button type="button" onClick={save}>
          {t.asCsv}
        </button>
      )}
    </section>
  )
}
