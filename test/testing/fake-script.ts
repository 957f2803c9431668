import { isTertuliaError, type Tertulia } from 'tertulia'
import { vi } from 'vitest'

/** A user of the script. */
interface Actor {
  id: string
  tertulia: Tertulia
}

export interface Cast {
  ana: Actor
  ben: Actor
  cora: Actor
  visitor: Tertulia
}

/** What a script saw, step by step, without what no two runs have in common. */
export type Record = [step: string, answer: unknown][]

const uuids = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

const inOrder = (person: unknown): string => Object(person).id

/** Values without ids, times, tokens and cursors: an id is named by the order in which it was first seen. */
function createNormalise(): (value: unknown, key?: string) => unknown {
  const seen = new Map<string, string>()
  const name = (id: string) => {
    if (!seen.has(id)) seen.set(id, `id ${seen.size + 1}`)
    return seen.get(id) as string
  }
  const normalise = (value: unknown, key = ''): unknown => {
    if (value instanceof Date) return 'a date'
    if (typeof value === 'string') {
      if (key === 'nextCursor') return 'a cursor'
      return key === 'token' ? 'a token' : value.replace(uuids, name)
    }
    if (Array.isArray(value)) {
      const all = value.map((one) => normalise(one))
      // Two who joined at the same moment come in the order of their ids.
      return key.toLowerCase().endsWith('participants')
        ? all.sort((one, other) => (inOrder(one) < inOrder(other) ? -1 : 1))
        : all
    }
    if (typeof value !== 'object' || value === null) return value
    const keys = Object.keys(value).sort()
    return Object.fromEntries(keys.map((one) => [named(one), normalise(Object(value)[one], one)]))
  }
  const named = (key: string) => key.replace(uuids, name)
  return normalise
}

