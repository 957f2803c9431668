import { expect, test, vi } from 'vitest'
import { createScene, within } from './support.ts'

const long = { ...within, timeout: 45_000 }

test('edits, deletions, reactions, read positions and flags made without a network show at once, outlive a restart, and are sent once, the last one deciding', async () => {
  const scene = await createScene()
  const { ana, ben, id, proxy, start, visit } = scene
  await ana.tertulia.chat.send(id, { content: 'mine' })
  const other = await ana.tertulia.chat.send(id, { content: 'mine too' })
  await visit()
  const { items } = await ben.tertulia.chat.listMessages(id)
  const [, mine, three, , one] = items
  proxy.block()
  const requests = vi.fn()
  const first = start({ onOperation: requests })
  const inbox = first.tertulia.chat.watchInbox()
  const conversation = first.tertulia.chat.openConversation(id)
  await vi.waitFor(() => {
    expect(conversation.getSnapshot()).toMatchObject({ status: 'offline', messages: [{}, {}, {}, {}, {}] })
    expect(inbox.getSnapshot()).toMatchObject({ status: 'offline', items: [{}] })
  }, within)
  const edited = await conversation.edit(mine!.id, 'first try')
  expect(edited).toMatchObject({ id: mine!.id, content: 'first try', editedAt: expect.any(Date) })
  await conversation.edit(mine!.id, { content: 'second try' })
  await conversation.edit(mine!.id, { metadata: { colour: 'red' } })
  await conversation.react(three!.id, '🎸')
  await conversation.react(three!.id, '👍')
  await conversation.react(three!.id, '🎸', false)
  await conversation.edit(other.id, 'soon gone')
  await expect(conversation.delete(other.id)).resolves.toMatchObject({
    content: '',
    deletedAt: expect.any(Date),
  })
  await first.tertulia.chat.setFlags(id, { muted: true })
  await expect(first.tertulia.chat.setFlags(id, { pinned: true })).resolves.toMatchObject({
    pinned: true,
    muted: true,
  })
  await expect(conversation.react(one!.id, 'no emoji', 'yes' as never)).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'present',
  })
  // A message that is not loaded cannot be foreseen.
  await expect(conversation.edit(crypto.randomUUID(), 'x')).rejects.toMatchObject({ retryable: true })

  const shown = {
    messages: [
      {},
      {},
      { reactions: [{ emoji: '👍', userIds: [ana.id] }] },
      { content: 'second try', metadata: { colour: 'red' } },
      { content: '' },
    ],
  }
  const inInbox = { items: [{ muted: true, pinned: true, lastMessage: { content: '' } }], unread: 0 }
  expect(conversation.getSnapshot()).toMatchObject(shown)
  expect(conversation.getSnapshot().messages[2]!.reactions).toHaveLength(1)
  expect(inbox.getSnapshot()).toMatchObject(inInbox)
  // They are no messages.
  expect(conversation.getSnapshot().pending).toEqual([])
  expect(inbox.getSnapshot().unsent).toMatchObject({ waiting: 0 })
  await expect(first.tertulia.chat.listUnsent()).resolves.toEqual([])
  first.tertulia.close()

  const second = start()
  const again = second.tertulia.chat.openConversation(id)
  const inboxAgain = second.tertulia.chat.watchInbox()
  await vi.waitFor(() => {
    expect(again.getSnapshot()).toMatchObject(shown)
    expect(inboxAgain.getSnapshot()).toMatchObject(inInbox)
  }, within)
  expect((await ben.tertulia.chat.listMessages(id)).items[1]).toMatchObject({ content: 'mine' })
  const revisionsBefore = await headOf(scene)
  proxy.restore()
  await vi.waitFor(async () => {
    const now = (await ben.tertulia.chat.listMessages(id)).items.reverse()
    expect(now).toMatchObject(shown.messages)
    expect(again.getSnapshot()).toMatchObject({ status: 'live' })
    expect(again.getSnapshot().messages).toEqual(now)
  }, long)
  // One edit, one reaction, one deletion; a reaction that was taken back is one that changes nothing.
  expect((await headOf(scene)) - revisionsBefore).toBe(3)
  const { items: flags } = await ana.tertulia.chat.inbox()
  expect(flags).toMatchObject([{ muted: true, pinned: true }])
  await vi.waitFor(() => expect(scene.phone.keeps('second try')).toBe(false), within)
})

