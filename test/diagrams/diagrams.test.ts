import fc from 'fast-check'
import { Window } from 'happy-dom'
import { parseChord, parseChordPro, transpose } from 'tertulia/chordpro'
import { drawChord, drawChords, type Instrument } from 'tertulia/diagrams'
import { guitar } from 'tertulia/diagrams/guitar'
import { piano } from 'tertulia/diagrams/piano'
import { ukulele } from 'tertulia/diagrams/ukulele'
import { describe, expect, test } from 'vitest'
import { anyText } from '../chordpro/arbitrary.ts'

const svgOf = (svg: string | null) => {
  const { document } = new Window()
  document.body.innerHTML = svg ?? ''
  return document.body.firstElementChild
}
/** What a screen reader says: the title, then frets or notes. */
const said = (svg: string | null) => svgOf(svg)?.getAttribute('aria-label')

describe('a chord on a guitar', () => {
  test.each([
    ['C', 'C x 3 2 0 1 0'],
    ['Em', 'Em 0 2 2 0 0 0'],
    ['F', 'F 1 3 3 2 1 1'],
    ['Cmaj7', 'Cmaj7 x 3 2 0 0 0'],
    ['Sol', 'Sol 3 2 0 0 0 3'],
    ['Hm', 'Hm x 2 4 4 3 2'],
    ['C/E', 'C/E 0 3 2 0 1 0'],
    // A bass that has no shape of its own is left out.
    ['Em/A', 'Em/A 0 2 2 0 0 0'],
  ])('%s is %s', (chord, expected) => {
    expect(said(drawChord(guitar, chord))).toBe(expected)
  })

  test('takes another shape, the last one where there are fewer', () => {
    expect(said(drawChord(guitar, 'C', { shape: 1 }))).toBe('C x 3 5 5 5 3')
    expect(said(drawChord(guitar, 'C', { shape: 99 }))).toBe(said(drawChord(guitar, 'C', { shape: 2 })))
  })

  test('is mirrored for the left hand, and named as always', () => {
    const right = svgOf(drawChord(guitar, 'D'))
    const left = svgOf(drawChord(guitar, 'D', { leftHanded: true }))
    expect(left?.getAttribute('aria-label')).toBe(right?.getAttribute('aria-label'))
    const xs = (svg: typeof left) =>
      [...(svg?.querySelectorAll('circle') ?? [])].map((dot) => Number(dot.getAttribute('cx')))
    const width = Number(right?.getAttribute('width'))
    expect(xs(left).sort()).toEqual(
      xs(right)
        .map((x) => width - x)
        .sort(),
    )
  })

  test('high on the neck shows its first fret', () => {
    const svg = svgOf(drawChord(guitar, 'C', { shape: 2 }))
    expect([...(svg?.querySelectorAll('text') ?? [])].map((text) => text.textContent)).toContain('8')
  })

  test.each(['N.C.', 'IV', '', 'hola', 'C13sus4addb9no3'])('"%s" has none', (text) => {
    expect(drawChord(guitar, text)).toBeNull()
  })
})

describe('other instruments', () => {
  test.each<[Instrument, string, string]>([
    [ukulele, 'C', 'C 0 0 0 3'],
    [ukulele, 'G', 'G 0 2 3 2'],
    [ukulele, 'Am', 'Am 2 0 0 0'],
    [piano, 'C', 'C C E G'],
    [piano, 'Am7', 'Am7 A C E G'],
    [piano, 'C/E', 'C/E E C E G'],
    [piano, 'D/F#', 'D/F# F# D F# A'],
    [piano, 'F/C', 'F/C C F A C'],
    [piano, 'Bdim7', 'Bdim7 B D F Ab'],
    [piano, 'G7sus4', 'G7sus4 G C D F'],
    [piano, 'C13', 'C13 C E G Bb D A'],
    [piano, 'Ebm7b5', 'Ebm7b5 Eb F# A C#'.replace('C#', 'Db')],
    [piano, 'G5', 'G5 G D'],
  ])('$name', (instrument, chord, expected) => {
    expect(said(drawChord(instrument, chord))).toBe(expected)
  })

  test('a keyboard has every chord that has a root', () => {
    const qualities = [
      '',
      'm',
      '7',
      'maj7',
      'm7b5',
      'dim7',
      'aug',
      'sus2',
      '69',
      'madd9',
      '7alt',
      '13b9',
      'm6maj7',
    ]
    for (const quality of qualities)
      for (const root of ['C', 'F#', 'B'])
        expect(drawChord(piano, root + quality), root + quality).toContain('<svg')
  })
})

