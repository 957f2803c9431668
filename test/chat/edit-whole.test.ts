import postgres from 'postgres'
import type { MessageChanges } from 'tertulia'
import { expect, inject, onTestFinished, test } from 'vitest'
import { closingInbox, createHeldClock, liveInbox, untilInbox } from '../support/live-inbox.ts'
import { connectAsService, type Person, signInAgain, signUp } from '../support/people.ts'
import { withoutBroadcasts } from '../support/silence.ts'
import { closing, live, until } from '../support/watching.ts'

async function trio() {
  const [ana, ben, eve] = (await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id, eve.id] })
  return { ana, ben, eve, id }
}

const upload = ({ tertulia }: Person, id: string, name = 'a.pdf') =>
  tertulia.chat.uploadAttachment(id, new File(['%PDF-1.7'], name, { type: 'application/pdf' }))
const names = ({ attachments }: { attachments: { name: string }[] }) => attachments.map(({ name }) => name)

function database() {
  const sql = postgres(inject('stack').dbUrl, { max: 2, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}
const queued = async (sql: postgres.Sql, path: string) =>
  (await sql`select from private.file_removals where bucket_id = 'chat' and name = ${path}`).length === 1

test('an edit of mentions, attachments and metadata shows everywhere: at once, and after a lost event', async () => {
  const { ana, ben, eve, id } = await trio()
  const clock = createHeldClock()
  const device = await signInAgain(ben, { clock })
  const sent = await ana.tertulia.chat.send(id, { content: 'hello', metadata: { mood: 'calm' } })
  await ben.tertulia.chat.react(sent.id, '🎸')
  const conversation = closing(device.tertulia.chat.openConversation(id))
  const inbox = closingInbox(device.tertulia.chat.watchInbox())
  await Promise.all([live(conversation), liveInbox(inbox)])
  const file = await upload(ana, id)
  const edited = await ana.tertulia.chat.editMessage(sent.id, {
    mentions: [ben.id, crypto.randomUUID()],
    attachments: [file],
  })
  const expected = { content: 'hello', metadata: { mood: 'calm' }, mentions: [ben.id] }
  expect(edited).toMatchObject({
    ...expected,
    attachments: [{ ...file, mimeType: 'application/pdf', size: 8 }],
  })
  expect(edited.editedAt).toBeInstanceOf(Date)
  const shown = await until(conversation, ({ messages }) => messages[1]?.attachments.length === 1)
  expect(shown.messages[1]).toEqual({ ...edited, reactions: [{ emoji: '🎸', userIds: [ben.id] }] })
  await untilInbox(inbox, ({ items }) => items[0]?.lastMessage?.mentions[0] === ben.id)
  expect(await (await fetch(await ben.tertulia.chat.attachmentUrl(file.path))).text()).toBe('%PDF-1.7')

  await withoutBroadcasts(ben.id, () => ana.tertulia.chat.editMessage(sent.id, { metadata: { mood: 'gay' } }))
  clock.check()
  await until(conversation, ({ messages }) => messages[1]?.metadata.mood === 'gay')
  await untilInbox(inbox, ({ items }) => items[0]?.lastMessage?.metadata.mood === 'gay')
  const [there] = (await eve.tertulia.chat.listMessages(id)).items
  expect(there).toMatchObject({ ...expected, metadata: { mood: 'gay' }, attachments: [{ path: file.path }] })
})

test('a file that leaves a message is queued for its removal and open to nobody; one that comes back is needed again', async () => {
  const { ana, ben, id } = await trio()
  const sql = database()
  const [one, two] = await Promise.all([upload(ana, id, '1.pdf'), upload(ana, id, '2.pdf')])
  const { id: message } = await ana.tertulia.chat.send(id, { content: '', attachments: [one, two] })
  expect(names(await ana.tertulia.chat.editMessage(message, { attachments: [two] }))).toEqual(['2.pdf'])
  expect([await queued(sql, one.path), await queued(sql, two.path)]).toEqual([true, false])
  await expect(ben.tertulia.chat.attachmentUrl(one.path)).rejects.toMatchObject({
    code: 'attachment_not_found',
  })
  const abandoned = async () =>
    (await connectAsService().rpc('list_abandoned_attachments', { page_size: 10_000 })).data as string[]
  expect(await abandoned()).toContain(one.path)
  // Another order, another name, and the one that had left.
  const renamed = { ...two, name: 'second.pdf' }
  expect(names(await ana.tertulia.chat.editMessage(message, { attachments: [renamed, one] }))).toEqual([
    'second.pdf',
    '1.pdf',
  ])
  expect(await abandoned()).not.toContain(one.path)
  await connectAsService().storage.from('chat').remove([one.path])
  expect(await (await fetch(await ben.tertulia.chat.attachmentUrl(one.path))).text()).toBe('%PDF-1.7')
  // The text may go while a file is there, and the last file may go with a text only.
  await expect(ana.tertulia.chat.editMessage(message, { attachments: [] })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'content',
  })
  await ana.tertulia.chat.editMessage(message, { attachments: [], content: 'words' })
  expect([await queued(sql, one.path), await queued(sql, two.path)]).toEqual([true, true])
})

test('the file that an edit takes from a reported message stays for the moderators', async () => {
  const { ana, ben, id } = await trio()
  const sql = database()
  const file = await upload(ana, id)
  const { id: message } = await ana.tertulia.chat.send(id, { content: 'x', attachments: [file] })
  await ben.tertulia.chat.report(message, { reason: 'threat' })
  await ana.tertulia.chat.editMessage(message, { attachments: [] })
  expect(await queued(sql, file.path)).toBe(false)
  await ana.tertulia.chat.removeAttachment(file.path)
  expect(await sql`select from storage.objects where name = ${file.path}`).toHaveLength(1)
  await ana.tertulia.chat.editMessage(message, { attachments: [file] })
  expect((await ben.tertulia.chat.listMessages(id)).items[0]?.attachments).toHaveLength(1)
})

test('an edit is held to what a send is held to', async () => {
  const { ana, ben, id } = await trio()
  const [file, his] = await Promise.all([upload(ana, id), upload(ben, id)])
  const { id: message } = await ana.tertulia.chat.send(id, { content: 'x', attachments: [file] })
  const other = await ana.tertulia.chat.send(id, { content: 'y' })
  const { id: elsewhere } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id] })
  const foreign = await upload(ana, elsewhere)
  const wrong: [MessageChanges, string][] = [
    [{}, 'changes'],
    [{ content: ' ' }, 'content'],
    [{ content: 'x'.repeat(8001) }, 'content'],
    [{ content: 7 as never }, 'content'],
    [{ metadata: { x: 'x'.repeat(9000) } }, 'metadata'],
    [{ metadata: [] as never }, 'metadata'],
    [{ metadata: null as never }, 'metadata'],
    [{ mentions: Array.from({ length: 51 }, () => ben.id) }, 'mentions'],
    [{ mentions: ['ben'] }, 'mentions'],
    [{ mentions: 'ben' as never }, 'mentions'],
    [{ attachments: [his] }, 'attachments'],
    [{ attachments: [foreign] }, 'attachments'],
    [{ attachments: [file, file] }, 'attachments'],
    [{ attachments: Array.from({ length: 11 }, () => file) }, 'attachments'],
    [{ attachments: [{ ...file, name: '\u200b' }] }, 'attachments'],
    [{ attachments: null as never }, 'attachments'],
    [{ replyTo: other.id } as never, 'replyTo'],
    [{ songId: null } as never, 'songId'],
    [{ color: 'red' } as never, 'color'],
  ]
  for (const [changes, field] of wrong) {
    await expect(ana.tertulia.chat.editMessage(message, changes), field).rejects.toMatchObject({
      code: 'invalid_input',
      field,
    })
  }
  await expect(ana.tertulia.chat.editMessage(other.id, { attachments: [file] })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'attachments',
  })
  await expect(ben.tertulia.chat.editMessage(message, { mentions: [] })).rejects.toMatchObject({
    code: 'forbidden',
  })
  const [after] = (await ana.tertulia.chat.listMessages(id)).items.filter((one) => one.id === message)
  expect(after).toMatchObject({
    content: 'x',
    editedAt: null,
    mentions: [],
    attachments: [{ path: file.path }],
  })
  const sql = database()
  await sql`update public.messages set created_at = now() - interval '25 hours' where id = ${message}`
  await expect(ana.tertulia.chat.editMessage(message, { metadata: {} })).resolves.toMatchObject({
    editedAt: null,
  })
  await expect(ana.tertulia.chat.editMessage(message, { metadata: { a: 1 } })).rejects.toMatchObject({
    code: 'too_late',
  })
})

