import { trimBlanks } from './blanks.ts'
import { readQuality } from './chord-quality.ts'
import type { Chord } from './types.ts'

/**
 * A chord understood but not yet placed: B may still turn out to be the German B (B flat), and a transposition may
 * apply. Notes are a letter and an accidental; H is the German letter, S the Si of solfège, both B natural.
 */
export type ChordReading = { root: string; quality: string; bass: string | null }

/** How a note is named: by its letter, the German way (`Cis`, `Es`), or sung (`Do`). */
export type Naming = 'letter' | 'german' | 'sung'

/** A reading with what was written: enough to write the same chord on another root. */
export type DissectedChord = ChordReading & {
  naming: Naming
  bassNaming: Naming
  /** The part between root and bass, as written. */
  suffix: string
  /** A mark after the chord that does not change it: `*`, `x4`, `(bis)`. */
  mark: string
  inParentheses: boolean
  /** The root is written in lower case, which makes a chord minor in some songs. */
  lower: boolean
}

const accidentals: readonly (readonly [RegExp, string])[] = [
  [/♯/g, '#'],
  [/♭/g, 'b'],
  [/♮/g, ''],
]
const symbols: readonly (readonly [RegExp, string])[] = [
  [/[°º˚]/g, 'dim'],
  [/[øØ]/g, 'hdim'],
  [/[Δ∆△]/g, 'maj7'],
  [/[−–]/g, '-'],
]
const replaceAll = (text: string, pairs: typeof symbols) =>
  pairs.reduce((rest, [pattern, replacement]) => rest.replace(pattern, replacement), text)
