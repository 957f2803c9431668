import { expect, test } from 'vitest'
import { signUp } from '../support/people.ts'

const messages = {
  link: 'mira https://tertulia.example.com/canciones/gracias-a-la-vida?x=1',
  mail: 'escribe a violeta.parra@example.org',
  apostrophe: "we don't know l'été",
  japanese: '明日は歩いて行こう',
  thai: 'วันเพ็ญเดือนสิบสอง',
  korean: '첫사랑이에요',
  hebrew: 'שָׁלוֹם לְכֻלָּם',
}

test.each([
  ['canciones', 'link'],
  ['tertulia', 'link'],
  ['gracias vida', 'link'],
  ['violeta', 'mail'],
  ['violeta.parra@example.org', 'mail'],
  ['dont know', 'apostrophe'],
  ['don’t', 'apostrophe'],
  ['lete', 'apostrophe'],
  ['ete', 'apostrophe'],
  ['歩いて', 'japanese'],
  ['明日', 'japanese'],
  ['เดือน', 'thai'],
  ['사랑', 'korean'],
  ['שלום', 'hebrew'],
  ['"don t know"', 'apostrophe'],
] as const)('%j finds the message with a %s', async (typed, wanted) => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  for (const content of Object.values(messages)) await ana.tertulia.chat.send(id, { content })
  const { items } = await ben.tertulia.chat.searchMessages(typed)
  expect(items.map(({ content }) => content)).toEqual([messages[wanted]])
})
