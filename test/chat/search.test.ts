import { expect, test } from 'vitest'
import { signUp } from '../support/people.ts'

test('messages are found by words, newest first, page by page, in one’s own conversations alone', async () => {
  const [ana, ben, eve] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const other = await ben.tertulia.chat.getDirect(eve.id)
  for (const n of [1, 2, 3, 4, 5]) await ana.tertulia.chat.send(id, { content: `Canción número ${n}` })
  await eve.tertulia.chat.send(other.id, { content: 'canción de Eve' })

  const found: string[] = []
  for await (const message of ana.tertulia.chat.searchMessages('CANCION num', { limit: 2 })) {
    found.push(message.content)
  }
  expect(found).toEqual([5, 4, 3, 2, 1].map((n) => `Canción número ${n}`))
  const page = await ben.tertulia.chat.searchMessages('canción', { limit: 200 })
  expect(page.items.map(({ senderId }) => senderId)).toEqual([eve.id, ...Array(5).fill(ana.id)])
  expect(page.nextCursor).toBeNull()
  const inOne = await ben.tertulia.chat.searchMessages('canción -número', { filters: { conversationId: id } })
  expect(inOne.items).toEqual([])
  expect((await ben.tertulia.chat.searchMessages('"número 4"')).items).toMatchObject([{ seq: 4 }])
  expect((await ben.tertulia.chat.searchMessages('')).items).toEqual([])
})

test('what cannot be searched is refused', async () => {
  const [ana, ben, eve] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  for (const content of ['uno dos', 'dos tres']) await ana.tertulia.chat.send(id, { content })
  const search = eve.tertulia.chat.searchMessages
  await expect(search('dos', { filters: { conversationId: id } })).rejects.toMatchObject({
    code: 'conversation_not_found',
  })
  await expect(search('x'.repeat(201))).rejects.toMatchObject({ code: 'invalid_input', field: 'query' })
  await expect(search('dos', { limit: 201 })).rejects.toMatchObject({ code: 'invalid_input', field: 'limit' })
  // The cursor of one search is none of another.
  const { nextCursor } = await ana.tertulia.chat.searchMessages('dos', { limit: 1 })
  expect(nextCursor).not.toBeNull()
  await expect(
    ana.tertulia.chat.searchMessages('tres', { limit: 1, cursor: nextCursor! }),
  ).rejects.toMatchObject({ code: 'invalid_cursor' })
})

test('neither deleted messages nor those of a conversation that was left are found', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id] })
  const word = `w${crypto.randomUUID().slice(0, 8)}`
  const gone = await ana.tertulia.chat.send(id, { content: `${word} gone` })
  await ana.tertulia.chat.send(id, { content: `${word} there` })
  await ana.tertulia.chat.deleteMessage(gone.id)
  const found = async (query: string) =>
    (await ben.tertulia.chat.searchMessages(query)).items.map(({ content }) => content)
  expect(await found(word)).toEqual([`${word} there`])
  // A query of exclusions alone fits an emptied message, too.
  expect(await found('-nonsense')).not.toContain('')
  await ben.tertulia.chat.leave(id)
  expect(await found(word)).toEqual([])
})