const spaces = /[ \t\v\f\u00a0]/g
const letter = /^(?!Do)([A-H])([#b]?)(.*)$/s
const german = /^(?:([A-H])(is|es)|([EA])s)(.*)$/s
const solfege = /^(D[oOóÓ]|U[tT]|R[eEéÉ]|M[iIíÍ]|F[aAáÁ]|S[oOóÓ][lL]|L[aAáÁ]|[ST][iIíÍ])([#b]?)(?!o)(.*)$/s
const syllables: Record<string, string> = { D: 'C', U: 'C', R: 'D', M: 'E', F: 'F', L: 'A', T: 'S' }
const longest = 24
/** A remark behind a chord: `Fm7 x 4`, `D*`, `G (bis)`; strokes for beats, `C / / /`. */
const remark = /(?:[*'’"!?.,;…†‡~|%_/¹²³⁴]|-{2,}|[x×][0-9]{1,2}|[0-9][x×]|\([^()]*\))+$/

type SplitNote = { note: string; rest: string; naming: Naming }

function splitNote(text: string): SplitNote[] {
  const found: SplitNote[] = []
  const plain = letter.exec(text)
  if (plain) found.push({ note: plain[1]! + plain[2]!, rest: plain[3]!, naming: 'letter' })
  const named = german.exec(text)
  if (named) {
    const note = named[1] ? named[1] + (named[2] === 'is' ? '#' : 'b') : `${named[3]}b`
    found.push({ note, rest: named[4]!, naming: 'german' })
  }
  const sung = solfege.exec(text)
  if (sung) {
    const syllable = sung[1]!
    const note = syllable[0] === 'S' ? (syllable.length === 3 ? 'G' : 'S') : syllables[syllable[0]!]!
    found.push({ note: note + sung[2]!, rest: sung[3]!, naming: 'sung' })
  }
  return found
}

function readBass(text: string): SplitNote | undefined {
  const upper = /^[a-h][#b]?$/.test(text) ? text[0]!.toUpperCase() + text.slice(1) : text
  return splitNote(upper).find(({ rest }) => rest === '')
}

function dissectBare(bare: string, mark: string): DissectedChord | null {
  const inside = bare.replace(/^\((.*)\)$/s, '$1')
  if (inside === '' || inside.length > longest) return null
  const text = replaceAll(inside, accidentals)
  const slash = text.lastIndexOf('/')
  const bass = slash > 0 ? readBass(text.slice(slash + 1)) : undefined
  for (const { note, rest, naming } of splitNote(bass ? text.slice(0, slash) : text)) {
    const quality = readQuality(replaceAll(rest, symbols))
    if (quality === null) continue
    return {
      root: note,
      quality,
      bass: bass?.note ?? null,
      naming,
      bassNaming: bass?.naming ?? naming,
      suffix: rest,
      mark,
      inParentheses: inside !== bare,
      lower: false,
    }
  }
  return null
}

/** Takes a chord's text apart; null when it is not a chord with a known root. */
export function dissectChord(written: string): DissectedChord | null {
  const whole = written.replace(spaces, '').replace(/\u0301/g, '')
  if (Array.from(whole).length > 2 * longest) return null
  const chord = dissectBare(whole, '')
  const mark = chord ? '' : (remark.exec(whole)?.[0] ?? '')
  const bare = whole.slice(0, whole.length - mark.length)
  // `C / G /` is two chords.
  return mark === '' || (mark.includes('/') && bare.includes('/')) ? chord : dissectBare(bare, mark)
}

/** Takes apart a minor chord whose root is written in lower case: `a`, `fis7`, `h/d`. */
export function dissectMinor(written: string): DissectedChord | null {
  if (!/^[a-h]/.test(written)) return null
  const chord = dissectChord(written[0]!.toUpperCase() + written.slice(1))
  if (!chord || chord.naming === 'sung' || !/^(?:|6|7|9|11|7b5|add9)$/.test(chord.quality)) return null
  return { ...chord, quality: `m${chord.quality}`, lower: true }
}

/** What a chord of a song stands for, as far as the song makes it one. */
export function dissectNamed({ written, name }: Chord): DissectedChord | null {
  return name === null ? null : (dissectChord(written) ?? dissectMinor(written))
}

/** Understands a chord's text; null when it is not a chord with a known root. */
export function readChord(written: string): ChordReading | null {
  const chord = dissectChord(written)
  return chord && { root: chord.root, quality: chord.quality, bass: chord.bass }
}

/** Whether a reading proves that its song writes notes the German way. */
export function isGerman({ root, bass }: ChordReading): boolean {
  return root.startsWith('H') || (bass?.startsWith('H') ?? false)
}

const blankSeparators = /(?:[-–—=]*>|[,;|→~ \t\v\f\u00a0])+/
const separators = /[-–—,;|>→~ \t\v\f\u00a0]+/
const longestList = 60

/** The chords of one pair of brackets: `G-A`, `Dsus - D - Asus`; the text as it is where it is one chord or none. */
export function splitChords(written: string): string[] {
  if (written.length > longestList || !separators.test(written) || readChord(written)) return [written]
  for (const separator of [blankSeparators, separators]) {
    const parts = written.split(separator).filter((part) => !/^[-–—/%.]*$/.test(part))
    if (parts.length > 1 && parts.every((part) => readChord(part))) return parts
  }
  return [written]
}

/** `[N.C.]`: no chord is played. */
export function isNoChord(written: string): boolean {
  return /^[Nn]\.?[Cc]\.?$/.test(written.replace(spaces, ''))
}

/** Semitones of the letters over C. */
export const naturals: Record<string, number> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 }
const canonical = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'] as const

/** A note as English musicians spell it, its accidental kept. */
export function spellNote(note: string, germanSong: boolean): string {
  if (note === 'B' && germanSong) return 'Bb'
  return note.replace(/^[HS]/, 'B')
}

/** Semitones over C, 0 to 11, of a note as English musicians spell it. */
export function pitchOf(spelled: string): number {
  const accidental = spelled.endsWith('#') ? 1 : spelled.length === 2 ? -1 : 0
  return (naturals[spelled[0]!]! + accidental + 12) % 12
}

function placeNote(note: string, germanSong: boolean, semitones: number): string {
  return canonical[(((pitchOf(spellNote(note, germanSong)) + semitones) % 12) + 12) % 12]!
}

/** The canonical chord that a reading stands for. */
export function placeChord(
  written: string,
  reading: ChordReading | null,
  germanSong: boolean,
  semitones: number,
): Chord {
  if (!reading) return { written, name: null, root: null, quality: '', bass: null }
  const root = placeNote(reading.root, germanSong, semitones)
  const under = reading.bass === null ? root : placeNote(reading.bass, germanSong, semitones)
  const bass = under === root ? null : under
  const { quality } = reading
  const alteration = quality.startsWith('b') || quality.startsWith('#')
  const name = root + (alteration ? `(${quality})` : quality) + (bass === null ? '' : `/${bass}`)
  return { written, name, root, quality, bass, ...(semitones % 12 !== 0 && { transposed: semitones }) }
}

/**
 * Reads one chord into its canonical form. Enharmonics are equal (`Db` is `C#`), and spellings of a quality are one (`C-7`, `Cmin7`,
 * `Cm7`). English, German (`H`, `Bes`, `Cis`) and solfège (`Sol`, `Do#m`) names are understood. Remarks behind a chord are left out (`D*`,
 * `Fm7 x 4`). It never throws: Nashville numbers, roman numerals and `N.C.` have a `name` and `root` of null.
 *
 * `Do` is always the solfège C; write `D°` or `Ddim` for a diminished D. Lower-case roots are not chords here. `parseChordPro` reads them as
 * minor chords in a song that writes all its minor chords so.
 *
 * @param text - One chord without its brackets.
 * @param options - `german`: B means B flat, as in songs that also use H. `parseChordPro` detects this.
 * @example
 * ```ts
 * parseChord('Dbmin7/A♭') // { written: 'Dbmin7/A♭', name: 'C#m7/Ab', root: 'C#', quality: 'm7', bass: 'Ab' }
 * ```
 */
export function parseChord(
  text: string,
  options: {
    /** B means B flat. */
    german?: boolean | undefined
  } = {},
): Chord {
  const written = trimBlanks(text)
  return placeChord(written, readChord(written), options.german ?? false, 0)
}
