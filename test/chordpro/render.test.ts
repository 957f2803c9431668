import fc from 'fast-check'
import {
  type ChordProJson,
  type ChordProSong,
  describeSong,
  extractChords,
  extractLyrics,
  parseChordPro,
  renderChordPro,
  renderHtml,
  renderJson,
  renderText,
  toChordPro,
  transpose,
} from 'tertulia/chordpro'
import { describe, expect, test } from 'vitest'
import { anyText } from './arbitrary.ts'
import { brokenTexts } from './broken.ts'
import { cases } from './cases.ts'
import { hostileTexts } from './hostile.ts'

const said = (song: ChordProSong) => ({
  lyrics: extractLyrics(song),
  chords: extractChords(song),
  metadata: Object.fromEntries(song.metadata),
  description: describeSong(song),
})

describe('as JSON', () => {
  test.each(cases)('$name', ({ text }) => {
    const song = parseChordPro(text)
    const { metadata, ...rest } = JSON.parse(renderJson(song)) as ChordProJson
    // All of it is there: what is read back prints the same.
    const again = { ...rest, metadata: new Map(Object.entries(metadata)) } as ChordProSong
    expect(renderChordPro(again)).toBe(renderChordPro(song))
    expect(said(again)).toEqual(said(song))
  })

  test('a name of metadata is a name, whatever it is elsewhere', () => {
    const song = parseChordPro('{meta: __proto__ x}\n{title: T}\nla')
    expect(JSON.parse(renderJson(song), (_, value) => value).metadata.title).toEqual(['T'])
    expect(renderJson(song)).toContain('"__proto__":["x"]')
    expect(renderJson(song, 2)).toContain('\n  "metadata": {')
  })
})

describe('as ChordPro', () => {
  test.each(cases)('$name', ({ text }) => {
    const song = parseChordPro(text)
    expect(said(parseChordPro(renderChordPro(song)))).toEqual(said(song))
  })

  test('keeps words, chords, metadata and structure of any text', () => {
    const sections = (song: ChordProSong) =>
      song.sections.filter(({ kind }) => kind !== 'plain').map(({ kind, lines }) => [kind, lines.length])
    fc.assert(
      fc.property(anyText, (text) => {
        const song = parseChordPro(text)
        const again = parseChordPro(renderChordPro(song))
        expect(said(again)).toEqual(said(song))
        expect(sections(again)).toEqual(sections(song))
        // What is rendered is read without further ado.
        expect(renderChordPro(again)).toBe(renderChordPro(song))
      }),
      { numRuns: 2000 },
    )
  })

  test('a tree made by hand cannot break out of its line', () => {
    const song: ChordProSong = {
      metadata: new Map([['title', ['A\n{artist: B}']]]),
      sections: [
        {
          kind: 'plain',
          lines: [{ kind: 'lyrics', segments: [{ text: 'la\n{album: C}', annotation: 'x]\n[D' }] }],
        },
      ],
      warnings: [],
    }
    const again = parseChordPro(renderChordPro(song))
    expect([...again.metadata.keys()]).toEqual(['title'])
    expect(extractChords(again)).toEqual([])
  })
})

