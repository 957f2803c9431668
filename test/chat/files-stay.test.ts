import postgres from 'postgres'
import { expect, inject, onTestFinished, test } from 'vitest'
import { faultyFetch } from '../support/fetch.ts'
import { connectAsService, type Person, signInAgain, signUp } from '../support/people.ts'

async function pair() {
  const [ana, ben] = (await Promise.all(['Ana', 'Ben'].map((name) => signUp(name)))) as [Person, Person]
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id] })
  return { ana, ben, id }
}

const pdf = (text = '%PDF-1.7') => new File([text], 'partitura.pdf', { type: 'application/pdf' })

async function sendFile({ tertulia }: Person, id: string, text?: string) {
  const attachment = await tertulia.chat.uploadAttachment(id, pdf(text))
  const message = await tertulia.chat.send(id, { content: 'read this', attachments: [attachment] })
  return { path: attachment.path, message: message.id }
}

const contentOf = async ({ tertulia }: Person, path: string) =>
  (await fetch(await tertulia.chat.attachmentUrl(path))).text()

function connectToDatabase() {
  const sql = postgres(inject('stack').dbUrl, { max: 2, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql
}

const queue = (sql: postgres.Sql) => sql`select private.queue_chat_files(10000, interval '7 days', null)`
const abandoned = async () =>
  ((await connectAsService().rpc('list_abandoned_attachments', { page_size: 10_000 })).data ?? []) as string[]

test('a file that was sent is neither removed nor replaced, by its sender or by the service role', async () => {
  const { ana, ben, id } = await pair()
  const { path } = await sendFile(ana, id, 'as it was sent')
  await ana.tertulia.chat.removeAttachment(path)
  const bucket = ana.supabase.storage.from('chat')
  for (const attempt of [
    () => bucket.upload(path, 'something else', { upsert: true, contentType: 'text/plain' }),
    () => bucket.update(path, 'something else', { contentType: 'text/plain' }),
    () => bucket.upload(path, 'something else', { contentType: 'text/plain' }),
    () => bucket.move(path, `${id}/${ana.id}/${crypto.randomUUID()}/x.pdf`),
    () => connectAsService().storage.from('chat').remove([path]),
    () => connectAsService().storage.from('chat').move(path, `${id}/x.pdf`),
  ]) {
    await attempt().catch(() => {})
    expect(await contentOf(ben, path)).toBe('as it was sent')
  }
})

test('a send and the removal of its file at once leave both or neither', async () => {
  const { ana, ben, id } = await pair()
  for (let round = 0; round < 10; round++) {
    const attachment = await ana.tertulia.chat.uploadAttachment(id, pdf('raced'))
    const [sent] = await Promise.allSettled([
      ana.tertulia.chat.send(id, { content: '', attachments: [attachment] }),
      ana.tertulia.chat.removeAttachment(attachment.path),
    ])
    if (sent.status === 'fulfilled') expect(await contentOf(ben, attachment.path)).toBe('raced')
    else expect(sent.reason).toMatchObject({ code: 'invalid_input', field: 'attachments' })
  }
})

test('the file of a reported message stays for the moderator when the message is deleted, until the report is resolved', async () => {
  const { ana, ben, id } = await pair()
  const sql = connectToDatabase()
  const { path, message } = await sendFile(ana, id, 'evidence')
  await ben.tertulia.chat.report(message, { reason: 'threat' })
  await ana.tertulia.chat.deleteMessage(message)
  await ana.tertulia.chat.removeAttachment(path)
  await expect(ben.tertulia.chat.attachmentUrl(path)).rejects.toMatchObject({ code: 'attachment_not_found' })

  const eve = await signUp('Eve')
  await connectAsService().auth.admin.updateUserById(eve.id, { app_metadata: { role: 'moderator' } })
  const moderator = await signInAgain(eve)
  expect(await contentOf(moderator, path)).toBe('evidence')
  await sql`update storage.objects set created_at = now() - interval '30 days' where name = ${path}`
  await queue(sql)
  expect(await abandoned()).not.toContain(path)
  const report = (await moderator.tertulia.chat.listReports()).items.find((one) => one.message.id === message)
  expect(report?.reported?.attachments).toMatchObject([{ path }])
  await moderator.tertulia.chat.resolveReport(report!.id)
  await queue(sql)
  expect(await abandoned()).toContain(path)
})

test('a deleted account’s files go, reported or not, and its token moderates nothing', async () => {
  const { ana, ben, id } = await pair()
  const { path, message } = await sendFile(ana, id)
  const other = await ben.tertulia.chat.send(id, { content: 'stays' })
  await ben.tertulia.chat.report(message, { reason: 'spam' })
  await connectAsService().auth.admin.updateUserById(ana.id, { app_metadata: { role: 'moderator' } })
  const moderator = await signInAgain(ana)
  await connectAsService().auth.admin.deleteUser(ana.id)
  expect(await abandoned()).toContain(path)
  const evidence = await sendFile(ben, id)
  const eve = await signUp('Eve')
  await ben.tertulia.chat.addParticipants(id, [eve.id])
  await eve.tertulia.chat.report(evidence.message, { reason: 'spam' })
  for (const [call, code] of [
    [() => moderator.tertulia.chat.deleteMessage(other.id), 'message_not_found'],
    [() => moderator.tertulia.chat.attachmentUrl(evidence.path), 'attachment_not_found'],
    [async () => (await moderator.tertulia.chat.listReports()).items, 'account_not_found'],
    [() => moderator.tertulia.chat.resolveReport(crypto.randomUUID()), 'account_not_found'],
  ] as const) {
    await expect(call()).rejects.toMatchObject({ code })
  }
})

test('what was uploaded and never sent is queued after a week, an upload that lands after a removal too', async () => {
  const { ana, ben, id } = await pair()
  const sql = connectToDatabase()
  const { path: unsent } = await ben.tertulia.chat.uploadAttachment(id, pdf())
  const { path: sent } = await sendFile(ben, id)
  // The Storage server has asked the policy before, and writes the row as a role that no policy binds.
  const late = `${id}/${ben.id}/${crypto.randomUUID()}/late.pdf`
  const own = `${id}/${ben.id}/${crypto.randomUUID()}/own.pdf`
  await ana.tertulia.chat.removeParticipant(id, ben.id)
  for (const path of [late, own]) {
    const { error } = await connectAsService().storage.from('chat').upload(path, pdf())
    expect(error).toBeNull()
  }
  await ben.tertulia.chat.removeAttachment(own)
  expect(await sql`select from storage.objects where name = ${own}`).toHaveLength(0)
  await queue(sql)
  expect(await abandoned()).not.toContain(late)
  await sql`update storage.objects set created_at = now() - interval '8 days' where name in (${unsent}, ${sent}, ${late})`
  await queue(sql)
  const names = await abandoned()
  expect(names).toContain(late)
  expect(names).toContain(unsent)
  expect(names).not.toContain(sent)
  // The conversation itself may be gone.
  await sql`delete from public.conversations where id = ${id}`
  await queue(sql)
  expect(await abandoned()).toContain(sent)

  expect((await ana.supabase.rpc('has_overdue_files')).data).toBe(false)
  await sql`update private.file_removals set queued_at = now() - interval '2 days' where name = ${late}`
  expect((await ana.supabase.rpc('has_overdue_files')).data).toBe(true)
  const { error } = await connectAsService().storage.from('chat').remove([late, unsent, sent])
  expect(error).toBeNull()
  await queue(sql)
  expect((await ana.supabase.rpc('has_overdue_files')).data).toBe(false)
})

test('an upload that is tried again with its id is one file', async () => {
  const { ana, id } = await pair()
  let lost = true
  const fetch = faultyFetch((path) =>
    lost && path.includes('/storage/v1/object/chat/') ? 'lose answer' : 'pass',
  )
  const device = await signInAgain(ana, { fetch })
  const upload = { id: crypto.randomUUID() }
  await expect(device.tertulia.chat.uploadAttachment(id, pdf('once'), upload)).rejects.toMatchObject({
    retryable: true,
  })
  lost = false
  const first = await device.tertulia.chat.uploadAttachment(id, pdf('once'), upload)
  expect(await device.tertulia.chat.uploadAttachment(id, pdf('once'), upload)).toEqual(first)
  const sql = connectToDatabase()
  expect(await sql`select from storage.objects where name like ${`${id}/%`}`).toHaveLength(1)
  await expect(ana.tertulia.chat.uploadAttachment(id, pdf(), { id: 'no uuid' })).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'id',
  })
})

