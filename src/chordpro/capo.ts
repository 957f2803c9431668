import { extractChords } from './extract.ts'
import { moveCapo } from './transpose.ts'
import type { ChordProSong } from './types.ts'

/** A fret for the capo, and what is played there. */
export interface CapoSuggestion {
  /** For `moveCapo`; 0 is none. */
  fret: number
  /** The shapes to play, canonical, in the order of their first use. */
  chords: string[]
  /** Share of the song's chords that are easy there, 0 to 1. */
  ease: number
}

/** The chords that beginners play on a guitar without a barre. */
const openChords = new Set(
  (
    'C D E G A Am Dm Em A7 B7 C7 D7 E7 G7 Am7 Dm7 Em7 Amaj7 Cmaj7 Dmaj7 Emaj7 Fmaj7 Gmaj7 Cadd9 Asus2 Asus4 Dsus2 Dsus4 Esus4 ' +
    'A7sus4 D7sus4 E7sus4 Em6 Am6 G6 A6 D6 E6'
  ).split(' '),
)

const plain = (name: string) => name.replace(/\/.*$/, '')

/**
 * Returns every fret for a capo, the easiest first and then the lowest. A chord is easy when a guitarist plays it without a barre (C A G E D
 * and their relatives), or when it is one of `known`. Each chord counts as often as it is played. A bass note (`C/G`) changes nothing.
 *
 * @param song - From `parseChordPro`.
 * @param options - `known` are the chords that the player knows, canonical as `parseChord` names them; use it for other instruments. `highest`
 * is the highest fret to try, 0 to 11, by default 7.
 * @throws `RangeError` for any other `highest`.
 * @example
 * ```ts
 * const [best] = suggestCapo(parseChordPro('{key: Bb}\n[Bb]una [Eb]voz [F7]más')) // { fret: 1, chords: ['A', 'D', 'E7'], ease: 1 }
 * ```
 */
export function suggestCapo(
  song: ChordProSong,
  options: {
    /** The chords that the player knows. */
    known?: readonly string[] | undefined
    /** The highest fret to try. */
    highest?: number | undefined
  } = {},
): CapoSuggestion[] {
  const { known, highest = 7 } = options
  if (!Number.isInteger(highest) || highest < 0 || highest > 11)
    throw new RangeError('unable to suggest a capo; the highest fret is a whole number from 0 to 11')
  const easy = known ? new Set(known.map(plain)) : openChords
  const suggestions = Array.from({ length: highest + 1 }, (_, fret): CapoSuggestion => {
    const uses = extractChords(moveCapo(song, fret))
    const all = uses.reduce((sum, { positions }) => sum + positions.length, 0)
    const easyUses = uses.filter(({ name }) => easy.has(plain(name)))
    const share = easyUses.reduce((sum, { positions }) => sum + positions.length, 0) / (all || 1)
    return { fret, chords: uses.map(({ name }) => name), ease: all === 0 ? 1 : Math.round(share * 100) / 100 }
  })
  return suggestions.sort((a, b) => b.ease - a.ease || a.fret - b.fret)
}
