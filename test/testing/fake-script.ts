import { type Cast, nobody, type Record, startRecord } from './fake-record.ts'
import { playSongs } from './fake-song-script.ts'

/** Plays the same calls on any backend. The names of steps say what is called. */
export async function play(cast: Cast): Promise<Record> {
  const { ana, ben, cora, visitor } = cast
  const { record, step } = startRecord(cast)
  const a = ana.tertulia
  const b = ben.tertulia
  const c = cora.tertulia

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
  const { items } = await step('messages of a group', () => c.chat.listMessages(group.id))
  const told = items.at(-1)!
  await step('edit a system message', () => a.chat.editMessage(told.id, 'x'))
  await step('react to a system message', () => a.chat.react(told.id, '👍'))
  await step('pin a system message', () => a.chat.pinMessage(told.id))
  await step('reply to a system message', () => a.chat.send(group.id, { content: 'x', replyTo: told.id }))
  await step('delete a system message as a member', () => c.chat.deleteMessage(told.id))
  await step('delete a system message', () => a.chat.deleteMessage(told.id))
  const old = await step('send to a group', () => a.chat.send(group.id, { content: 'Old' }))
  await step('unread in a group', () => c.chat.inbox())
  await step('hide a group', () => c.chat.setFlags(group.id, { hidden: true }))
  await step('show later users less', () =>
    a.chat.updateGroup(group.id, { history: 'joined', writers: 'everyone', metadata: { color: 'blue' } }),
  )
  await step('a hidden group', () => c.chat.inbox())
  await step('remove the owner', () => b.chat.removeParticipant(group.id, ana.id))
  await step('remove', () => b.chat.removeParticipant(group.id, cora.id))
  await step('a group of before', () => c.chat.send(group.id, { content: 'x' }))
  await step('add again', () => a.chat.addParticipants(group.id, [cora.id, ben.id]))
  await step('reply to an old one', () => b.chat.send(group.id, { content: 'New', replyTo: old.id }))
  await step('read in a group', () => a.chat.markRead(group.id))
  await step('messages since the joining', () => c.chat.listMessages(group.id))
  await step('a message of before', () => c.chat.react(old.id, '👍'))
  await step('reply to a hidden one', () => c.chat.send(group.id, { content: 'x', replyTo: old.id }))
  await step('search a group', () => c.chat.searchMessages('new old'))
  await step('inbox of a late user', () => c.chat.inbox())
  await step('leave as the last owner', () => a.chat.leave(group.id))
  await step('leave', () => b.chat.leave(group.id))
  await step('messages after leaving', () => a.chat.listMessages(group.id, { limit: 5 }))
  await step('change a direct one', () => a.chat.updateGroup(direct.id, { subject: 'x' }))
  await step('inbox', () => a.chat.inbox())

  await playSongs(cast, step)
  return record
}
