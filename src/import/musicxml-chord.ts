import { elementsOf, find, textOf, type XmlElement } from './xml.ts'

// https://www.w3.org/2021/06/musicxml40/musicxml-reference/data-types/kind-value/
const kinds: Record<string, string> = {
  major: '',
  minor: 'm',
  augmented: 'aug',
  diminished: 'dim',
  dominant: '7',
  'major-seventh': 'maj7',
  'minor-seventh': 'm7',
  'diminished-seventh': 'dim7',
  'augmented-seventh': '7#5',
  'half-diminished': 'm7b5',
  'major-minor': 'mmaj7',
  'major-sixth': '6',
  'minor-sixth': 'm6',
  'dominant-ninth': '9',
  'major-ninth': 'maj9',
  'minor-ninth': 'm9',
  'dominant-11th': '11',
  'major-11th': 'maj11',
  'minor-11th': 'm11',
  'dominant-13th': '13',
  'major-13th': 'maj13',
  'minor-13th': 'm13',
  'suspended-second': 'sus2',
  'suspended-fourth': 'sus4',
  power: '5',
}

const sign = (alter: string) => ({ '1': '#', '-1': 'b' })[String(Number(alter))] ?? ''

/** Roots that only double accidentals write, by what sounds the same. */
const doubles: Record<string, string> = {
  'C##': 'D',
  'D##': 'E',
  'E##': 'F#',
  'F##': 'G',
  'G##': 'A',
  'A##': 'B',
  'B##': 'C#',
  Cbb: 'Bb',
  Dbb: 'C',
  Ebb: 'D',
  Fbb: 'Eb',
  Gbb: 'F',
  Abb: 'G',
  Bbb: 'A',
}

/** A note of a chord: its step and accidental; empty where there is none. */
function note(element: XmlElement | undefined, name: string): string {
  const step = textOf(element, `${name}-step`).trim()
  if (!/^[A-G]$/.test(step)) return ''
  const alter = Number(textOf(element, `${name}-alter`))
  if (Math.abs(alter) === 2) return doubles[step + (alter > 0 ? '##' : 'bb')] ?? step
  return step + sign(textOf(element, `${name}-alter`))
}

function degree(element: XmlElement, hasSeventh: boolean): string {
  const value = textOf(element, 'degree-value').trim()
  const alter = sign(textOf(element, 'degree-alter'))
  const type = textOf(element, 'degree-type').trim()
  if (type === 'subtract') return `no${value}`
  return type === 'add' && !(hasSeventh && alter) ? `add${alter}${value}` : alter + value
}

/** The name of a `<harmony>`; undefined where it is a function (`IV`) or nothing. */
export function chordName(harmony: XmlElement): string | undefined {
  const kind = find(harmony, 'kind')
  const value = textOf(kind).trim()
  if (value === 'none') return 'N.C.'
  const root = note(find(harmony, 'root'), 'root')
  if (root === '') return undefined
  const quality = kinds[value] ?? kind?.attributes.text ?? ''
  const degrees = elementsOf(harmony, 'degree').map((element) => degree(element, /7|9|11|13/.test(quality)))
  const bass = note(find(harmony, 'bass'), 'bass')
  return root + quality + degrees.join('') + (bass === '' || bass === root ? '' : `/${bass}`)
}
