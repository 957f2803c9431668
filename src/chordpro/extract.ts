import { collapseBlanks } from './blanks.ts'
import type { Chord, ChordProSong, Line } from './types.ts'

/** A chord of a song and every place where it is played. */
export interface ChordUse {
  /** Canonical name, as in `Chord.name`. */
  name: string
  root: string
  quality: string
  /** The bass note; null when it is the root. */
  bass: string | null
  /** Where it stands among all chords of the song, from 1. */
  positions: number[]
  /** The words of the line where it is first played, at most 120 characters; empty in a comment or a grid. */
  context: string
}

/**
 * Returns the words of a song alone: no chords, annotations, comments, grids or tabs. Each line is one line, one empty line separates
 * stanzas, and repeated spaces become one. A recalled chorus is not repeated.
 *
 * @param song - From `parseChordPro`.
 * @example
 * ```ts
 * extractLyrics(parseChordPro('[C]Ay, ay, [G7]ay\n\n{c: slowly}\n[C]canta')) // 'Ay, ay, ay\n\ncanta'
 * ```
 */
export function extractLyrics(song: ChordProSong): string {
  const lines = song.sections.flatMap((section) => ['', ...section.lines.flatMap(wordsOf)])
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')
}

function wordsOf(line: Line): string[] {
  if (line.kind === 'blank') return ['']
  if (line.kind !== 'lyrics') return []
  const words = collapseBlanks(line.segments.map((segment) => segment.text).join(''))
  return words === '' ? [] : [words]
}

const contextOf = (line: Line): string =>
  Array.from(wordsOf(line)[0] ?? '')
    .slice(0, 120)
    .join('')

/** The chords over a line, in their order. */
export function chordsOf(line: Line): (Chord | undefined)[] {
  if (line.kind === 'grid') return line.cells.map((cell) => cell.chord)
  if (line.kind === 'lyrics' || line.kind === 'comment') return line.segments.map((segment) => segment.chord)
  return []
}

/**
 * Lists the distinct chords of a song in the order of their first use, with their positions. Chords over lyrics, in comments and in grids
 * count, with `{transpose}` applied. `{define}`, `{chord}`, tabs, recalls (`[^]`, `{chorus}`) and chords without a known root do not count.
 *
 * @param song - From `parseChordPro`.
 * @example
 * ```ts
 * extractChords(parseChordPro('[C]uno [Db]dos [C]tres')).map((use) => use.name) // ['C', 'C#']
 * ```
 */
export function extractChords(song: ChordProSong): ChordUse[] {
  const uses = new Map<string, ChordUse>()
  let position = 0
  for (const line of song.sections.flatMap((section) => section.lines)) {
    // Once a line: a long one may hold every chord of the song.
    let context: string | undefined
    for (const chord of chordsOf(line)) {
      if (!chord || chord.name === null || chord.root === null) continue
      position += 1
      const { name, root, quality, bass } = chord
      const use = uses.get(name)
      if (use) use.positions.push(position)
      else {
        context ??= contextOf(line)
        uses.set(name, { name, root, quality, bass, positions: [position], context })
      }
    }
  }
  return [...uses.values()]
}
