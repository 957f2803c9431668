import fc from 'fast-check'
import { Window } from 'happy-dom'
import { extractLyrics, parseChordPro, renderHtml, renderPrint } from 'tertulia/chordpro'
import { describe, expect, test } from 'vitest'
import { anyText } from './arbitrary.ts'

const domOf = (html: string) => {
  const { document } = new Window()
  document.body.innerHTML = html
  return document.body
}
const unbroken = (text: string) => domOf(renderHtml(parseChordPro(text), { unbroken: true }))
const texts = (body: ReturnType<typeof domOf>, selector: string) =>
  [...body.querySelectorAll(selector)].map((element) => element.textContent)

describe('a song for narrow pages', () => {
  test('keeps a word that chords divide in one piece', () => {
    const body = unbroken('[C]Ay, Cie[G]li[D]to lindo, [Am]canta y no [E7]llo[Am]res')
    const words = [...body.querySelectorAll('.song-word')].map((word) =>
      [...word.querySelectorAll('.song-text')].map(({ textContent }) => textContent).join(''),
    )
    expect(words).toEqual(['Cielito ', 'llores'])
  })

  test('keeps chords between words, and lines without chords as they are', () => {
    const body = unbroken('[C] [G] [D]\nsin acordes aquí\n[*rit.]fin')
    expect(texts(body, '.song-chord').filter(Boolean)).toEqual(['C', 'G', 'D'])
    expect(texts(body, '.song-line')[1]).toBe('sin acordes aquí')
    expect(texts(body, '.song-annotation')).toEqual(['rit.'])
  })

  test('parts stanzas where blank lines do', () => {
    const body = unbroken('una\ndos\n\n\ntres\n{soc}\n\ncoro\n{eoc}')
    expect(texts(body, '.song-stanza')).toEqual(['unados', 'tres', 'coro'])
    expect(body.querySelector('br')).toBeNull()
  })

  test('holds every word and chord of any text in its order', () => {
    const letters = (text: string | null) => (text ?? '').replace(/\s/g, '')
    fc.assert(
      fc.property(anyText, (text) => {
        const song = parseChordPro(text)
        const plain = domOf(renderHtml(song))
        const body = domOf(renderHtml(song, { unbroken: true }))
        expect(letters(body.textContent)).toBe(letters(plain.textContent))
        expect(texts(body, '.song-chord').filter(Boolean)).toEqual(
          texts(plain, '.song-chord').filter(Boolean),
        )
      }),
    )
  })
})

describe('songs for paper', () => {
  const sur = parseChordPro('{title: Sur & más}\n{language: es}\n[Am]San Juan y [E7]Boedo')

  test('are one page of HTML in the size and the columns asked for', () => {
    const page = renderPrint([sur], { paper: 'letter', columns: 2, fontSize: 9.5 })
    expect(page).toMatch(/^<!doctype html>\n<html lang="es">/)
    expect(page).toContain('<title>Sur &amp; más</title>')
    expect(page).toContain('@page { size: letter;')
    expect(page).toContain('columns: 2;')
    expect(page).toContain('font: 9.5pt/')
    expect(page).not.toMatch(/<script|<link|<img|url\(/)
  })

  test('begin a sheet each, with what the app puts under their heads', () => {
    const body = domOf(renderPrint([sur, sur], { under: () => '<svg></svg>' }))
    expect(body.querySelectorAll('.song')).toHaveLength(2)
    expect([...body.querySelectorAll('.song')].map((song) => song.children[1]?.className)).toEqual([
      'song-under',
      'song-under',
    ])
    expect(renderPrint([sur, sur])).toContain('<title></title>')
  })

  test('may have no head, no words, or be none at all', () => {
    expect(renderPrint([parseChordPro('')], { under: () => 'hola' })).toContain(
      '<div class="song-under">hola</div><section',
    )
    expect(renderPrint([])).toContain('</style>')
  })

  test('put nothing of the writer into the page but text', () => {
    const hostile = parseChordPro(
      '{title: </title><script>a</script>}\n{language: es"><script>}\n[</style>]x<img>',
    )
    const page = renderPrint([hostile])
    expect(page).not.toMatch(/<script|<img/)
    expect(page.match(/<\/style>/g)).toHaveLength(1)
    expect(extractLyrics(hostile)).toBe('x<img>')
  })

  test.each([
    { paper: 'A5' },
    { columns: 3 },
    { fontSize: 5 },
    { fontSize: Number.NaN },
    { paper: 'toString' },
  ])('are refused with %o', (options) => {
    expect(() => renderPrint([sur], options as never)).toThrow(RangeError)
  })
})