describe('the chords of a song', () => {
  const song = parseChordPro(
    '{define: G base-fret 1 frets 3 2 0 0 3 3 fingers 2 1 0 0 3 4}\n[G]una [C]voz [G]más [N.C.]y [C/G]tú\n{c: [D7]}',
  )

  test('come once each, in the order of their first use, definitions first', () => {
    expect(drawChords(song, guitar).map(({ svg }) => said(svg))).toEqual([
      'G 3 2 0 0 3 3',
      'C x 3 2 0 1 0',
      'C/G 3 3 2 0 1 0',
      'D7 x x 0 2 1 2',
    ])
    expect(drawChords(song, guitar).map(({ name }) => name)).toEqual(['G', 'C', 'C/G', 'D7'])
  })

  test('take the definitions that are for as many strings', () => {
    expect(said(drawChords(song, ukulele)[0]?.svg ?? null)).toBe('G 0 2 3 2')
  })

  test('take known shapes once the song was moved', () => {
    expect(drawChords(transpose(song, 2), guitar).map(({ label }) => label)).toEqual(['A', 'D', 'D/A', 'E7'])
  })

  test.each([
    ['{define: Xyz base-fret 3 frets x 1 3 3 2 1}[Xyz]a', 'Xyz x 3 5 5 4 3'],
    ['{define: A frets X N 2 - 2 0 fingers - - 1 2 3 -}[A]a', 'A x x 2 x 2 0'],
    ['{define A: base-fret 1 frets -1 0 2 2 2 0}[A]a', 'A x 0 2 2 2 0'],
    ['{define: A frets 1 2}[A]a', 'A x 0 2 2 2 0'],
    ['{define: A base-fret 99 frets x 0 2 2 2 0}[A]a', 'A x 0 2 2 2 0'],
    ['{define: A frets q w e r t y}[A]a', 'A x 0 2 2 2 0'],
    ['{define: A}[A]a', 'A x 0 2 2 2 0'],
    ['{define: A copy B}[A]a', 'A x 0 2 2 2 0'],
  ])('%s', (text, expected) => {
    expect(said(drawChords(parseChordPro(text), guitar)[0]?.svg ?? null)).toBe(expected)
  })

  test('define keys for a keyboard', () => {
    const keys = parseChordPro('{define: D keys 0 7 16}[D]a')
    expect(said(drawChords(keys, piano)[0]?.svg ?? null)).toBe('D D A F#')
  })

  test('put nothing of the writer into the page but text', () => {
    const hostile = parseChordPro(
      '{define: <img/src=x> frets x 0 2 2 2 0}\n[<img/src=x>]a [C"onload="x]b [Am\u0000]c',
    )
    for (const { svg } of drawChords(hostile, guitar)) {
      const drawn = svgOf(svg)
      expect(drawn?.tagName.toLowerCase()).toBe('svg')
      expect(drawn?.querySelector('img, script, foreignObject')).toBeNull()
      expect(svg).not.toContain('<img')
    }
  })

  test('are drawn for any text, as one SVG each', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(guitar, ukulele, piano), (text, instrument) => {
        for (const { svg } of drawChords(parseChordPro(text), instrument)) {
          expect(svg).toMatch(/^<svg [^<]*>.*<\/svg>$/s)
          expect(svg).not.toMatch(/NaN|Infinity|undefined/)
        }
      }),
    )
  })
})

test('the tables play their chords: the root sounds, and lies lowest where a shape can have it so', () => {
  for (const name of ['C', 'F#m7', 'Bb', 'E7', 'Abmaj7', 'C#dim7', 'G/B']) {
    const frets = (said(drawChord(guitar, name, { title: '' })) ?? '').split(' ')
    const open = [40, 45, 50, 55, 59, 64]
    const sounding = frets.flatMap((fret, string) => (fret === 'x' ? [] : [open[string]! + Number(fret)]))
    const names = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B']
    const chord = parseChord(name)
    expect(names[Math.min(...sounding) % 12], name).toBe(chord.bass ?? chord.root)
  }
})