test('a file is saved under the name that was asked for', async () => {
  const { ana, id } = await pair()
  const { path } = await ana.tertulia.chat.uploadAttachment(id, pdf())
  for (const name of ['canción (2).pdf', 'a&b=c #1?.pdf', '100 %.pdf', 'nota 🎸.pdf']) {
    const saved = await fetch(await ana.tertulia.chat.attachmentUrl(path, { download: name }))
    expect(await saved.text()).toBe('%PDF-1.7')
    const [, encoded = ''] =
      /filename\*=UTF-8''(.+)$/.exec(saved.headers.get('content-disposition') ?? '') ?? []
    expect(decodeURIComponent(encoded)).toBe(name)
  }
})

test('types with parameters or capitals are taken, and a token that has ended says so', async () => {
  const { ana, id } = await pair()
  const sql = connectToDatabase()
  for (const [type, bare] of [
    ['text/plain; charset=utf-8', 'text/plain'],
    ['IMAGE/PNG', 'image/png'],
  ]) {
    const { path } = await ana.tertulia.chat.uploadAttachment(id, new Blob(['x'], { type }), { type })
    const [row] = await sql`select metadata ->> 'mimetype' as type from storage.objects where name = ${path}`
    expect(row?.type).toBe(bare)
  }
  // As the Storage server says it: HTTP 400, and the status in the body.
  const ended = faultyFetch((path) =>
    path.includes('/storage/')
      ? Response.json(
          { statusCode: '403', error: 'Unauthorized', message: '"exp" claim timestamp check failed' },
          { status: 400 },
        )
      : 'pass',
  )
  const { tertulia } = await signInAgain(ana, { fetch: ended })
  for (const call of [
    () => tertulia.chat.uploadAttachment(id, pdf()),
    () => tertulia.chat.attachmentUrl(`${id}/x`),
    () => tertulia.chat.removeAttachment(`${id}/x`),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'session_expired' })
  }
})

