import { expect, test, vi } from 'vitest'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { closing, live, until } from '../support/watching.ts'

// The SDK has no calls for these yet; the database has, and an open conversation shows what they do.
async function call(person: Person, fn: string, args: object): Promise<{ id: string }> {
  const { data, error } = await person.supabase.rpc(fn, args)
  if (error) throw error
  return data as { id: string }
}

async function group() {
  const people = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
  const [ana, ben, eve] = people as [Person, Person, Person]
  const { id } = await call(ana, 'create_group', {
    group_id: crypto.randomUUID(),
    subject: 'Ensayo',
    member_ids: [ben.id, eve.id],
  })
  return { ana, ben, eve, id }
}

test('edits, deletions and reactions show live, without a request', async () => {
  const { ana, ben, id } = await group()
  const onOperation = vi.fn()
  const watcher = await signInAgain(ben, { onOperation })
  const conversation = closing(watcher.tertulia.chat.openConversation(id))
  await live(conversation)
  onOperation.mockClear()
  const first = await ana.tertulia.chat.send(id, { content: 'primera' })
  const second = await ana.tertulia.chat.send(id, { content: 'segunda' })
  await call(ana, 'edit_message', { message_id: first.id, changes: { content: 'primera, corregida' } })
  await call(ana, 'react', { message_id: first.id, emoji: '🎶', present: true })
  await call(ana, 'delete_message', { message_id: second.id })
  const { messages } = await until(conversation, (shown) => shown.messages[2]?.deletedAt != null)
  expect(messages).toMatchObject([
    { seq: 1, system: { type: 'created' } },
    {
      content: 'primera, corregida',
      editedAt: expect.any(Date),
      reactions: [{ emoji: '🎶', userIds: [ana.id] }],
    },
    { content: '', deletedAt: expect.any(Date), seq: 3 },
  ])
  expect(onOperation).not.toHaveBeenCalled()
})

test('subject, people and roles show live, without a request but for the key of the topic when somebody left', async () => {
  const { ana, ben, eve, id } = await group()
  const onOperation = vi.fn()
  const watcher = await signInAgain(ben, { onOperation })
  const conversation = closing(watcher.tertulia.chat.openConversation(id))
  await live(conversation)
  expect(conversation.getSnapshot().conversation).toMatchObject({ kind: 'group', subject: 'Ensayo' })
  onOperation.mockClear()
  await call(ana, 'update_group', { conversation_id: id, changes: { subject: 'Concierto' } })
  await call(ana, 'set_role', { conversation_id: id, user_id: ben.id, role: 'admin' })
  await until(conversation, (shown) =>
    Boolean(shown.conversation?.participants.some(({ role }) => role === 'admin')),
  )
  expect(onOperation).not.toHaveBeenCalled()
  await call(ana, 'remove_participant', { conversation_id: id, user_id: eve.id })
  await ana.tertulia.chat.send(id, { content: 'y un mensaje' })
  const shown = await until(conversation, ({ messages }) => messages.length === 4)
  expect(shown.conversation?.subject).toBe('Concierto')
  expect(shown.conversation?.participants.map(({ displayName, role }) => [displayName, role]).sort()).toEqual(
    [
      ['Ana', 'owner'],
      ['Ben', 'admin'],
    ],
  )
  await vi.waitFor(() =>
    expect(onOperation.mock.calls.map(([{ operation }]) => operation)).toEqual(['chat.sync']),
  )
})

test('whoever is removed sees it end, and nothing of what was there stays', async () => {
  const { ana, eve, id } = await group()
  const conversation = eve.tertulia.chat.openConversation(id)
  await live(conversation)
  await ana.tertulia.chat.send(id, { content: 'todavía con Eve' })
  await until(conversation, ({ messages }) => messages.length === 2)
  await call(ana, 'remove_participant', { conversation_id: id, user_id: eve.id })
  await until(conversation, ({ status }) => status === 'closed')
  expect(conversation.getSnapshot()).toMatchObject({
    closeReason: 'removed',
    messages: [],
    conversation: null,
  })
  await ana.tertulia.chat.send(id, { content: 'ya sin Eve' })
  await expect(eve.tertulia.chat.listMessages(id)).rejects.toMatchObject({ code: 'conversation_not_found' })
})
