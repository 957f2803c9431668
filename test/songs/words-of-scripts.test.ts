import postgres from 'postgres'
import { expect, inject, test } from 'vitest'
import { signUp } from '../support/people.ts'

const writings: [string, string, string[]][] = [
  ['of Arabic punctuation', 'مرحبا، كيف حالك؟', ['مرحبا', 'مرحبا،', 'حالك؟', 'حالك']],
  ['of the Urdu full stop', 'دل ہے۔', ['ہے۔', 'ہے']],
  ['of the danda', 'तेरा नाम। मेरा', ['नाम।', 'नाम', 'तेरा नाम मेरा']],
  ['of Armenian punctuation', 'Ես քեզ։ սիրում եմ՝', ['քեզ։', 'քեզ', 'եմ']],
  ['of Ethiopic punctuation', 'ሰላም፣ ለኪ።', ['ሰላም፣', 'ሰላም', 'ለኪ']],
  ['of Tibetan syllables', 'བོད་ཡིག་', ['བོད', 'བོད་ཡིག']],
  ['of the Greek question mark', 'Ελλάδα; τι', ['ελλαδα', 'Ελλάδα;']],
  ['of a joiner without a width', 'می‌خواهم', ['می‌خواهم', 'میخواهم', 'می خواهم']],
  ['of a blank without a width', 'zero​width', ['zerowidth', 'zero width']],
  ['of marks of direction', '‏שיר‎ יפה', ['שיר', 'שיר יפה']],
  ['of Arabic digits', '١٢٣ نشيد', ['123', '١٢٣', '۱۲۳']],
  ['of Devanagari digits', '१२३ गीत', ['123', '१२३']],
  ['of the number sign', '№5 vals', ['no 5 vals', '№5 vals', '№ 5 vals']],
  ['of numbers with an exponent', '1e5x 99e1red 7e3', ['1e5x', '99e1red', '99e1re', '7e3', '1e5x 99e1red']],
]

test.each(writings)(
  'a song, a message and a user are found for all their writing %s',
  async (_name, title, queries) => {
    const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
    const { id } = await ana.tertulia.songs.create({ title, content: 'la' })
    await ana.tertulia.profiles.update({ bio: title })
    const { id: conversationId } = await ana.tertulia.chat.getDirect(ben.id)
    const message = await ana.tertulia.chat.send(conversationId, { content: title })
    for (const query of [...queries, title]) {
      const found = await Promise.all([
        ana.tertulia.songs.search(query),
        ana.tertulia.chat.searchMessages(query),
        ana.tertulia.profiles.search(query),
      ])
      const ids = found.map(({ items }) => (items as { id: string }[]).map((item) => item.id))
      expect([query, ...ids]).toEqual([
        query,
        ...[id, message.id, ana.id].map((one) => expect.arrayContaining([one])),
      ])
    }
  },
)

/** The letters, marks and digits of a text that no range has. */
const unmarked = (text: string, ranges: readonly (readonly [number, number])[]) =>
  [...text.matchAll(/[\p{L}\p{M}\p{N}]/gu)]
    .filter(({ index }) => !ranges.some(([start, end]) => start <= index && index < end))
    .map(([sign]) => sign)
    .join('')

test.each([...writings, ['of a name with a sign', 'AC/DC live', []] as (typeof writings)[number]])(
  'what was found is marked as a whole %s',
  async (_name, title, _queries) => {
    const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
    const { id } = await ana.tertulia.songs.create({ title, content: `first\n${title}` })
    const { id: conversationId } = await ana.tertulia.chat.getDirect(ben.id)
    const message = await ana.tertulia.chat.send(conversationId, { content: title })
    const song = (await ana.tertulia.songs.search(title)).items.find((one) => one.id === id)
    expect(unmarked(title, song?.highlights.title ?? [])).toBe('')
    const { text = '', ranges = [] } = song?.highlights.excerpt ?? {}
    expect([text, unmarked(text, ranges)]).toEqual([title, ''])
    const found = (await ana.tertulia.chat.searchMessages(title)).items.find((one) => one.id === message.id)
    expect(unmarked(title, found?.highlights ?? [])).toBe('')
  },
)

test('each word of a query without a blank is marked, also where a text has it alone', async () => {
  const ana = await signUp('Ana')
  const { id } = await ana.tertulia.songs.create({ title: 'DC and AC', content: 'حالك\nكيف مرحبا' })
  const song = async (query: string) =>
    (await ana.tertulia.songs.search(query)).items.find((one) => one.id === id)?.highlights
  expect((await song('AC/DC'))?.title).toEqual([
    [0, 2],
    [7, 9],
  ])
  expect((await song('مرحبا،حالك'))?.excerpt).toEqual({ text: 'حالك', ranges: [[0, 4]] })
})

test('the words of a query are the words that the database keeps, whatever letter is in them', async () => {
  const sql = postgres(inject('stack').adminDbUrl, { max: 1 })
  const wrong = await sql`
    select to_hex(w.n) as sign, w.word, to_tsvector('pg_catalog.simple', w.word)::text as kept
    from (
      select n, string_to_table(private.split_words(private.fold_text('a' || chr(n) || '5e5' || chr(n) || 'b ' || chr(n))), ' ') as word
      from generate_series(1, 65533) as n
      where n not between 55296 and 63743
    ) as w
    where w.word <> '' and to_tsvector('pg_catalog.simple', w.word)::text <> private.quote_lexeme(w.word) || ':1'`
  expect(wrong.slice(0, 10)).toEqual([])
  await sql.end()
})
