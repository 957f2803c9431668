import { type ChangeEvent, useState } from 'react'
import type { ImportedSong } from 'tertulia'
import { toChordPro } from 'tertulia/chordpro'
import { tertulia } from '../client.ts'
import { linkTo } from '../shell/use-route.ts'
import { Failure } from '../ui/failure.tsx'
import { useAttempt } from '../ui/use-attempt.ts'
import { useWords } from '../words/index.ts'

/** The text of a file in ChordPro. What reads MusicXML and OpenSong loads when such a file comes. */
async function textOf(file: File): Promise<string> {
  if (/\.(musicxml|mxl)$/i.test(file.name)) {
    const { fromMusicXml } = await import('tertulia/import')
    return fromMusicXml(new Uint8Array(await file.arrayBuffer()))
  }
  const text = await file.text()
  if (!/^\s*</.test(text)) return toChordPro(text)
  const { fromMusicXml, fromOpenSong } = await import('tertulia/import')
  return /<song[\s>]/.test(text) ? fromOpenSong(text) : fromMusicXml(text)
}

/** Adds songs from files: ChordPro, chords above words, MusicXML and OpenSong. */
export function ImportFiles() {
  const t = useWords()
  const { failure, busy, attempt } = useAttempt()
  const [results, setResults] = useState<ImportedSong[]>([])
  function choose(event: ChangeEvent<HTMLInputElement>) {
    const files = [...(event.target.files ?? [])]
    event.target.value = ''
    if (files.length === 0) return
    void attempt(async () => {
      const songs = await Promise.all(files.map(async (file) => ({ content: await textOf(file) })))
      setResults(await tertulia.songs.import(songs))
    })
  }
  return (
    <section className="import">
      <h3>{t.importFiles}</h3>
      <p>{t.importHint}</p>
      <input
        type="file"
        multiple
        accept=".cho,.chordpro,.crd,.pro,.txt,.musicxml,.mxl,.xml"
        aria-label={t.importFiles}
        disabled={busy}
        onChange={choose}
      />
      {failure !== null && <Failure error={failure} />}
      <ul>
        {results.map((result, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a result stands for the file at its place
          <li key={at}>
            {result.error ? (
              <Failure error={result.error} />
            ) : (
              <a className="link" href={linkTo('songs', result.id)}>
                {result.title}
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
