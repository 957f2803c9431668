import { expect, test } from 'vitest'
import { type Person, signUp } from '../support/people.ts'

async function group() {
  const [ana, ben, eve] = (await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id] })
  const { chat } = ana.tertulia
  const upload = (type: string, person = ana) =>
    person.tertulia.chat.uploadAttachment(id, new Blob(['x'], { type }), { name: `a.${type.split('/')[1]}` })
  return { ana, ben, eve, id, chat, upload }
}

// Two parts across and one down, which is 4 + 2 · 2 digits; the one of the specification has 4 by 3.
const small = '1~TSUA00'
const blurhash = 'LEHV6nWB2yk8pyo0adR*.7kCMdnj'

test('details of a file come with its message as they were sent, and stay with an edit that names them', async () => {
  const { ben, eve, id, chat, upload } = await group()
  const [photo, note, film, preview, cover] = await Promise.all(
    ['image/png', 'audio/ogg', 'video/mp4', 'image/jpeg', 'image/webp'].map((type) => upload(type)),
  )
  const score = await upload('application/pdf')
  const attachments = [
    { ...photo!, width: 4032, height: 3024, blurhash, preview: preview!.path },
    { ...note!, duration: 3.25, waveform: [0, 128, 255] },
    { ...film!, width: 1, height: 100_000, duration: 86_400 },
    { ...score, preview: cover!.path, blurhash: small },
  ]
  const sent = await chat.send(id, { content: '', attachments })
  expect(sent.attachments).toMatchObject(attachments)
  const [seen] = (await ben.tertulia.chat.listMessages(id)).items
  expect(seen?.attachments).toEqual(sent.attachments)
  expect(seen?.attachments).toHaveLength(4)
  // A preview is read by who reads the message, and is kept like its file.
  expect(await ben.tertulia.chat.attachmentUrl(cover!.path)).toContain('http')
  await expect(eve.tertulia.chat.attachmentUrl(cover!.path)).rejects.toMatchObject({
    code: 'attachment_not_found',
  })
  await chat.removeAttachment(cover!.path)
  expect(await ben.tertulia.chat.attachmentUrl(cover!.path)).toContain('http')
  const edited = await chat.editMessage(sent.id, { attachments: attachments.slice(2).reverse() })
  expect(edited.attachments).toMatchObject(attachments.slice(2).reverse())
  await expect(ben.tertulia.chat.attachmentUrl(preview!.path)).rejects.toMatchObject({
    code: 'attachment_not_found',
  })
  expect(await ben.tertulia.chat.attachmentUrl(cover!.path)).toContain('http')
  // Without the details they are gone, and with them the preview.
  const { path, name } = score
  const [bare] = (await chat.editMessage(sent.id, { attachments: [{ path, name }] })).attachments
  expect(bare).toEqual({ path, name, mimeType: 'application/pdf', size: 1 })
  await expect(ben.tertulia.chat.attachmentUrl(cover!.path)).rejects.toMatchObject({
    code: 'attachment_not_found',
  })
  await chat.deleteMessage(sent.id)
  await expect(ben.tertulia.chat.attachmentUrl(path)).rejects.toMatchObject({ code: 'attachment_not_found' })
})

test('details that do not fit the file are refused by name, and nothing is sent', async () => {
  const { ben, id, chat, upload } = await group()
  const [photo, note, score, preview] = await Promise.all(
    ['image/png', 'audio/ogg', 'application/pdf', 'image/jpeg'].map((type) => upload(type)),
  )
  const foreign = await upload('image/png', ben)
  const cases: [file: typeof photo, details: object, field: string][] = [
    [photo, { width: 0, height: 1 }, 'width'],
    [photo, { width: 1.5, height: 1 }, 'width'],
    [photo, { width: 100_001, height: 1 }, 'width'],
    [photo, { width: 1, height: -1 }, 'height'],
    [photo, { width: 10 }, 'width'],
    [photo, { height: 10 }, 'height'],
    [photo, { width: '10', height: 10 }, 'width'],
    [photo, { width: Number.NaN, height: 10 }, 'width'],
    [photo, { duration: 3 }, 'duration'],
    [photo, { waveform: [1] }, 'waveform'],
    [photo, { blurhash: '' }, 'blurhash'],
    [photo, { blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdn' }, 'blurhash'],
    [photo, { blurhash: `${blurhash}j` }, 'blurhash'],
    [photo, { blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdn ' }, 'blurhash'],
    [photo, { blurhash: `~${'0'.repeat(27)}` }, 'blurhash'],
    [photo, { preview: foreign.path }, 'preview'],
    [photo, { preview: note!.path }, 'preview'],
    [photo, { preview: photo!.path }, 'preview'],
    [photo, { preview: `${id}/x/y/z` }, 'preview'],
    [photo, { preview: 'x' }, 'preview'],
    [photo, { blurHash: blurhash }, 'blurHash'],
    [note, { width: 1, height: 1 }, 'width'],
    [note, { duration: 0 }, 'duration'],
    [note, { duration: -1 }, 'duration'],
    [note, { duration: 86_401 }, 'duration'],
    [note, { duration: Number.POSITIVE_INFINITY }, 'duration'],
    [note, { waveform: [] }, 'waveform'],
    [note, { waveform: Array(257).fill(1) }, 'waveform'],
    [note, { waveform: [256] }, 'waveform'],
    [note, { waveform: [0.5] }, 'waveform'],
    [note, { blurhash }, 'blurhash'],
    [score, { width: 1, height: 1 }, 'width'],
    [score, { duration: 1 }, 'duration'],
  ]
  for (const [file, details, field] of cases) {
    const attachments = [
      { ...preview!, width: 1, height: 1 },
      { ...file!, ...details },
    ]
    const refused = expect.objectContaining({
      code: 'invalid_input',
      field: expect.stringMatching(`^attachments\\.1\\.${field}`),
    })
    await expect(chat.send(id, { content: 'x', attachments }), JSON.stringify(details)).rejects.toEqual(
      refused,
    )
  }
  const { path, name } = preview!
  const both = [
    { path, name },
    { ...photo!, preview: path },
  ]
  await expect(chat.send(id, { content: 'x', attachments: both })).rejects.toMatchObject({
    field: 'attachments.1.preview',
  })
  const twice = [
    { ...photo!, preview: path },
    { ...score!, preview: path },
  ]
  await expect(chat.send(id, { content: 'x', attachments: twice })).rejects.toMatchObject({
    field: 'attachments.0.preview',
  })
  expect((await chat.listMessages(id)).items).toMatchObject([{ system: {} }])
  // A file and its preview belong to one message.
  await chat.send(id, { content: 'x', attachments: [{ ...photo!, preview: path }] })
  await expect(
    chat.send(id, { content: 'x', attachments: [{ ...score!, preview: path }] }),
  ).rejects.toMatchObject({ code: 'invalid_input' })
  await expect(chat.send(id, { content: 'x', attachments: [{ path, name }] })).rejects.toMatchObject({
    code: 'invalid_input',
  })
})
