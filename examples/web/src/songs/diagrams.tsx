import { useEffect, useState } from 'react'
import type { ChordProSong } from 'tertulia/chordpro'
import { type ChordDiagram, drawChords } from 'tertulia/diagrams'
import { useWords } from '../words/index.ts'

const instruments = {
  guitar: async () => (await import('tertulia/diagrams/guitar')).guitar,
  ukulele: async () => (await import('tertulia/diagrams/ukulele')).ukulele,
  piano: async () => (await import('tertulia/diagrams/piano')).piano,
}
type Name = keyof typeof instruments

/** How to hold the chords of a song. The shapes of an instrument load when it is chosen. */
export function Diagrams({ song }: { song: ChordProSong }) {
  const t = useWords()
  const [name, setName] = useState<Name | null>(null)
  const [diagrams, setDiagrams] = useState<ChordDiagram[]>([])

  useEffect(() => {
    let left = false
    if (name === null) setDiagrams([])
    else void instruments[name]().then((instrument) => !left && setDiagrams(drawChords(song, instrument)))
    return () => {
      left = true
    }
  }, [name, song])

  return (
    <section className="diagrams" aria-label={t.chords}>
      <div className="choices">
        {(Object.keys(instruments) as Name[]).map((one) => (
          <button
            key={one}
            type="button"
            aria-pressed={one === name}
            onClick={() => setName(one === name ? null : one)}
          >
            {t[one]}
          </button>
        ))}
      </div>
      {diagrams.length > 0 && (
        <ul>
          {diagrams.map(({ label, svg }) => (
            // biome-ignore lint/security/noDangerouslySetInnerHtml: drawChords escapes every text in it
            <li key={label} dangerouslySetInnerHTML={{ __html: svg }} />
          ))}
        </ul>
      )}
    </section>
  )
}
