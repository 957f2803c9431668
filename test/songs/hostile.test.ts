import { parseChordPro, renderChordPro } from 'tertulia/chordpro'
import { expect, test } from 'vitest'
import { hostileTexts } from '../chordpro/hostile.ts'
import { signUp } from '../support/people.ts'

test('over 200 songs whose writers mean harm are saved as they are, none refused', async () => {
  const ana = await signUp()
  // PostgreSQL stores no NUL.
  const texts = hostileTexts().map((text) => text.replaceAll('\0', ''))
  expect(texts.length).toBeGreaterThanOrEqual(200)
  const results = await ana.tertulia.songs.import(
    texts.flatMap((content) => [{ content }, { content: renderChordPro(parseChordPro(content)) }]),
  )
  expect(results.filter(({ error }) => error !== null)).toEqual([])
  const first = await ana.tertulia.songs.get(results[0]?.id ?? '')
  expect(first.content).toBe(texts[0])
})
