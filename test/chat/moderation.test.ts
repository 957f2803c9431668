import type { Report } from 'tertulia'
import { expect, test } from 'vitest'
import { connectAsService, type Person, signUp } from '../support/people.ts'
import { readAs } from '../support/readers.ts'

async function pair() {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  return { ana, ben, id }
}

async function moderator(): Promise<Person> {
  const judge = await signUp('Judge')
  const marked = await connectAsService().auth.admin.updateUserById(judge.id, {
    app_metadata: { role: 'moderator' },
  })
  expect(marked.error).toBeNull()
  await judge.supabase.auth.refreshSession()
  return judge
}

test('a block stops both, shows to the blocker alone, and can be taken back', async () => {
  const { ana, ben, id } = await pair()
  await ana.tertulia.chat.block(ben.id)
  await ana.tertulia.chat.block(ben.id)
  expect(await ana.tertulia.chat.listBlocks()).toEqual([
    { id: ben.id, handle: expect.any(String), displayName: 'Ben', createdAt: expect.any(Date) },
  ])
  expect(await ben.tertulia.chat.listBlocks()).toEqual([])
  const blocked = { code: 'blocked' }
  await expect(ben.tertulia.chat.send(id, { content: 'x' })).rejects.toMatchObject(blocked)
  await expect(ana.tertulia.chat.send(id, { content: 'x' })).rejects.toMatchObject(blocked)
  await expect(ben.tertulia.chat.getDirect(ana.id)).rejects.toMatchObject(blocked)
  // Not his to take back.
  await ben.tertulia.chat.unblock(ana.id)
  await expect(ben.tertulia.chat.send(id, { content: 'x' })).rejects.toMatchObject(blocked)
  await ana.tertulia.chat.unblock(ben.id)
  expect(await ben.tertulia.chat.send(id, { content: 'again' })).toMatchObject({ seq: 1 })
  await expect(ana.tertulia.chat.block(ana.id)).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'userId',
  })
  await expect(ana.tertulia.chat.block('ben')).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(ana.tertulia.chat.block(crypto.randomUUID())).rejects.toMatchObject({
    code: 'profile_not_found',
  })
})

test('a report keeps the message as it was, for moderators, a page at a time', async () => {
  const [{ ana, ben, id }, judge] = await Promise.all([pair(), moderator()])
  const sent = []
  for (const content of ['one', 'two', 'three']) sent.push(await ben.tertulia.chat.send(id, { content }))
  const reason = crypto.randomUUID()
  for (const message of sent) await ana.tertulia.chat.report(message.id, { reason, note: 'ñ' })
  await ana.tertulia.chat.report(sent[0]!.id, { reason: 'once more' })
  await ben.tertulia.chat.deleteMessage(sent[2]!.id)

  const mine: Report[] = []
  for await (const report of judge.tertulia.chat.listReports({ limit: 2 })) {
    if (report.reason === reason) mine.push(report)
  }
  expect(mine.map(({ reported }) => reported?.content)).toEqual(['three', 'two', 'one'])
  expect(mine[0]).toMatchObject({
    reporterId: ana.id,
    note: 'ñ',
    message: { content: '', deletedAt: expect.any(Date), senderId: ben.id, conversationId: id },
    resolvedAt: null,
    resolution: null,
  })
  await judge.tertulia.chat.resolveReport(mine[0]!.id, { note: 'deleted already' })
  await judge.tertulia.chat.resolveReport(mine[0]!.id, { note: 'too late' })
  const { items } = await judge.tertulia.chat.listReports({ limit: 200, resolved: true })
  expect(items.find((report) => report.id === mine[0]!.id)).toMatchObject({
    resolvedBy: judge.id,
    resolvedAt: expect.any(Date),
    resolution: 'deleted already',
  })
  // What was reported is theirs to delete, though the conversation is closed to them.
  expect(await judge.tertulia.chat.deleteMessage(sent[1]!.id)).toMatchObject({ content: '' })
  await expect(judge.tertulia.chat.listMessages(id)).rejects.toMatchObject({ code: 'conversation_not_found' })
  await expect(judge.tertulia.chat.resolveReport(crypto.randomUUID())).rejects.toMatchObject({
    code: 'report_not_found',
  })
})

test('the copy that a report holds goes with its sender’s account', async () => {
  const [{ ana, ben, id }, judge] = await Promise.all([pair(), moderator()])
  const message = await ben.tertulia.chat.send(id, { content: 'personal' })
  const reason = crypto.randomUUID()
  await ana.tertulia.chat.report(message.id, { reason })
  await ben.tertulia.profiles.deleteAccount()
  const { items } = await judge.tertulia.chat.listReports({ limit: 200 })
  expect(items.find((report) => report.reason === reason)).toMatchObject({
    reported: null,
    message: { content: '' },
  })
})

test('only who is in a conversation reports, and only moderators read', async () => {
  const { ana, ben, id } = await pair()
  const eve = await signUp('Eve')
  const message = await ben.tertulia.chat.send(id, { content: 'x' })
  const reason = { reason: 'spam' }
  await expect(eve.tertulia.chat.report(message.id, reason)).rejects.toMatchObject({
    code: 'message_not_found',
  })
  await expect(ana.tertulia.chat.report(message.id, { reason: ' ' })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'reason',
  })
  await expect(
    ana.tertulia.chat.report(message.id, { ...reason, note: 'x'.repeat(2001) }),
  ).rejects.toMatchObject({ code: 'invalid_input', field: 'note' })
  await expect(ana.tertulia.chat.listReports()).rejects.toMatchObject({ code: 'forbidden' })
  await expect(ana.tertulia.chat.resolveReport(crypto.randomUUID())).rejects.toMatchObject({
    code: 'forbidden',
  })
})

test('a moderator reads the file of a reported message, and of no other', async () => {
  const [{ ana, ben, id }, judge] = await Promise.all([pair(), moderator()])
  const send = async (name: string) => {
    const file = new File(['%PDF'], name, { type: 'application/pdf' })
    const uploaded = await ben.tertulia.chat.uploadAttachment(id, file)
    return ben.tertulia.chat.send(id, { content: name, attachments: [uploaded] })
  }
  const [reported, other] = [await send('reported.pdf'), await send('other.pdf')]
  await ana.tertulia.chat.report(reported.id, { reason: 'spam' })
  const read = async (path: string) => (await judge.supabase.storage.from('chat').download(path)).data?.text()
  expect(await read(reported.attachments[0]!.path)).toBe('%PDF')
  expect(await read(other.attachments[0]!.path)).toBeUndefined()
})

test('an account that calls itself a moderator is none', async () => {
  const eve = await signUp('Eve')
  await eve.supabase.auth.updateUser({ data: { role: 'moderator' } })
  await eve.supabase.auth.refreshSession()
  expect((await eve.supabase.auth.getUser()).data.user?.user_metadata.role).toBe('moderator')
  await expect(eve.tertulia.chat.listReports()).rejects.toMatchObject({ code: 'forbidden' })
})

test('in an app that opened the table only the blocker reads the row of a block', async () => {
  const { ana, ben } = await pair()
  await ana.tertulia.chat.block(ben.id)
  const rows = (user: string) => readAs(user, 'select blocked_id from public.user_blocks')
  expect(await rows(ana.id)).toEqual([{ blocked_id: ben.id }])
  expect(await rows(ben.id)).toEqual([])
})
