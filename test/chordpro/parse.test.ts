import fc from 'fast-check'
import {
  describeSong,
  extractChords,
  extractLyrics,
  parseChord,
  parseChordPro,
  renderChordPro,
  renderHtml,
  renderText,
  splitSongs,
  transpose,
} from 'tertulia/chordpro'
import { describe, expect, test } from 'vitest'
import { anyText } from './arbitrary.ts'
import { cases } from './cases.ts'

test.each(cases)('$name', ({ text, lyrics, chords, metadata, description, warnings }) => {
  const song = parseChordPro(text)
  expect(extractLyrics(song)).toBe(lyrics)
  expect(Object.fromEntries(extractChords(song).map(({ name, positions }) => [name, positions]))).toEqual(
    chords,
  )
  expect(Object.fromEntries(song.metadata)).toEqual(metadata)
  expect(describeSong(song)).toEqual(description)
  expect(song.warnings.map(({ line, column, code }) => `${line}:${column} ${code}`)).toEqual(warnings)
})

describe('the tree', () => {
  test('has sections with labels, and segments with what stands above them', () => {
    const { sections } = parseChordPro(
      '{start_of_verse: Uno}\nAy [*suave]ay [C]can[^]ta\n{end_of_verse}\n\n{chorus: Final}\n{column_break}',
    )
    expect(sections).toEqual([
      {
        kind: 'verse',
        label: 'Uno',
        lines: [
          {
            kind: 'lyrics',
            segments: [
              { text: 'Ay ' },
              { annotation: 'suave', text: 'ay ' },
              { chord: { written: 'C', name: 'C', root: 'C', quality: '', bass: null }, text: 'can' },
              { recall: true, text: 'ta' },
            ],
          },
        ],
      },
      {
        kind: 'plain',
        lines: [
          { kind: 'blank' },
          { kind: 'recall', label: 'Final' },
          { kind: 'directive', name: 'column_break', value: '' },
        ],
      },
    ])
  })

  test('keeps a grid line whole, chord by chord', () => {
    const [grid] = parseChordPro('{sog}\n|: Am . | C ~ G :|\n{eog}').sections
    const line = grid?.lines[0]
    if (line?.kind !== 'grid') throw new Error('not a grid line')
    expect(line.cells.map(({ text }) => text).join('')).toBe('|: Am . | C ~ G :|')
    expect(line.cells.flatMap(({ chord }) => chord?.name ?? [])).toEqual(['Am', 'C', 'G'])
  })

  test('a name that every object has is metadata like any other', () => {
    const song = parseChordPro('{__proto__: x}\n{constructor: y}\n{title: T}')
    expect([...song.metadata.keys()]).toEqual(['__proto__', 'constructor', 'title'])
  })

  test('warnings point at the text as given, across continued lines', () => {
    const { warnings } = parseChordPro('\ufeffla\r\nuna \\\r\n   dos [tres')
    expect(warnings).toMatchObject([{ code: 'unclosed-chord', line: 3, column: 8 }])
  })
})

describe('one chord', () => {
  test('is canonical, whatever the spelling', () => {
    expect(parseChord(' Dbmin7/A♭ ')).toEqual({
      written: 'Dbmin7/A♭',
      name: 'C#m7/Ab',
      root: 'C#',
      quality: 'm7',
      bass: 'Ab',
    })
    expect(parseChord('B', { german: true }).name).toBe('Bb')
    expect(parseChord('IV')).toEqual({ written: 'IV', name: null, root: null, quality: '', bass: null })
  })

  test('its canonical name reads as itself', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const { name, root, quality, bass } of extractChords(parseChordPro(text))) {
          expect(parseChord(name)).toMatchObject({ name, root, quality, bass })
        }
      }),
    )
  })
})

test('several songs in a text come apart', () => {
  expect(splitSongs('\ufeff{ns}\n{title: Uno}\r\nla\n{new_song}\n\n{NS}\n{title: Dos}\nle')).toEqual([
    '{title: Uno}\r\nla\n',
    '{title: Dos}\nle',
  ])
  expect(splitSongs(' \n')).toEqual([])
})

test('any text is read: nothing throws', () => {
  const any = fc.oneof(anyText, fc.string({ unit: 'binary', maxLength: 200 }))
  fc.assert(
    fc.property(any, (text) => {
      const song = parseChordPro(text)
      extractLyrics(song)
      extractChords(song)
      describeSong(song)
      splitSongs(text)
    }),
    { numRuns: 2000 },
  )
})

const long = 130_000
test.each([
  ['long words', 'x'.repeat(long)],
  ['open brackets', '['.repeat(long)],
  ['chords', '[Am]'.repeat(long / 4)],
  ['open braces', '{'.repeat(long)],
  ['closing braces', '} '.repeat(long / 2)],
  ['sections', '{soc}\n'.repeat(long / 6)],
  ['transpositions', '{transpose: 1}\n[A]'.repeat(long / 18)],
  ['continued lines', '\\\n '.repeat(long / 3)],
  ['blanks', ' '.repeat(long)],
  ['blanks in a line', `x${' '.repeat(long)}x`],
  ['blanks in a chord', `[A${' '.repeat(long)}x]`],
  ['blanks in a directive', `{c: x${' '.repeat(long)}x}`],
  ['blanks in a key', `{key: x${' '.repeat(long)}x minor}`],
  ['dashes in a key', `{key: x${'-'.repeat(long)}x flat}`],
  ['numbers in a tempo', `{tempo: ${'1 '.repeat(long / 2)}}`],
  ['numbers in a duration', `{duration: ${'1'.repeat(long)}x}`],
  ['subtags in a language', `{language: es${'-ab'.repeat(long / 3)}}`],
  ['keys', '{key: Am}\n'.repeat(long / 10)],
  ['bars', '|A'.repeat(long / 2)],
])(
  'a text of 130,000 characters of %s is read and rendered in time that grows with its length',
  (_name, text) => {
    const startedAt = performance.now()
    for (const song of [parseChordPro(text), parseChordPro(`{sog}\n${text}\n{eog}`)]) {
      extractLyrics(song)
      extractChords(song)
      describeSong(song)
      renderText(song)
      renderHtml(song)
      renderChordPro(transpose(song, 1))
    }
    // Quadratic work takes ten seconds and more.
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  },
)
