import { drawing, element, label } from './svg.ts'
import type { FretShape } from './types.ts'

const gap = 12
const left = 16
const rows = 5
const dot = 4.6

const line = (x1: number, y1: number, x2: number, y2: number, width: number) =>
  element('line', {
    x1,
    y1,
    x2,
    y2,
    stroke: 'currentColor',
    'stroke-width': width,
    'stroke-linecap': 'square',
  })

/** The fret at the top: 1 where the shape reaches no further than the window from the nut. */
function firstFret(frets: readonly (number | null)[]): number {
  const played = frets.filter((fret) => fret !== null && fret > 0) as number[]
  return Math.max(...played, 0) <= rows ? 1 : Math.min(...played)
}

/** Strings that one finger holds down: from the first to the last on its fret. */
function barreOf(frets: FretShape['frets'], fingers: readonly number[], finger: number) {
  const strings = frets.flatMap((fret, string) => (fret && fingers[string] === finger ? [string] : []))
  const fret = frets[strings[0] ?? -1]
  const isBarre = strings.length > 1 && strings.every((string) => frets[string] === fret)
  return isBarre ? { fret: fret!, from: strings[0]!, to: strings.at(-1)! } : undefined
}

const spoken = (frets: FretShape['frets']) => frets.map((fret) => fret ?? 'x').join(' ')

/** Draws a shape; the window is five frets. */
export function drawFrets(shape: FretShape, title: string, leftHanded: boolean): string {
  const frets = leftHanded ? [...shape.frets].reverse() : shape.frets
  const fingers = (leftHanded ? shape.fingers && [...shape.fingers].reverse() : shape.fingers) ?? []
  const first = firstFret(frets)
  const top = title === '' ? 14 : 30
  const width = left * 2 + gap * (frets.length - 1)
  const right = width - left
  const bottom = top + rows * gap
  const x = (string: number) => left + string * gap
  const y = (fret: number) => top + (fret - first + 0.5) * gap

  const board = [
    ...frets.map((_, string) => line(x(string), top, x(string), bottom, 0.8)),
    ...Array.from({ length: rows + 1 }, (_, row) => line(left, top + row * gap, right, top + row * gap, 0.8)),
    first === 1 ? line(left, top - 1, right, top - 1, 3) : label(left - 9, y(first) + 3, 9, String(first)),
  ]
  const barres = [1, 2, 3, 4].flatMap((finger) => {
    const barre = barreOf(frets, fingers, finger)
    if (!barre) return []
    const { from, to, fret } = barre
    return element('rect', {
      x: x(from) - dot,
      y: y(fret) - dot,
      width: (to - from) * gap + 2 * dot,
      height: 2 * dot,
      rx: dot,
    })
  })
  const marks = frets.map((fret, string) => {
    if (!fret) return label(x(string), top - 4, 9, fret === 0 ? '○' : '×')
    return element('circle', { cx: x(string), cy: y(fret), r: dot })
  })
  const numbers = frets.map((fret, string) => {
    const finger = fret ? fingers[string] : undefined
    return finger ? label(x(string), bottom + 9, 8, String(finger)) : ''
  })
  const heading = title === '' ? '' : label(width / 2, 12, 12, title, { 'font-weight': 'bold' })
  const name = `${title} ${spoken(shape.frets)}`.trim()
  return drawing(width, bottom + 12, name, [heading, ...board, ...barres, ...marks, ...numbers].join(''))
}
