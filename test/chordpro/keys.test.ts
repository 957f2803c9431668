import fc from 'fast-check'
import {
  detectKeys,
  extractChords,
  moveCapo,
  numberChords,
  parseChordPro,
  renderText,
  suggestCapo,
  transpose,
} from 'tertulia/chordpro'
import { describe, expect, test } from 'vitest'
import { anyText } from './arbitrary.ts'

const bracketed = (chords: string) =>
  chords
    .split(' ')
    .map((chord) => `[${chord}]`)
    .join(' ')
const song = (chords: string, head = '') => parseChordPro(`${head}\n${bracketed(chords)}`)
const played = (text: ReturnType<typeof parseChordPro>) => renderText(text).trim().split(/\s+/).join(' ')

const anyChords = fc
  .array(
    fc.tuple(
      fc.constantFrom('C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B'),
      fc.constantFrom('', 'm', '7', 'm7', 'maj7', 'dim', 'm7b5', 'sus4', 'aug'),
    ),
    { minLength: 1, maxLength: 12 },
  )
  .map((chords) => chords.map((parts) => parts.join('')).join(' '))

describe('the key of a song', () => {
  test.each([
    ['C F G7 C', 'C'],
    ['Am Dm E7 Am', 'Am'],
    ['G D Em C G D C G', 'G'],
    ['Em C G D Em C G D Em', 'Em'],
    ['D A7 D G D A7 D', 'D'],
    ['A7 D7 A7 E7 D7 A7', 'A'],
    ['Dm7 G7 Cmaj7 Am7 Dm7 G7 Cmaj7', 'C'],
    ['Bm7b5 E7 Am7 Dm7 Bm7b5 E7 Am', 'Am'],
    ['G F C G', 'G'],
    ['Sol Re7 Sol Do Sol Re7 Sol', 'G'],
    ['Bb F7 Bb Eb Bb F7 Bb', 'Bb'],
    ['Gb Db7 Gb Cb Gb', 'Gb'],
    ['F# C#7 F# B F#', 'F#'],
    ['Cm Fm G7 Cm', 'Cm'],
    ['H F# H E H', 'B'],
  ])('of %s is %s', (chords, key) => {
    expect(detectKeys(song(chords))[0]?.key).toBe(key)
  })

  test('comes with the next best ones, at most five', () => {
    const keys = detectKeys(song('Am F C G'))
    expect(keys).toHaveLength(5)
    expect(keys.slice(0, 2).map(({ key }) => key)).toEqual(expect.arrayContaining(['C', 'Am']))
    expect(keys.map(({ fit }) => fit)).toEqual(keys.map(({ fit }) => fit).sort((a, b) => b - a))
  })

  test('is not looked for where no chord has a root', () => {
    expect(detectKeys(parseChordPro('[N.C.]una [IV]voz'))).toEqual([])
    expect(detectKeys(parseChordPro(''))).toEqual([])
  })

  test('follows a {transpose}, and not what {key} says', () => {
    expect(detectKeys(song('C F G7 C', '{key: D}'))[0]?.key).toBe('C')
    expect(detectKeys(song('C F G7 C', '{transpose: 2}'))[0]?.key).toBe('D')
  })

  test('moves with the song', () => {
    fc.assert(
      fc.property(anyChords, fc.integer({ min: 1, max: 11 }), (chords, semitones) => {
        const fits = (text: ReturnType<typeof parseChordPro>) => detectKeys(text).map(({ fit }) => fit)
        expect(fits(transpose(song(chords), semitones))).toEqual(fits(song(chords)))
      }),
    )
  })

  test('is found in any text without an error', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const { fit } of detectKeys(parseChordPro(text))) expect(Number.isFinite(fit)).toBe(true)
      }),
    )
  })
})

