import { onlyBlanks } from './blanks.ts'
import { directiveText, isMetadataName } from './directives.ts'
import type { ChordProSong, Line, Section, Segment } from './types.ts'

/** Nothing that a tree holds may end its line. */
const oneLine = (text: string) => text.replace(/[\r\n]+/g, ' ')
const inBrackets = (text: string) => `[${oneLine(text).replace(/[[\]]/g, '')}]`

function segmentText({ text, chord, annotation, recall }: Segment, index: number): string {
  if (chord) return inBrackets(chord.written) + oneLine(text)
  if (annotation !== undefined) return inBrackets(`*${annotation}`) + oneLine(text)
  if (recall) return `[^]${oneLine(text)}`
  // Plain text after something else stood behind empty brackets; without them "[", "Am]" would become a chord.
  return (index === 0 ? '' : '[]') + oneLine(text)
}

const segmentsText = (segments: readonly Segment[]) => segments.map(segmentText).join('')

function directive(name: string, value = ''): string {
  return value === '' ? `{${oneLine(name)}}` : `{${oneLine(name)}: ${oneLine(value)}}`
}

const commentNames = { plain: 'comment', italic: 'comment_italic', box: 'comment_box' } as const

function lineText(line: Line): string {
  switch (line.kind) {
    case 'blank':
      return ''
    case 'comment':
      return directive(commentNames[line.style], segmentsText(line.segments))
    case 'recall':
      return directive('chorus', line.label)
    case 'directive':
      return directive(line.name, line.value)
    case 'verbatim':
      return oneLine(line.text)
    case 'grid':
      return oneLine(line.cells.map(({ text }) => text).join(''))
    case 'lyrics': {
      const text = segmentsText(line.segments)
      return text.startsWith('#') || onlyBlanks.test(text) || directiveText(text) ? `[]${text}` : text
    }
  }
}

function sectionLines(section: Section, before: Section | undefined): string[] {
  const lines = section.lines.map(lineText)
  if (section.kind !== 'plain')
    return [directive(`start_of_${section.kind}`, section.label), ...lines, `{end_of_${section.kind}}`]
  // Two stanzas outside of any section were parted by something that is not there any more.
  return before?.kind === 'plain' ? ['', ...lines] : lines
}

/**
 * Writes a song as ChordPro: metadata first, directives by their full names, sections closed. What `parseChordPro` read it
 * reads again: the same words, chords, metadata and structure. Comment lines (`#`) and what was meant for somebody else
 * (`{title-ukulele: …}`) are not in the tree, so they are gone.
 *
 * @example
 * renderChordPro(parseChordPro('{t: Sur}\n{soc}\n[Am]San Juan')) // '{title: Sur}\n{start_of_chorus}\n[Am]San Juan\n{end_of_chorus}\n'
 */
export function renderChordPro(song: ChordProSong): string {
  const metadata = [...song.metadata].flatMap(([name, values]) =>
    values.map((value) =>
      isMetadataName(name) ? directive(name, value) : directive('meta', `${name}: ${value}`),
    ),
  )
  const body = song.sections.flatMap((section, index) => sectionLines(section, song.sections[index - 1]))
  // A line that ends in a backslash would take the next one with it.
  const lines = [...metadata, ...body].map((line) => (line.endsWith('\\') ? `${line} ` : line))
  const text = lines.join('\n').replace(/^\ufeff/, '\n\ufeff')
  return text.endsWith('\n') ? text : `${text}\n`
}
