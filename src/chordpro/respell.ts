import {
  dissectChord,
  dissectMinor,
  dissectNamed,
  type Naming,
  naturals,
  pitchOf,
  placeChord,
  spellNote,
} from './chord.ts'
import type { Key } from './key.ts'
import type { Chord } from './types.ts'

const letters = 'CDEFGAB'

/** The way from one key to another. */
export interface Move {
  /** How many semitones the key moves up, 0 to 11. */
  semitones: number
  /** Letters up, 0 to 6: what keeps the notes' parts in the key, so that its F# stays a leading note. */
  steps: number
  /** Sharps of the key moved from; below zero its flats. */
  from: number
  /** Whether the key moved to is written with flats. */
  flat: boolean
  /** Names that only the new key uses: its E#, B#, Cb, Fb. */
  own: readonly string[]
}

/** Places of the letters in the circle of fifths; a sharp is seven places on. */
const fifths = 'FCGDAEB'

/** Sharps of a key's signature; below zero its flats. */
function signature({ tonic, minor }: Key): number {
  const accidental = tonic.endsWith('#') ? 7 : tonic.length === 2 ? -7 : 0
  return fifths.indexOf(tonic[0]!) - 1 + accidental - (minor ? 3 : 0)
}

const rare: readonly (readonly [string, (signature: number) => boolean])[] = [
  ['E#', (sharps) => sharps >= 6],
  ['B#', (sharps) => sharps >= 7],
  ['Cb', (sharps) => sharps <= -6],
  ['Fb', (sharps) => sharps <= -7],
]

/** `named` says that the key moved to is a writer's word, whose scale is then spelled in full. */
export function moveBetween(from: Key, to: Key, named = false): Move {
  const sharps = signature(to)
  return {
    semitones: (pitchOf(to.tonic) - pitchOf(from.tonic) + 12) % 12,
    steps: (letters.indexOf(to.tonic[0]!) - letters.indexOf(from.tonic[0]!) + 7) % 7,
    from: signature(from),
    flat: sharps < 0,
    own: rare.flatMap(([note, isInScale]) => (named && isInScale(sharps) ? [note] : [])),
  }
}

/** A note by another name where two accidentals would be needed. */
const simple = {
  sharp: ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'],
  flat: ['C', 'Db', 'D', 'Eb', 'E', 'F', 'Gb', 'G', 'Ab', 'A', 'Bb', 'B'],
}

/** Moves a note as English musicians spell it. */
export function moveNote(spelled: string, { semitones, steps, flat, own }: Move): string {
  const pitch = (pitchOf(spelled) + semitones) % 12
  const letter = letters[(letters.indexOf(spelled[0]!) + steps) % 7]!
  const accidental = ((pitch - naturals[letter]! + 18) % 12) - 6
  const note = letter + (accidental === 1 ? '#' : accidental === -1 ? 'b' : '')
  const isUsual = Math.abs(accidental) < 2 && (!/^(?:[EB]#|[CF]b)$/.test(note) || own.includes(note))
  return isUsual ? note : simple[flat ? 'flat' : 'sharp'][pitch]!
}

/** A note of a chord by the name that its key has for it, where people print a simpler one: B in Db is Cb. */
function meantNote(spelled: string, quality: string, { from }: Move): string {
  const isLeading = /^(?:dim|m7b5)/.test(quality)
  if (spelled === 'B' && from <= -3 && !isLeading) return 'Cb'
  if (spelled === 'E' && from <= -4 && !isLeading) return 'Fb'
  if (spelled === 'F' && (from >= 6 || (from >= 1 && isLeading))) return 'E#'
  if (spelled === 'C' && (from >= 7 || (from >= 2 && isLeading))) return 'B#'
  return spelled
}

/** How a song names its notes. */
export interface Dialect {
  /** Natural notes take part in it: where one chord is called Cis, C moves to Cis. */
  germanNames: boolean
  /** B natural is H. */
  h: boolean
  /** The song was German before it was moved, whether or not an H is left. */
  german: boolean
}

const sung: Record<string, string> = { C: 'Do', D: 'Re', E: 'Mi', F: 'Fa', G: 'Sol', A: 'La', B: 'Si' }

/** Writes a note as its song names notes. A B flat is B only in a song that has an H. */
export function nameNote(spelled: string, naming: Naming, { germanNames, h, german }: Dialect): string {
  const accidental = spelled.slice(1)
  if (naming === 'sung') return sung[spelled[0]!]! + accidental
  if (german && spelled === 'Bb') return h ? 'B' : 'Bb'
  const letter = h && spelled[0] === 'B' ? 'H' : spelled[0]!
  if (naming !== 'german' && !germanNames) return letter + accidental
  if (accidental === 'b') return 'EA'.includes(letter) ? `${letter}s` : `${letter}es`
  return letter + (accidental === '#' ? 'is' : '')
}

/** A chord of a song, moved and written the way the song writes its chords. */
export function moveChord(chord: Chord, german: boolean, move: Move, dialect: Dialect): Chord {
  const parts = dissectNamed(chord)
  if (!parts) return chord
  const moved = (note: string, quality: string) =>
    moveNote(meantNote(spellNote(note, german), quality, move), move)
  const root = moved(parts.root, parts.quality)
  const bass = parts.bass === null ? null : moved(parts.bass, '')
  const result = placeChord('', { root, quality: parts.quality, bass }, false, chord.transposed ?? 0)

  const compose = (suffix: string, naming: Naming, bassNaming: Naming) => {
    const under = bass === null ? '' : `/${nameNote(bass, bassNaming, dialect)}`
    const note = nameNote(root, naming, dialect)
    const whole = (parts.lower ? note[0]!.toLowerCase() + note.slice(1) : note) + suffix + under
    return (parts.inParentheses ? `(${whole})` : whole) + parts.mark
  }
  // The suffix as it was, unless it would be misread after the new root: Co up a tone is no Do.
  const written = [
    compose(parts.suffix, parts.naming, parts.bassNaming),
    compose(parts.quality, parts.naming, parts.bassNaming),
    compose(/^[b#]/.test(parts.quality) ? `(${parts.quality})` : parts.quality, 'letter', 'letter'),
  ].find((text) => {
    const reading = parts.lower ? dissectMinor(text) : dissectChord(text)
    return reading && placeChord('', reading, dialect.h, chord.transposed ?? 0).name === result.name
  })
  return { ...result, written: written ?? result.name ?? chord.written }
}