describe('chords as steps', () => {
  test.each([
    ['G Em D7/F# C', 'nashville', '1 6- 57/7 4'],
    ['G Em D7/F# C', 'roman', 'I vi V7/7 IV'],
    ['Am F C E7', 'nashville', '6- 4 1 37'],
    ['Am F C E7', 'roman', 'i bVI bIII V7'],
    ['C Bb F Ab Eb F#dim', 'roman', 'I bVII IV bVI bIII #iv°'],
    ['C Dm7 Bm7b5 Gaug Cmaj7 Fsus4', 'roman', 'I ii7 viiø7 V+ Imaj7 IVsus4'],
    ['C Dm7 Bm7b5 Gaug Cmaj7 Bdim7', 'nashville', '1 2-7 7ø 5+ 1maj7 7°7'],
    ['Do Fa Sol7', 'roman', 'I IV V7'],
  ] as const)('%s in %s', (chords, style, expected) => {
    expect(played(numberChords(song(chords), style))).toBe(expected)
  })

  test('count in the key given, in the one that the song names, else in its first chord', () => {
    expect(played(numberChords(song('D G A'), 'roman', { key: 'G' }))).toBe('V I II')
    expect(played(numberChords(song('D G A', '{key: G}'), 'roman'))).toBe('V I II')
    expect(played(numberChords(song('D G A'), 'roman'))).toBe('I IV V')
    expect(() => numberChords(song('D'), 'roman', { key: 'X' })).toThrow(RangeError)
  })

  test('stay the same however the song is moved, by transpose and by {transpose}', () => {
    fc.assert(
      fc.property(
        anyChords,
        fc.integer({ min: 1, max: 11 }),
        fc.constantFrom('nashville', 'roman'),
        (chords, semitones, style) => {
          const steps = played(numberChords(song(chords), style))
          expect(played(numberChords(transpose(song(chords), semitones), style))).toBe(steps)
          expect(played(numberChords(song(chords, `{transpose: ${semitones}}`), style))).toBe(steps)
        },
      ),
    )
  })

  test('leave alone what has no root, in lyrics, comments and grids', () => {
    const numbered = numberChords(
      parseChordPro('{key: C}\n[N.C.]una [G]voz\n{c: [Am] dos}\n{sog}\n| F . | N.C. |\n{eog}'),
      'roman',
    )
    expect(renderText(numbered)).toContain('N.C. V\nuna  voz\n([vi] dos)')
    expect(renderText(numbered)).toContain('| IV . | N.C. |')
    expect(transpose(numbered, 2).sections).toEqual(numbered.sections)
  })
})

describe('a capo', () => {
  test.each([
    ['Bb Eb F7', 1, 'A D E7'],
    ['C F G', 0, 'C F G'],
    ['Ab Db Eb', 1, 'G C D'],
    ['F# B C#7', 2, 'E A B7'],
    ['C Am G', 0, 'C Am G'],
  ])('for %s sits on fret %i', (chords, fret, shapes) => {
    const best = suggestCapo(song(chords)).find((suggestion) => suggestion.fret === fret)
    expect(best?.chords.join(' ')).toBe(shapes)
    expect(suggestCapo(song(chords))[0]?.ease).toBe(Math.max(...suggestCapo(song(chords)).map((s) => s.ease)))
  })

  test('is the lowest of the easiest', () => {
    expect(suggestCapo(song('Bb Eb F7'))[0]).toEqual({ fret: 1, chords: ['A', 'D', 'E7'], ease: 1 })
    expect(suggestCapo(song('C G Am'))[0]?.fret).toBe(0)
    expect(suggestCapo(parseChordPro('una voz'))[0]).toEqual({ fret: 0, chords: [], ease: 1 })
  })

  test('counts from the sound of a song that has one already', () => {
    const [best] = suggestCapo(song('G C D', '{capo: 3}'))
    expect(best).toEqual({ fret: 1, chords: ['A', 'D', 'E'], ease: 1 })
  })

  test('fits the chords that a player knows', () => {
    const [best] = suggestCapo(song('D G A'), { known: ['C', 'F', 'G'] })
    expect(best).toEqual({ fret: 2, chords: ['C', 'F', 'G'], ease: 1 })
  })

  test('is tried up to the highest fret, and a wrong one is refused', () => {
    expect(suggestCapo(song('C'), { highest: 0 })).toHaveLength(1)
    for (const highest of [-1, 12, 1.5, Number.NaN])
      expect(() => suggestCapo(song('C'), { highest })).toThrow(RangeError)
  })

  test('leads to the chords that moveCapo writes', () => {
    fc.assert(
      fc.property(anyChords, (chords) => {
        for (const { fret, chords: shapes } of suggestCapo(song(chords)))
          expect(extractChords(moveCapo(song(chords), fret)).map(({ name }) => name)).toEqual(shapes)
      }),
      { numRuns: 20 },
    )
  })
})
