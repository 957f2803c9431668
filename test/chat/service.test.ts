import { createTertulia } from 'tertulia'
import { expect, test, vi } from 'vitest'
import { connect, connectAsService, signUp } from '../support/people.ts'

const service = () => createTertulia(connectAsService()).chat

/** Everything that the feed has after a position. */
async function readFeed(afterId: number) {
  const items = []
  for (let from = afterId; ; ) {
    const page = await service().listUndelivered({ afterId: from, limit: 1000 })
    items.push(...page.items)
    if (page.nextId === from) return { items, nextId: from }
    from = page.nextId
  }
}

test('the push feed tells the service who has not read, once', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const { nextId } = await readFeed(0)
  const { id: messageId } = await ana.tertulia.chat.send(id, { content: '¿Vienes?' })
  const item = await vi.waitFor(
    async () => {
      const found = (await readFeed(nextId)).items.find(({ message }) => message.id === messageId)
      if (!found) throw new Error('not there yet')
      return found
    },
    { timeout: 15_000, interval: 50 },
  )
  expect(item).toMatchObject({
    message: { content: '¿Vienes?', createdAt: expect.any(Date) },
    conversation: { id, kind: 'direct', subject: null },
    sender: { id: ana.id, displayName: 'Ana' },
    recipients: [ben.id],
  })
  await expect(service().listUndelivered({ limit: 0 })).rejects.toMatchObject({ field: 'limit' })
})

test('what deleted accounts leave is emptied by the service', async () => {
  expect(await service().emptyDeletedAccounts({ batch: 10 })).toEqual({
    emptied: expect.any(Number),
    remaining: expect.any(Number),
  })
  await expect(service().emptyDeletedAccounts({ batch: 0 })).rejects.toMatchObject({ field: 'batch' })
})

test('people may do neither', async () => {
  const ana = await signUp('Ana')
  for (const [chat, code] of [
    [ana.tertulia.chat, 'forbidden'],
    [createTertulia(connect()).chat, 'not_signed_in'],
  ] as const) {
    await expect(chat.listUndelivered()).rejects.toMatchObject({ code })
    await expect(chat.emptyDeletedAccounts()).rejects.toMatchObject({ code })
  }
})
