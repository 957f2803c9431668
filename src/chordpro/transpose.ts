import { dissectNamed, spellNote } from './chord.ts'
import { chordsOf } from './extract.ts'
import { isGermanSong, isLowerSong, type Key, keyOfSong, moveKey, readKey } from './key.ts'
import { type Dialect, type Move, moveBetween, moveChord, moveNote, nameNote } from './respell.ts'
import type { Chord, ChordProSong, Line, Segment } from './types.ts'
import { readCapo } from './values.ts'

function mapSegments(segments: Segment[], change: (chord: Chord) => Chord): Segment[] {
  return segments.map((segment) => ({
    ...segment,
    ...(segment.chord && { chord: change(segment.chord) }),
    ...(segment.recalled && { recalled: change(segment.recalled) }),
  }))
}

function mapLine(line: Line, change: (chord: Chord) => Chord): Line {
  if (line.kind === 'lyrics' || line.kind === 'comment') {
    return { ...line, segments: mapSegments(line.segments, change) }
  }
  if (line.kind !== 'grid') return line
  const cells = line.cells.map((cell) => {
    const chord = cell.chord && change(cell.chord)
    return chord ? { text: chord.written, chord } : cell
  })
  return { ...line, cells }
}

/** The song with each of its chords changed. */
export function mapChords(song: ChordProSong, change: (chord: Chord) => Chord): ChordProSong {
  const sections = song.sections.map((section) => ({
    ...section,
    lines: section.lines.map((line) => mapLine(line, change)),
  }))
  return { ...song, sections }
}

/** How the song names notes once it is moved: an H is one only where a B natural is left. */
function dialectOf(chords: Chord[], german: boolean, move: Move): Dialect {
  const spellings = new Map(chords.map((chord) => [chord.written, chord]))
  const parts = [...spellings.values()].flatMap((chord) => dissectNamed(chord) ?? [])
  const becomesH = (note: string | null, naming: string) =>
    note !== null && naming !== 'sung' && /^B#?$/.test(moveNote(spellNote(note, german), move))
  return {
    german,
    germanNames: parts.some(({ naming, bassNaming }) => naming === 'german' || bassNaming === 'german'),
    h:
      german &&
      parts.some((part) => becomesH(part.root, part.naming) || becomesH(part.bass, part.bassNaming)),
  }
}

const severalKeys = /[,|→>/]/
const oneKey = /[^,|→>/]+/g

function moveSong(song: ChordProSong, move: Move): ChordProSong {
  if (move.semitones === 0 && move.steps === 0) return song
  const german = isGermanSong(song)
  const chords = song.sections
    .flatMap(({ lines }) => lines)
    .flatMap(chordsOf)
    .filter((chord) => chord !== undefined)
  const dialect = dialectOf(chords, german, move)
  // Each spelling once: reading a chord is what costs.
  const known = new Map<string, Chord>()
  const change = (chord: Chord): Chord => {
    const name = `${chord.transposed ?? 0} ${chord.written}`
    const result = known.get(name) ?? moveChord(chord, german, move, dialect)
    known.set(name, result)
    return { ...result }
  }
  const metadata = new Map(song.metadata)
  const lower = isLowerSong(song)
  const moveKeys = (part: string) => {
    const key = readKey(part, german, lower)
    if (!key) return part
    const note = nameNote(moveNote(key.tonic, move), key.naming, dialect)
    const [blanks = ''] = /^[ \t]*/.exec(part) ?? []
    return blanks + (key.lower ? note[0]!.toLowerCase() + note.slice(1) : note) + key.suffix
  }
  // `{key: G, A}` names two of them.
  const keys = metadata.get('key')?.map((value) => value.replace(oneKey, moveKeys))
  if (keys) metadata.set('key', keys)
  return { ...mapChords(song, change), metadata }
}

