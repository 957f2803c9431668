import { vi } from 'vitest'
import { type Cast, createNormalise, type Record } from './fake-record.ts'

/** Plays live handles, and says what they show in the end. */
export async function playLive({ ana, ben, cora }: Cast): Promise<Record> {
  const record: Record = []
  const normalise = createNormalise()
  for (const { id } of [ana, ben, cora]) normalise(id)
  const until = (seen: () => boolean) =>
    vi.waitFor(
      () => {
        if (!seen()) throw new Error(`still not: ${seen}`)
      },
      { timeout: 30_000, interval: 20 },
    )
  const show = (name: string, value: unknown) => record.push([name, normalise(value)])

  for (const [index, { tertulia }] of [ana, ben, cora].entries()) {
    await tertulia.profiles.update({ handle: `live.${index}` })
  }
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const mine = ana.tertulia.chat.openConversation(id)
  const other = ben.tertulia.chat.openConversation(id)
  const inbox = ben.tertulia.chat.watchInbox()
  const notices = ben.tertulia.sharing.watchNotices()
  const handles = [mine, other, inbox, notices]
  await until(() => handles.every((one) => one.getSnapshot().status === 'live'))
  await until(() => mine.getSnapshot().present.length === 1 && other.getSnapshot().present.length === 1)
  other.setTyping(true)
  await until(() => mine.getSnapshot().typing.length === 1)
  const sent = await other.send({ content: 'first' })
  await until(() => mine.getSnapshot().messages.length === 1 && mine.getSnapshot().typing.length === 0)
  await mine.send({ content: 'second', replyTo: sent.id })
  await until(() => other.getSnapshot().messages.length === 2)
  await other.edit(sent.id, 'First')
  await mine.react(sent.id, '👍')
  await mine.markRead()
  await other.markRead()
  await until(() => mine.getSnapshot().messages[1]?.reply?.excerpt === 'First')
  await until(() => other.getSnapshot().messages[0]?.reactions.length === 1)
  await until(
    () => mine.getSnapshot().conversation?.participants.every((one) => one.lastReadSeq === 2) === true,
  )
  const { unread, hasOlder, messages, conversation, pending } = other.getSnapshot()
  show('conversation', { unread, hasOlder, messages, conversation, pending })
  await until(() => inbox.getSnapshot().items[0]?.lastMessage?.content === 'second')
  const { items, unread: all } = inbox.getSnapshot()
  show('inbox', { items: items.map(({ lastMessage, unread: count }) => ({ lastMessage, count })), all })

  const group = await ana.tertulia.chat.createGroup({ subject: 'Live', memberIds: [ben.id] })
  const open = ben.tertulia.chat.openConversation(group.id)
  await until(() => open.getSnapshot().status === 'live' && inbox.getSnapshot().items.length === 2)
  await ana.tertulia.chat.addParticipants(group.id, [cora.id])
  await until(() => open.getSnapshot().conversation?.participants.length === 3)
  await ana.tertulia.chat.removeParticipant(group.id, ben.id)
  await until(() => open.getSnapshot().status === 'closed')
  show('removed', open.getSnapshot().closeReason)
  await until(() => inbox.getSnapshot().items.length === 1)

  const song = await ana.tertulia.songs.create({ content: '{title: Live}\n[C]la' })
  const share = await ana.tertulia.sharing.share(song.id, { userId: ben.id, role: 'edit' })
  await until(() => notices.getSnapshot().unread === 1)
  show('notices', notices.getSnapshot().items)
  await ben.tertulia.sharing.accept(share.id)
  const watched = ben.tertulia.songs.watch(song.id)
  await until(() => watched.getSnapshot().status === 'live')
  await ana.tertulia.songs.update(song.id, { title: 'Live again' })
  await until(() => watched.getSnapshot().song?.title === 'Live again')
  show('song', { ...watched.getSnapshot(), others: [] })
  await ana.tertulia.sharing.revoke(share.id)
  await until(() => watched.getSnapshot().status === 'closed')
  show('song revoked', watched.getSnapshot().closeReason)
  for (const one of [...handles, open, watched]) one.close()
  return record
}
