import { expect, test } from 'vitest'
import { connectAsService, type Person, signUp } from '../support/people.ts'

async function group() {
  const [ana, ben, eve] = (await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id] })
  return { ana, ben, eve, id }
}

const pdf = (name = 'partitura ñ.pdf') => new File(['%PDF-1.7'], name, { type: 'application/pdf' })

const attach = (person: Person, id: string, attachment: { path: string; name: string }) =>
  person.tertulia.chat.send(id, { content: '', attachments: [attachment] })

const status = async (url: string) => (await fetch(url)).status

test('a file goes with its message to who is in the conversation, and to nobody else', async () => {
  const { ana, ben, eve, id } = await group()
  const uploaded = await ana.tertulia.chat.uploadAttachment(id, pdf())
  expect(uploaded.name).toBe('partitura ñ.pdf')
  const hidden = { code: 'attachment_not_found' }
  // Until it is sent, it is its owner's alone.
  await expect(ben.tertulia.chat.attachmentUrl(uploaded.path)).rejects.toMatchObject(hidden)
  const message = await attach(ana, id, uploaded)
  expect(message.attachments).toMatchObject([
    { name: 'partitura ñ.pdf', mimeType: 'application/pdf', size: 8 },
  ])
  const url = await ben.tertulia.chat.attachmentUrl(uploaded.path)
  const answer = await fetch(url)
  expect(answer.headers.get('content-type')).toContain('application/pdf')
  expect(await answer.text()).toBe('%PDF-1.7')
  const saved = await fetch(await ben.tertulia.chat.attachmentUrl(uploaded.path, { download: uploaded.name }))
  expect(saved.headers.get('content-disposition')).toContain('attachment')
  await expect(eve.tertulia.chat.attachmentUrl(uploaded.path)).rejects.toMatchObject(hidden)
  await ana.tertulia.chat.removeParticipant(id, ben.id)
  await expect(ben.tertulia.chat.attachmentUrl(uploaded.path)).rejects.toMatchObject(hidden)
  await ana.tertulia.chat.deleteMessage(message.id)
  await expect(ben.tertulia.chat.attachmentUrl(uploaded.path)).rejects.toMatchObject(hidden)
})

test('a URL ends when it is told to', async () => {
  const { ana, id } = await group()
  const { path } = await ana.tertulia.chat.uploadAttachment(id, pdf())
  const url = await ana.tertulia.chat.attachmentUrl(path, { expiresIn: 1 })
  expect(await status(url)).toBe(200)
  await expect.poll(() => status(url), { timeout: 5_000, interval: 100 }).not.toBe(200)
})

test('one’s own file can be removed, nobody else’s', async () => {
  const { ana, ben, id } = await group()
  const { path } = await ana.tertulia.chat.uploadAttachment(id, pdf())
  await ben.tertulia.chat.removeAttachment(path)
  expect(await ana.tertulia.chat.attachmentUrl(path)).toContain('http')
  await ana.tertulia.chat.removeAttachment(path)
  await ana.tertulia.chat.removeAttachment(path)
  await expect(ana.tertulia.chat.attachmentUrl(path)).rejects.toMatchObject({ code: 'attachment_not_found' })
})

test.each([
  ['../../etc/passwd', 'text/plain'],
  ['..', 'text/plain'],
  ['a/b\\c?d#e%2F.txt', 'text/plain; charset=utf-8'],
  ['🎸'.repeat(60), 'audio/ogg'],
  [`${'x'.repeat(250)}.png`, 'image/png'],
])('a file called %s stays in its owner’s folder and keeps its name', async (name, type) => {
  const { ana, id } = await group()
  const uploaded = await ana.tertulia.chat.uploadAttachment(id, new Blob(['x'], { type }), { name })
  expect(uploaded.path).toMatch(new RegExp(`^${id}/${ana.id}/[0-9a-f-]{36}/[\\w.-]{1,100}$`))
  expect(await attach(ana, id, uploaded)).toMatchObject({ attachments: [{ name }] })
})

test('what is too large, of another type or for another conversation is refused', async () => {
  const { ana, eve, id } = await group()
  const upload = ana.tertulia.chat.uploadAttachment
  const wrong = { code: 'invalid_input', field: 'file' }
  await expect(
    upload(id, new Blob([new Uint8Array(25 * 1024 * 1024 + 1)], { type: 'image/png' })),
  ).rejects.toMatchObject(wrong)
  for (const type of ['', 'text/html', 'image/svg+xml', 'image/pngx', 'application/zip']) {
    await expect(upload(id, new Blob(['x'], { type }), { name: 'x' })).rejects.toMatchObject(wrong)
  }
  await expect(upload(id, pdf(), { name: 'x'.repeat(256) })).rejects.toMatchObject({ field: 'name' })
  await expect(upload('x', pdf())).rejects.toMatchObject({ field: 'conversationId' })
  await expect(eve.tertulia.chat.uploadAttachment(id, pdf())).rejects.toMatchObject({
    code: 'conversation_not_found',
  })
  await expect(ana.tertulia.chat.attachmentUrl('x', { expiresIn: 0 })).rejects.toMatchObject({
    field: 'expiresIn',
  })
  await expect(ana.tertulia.chat.attachmentUrl('x')).rejects.toMatchObject({ code: 'attachment_not_found' })
  // The bucket has the same limit for whoever uploads by hand.
  const service = connectAsService()
  const { data } = await service.storage.getBucket('chat')
  expect(data?.file_size_limit).toBe(25 * 1024 * 1024)
})

test('25 MiB arrive whole', async () => {
  const { ana, id } = await group()
  const bytes = new Uint8Array(25 * 1024 * 1024).fill(7)
  const { path } = await ana.tertulia.chat.uploadAttachment(id, bytes, { name: 'x.mp4', type: 'video/mp4' })
  const answer = await fetch(await ana.tertulia.chat.attachmentUrl(path))
  expect((await answer.arrayBuffer()).byteLength).toBe(bytes.length)
})
