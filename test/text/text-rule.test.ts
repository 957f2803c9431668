import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import postgres from 'postgres'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { parseInput } from '../../src/core/parse.ts'
import { text } from '../../src/core/shape.ts'

interface TextCase {
  name: string
  kind: 'name' | 'lines' | 'emoji'
  text: string
  longest?: number
  /** As the database keeps it; null when it refuses. */
  kept: string | null
}

const { texts, broken }: { texts: TextCase[]; broken: { name: string; text: string }[] } = JSON.parse(
  readFileSync(new URL('./cases.json', import.meta.url), 'utf8'),
)

const sql = postgres(inject('stack').dbUrl, { max: 1 })
afterAll(() => sql.end())

// The compiler's target knows no flag v.
const ofStrings = 'v'
const recommended = new RegExp('^\\p{RGI_Emoji}$', ofStrings)
const isRecommended = (value: string) => recommended.test(value)

const readOnClient = (value: string) => parseInput('test', text(), value)

async function keep(kind: string, value: string, longest = 100): Promise<string | null> {
  try {
    const [row] = await sql`select private.check_text(${kind}, ${value}, ${longest}, 'save', 'label') as kept`
    return row?.kept
  } catch (error) {
    expect(JSON.parse((error as postgres.PostgresError).detail ?? '')).toEqual({
      code: 'invalid_input',
      field: 'label',
    })
    return null
  }
}

test.each(texts)('$kind: $name', async ({ kind, text: value, longest, kept }) => {
  expect(readOnClient(value)).toBe(value)
  expect(await keep(kind, value, longest)).toBe(kept)
  // What is kept stays as it is.
  if (kept !== null) expect(await keep(kind, kept, longest)).toBe(kept)
})

test.each(broken)('the client refuses what the database cannot be asked: $name', ({ text: value }) => {
  expect(() => readOnClient(value)).toThrow(expect.objectContaining({ code: 'invalid_input' }))
})

test('every emoji that Unicode recommends is one reaction, with and without U+FE0F', async () => {
  const emoji: string[] = []
  const points = Array.from({ length: 0x1fbff }, (_, code) => code).filter(
    (code) => code < 0xd800 || code > 0xdfff,
  )
  for (const code of points)
    for (const end of ['', '\ufe0f', '\u{1f3fb}', '\u{1f3fe}', '\ufe0f\u20e3'])
      if (isRecommended(String.fromCodePoint(code) + end)) emoji.push(String.fromCodePoint(code) + end)
  const letters = Array.from({ length: 26 }, (_, at) => String.fromCodePoint(0x1f1e6 + at))
  const pairs = letters.flatMap((first) => letters.map((second) => first + second))
  emoji.push(...pairs.filter((pair) => isRecommended(pair)))
  const heads = ['🧑', '👩🏿', '👨🏽', '🏃', '🏃🏾', '🐻', '❤️', '🏳️', '🏴', '👁️', '😮', '🐦', '⛓️', '🍋', '🧑🏻']
  const tails = [
    '⚕️',
    '♀️',
    '♂️',
    '🚀',
    '🦰',
    '❄️',
    '🔥',
    '🌈',
    '☠️',
    '🗨️',
    '💨',
    '⬛',
    '💥',
    '🟩',
    '🤝‍🧑',
    '❤️‍🧑🏿',
    '♂️‍➡️',
  ]
  const joined = heads.flatMap((head) => tails.map((tail) => `${head}\u200d${tail}`))
  emoji.push(...joined.filter((sequence) => isRecommended(sequence)))
  expect(emoji.length).toBeGreaterThan(1900)
  const rows =
    await sql`select e, private.one_emoji(e) as kept, private.one_emoji(translate(e, U&'\\FE0F', '')) as bare
    from unnest(${emoji}::text[]) as e`
  // Not as the database has them: those that it keeps in another way.
  expect(rows.filter(({ e, kept, bare }) => kept !== e || bare !== e)).toEqual([])
  const none = await sql`select e from unnest(${pairs.filter((pair) => !isRecommended(pair))}::text[]) as e
    where private.one_emoji(e) is not null`
  expect(none).toHaveLength(0)
})

describe('a text is cut', () => {
  const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
  const ends = (value: string) => [
    ...new Set(
      [...segmenter.segment(value)].map(
        ({ index, segment }) => [...value.slice(0, index + segment.length)].length,
      ),
    ),
  ]
  const parts = [
    ...[
      'a',
      ' ',
      'é',
      'e\u0301',
      '👨‍👩‍👧‍👦',
      '🇨🇱',
      '🇨',
      '👍🏽',
      '❤️',
      '1️⃣',
      '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
      '한',
      '한',
      'ᄒ',
      '각',
      '각ᆨ',
      'क्ष',
      'क्‍ष',
    ],
    ...[
      'नि',
      'தி',
      '\u200d',
      '\u0300',
      '\r\n',
      '\n',
      '\u0600',
      'ক্ত',
      '\u{16d63}',
      'ﷺ',
      '\ufe0f',
      '♀',
      '\u{1f3fd}',
      'ำ',
      'ล',
    ],
  ]
  const cut = async (value: string, longest: number): Promise<string> =>
    (await sql`select private.cut_text(${value}, ${longest}) as cut`)[0]?.cut

  test('where a character that people see as one ends, as Intl.Segmenter has it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 30 }).map((some) => some.join('')),
        fc.integer({ min: 1, max: 40 }),
        async (value, longest) => {
          const result = await cut(value, longest)
          const length = [...result].length
          expect(value.startsWith(result)).toBe(true)
          const points = [...value].length
          const best = Math.max(0, ...ends(value).filter((end) => end <= longest))
          // One that is longer than the whole cut is cut.
          expect(length).toBe(points <= longest ? points : best || longest)
        },
      ),
      { numRuns: 1500 },
    )
  })

  test('at once, though it be marks alone', async () => {
    expect(await cut(`ab${'\u0301'.repeat(8000)}`, 140)).toBe('a')
    expect([...(await cut('\u0301'.repeat(8000), 140))]).toHaveLength(140)
    expect(await cut('🇨🇱'.repeat(4000), 139)).toBe('🇨🇱'.repeat(69))
  })
})
