import { expect, test, vi } from 'vitest'
import { createPhone, signInOn, startApp } from '../support/app.ts'
import { faultyFetch } from '../support/fetch.ts'
import { type Person, signUp } from '../support/people.ts'
import { closing, live, until } from '../support/watching.ts'

async function scene() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const { id: groupId } = await ana.tertulia.chat.createGroup({ subject: 'Ensayo', memberIds: [ben.id] })
  const phone = createPhone()
  let isOff = true
  const app = startApp(phone, {
    fetch: faultyFetch((path) =>
      isOff && path.endsWith('/send_message') ? new Response('', { status: 503 }) : 'pass',
    ),
    random: () => 0,
  })
  await signInOn(app, ben)
  const write = async (conversationId: string, ...texts: string[]) => {
    const conversation = app.tertulia.chat.openConversation(conversationId)
    for (const content of texts) await conversation.send({ content })
    conversation.close()
  }
  const connect = () => {
    isOff = false
  }
  return { ana, ben, id, groupId, phone, app, write, connect }
}

test('a failed message of a group that one left is listed and discarded without opening it', async () => {
  const { groupId, phone, app, write, connect } = await scene()
  await write(groupId, 'too late')
  await app.tertulia.chat.leave(groupId)
  connect()
  const { chat } = app.tertulia
  const failed = await vi.waitFor(
    async () => {
      const list = await chat.listUnsent()
      expect(list).toMatchObject([{ content: 'too late', status: 'failed', conversationId: groupId }])
      return list
    },
    { timeout: 15_000 },
  )
  expect(failed[0]?.failure?.code).toBe('conversation_not_found')
  const inbox = chat.watchInbox()
  await vi.waitFor(() =>
    expect(inbox.getSnapshot().unsent).toEqual({
      waiting: 0,
      failed: 1,
      byConversation: { [groupId]: { waiting: 0, failed: 1 } },
    }),
  )
  expect(await chat.discardUnsent({ messageId: failed[0]!.id.toUpperCase() })).toBe(1)
  expect(await chat.listUnsent()).toEqual([])
  await vi.waitFor(() => expect(inbox.getSnapshot().unsent.failed).toBe(0))
  inbox.close()
  expect([...phone.kept.keys()]).toEqual([])
})

test('messages are listed in the order of sending, of all conversations or of one, and discarded so', async () => {
  const { id, groupId, app, write, connect, ana } = await scene()
  const { chat } = app.tertulia
  await write(id, 'one')
  await write(groupId, 'two')
  await write(id, 'three')
  const contents = async (options?: { conversationId: string }) =>
    (await chat.listUnsent(options)).map(({ content }) => content)
  expect(await contents()).toEqual(['one', 'two', 'three'])
  expect(await contents({ conversationId: id.toUpperCase() })).toEqual(['one', 'three'])
  const conversation = closing(chat.openConversation(id))
  await until(conversation, ({ pending }) => pending.length === 2)
  expect(await chat.discardUnsent({ conversationId: id })).toBe(2)
  expect(conversation.getSnapshot().pending).toEqual([])
  expect(await chat.discardUnsent({ messageId: crypto.randomUUID() })).toBe(0)
  expect(await contents()).toEqual(['two'])
  connect()
  await vi.waitFor(
    async () =>
      expect((await ana.tertulia.chat.listMessages(groupId)).items).toMatchObject([{ content: 'two' }, {}]),
    { timeout: 15_000 },
  )
  expect((await ana.tertulia.chat.listMessages(id)).items).toEqual([])
})

test('after a sign-out one call clears what every user of the device left, and nothing of it is sent later', async () => {
  const { ana, ben, id, phone, app, write, connect } = await scene()
  const { chat } = app.tertulia
  await write(id, 'of Ben')
  await app.supabase.auth.signOut({ scope: 'local' })
  await signInOn(app, ana)
  await write(id, 'of Ana')
  await app.supabase.auth.signOut({ scope: 'local' })
  expect([phone.keeps('of Ben'), phone.keeps('of Ana')]).toEqual([true, true])
  for (const call of [chat.listUnsent(), chat.discardUnsent(), chat.discardUnsent({ conversationId: id })]) {
    await expect(call).rejects.toMatchObject({ code: 'not_signed_in' })
  }
  expect(await chat.discardUnsent({ everyone: true })).toBe(2)
  expect([...phone.kept.keys()]).toEqual([])
  connect()
  await signInOn(app, ben)
  const conversation = closing(chat.openConversation(id))
  await live(conversation)
  expect(conversation.getSnapshot()).toMatchObject({ pending: [], messages: [] })
})

test('a user lists and discards their own messages alone', async () => {
  const { ana, id, phone, app, write } = await scene()
  const { chat } = app.tertulia
  await write(id, 'of Ben')
  await app.supabase.auth.signOut({ scope: 'local' })
  await signInOn(app, ana)
  expect(await chat.listUnsent()).toEqual([])
  expect(await chat.discardUnsent()).toBe(0)
  expect(phone.keeps('of Ben')).toBe(true)
})

test('wrong options are refused with their field', async () => {
  const { app } = await scene()
  const { chat } = app.tertulia
  await expect(chat.listUnsent({ conversationId: '42' })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'conversationId',
  })
  await expect(chat.discardUnsent({ messageId: '42' })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'messageId',
  })
  const conversation = closing(chat.openConversation(crypto.randomUUID()))
  await expect(conversation.discard('42')).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'messageId',
  })
  await expect(conversation.retry('42')).rejects.toMatchObject({ code: 'invalid_input', field: 'messageId' })
})

test('a failed message that is sent again under its id goes, with what it says now', async () => {
  const { ana, ben, id, app, connect } = await scene()
  connect()
  await ana.tertulia.chat.block(ben.id)
  const conversation = closing(app.tertulia.chat.openConversation(id))
  const messageId = crypto.randomUUID()
  await conversation.send({ id: messageId, content: 'uno' })
  await until(conversation, ({ pending }) => pending[0]?.status === 'failed')
  await ana.tertulia.chat.unblock(ben.id)
  await conversation.send({ id: messageId, content: 'dos' })
  const { messages, pending } = await until(conversation, (shown) => shown.messages.length === 1)
  expect(messages).toMatchObject([{ id: messageId, content: 'dos' }])
  expect(pending).toEqual([])
})

test.each([
  ['a schema that the API reads anew', 404, '{"code":"PGRST202","message":"Could not find the function"}'],
  ['a page of a gateway', 200, '<html>Back soon</html>'],
])('%s is no word about the message: it is sent again', async (_, status, body) => {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  let refused = 0
  const app = startApp(createPhone(), {
    fetch: faultyFetch((path) =>
      path.endsWith('/send_message') && refused++ < 2 ? new Response(body, { status }) : 'pass',
    ),
    random: () => 0,
  })
  await signInOn(app, ben)
  const conversation = closing(app.tertulia.chat.openConversation(id))
  await conversation.send({ content: 'uno' })
  const { messages } = await until(conversation, (shown) => shown.messages.length === 1)
  expect(messages).toMatchObject([{ content: 'uno' }])
  expect(refused).toBe(3)
})