/**
 * Transposes a song by semitones: every chord, also in comments and grids, and its `{key}`. Notes are spelled as the new key spells them (C
 * to Eb takes E to G and F# to A, never G# and A#) and named as the song names them: letters, `Cis` and `H`, or `Do`. Transposing back
 * gives the same chords.
 *
 * The key is the song's `{key}`, or else its first chord. Chords without a root (`N.C.`, Nashville) and diagrams (`{define}`) stay.
 *
 * @param song - From `parseChordPro`.
 * @param semitones - A whole number; 12 is an octave and changes nothing.
 * @throws `RangeError` when `semitones` is not a whole number.
 * @example
 * ```ts
 * renderChordPro(transpose(parseChordPro('{key: C}\n[C]Ay, [F#°]ay, [G7]ay'), 3)) // '{key: Eb}\n[Eb]Ay, [A°]ay, [Bb7]ay'
 * ```
 */
export function transpose(song: ChordProSong, semitones: number): ChordProSong {
  if (!Number.isSafeInteger(semitones))
    throw new RangeError('unable to transpose; semitones are whole numbers')
  if (semitones % 12 === 0) return song
  const key = keyOfSong(song, isGermanSong(song))
  return key ? moveSong(song, moveBetween(key, moveKey(key, semitones))) : song
}

/**
 * Transposes a song to a key, spelled as you write it: `Gb` or `F#`. The mode stays: for a song in A minor, `D` and `Dm` are the same.
 *
 * @param song - From `parseChordPro`.
 * @param key - A letter (`Eb`), German (`Es`, `H`) or solfège (`Mib`) name. Write the German B as `Bb`.
 * @throws `RangeError` when `key` is not a key.
 * @example
 * ```ts
 * transposeTo(parseChordPro('{key: Am}\n[Am]una [E7]pena'), 'Bm') // [Bm]una [F#7]pena
 * ```
 */
export function transposeTo(song: ChordProSong, key: string): ChordProSong {
  const target = readKey(key, false)
  if (!target || severalKeys.test(key)) throw new RangeError(`unable to transpose; "${key}" is not a key`)
  const from = keyOfSong(song, isGermanSong(song))
  return from ? moveSong(song, moveBetween(from, { ...target, minor: from.minor }, true)) : song
}

/** Whether `{key}` says what is heard, though the chords are written for a capo: the last chord is the tonic of one. */
function namesSoundingKey(song: ChordProSong, key: Key, capo: number): boolean {
  const last = song.sections
    .flatMap(({ lines }) => lines)
    .flatMap(chordsOf)
    .filter((chord) => chord?.name != null)
    .at(-1)
  return last?.root === keyRoot(moveKey(key, -capo))
}

const keyRoot = (key: Key) => moveKey({ ...key, minor: false }, 0).tonic.replace('Db', 'C#')

/**
 * Rewrites a song for a capo at another fret. The chords become the shapes to play there, `{capo}` follows, and the song sounds as before. A
 * `{key}` that names the shapes moves with them; one that names the sounding key stays.
 *
 * @param song - From `parseChordPro`.
 * @param fret - 0 (no capo) to 24.
 * @throws `RangeError` for any other fret.
 * @example
 * ```ts
 * moveCapo(parseChordPro('{key: Bb}\n[Bb]una [F7]voz'), 3) // {key: G}, {capo: 3}, [G]una [D7]voz
 * ```
 */
export function moveCapo(song: ChordProSong, fret: number): ChordProSong {
  if (!Number.isInteger(fret) || fret < 0 || fret > 24)
    throw new RangeError('unable to move the capo; a fret is a whole number from 0 to 24')
  const before = readCapo(song.metadata.get('capo')?.[0] ?? '') ?? 0
  const named = song.metadata.get('key')
  const key = named?.[0] === undefined ? undefined : readKey(named[0], isGermanSong(song), isLowerSong(song))
  const moved = transpose(song, before - fret)
  const metadata = new Map(moved.metadata)
  if (named && key && before > 0 && namesSoundingKey(song, key, before)) metadata.set('key', named)
  if (fret > 0) metadata.set('capo', [String(fret)])
  else metadata.delete('capo')
  return { ...moved, metadata }
}
