import { createContext, createModeration } from 'tertulia/moderation'
import { createPeople } from 'tertulia/people'
import { expect, test } from 'vitest'
import { connectToDatabase } from '../chat/sql/database.ts'
import { connect, connectAsService, type Person, signUp } from '../support/people.ts'

const moderationOf = ({ supabase }: Person) => createModeration(createContext(supabase))

async function moderator() {
  const judge = await signUp('Judge')
  await connectAsService().auth.admin.updateUserById(judge.id, { app_metadata: { role: 'moderator' } })
  await judge.supabase.auth.refreshSession()
  const moderation = moderationOf(judge)
  const of = async (subjectId: string, resolved = false) => {
    for await (const report of moderation.listReports({ limit: 2, resolved }))
      if (report.subjectId === subjectId) return report
    return null
  }
  return { moderation, of }
}

test('a profile, a song and the message of a share are reported as they are, and stay so for moderators', async () => {
  const [ana, ben, { moderation, of }] = [await signUp('Ana'), await signUp('Ben'), await moderator()]
  await ana.tertulia.profiles.update({
    bio: 'Buy my pills',
    links: [{ label: 'Pills', url: 'https://pills.example' }],
  })
  const song = await ana.tertulia.songs.create({
    content: '{title: Insult}\n{tag: Hate}\n[C]you',
    visibility: 'public',
  })
  const share = await ana.tertulia.sharing.share(song.id, {
    userId: ben.id,
    role: 'view',
    message: 'Look, you fool',
  })
  const bens = moderationOf(ben)
  await bens.report('profile', ana.id, { reason: 'spam', note: 'Twice' })
  for (let again = 0; again < 2; again++) await bens.report('song', song.id, { reason: 'hate' })
  await bens.report('share', share.id, { reason: 'harassment' })

  // What was reported is changed and deleted.
  await ana.tertulia.profiles.update({ bio: 'Mixing and mastering', links: [] })
  await ana.tertulia.sharing.revoke(share.id)
  await ana.tertulia.songs.update(song.id, { content: '{title: Love}\n[C]you' })
  await ana.tertulia.songs.delete(song.id)
  await ana.tertulia.songs.purge(song.id)

  expect(await of(ana.id)).toMatchObject({
    kind: 'profile',
    owner: { id: ana.id, displayName: 'Ana' },
    reporter: { id: ben.id, displayName: 'Ben' },
    reason: 'spam',
    note: 'Twice',
    reported: { bio: 'Buy my pills', links: [{ label: 'Pills', url: 'https://pills.example' }] },
    resolvedAt: null,
  })
  const reported = await of(song.id)
  expect(reported?.reported).toMatchObject({
    title: 'Insult',
    content: '{title: Insult}\n{tag: Hate}\n[C]you',
    tags: ['Hate'],
  })
  expect(reported?.reported).not.toHaveProperty('lyrics')
  expect((await of(share.id))?.reported).toMatchObject({
    message: 'Look, you fool',
    title: 'Insult',
    role: 'view',
  })

  const report = await of(ana.id)
  await Promise.all(['kept', 'kept'].map((note) => moderation.resolveReport(report?.id ?? '', { note })))
  expect(await of(ana.id)).toBeNull()
  expect(await of(ana.id, true)).toMatchObject({ resolution: 'kept', resolvedAt: expect.any(Date) })
  await expect(moderation.resolveReport(crypto.randomUUID())).rejects.toMatchObject({
    code: 'report_not_found',
  })
})

test('the picture of a reported profile stays for moderators until the report is resolved, even if its owner removes it', async () => {
  const [ana, ben, { moderation, of }] = [await signUp('Ana'), await signUp('Ben'), await moderator()]
  const png = (size: number) =>
    new Uint8Array(size).fill(1).map((byte, at) => [137, 80, 78, 71, 13, 10][at] ?? byte)
  const statusOf = async (url: string) => (await fetch(url)).status
  const service = connectAsService()
  const abandoned = async () => (await service.rpc('list_abandoned_avatars')).data as string[]
  const bucket = (client = ana.supabase) => client.storage.from('tertulia-avatars')
  const url = await ana.tertulia.profiles.setAvatar(png(100))
  await moderationOf(ben).report('profile', ana.id, { reason: 'picture' })
  const { id = '', reported } = (await of(ana.id)) ?? {}
  const path = reported?.avatar_path as string
  expect(url).toContain(path)

  const unreported = await ana.tertulia.profiles.setAvatar(png(200))
  await ana.tertulia.profiles.setAvatar(png(300))
  // What was replaced beside it is gone all the same.
  expect(await statusOf(unreported)).toBe(400)
  await bucket().remove([path])
  await bucket().move(path, `${ana.id}/${crypto.randomUUID()}.png`)
  await bucket().update(path, png(50), { contentType: 'image/png' })
  for (const write of [
    () => bucket(service).remove([path]),
    () => bucket(service).move(path, 'x.png'),
    () => bucket(service).upload(path, png(50), { contentType: 'image/png', upsert: true }),
  ])
    expect((await write()).error).not.toBeNull()
  const { sql } = connectToDatabase(1)
  await sql`update storage.objects set created_at = now() - interval '2 days' where name = ${path}`
  expect(await abandoned()).not.toContain(path)
  expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(100)

  await moderation.resolveReport(id)
  expect(await abandoned()).toContain(path)
  expect((await bucket().remove([path])).data).toHaveLength(1)

  // The account takes it along, reported or not.
  await ana.tertulia.profiles.setAvatar(png(100))
  await moderationOf(ben).report('profile', ana.id, { reason: 'picture' })
  const last = (await of(ana.id))?.reported?.avatar_path as string
  await ana.tertulia.profiles.deleteAccount()
  expect(await abandoned()).toContain(last)
  expect((await bucket(service).remove([last])).data).toHaveLength(1)
})

