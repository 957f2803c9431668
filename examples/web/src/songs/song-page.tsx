import { useCallback, useMemo, useState } from 'react'
import type { Song } from 'tertulia'
import { describeSong, parseChordPro, transpose } from 'tertulia/chordpro'
import { useSong } from 'tertulia/react'
import { tertulia } from '../client.ts'
import { Heading } from '../shell/heading.tsx'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { useLanguage, useWords, type Words } from '../words/index.ts'
import { Diagrams } from './diagrams.tsx'
import { SongSheet } from './song-sheet.tsx'
import { CapoHint, FavoriteButton, PrintButton, Transposer } from './song-tools.tsx'

/** A song, live: what its owner saves shows at once. */
export function SongPage({ id }: { id: string }) {
  const t = useWords()
  const { snapshot, error, reopen } = useSong(id)
  const value = snapshot?.song
  const [by, setBy] = useState(0)
  const content = value?.content ?? ''
  const song = useMemo(() => transpose(parseChordPro(content), by), [content, by])

  if (error && !value) return <Failure error={error} onRetry={reopen} />
  if (!value) return <p className="empty">{t.loadingSong}</p>
  return (
    <article className="song">
      <header>
        <a className="back" href={linkTo('songs')} aria-label={t.backTo(t.songs)}>
          ‹
        </a>
        <Heading title={value.title} />
        {song.metadata.get('subtitle')?.map((subtitle) => (
          <p key={subtitle} className="subtitle">
            {subtitle}
          </p>
        ))}
        {value.artist && <p className="artist">{value.artist}</p>}
        <Facts song={value} songKey={by === 0 ? value.key : (describeSong(song).key ?? null)} />
        <div className="tools">
          <Transposer by={by} onChange={setBy} />
          <FavoriteButton songId={id} />
          <PrintButton song={song} />
        </div>
        <CapoHint song={song} />
        <Diagrams song={song} />
      </header>
      <div lang={value.language ?? undefined}>
        <SongSheet song={song} />
      </div>
      <Similar id={id} />
    </article>
  )
}

const facts = (
  t: Words,
  language: string,
  song: Song,
): [string, string | number | null | undefined | false][] => [
  [t.capo, song.capo],
  [t.tempo, song.tempo !== null && t.bpm(song.tempo)],
  [t.time, song.timeSignature],
  [
    t.language,
    song.language &&
      new Intl.DisplayNames([language], { type: 'language', fallback: 'code' }).of(song.language),
  ],
  [t.genre, song.genre],
  [t.year, song.year],
]

function Facts({ song, songKey }: { song: Song; songKey: string | null }) {
  const t = useWords()
  const language = useLanguage()
  const all: ReturnType<typeof facts> = [[t.key, songKey], ...facts(t, language, song)]
  return (
    <dl className="facts">
      {all
        .filter(([, value]) => value != null && value !== false)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  )
}

function Similar({ id }: { id: string }) {
  const t = useWords()
  const { value } = useLoaded(useCallback((signal) => tertulia.songs.similar(id, { limit: 5, signal }), [id]))
  if (!value || value.length === 0) return null
  return (
    <section className="similar" aria-label={t.similarSongs}>
      <h3>{t.similarSongs}</h3>
      <ul>
        {value.map((song) => (
          <li key={song.id}>
            <a href={linkTo('songs', song.id)}>
              <strong>{song.title}</strong> <small>{song.chords.join(' ')}</small>
            </a>
          </li>
        ))}
      </ul>
    </section>
  )
}
