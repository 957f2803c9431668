import { dissectChord, type Naming, naturals, pitchOf, placeChord, readChord, spellNote } from './chord.ts'
import type { Key } from './key.ts'
import type { Chord } from './types.ts'

const letters = 'CDEFGAB'

/** The way from one key to another. */
export interface Move {
  /** 0 to 11. */
  semitones: number
  /** Letters up, 0 to 6: what keeps the notes' parts in the key, so that its F# stays a leading note. */
  steps: number
  /** Whether the key moved to is written with flats. */
  flat: boolean
}

/** The key signatures with flats. */
const flatKeys = new Set('F Bb Eb Ab Db Gb Cb Dm Gm Cm Fm Bbm Ebm Abm'.split(' '))

export function moveBetween(from: Key, to: Key): Move {
  return {
    semitones: (pitchOf(to.tonic) - pitchOf(from.tonic) + 12) % 12,
    steps: (letters.indexOf(to.tonic[0]!) - letters.indexOf(from.tonic[0]!) + 7) % 7,
    flat: flatKeys.has(to.tonic + (to.minor ? 'm' : '')),
  }
}

/** A note by another name where two accidentals would be needed. */
const simple = {
  sharp: ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'],
  flat: ['C', 'Db', 'D', 'Eb', 'E', 'F', 'Gb', 'G', 'Ab', 'A', 'Bb', 'B'],
}

/** Moves a note as English musicians spell it. */
export function moveNote(spelled: string, { semitones, steps, flat }: Move): string {
  const pitch = (pitchOf(spelled) + semitones) % 12
  const letter = letters[(letters.indexOf(spelled[0]!) + steps) % 7]!
  const accidental = ((pitch - naturals[letter]! + 18) % 12) - 6
  if (Math.abs(accidental) > 1) return simple[flat ? 'flat' : 'sharp'][pitch]!
  return letter + (accidental === 1 ? '#' : accidental === -1 ? 'b' : '')
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

/** Writes a note as its song names notes. A B flat is B only where an H tells that it is one. */
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
  const parts = chord.name === null ? null : dissectChord(chord.written)
  if (!parts) return chord
  const root = moveNote(spellNote(parts.root, german), move)
  const bass = parts.bass === null ? null : moveNote(spellNote(parts.bass, german), move)
  const moved = placeChord('', { root, quality: parts.quality, bass }, false, chord.transposed ?? 0)

  const compose = (suffix: string, naming: Naming, bassNaming: Naming) => {
    const under = bass === null ? '' : `/${nameNote(bass, bassNaming, dialect)}`
    const whole = nameNote(root, naming, dialect) + suffix + under
    return parts.inParentheses ? `(${whole})` : whole
  }
  // The suffix as it was, unless it would be misread after the new root: Co up a tone is no Do.
  const written = [
    compose(parts.suffix, parts.naming, parts.bassNaming),
    compose(parts.quality, parts.naming, parts.bassNaming),
    compose(/^[b#]/.test(parts.quality) ? `(${parts.quality})` : parts.quality, 'letter', 'letter'),
  ].find((text) => {
    const reading = readChord(text)
    return reading && placeChord('', reading, dialect.h, chord.transposed ?? 0).name === moved.name
  })
  return { ...moved, written: written ?? moved.name ?? chord.written }
}