test('moderators see the portfolio of a reported profile as it was, and its files stay until the report is resolved', async () => {
  const [ana, ben, { moderation, of }] = [await signUp('Ana'), await signUp('Ben'), await moderator()]
  const png = new Blob([new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 1])], { type: 'image/png' })
  const { savePortfolioItem, removePortfolioItem } = createPeople(createContext(ana.supabase))
  const { id: item, fileUrl } = await savePortfolioItem({ title: 'Stolen', file: png })
  await savePortfolioItem({ title: 'Link', url: 'https://example.com/x' })
  await moderationOf(ben).report('profile', ana.id, { reason: 'theft' })
  const { id = '', reported } = (await of(ana.id)) ?? {}
  const [{ file_path: path = '' } = {}] = (reported?.portfolio ?? []) as { file_path?: string }[]
  expect(reported?.portfolio).toEqual([
    { title: 'Stolen', url: null, file_path: path },
    { title: 'Link', url: 'https://example.com/x', file_path: null },
  ])
  const service = connectAsService()
  const bucket = (client = service) => client.storage.from('tertulia-portfolio')
  await removePortfolioItem(item)
  for (const client of [ana.supabase, service]) {
    await bucket(client).remove([path])
    await bucket(client).move(path, `${ana.id}/${crypto.randomUUID()}.png`)
    await bucket(client).upload(path, new Blob(['x'], { type: 'image/png' }), { upsert: true })
  }
  expect(await (await fetch(fileUrl ?? '')).bytes()).toEqual(await png.bytes())
  const { sql } = connectToDatabase(1)
  await sql`update storage.objects set created_at = now() - interval '2 days' where name = ${path}`
  const abandoned = async () => (await service.rpc('list_abandoned_portfolio_files')).data
  expect(await abandoned()).not.toContain(path)
  await moderation.resolveReport(id)
  expect(await abandoned()).toContain(path)
  expect((await bucket(ana.supabase).remove([path])).data).toHaveLength(1)
})

test('a removal of the picture waits for a report that is under way, and finds it', async () => {
  const { sql } = connectToDatabase(4)
  const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
  const path = `${ana.id}/${crypto.randomUUID()}.png`
  await sql`insert into storage.objects (bucket_id, name) values ('tertulia-avatars', ${path})`
  await sql`update public.profiles set avatar_path = ${path} where id = ${ana.id}`
  let removal: Promise<string> | undefined
  let through = false
  await sql.begin(async (tx) => {
    await tx`select set_config('request.jwt.claims', ${JSON.stringify({ sub: ben.id, role: 'authenticated' })}, true)`
    await tx`select public.report_content('profile', ${ana.id}, 'picture')`
    removal = sql
      .begin(async (other) => {
        await other`set local storage.allow_delete_query = 'true'`
        await other`delete from storage.objects where name = ${path}`
      })
      .then(
        () => 'removed',
        (error) => error.message,
      )
      .finally(() => {
        through = true
      })
    for (let waits = false; !waits && !through; )
      waits =
        (
          await sql`select from pg_stat_activity where wait_event_type = 'Lock' and query like 'delete from storage.objects%'`
        ).length > 0
  })
  expect(await removal).toMatch(/an open report shows it/)
})