test('a folder that is full of unsent files says so, and what to do; files of deleted messages do not fill it', async () => {
  const { ana, ben, id } = await pair()
  const sql = connectToDatabase()
  const sent = await sendFile(ana, id)
  const waiting = Array.from({ length: 49 }, (_, n) => `${id}/${ana.id}/${crypto.randomUUID()}/${n}.pdf`)
  await sql`insert into storage.objects (bucket_id, name) select 'chat', name from unnest(${waiting}::text[]) name`
  // Deleted, and its file is still there: nothing has cleaned up yet.
  await ana.tertulia.chat.deleteMessage(sent.message)
  const lastId = crypto.randomUUID()
  const upload50 = () => ana.tertulia.chat.uploadAttachment(id, pdf(), { id: lastId })
  const last = await upload50()
  // Its answer may have been lost: the same upload again is the same file.
  expect(await upload50()).toEqual(last)
  const upload = () => ana.tertulia.chat.uploadAttachment(id, pdf())
  await expect(upload()).rejects.toMatchObject({
    code: 'too_many_files',
    operation: 'chat.uploadAttachment',
    retryable: false,
    hint: expect.stringMatching(/send or remove/i),
  })
  // Another user's folder has its own room, and where one does not take part nothing is said of files.
  await ben.tertulia.chat.uploadAttachment(id, pdf())
  const { id: other } = await ben.tertulia.chat.createGroup({ memberIds: [] })
  const notThere = { code: 'conversation_not_found', operation: 'chat.uploadAttachment' }
  await expect(ana.tertulia.chat.uploadAttachment(other, pdf())).rejects.toMatchObject(notThere)
  await ana.tertulia.chat.send(id, { content: '', attachments: [last] })
  const removed = await upload()
  await expect(upload()).rejects.toMatchObject({ code: 'too_many_files' })
  await ana.tertulia.chat.removeAttachment(removed.path)
  await upload()
  await ana.tertulia.chat.setRole(id, ben.id, 'owner')
  await ana.tertulia.chat.leave(id)
  await expect(upload()).rejects.toMatchObject(notThere)
})