test('in a direct conversation with a block nothing of a message is changed', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const message = await ana.tertulia.chat.send(id, { content: 'x' })
  await ben.tertulia.chat.block(ana.id)
  for (const changes of [{ metadata: { a: 1 } }, { mentions: [ben.id] }, { content: 'y' }]) {
    await expect(ana.tertulia.chat.editMessage(message.id, changes)).rejects.toMatchObject({
      code: 'blocked',
    })
  }
})

test('of two devices that edit at once each changes what it names, and a file is in one message', async () => {
  const { ana, ben, id } = await trio()
  const device = await signInAgain(ana)
  const conversation = closing(ben.tertulia.chat.openConversation(id))
  await live(conversation)
  for (let round = 0; round < 6; round++) {
    const [one, two, raced] = await Promise.all([
      upload(ana, id, '1'),
      upload(ana, id, '2'),
      upload(ana, id, 'r'),
    ])
    const first = await ana.tertulia.chat.send(id, { content: 'x', attachments: [one] })
    const second = await ana.tertulia.chat.send(id, { content: 'y' })
    await Promise.all([
      ana.tertulia.chat.editMessage(first.id, { mentions: [ben.id], attachments: [one, two] }),
      device.tertulia.chat.editMessage(first.id, { metadata: { round }, attachments: [two] }),
      device.tertulia.chat.editMessage(first.id, 'edited'),
    ])
    const outcomes = await Promise.allSettled([
      ana.tertulia.chat.editMessage(first.id, { attachments: [two, raced] }),
      device.tertulia.chat.editMessage(second.id, { attachments: [raced] }),
    ])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const { items } = await ben.tertulia.chat.listMessages(id)
    const now = items.find((message) => message.id === first.id)
    expect(now).toMatchObject({ content: 'edited', mentions: [ben.id], metadata: { round } })
    const holders = items.filter(({ attachments }) => attachments.some(({ path }) => path === raced.path))
    expect(holders).toHaveLength(1)
    await until(conversation, ({ messages }) => {
      const shown = messages.find((message) => message.id === first.id)
      return JSON.stringify(shown) === JSON.stringify(now)
    })
  }
})

test('somebody who left stays named by an edit, and is not named anew', async () => {
  const { ana, ben, eve, id } = await trio()
  const named = await ana.tertulia.chat.send(id, { content: 'x', mentions: [ben.id] })
  const other = await ana.tertulia.chat.send(id, { content: 'y' })
  await ana.tertulia.chat.removeParticipant(id, ben.id)
  const mentions = [ben.id, eve.id].toSorted()
  expect((await ana.tertulia.chat.editMessage(named.id, { mentions })).mentions.toSorted()).toEqual(mentions)
  expect((await ana.tertulia.chat.editMessage(other.id, { mentions })).mentions).toEqual([eve.id])
  expect((await ana.tertulia.chat.editMessage(named.id, { mentions: [] })).mentions).toEqual([])
})
