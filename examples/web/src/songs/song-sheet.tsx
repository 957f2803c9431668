import type { ChordProSong, Line, Section, Segment } from 'tertulia/chordpro'
import { useWords } from '../words/index.ts'

/** A song as musicians read it, with the chords above the words. It renders only text, so markup in a song is harmless. */
export function SongSheet({ song }: { song: ChordProSong }) {
  return (
    <div className="sheet">
      {keyed(song.sections).map(({ key, item: section }) => (
        <SectionBlock key={key} section={section} />
      ))}
    </div>
  )
}

function SectionBlock({ section }: { section: Section }) {
  const t = useWords()
  if (section.lines.every(({ kind }) => kind === 'blank' || kind === 'directive')) return null
  const label = section.label ?? (section.kind === 'chorus' ? t.chorus : undefined)
  return (
    <section className="section" data-kind={section.kind}>
      {label && <h3>{label}</h3>}
      {keyed(section.lines).map(({ key, item: line }) => (
        <LineOf key={key} line={line} />
      ))}
    </section>
  )
}

function LineOf({ line }: { line: Line }) {
  const t = useWords()
  switch (line.kind) {
    case 'lyrics':
      return (
        <p className="line">
          <Words segments={line.segments} />
        </p>
      )
    case 'comment':
      return (
        <p className="comment" data-style={line.style}>
          <Words segments={line.segments} />
        </p>
      )
    case 'recall':
      return <p className="recall">↻ {line.label ?? t.chorus}</p>
    case 'verbatim':
      return <pre>{line.text || ' '}</pre>
    case 'grid':
      return (
        <pre>
          {keyed(line.cells).map(({ key, item: { text, chord } }) =>
            chord ? (
              <b key={key} className="chord">
                {text}
              </b>
            ) : (
              <span key={key}>{text}</span>
            ),
          )}
        </pre>
      )
    case 'blank':
      return <div className="blank" />
    case 'directive':
      return null
  }
}

function Words({ segments }: { segments: readonly Segment[] }) {
  const hasChords = segments.some(({ chord, annotation }) => chord ?? annotation)
  return keyed(wordsOf(segments)).map(({ key, item: word }) => (
    <span key={key} className="word">
      {keyed(word).map(({ key: part, item: { text, chord, annotation } }) => (
        <span key={part} className="piece">
          {hasChords && <b className={annotation ? 'annotation' : 'chord'}>{annotation ?? chord?.written}</b>}
          <span>{text}</span>
        </span>
      ))}
    </span>
  ))
}

/**
 * The pieces of each word. A line breaks between words, never under a chord inside a word. If a chord is longer than its
 * word, its piece includes the next words too, so that the words stay close together.
 */
function wordsOf(segments: readonly Segment[]): Segment[][] {
  const words: Segment[][] = [[]]
  for (const segment of segments) {
    const above = segment.annotation ?? segment.chord?.written ?? ''
    const [first = '', ...rest] = segment.text.split(/(?<=\s)(?=\S)/)
    let under = first
    while (under.length <= above.length + 1 && rest.length > 0) under += rest.shift()
    words.at(-1)?.push({ ...segment, text: under })
    for (const text of rest) words.push([{ text }])
    if (/\s$/.test(segment.text)) words.push([])
  }
  return words.filter((word) => word.length > 0)
}

/** The parts of a song do not move, so their index is their key. */
function keyed<T>(items: readonly T[]): { key: number; item: T }[] {
  return items.map((item, key) => ({ key, item }))
}
