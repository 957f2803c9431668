import fc from 'fast-check'
import {
  type ChordProSong,
  describeSong,
  extractChords,
  extractLyrics,
  moveCapo,
  parseChord,
  parseChordPro,
  renderChordPro,
  transpose,
  transposeTo,
} from 'tertulia/chordpro'
import { describe, expect, test } from 'vitest'
import { anyText } from './arbitrary.ts'

const notes = ['C', 'C#', 'D', 'Eb', 'E', 'F', 'F#', 'G', 'Ab', 'A', 'Bb', 'B']
const up = (note: string, semitones: number) =>
  notes[(((notes.indexOf(note) + semitones) % 12) + 12) % 12] ?? ''

/** Every chord in the order played, as written. */
const written = (song: ChordProSong) =>
  song.sections
    .flatMap(({ lines }) => lines)
    .flatMap((line) => (line.kind === 'grid' ? line.cells : 'segments' in line ? line.segments : []))
    .flatMap(({ chord }) => chord?.written ?? [])

const moved = (chords: string, by: number | string, key = '') => {
  const song = parseChordPro(
    `${key && `{key: ${key}}\n`}${chords
      .split(' ')
      .map((chord) => `[${chord}]`)
      .join(' ')}`,
  )
  const result = typeof by === 'number' ? transpose(song, by) : transposeTo(song, by)
  return [...(result.metadata.get('key') ?? []), ...written(result)].join(' ')
}

describe('the spelling', () => {
  test.each([
    // key, chords, by, expected: the key first, when it is named
    ['C', 'C E7 Am F#dim G7 Bb', 3, 'Eb Eb G7 Cm Adim Bb7 Db'],
    ['C', 'C D7 G', 1, 'Db Db Eb7 Ab'],
    ['C', 'C D7 G', 4, 'E E F#7 B'],
    ['C', 'C Dm Em F G Am Bdim', 6, 'F# F# G#m A#m B C# D#m Fdim'],
    // A key that the writer names is spelled in full.
    ['C', 'C Em Bdim', 'F#', 'F# F# A#m E#dim'],
    ['C', 'C F G', 'C#', 'C# C# F# G#'],
    ['Am', 'Am F', 'Ebm', 'Ebm Ebm Cb'],
    // Otherwise nobody prints E#, B#, Cb or Fb.
    ['G', 'D# G', 2, 'A F A'],
    ['B', 'B G D', 2, 'Db Db A E'],
    ['Am', 'Am E7 G#dim', 4, 'C#m C#m G#7 Cdim'],
    ['E', 'E B/D# A', 2, 'F# F# C#/F B'],
    // What was printed simpler is still understood.
    ['Db', 'Db B E', 2, 'Eb Eb Db Gb'],
    ['Ab', 'Ab E Db', 2, 'Bb Bb Gb Eb'],
    ['F#', 'F# Fdim C#/F', 1, 'G G F#dim D/F#'],
    ['C', 'C Dm Em F G Am Bdim', 'Gb', 'Gb Gb Abm Bbm Cb Db Ebm Fdim'],
    ['G', 'G D/F# Em C', -2, 'F F C/E Dm Bb'],
    ['Am', 'Am E7 G#dim F', 2, 'Bm Bm F#7 A#dim G'],
    ['Am', 'Am Dm E7', -2, 'Gm Gm Cm D7'],
    ['Eb', 'Eb Ab Bb7 Cm', 'D', 'D D G A7 Bm'],
    ['E', 'E B7 G#7 C#m', 'F', 'F F C7 A7 Dm'],
    ['D', 'D F#7 B7 A#dim', 1, 'Eb Eb G7 C7 Bdim'],
    // Without a key the first chord is one.
    ['', 'Em B7 D#dim', 1, 'Fm C7 Edim'],
    ['', 'F Bb C7', 2, 'G C D7'],
    // Two accidentals become a name that one can read.
    ['C', 'C G#7', 11, 'B B G7'],
    ['F', 'F Gb7', 11, 'E E F7'],
    // A mode that is not the song's own changes nothing.
    ['Am', 'Am E7', 'B', 'Bm Bm F#7'],
    ['A minor', 'Am E7', 'Bm', 'B minor Bm F#7'],
    ['La menor', 'Lam Mi7 Sol#dim', 3, 'Do menor Dom Sol7 Sidim'],
    // The way of naming stays: German, sung, signs, parentheses, qualities as written.
    ['H', 'H E F# Gism', -1, 'Bb Bb Es F Gm'],
    ['A moll', 'Am E7 H7 B', 2, 'H moll Hm F#7 C#7 C'],
    ['A moll', 'Am E7 Hm', 0, 'A moll Am E7 Hm'],
    ['', 'Do Sol7/Si La-7 Fa#°', 2, 'Re La7/Do# Si-7 Sol#°'],
    ['', 'Cmin7 (G7) Bø E7(b9) C6/9 Asus', 2, 'Dmin7 (A7) C#ø F#7(b9) D6/9 Bsus'],
    ['', 'a e7 h C', 2, 'h f#7 c# D'],
    ['', 'a cis C', 2, 'b dis D'],
    ['', 'D* G(bis) Dó Lám', 2, 'E* A(bis) Re Sim'],
    ['A (3 sharps)', 'A E7', 3, 'C C G7'],
    ['La (menor)', 'Lam', 2, 'Si menor Sim'],
    ['[G]', 'G D7', 2, 'A A E7'],
    // What has no root stays.
    ['', 'C N.C. IV 1 x', 5, 'F N.C. IV 1 x'],
  ])('in %s, %s by %s is %s', (key, chords, by, expected) => {
    expect(moved(chords, by, key)).toBe(expected)
  })

  test('a suffix that would make another chord of a new root is written out', () => {
    // "Do" is the sung C.
    expect(moved('Co G', 2)).toBe('Ddim A')
  })

  test('a B flat of a German song that has no H left says that it is one', () => {
    const song = transpose(parseChordPro('[H]eins [A]zwei'), -1)
    expect(written(song)).toEqual(['Bb', 'Ab'])
    expect(extractChords(parseChordPro(renderChordPro(song))).map(({ name }) => name)).toEqual(['Bb', 'Ab'])
  })
})

