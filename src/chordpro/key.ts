import { lowerAscii, trimBlanks } from './blanks.ts'
import {
  dissectChord,
  dissectMinor,
  dissectNamed,
  isGerman,
  type Naming,
  pitchOf,
  spellNote,
} from './chord.ts'
import { chordsOf } from './extract.ts'
import type { ChordProSong } from './types.ts'

/** The tonic as English musicians spell it, and the mode. */
export interface Key {
  tonic: string
  minor: boolean
}

/** A key with the way in which it was written. */
export interface WrittenKey extends Key {
  naming: Naming
  /** The part after the tonic: `m`, ` minor`, ` mayor` … */
  suffix: string
  /** The tonic is written in lower case: `a`, `fis moll`. */
  lower: boolean
}

const modes = 'major|maj|mayor|maior|majeur|maggiore|dur|minor|min|menor|mineur|minore|moll'
// At most one sign and blank in front: a run of any length would be gone over once for each of its characters.
const sharp = /-?[ \t]?(?:sharp|sostenido|sustenido|diesis|di[eè]se)(?![a-z])/i
const flat = /-?[ \t]?(?:flat|bemol|bemolle|bémol)(?![a-z])/i
const modeInParentheses = new RegExp(`\\((${modes})\\)`, 'i')
const modeAtEnd = new RegExp(`^(.*)[ \\t-](${modes})$`, 's')

/** A tonic in lower case is one where the mode is written, and a minor one where the song writes its minor chords so. */
function readTonic(tonic: string, hasMode: boolean, lower: boolean) {
  const chord = dissectChord(tonic)
  if (chord || !/^[a-z]/.test(tonic)) return chord
  const capital = dissectChord(tonic[0]!.toUpperCase() + tonic.slice(1))
  if (capital && (hasMode || capital.quality === 'm')) return { ...capital, lower: true }
  return lower ? dissectMinor(tonic) : null
}

/**
 * Reads `F#m`, `La menor`, `B moll`, `a-Moll`, `E flat`, `A (3 sharps)`, `[G]`, `G, A`; undefined when that is no key. With `lower` the song
 * writes minor chords in lower case, and `a` is A minor.
 */
export function readKey(written: string, german: boolean, lower = false): WrittenKey | undefined {
  const value = trimBlanks(
    written
      .replace(/[[\]"“”]/g, '')
      .replace(modeInParentheses, ' $1')
      .replace(/\([^()]*\)[ \t]*$/, '')
      .replace(/^[ \t]*key of /i, '')
      .replace(sharp, '#')
      .replace(flat, 'b')
      // Of several the first one counts.
      .replace(/-{0,2}[,|→>/].*$/s, ''),
  )
  const mode = modeAtEnd.exec(lowerAscii(value))
  let end = mode ? mode[1]!.length : value.length
  while (mode && ' \t-'.includes(value[end - 1] ?? 'x')) end -= 1
  const tonic = value.slice(0, end)
  const chord = readTonic(tonic, mode !== null, lower)
  if (!chord || chord.bass !== null || !['', 'm'].includes(chord.quality)) return undefined
  return {
    tonic: spellNote(chord.root, german),
    minor: chord.quality === 'm' || (mode !== null && /^(?:mi|me|mo)/.test(mode[2]!)),
    naming: chord.naming,
    suffix: chord.suffix + value.slice(tonic.length).replace(/^ +/, ' '),
    lower: chord.lower,
  }
}

export function keyName(key: Key | undefined): string | undefined {
  return key && key.tonic + (key.minor ? 'm' : '')
}

/** Whether a song writes notes the German way: an H somewhere makes its B a B flat. */
export function isGermanSong(song: ChordProSong): boolean {
  const chords = song.sections.flatMap(({ lines }) => lines).flatMap(chordsOf)
  const spellings = new Map(chords.flatMap((chord) => (chord ? [[chord.written, chord]] : [])))
  return [...spellings.values()].some((chord) => {
    const reading = dissectNamed(chord)
    return reading !== null && isGerman(reading)
  })
}

/** Whether a song writes its minor chords in lower case. */
export function isLowerSong(song: ChordProSong): boolean {
  const chords = song.sections.flatMap(({ lines }) => lines).flatMap(chordsOf)
  return chords.some((chord) => chord && /^[a-h]/.test(chord.written) && dissectNamed(chord)?.lower)
}

/** The usual spelling of the key on each of the twelve semitones. */
const major = ['C', 'Db', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B']
const minor = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'G#', 'A', 'Bb', 'B']

/** The key so many semitones away, in its usual spelling. */
export function moveKey(key: Key, semitones: number): Key {
  const pitch = (((pitchOf(key.tonic) + semitones) % 12) + 12) % 12
  return { tonic: (key.minor ? minor : major)[pitch]!, minor: key.minor }
}

/** The key that a song names, or its first chord's. */
export function keyOfSong(song: ChordProSong, german: boolean): Key | undefined {
  const named = song.metadata.get('key')?.[0]
  const key = named === undefined ? undefined : readKey(named, german, isLowerSong(song))
  if (key) return key
  for (const chord of song.sections.flatMap(({ lines }) => lines).flatMap(chordsOf)) {
    const reading = chord ? dissectNamed(chord) : null
    if (reading) return { tonic: spellNote(reading.root, german), minor: /^m(?!aj)/.test(reading.quality) }
  }
  return undefined
}
