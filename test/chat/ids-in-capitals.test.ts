import { expect, inject, test, vi } from 'vitest'
import { faultyFetch } from '../support/fetch.ts'
import { connect, type Person, signInAgain, signUp } from '../support/people.ts'
import { closing, live, until } from '../support/watching.ts'

const capitals = () => crypto.randomUUID().toUpperCase()

async function pair() {
  const [ana, ben] = (await Promise.all([signUp('Ana'), signUp('Ben')])) as [Person, Person]
  const { id } = await ana.tertulia.chat.getDirect(ben.id.toUpperCase())
  return { ana, ben, id }
}

test('a message whose id is in capitals shows once, before, while and after it is sent', async () => {
  const { ana, ben, id } = await pair()
  const conversation = closing(ana.tertulia.chat.openConversation(id.toUpperCase()))
  await live(conversation)
  const shown: number[] = []
  const messageId = capitals()
  conversation.subscribe(() => {
    const { messages, pending } = conversation.getSnapshot()
    shown.push([...messages, ...pending].filter((one) => one.id.toUpperCase() === messageId).length)
  })
  const pending = await conversation.send({ id: messageId, content: 'x', mentions: [ben.id.toUpperCase()] })
  expect(pending.id).toBe(messageId.toLowerCase())
  const { messages } = await until(
    conversation,
    (one) => one.messages.length === 1 && one.pending.length === 0,
  )
  expect(messages).toMatchObject([{ id: messageId.toLowerCase(), mentions: [ben.id] }])
  expect(new Set(shown)).toEqual(new Set([1]))
  // Sent again, it is the same message.
  expect(await ana.tertulia.chat.send(id, { id: messageId, content: 'x' })).toMatchObject({ seq: 1 })
})

test('every action finds its message and its conversation by an id in capitals', async () => {
  const { ana, ben, id } = await pair()
  const first = await ana.tertulia.chat.send(id.toUpperCase(), { content: 'one' })
  const messageId = first.id.toUpperCase()
  const conversation = closing(ana.tertulia.chat.openConversation(id.toUpperCase()))
  expect(conversation.id).toBe(id)
  await live(conversation)
  await conversation.send({ content: 'two', replyTo: messageId })
  const { messages } = await until(conversation, (shown) => shown.messages.length === 2)
  expect(messages[1]?.reply).toMatchObject({ id: first.id, excerpt: 'one' })
  await conversation.edit(messageId, 'one, edited')
  await conversation.react(messageId, '🎸')
  await conversation.jumpTo(messageId)
  await ben.tertulia.chat.markRead(id.toUpperCase())
  await ben.tertulia.chat.setFlags(id.toUpperCase(), { pinned: true })
  await conversation.delete(messageId)
  await until(conversation, (shown) => shown.messages[0]?.deletedAt !== null)
})

test('a failed message is tried again and discarded by its id in capitals', async () => {
  const { ana, id } = await pair()
  let refuse = true
  const refusal = { code: 'TT000', message: 'no', details: '{"code":"blocked"}' }
  const device = await signInAgain(ana, {
    fetch: faultyFetch((path) =>
      refuse && path.endsWith('/send_message') ? Response.json(refusal, { status: 400 }) : 'pass',
    ),
  })
  const conversation = closing(device.tertulia.chat.openConversation(id))
  await live(conversation)
  const ids = [capitals(), capitals()] as const
  for (const messageId of ids) await conversation.send({ id: messageId, content: messageId })
  await until(conversation, ({ pending }) => pending.every(({ status }) => status === 'failed'))
  await conversation.discard(ids[0])
  expect(conversation.getSnapshot().pending).toHaveLength(1)
  refuse = false
  await conversation.retry(ids[1])
  await until(conversation, ({ messages, pending }) => messages.length === 1 && pending.length === 0)
})

test('songs, shares, profiles, tags of other domains are the same by an id in capitals', async () => {
  const { ana, ben } = await pair()
  const songId = capitals()
  const { songs, sharing, profiles } = ana.tertulia
  const song = await songs.create({ id: songId, content: '{title: Uno}' })
  expect(song.id).toBe(songId.toLowerCase())
  expect(await songs.get(songId)).toMatchObject({ id: song.id })
  const share = await sharing.share(songId, { userId: ben.id.toUpperCase(), role: 'view' })
  expect(await ben.tertulia.sharing.accept(share.id.toUpperCase())).toBeDefined()
  expect(await profiles.get(ben.id.toUpperCase())).toMatchObject({ id: ben.id })
  const watched = ben.tertulia.songs.watch(songId)
  await vi.waitFor(() => expect(watched.getSnapshot().status).toBe('live'), 15_000)
  await songs.update(songId, { content: '{title: Dos}' })
  await vi.waitFor(() => expect(watched.getSnapshot().song).toMatchObject({ title: 'Dos' }), 15_000)
  watched.close()
  await ana.tertulia.chat.block(ben.id.toUpperCase())
  expect(await ana.tertulia.chat.listBlocks()).toMatchObject([{ id: ben.id }])
})

test('who is present under an id in capitals is the user of that id', async () => {
  const { ana, ben, id } = await pair()
  const conversation = closing(ana.tertulia.chat.openConversation(id))
  await live(conversation)
  const { data } = await ben.supabase.rpc('sync_conversation', { conversation_id: id })
  const swift = connect(inject('stack').apiUrl)
  const { data: session } = await ben.supabase.auth.getSession()
  await swift.realtime.setAuth(session.session?.access_token)
  const channel = swift.channel(`conversation:${id}:${(data as { live_key: string }).live_key}`, {
    config: { private: true, presence: { key: ben.id.toUpperCase() } },
  })
  channel.subscribe((status) => {
    if (status !== 'SUBSCRIBED') return
    void channel.track({})
    const payload = { user_id: ben.id.toUpperCase(), typing: true, read: 0 }
    void channel.send({ type: 'broadcast', event: 'live', payload })
  })
  await until(conversation, ({ present, typing }) => present.join() === ben.id && typing.join() === ben.id)
})
