import { useCallback } from 'react'
import { useStats } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Failure } from '../ui/failure.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { useWords } from '../words/index.ts'
import { Bars, Numbers, Shares } from './bars.tsx'
import { useCountries } from './use-countries.ts'

/** How often a song is seen. Only its owner gets more than the sums. */
export function SongFigures({ id }: { id: string }) {
  const t = useWords()
  const { data: song, error, reload } = useStats(id)
  const isOwner = Boolean(song?.details)
  const load = useCallback(
    async (signal: AbortSignal) => (isOwner ? tertulia.analytics.series('song_view', id, { signal }) : []),
    [id, isOwner],
  )
  const { value: series } = useLoaded(load)
  const countries = useCountries(song?.details?.countries ?? [])
  if (error && !song) return <Failure error={error} onRetry={reload} />
  if (!song) return <p className="empty">{t.loading}</p>
  return (
    <section className="figures" aria-label={t.figures}>
      <Numbers
        rows={[
          [t.views, song.viewCount],
          [t.thisWeek, song.weeklyViews],
          [t.favorites, song.favoriteCount],
          [t.shareCount, song.shareCount],
          ...(song.details ? ([[t.uniqueViewers, song.details.uniqueViewers]] as const) : []),
        ]}
      />
      {song.details ? <Bars label={t.viewsByDay} points={series ?? []} /> : <p>{t.ownerSeesMore}</p>}
      <Shares label={t.viewsByCountry} rows={countries} />
    </section>
  )
}
