import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pitchOf } from '../src/chordpro/chord.ts'
import { parseChord } from '../src/chordpro/index.ts'
import { tonesOf } from '../src/diagrams/tones.ts'

interface Position {
  frets: number[]
  fingers: number[]
  baseFret: number
}
interface Table {
  chords: Record<string, { key: string; suffix: string; positions: Position[] }[]>
}

const most = 3
const words: Record<string, string> = { major: '', minor: 'm', aug7: '7#5', aug9: '9#5' }
const unread = new Set(['7sg', 'alt'])
const require = createRequire(import.meta.url)

/** Frets from the nut; -1 is a string that is not played. */
const absolute = ({ frets, baseFret }: Position) =>
  frets.map((fret) => (fret > 0 ? fret + baseFret - 1 : fret))

function sounds(frets: readonly number[], tuning: readonly number[]): number[] {
  return frets.flatMap((fret, string) => (fret < 0 ? [] : [tuning[string]! + fret]))
}

/** Whether a shape plays its chord: no note that is not of it, and the ones that name it. */
function plays(frets: readonly number[], tuning: readonly number[], name: string): boolean {
  const chord = parseChord(name)
  const root = pitchOf(chord.root!)
  const heard = sounds(frets, tuning)
  const steps = new Set(heard.map((pitch) => (((pitch - root) % 12) + 12) % 12))
  const tones = tonesOf(chord.quality).map((tone) => tone % 12)
  const bass = chord.bass === null ? undefined : (pitchOf(chord.bass) - root + 12) % 12
  const lowest = Math.min(...heard)
  const third = tones.find((tone) => tone === 3 || tone === 4)
  return (
    [...steps].every((step) => tones.includes(step) || step === bass) &&
    steps.has(0) &&
    (third === undefined || steps.has(third)) &&
    tones.filter((tone) => tone !== 7 && !steps.has(tone)).length <=
      Math.max(0, tones.length - tuning.length + 1) &&
    (bass === undefined || tuning.length < 6 || (((lowest - root) % 12) + 12) % 12 === bass)
  )
}

/** The position without the strings under its root, where it still plays the chord. */
function fromRoot(position: Position, tuning: readonly number[], name: string): Position {
  const chord = parseChord(name)
  const lowest = pitchOf(chord.bass ?? chord.root!)
  const start = absolute(position).findIndex(
    (fret, string) => fret >= 0 && (tuning[string]! + fret) % 12 === lowest,
  )
  const muted = (values: number[], mute: number) =>
    values.map((value, string) => (string < start ? mute : value))
  const frets = muted(position.frets, -1)
  const result = { ...position, frets, fingers: muted(position.fingers, 0) }
  const enough = frets.filter((fret) => fret >= 0).length >= 4
  return start > 0 && enough && plays(absolute(result), tuning, name) ? result : position
}

function liesOnRoot(position: Position, tuning: readonly number[], name: string): boolean {
  const chord = parseChord(name)
  const lowest = Math.min(...sounds(absolute(position), tuning))
  return lowest % 12 === pitchOf(chord.bass ?? chord.root!)
}

const digit = (fret: number) => (fret < 0 ? 'x' : fret.toString(36))

function encode({ fingers, ...position }: Position): string {
  const frets = absolute({ fingers, ...position })
    .map(digit)
    .join('')
  const used = fingers.map((finger) => finger.toString()).join('')
  return /[1-9]/.test(used) ? `${frets}.${used}` : frets
}

const noticeOf = (licence: string) => /Copyright.*/.exec(licence)?.[0] ?? ''

/** The table of an instrument's shapes as a module: by chord name, the usual shape first. */
export function shapesFile(instrument: 'guitar' | 'ukulele', tuning: readonly number[]): string {
  const table = require(`@tombatossals/chords-db/lib/${instrument}.json`) as Table
  const licence = readFileSync(require.resolve('@tombatossals/chords-db/LICENSE'), 'utf8')
  const lines = new Map<string, string>()
  for (const { key, suffix, positions } of Object.values(table.chords).flat()) {
    const { name } = unread.has(suffix) ? { name: null } : parseChord(key + (words[suffix] ?? suffix))
    if (name === null || lines.has(name)) continue
    const right = positions
      .filter((position) => plays(absolute(position), tuning, name))
      .map((position) => (instrument === 'guitar' ? fromRoot(position, tuning, name) : position))
      .sort((a, b) =>
        instrument === 'guitar'
          ? Number(liesOnRoot(b, tuning, name)) - Number(liesOnRoot(a, tuning, name))
          : 0,
      )
      .slice(0, most)
    if (right.length > 0) lines.set(name, right.map(encode).join(' '))
  }
  const rows = [...lines].map(([name, shapes]) => `${name} ${shapes}`)
  return `// Made by \`npm run generate\` from @tombatossals/chords-db (MIT; ${noticeOf(licence)}).
// A line a chord: its name, then shapes. A shape is a fret a string (x is not played, a is 10), then the fingers.

export const ${instrument}Shapes = \`
${rows.join('\n')}
\`
`
}
