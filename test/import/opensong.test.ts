import { parseChordPro, renderText } from 'tertulia/chordpro'
import { fromOpenSong } from 'tertulia/import'
import { describe, expect, test } from 'vitest'

const song = (lyrics: string, more = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<song><title>Sublime gracia</title><author>John Newton</author>${more}<lyrics>${lyrics}</lyrics></song>`
const body = (lyrics: string, more = '') =>
  fromOpenSong(song(lyrics, more))
    .split('\n')
    .filter((line) => !/^\{(?:title|artist)/.test(line))
    .join('\n')
    .trim()
const refusal = (xml: string) => {
  try {
    fromOpenSong(xml)
  } catch (error) {
    return error
  }
}

describe('a song of OpenSong', () => {
  test('has its chords at the words they stand over', () => {
    expect(body('[V]\n.D       D7\n Sublime  gracia\n')).toBe(
      '{start_of_verse}\n[D]Sublime [D7] gracia\n{end_of_verse}',
    )
  })

  test('gives numbered lines as a verse each, all with the chords', () => {
    expect(body('[V]\n.C      G\n1Primera vez\n2Segunda vez\n[C]\n.F\n Coro\n')).toBe(
      [
        '{start_of_verse: Verse 1}\n[C]Primera[G] vez\n{end_of_verse}',
        '{start_of_verse: Verse 2}\n[C]Segunda[G] vez\n{end_of_verse}',
        '{start_of_chorus}\n[F]Coro\n{end_of_chorus}',
      ].join('\n'),
    )
  })

  test('follows the order of presentation and recalls a chorus', () => {
    expect(body('[V1]\n una\n[C]\n coro\n[V2]\n dos\n', '<presentation>V1 C V2 C</presentation>')).toBe(
      [
        '{start_of_verse: Verse 1}\nuna\n{end_of_verse}',
        '{start_of_chorus}\ncoro\n{end_of_chorus}',
        '{start_of_verse: Verse 2}\ndos\n{end_of_verse}',
        '{chorus}',
      ].join('\n'),
    )
  })

  test('keeps every part where the order names one that is not there', () => {
    expect(body('[V1]\n una\n[V2]\n dos\n', '<presentation>V1 X9</presentation>')).toContain('dos')
  })

  test('keeps comments, breaks and chords that stand alone, and drops what stretches words', () => {
    expect(body(';lento\n[I]\n.Am  G\n\n[V1]\n.C    F\n San__to\n---\n.G\n fin || ya\n')).toBe(
      [
        '{comment: lento}',
        '{start_of_part: I}\n[Am] [G]\n{end_of_part}',
        '{start_of_verse: Verse 1}\n[C]San[F]to\n{column_break}\n[G]fin   ya\n{end_of_verse}',
      ].join('\n'),
    )
  })

  test('brings key, capo, tempo, time, themes and copyright', () => {
    const more =
      '<key>G</key><capo print="true">2</capo><tempo>92</tempo><time_sig>3/4</time_sig><theme>Gracia; Fe</theme><copyright>dominio público</copyright>'
    expect(Object.fromEntries(parseChordPro(fromOpenSong(song('[V]\n una', more))).metadata)).toEqual({
      title: ['Sublime gracia'],
      artist: ['John Newton'],
      copyright: ['dominio público'],
      key: ['G'],
      capo: ['2'],
      tempo: ['92'],
      time: ['3/4'],
      tag: ['Gracia', 'Fe'],
    })
  })

  test('keeps every letter of a line that begins in the first column', () => {
    expect(body('[V]\n.C\nAmazing grace\n how\n\tsweet\n')).toBe(
      '{start_of_verse}\n[C]Amazing grace\nhow\nsweet\n{end_of_verse}',
    )
  })

  test('holds words that look like ChordPro as words', () => {
    const words = '{title: otro} [Am] # y &amp; &lt;b&gt;'
    const read = parseChordPro(fromOpenSong(song(`[V]\n ${words}\n#no\n`)))
    expect(read.metadata.get('title')).toEqual(['Sublime gracia'])
    expect(renderText(read)).toContain('& <b>')
  })

  test.each([
    ['no XML', 'hola'],
    ['an end that is missing', '<song><lyrics>una'],
    ['another root', '<score><lyrics>una</lyrics></score>'],
    ['no lyrics', '<song><title>una</title></song>'],
    ['an empty text', ''],
    [
      'elements deep in each other',
      `<song>${'<a>'.repeat(5_000)}${'</a>'.repeat(5_000)}<lyrics>a</lyrics></song>`,
    ],
    ['a text over 10 MiB', `<song><lyrics>${'a'.repeat(10 * 1024 * 1024)}</lyrics></song>`],
  ])('is refused with its field: %s', (_what, xml) => {
    expect(refusal(xml)).toMatchObject({ name: 'TertuliaError', code: 'invalid_input', field: 'file' })
  })

  test('brings nothing from outside, and expands no entity of its own', () => {
    const xml =
      '<!DOCTYPE song [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>\n'
    expect(fromOpenSong(`${xml}<song><title>T</title><lyrics>[V]\n uno &b; &x; dos</lyrics></song>`)).toMatch(
      /uno &b; &x; dos/,
    )
  })
})
