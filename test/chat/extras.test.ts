import { createTertulia } from 'tertulia'
import { expect, test } from 'vitest'
import { type Person, signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { createSharedStorage } from '../support/storage.ts'
import { closing, live, until } from '../support/watching.ts'

async function pair() {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  return { ana, ben, id }
}

/** Puts a file into the bucket, as an app does before it sends it. */
async function upload({ supabase, id: owner }: Person, conversationId: string, name: string) {
  const path = `${conversationId}/${owner}/${crypto.randomUUID()}/${name}`
  const { error } = await supabase.storage.from('chat').upload(path, 'nota', { contentType: 'text/plain' })
  if (error) throw error
  return { path, name }
}

async function everything(ana: Person, ben: Person, conversationId: string) {
  const original = await ben.tertulia.chat.send(conversationId, { content: 'Which one shall we play?' })
  const song = await ana.tertulia.songs.create({
    content: '{title: Alfonsina y el mar}\n[Am]Por la blanda arena',
  })
  const file = await upload(ana, conversationId, 'letra.txt')
  return {
    message: { content: '', replyTo: original.id, mentions: [ben.id], attachments: [file], songId: song.id },
    shown: {
      content: '',
      reply: { id: original.id, seq: 1, senderId: ben.id, excerpt: 'Which one shall we play?' },
      mentions: [ben.id],
      attachments: [{ ...file, mimeType: 'text/plain', size: 4 }],
      song: { id: song.id, title: 'Alfonsina y el mar', artist: null },
    },
  }
}

test('a reply, mentions, files and a song travel with a message', async () => {
  const { ana, ben, id } = await pair()
  const { message, shown } = await everything(ana, ben, id)
  const conversation = closing(ben.tertulia.chat.openConversation(id))
  await live(conversation)
  expect(await ana.tertulia.chat.send(id, message)).toMatchObject(shown)
  const { messages } = await until(conversation, (snapshot) => snapshot.messages.length === 2)
  expect(messages[1]).toMatchObject(shown)
  expect((await ben.tertulia.chat.listMessages(id)).items[0]).toMatchObject(shown)
})

test('they show while it is pending, and outlive the end of the app', async () => {
  const { ana, ben, id } = await pair()
  const { message, shown } = await everything(ana, ben, id)
  const storage = createSharedStorage()
  const proxy = await openProxy()
  const device = await signInAgain(ana, { apiUrl: proxy.apiUrl, storage })
  const first = device.tertulia.chat.openConversation(id)
  await live(first)
  proxy.block()
  expect(await first.send(message)).toMatchObject({ ...message, status: 'sending' })
  expect(first.getSnapshot().pending).toMatchObject([message])
  storage.detach()
  first.close()

  proxy.restore()
  const again = createTertulia(device.supabase, { storage: storage.reattach() })
  const second = closing(again.chat.openConversation(id))
  const { messages } = await until(second, (snapshot) => snapshot.messages.length === 2)
  expect(messages[1]).toMatchObject(shown)
  await until(second, ({ pending }) => pending.length === 0)
})

test('what cannot be sent with a message fails for good, by name, and holds up nobody', async () => {
  const { ana, ben, id } = await pair()
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  await live(conversation)
  const missing = crypto.randomUUID()
  await conversation.send({ content: 'a song of nobody', songId: missing })
  await conversation.send({ content: 'to what is not there', replyTo: missing })
  await conversation.send({ content: 'a file of nobody', attachments: [{ path: `${id}/x/y/z`, name: 'z' }] })
  await conversation.send({ content: 'said all the same', mentions: [missing, ben.id] })
  const { pending, messages } = await until(conversation, (shown) => shown.messages.length === 1)
  expect(messages).toMatchObject([{ content: 'said all the same', mentions: [ben.id] }])
  expect(pending.map(({ status, failure }) => [status, failure?.code])).toEqual([
    ['failed', 'song_not_found'],
    ['failed', 'invalid_input'],
    ['failed', 'invalid_input'],
  ])
  for (const { id: messageId } of pending) await conversation.discard(messageId)
  expect(conversation.getSnapshot().pending).toEqual([])
})

test.each([
  ['content', { content: '' }],
  ['replyTo', { content: 'x', replyTo: 'the last one' }],
  ['mentions.1', { content: 'x', mentions: [crypto.randomUUID(), 'ana'] }],
  ['attachments.0.name', { content: '', attachments: [{ path: 'x' }] }],
  ['songId', { content: '', songId: 42 }],
  ['songs', { content: 'x', songs: [] }],
])('a wrong %s is refused at once', async (field, message) => {
  const { ana, id } = await pair()
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  const wrong = { code: 'invalid_input', field }
  await expect(conversation.send(message as never)).rejects.toMatchObject(wrong)
  await expect(ana.tertulia.chat.send(id, message as never)).rejects.toMatchObject(wrong)
})
