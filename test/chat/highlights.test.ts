import { expect, test } from 'vitest'
import { type Person, signUp } from '../support/people.ts'

/** A query, a message that it finds, and what of the message is highlighted. */
const cases: [query: string, content: string, highlighted: string[]][] = [
  ['zamba', 'una zamba, dos ZAMBAS, la Zamba', ['zamba', 'ZAMBAS', 'Zamba']],
  ['zamba vieja', 'la zamba vieja y otra zambada', ['zamba', 'vieja']],
  ['cancion', 'la canción 🎸 y la CANCIÓN', ['canción', 'CANCIÓN']],
  // Emoji of one, two and many code units; flags, skin tones and a keycap.
  ['luz', '🎻 luz', ['luz']],
  ['luz', '👩‍👩‍👧‍👦👍🏽🇦🇷1️⃣❤️ luz 🎻', ['luz']],
  ['luz', '🎻luz🎻', ['luz']],
  // An accent as a mark of its own belongs to the letter.
  ['cafe', 'un cafe\u0301 🍵 cafe\u0301', ['cafe\u0301', 'cafe\u0301']],
  ['nandu', 'el n\u0303andu\u0301', ['n\u0303andu\u0301']],
  // Scripts without blanks: the run, and no single letters of it elsewhere.
  ['東京', '東大と東京タワー、京都', ['東京']],
  ['タワー', '東京ﾀﾜｰ と タワー', ['ﾀﾜｰ', 'タワー']],
  ['서울', '나는 서울에 산다', ['서울']],
  ['서울', `나는 ${'서울에'.normalize('NFD')} 산다`, ['서울'.normalize('NFD')]],
  ['𠮷野', '🎻𠮷野家へ', ['𠮷野']],
  ['ภาษา', 'สอนภาษาไทย', ['ภาษา']],
  ['東京', '（東京）は', ['東京']],
  // Phrases, exclusions, alternatives and beginnings.
  ['"luna llena"', 'llena la luna, luna llena', ['luna llena']],
  ['"rock and roll"', 'rock & roll, roll and rock', ['rock & roll']],
  ['-sol luna', 'la luna y la sola noche', ['luna']],
  ['sol or luna', 'la luna', ['luna']],
  ['gui', 'la guitarra', ['guitarra']],
  ['"gui" luna', 'la luna gui guitarra', ['luna', 'gui']],
  // Words with signs inside.
  ['dont', "no, don't! don’t", ["don't", 'don’t']],
  ["don't", "I don't care", ['don', 't']],
  ['pink', 'P!nk canta', ['P!nk']],
  ['acdc', 'vi a AC/DC', ['AC/DC']],
  ['go', 'Go💼od luck', ['Go']],
  ['oeuvre', 'un œuvre', ['œuvre']],
  ['strasse', 'die Straße', ['Straße']],
  ['محمد', 'قال مُحَمَّد ثم', ['مُحَمَّد']],
  ['שלום', 'אמר שָׁלוֹם לך', ['שָׁלוֹם']],
  ['iv', 'tomo Ⅳ', ['Ⅳ']],
  ['luna', 'línea uno\r\n\r\n\tluna\u00a0luna', ['luna', 'luna']],
]

test('what is highlighted is what the query found, whatever stands before it', async () => {
  const [ana, ben] = (await Promise.all(['Ana', 'Ben'].map((name) => signUp(name)))) as [Person, Person]
  const { chat } = ana.tertulia
  for (const [query, content, highlighted] of cases) {
    const { id } = await chat.createGroup({ memberIds: [ben.id] })
    const sent = await chat.send(id, { content })
    const { items } = await chat.searchMessages(query, { filters: { conversationId: id } })
    expect(
      items.map((one) => one.id),
      `${query} in ${content}`,
    ).toEqual([sent.id])
    const ranges = items[0]?.highlights ?? []
    expect(
      ranges.map(([start, end]) => content.slice(start, end)),
      `${query} in ${content}`,
    ).toEqual(highlighted)
    ranges.forEach(([start, end], n) => {
      expect(start).toBeGreaterThanOrEqual(ranges[n - 1]?.[1] ?? 0)
      expect(end).toBeLessThanOrEqual(content.length)
    })
  }
  const { id } = await chat.createGroup({ memberIds: [] })
  const content = 'sol '.repeat(2000)
  await chat.send(id, { content })
  const { items } = await chat.searchMessages('sol', { filters: { conversationId: id } })
  expect(items[0]?.highlights).toHaveLength(100)
  expect(items[0]?.highlights.at(-1)).toEqual([396, 399])
})