test('a user whose role as moderator was taken moderates nothing with the token of before', async () => {
  const [ana, ben, judge] = [await signUp('Ana'), await signUp('Ben'), await signUp('Judge')]
  const mark = (role: string | null) =>
    connectAsService().auth.admin.updateUserById(judge.id, { app_metadata: { role } })
  await mark('moderator')
  await judge.supabase.auth.refreshSession()
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [ben.id] })
  const file = new File(['x'], 'x.txt', { type: 'text/plain' })
  const attachment = await ana.tertulia.chat.uploadAttachment(id, file)
  const message = await ana.tertulia.chat.send(id, { content: 'x', attachments: [attachment] })
  await ben.tertulia.chat.report(message.id, { reason: 'spam' })
  expect((await judge.tertulia.chat.listReports({ limit: 1 })).items).toHaveLength(1)
  await mark(null)
  for (const [call, code] of [
    [() => judge.tertulia.chat.listReports(), 'forbidden'],
    [() => judge.tertulia.chat.resolveReport(crypto.randomUUID()), 'forbidden'],
    [() => judge.tertulia.chat.deleteMessage(message.id), 'message_not_found'],
    [() => judge.tertulia.chat.attachmentUrl(attachment.path), 'attachment_not_found'],
    [() => moderationOf(judge).listReports(), 'forbidden'],
    [() => moderationOf(judge).resolveReport(crypto.randomUUID()), 'forbidden'],
  ] as const)
    await expect(call()).rejects.toMatchObject({ code })
})

test('a user reports what they see, and nothing of their own; only moderators read', async () => {
  const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
  const song = await ana.tertulia.songs.create({ content: 'la' })
  const share = await ana.tertulia.sharing.share(song.id, {
    email: `${crypto.randomUUID()}@example.com`,
    role: 'view',
  })
  const bens = moderationOf(ben)
  const reason = { reason: 'x' }
  for (const [call, code, field] of [
    [() => bens.report('song', song.id, reason), 'song_not_found'],
    [() => bens.report('song', crypto.randomUUID(), reason), 'song_not_found'],
    [() => bens.report('share', share.id, reason), 'share_not_found'],
    [() => bens.report('profile', crypto.randomUUID(), reason), 'profile_not_found'],
    [() => bens.report('profile', ben.id, reason), 'invalid_input', 'subjectId'],
    [() => moderationOf(ana).report('song', song.id, reason), 'invalid_input', 'subjectId'],
    [() => bens.report('playlist' as never, song.id, reason), 'invalid_input', 'kind'],
    [() => bens.report('profile', ana.id, { reason: '' }), 'invalid_input', 'reason'],
    [() => bens.report('profile', ana.id, { reason: 'x'.repeat(101) }), 'invalid_input', 'reason'],
    [() => bens.report('profile', ana.id, { reason: 'x', note: 'y'.repeat(2001) }), 'invalid_input', 'note'],
    [() => bens.report('profile', ana.id, { reason: 'x', why: 'y' } as never), 'invalid_input', 'why'],
    [() => bens.listReports(), 'forbidden'],
    [() => bens.resolveReport(crypto.randomUUID()), 'forbidden'],
    [() => createModeration(createContext(connect())).report('profile', ana.id, reason), 'not_signed_in'],
  ] as const)
    await expect(call()).rejects.toMatchObject({ code, ...(field && { field }) })
  for (const supabase of [ben.supabase, connect()])
    expect((await supabase.from('content_reports').select()).error).not.toBeNull()
})

test('the report of a removed user holds the song as they saw it, and nothing that was written later', async () => {
  const { sql } = connectToDatabase(1)
  const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
  const song = await ana.tertulia.songs.create({ title: 'First', content: 'insult' })
  const share = await ana.tertulia.sharing.share(song.id, { userId: ben.id, role: 'view', message: 'look' })
  await ben.tertulia.sharing.accept(share.id)
  await ana.tertulia.songs.update(song.id, { content: '{tag: old}\nworse' })
  await ana.tertulia.sharing.revoke(share.id)
  await ana.tertulia.songs.update(song.id, { title: 'Secret', content: '{tag: new}\nprivate words' })
  await moderationOf(ben).report('song', song.id, { reason: 'hate' })
  await moderationOf(ben).report('share', share.id, { reason: 'hate' })
  const reports =
    await sql`select kind, reported from private.content_reports where reporter_id = ${ben.id} order by kind`
  expect(reports).toMatchObject([
    { kind: 'share', reported: { title: 'First', message: 'look' } },
    { kind: 'song', reported: { id: song.id, title: 'First', content: '{tag: old}\nworse', tags: ['old'] } },
  ])
  expect(JSON.stringify(reports)).not.toMatch(/Secret|private words|"new"/)
  // Somebody who sees the song still reports it as it is now.
  const again = await ana.tertulia.sharing.share(song.id, { userId: ben.id, role: 'view' })
  await ben.tertulia.sharing.accept(again.id)
  await sql`delete from private.content_reports where reporter_id = ${ben.id}`
  await moderationOf(ben).report('song', song.id, { reason: 'hate' })
  expect(
    await sql`select reported ->> 'title' as title from private.content_reports where reporter_id = ${ben.id}`,
  ).toEqual([{ title: 'Secret' }])
})

