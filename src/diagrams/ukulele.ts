import { fretted } from './fretted.ts'
import { ukuleleTuning } from './tunings.ts'
import { ukuleleShapes } from './ukulele-shapes.ts'

/**
 * Four strings, G C E A, the G high or low.
 *
 * @example
 * ```ts
 * import { drawChord } from 'tertulia/diagrams'
 * import { ukulele } from 'tertulia/diagrams/ukulele'
 *
 * drawChord(ukulele, 'Bb')
 * ```
 */
export const ukulele = fretted('ukulele', ukuleleTuning.length, ukuleleShapes)