describe('transposing', () => {
  test('reaches comments and grids, and keeps what {transpose} does', () => {
    const song = parseChordPro(
      '{key: C}\n{c: intro [G]}\n{sog}\n| C . | F/A |\n{eog}\n{transpose: 2}\n[C]uno',
    )
    const result = transpose(song, 2)
    expect(renderChordPro(result)).toBe(
      '{key: D}\n{comment: intro [A]}\n{start_of_grid}\n| D . | G/B |\n{end_of_grid}\n{transpose: 2}\n[D]uno\n',
    )
    expect(extractChords(result).map(({ name }) => name)).toEqual(['A', 'D', 'G/B', 'E'])
  })

  test('moves every chord by as much, keeps words, and is undone by its opposite', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: -30, max: 30 }), (text, semitones) => {
        const song = parseChordPro(text)
        const there = transpose(song, semitones)
        const back = transpose(there, -semitones)
        expect(extractLyrics(there)).toBe(extractLyrics(song))
        const chordsOf = (of: ChordProSong) => extractChords(of).map(({ positions, ...chord }) => chord)
        expect(extractChords(back)).toEqual(extractChords(song))
        expect(chordsOf(there).map(({ root, bass }) => [root, bass])).toEqual(
          chordsOf(song).map(({ root, bass }) => [up(root, semitones), bass && up(bass, semitones)]),
        )
        const pitch = (of: ChordProSong) => parseChord(describeSong(of).key ?? '').name
        expect(pitch(back)).toBe(pitch(song))
        // What is written says the same when it is read again.
        expect(extractChords(parseChordPro(renderChordPro(there)))).toEqual(extractChords(there))
      }),
      { numRuns: 1000 },
    )
  })

  test('prints no E#, B#, Cb or Fb unless the writer names a key that has them', () => {
    const roots = 'C C# Db D D# Eb E F F# Gb G G# Ab A A# Bb B'.split(' ')
    const keys = [...roots, ...roots.map((root) => `${root}m`)]
    const chord = fc
      .tuple(
        fc.constantFrom(...roots),
        fc.constantFrom('', 'm', '7', 'dim', 'm7b5'),
        fc.constantFrom('', ...roots),
      )
      .map(([root, quality, bass]) => root + quality + (bass && `/${bass}`))
    fc.assert(
      fc.property(
        fc.constantFrom(...keys),
        fc.array(chord, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: -11, max: 11 }),
        (key, chords, semitones) => {
          if (semitones !== 0) expect(moved(chords.join(' '), semitones, key)).not.toMatch(/[EB]#|[CF]b/)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('there and back is the same text for a song in a usual key', () => {
    const text = '{key: Bb}\n[Bb]una [F7]voz [Gm]que [Ab]va [Eb/G]y [N.C.]viene\n'
    for (let semitones = -12; semitones <= 12; semitones += 1) {
      expect(renderChordPro(transpose(transpose(parseChordPro(text), semitones), -semitones))).toBe(text)
    }
  })

  test('refuses what is no interval and no key', () => {
    const song = parseChordPro('[C]la')
    for (const semitones of [0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => transpose(song, semitones)).toThrow(RangeError)
    }
    for (const key of ['', 'x', 'C7', 'C/G']) expect(() => transposeTo(song, key)).toThrow(RangeError)
  })
})

describe('a capo', () => {
  test('changes the shapes, not what is heard', () => {
    const song = moveCapo(parseChordPro('{key: Bb}\n[Bb]una [F7]voz\n'), 3)
    expect(renderChordPro(song)).toBe('{key: G}\n{capo: 3}\n[G]una [D7]voz\n')
    expect(renderChordPro(moveCapo(song, 1))).toBe('{key: A}\n{capo: 1}\n[A]una [E7]voz\n')
    expect(renderChordPro(moveCapo(song, 0))).toBe('{key: Bb}\n[Bb]una [F7]voz\n')
  })

  test('leaves a key alone that names what is heard', () => {
    const song = parseChordPro('{key: Bb}\n{capo: 3}\n[D7]una [G]voz')
    expect(renderChordPro(moveCapo(song, 0))).toBe('{key: Bb}\n[F7]una [Bb]voz\n')
  })

  test('is on a fret', () => {
    for (const fret of [-1, 25, 1.5, Number.NaN]) {
      expect(() => moveCapo(parseChordPro('[C]'), fret)).toThrow(RangeError)
    }
  })
})
