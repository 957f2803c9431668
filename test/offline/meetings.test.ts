import { expect, test, vi } from 'vitest'
import { createScene, type Scene, within } from './support.ts'

const long = { ...within, timeout: 45_000 }

/** The app of Ana's phone without a network, with her inbox and the conversation as they were kept. */
async function startOffline({ id, proxy, start }: Scene, options: Parameters<Scene['start']>[0] = {}) {
  proxy.block()
  const { tertulia } = start(options)
  const inbox = tertulia.chat.watchInbox()
  const conversation = tertulia.chat.openConversation(id)
  await vi.waitFor(() => {
    expect(inbox.getSnapshot()).toMatchObject({ status: 'offline', items: [{}] })
    expect(conversation.getSnapshot()).toMatchObject({ status: 'offline', conversation: {} })
  }, within)
  return { tertulia, inbox, conversation }
}

test('a conversation that was hidden without a network comes back with a message that came meanwhile', async () => {
  const scene = await createScene()
  const { ana, ben, id, proxy, visit } = scene
  await visit()
  const { tertulia } = await startOffline(scene)
  await expect(tertulia.chat.setFlags(id, { markedUnread: true })).resolves.toMatchObject({
    markedUnread: true,
  })
  await expect(tertulia.chat.setFlags(id, { hidden: true })).resolves.toMatchObject({ hidden: true })
  await tertulia.chat.setFlags(id, { muted: true })
  await ben.tertulia.chat.send(id, { content: 'came meanwhile' })
  proxy.restore()
  await vi.waitFor(async () => {
    const { data } = await ana.supabase.rpc('set_conversation_flags', { conversation_id: id, flags: {} })
    expect(data).toMatchObject({ muted: true })
  }, long)
  const { items } = await ana.tertulia.chat.inbox()
  expect(items).toMatchObject([{ muted: true, lastMessage: { content: 'came meanwhile' } }])
})

test('what is marked as unread, then read, then muted without a network ends as muted and read', async () => {
  const scene = await createScene()
  const { ana, id, proxy, visit } = scene
  await ana.tertulia.chat.markRead(id)
  await visit()
  const unset = { messages: undefined, conversations: undefined, bytes: undefined, maxAgeMs: undefined }
  const { tertulia, inbox, conversation } = await startOffline(scene, unset)
  await tertulia.chat.setFlags(id, { markedUnread: true })
  expect(inbox.getSnapshot().items[0]).toMatchObject({ markedUnread: true })
  await conversation.markRead()
  expect(inbox.getSnapshot().items[0]).toMatchObject({ markedUnread: false })
  await tertulia.chat.setFlags(id, { muted: true })
  proxy.restore()
  await vi.waitFor(async () => {
    const { items } = await ana.tertulia.chat.inbox()
    expect(items).toMatchObject([{ muted: true, markedUnread: false }])
  }, long)
})

test('history that was cleared while the conversation was closed does not show from its kept copy', async () => {
  const scene = await createScene()
  const { id, items, start, visit } = scene
  await visit()
  const { tertulia } = start()
  const inbox = tertulia.chat.watchInbox()
  await vi.waitFor(() => expect(inbox.getSnapshot().status).toBe('live'), within)
  await tertulia.chat.clearHistory(id)
  await vi.waitFor(() => {
    expect([...items.values()].join()).toMatch(/visible_from_seq\\*":4/)
  }, within)
  tertulia.close()
  const { conversation } = await startOffline(scene)
  expect(conversation.getSnapshot().messages).toEqual([])
})

test('each write that the database refuses is told once', async () => {
  const scene = await createScene()
  const { ben, proxy, start, visit } = scene
  await visit()
  const [three, two] = (await ben.tertulia.chat.listMessages(scene.id)).items
  const { tertulia, conversation } = await startOffline(scene)
  await conversation.edit(three!.id, 'not mine')
  await conversation.edit(two!.id, 'not mine either')
  await conversation.react(two!.id, '🎸')
  tertulia.close()
  proxy.restore()
  const onRefused = vi.fn()
  const second = start({ onRefused })
  // Nothing is open when the answers come.
  await vi.waitFor(async () => {
    expect((await ben.tertulia.chat.listMessages(scene.id)).items[1]).toMatchObject({
      reactions: [{ emoji: '🎸' }],
    })
  }, long)
  second.tertulia.chat.watchInbox()
  await vi.waitFor(() => {
    expect(onRefused.mock.calls.length).toBeGreaterThan(1)
    expect(scene.phone.keeps('not mine')).toBe(false)
  }, long)
  expect(onRefused.mock.calls.map(([write]) => write.messageId)).toEqual([three!.id, two!.id])
})

test('with a network a call itself says that it is refused, also when nobody reads the handle', async () => {
  const { ben, id, items, start, visit } = await createScene()
  await visit()
  const [three] = (await ben.tertulia.chat.listMessages(id)).items
  const onRefused = vi.fn()
  const conversation = start({ onRefused }).tertulia.chat.openConversation(id)
  for (const content of ['catches up', 'comes live']) {
    await ben.tertulia.chat.send(id, { content })
    await vi.waitFor(() => expect([...items.values()].join()).toContain(content), within)
  }
  await expect(conversation.edit(three!.id, 'not mine')).rejects.toMatchObject({ code: 'forbidden' })
  expect(onRefused).not.toHaveBeenCalled()
})