test('a read position that was set without a network shows in the inbox too, and arrives', async () => {
  const { ben, id, proxy, start, visit } = await createScene()
  await visit()
  proxy.block()
  const { tertulia } = start()
  const conversation = tertulia.chat.openConversation(id)
  const inbox = tertulia.chat.watchInbox()
  await vi.waitFor(() => expect(inbox.getSnapshot()).toMatchObject({ status: 'offline', unread: 3 }), within)
  await vi.waitFor(
    () => expect(conversation.getSnapshot()).toMatchObject({ status: 'offline', unread: 3 }),
    within,
  )
  await conversation.markRead(1)
  await conversation.markRead()
  expect(conversation.getSnapshot()).toMatchObject({ unread: 0, lastReadSeq: 3 })
  expect(inbox.getSnapshot()).toMatchObject({ unread: 0, items: [{ lastReadSeq: 3 }] })
  tertulia.close()
  const again = start()
  const inboxAgain = again.tertulia.chat.watchInbox()
  await vi.waitFor(() => expect(inboxAgain.getSnapshot()).toMatchObject({ loaded: true, unread: 0 }), within)
  proxy.restore()
  const theirs = ben.tertulia.chat.openConversation(id)
  await vi.waitFor(() => {
    const { conversation: about } = theirs.getSnapshot()
    expect(about?.participants.map(({ lastReadSeq }) => lastReadSeq)).toEqual([3, 3])
  }, long)
  theirs.close()
})

test('what the database refuses is no longer shown, and the app hears why', async () => {
  const scene = await createScene()
  const { ana, ben, id, proxy, start, visit } = scene
  const mine = await ana.tertulia.chat.send(id, { content: 'mine' })
  await visit()
  const theirs = (await ben.tertulia.chat.listMessages(id)).items[1]!
  proxy.block()
  const onRefused = vi.fn()
  const { tertulia } = start({ onRefused })
  const conversation = tertulia.chat.openConversation(id)
  await vi.waitFor(() => expect(conversation.getSnapshot().status).toBe('offline'), within)
  await conversation.edit(theirs.id, 'not mine')
  await conversation.edit(mine.id, 'kept')
  expect(conversation.getSnapshot().messages.map(({ content }) => content)).toEqual([
    'one',
    'two',
    'not mine',
    'kept',
  ])
  proxy.restore()
  await vi.waitFor(() => expect(onRefused).toHaveBeenCalledTimes(1), long)
  expect(onRefused).toHaveBeenCalledWith(
    expect.objectContaining({
      operation: 'chat.editMessage',
      conversationId: id,
      messageId: theirs.id,
      code: 'forbidden',
    }),
  )
  await vi.waitFor(() => {
    expect(conversation.getSnapshot().messages.map(({ content }) => content)).toEqual([
      'one',
      'two',
      'three',
      'kept',
    ])
  }, long)
  await vi.waitFor(async () => {
    expect((await ben.tertulia.chat.listMessages(id)).items[0]).toMatchObject({ content: 'kept' })
  }, long)

  // With a network the call itself says it, as it does without a cache.
  await vi.waitFor(() => expect(conversation.getSnapshot().status).toBe('live'), long)
  await expect(conversation.edit(theirs.id, 'not mine')).rejects.toMatchObject({
    name: 'TertuliaError',
    code: 'forbidden',
  })
  await expect(conversation.react(theirs.id, 'xx')).rejects.toMatchObject({ code: 'invalid_input' })
  expect(onRefused).toHaveBeenCalledTimes(1)
  expect(conversation.getSnapshot().messages[2]).toMatchObject({ content: 'three' })
  await expect(conversation.react(theirs.id, '🎸')).resolves.toMatchObject({ reactions: [{ emoji: '🎸' }] })
})

test('they are kept for their user alone, and go with what discardUnsent removes', async () => {
  const { ana, ben, id, phone, proxy, start, visit } = await createScene()
  const mine = await ana.tertulia.chat.send(id, { content: 'mine' })
  await visit()
  proxy.block()
  const { tertulia, supabase } = start()
  const conversation = tertulia.chat.openConversation(id)
  await vi.waitFor(() => expect(conversation.getSnapshot().status).toBe('offline'), within)
  await conversation.edit(mine.id, 'private thought')
  await conversation.send({ content: 'unsent' })
  expect(phone.keeps('private thought')).toBe(true)
  await supabase.auth.signOut({ scope: 'local' })
  await vi.waitFor(
    () => expect(conversation.getSnapshot()).toMatchObject({ status: 'closed', messages: [] }),
    within,
  )
  await expect(tertulia.chat.discardUnsent({ everyone: true })).resolves.toBe(2)
  expect(phone.keeps('private thought')).toBe(false)
  expect((await ben.tertulia.chat.listMessages(id)).items[0]).toMatchObject({ content: 'mine' })
})

async function headOf({ ana, id }: Awaited<ReturnType<typeof createScene>>): Promise<number> {
  const { data } = await ana.supabase.rpc('sync_conversation', { conversation_id: id })
  return data.conversation.last_revision
}
