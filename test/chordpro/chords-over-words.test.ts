import {
  describeSong,
  extractChords,
  extractLyrics,
  isChordPro,
  parseChordPro,
  toChordPro,
} from 'tertulia/chordpro'
import { expect, test } from 'vitest'

test.each([
  [
    'a chord goes to where it stands',
    'Am         E7\nSan Juan y Boedo antiguo\n',
    '[Am]San Juan y [E7]Boedo antiguo\n',
  ],
  ['in the middle of a word too', '  D\nbordo', 'bo[D]rdo\n'],
  ['past the end of the words', 'C       G7   C\nfin', '[C]fin     [G7]     [C]\n'],
  ['columns are characters, not bytes', '   C\nñá🎸x', 'ñá🎸[C]x\n'],
  ['a tab reaches to the next multiple of eight', 'C\tG\n12345678nueve', '[C]12345678[G]nueve\n'],
  ['a line of chords without words', 'Am  G | F  %\n\nuna', '[Am] [G] [*|] [F] [*%]\n\nuna\n'],
  ['two lines of chords', 'Am G\nF C\nuna', '[Am] [G]\n[F]un[C]a\n'],
  [
    'sung and German names',
    'Lam   Mi7\nuna   pena\nH  Cis\nei  ne',
    '[Lam]una   [Mi7]pena\n[H]ei [Cis] ne\n',
  ],
  ['no chord at all', 'N.C.\nsolo voz', '[N.C.]solo voz\n'],
  ['a word that is no chord makes a line of words', 'A ti\nSol y luna', 'A ti\nSol y luna\n'],
  [
    'headings are parts',
    '[Intro]\nC G\n\n[Verse 1]\nC\nuna\n\nEstribillo:\nG\ndos\n\nPUENTE\nF\ntres',
    '{comment: Intro}\n[C] [G]\n\n{start_of_verse: Verse 1}\n[C]una\n{end_of_verse}\n\n' +
      '{start_of_chorus: Estribillo}\n[G]dos\n{end_of_chorus}\n\n{start_of_bridge: PUENTE}\n[F]tres\n{end_of_bridge}\n',
  ],
  [
    'what stands at the head is metadata',
    'Title: Sur\nArtista: Aníbal\nCapo: 2\nTonalidad: Lam\n\nAm\nuna\nkey: no',
    '{title: Sur}\n{artist: Aníbal}\n{capo: 2}\n{key: Lam}\n\n[Am]una\nkey: no\n',
  ],
  [
    'tablature keeps its form',
    'C\nuna\ne|--0--1--|\nB|--1-----|\nG\ndos',
    '[C]una\n{start_of_tab}\ne|--0--1--|\nB|--1-----|\n{end_of_tab}\n[G]dos\n',
  ],
  ['a number sign does not hide a line', '#1 en la lista\nC\nuna', '[]#1 en la lista\n[C]una\n'],
  ['a backslash takes no line along', 'una \\\nC\ndos', 'una \\ \n[C]dos\n'],
  ['line ends and a byte order mark of elsewhere', '\ufeffC\r\nuna\rdos', '[C]una\ndos\n'],
  ['nothing', '', '\n'],
])('%s', (_name, text, expected) => {
  expect(toChordPro(text)).toBe(expected)
})

test.each(['{title: Sur}\nAm\nuna', '[Am]una', '{soc}', ' {c: x}'])('%j is ChordPro already', (text) => {
  expect(isChordPro(text)).toBe(true)
  expect(toChordPro(text)).toBe(text)
})

test.each(['Am\nuna', '[Verse 1]\nAm\nuna', 'una {linda} voz', ''])('%j is not', (text) => {
  expect(isChordPro(text)).toBe(false)
})

test('what it makes is read like any other song', () => {
  const song = parseChordPro(
    toChordPro('Title: Cielito lindo\nKey: C\n\n[Coro]\nC        G7    C\nAy, ay, ay,    ay'),
  )
  expect(extractLyrics(song)).toBe('Ay, ay, ay, ay')
  expect(extractChords(song).map(({ name, positions }) => [name, positions])).toEqual([
    ['C', [1, 3]],
    ['G7', [2]],
  ])
  expect(describeSong(song)).toEqual({ title: 'Cielito lindo', key: 'C' })
})

test.each([' ', 'C ', '\t', '[', '|', 'C\n', 'x\n', '-'])(
  'a text of 130,000 characters of %j is converted in time that grows with its length',
  (piece) => {
    const text = piece.repeat(130_000 / piece.length)
    const startedAt = performance.now()
    toChordPro(text)
    toChordPro(`e|${text}`)
    toChordPro(`C\n${text}x`)
    // Quadratic work would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  },
)
