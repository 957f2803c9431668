import { type ChordReading, dissectMinor, isGerman, readChord } from './chord.ts'

const isMinor = (chord: ChordReading | null) => chord !== null && /^m(?!aj)/.test(chord.quality)

/** How a song writes its chords: what each spelling stands for, and whether B means B flat. */
export interface Manner {
  read(written: string): ChordReading | null
  german: boolean
}

/**
 * Reads all chords of a song. A root in lower case is a minor chord where the song writes all of them so: at least twice,
 * with no `Am` and no `am` beside them.
 */
export function readManner(played: readonly string[]): Manner {
  // Each spelling once: reading a chord is what costs.
  const readings = new Map(played.map((written) => [written, null as ChordReading | null]))
  const minors = new Map<string, ChordReading>()
  let others = false
  for (const written of readings.keys()) {
    const reading = readChord(written)
    readings.set(written, reading)
    const minor = reading ? null : dissectMinor(written)
    if (minor) minors.set(written, minor)
    others ||= isMinor(reading ?? (/^[a-h]/.test(written) ? readChord(upper(written)) : null))
  }
  const uses = played.filter((written) => minors.has(written)).length
  const isLower = uses > 1 && !others
  if (isLower) for (const [written, minor] of minors) readings.set(written, minor)
  return {
    read: (written) =>
      readings.get(written) ?? readChord(written) ?? (isLower ? dissectMinor(written) : null),
    german: [...readings.values()].some((reading) => reading !== null && isGerman(reading)),
  }
}

const upper = (written: string) => written[0]!.toUpperCase() + written.slice(1)
