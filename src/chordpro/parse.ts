import { readAttributes } from './attributes.ts'
import { blank, onlyBlanks, trimBlanks } from './blanks.ts'
import { isNoChord, placeChord, readChord, splitChords } from './chord.ts'
import { type Directive, resolveAlias, splitDirective } from './directives.ts'
import { joinPieces, type LogicalLine, logicalLines } from './lines.ts'
import { readManner } from './manner.ts'
import { cutLine, type Piece } from './pieces.ts'
import { createMemory } from './recall.ts'
import { type LineContext, readGrid, readSegments } from './segments.ts'
import type { Chord, ChordProSong, Line, Section, Warning } from './types.ts'

const verbatim = new Set(['tab', 'abc', 'ly', 'svg', 'textblock', 'strum'])
const comments: Record<string, 'plain' | 'italic' | 'box'> = {
  comment: 'plain',
  comment_italic: 'italic',
  comment_box: 'box',
  highlight: 'plain',
}
const separated = new RegExp(`;[${blank}]+`)
/** Values that are never split: a pair of braces stays one, and the semicolon of `&amp;` is none. */
const notSeparated = /\{|&[a-z0-9#]{1,8};/
/** Lines of a section that a selector picks for another instrument or user. */
const skipped = '\u0000skipped'

const isControl = ({ name }: Directive) => /^(?:start|end)_of_./.test(name) || name === 'new_song'
/** Directives that words on both sides of them are not one line. */
const parts = (read: Directive) =>
  /^(?:start|end)_of_./.test(read.name) ||
  (read.applies && (Object.hasOwn(comments, read.name) || /^(?:new_song|chorus|transpose)$/.test(read.name)))

/** Takes `{transpose}` directives: each value adds to the one before it, none takes the last one back. */
const createTransposition = () => {
  const stack: number[] = []
  return {
    semitones: () => stack.at(-1) ?? 0,
    /** False when the value is no number of semitones. */
    take(value: string): boolean {
      const found = /^([+-]?[0-9]{1,3})[sfk#b♯♭]?$/.exec(value)
      if (value === '') stack.pop()
      else if (found) stack.push((stack.at(-1) ?? 0) + Number(found[1]))
      return value === '' || found !== null
    },
  }
}

/**
 * Reads one song from ChordPro text. It never throws: broken parts are read in the most likely way and listed in `warnings`.
 *
 * Unknown directives with a value are kept as metadata. Text after `{new_song}` is not read: use `splitSongs` first. Directives with a
 * selector (`{title-ukulele: …}`) are left out, negated ones (`-ukulele!`) apply. A line may have several directives between words.
 *
 * @param text - One song.
 * @example
 * ```ts
 * const parsed = parseChordPro('{title: Cielito lindo}\n{key: C}\n[C]Ay, ay, ay, [G7]ay')
 * parsed.metadata.get('title') // ['Cielito lindo']
 * parsed.sections[0]?.lines[0] // { kind: 'lyrics', segments: [{ text: 'Ay, ay, ay, ', chord: { name: 'C', … } }, …] }
 * ```
 */
export function parseChordPro(text: string): ChordProSong {
  const metadata = new Map<string, string[]>()
  const sections: Section[] = []
  const warnings: Warning[] = []
  const placements: { chord: Chord; semitones: number; played: boolean; warning?: Warning }[] = []
  const transposition = createTransposition()
  const memory = createMemory()
  const state: { section: Section; opened: (() => void) | null; started: boolean } = {
    section: { kind: 'plain', lines: [] },
    opened: null,
    started: false,
  }

  const warn = (line: LogicalLine, code: Warning['code'], message: string, offset = 0) => {
    warnings.push({ code, message, ...line.at(offset) })
  }
  const place = (written: string, played: boolean): Chord => {
    const placed: Chord = { written, name: null, root: null, quality: '', bass: null }
    placements.push({ chord: placed, semitones: transposition.semitones(), played })
    return placed
  }
  // Each spelling once: reading a chord is what costs.
  const spellings = new Map<string, { parts: readonly string[]; isChord: boolean }>()
  const spelling = (written: string) => {
    const known = spellings.get(written)
    if (known) return known
    const isChord = readChord(written) !== null || isNoChord(written)
    const read = { parts: isChord ? [written] : splitChords(written), isChord }
    spellings.set(written, read)
    return read
  }
  const contextOf = (line: LogicalLine): LineContext => ({
    split: (written) => spelling(written).parts,
    chord(written, offset) {
      memory.met(written)
      const placed = place(written, true)
      if (!spelling(written).isChord) {
        warn(line, 'unknown-chord', `"${written}" is not a chord with a known root`, offset)
        placements.at(-1)!.warning = warnings.at(-1)!
      }
      return placed
    },
    recall() {
      const written = memory.recall()
      return written === undefined ? undefined : place(written, false)
    },
    warn: (code, message, offset) => warn(line, code, message, offset),
  })
  const add = (line: Line) => state.section.lines.push(line)

  const enter = (next: Section, chords?: string) => {
    const { section } = state
    if (section.kind !== skipped && (section.lines.length > 0 || section.kind !== 'plain'))
      sections.push(section)
    state.section = next
    state.opened = null
    memory.enter(next.kind, chords)
  }

  const control = (line: LogicalLine, from: number, { name, value, applies }: Directive): void => {
    const kind = name.replace(/^(?:start|end)_of_/, '')
    if (name.startsWith('start_of_')) {
      state.opened?.()
      const { label, chords } = readAttributes(value, kind)
      enter({ kind: applies ? kind : skipped, ...(label && { label }), lines: [] }, chords)
      state.opened = () =>
        warn(line, 'unclosed-section', 'the section is not closed before the next one or the end', from)
      return
    }
    if (state.section.kind !== skipped && state.section.kind !== kind) {
      warn(line, 'unopened-section', `no ${kind} section is open here`, from)
    }
    enter({ kind: 'plain', lines: [] })
  }

  const keep = (name: string, value: string) => {
    // As the reference implementation does, which leaves titles whole.
    const isWhole = /^(?:sub)?title$/.test(name) || notSeparated.test(value)
    const found = isWhole ? [value] : value.split(separated).map(trimBlanks)
    for (const given of found.filter(Boolean)) {
      const values = metadata.get(name)
      if (values) values.push(given)
      else metadata.set(name, [given])
    }
  }

  const structure = (line: LogicalLine, piece: Piece, { name, value }: Directive): void => {
    const style = Object.hasOwn(comments, name) ? comments[name] : undefined
    if (name === 'meta') {
      const entry = splitDirective(value)
      if (entry) keep(resolveAlias(entry.name), entry.value)
      return
    }
    if (style) {
      const from = piece.from + Math.max(piece.text.indexOf(value), 0)
      add({ kind: 'comment', style, segments: readSegments(value, from, contextOf(line)) })
      return
    }
    if (name === 'chorus') {
      const { label } = readAttributes(value, 'chorus')
      add({ kind: 'recall', ...(label && { label }) })
      return
    }
    if (name === 'transpose' && !transposition.take(value)) {
      warn(line, 'invalid-value', `"${value}" is not a number of semitones`, piece.from)
    }
    add({ kind: 'directive', name, value })
  }

  /** Reads a directive outside of verbatim sections. */
  const directive = (line: LogicalLine, piece: Piece, read: Directive | null): void => {
    if (!read) warn(line, 'malformed-directive', 'the directive has no name', piece.from)
    else if (!read.applies || state.section.kind === skipped) return
    else if (read.kind === 'structure') structure(line, piece, read)
    else {
      const { name, value, kind } = read
      if (kind === 'unknown') warn(line, 'unknown-directive', `"${name}" is kept as metadata`, piece.from)
      if (kind === 'unknown' && value === '') add({ kind: 'directive', name, value })
      keep(name, value)
    }
  }

  const plain = (line: LogicalLine): void => {
    if (state.section.kind === skipped) return
    if (verbatim.has(state.section.kind)) add({ kind: 'verbatim', text: line.text })
    else if (onlyBlanks.test(line.text)) add({ kind: 'blank' })
    else if (/^gri(?:d|lle)$/.test(state.section.kind))
      add({ kind: 'grid', cells: readGrid(line, contextOf(line)) })
    else add({ kind: 'lyrics', segments: readSegments(line.text, 0, contextOf(line)) })
  }

  /** Reads a line; false where the song ends in it. */
  const readLine = (line: LogicalLine): boolean => {
    const pieces = cutLine(line.text)
    let words: Piece[] = []
    const sing = () => {
      const isWhole = words.length === pieces.length
      const joined = isWhole ? line : joinPieces(line, words)
      if (isWhole || joined.text !== '') plain(joined)
      words = []
    }
    for (const piece of pieces) {
      const read = piece.kind === 'directive' ? piece.read : null
      const controls = read !== null && isControl(read)
      const isNewSong = controls && read.name === 'new_song' && read.applies
      if (piece.kind === 'text' || (!controls && verbatim.has(state.section.kind))) {
        words.push(piece)
      } else {
        if (read && parts(read)) sing()
        if (isNewSong && state.started) {
          warn(line, 'more-songs', 'another song starts here; this one ends', piece.from)
          return false
        }
        if (!piece.closed && (controls || state.section.kind !== skipped))
          warn(line, 'unclosed-directive', 'the directive is not closed', piece.from)
        if (!controls) directive(line, piece, read)
        else if (read.name !== 'new_song') control(line, piece.from, read)
      }
      state.started ||= !isNewSong && !onlyBlanks.test(piece.text)
    }
    sing()
    return true
  }

  for (const line of logicalLines(text)) {
    if (!line.text.startsWith('#') && !readLine(line)) break
  }
  state.opened?.()
  enter({ kind: 'plain', lines: [] })

  const manner = readManner(placements.flatMap(({ chord, played }) => (played ? [chord.written] : [])))
  const understood = new Set<Warning>()
  for (const { chord, semitones, warning } of placements) {
    Object.assign(chord, placeChord(chord.written, manner.read(chord.written), manner.german, semitones))
    if (warning && chord.name !== null) understood.add(warning)
  }
  return { metadata, sections, warnings: warnings.filter((warning) => !understood.has(warning)) }
}
