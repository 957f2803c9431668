import type { SongHit, SongSummary } from 'tertulia'
import { linkTo } from '../shell/use-route.ts'
import { Highlight } from '../ui/highlight.tsx'
import { useWords } from '../words/index.ts'

const unmarked: SongHit['highlights'] = { title: [], artist: [], excerpt: null }

/** A song in a list. */
export function SongLink({ song, selected }: { song: SongSummary | SongHit; selected: boolean }) {
  const t = useWords()
  const { title, artist, excerpt } = 'highlights' in song ? song.highlights : unmarked
  const rest = [song.language, song.visibility !== 'public' && t.visibilities[song.visibility]]
    .filter(Boolean)
    .join(' · ')
  return (
    <a href={linkTo('songs', song.id)} className="row" aria-current={selected ? 'true' : undefined}>
      <span className="key" aria-hidden="true">
        {song.key ?? '♪'}
      </span>
      <span>
        <strong>
          <Highlight text={song.title} ranges={title} />
        </strong>
        <small>
          {song.artist && <Highlight text={song.artist} ranges={artist} />}
          {song.artist && rest && ' · '}
          {rest}
        </small>
        {excerpt && excerpt.ranges.length > 0 && (
          <small className="excerpt">
            <Highlight {...excerpt} />
          </small>
        )}
      </span>
    </a>
  )
}
