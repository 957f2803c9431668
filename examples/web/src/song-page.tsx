import { useCallback, useMemo, useState } from 'react'
import type { Song } from 'tertulia'
import { describeSong, parseChordPro, transpose } from 'tertulia/chordpro'
import { tertulia } from './client.ts'
import { Failure } from './failure.tsx'
import { SongSheet } from './song-sheet.tsx'
import { FavoriteButton, Transposer } from './song-tools.tsx'
import { useLoaded } from './use-loaded.ts'
import { linkTo } from './use-route.ts'

export function SongPage({ id }: { id: string }) {
  const { value, failure, retry } = useLoaded(
    useCallback((signal) => tertulia.songs.get(id, { signal }), [id]),
  )
  const content = value?.content ?? ''
  const [moved, setMoved] = useState({ id, by: 0 })
  const by = moved.id === id ? moved.by : 0
  const song = useMemo(() => transpose(parseChordPro(content), by), [content, by])

  if (failure !== null) return <Failure error={failure} onRetry={retry} />
  if (!value) return <p className="empty">Loading the song…</p>
  return (
    <article className="song">
      <header>
        <a className="back" href={linkTo('songs')} aria-label="Back to songs">
          ‹
        </a>
        <h2>{value.title}</h2>
        {song.metadata.get('subtitle')?.map((subtitle) => (
          <p key={subtitle} className="subtitle">
            {subtitle}
          </p>
        ))}
        {value.artist && <p className="artist">{value.artist}</p>}
        <Facts song={{ ...value, key: by === 0 ? value.key : (describeSong(song).key ?? null) }} />
        <div className="tools">
          <Transposer by={by} onChange={(semitones) => setMoved({ id, by: semitones })} />
          <FavoriteButton key={id} songId={id} />
        </div>
      </header>
      <div lang={value.language ?? undefined}>
        <SongSheet song={song} />
      </div>
    </article>
  )
}

const languages = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'code' })

function Facts({ song }: { song: Song }) {
  const facts: [string, string | number | null | undefined][] = [
    ['Key', song.key],
    ['Capo', song.capo],
    ['Tempo', song.tempo && `${song.tempo} bpm`],
    ['Time', song.timeSignature],
    ['Language', song.language && languages.of(song.language)],
    ['Genre', song.genre],
    ['Year', song.year],
  ]
  return (
    <dl className="facts">
      {facts
        .filter(([, value]) => value != null)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}
