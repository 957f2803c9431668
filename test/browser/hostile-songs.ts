import assert from 'node:assert/strict'
import { parseChordPro, renderHtml } from '../../src/chordpro/index.ts'
import { brokenTexts } from '../../test/chordpro/broken.ts'
import { hostileTexts } from '../../test/chordpro/hostile.ts'
import type { Person } from './person.ts'

const allowedElements = 'ARTICLE BR H1 H2 P PRE SECTION SPAN'.split(' ')
const allowedAttributes = ['class', 'data-kind']

/** Puts the HTML of hostile songs into a page of its own and looks at what became of it. */
export async function renderHostileSongs({ page }: Person): Promise<void> {
  const pages = [...hostileTexts(), ...brokenTexts()].map((text) => renderHtml(parseChordPro(text)))
  const window = await page.context().newPage()
  try {
    await window.setContent('<div id="songs"></div>')
    const found = await window.evaluate((songs) => {
      const root = document.querySelector('#songs') ?? document.body
      const elements = new Set<string>()
      const attributes = new Set<string>()
      for (const song of songs) {
        root.innerHTML = song
        // What parses one way in a page may parse another way when it is written out and read again.
        for (const html of [song, root.innerHTML]) {
          root.innerHTML = html
          for (const element of root.querySelectorAll('*')) {
            elements.add(element.tagName)
            for (const { name } of element.attributes) attributes.add(name)
          }
        }
      }
      return { elements: [...elements], attributes: [...attributes], ran: 'ran' in globalThis }
    }, pages)
    assert(pages.length >= 400, 'there are over 400 songs')
    assert.deepEqual(
      found.elements.filter((name) => !allowedElements.includes(name)),
      [],
    )
    assert.deepEqual(
      found.attributes.filter((name) => !allowedAttributes.includes(name)),
      [],
    )
    assert(!found.ran, 'no script of a song ran')
    // As the page itself, where a script element would run.
    await window.setContent(pages.join('\n'))
    assert(!(await window.evaluate(() => 'ran' in globalThis)), 'no script of a song ran')
  } finally {
    await window.close()
  }
}
