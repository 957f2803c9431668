import type { Chord, ChordProSong, Line, Section, Segment } from './types.ts'

/** The text above the words: the chord as written, or its new name where a `{transpose}` moves it. */
export function labelOf({ chord, recalled = chord, annotation }: Segment): string {
  return annotation ?? (recalled ? chordLabel(recalled) : '')
}

export function chordLabel(chord: Chord): string {
  return chord.transposed !== undefined && chord.name !== null ? chord.name : chord.written
}

const width = (text: string) => Array.from(text).length
const inline = (text: string) => text.replace(/[\t\r\n]/g, ' ')

function wordsUnderChords(segments: readonly Segment[]): string[] {
  let above = ''
  let below = ''
  // Counted along: the width of a long line is not measured again for each chord.
  let aboveWidth = 0
  let belowWidth = 0
  for (const segment of segments) {
    const label = inline(labelOf(segment))
    if (label !== '') {
      // No label may touch the one before it; the words wait for it.
      const column = Math.max(belowWidth, above === '' ? 0 : aboveWidth + 1)
      above += ' '.repeat(column - aboveWidth) + label
      below += ' '.repeat(column - belowWidth)
      aboveWidth = column + width(label)
      belowWidth = column
    }
    below += inline(segment.text)
    belowWidth += width(segment.text)
  }
  const words = below.trimEnd()
  if (above.trimEnd() === '') return [words]
  return words === '' ? [above.trimEnd()] : [above.trimEnd(), words]
}

function lineTexts(line: Line): string[] {
  switch (line.kind) {
    case 'blank':
      return ['']
    case 'lyrics':
      return wordsUnderChords(line.segments)
    case 'comment': {
      const text = line.segments.map((segment) => {
        const label = labelOf(segment)
        return (label && `[${label}]`) + segment.text
      })
      return [`(${inline(text.join(''))})`]
    }
    case 'recall':
      return [`(${inline(line.label ?? 'Chorus')})`]
    case 'verbatim':
      return [line.text]
    case 'grid':
      return [line.cells.map(({ text, chord }) => (chord ? chordLabel(chord) : text)).join('')]
    case 'directive':
      return []
  }
}

const titles: Record<string, string> = { chorus: 'Chorus', verse: 'Verse', bridge: 'Bridge' }

/** A section's own label, or the word for its kind. */
export function headingOf(section: Section): string | undefined {
  return section.label ?? (Object.hasOwn(titles, section.kind) ? titles[section.kind] : undefined)
}

/** The lines of a song's head: title, then subtitles and artists. */
export function headLines(song: ChordProSong): { title: string | undefined; below: string[] } {
  const values = (name: string) => song.metadata.get(name) ?? []
  return {
    title: values('title')[0],
    below: [...values('subtitle'), values('artist').join(', ')].filter(Boolean),
  }
}

/**
 * Writes a song as plain text with chords over the words, for a monospaced font. Columns are counted in code points.
 *
 * @param song - From `parseChordPro`.
 * @example
 * ```ts
 * renderText(parseChordPro('{title: Sur}\n[Am]San Juan y [E7]Boedo')) // 'Sur\n\nAm         E7\nSan Juan y Boedo\n'
 * ```
 */
export function renderText(song: ChordProSong): string {
  const { title, below } = headLines(song)
  const head = [...(title === undefined ? [] : [title]), ...below].map(inline)
  const parts = song.sections.map((section) => {
    const heading = headingOf(section)
    return [...(heading === undefined ? [] : [`${inline(heading)}:`]), ...section.lines.flatMap(lineTexts)]
  })
  const text = [head, ...parts].map((lines) => lines.map((line) => line.trimEnd()).join('\n')).join('\n\n')
  return `${text
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()
    .replace(/^\n+/, '')}\n`
}
