import { type Cast, nobody, type Step } from './fake-record.ts'

/** Plays the calls of songs and shares. */
export async function playSongs({ ana, ben, cora, visitor }: Cast, step: Step): Promise<void> {
  const [a, b, c] = [ana.tertulia, ben.tertulia, cora.tertulia]

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
}
