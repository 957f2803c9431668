import { pitchOf } from './chord.ts'
import { isGermanSong, keyOfSong, readKey } from './key.ts'
import { mapChords } from './transpose.ts'
import type { Chord, ChordProSong } from './types.ts'

/** How chords are written as steps of a key. */
export type NumberStyle = 'nashville' | 'roman'

/** Semitones over the tonic, and the step with its accidental. */
const steps = ['1', 'b2', '2', 'b3', '3', '4', '#4', '5', 'b6', '6', 'b7', '7']
const romans = ['', 'I', 'II', 'III', 'IV', 'V', 'VI', 'VII']

const stepOf = (note: string, tonic: number) => steps[(pitchOf(note) - tonic + 12) % 12]!

function nashville(step: string, quality: string): string {
  return (
    step +
    quality
      .replace(/^m(?!aj)7b5/, 'ø')
      .replace(/^m(?!aj)/, '-')
      .replace(/^dim/, '°')
      .replace(/^aug/, '+')
  )
}

function roman(step: string, quality: string): string {
  const numeral = step.replace(/[1-7]/, (digit) => romans[Number(digit)]!)
  const low = numeral.replace(/[IV]+/, (letters) => letters.toLowerCase())
  if (quality.startsWith('m7b5')) return `${low}ø7${quality.slice(4)}`
  if (/^m(?!aj)/.test(quality)) return low + quality.slice(1)
  if (quality.startsWith('dim')) return `${low}°${quality.slice(3)}`
  if (quality.startsWith('aug')) return `${numeral}+${quality.slice(3)}`
  return numeral + quality
}

/**
 * Writes the chords of a song as steps of its key. Nashville numbers count in the major key (`1 4 5 6-`); a minor song counts in its relative
 * major, so A minor is `6-` of C. Roman numerals count from the tonic, in lower case for minor chords (`I IV V7 vi`); a step outside the
 * major scale has an accidental in both modes, so C in A minor is `bIII`. A bass is a step behind a slash: `1/3`. A chord without a root
 * stays as written. The chords of the result have no name, so transposing leaves them alone.
 *
 * @param song - From `parseChordPro`.
 * @param style - `nashville` or `roman`.
 * @param options - `key` is the key to count in; by default the song's own, else its first chord's.
 * @throws `RangeError` when `key` is not a key.
 * @example
 * ```ts
 * renderText(numberChords(parseChordPro('{key: G}\n[G]una [Em]pena [D7/F#]más'), 'nashville')) // '1   6-   57/7\nuna pena más\n'
 * ```
 */
export function numberChords(
  song: ChordProSong,
  style: NumberStyle,
  options: {
    /** The key to count in. */
    key?: string | undefined
  } = {},
): ChordProSong {
  const key = options.key === undefined ? keyOfSong(song, isGermanSong(song)) : readKey(options.key, false)
  if (options.key !== undefined && !key)
    throw new RangeError(`unable to number chords; "${options.key}" is not a key`)
  if (!key) return song
  const tonic = pitchOf(key.tonic) + (key.minor && style === 'nashville' ? 3 : 0)
  // The key that a song names is the one before its `{transpose}`.
  const moved = (chord: Chord) => (options.key === undefined ? (chord.transposed ?? 0) : 0)
  return mapChords(song, (chord) => numbered(chord, style, (((tonic + moved(chord)) % 12) + 12) % 12))
}

function numbered(chord: Chord, style: NumberStyle, tonic: number): Chord {
  if (chord.root === null) return chord
  const written = (style === 'roman' ? roman : nashville)(stepOf(chord.root, tonic), chord.quality)
  const bass = chord.bass === null ? '' : `/${stepOf(chord.bass, tonic)}`
  return { written: written + bass, name: null, root: null, quality: '', bass: null }
}
