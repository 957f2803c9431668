import { fretted } from './fretted.ts'
import { guitarShapes } from './guitar-shapes.ts'
import { guitarTuning } from './tunings.ts'

/**
 * Six strings, E A D G B E. About 500 chords with up to three shapes each, checked against the notes of their chords.
 *
 * @example
 * ```ts
 * import { drawChord } from 'tertulia/diagrams'
 * import { guitar } from 'tertulia/diagrams/guitar'
 *
 * drawChord(guitar, 'F#m7')
 * ```
 */
export const guitar = fretted('guitar', guitarTuning.length, guitarShapes)
