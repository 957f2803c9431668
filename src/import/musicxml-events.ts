import { chordName } from './musicxml-chord.ts'
import { elementsOf, find, textOf, type XmlElement } from './xml.ts'

/** What happens in a measure, by its time in quarter notes from the beginning of the measure. */
export type Event = { at: number } & (
  | { kind: 'chord'; name: string }
  | { kind: 'syllable'; verse: string; text: string; endsWord: boolean }
)

export interface Measure {
  events: Event[]
  /** The staff begins a new line here. */
  isNewLine: boolean
}

const number = (text: string) => Number.parseFloat(text) || 0

/** The text of a lyric; an elision joins two syllables under one note. */
function syllable(lyric: XmlElement): { text: string; endsWord: boolean } {
  const parts = elementsOf(lyric).filter(({ name }) => name === 'text' || name === 'elision')
  const text = parts
    .map((part) => (part.name === 'elision' ? part.text || ' ' : part.text))
    .join('')
    .replace(/\s+/g, ' ')
  const last = elementsOf(lyric, 'syllabic').at(-1)
  return { text, endsWord: !['begin', 'middle'].includes(textOf(last).trim()) }
}

/** Reads the measures of a part: its chords and its words. `divisions` lasts from one measure to the next. */
export function readPart(measures: readonly XmlElement[]): Measure[] {
  let divisions = 1
  return measures.map((measure) => {
    const events: Event[] = []
    let at = 0
    let last = 0
    for (const element of elementsOf(measure)) {
      const duration = number(textOf(element, 'duration')) / divisions
      if (element.name === 'attributes') divisions = number(textOf(element, 'divisions')) || divisions
      else if (element.name === 'backup') at -= duration
      else if (element.name === 'forward') at += duration
      else if (element.name === 'harmony') {
        const name = chordName(element)
        if (name !== undefined) {
          events.push({ at: at + number(textOf(element, 'offset')) / divisions, kind: 'chord', name })
        }
      } else if (element.name === 'note') {
        const begins = find(element, 'chord') ? last : at
        for (const lyric of elementsOf(element, 'lyric')) {
          const verse = lyric.attributes.number ?? '1'
          const { text, endsWord } = syllable(lyric)
          if (text !== '') events.push({ at: begins, kind: 'syllable', verse, text, endsWord })
        }
        last = begins
        if (!find(element, 'chord') && !find(element, 'grace')) at += duration
      }
    }
    const isNewLine = elementsOf(measure, 'print').some(
      ({ attributes }) => attributes['new-system'] === 'yes' || attributes['new-page'] === 'yes',
    )
    return { events, isNewLine }
  })
}

/** Measures by part, whichever way round the score is written. */
export function measuresByPart(root: XmlElement): XmlElement[][] {
  if (root.name === 'score-partwise')
    return elementsOf(root, 'part').map((part) => elementsOf(part, 'measure'))
  const measures = elementsOf(root, 'measure').map((measure) => elementsOf(measure, 'part'))
  return (measures[0] ?? []).map((_, part) => measures.flatMap((parts) => parts[part] ?? []))
}
