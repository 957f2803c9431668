import { expect, test, vi } from 'vitest'
import { createScene, within } from './support.ts'

const long = { ...within, timeout: 45_000 }

test('a draft that is written without a network shows at once, outlives a restart, and the last one is sent', async () => {
  const { ana, id, proxy, start, visit } = await createScene()
  const [first] = (await ana.tertulia.chat.listMessages(id)).items
  await visit()
  proxy.block()
  const { tertulia } = start()
  const inbox = tertulia.chat.watchInbox()
  await vi.waitFor(
    () => expect(inbox.getSnapshot()).toMatchObject({ status: 'offline', items: [{}] }),
    within,
  )
  const draft = () => inbox.getSnapshot().items[0]!.draft
  await tertulia.chat.setDraft(id, { content: 'O', replyTo: first!.id, metadata: { colour: 'red' } })
  expect(draft()).toMatchObject({ content: 'O', replyTo: first!.id, metadata: { colour: 'red' }, id: null })
  await tertulia.chat.setDraft(id, { content: 'gone' })
  await tertulia.chat.setDraft(id, { content: '' })
  expect(draft()).toBeNull()
  await tertulia.chat.setDraft(id, { content: 'On my w' })
  // Nothing of the one before remains.
  expect(draft()).toEqual({
    id: null,
    content: 'On my w',
    replyTo: null,
    metadata: {},
    updatedAt: expect.any(Date),
  })
  await expect(tertulia.chat.setDraft(id, 7 as never)).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(tertulia.chat.setDraft(crypto.randomUUID(), { content: 'x' })).rejects.toMatchObject({
    retryable: true,
  })
  expect(inbox.getSnapshot().unsent).toMatchObject({ waiting: 0 })
  tertulia.close()

  const again = start()
  const inboxAgain = again.tertulia.chat.watchInbox()
  await vi.waitFor(
    () => expect(inboxAgain.getSnapshot().items).toMatchObject([{ draft: { content: 'On my w' } }]),
    within,
  )
  expect((await ana.tertulia.chat.inbox()).items[0]!.draft).toBeNull()
  proxy.restore()
  await vi.waitFor(async () => {
    const { items } = await ana.tertulia.chat.inbox()
    expect(items[0]!.draft).toMatchObject({ content: 'On my w', replyTo: null, metadata: {} })
    expect(inboxAgain.getSnapshot()).toMatchObject({ status: 'live' })
    expect(inboxAgain.getSnapshot().items[0]!.draft).toEqual(items[0]!.draft)
  }, long)
})

test('a draft of a message that was sent without a network too does not come back', async () => {
  const { ana, id, proxy, start, visit } = await createScene()
  await visit()
  await ana.tertulia.chat.setDraft(id, { content: 'of before' })
  proxy.block()
  const { tertulia } = start()
  const inbox = tertulia.chat.watchInbox()
  const conversation = tertulia.chat.openConversation(id)
  await vi.waitFor(() => {
    expect(inbox.getSnapshot()).toMatchObject({ status: 'offline', items: [{}] })
    expect(conversation.getSnapshot().status).toBe('offline')
  }, within)
  const messageId = crypto.randomUUID()
  await tertulia.chat.setDraft(id, { id: messageId, content: 'On my way' })
  await conversation.send({ id: messageId, content: 'On my way!' })
  await tertulia.chat.setDraft(id, { id: messageId, content: 'On my way!' })
  proxy.restore()
  await vi.waitFor(async () => {
    const [item] = (await ana.tertulia.chat.inbox()).items
    expect(item).toMatchObject({ lastMessage: { content: 'On my way!' }, draft: null })
    expect(inbox.getSnapshot()).toMatchObject({ status: 'live', items: [{ draft: null }] })
  }, long)
})

test('a draft that the database refuses is no longer shown, and the app hears why', async () => {
  const { ana, id, proxy, start, visit } = await createScene()
  await visit()
  proxy.block()
  const onRefused = vi.fn()
  const { tertulia } = start({ onRefused })
  const inbox = tertulia.chat.watchInbox()
  await vi.waitFor(
    () => expect(inbox.getSnapshot()).toMatchObject({ status: 'offline', items: [{}] }),
    within,
  )
  await tertulia.chat.setDraft(id, { content: 'x', id: 'no id' })
  proxy.restore()
  await vi.waitFor(() => {
    expect(onRefused).toHaveBeenCalledWith(
      expect.objectContaining({ operation: 'chat.setDraft', conversationId: id, code: 'invalid_input' }),
    )
    expect(inbox.getSnapshot()).toMatchObject({ status: 'live', items: [{ draft: null }] })
  }, long)
  expect((await ana.tertulia.chat.inbox()).items[0]!.draft).toBeNull()
})