describe('as text', () => {
  test('has the chords over the words, each above its syllable', () => {
    const song = parseChordPro(
      '{title: Sur}\n{artist: A}\n{artist: B}\n{soc}\n[Am]San Juan y Boe[E7]do\n[Gmaj7][C]an[D]ti[*suave]guo\n{eoc}\n' +
        '{c: intro [Am]}\n{chorus: Final}\n{sot}\ne|--0--\n{eot}\n{sog}\n| C . |\n{eog}\n[Am] [G]\nsin acordes',
    )
    expect(renderText(song)).toBe(
      `Sur
A, B

Chorus:
Am            E7
San Juan y Boedo
Gmaj7 C D suave
      antiguo

(intro [Am])
(Final)

e|--0--

| C . |

Am G
sin acordes
`,
    )
  })

  test.each([
    ['{sog: 1+4x2+1 Intro}\n| C |\n{eog}', 'Intro:\n| C |\n'],
    ['{sog: 4x4}\n| C |\n{eog}', '| C |\n'],
    ['{sog: 16}\n| C |\n{eog}', '| C |\n'],
    ['{sog: 2x4:Solo}\n| C |\n{eog}', 'Solo:\n| C |\n'],
    ['{sog Intro}\n| C |\n{eog}', 'Intro:\n| C |\n'],
    ['{start_of_grid shape="4x4"}\n| C |\n{end_of_grid}', '| C |\n'],
    ['{start_of_grid shape="4x4" label="Zwischenspiel"}\n| C |\n{end_of_grid}', 'Zwischenspiel:\n| C |\n'],
    ['{start_of_abc staffsep=30}\nX:1\n{end_of_abc}', 'X:1\n'],
    ['{start_of_abc: label="Intro" align=left}\nX:1\n{end_of_abc}', 'Intro:\nX:1\n'],
    ['{start_of_textblock flush="right" textsize=10}\nla\n{end_of_textblock}', 'la\n'],
    ['{start_of_strum: Ritmo}\nD U\n{end_of_strum}', 'Ritmo:\nD U\n'],
    ['{sov: 2}\nla\n{eov}', '2:\nla\n'],
    ['{sov: label = "Estrofa 2"}\nla\n{eov}', 'Estrofa 2:\nla\n'],
    ["{sov label='Strophe'}\nla\n{eov}", 'Strophe:\nla\n'],
    ['{sov: Estrofa align=left}\nla\n{eov}', 'Estrofa:\nla\n'],
    ['{soc align=left}\nla\n{eoc}', 'Chorus:\nla\n'],
    ['{chorus: label="Fim"}', '(Fim)\n'],
  ])('%j is headed by its label alone', (text, expected) => {
    expect(renderText(parseChordPro(text))).toBe(expected)
    expect(renderText(parseChordPro(renderChordPro(parseChordPro(text))))).toBe(expected)
  })

  test.each(['x=1', 'label="a"', '4x4 Solo', 'a "b" = c'])(
    'a label such as %j is written so that it is read again',
    (label) => {
      for (const kind of ['verse', 'grid']) {
        const song = parseChordPro('')
        song.sections.push({ kind, label, lines: [{ kind: 'blank' }] })
        const again = parseChordPro(renderChordPro(song)).sections.find((section) => section.kind === kind)
        expect(again?.label).toBe(label)
      }
    },
  )

  test.each([
    // The first section of each kind is remembered, by place; what has its own chords keeps them.
    ['{sov}\n[C]la [G]le\n{eov}\n{sov}\n[^]da [^]de [^]di\n{eov}', 'C  G\nla le', 'C  G\nda de di'],
    ['{sov}\n[C]la [G]le\n{eov}\n{sov}\n[D]da [^]de\n{eov}', 'C  G\nla le', 'D  G\nda de'],
    ['{sov}\n[C]la\n{eov}\n{transpose: 2}\n{sov}\n[^]da\n{eov}', 'C\nla', 'D\nda'],
    ['{sov}\n[C]la [*x][G]le\n{eov}\n{sov}\n[^]da [*y][^]de\n{eov}', 'C  x G\nla   le', 'C  y G\nda   de'],
    ['{sov}\n[N.C.]la [Bb]le\n{eov}\n{sov}\n[^]da [^]de\n{eov}', 'N.C. Bb\nla   le', 'N.C. Bb\nda   de'],
    ['{sov cc="C G Am"}\n[^]da [^]de [^]di\n{eov}\n{sov}\n[^]la\n{eov}', 'C  G  Am\nda de di', 'C\nla'],
    ['{sov cc="a"}\n[C]la\n{eov}\n{sov cc="a:D E"}\n[^]da [^]de\n{eov}', 'C\nla', 'D  E\nda de'],
    ['{soc}\n[C]la\n{eoc}\n{sov}\n[^]da\n{eov}', 'C\nla', 'da'],
    ['{start_of_verse}\n[G-A]la\n{eov}\n{sov}\n[^][^]da\n{eov}', 'G A\n  la', 'G A\n  da'],
  ])('%j draws the chords it recalls', (text, first, second) => {
    const drawn = (song: ChordProSong) =>
      renderText(song)
        .split('\n\n')
        .map((part) => part.replace(/^\w+:\n/, '').trimEnd())
    expect(drawn(parseChordPro(text))).toEqual([first, second])
    const there = transpose(parseChordPro(text), 3)
    expect(drawn(transpose(there, -3))).toEqual([first, second])
    // In HTML the same ones.
    const inHtml = [...renderHtml(parseChordPro(text)).matchAll(/song-(?:chord|annotation)">([^<]+)</g)]
    const inText = [first, second].flatMap((part) => (part.includes('\n') ? part.split('\n', 1) : []))
    expect(inHtml.map(([, label]) => label)).toEqual(inText.join(' ').split(/ +/))
  })

  test('shows what is played where {transpose} moves it', () => {
    expect(renderText(parseChordPro('{transpose: 2}\n[C]la'))).toBe('D\nla\n')
  })

  test('read back, its words stand under the same chords', () => {
    const text = '[C]Ay, ay, [G7]ay, [C]ay,\ncanta y no llo[G7]res,\n[F]porque can[C/G]tando se a[G7]legran'
    const song = parseChordPro(text)
    expect(toChordPro(renderText(song))).toBe(`${text}\n`)
    for (const by of [1, 2, 7]) {
      const moved = transpose(song, by)
      expect(toChordPro(renderText(moved))).toBe(renderChordPro(moved))
    }
  })
})

describe('as HTML', () => {
  test('has a class for all that can be styled', () => {
    const song = parseChordPro('{title: <b> & "co"}\n{soc: Coro}\n[Am]una [*x]voz\n{eoc}\n{cb: nota}')
    expect(renderHtml(song)).toBe(
      '<article class="song"><h1 class="song-title">&lt;b&gt; &amp; &quot;co&quot;</h1>' +
        '<section class="song-section" data-kind="chorus"><h2 class="song-heading">Coro</h2><p class="song-line">' +
        '<span class="song-segment"><span class="song-chord">Am</span><span class="song-text">una </span></span>' +
        '<span class="song-segment"><span class="song-annotation">x</span><span class="song-text">voz</span></span></p></section>' +
        '<section class="song-section" data-kind="plain"><p class="song-comment song-comment-box">nota</p></section></article>',
    )
  })

  // The tags that there are; whatever else looks like markup came from a song. test/browser looks at the same
  // texts in a DOM.
  const tags = /<\/?(?:article|section|h1|h2|p|span|pre|br)(?: class="[a-z -]+")?(?: data-kind="[^"<>]*")?>/g
  const isSafe = (text: string) =>
    !/[<>"'\0\p{Surrogate}]/u.test(renderHtml(parseChordPro(text)).replace(tags, ''))

  test.each([...hostileTexts(), ...brokenTexts()])('holds no markup of the song: %j', (text) => {
    expect(isSafe(text)).toBe(true)
  })

  test('nor of any text', () => {
    const any = fc.oneof(anyText, fc.string({ unit: 'binary', maxLength: 200 }))
    fc.assert(fc.property(any, isSafe), { numRuns: 1000 })
  })
})

test('any text is rendered, as it is and transposed: nothing throws', () => {
  const any = fc.oneof(anyText, fc.string({ unit: 'binary', maxLength: 200 }))
  fc.assert(
    fc.property(any, fc.integer({ min: -11, max: 11 }), (text, semitones) => {
      for (const song of [parseChordPro(text), transpose(parseChordPro(text), semitones)]) {
        renderChordPro(song)
        renderText(song)
        renderHtml(song)
      }
      parseChordPro(toChordPro(text))
    }),
    { numRuns: 1000 },
  )
})
