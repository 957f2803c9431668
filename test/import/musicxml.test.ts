import { strToU8, zipSync } from 'fflate'
import { describeSong, parseChordPro } from 'tertulia/chordpro'
import { fromMusicXml } from 'tertulia/import'
import { describe, expect, test } from 'vitest'

const note = (text: string, { syllabic = 'single', verse = '1', duration = 1 } = {}) =>
  `<note><pitch><step>C</step><octave>4</octave></pitch><duration>${duration}</duration>${
    text && `<lyric number="${verse}"><syllabic>${syllabic}</syllabic><text>${text}</text></lyric>`
  }</note>`
const chord = (root: string, kind = 'major', more = '') =>
  `<harmony><root><root-step>${root}</root-step></root><kind>${kind}</kind>${more}</harmony>`
const measure = (...parts: string[]) => `<measure>${parts.join('')}</measure>`
const score = (measures: string, head = '') =>
  `<?xml version="1.0"?>\n<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">\n<score-partwise version="4.0">${head}<part-list><score-part id="P1"/></part-list><part id="P1">${measures}</part></score-partwise>`
const read = async (measures: string, head = '') => (await fromMusicXml(score(measures, head))).trim()
const refusal = (input: string | Uint8Array) => fromMusicXml(input).catch((error: unknown) => error)

describe('a score of MusicXML', () => {
  test('gives words with chords at their syllables', async () => {
    const song = await read(
      measure(
        chord('C'),
        note('Cie', { syllabic: 'begin' }),
        note('li', { syllabic: 'middle' }),
        chord('G', 'dominant'),
        note('to', { syllabic: 'end' }),
      ) + measure(note('lin', { syllabic: 'begin' }), chord('C'), note('do', { syllabic: 'end' })),
    )
    expect(song).toBe('[C]Cieli[G7]to lin[C]do')
  })

  test('gives a section for each verse, all with the chords', async () => {
    const both = (first: string, second: string) =>
      `<note><duration>1</duration><lyric number="1"><text>${first}</text></lyric><lyric number="2"><text>${second}</text></lyric></note>`
    expect(await read(measure(chord('C'), both('una', 'dos'), chord('F'), both('vez', 'más')))).toBe(
      '{start_of_verse: Verse 1}\n[C]una [F]vez\n{end_of_verse}\n{start_of_verse: Verse 2}\n[C]dos [F]más\n{end_of_verse}',
    )
  })

  test('keeps chords that are played alone, and those between two syllables', async () => {
    expect(
      await read(
        measure(chord('A', 'minor'), note(''), chord('E', 'dominant'), note('')) +
          measure(chord('A', 'minor'), note('La'), chord('D', 'minor'), note(''), chord('E'), note('luz')),
      ),
    ).toBe('[Am] [E7] [Am]La [Dm] [E]luz')
  })

  test('breaks lines where the staff does, else after four measures', async () => {
    const word = (text: string, print = '') => measure(print, note(text))
    expect(await read(word('a') + word('b') + word('c', '<print new-system="yes"/>'))).toBe('a b\nc')
    expect(await read(['a', 'b', 'c', 'd', 'e'].map((text) => word(text)).join(''))).toBe('a b c d\ne')
  })

  test('takes chords from another part, at their time', async () => {
    const xml = `<score-partwise><part id="P1">${measure('<attributes><divisions>2</divisions></attributes>', note('so', { duration: 2 }), note('la', { duration: 2 }))}</part><part id="P2">${measure(
      '<attributes><divisions>4</divisions></attributes>',
      chord('G'),
      '<forward><duration>4</duration></forward>',
      chord('C'),
    )}</part></score-partwise>`
    expect((await fromMusicXml(xml)).trim()).toBe('[G]so [C]la')
    const timewise = `<score-timewise><measure><part id="P1">${chord('G')}${note('so')}</part></measure><measure><part id="P1">${note('la')}</part></measure></score-timewise>`
    expect((await fromMusicXml(timewise)).trim()).toBe('[G]so la')
  })

  test.each([
    [chord('F', 'half-diminished'), 'Fm7b5'],
    [chord('C', 'suspended-fourth'), 'Csus4'],
    [chord('C', 'major', '<bass><bass-step>E</bass-step></bass>'), 'C/E'],
    [
      chord(
        'C',
        'dominant',
        '<degree><degree-value>9</degree-value><degree-alter>-1</degree-alter><degree-type>add</degree-type></degree>',
      ),
      'C7b9',
    ],
    [
      chord(
        'C',
        'major',
        '<degree><degree-value>9</degree-value><degree-alter>0</degree-alter><degree-type>add</degree-type></degree>',
      ),
      'Cadd9',
    ],
    [
      '<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind>major</kind></harmony>',
      'Bb',
    ],
    [
      '<harmony><root><root-step>B</root-step><root-alter>-2</root-alter></root><kind>major</kind></harmony>',
      'A',
    ],
    [
      '<harmony><root><root-step>F</root-step><root-alter>1.0</root-alter></root><kind>minor</kind></harmony>',
      'F#m',
    ],
    ['<harmony><kind>none</kind></harmony>', 'N.C.'],
    ['<harmony><root><root-step>C</root-step></root><kind text="7alt">other</kind></harmony>', 'C7alt'],
  ])('reads chord %# as %s', async (harmony, name) => {
    expect(await read(measure(harmony, note('la')))).toBe(`[${name}]la`)
  })

  test('brings title, creators, key, time and tempo', async () => {
    const head =
      '<work><work-title>Vals &amp; más</work-title></work><identification><creator type="composer">Ana</creator><creator type="lyricist">Luz</creator><rights>CC0</rights></identification>'
    const attributes =
      '<attributes><divisions>1</divisions><key><fifths>-3</fifths><mode>minor</mode></key><time><beats>3</beats><beat-type>4</beat-type></time></attributes><direction><sound tempo="92.4"/></direction>'
    const song = parseChordPro(await read(measure(attributes, note('la')), head))
    expect(describeSong(song)).toMatchObject({
      title: 'Vals & más',
      key: 'Cm',
      timeSignature: '3/4',
      tempo: 92,
    })
    expect(song.metadata.get('composer')).toEqual(['Ana'])
    expect(song.metadata.get('lyricist')).toEqual(['Luz'])
  })

  test('reads grace notes, chords of notes, elisions and two voices at their time', async () => {
    expect(
      await read(
        measure(
          '<note><grace/><pitch/></note>',
          chord('C'),
          '<note><duration>1</duration><lyric><syllabic>single</syllabic><text>de</text><elision>‿</elision><text>a</text></lyric></note>',
          '<note><chord/><duration>1</duration></note>',
          chord('G'),
          note('hoy'),
          '<backup><duration>2</duration></backup>',
          '<note><duration>2</duration><voice>2</voice></note>',
        ),
      ),
    ).toBe('[C]de‿a [G]hoy')
  })
})

