import { expect, test } from '@playwright/test'
import { type PrintOptions, parseChordPro, renderPrint } from '../../src/chordpro/index.ts'

const stanza =
  '[Am]Gracias a la [E7]vida que me ha [Am]dado tanto\nMe [C]dio dos lu[G7]ceros que cuando los [C]abro'
const long = parseChordPro(`{title: Gracias a la vida}\n${Array(14).fill(stanza).join('\n\n')}`)
const short = parseChordPro(`{title: Corta}\n${stanza}\n\n${stanza}\n\n${stanza}\n\n${stanza}`)

/** The sizes of the sheets of a PDF in points, as its pages say. */
const sheets = (pdf: Buffer) =>
  [...pdf.toString('latin1').matchAll(/\/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]/g)].map(([, width, height]) => [
    Math.round(Number(width)),
    Math.round(Number(height)),
  ])

test('a songbook has a sheet for each song, in the size of the paper, and two columns save sheets', async ({
  page,
}) => {
  const print = async (options: PrintOptions) => {
    await page.setContent(renderPrint([long, short, short], options))
    return sheets(await page.pdf({ preferCSSPageSize: true }))
  }
  const a4 = [595, 842]
  expect(await print({})).toEqual([a4, a4, a4, a4])
  expect(await print({ columns: 2 })).toEqual([a4, a4, a4])
  expect(await print({ columns: 2, paper: 'letter' })).toEqual(Array(3).fill([612, 792]))
})

test('columns are filled from stanza to stanza, and no stanza or chord is broken', async ({ page }) => {
  await page.setViewportSize({ width: 680, height: 980 })
  await page.setContent(renderPrint([short], { columns: 2 }))
  const { lefts, broken, apart } = await page.evaluate(() => {
    const all = (selector: string) => [...document.querySelectorAll(selector)]
    return {
      lefts: all('.song-stanza').map((one) => Math.round(one.getBoundingClientRect().left)),
      broken: all('.song-stanza, .song-segment').filter((one) => one.getClientRects().length !== 1).length,
      // Each chord stands over the beginning of its words.
      apart: all('.song-segment').filter((one) => {
        const [chord, words] = [one.querySelector('.song-chord'), one.querySelector('.song-text')]
        if (!chord?.textContent || !words) return false
        const [over, under] = [chord.getBoundingClientRect(), words.getBoundingClientRect()]
        return Math.abs(over.left - under.left) > 1 || over.bottom > under.top + 1
      }).length,
    }
  })
  expect(new Set(lefts.slice(0, 2)).size).toBe(1)
  expect(new Set(lefts.slice(2)).size).toBe(1)
  expect(lefts[3]).toBeGreaterThan(lefts[0]!)
  expect({ broken, apart }).toEqual({ broken: 0, apart: 0 })
})