test('a share that has expired is reported as it was then, for a week', async () => {
  const { sql } = connectToDatabase(1)
  const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
  const song = await ana.tertulia.songs.create({ title: 'Then', content: 'la' })
  const share = await ana.tertulia.sharing.share(song.id, { userId: ben.id, role: 'view', message: 'look' })
  await ben.tertulia.sharing.accept(share.id)
  await sql`update public.shares set expires_at = clock_timestamp() where id = ${share.id}`
  await ana.tertulia.songs.update(song.id, { title: 'Secret' })
  await moderationOf(ben).report('share', share.id, { reason: 'hate' })
  const titles = () =>
    sql`select reported ->> 'title' as title from private.content_reports where reporter_id = ${ben.id}`
  expect(await titles()).toEqual([{ title: 'Then' }])
  await sql`delete from private.content_reports where reporter_id = ${ben.id}`
  await sql`update public.shares set expires_at = now() - interval '8 days' where id = ${share.id}`
  await expect(moderationOf(ben).report('share', share.id, { reason: 'hate' })).rejects.toMatchObject({
    code: 'share_not_found',
  })
  expect(await titles()).toEqual([])
})

test('a user who was just removed still reports; a week later, or of what came after, they do not', async () => {
  const { sql } = connectToDatabase(1)
  const [ana, ben] = [await signUp('Ana'), await signUp('Ben')]
  const bens = moderationOf(ben)
  const song = await ana.tertulia.songs.create({ content: 'insult' })
  const other = await ana.tertulia.songs.create({ content: 'insult' })
  for (const { id } of [song, other]) {
    const share = await ana.tertulia.sharing.share(id, { userId: ben.id, role: 'view' })
    await ben.tertulia.sharing.accept(share.id)
    await ana.tertulia.sharing.revoke(share.id)
  }
  await expect(ben.tertulia.songs.get(song.id)).rejects.toMatchObject({ code: 'song_not_found' })
  await bens.report('song', song.id, { reason: 'hate' })
  await sql`update public.shares set ended_at = now() - interval '8 days' where song_id = ${other.id}`
  await expect(bens.report('song', other.id, { reason: 'hate' })).rejects.toMatchObject({
    code: 'song_not_found',
  })

  const group = await ana.tertulia.chat.createGroup({ memberIds: [ben.id] })
  const seen = await ana.tertulia.chat.send(group.id, { content: 'insult' })
  await ana.tertulia.chat.removeParticipant(group.id, ben.id)
  const unseen = await ana.tertulia.chat.send(group.id, { content: 'he is gone' })
  await ben.tertulia.chat.report(seen.id, { reason: 'hate' })
  const code = 'message_not_found'
  await expect(ben.tertulia.chat.report(unseen.id, { reason: 'hate' })).rejects.toMatchObject({ code })
  await sql`update public.conversation_participants set left_at = now() - interval '8 days' where user_id = ${ben.id}`
  const [later] = await sql`select id from public.messages where id = ${seen.id}`
  await sql`delete from public.message_reports where message_id = ${seen.id}`
  await expect(ben.tertulia.chat.report(later?.id, { reason: 'hate' })).rejects.toMatchObject({ code })
})

test('the copy goes with the account of its owner, the words with the reporter’s', async () => {
  const [ana, ben, { of }] = [await signUp('Ana'), await signUp('Ben'), await moderator()]
  const song = await ana.tertulia.songs.create({ content: 'insult', visibility: 'public' })
  await moderationOf(ben).report('song', song.id, { reason: 'hate', note: 'my words' })
  await ana.tertulia.profiles.deleteAccount()
  expect(await of(song.id)).toMatchObject({
    reported: null,
    note: 'my words',
    owner: { id: ana.id, displayName: '' },
  })
  await ben.tertulia.profiles.deleteAccount()
  expect(await of(song.id)).toMatchObject({ note: '', reason: 'hate' })
})

test('what its owner changes after a decision can be reported again', async () => {
  const [ana, ben, { moderation, of }] = [await signUp('Ana'), await signUp('Ben'), await moderator()]
  await moderationOf(ben).report('profile', ana.id, { reason: 'spam' })
  const first = await of(ana.id)
  await moderation.resolveReport(first?.id ?? '', { note: 'warned' })
  await ana.tertulia.profiles.update({ bio: 'Again' })
  for (let twice = 0; twice < 2; twice++)
    await moderationOf(ben).report('profile', ana.id, { reason: 'spam' })
  const second = await of(ana.id)
  expect(second?.id).not.toBe(first?.id)
  expect(second?.reported).toMatchObject({ bio: 'Again' })
})
