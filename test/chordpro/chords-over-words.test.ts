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
  [
    'lower case is minor where lines of chords mix both',
    'C     a    G7\nDu du liegst\na     d\nmir im Herzen',
    '[C]Du du [a]liegs[G7]t\n[a]mir im[d] Herzen\n',
  ],
  [
    'lower case over words without another chord is words',
    'a e\nlas palabras\nC  G\nla la',
    'a e\nlas palabras\n[C]la [G]la\n',
  ],
  ['lower case beside Am is words', 'Am  C\nuno dos\na  e\ntres', '[Am]uno [C]dos\na  e\ntres\n'],
  ['one letter alone is a word', 'C  a\nla le\na\nlo', '[C]la [a]le\na\nlo\n'],
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
  ['a repeat in parentheses', 'Am   G  (bis)\nuna  voz', '[Am]una  [G]voz[*(bis)]\n'],
  ['a number of times', 'C  G  x2\nla le', '[C]la [G]le [*x2]\n'],
  ['times in words', 'C G 2 veces\n\nfin', '[C] [G] [*2] [*veces]\n\nfin\n'],
  ['vezes', 'C G (2 vezes)\n', '[C] [G] [*(2 vezes)]\n'],
  ['mal', 'C G 2 mal\n', '[C] [G] [*2] [*mal]\n'],
  ['how it is played', 'Em D (rasgueo)\nuna voz', '[Em]una[D] v[*(rasgueo)]oz\n'],
  ['a remark in words', 'Em   D   C  arpegio\nuna voz que va', '[Em]una v[D]oz q[C]ue [*arpegio]va\n'],
  ['a footnote', 'Em*  D\nuna  voz', '[Em*]una  [D]voz\n'],
  ['a footnote on its own', 'Em  *  D\nuna  voz', '[Em]una [**] vo[D]z\n'],
  ['an introduction', 'Intro: Am G F E\n\nAm\nuna', '[*Intro:] [Am] [G] [F] [E]\n\n[Am]una\n'],
  ['an introduction right above words', 'Intro: Am G\nuna voz', '[*Intro:] [Am] [G]\nuna voz\n'],
  ['an introduction with bars', 'Introdução: | Am | G |\n', '[*Introdução:] [*|] [Am] [*|] [G] [*|]\n'],
  ['a label above its words', 'Coro:  C     G\n       luna  llena', '[*Coro:]       [C]luna  [G]llena\n'],
  ['a heading beside chords', '[Intro] Am G F\n', '[*Intro] [Am] [G] [F]\n'],
  ['several chords in one word', 'Am-G-F  E\nuna     voz', '[Am-G-F]una     [E]voz\n'],
  ['chords in parentheses', '(Am)  G\nuna   voz', '[(Am)]una   [G]voz\n'],
  ['Brazilian names', 'C7(4/9)  F7M\numa      voz', '[C7(4/9)]uma      [F7M]voz\n'],
  [
    'words that are chords too',
    'La luna y sol\nSi La Do dulce\nA E casa',
    'La luna y sol\nSi La Do dulce\nA E casa\n',
  ],
  ['a line of words with a chord in it', 'Toca en Am conmigo\n', 'Toca en Am conmigo\n'],
  ['words with full stops', 'A. E.\nfin', 'A. E.\nfin\n'],
  ['a tuning', 'Afinación: E A D G B E\nC\nla', 'Afinación: E A D G B E\n[C]la\n'],
  ['a key by another name', 'Tono: Sol\n\nG\nla', '{key: Sol}\n\n[G]la\n'],
  [
    'tablature without bars',
    'E---0--2--3-\nB---1--3--0-\nG----------\nla',
    '{start_of_tab}\nE---0--2--3-\nB---1--3--0-\nG----------\n{end_of_tab}\nla\n',
  ],
  [
    'tablature without names',
    '---0--2--3-\n---1--3--0-',
    '{start_of_tab}\n---0--2--3-\n---1--3--0-\n{end_of_tab}\n',
  ],
  ['a rule is no tablature', 'la\n-----------\nle', 'la\n-----------\nle\n'],
  [
    'tags of a web page',
    '[Verse 1]\n[tab][ch]Am[/ch]   [ch]G[/ch]\nuna  voz[/tab]',
    '{start_of_verse: Verse 1}\n[Am]una  [G]voz\n{end_of_verse}\n',
  ],
  ['tags of a web page among directives', '{title: Sur}\n[ch]Am[/ch]\nuna', '{title: Sur}\n[Am]una\n'],
  ['braces that would be a directive', 'C\nla\n{linda voz\nle {c: x', '[C]la\n[]{linda voz\n[]le {[]c: x\n'],
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

test.each([' ', 'C ', '\t', '[', '|', 'C\n', 'x\n', '-', '(', '()', '(C ', '{', 'C-', 'E--', '[ch]'])(
  'a text of 130,000 characters of %j is converted in time that grows with its length',
  (piece) => {
    const text = piece.repeat(130_000 / piece.length)
    const startedAt = performance.now()
    toChordPro(text)
    toChordPro(`e|${text}`)
    toChordPro(`C\n${text}x`)
    toChordPro(`C\n${text}x--`)
    // Quadratic work would take minutes.
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  },
)
