import { onlyBlanks } from './blanks.ts'
import { type ChordReading, isGerman, placeChord, readChord } from './chord.ts'
import {
  type Directive,
  directiveText,
  readDirective,
  readLabel,
  resolveAlias,
  splitDirective,
} from './directives.ts'
import { type LogicalLine, logicalLines } from './lines.ts'
import { type LineContext, readGrid, readSegments } from './segments.ts'
import type { Chord, ChordProSong, Line, Section, Warning } from './types.ts'

const verbatim = new Set(['tab', 'abc', 'ly', 'svg', 'textblock'])
const comments: Record<string, 'plain' | 'italic' | 'box'> = {
  comment: 'plain',
  comment_italic: 'italic',
  comment_box: 'box',
  highlight: 'plain',
}
/** Lines of a section that a selector picks for somebody else. */
const skipped = '\u0000skipped'

/** Takes `{transpose}` directives: each value replaces the one before it, none brings that one back. */
const createTransposition = () => {
  const stack: number[] = []
  return {
    semitones: () => stack.at(-1) ?? 0,
    /** False when the value is no number of semitones. */
    take(value: string): boolean {
      const found = /^([+-]?[0-9]{1,3})[sfk]?$/.exec(value)
      if (value === '') stack.pop()
      else if (found) stack.push(Number(found[1]))
      return value === '' || found !== null
    },
  }
}

/**
 * Reads one song from ChordPro text. Never throws: what is broken is read in the likeliest way and reported in
 * `warnings`. Unknown directives with a value are kept as metadata. Text after `{new_song}` belongs to another song:
 * see `splitSongs`. Directives with a selector (`{title-ukulele: …}`) are left out, negated ones (`-ukulele!`) apply.
 *
 * @example
 * const song = parseChordPro('{title: Cielito lindo}\n{key: C}\n[C]Ay, ay, ay, [G7]ay')
 * song.metadata.get('title') // ['Cielito lindo']
 * song.sections[0].lines[0] // { kind: 'lyrics', segments: [{ text: 'Ay, ay, ay, ', chord: { name: 'C', … } }, …] }
 */
