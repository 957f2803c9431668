import { pitchOf } from '../chordpro/chord.ts'
import { drawing, element, label } from './svg.ts'
import { tonesOf } from './tones.ts'
import type { Instrument } from './types.ts'

const white = [0, 2, 4, 5, 7, 9, 11]
const key = 11
const height = 44
const letters = ['C', 'Db', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B']

const isWhite = (pitch: number) => white.includes(pitch % 12)
/** White keys below a pitch. */
const place = (pitch: number) => Math.floor(pitch / 12) * 7 + white.filter((step) => step < pitch % 12).length

/** The keys that a hand presses: the bass first, then the chord upwards, from the C that lies under all of them. */
function pitchesOf(root: string, bass: string | null, tones: readonly number[]): number[] {
  const first = pitchOf(root)
  const chord = tones.map((tone) => first + tone)
  const under = bass === null ? first : pitchOf(bass)
  const lowest = under > first ? chord.map((pitch) => pitch + 12) : chord
  return [...new Set([under, ...lowest])].sort((a, b) => a - b)
}

function drawKeys(pitches: readonly number[], title: string): string {
  const octaves = Math.max(1, Math.ceil((pitches.at(-1)! + 1) / 12))
  const top = title === '' ? 4 : 20
  const width = octaves * 7 * key + 8
  const keys = Array.from({ length: octaves * 12 }, (_, pitch) => pitch)
  const drawn = (pitch: number) => {
    const pressed = pitches.includes(pitch)
    const x = 4 + place(pitch) * key - (isWhite(pitch) ? 0 : 3.5)
    const box = isWhite(pitch) ? { width: key, height } : { width: 7, height: height * 0.6 }
    // Keys that rest are faint, so that the pressed ones show on light and dark pages alike.
    const paint = { 'fill-opacity': pressed ? 1 : isWhite(pitch) ? 0 : 0.3, stroke: 'currentColor' }
    return element('rect', { x, y: top, ...box, ...paint, 'stroke-width': 0.8 })
  }
  const heading = title === '' ? '' : label(width / 2, 13, 12, title, { 'font-weight': 'bold' })
  // Black keys lie over the white ones.
  const layers = [keys.filter(isWhite), keys.filter((pitch) => !isWhite(pitch))].flat().map(drawn)
  const name = `${title} ${pitches.map((pitch) => letters[pitch % 12]).join(' ')}`.trim()
  return drawing(width, top + height + 4, name, heading + layers.join(''))
}

/**
 * A keyboard of one to three octaves with the tones of the chord pressed, its bass on the left. Every chord with a root has
 * one.
 *
 * @example
 * ```ts
 * import { drawChord } from 'tertulia/diagrams'
 * import { piano } from 'tertulia/diagrams/piano'
 *
 * drawChord(piano, 'C/E')
 * ```
 */
export const piano: Instrument = {
  name: 'piano',
  draw(chord, { title = chord.written }, defined) {
    if (chord.root === null) return null
    const tones = defined?.keys ?? tonesOf(chord.quality)
    return drawKeys(pitchesOf(chord.root, chord.bass, tones), title)
  },
}
