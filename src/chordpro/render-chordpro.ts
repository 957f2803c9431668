import { writeLabel } from './attributes.ts'
import { onlyBlanks } from './blanks.ts'
import { isMetadataName } from './directives.ts'
import { cutLine, hasDirective } from './pieces.ts'
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

const isSomething = ({ text, chord, annotation, recall }: Segment) =>
  text !== '' || chord !== undefined || annotation !== undefined || recall === true
const segmentsText = (segments: readonly Segment[]) => segments.filter(isSomething).map(segmentText).join('')

function directive(name: string, value = ''): string {
  const text = value === '' ? `{${oneLine(name)}}` : `{${oneLine(name)}: ${oneLine(value)}}`
  // Braces of a tree that no text could give would end the directive.
  const isOne =
    text.lastIndexOf('{') === 0 ? text.indexOf('}') === text.length - 1 : cutLine(text).length === 1
  return isOne ? text : `{${text.replace(/[{}]/g, '')}}`
}

/** Empty brackets distinguish braces in the text from a directive. */
const withoutDirectives = (text: string) => text.replace(/\{/g, '{[]')
const withoutBraces = (text: string) => text.replace(/[{}]/g, '')

function wordsText(segments: readonly Segment[]): string {
  const text = segmentsText(segments)
  if (!text.startsWith('#') && !onlyBlanks.test(text) && !hasDirective(text)) return text
  if (!hasDirective(`[]${text}`)) return `[]${text}`
  const plain = segments.map(({ chord, annotation, ...segment }) => ({
    ...segment,
    ...(chord && { chord: { ...chord, written: withoutBraces(chord.written) } }),
    ...(annotation !== undefined && { annotation: withoutBraces(annotation) }),
    text: withoutDirectives(segment.text),
  }))
  return `[]${segmentsText(plain)}`
}

/** A number sign at the beginning of a line makes it a comment. */
const indented = (text: string) => (text.startsWith('#') ? ` ${text}` : text)

function gridText(text: string): string {
  if (!hasDirective(text)) return indented(text)
  return `[]${hasDirective(`[]${text}`) ? withoutDirectives(text) : text}`
}

const commentNames = { plain: 'comment', italic: 'comment_italic', box: 'comment_box' } as const

function lineText(line: Line): string {
  switch (line.kind) {
    case 'blank':
      return ''
    case 'comment':
      return directive(commentNames[line.style], segmentsText(line.segments))
    case 'recall':
      return directive('chorus', line.label && writeLabel(line.label, 'chorus'))
    case 'directive':
      return directive(line.name, line.value)
    case 'verbatim':
      return indented(oneLine(line.text))
    case 'grid':
      return gridText(oneLine(line.cells.map(({ text }) => text).join('')))
    case 'lyrics':
      return wordsText(line.segments)
  }
}

function sectionLines(section: Section, before: Section | undefined): string[] {
  const lines = section.lines.map(lineText)
  if (section.kind !== 'plain')
    return [
      directive(`start_of_${section.kind}`, section.label && writeLabel(section.label, section.kind)),
      ...lines,
      directive(`end_of_${section.kind}`),
    ]
  // Two stanzas outside of any section were parted by something that is not there any more.
  return before?.kind === 'plain' ? ['', ...lines] : lines
}

/**
 * Writes a song as ChordPro: metadata first, directives by their full names, sections closed. `parseChordPro` reads the same words, chords,
 * metadata and structure from it. Comment lines (`#`) and directives for other instruments (`{title-ukulele: …}`) are lost.
 *
 * @param song - From `parseChordPro`.
 * @example
 * ```ts
 * renderChordPro(parseChordPro('{t: Sur}\n{soc}\n[Am]San Juan')) // '{title: Sur}\n{start_of_chorus}\n[Am]San Juan\n{end_of_chorus}\n'
 * ```
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
