import { useCallback, useMemo, useState } from 'react'
import type { Song } from 'tertulia'
import { describeSong, parseChordPro, transpose } from 'tertulia/chordpro'
import { tertulia } from '../client.ts'
import { AddToSetlist } from '../setlists/add-to-setlist.tsx'
import { linkTo } from '../shell/use-route.ts'
import { ReportContent } from '../ui/report-content.tsx'
import { useLoaded } from '../ui/use-loaded.ts'
import { useLanguage, useWords, type Words } from '../words/index.ts'
import { Diagrams } from './diagrams.tsx'
import { SongSheet } from './song-sheet.tsx'
import { SongTags } from './song-tags.tsx'
import { CapoHint, FavoriteButton, PrintButton, Transposer } from './song-tools.tsx'

/** The sheet of a song with its tools. */
export function SongView({ song: value, canTag, isMine }: { song: Song; canTag: boolean; isMine: boolean }) {
  const { id, content } = value
  const [by, setBy] = useState(0)
  const song = useMemo(() => transpose(parseChordPro(content), by), [content, by])
  return (
    <>
      {song.metadata.get('subtitle')?.map((subtitle) => (
        <p key={subtitle} className="subtitle">
          {subtitle}
        </p>
      ))}
      <Facts song={value} songKey={by === 0 ? value.key : (describeSong(song).key ?? null)} />
      <SongTags songId={id} canTag={canTag} />
      <div className="tools">
        <Transposer by={by} onChange={setBy} />
        <FavoriteButton songId={id} />
        <PrintButton song={song} />
        <AddToSetlist songId={id} />
        {!isMine && <ReportContent kind="song" subjectId={id} />}
      </div>
      <CapoHint song={song} />
      <Diagrams song={song} />
      <div lang={value.language ?? undefined}>
        <SongSheet song={song} />
      </div>
      <Similar id={id} />
    </>
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