describe('a compressed score', () => {
  const xml = score(measure(chord('C'), note('sol')))
  const container = '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>'
  const packed = (files: Record<string, string | Uint8Array>) =>
    zipSync(
      Object.fromEntries(
        Object.entries(files).map(([name, file]) => [name, typeof file === 'string' ? strToU8(file) : file]),
      ),
    )

  test('is unpacked, from bytes and from a Blob', async () => {
    const bytes = packed({ 'META-INF/container.xml': container, 'score.xml': xml })
    expect(await fromMusicXml(bytes)).toBe('[C]sol\n')
    expect(await fromMusicXml(new Blob([bytes as Uint8Array<ArrayBuffer>]))).toBe('[C]sol\n')
    expect(await fromMusicXml(strToU8(xml))).toBe('[C]sol\n')
  })

  test('may be UTF-16', async () => {
    const utf16 = new Uint8Array(
      new Uint16Array([0xfeff, ...[...xml].map((letter) => letter.charCodeAt(0))]).buffer,
    )
    expect(await fromMusicXml(packed({ 'META-INF/container.xml': container, 'score.xml': utf16 }))).toBe(
      '[C]sol\n',
    )
  })

  test.each([
    ['no container', packed({ 'score.xml': xml })],
    ['no score', packed({ 'META-INF/container.xml': container })],
    ['half an archive', packed({ 'META-INF/container.xml': container, 'score.xml': xml }).slice(0, 60)],
    [
      'a score over 10 MiB',
      packed({ 'META-INF/container.xml': container, 'score.xml': new Uint8Array(10 * 1024 * 1024 + 1) }),
    ],
    ['other bytes', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 1, 2)],
    ['none', new Uint8Array()],
  ])('is refused with its field: %s', async (_what, bytes) => {
    expect(await refusal(bytes)).toMatchObject({ code: 'invalid_input', field: 'file' })
  })
})

test.each([
  ['another root', '<song/>'],
  ['neither words nor chords', score(measure(note('')))],
  ['no part', '<score-partwise/>'],
  ['no XML', '{}'],
])('a score is refused with its field: %s', async (_what, xml) => {
  expect(await refusal(xml)).toMatchObject({ code: 'invalid_input', field: 'file' })
})
