import { createCircles } from 'tertulia/circles'
import { type Comment, createComments, createContext } from 'tertulia/comments'
import { createModeration } from 'tertulia/moderation'
import { expect, test } from 'vitest'
import { connectToDatabase } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connect, type Person, signUp } from '../support/people.ts'

await takeFreshStack()

const of = ({ supabase }: Pick<Person, 'supabase'>) => createComments(createContext(supabase))
const refused = (call: Promise<unknown>, code: string, field?: string) =>
  expect(call).rejects.toMatchObject({ code, ...(field && { field }) })
const said = (comments: readonly Comment[]) => comments.map(({ content }) => content)

/** A song of Ana's that Ben may see and Carla may edit. */
async function makeSong() {
  const [ana, ben, carla] = (await Promise.all(['Ana', 'Ben', 'Carla'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const song = await ana.tertulia.songs.create({ title: 'Zamba', content: '[C]one\r\n[G]two\n\nthree' })
  const shares = []
  for (const [user, role] of [
    [ben, 'view'],
    [carla, 'edit'],
  ] as const) {
    const share = await ana.tertulia.sharing.share(song.id, { userId: user.id, role })
    shares.push(await user.tertulia.sharing.accept(share.id))
  }
  return { ana, ben, carla, song, shares }
}

test('whoever sees a song reads its comments and writes some, and nobody else does', async () => {
  const { ana, ben, carla, song, shares } = await makeSong()
  const eve = await signUp('Eve')
  const first = await of(ben).add(song.id, { content: 'C or Am?', line: 2 })
  expect(first).toMatchObject({
    songId: song.id,
    line: 2,
    quote: '[G]two',
    content: 'C or Am?',
    songVersion: song.version,
    author: { id: ben.id, displayName: 'Ben' },
    replyTo: null,
    resolvedAt: null,
  })
  const reply = await of(carla).add(song.id, { content: 'Am.', replyTo: first.id })
  // A reply to a reply is in the same thread.
  expect(await of(ana).add(song.id, { content: 'Yes.', replyTo: reply.id })).toMatchObject({
    replyTo: first.id,
  })
  for (const user of [ana, ben, carla])
    expect(said((await of(user).list(song.id)).items)).toEqual(['C or Am?', 'Am.', 'Yes.'])
  const walked = []
  for await (const { content } of of(ben).list(song.id, { limit: 1 })) walked.push(content)
  expect(walked).toEqual(['C or Am?', 'Am.', 'Yes.'])

  for (const call of [
    () => of(eve).list(song.id),
    () => of(eve).add(song.id, { content: 'x' }),
    () => of(eve).list(crypto.randomUUID()),
  ])
    await refused(call(), 'song_not_found')
  for (const call of [
    () => of(eve).edit(first.id, 'x'),
    () => of(eve).resolve(first.id),
    () => of(eve).delete(first.id),
    () => of(eve).edit(crypto.randomUUID(), 'x'),
  ])
    await refused(call(), 'comment_not_found')
  const visitor = { supabase: connect() }
  await refused(of(visitor).list(song.id), 'not_signed_in')
  for (const table of ['song_comments', 'comment_heads', 'comment_watchers'])
    expect((await ana.supabase.from(table).select()).error).not.toBeNull()
  await ana.tertulia.songs.delete(song.id)
  await refused(of(ben).list(song.id), 'song_not_found')
  await ana.tertulia.songs.restore(song.id)
  // What was shared is read until the share ends.
  await ana.tertulia.sharing.revoke(shares[0]!.id)
  await refused(of(ben).list(song.id), 'song_not_found')
  await refused(of(ben).edit(first.id, 'x'), 'comment_not_found')
  await refused(of(ben).resolve(first.id), 'comment_not_found')
  // One's own words can be taken back all the same.
  await of(ben).delete(first.id)
  await of(ben).delete(first.id)
  expect((await of(ana).list(song.id)).items).toMatchObject([
    { id: first.id, content: '', author: null, quote: '', deletedAt: expect.any(Date) },
    { content: 'Am.' },
    { content: 'Yes.' },
  ])
  await refused(of(ana).add(song.id, { content: 'x', replyTo: first.id }), 'comment_not_found', 'replyTo')
})

test('a public song has comments of everybody, a circle’s of its members', async () => {
  const [ana, ben, eve] = (await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))) as [
    Person,
    Person,
    Person,
  ]
  const { id } = await ana.tertulia.songs.create({ title: 'Vals', content: 'la', visibility: 'public' })
  await eve.tertulia.profiles.update({ isListed: false })
  await of(eve).add(id, { content: 'from Eve' })
  await of(ben).add(id, { content: 'from Ben' })
  // A stranger does not learn the name of an unlisted user; the owner does.
  expect((await of(ben).list(id)).items.map(({ author }) => author?.id)).toEqual([undefined, ben.id])
  expect((await of(ana).list(id)).items.map(({ author }) => author?.id)).toEqual([eve.id, ben.id])
  await ana.tertulia.chat.block(ben.id)
  await refused(of(ben).add(id, { content: 'again' }), 'blocked')
  await ana.tertulia.chat.unblock(ben.id)
  await ana.tertulia.songs.update(id, { visibility: 'private' })
  await refused(of(ben).list(id), 'song_not_found')

  const circles = (user: Person) => createCircles(createContext(user.supabase))
  const band = await circles(ana).create({ name: 'Band' })
  const { token } = await circles(ana).createLink(band.id)
  await circles(ben).acceptInvitation({ token })
  await circles(ana).share(band.id, id, { role: 'view' })
  expect(said((await of(ben).list(id)).items)).toEqual(['from Eve', 'from Ben'])
  await circles(ben).leaveCircle(band.id)
  await refused(of(ben).list(id), 'song_not_found')
})

test('authors edit, editors resolve, the owner deletes; a retry changes nothing', async () => {
  const { ana, ben, carla, song } = await makeSong()
  const id = crypto.randomUUID()
  const written = await of(ben).add(song.id, { id, content: 'slowr' })
  expect(await of(ben).add(song.id, { id, content: 'slowr' })).toEqual(written)
  await refused(of(carla).add(song.id, { id, content: 'mine' }), 'invalid_input', 'id')
  const reply = await of(carla).add(song.id, { content: 'No.', replyTo: id })
  await refused(of(carla).edit(id, 'x'), 'forbidden')
  expect(await of(ben).edit(id, 'slower')).toMatchObject({ content: 'slower', editedAt: expect.any(Date) })
  await refused(of(ben).resolve(reply.id), 'invalid_input')
  const done = await of(carla).resolve(id)
  expect(done).toMatchObject({ resolvedAt: expect.any(Date), resolvedBy: { id: carla.id } })
  expect(await of(ana).resolve(id)).toEqual(done)
  expect(await of(ben).reopen(id)).toMatchObject({ resolvedAt: null, resolvedBy: null })
  const anas = await of(ana).add(song.id, { content: 'la' })
  await refused(of(ben).resolve(anas.id), 'forbidden')
  await refused(of(carla).delete(anas.id), 'forbidden')
  await of(ana).delete(reply.id)
  expect(said((await of(ben).list(song.id)).items)).toEqual(['slower', 'la'])

  for (const [comment, field] of [
    [{ content: '' }, 'content'],
    [{ content: 'x'.repeat(2001) }, 'content'],
    [{ content: 'x', line: 0 }, 'line'],
    [{ content: 'x', line: 5 }, 'line'],
    [{ content: 'x', line: 1, replyTo: id }, 'line'],
    [{ content: 'x', replyTo: 'no' }, 'replyTo'],
    [{ content: 'x', extra: 1 }, 'extra'],
  ] as const)
    await refused(of(ana).add(song.id, comment as never), 'invalid_input', field)
})

test('the owner and the thread are told, once each, unless one of them wrote it or a block stands between', async () => {
  const { ana, ben, carla, song } = await makeSong()
  const first = await of(ben).add(song.id, { content: 'first' })
  await of(carla).add(song.id, { content: 'second', replyTo: first.id })
  await carla.tertulia.chat.block(ben.id)
  await of(ben).add(song.id, { content: 'third', replyTo: first.id })
  await refused(of(carla).add(song.id, { content: 'no', replyTo: first.id }), 'blocked')
  await of(ana).add(song.id, { content: 'fourth', replyTo: first.id })
  const notices = async (user: Person) =>
    (await user.tertulia.sharing.listNotices()).items
      .filter(({ kind }) => kind === 'comment_added')
      .map(({ actor, songId, title }) => [actor?.id, songId, title])
  expect(await notices(ana)).toEqual([ben, carla, ben].map(({ id }) => [id, song.id, 'Zamba']))
  expect(await notices(ben)).toEqual([ana, carla].map(({ id }) => [id, song.id, 'Zamba']))
  expect(await notices(carla)).toEqual([[ana.id, song.id, 'Zamba']])
})

test('a comment is reported with its words, and a moderator takes it away', async () => {
  const { ana, ben, carla, song, shares } = await makeSong()
  const { sql } = connectToDatabase(1)
  const { id } = await of(ben).add(song.id, { content: 'an insult' })
  const reports = ({ supabase }: Person) => createModeration(createContext(supabase))
  await refused(reports(ben).report('comment', id, { reason: 'abuse' }), 'invalid_input')
  await reports(carla).report('comment', id, { reason: 'abuse' })
  const late = await of(ana).add(song.id, { content: 'later' })
  await ana.tertulia.sharing.revoke(shares[1]!.id)
  await reports(carla).report('comment', late.id, { reason: 'seen' })
  const unseen = await of(ana).add(song.id, { content: 'unseen' })
  await refused(reports(carla).report('comment', unseen.id, { reason: 'x' }), 'comment_not_found')
  await of(ben).edit(id, 'nothing')

  const mod = await signUp('Mo')
  await sql`update auth.users set raw_app_meta_data = raw_app_meta_data || '{"role": "moderator"}' where id = ${mod.id}`
  await mod.supabase.auth.refreshSession()
  const { items } = await reports(mod).listReports()
  expect(items.map(({ kind, reported, owner }) => [kind, reported?.content, owner.id])).toEqual([
    ['comment', 'later', ana.id],
    ['comment', 'an insult', ben.id],
  ])
  // The song itself a moderator does not see.
  await refused(of(mod).list(song.id), 'song_not_found')
  await of(mod).delete(id)
  await of(mod).delete(id)
  await refused(of(mod).delete(crypto.randomUUID()), 'comment_not_found')
  expect(said((await of(ana).list(song.id)).items)).toEqual(['later', 'unseen'])
})

test('the comments of a deleted account say nothing, the answers stay, and the export has them', async () => {
  const { ana, ben, song } = await makeSong()
  const first = await of(ben).add(song.id, { content: 'from Ben', line: 1 })
  await of(ana).add(song.id, { content: 'from Ana', replyTo: first.id })
  await of(ben).add(song.id, { content: 'alone' })
  await of(ana).resolve(first.id)
  const rows = []
  for await (const row of ben.tertulia.profiles.exportAccount()) rows.push(row)
  const bens = connect()
  await bens.auth.setSession((await ben.supabase.auth.getSession()).data.session!)
  const exported = JSON.stringify(rows)
  expect(exported).toContain('from Ben')
  expect(exported).not.toContain('[C]one')
  expect(exported).not.toContain('from Ana')
  await ben.tertulia.profiles.deleteAccount()
  expect((await of(ana).list(song.id)).items).toMatchObject([
    { id: first.id, content: '', author: null },
    { content: 'from Ana', author: { id: ana.id } },
  ])
  const { sql } = connectToDatabase(1)
  expect(
    await sql`select from private.song_comments where author_id = ${ben.id} and (content <> '' or quote <> '')`,
  ).toHaveLength(0)
  // The token outlives the account.
  await refused(of({ supabase: bens }).add(song.id, { content: 'x' }), 'account_not_found')
  await refused(of({ supabase: bens }).list(song.id), 'account_not_found')
})