/** Plays the same calls on any backend. The names of steps say what is called. */
export async function play({ ana, ben, cora, visitor }: Cast): Promise<Record> {
  const record: Record = []
  const normalise = createNormalise()
  for (const { id } of [ana, ben, cora]) normalise(id)

  async function step<T>(name: string, call: () => Promise<T>): Promise<T> {
    try {
      const answer = await call()
      record.push([name, normalise(answer)])
      return answer
    } catch (error) {
      if (!isTertuliaError(error)) throw error
      record.push([name, { refused: error.code, field: error.field, retryAfterMs: error.retryAfterMs }])
      return undefined as T
    }
  }
  const a = ana.tertulia
  const b = ben.tertulia
  const c = cora.tertulia
  const nobody = '0b9c2a53-5a0f-4f0a-9a3c-0d2a60d6b001'

  // Handles of the start are random.
  for (const [index, one] of [a, b, c].entries()) await one.profiles.update({ handle: `user.${index}` })

  await step('update a profile', () =>
    a.profiles.update({
      handle: 'ana.of.the.script',
      bio: 'Plays.',
      tags: ['rock', { name: 'jazz', kind: 'specialty' }],
      software: ['Logic'],
      languages: ['es', 'en'],
      country: 'MX',
      experienceYears: 3,
      links: [{ label: 'Site', url: 'https://example.com' }],
      rates: { basic: { amount: 100, currency: 'USD', unit: 'hour' } },
      openToWork: true,
      metadata: { of: { the: ['app', 1, null] } },
    }),
  )
  await step('own profile', () => a.profiles.get())
  await step("another's profile", () => b.profiles.get(ana.id))
  await step('no profile', () => a.profiles.get(nobody))
  await step('a taken handle', () => b.profiles.update({ handle: 'Ana.of.the.Script' }))
  await step('a short handle', () => b.profiles.update({ handle: 'a' }))
  await step('a wrong country', () => b.profiles.update({ country: 'XX' }))
  await step('a wrong link', () => b.profiles.update({ links: [{ label: 'x', url: 'ftp://x' }] }))
  await step('search profiles', () => b.profiles.search('script', { filters: { countries: ['MX'] } }))
  await step('search nothing', () => b.profiles.search('zzzz'))
  await step('follow', () => a.profiles.follow(ben.id))
  await step('follow again', () => a.profiles.follow(ben.id))
  await step('follow oneself', () => a.profiles.follow(ana.id))
  await step('follow nobody', () => a.profiles.follow(nobody))
  await step('follows', () => a.profiles.getFollows(ben.id))
  await step('followers', () => b.profiles.listFollowers())
  await step('following', () => b.profiles.listFollowing(ana.id))
  await step('unfollow', () => a.profiles.unfollow(ben.id))
  await step('followers after', () => b.profiles.listFollowers())

  const direct = await step('direct', () => a.chat.getDirect(ben.id))
  await step('the same direct', () => b.chat.getDirect(ana.id))
  await step('direct with oneself', () => a.chat.getDirect(ana.id))
  await step('direct with nobody', () => a.chat.getDirect(nobody))
  const id = crypto.randomUUID()
  const first = await step('send', () =>
    a.chat.send(direct.id, { id, content: 'Hello there', mentions: [ben.id, cora.id], metadata: { a: 1 } }),
  )
  await step('send again', () => a.chat.send(direct.id, { id, content: 'Hello there' }))
  await step('send with a taken id', () => b.chat.send(direct.id, { id, content: 'x' }))
  const second = await step('reply', () => b.chat.send(direct.id, { content: 'Reply', replyTo: first.id }))
  await step('send to others', () => c.chat.send(direct.id, { content: 'x' }))
  await step('send too much', () => a.chat.send(direct.id, { content: 'x'.repeat(8001) }))
  await step('reply to nothing', () => a.chat.send(direct.id, { content: 'x', replyTo: nobody }))
  await step('show no song', () => a.chat.send(direct.id, { content: 'x', songId: nobody }))
  await step('send as nobody', () => visitor.chat.send(direct.id, { content: 'x' }))
  await step('unread', () => b.chat.inbox())
  await step('edit', () => a.chat.editMessage(first.id, 'Hello'))
  await step('edit nothing', () => a.chat.editMessage(first.id, 'Hello'))
  await step("edit another's", () => b.chat.editMessage(first.id, 'x'))
  await step('edit none', () => b.chat.editMessage(nobody, 'x'))
  await step('react', () => b.chat.react(first.id, '👍'))
  await step('react too', () => a.chat.react(first.id, '👍'))
  await step('react otherwise', () => a.chat.react(first.id, '🎸'))
  await step('take a reaction back', () => b.chat.react(first.id, '👍', false))
  await step('react with a word', () => b.chat.react(first.id, 'word'))
  await step('pin', () => b.chat.pinMessage(first.id))
  await step('pinned', () => a.chat.listPinned(direct.id))
  await step('replies', () => a.chat.listReplies(first.id))
  await step('mark as read', () => a.chat.markRead(direct.id))
  await step('a page', () => a.chat.listMessages(direct.id, { limit: 1 }))
  await step('search messages', () => a.chat.searchMessages('hel'))
  await step('delete', () => b.chat.deleteMessage(second.id))
  await step('delete again', () => b.chat.deleteMessage(second.id))
  await step("delete another's", () => b.chat.deleteMessage(first.id))
  await step('edit a deleted one', () => b.chat.editMessage(second.id, 'x'))
  await step('messages', () => a.chat.listMessages(direct.id))
  await step('messages of others', () => c.chat.listMessages(direct.id))
  await step('flags', () => b.chat.setFlags(direct.id, { muted: true, pinned: true, markedUnread: true }))
  await step('archive', () => b.chat.setFlags(direct.id, { archived: true }))
  await step('inbox without it', () => b.chat.inbox())
  await step('archived', () => b.chat.inbox({ archived: true }))
  await step('bring it back', () => b.chat.setFlags(direct.id, { archived: false, pinned: false }))
  await step('draft', () => b.chat.setDraft(direct.id, { content: 'On my w', metadata: { at: 7 } }))
  await step('inbox with a draft', () => b.chat.inbox())
  await step('clear', () => b.chat.clearHistory(direct.id))
  await step('messages after', () => b.chat.listMessages(direct.id))
  await step('block', () => a.chat.block(ben.id))
  await step('blocks', () => a.chat.listBlocks())
  await step('send while blocked', () => b.chat.send(direct.id, { content: 'x' }))
  await step('follow while blocked', () => b.profiles.follow(ana.id))
  await step('unblock', () => a.chat.unblock(ben.id))

  const group = await step('create a group', () =>
    a.chat.createGroup({ subject: 'Band', memberIds: [ben.id], metadata: { color: 'red' } }),
  )
  await step('a group with nobody', () => a.chat.createGroup({ memberIds: [nobody] }))
  await step('add', () => a.chat.addParticipants(group.id, [cora.id]))
  await step('add as a member', () => b.chat.addParticipants(group.id, [cora.id]))
  await step('set a role', () => a.chat.setRole(group.id, ben.id, 'admin'))
  await step('set a role as an admin', () => b.chat.setRole(group.id, cora.id, 'admin'))
  await step('announce', () => b.chat.updateGroup(group.id, { subject: 'Big band', writers: 'admins' }))
  await step('write as a member', () => c.chat.send(group.id, { content: 'x' }))
  await step('remove the owner', () => b.chat.removeParticipant(group.id, ana.id))
  await step('remove', () => b.chat.removeParticipant(group.id, cora.id))
  await step('a group of before', () => c.chat.send(group.id, { content: 'x' }))
  await step('leave as the last owner', () => a.chat.leave(group.id))
  await step('leave', () => b.chat.leave(group.id))
  await step('change a direct one', () => a.chat.updateGroup(direct.id, { subject: 'x' }))
  await step('inbox', () => a.chat.inbox())

  const content =
    '{title: Uno}\n{artist: Zed}\n{key: C}\n{tempo: 92}\n{time: 3/4}\n{capo: 2}\n{year: 1999}\n{duration: 3:05}\n{language: es}\n[C]uno [G7]dos\n\n{soc}\n[Am/C]tres\n{eoc}'
  const song = await step('create a song', () => a.songs.create({ content, genre: ' Rock ', difficulty: 2 }))
  await step('a song without words', () => a.songs.create({ content: '[C]just one line' }))
  await step('a wrong language', () => a.songs.create({ content, title: 'x'.repeat(300) }))
  await step('get', () => a.songs.get(song.id))
  await step("get another's", () => b.songs.get(song.id))
  await step('get as a visitor', () => visitor.songs.get(song.id))
  await step('update', () =>
    a.songs.update(song.id, { title: 'Uno dos' }, { expectedVersion: 1, summary: 'why' }),
  )
  await step('update nothing', () => a.songs.update(song.id, { title: 'Uno dos' }))
  await step('a conflict', () => a.songs.update(song.id, { title: 'x' }, { expectedVersion: 1 }))
  await step("update another's", () => b.songs.update(song.id, { title: 'x' }))
  await step('list', () => a.songs.list({ limit: 1 }))
  await step('search', () => a.songs.search('dos', { filters: { genre: ['rock'] } }))
  await step('search as another', () => b.songs.search('dos'))
  await step('suggest', () => a.songs.suggest('uno'))
  await step('versions', () => a.songs.listVersions(song.id))
  await step('a version', () => a.songs.getVersion(song.id, 1))
  await step('no version', () => a.songs.getVersion(song.id, 9))
  await step('versions of others', () => b.songs.listVersions(song.id))
  await step('restore a version', () => a.songs.restoreVersion(song.id, 1))
  await step('favorite', () => a.songs.favorite(song.id))
  await step("favorite another's", () => b.songs.favorite(song.id))
  await step('favorites', () => a.songs.listFavorites())
  await step('unfavorite', () => a.songs.unfavorite(song.id))
  await step('tag', () => a.songs.tag(song.id, ['Slow', 'Fandango']))
  await step('untag', () => a.songs.untag(song.id, ['slow']))
  await step('tags', () => a.songs.listTags(song.id))
  await step('import', () =>
    b.songs.import([{ content: '{title: Due}\n[C]a' }, { content: '[C]b', title: 'x'.repeat(300) }]),
  )
  await step('delete a song of another', () => b.songs.delete(song.id))

  const share = await step('share', () =>
    a.sharing.share(song.id, { userId: ben.id, role: 'edit', message: 'm' }),
  )
  await step('share with oneself', () => a.sharing.share(song.id, { userId: ana.id, role: 'view' }))
  await step('share with nobody', () => a.sharing.share(song.id, { userId: nobody, role: 'view' }))
  await step('share no song', () => a.sharing.share(nobody, { userId: ben.id, role: 'view' }))
  await step('share by address', () => a.sharing.share(song.id, { email: 'x@example.com', role: 'view' }))
  await step('share by no address', () => a.sharing.share(song.id, { email: 'x', role: 'view' }))
  await step('received', () => b.sharing.listReceived())
  await step('role before', () => b.sharing.getRole(song.id))
  await step('accept of another', () => c.sharing.accept(share.id))
  await step('accept', () => b.sharing.accept(share.id))
  await step('accept again', () => b.sharing.accept(share.id))
  await step('role', () => b.sharing.getRole(song.id))
  await step('edit a shared song', () => b.songs.update(song.id, { genre: 'Pop' }))
  await step('publish a shared song', () => b.songs.update(song.id, { visibility: 'public' }))
  await step('share as an editor', () => b.sharing.share(song.id, { userId: cora.id, role: 'view' }))
  await step('delete as an editor', () => b.songs.delete(song.id))
  await step('sent', () => a.sharing.listSent())
  await step('shares', () => a.sharing.listShares(song.id))
  await step('shares as an editor', () => b.sharing.listShares(song.id))
  await step('notices', () => b.sharing.listNotices())
  await step("the sender's notices", () => a.sharing.listNotices())
  await step('read notices', () => b.sharing.markRead())
  await step('change the share', () => a.sharing.share(song.id, { userId: ben.id, role: 'view' }))
  await step('open to links', () => a.songs.update(song.id, { visibility: 'shared' }))
  const link = await step('link', () => a.sharing.createLink(song.id, { maxUses: 1 }))
  await step('open the link', () => c.sharing.openLink(link.token))
  await step('the song by link', () => c.songs.get(song.id))
  await step('links', () => a.sharing.listLinks(song.id))
  await step('revoke the link', () => a.sharing.revokeLink(link.id))
  await step('no song by link', () => c.songs.get(song.id))
  await step('a revoked link', () => c.sharing.openLink(link.token))
  await step('a link that is none', () => c.sharing.openLink('none'))
  await step('revoke', () => a.sharing.revoke(share.id))
  await step('no role', () => b.sharing.getRole(song.id))
  await step('revoke none', () => b.sharing.revoke(share.id))
  const transfer = await step('offer to hand over', () =>
    a.sharing.offerTransfer(song.id, ben.id, { message: 'yours' }),
  )
  await step('transfers', () => b.sharing.listTransfers())
  await step('accept one of others', () => c.sharing.acceptTransfer(transfer.id))
  await step('accept the transfer', () => b.sharing.acceptTransfer(transfer.id))
  await step('the role of the owner before', () => a.sharing.getRole(song.id))
  await step('trash', () => b.songs.delete(song.id))
  await step('the trash', () => b.songs.listTrash())
  await step('get from the trash', () => b.songs.get(song.id))
  await step('out of the trash', () => b.songs.restore(song.id))
  await step('purge what is not there', () => b.songs.purge(song.id))
  return record
}

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
