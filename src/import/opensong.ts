import type { Line, Section } from '../chordpro/types.ts'
import { refuse } from './refuse.ts'
import { lyricsLine, type Piece, writeSong } from './song.ts'
import { readXml, textOf } from './xml.ts'

const kinds: Record<string, readonly [kind: string, label: string]> = {
  V: ['verse', 'Verse'],
  C: ['chorus', 'Chorus'],
  B: ['bridge', 'Bridge'],
  P: ['prechorus', 'Pre-chorus'],
  T: ['tag', 'Tag'],
}

/** Chords of a line that begins with a point, each with its column in the words under it. */
function readChords(line: string): { column: number; chord: string }[] {
  return [...line.slice(1).matchAll(/[^\s|]+/g)].map(({ 0: chord, index }) => ({ column: index, chord }))
}

/** Words without what stretches them under chords and without breaks of slides. */
const clean = (words: string) => words.replace(/_+/g, '').replace(/\|+/g, ' ')

function join(chords: readonly { column: number; chord: string }[], words: string): Line {
  const pieces: Piece[] = [{ text: clean(words.slice(0, chords[0]?.column ?? words.length)) }]
  for (const [index, { column, chord }] of chords.entries()) {
    const end = chords[index + 1]?.column ?? words.length
    const text = clean(words.slice(column, end))
    // Chords with nothing to sing stand apart.
    const isLast = index === chords.length - 1
    pieces.push({ chord, text: text === '' && !isLast && column >= words.length ? ' ' : text })
  }
  return lyricsLine(pieces)
}

interface Block {
  name: string
  lines: string[]
}

function blocksOf(lyrics: string): Block[] {
  const blocks: Block[] = [{ name: '', lines: [] }]
  for (const line of lyrics.split(/\r\n|\r|\n/)) {
    const heading = /^[ \t]*\[([^\]]*)\]/.exec(line)
    if (heading) blocks.push({ name: heading[1]!.trim(), lines: [] })
    else blocks.at(-1)!.lines.push(line)
  }
  return blocks.filter(({ name, lines }) => name !== '' || lines.some((line) => line.trim() !== ''))
}

/** The verses of a block whose lines begin with numbers, each with the chords over all of them. */
function versesOf({ name, lines }: Block): Block[] {
  const numbers = [...new Set(lines.flatMap((line) => /^[1-9]/.exec(line)?.[0] ?? []))].sort()
  if (numbers.length === 0) return [{ name, lines }]
  return numbers.map((number) => ({
    name: /[0-9]$/.test(name) ? name : name + number,
    lines: lines
      .filter((line) => !/^[1-9]/.test(line) || line.startsWith(number))
      .map((line) => (/^[1-9]/.test(line) ? ` ${line.slice(1)}` : line)),
  }))
}

function linesOf(lines: readonly string[]): Line[] {
  const found: Line[] = []
  let over: ReturnType<typeof readChords> | undefined
  const alone = () => {
    if (over)
      found.push(
        lyricsLine(over.map(({ chord }, index) => ({ chord, text: index < over!.length - 1 ? ' ' : '' }))),
      )
    over = undefined
  }
  for (const line of lines) {
    if (line.startsWith('.')) {
      alone()
      over = readChords(line)
    } else if (line.startsWith(';')) {
      found.push({ kind: 'comment', style: 'plain', segments: [{ text: line.slice(1).trim() }] })
    } else if (/^-(?:!!|--)/.test(line)) {
      alone()
      found.push({ kind: 'directive', name: line.startsWith('-!!') ? 'new_page' : 'column_break', value: '' })
    } else if (line.trim() === '') {
      alone()
      found.push({ kind: 'blank' })
    } else {
      // The first column is for marks, but people also write words there.
      found.push(join(over ?? [], (/^[ \t]/.test(line) ? line.slice(1) : line).trimEnd()))
      over = undefined
    }
  }
  alone()
  while (found.at(-1)?.kind === 'blank') found.pop()
  while (found[0]?.kind === 'blank') found.shift()
  return found
}

function sectionOf({ name, lines }: Block): Section {
  const found = /^([A-Za-z]+)[ \t]*([0-9]*)(.*)$/.exec(name)
  const known = found && kinds[found[1]!.toUpperCase()]
  if (name === '') return { kind: 'plain', lines: linesOf(lines) }
  if (!known) return { kind: 'part', label: name, lines: linesOf(lines) }
  const [kind, word] = known
  const number = `${found[2]}${found[3]}`.trim()
  // Renderers have a word for these kinds.
  const isPlain = number === '' && ['verse', 'chorus', 'bridge'].includes(kind)
  return { kind, ...(!isPlain && { label: `${word} ${number}`.trim() }), lines: linesOf(lines) }
}

/** The parts in the order in which they are sung; a chorus that comes again is recalled. */
function inOrder(sections: readonly { name: string; section: Section }[], presentation: string): Section[] {
  const names = presentation.trim().split(/[\s,]+/)
  const chosen = names.map((name) => sections.find((part) => part.name.toUpperCase() === name.toUpperCase()))
  if (presentation.trim() === '' || chosen.includes(undefined)) return sections.map(({ section }) => section)
  const seen = new Set<Section>()
  return chosen.map((part) => {
    const { section } = part!
    const again = seen.has(section)
    seen.add(section)
    if (!again || section.kind !== 'chorus') return section
    return {
      kind: 'plain',
      lines: [{ kind: 'recall', ...(section.label !== undefined && { label: section.label }) }],
    }
  })
}

/**
 * Converts a song of OpenSong (an XML file, often without an extension) to ChordPro. Chords go to the words they stand over, numbered lines
 * become a verse each, `presentation` gives the order, and a chorus that comes again is `{chorus}`.
 *
 * @param xml - At most 10 MiB.
 * @throws `invalid_input` with field `file` when it is no well-formed XML or no song of OpenSong.
 * @example
 * ```ts
 * const content = fromOpenSong(await file.text())
 * await tertulia.songs.create({ content })
 * ```
 */
export function fromOpenSong(xml: string): string {
  const root = readXml(xml)
  if (root.name !== 'song' || textOf(root, 'lyrics') === '')
    throw refuse('it is no song of OpenSong', 'Export it from OpenSong: its root is <song>, with <lyrics>.')
  const blocks = blocksOf(textOf(root, 'lyrics')).flatMap(versesOf)
  const sections = inOrder(
    blocks.map((block) => ({ name: block.name, section: sectionOf(block) })),
    textOf(root, 'presentation'),
  )
  const field = (name: string) => textOf(root, name)
  return writeSong(
    [
      ['title', field('title')],
      ['artist', field('author')],
      ['copyright', field('copyright')],
      ['key', field('key')],
      ['capo', field('capo')],
      ['tempo', field('tempo')],
      ['time', field('time_sig')],
      ...field('theme')
        .split(';')
        .map((theme) => ['tag', theme] as const),
    ],
    sections,
  )
}