export function parseChordPro(text: string): ChordProSong {
  const metadata = new Map<string, string[]>()
  const sections: Section[] = []
  const warnings: Warning[] = []
  const placements: { chord: Chord; semitones: number }[] = []
  const transposition = createTransposition()
  const state: { section: Section; opened: LogicalLine | null; started: boolean } = {
    section: { kind: 'plain', lines: [] },
    opened: null,
    started: false,
  }

  const warn = (line: LogicalLine, code: Warning['code'], message: string, offset = 0) => {
    warnings.push({ code, message, ...line.at(offset) })
  }
  const chord = (written: string): Chord => {
    const placed: Chord = { written, name: null, root: null, quality: '', bass: null }
    placements.push({ chord: placed, semitones: transposition.semitones() })
    return placed
  }
  const contextOf = (line: LogicalLine): LineContext => ({
    chord,
    warn: (code, message, offset) => warn(line, code, message, offset),
  })
  const add = (line: Line) => state.section.lines.push(line)

  const enter = (next: Section, opened: LogicalLine | null) => {
    const { section } = state
    if (section.kind !== skipped && (section.lines.length > 0 || section.kind !== 'plain'))
      sections.push(section)
    state.section = next
    state.opened = opened
  }

  const control = (line: LogicalLine, { name, value, applies }: Directive): void => {
    const kind = name.replace(/^(?:start|end)_of_/, '')
    if (name.startsWith('start_of_')) {
      if (state.opened)
        warn(state.opened, 'unclosed-section', 'the section is not closed before the next one')
      const label = readLabel(value)
      enter({ kind: applies ? kind : skipped, ...(label && { label }), lines: [] }, line)
      return
    }
    if (state.section.kind !== skipped && state.section.kind !== kind) {
      warn(line, 'unopened-section', `no ${kind} section is open here`)
    }
    enter({ kind: 'plain', lines: [] }, null)
  }

  const keep = (name: string, value: string) => {
    if (value === '') return
    const values = metadata.get(name)
    if (values) values.push(value)
    else metadata.set(name, [value])
  }

  const structure = (line: LogicalLine, { name, value }: Directive): void => {
    const style = Object.hasOwn(comments, name) ? comments[name] : undefined
    if (name === 'meta') {
      const entry = splitDirective(value)
      if (entry) keep(resolveAlias(entry.name), entry.value)
      return
    }
    if (style) {
      const from = Math.max(line.text.indexOf(value, line.text.indexOf('{')), 0)
      add({ kind: 'comment', style, segments: readSegments(value, from, contextOf(line)) })
      return
    }
    if (name === 'chorus') {
      const label = readLabel(value)
      add({ kind: 'recall', ...(label && { label }) })
      return
    }
    if (name === 'transpose' && !transposition.take(value)) {
      warn(line, 'invalid-value', `"${value}" is not a number of semitones`)
    }
    add({ kind: 'directive', name, value })
  }

  /** Reads a directive line; 'song' when another song starts, 'none' when the line is none. */
  const directive = (line: LogicalLine): 'read' | 'none' | 'song' => {
    const inner = directiveText(line.text)
    if (!inner) return 'none'
    const read = readDirective(inner.text)
    const isControl = read !== null && (/^(?:start|end)_of_./.test(read.name) || read.name === 'new_song')
    if (!isControl && state.section.kind === skipped) return 'read'
    if (!isControl && verbatim.has(state.section.kind)) return 'none'
    if (!inner.closed) warn(line, 'unclosed-directive', 'the directive is not closed and ends with its line')
    if (!read) warn(line, 'malformed-directive', 'the directive has no name')
    else if (read.name === 'new_song') return read.applies ? 'song' : 'read'
    else if (isControl) control(line, read)
    else if (!read.applies) return 'read'
    else if (read.kind === 'structure') structure(line, read)
    else {
      if (read.kind === 'unknown') warn(line, 'unknown-directive', `"${read.name}" is kept as metadata`)
      if (read.kind === 'unknown' && read.value === '') add({ kind: 'directive', name: read.name, value: '' })
      keep(read.name, read.value)
    }
    return 'read'
  }

  const plain = (line: LogicalLine): void => {
    if (state.section.kind === skipped) return
    if (verbatim.has(state.section.kind)) add({ kind: 'verbatim', text: line.text })
    else if (onlyBlanks.test(line.text)) add({ kind: 'blank' })
    else if (state.section.kind === 'grid') add({ kind: 'grid', cells: readGrid(line, contextOf(line)) })
    else add({ kind: 'lyrics', segments: readSegments(line.text, 0, contextOf(line)) })
  }

  for (const line of logicalLines(text)) {
    if (line.text.startsWith('#')) continue
    const outcome = directive(line)
    if (outcome === 'song' && state.started) {
      warn(line, 'more-songs', 'another song starts here; this one ends')
      break
    }
    if (outcome === 'song') continue
    if (outcome === 'none') plain(line)
    state.started ||= !onlyBlanks.test(line.text)
  }
  if (state.opened) warn(state.opened, 'unclosed-section', 'the section is never closed')
  enter({ kind: 'plain', lines: [] }, null)

  const spellings = new Map(
    placements.map(({ chord: { written } }) => [written, null as ChordReading | null]),
  )
  for (const written of spellings.keys()) spellings.set(written, readChord(written))
  const readings = placements.map(({ chord: { written } }) => spellings.get(written) ?? null)
  const german = readings.some((reading) => reading !== null && isGerman(reading))
  placements.forEach(({ chord: placed, semitones }, index) => {
    Object.assign(placed, placeChord(placed.written, readings[index]!, german, semitones))
  })
  return { metadata, sections, warnings }
}
