import type { Chord } from '../chordpro/types.ts'
import { drawFrets } from './frets.ts'
import type { FretShape, Instrument } from './types.ts'

function readShape(written: string): FretShape {
  const [frets = '', fingers] = written.split('.')
  return {
    frets: [...frets].map((fret) => (fret === 'x' ? null : Number.parseInt(fret, 36))),
    ...(fingers !== undefined && { fingers: [...fingers].map(Number) }),
  }
}

/** An instrument with frets: its strings, and its shapes as `npm run generate` writes them. */
export function fretted(name: string, strings: number, table: string): Instrument {
  // Read at the first diagram, so that importing does nothing.
  let lines: Map<string, string[]> | undefined
  const shapesOf = (chord: Chord): FretShape[] => {
    lines ??= new Map(
      table
        .trim()
        .split('\n')
        .map((line) => line.split(' '))
        .map(([chordName = '', ...shapes]) => [chordName, shapes]),
    )
    // A bass that no shape has is left to the bassist.
    const written = lines.get(chord.name ?? '') ?? lines.get((chord.root ?? '') + chord.quality) ?? []
    return written.map(readShape)
  }
  return {
    name,
    draw(chord, { shape = 0, leftHanded = false, title = chord.written }, defined) {
      const own = defined?.shape?.frets.length === strings ? defined.shape : undefined
      const known = shapesOf(chord)
      const chosen = own ?? known[Math.min(shape, known.length - 1)]
      return chosen ? drawFrets(chosen, title, leftHanded) : null
    },
  }
}
