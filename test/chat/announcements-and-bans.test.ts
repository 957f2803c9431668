import { expect, test } from 'vitest'
import { type Person, signUp } from '../support/people.ts'
import { whileHeld } from '../support/waiting.ts'
import { codeOf, connectToDatabase } from './sql/database.ts'

const file = () => new Blob(['x'], { type: 'text/plain' })

async function setRoles() {
  const people = await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))
  const [ana, ben, eve] = people as [Person, Person, Person]
  const { id } = await ana.tertulia.chat.createGroup({ subject: 'Avisos', memberIds: [ben.id, eve.id] })
  await ana.tertulia.chat.setRole(id, ben.id, 'admin')
  return { ana, ben, eve, id }
}

const code = (answer: Promise<unknown>) =>
  answer.then(
    () => null,
    ({ code }) => code,
  )

test('in an announcement group owners and admins write, and members read, react, delete and leave', async () => {
  const { ana, ben, eve, id } = await setRoles()
  const before = await eve.tertulia.chat.send(id, { content: 'before' })
  const waiting = await eve.tertulia.chat.uploadAttachment(id, file(), { name: 'a.txt' })
  const live = eve.tertulia.chat.openConversation(id)
  await expect.poll(() => live.getSnapshot().conversation?.writers).toBe('everyone')
  expect(await ben.tertulia.chat.updateGroup(id, { writers: 'admins' })).toMatchObject({ writers: 'admins' })
  await expect.poll(() => live.getSnapshot().conversation?.writers).toBe('admins')
  // Again changes nothing.
  const revision = async () =>
    (await eve.supabase.rpc('sync_conversation', { conversation_id: id })).data.conversation.last_revision
  const changed = await revision()
  await ben.tertulia.chat.updateGroup(id, { writers: 'admins' })
  expect(await revision()).toBe(changed)

  const said = await ana.tertulia.chat.send(id, { content: 'Concierto a las nueve' })
  await ben.tertulia.chat.send(id, { content: 'Traed sillas' })
  const refused = {
    send: () => eve.tertulia.chat.send(id, { content: 'x' }),
    reply: () => eve.tertulia.chat.send(id, { content: 'x', replyTo: said.id }),
    attachment: () => eve.tertulia.chat.send(id, { content: '', attachments: [waiting] }),
    edit: () => eve.tertulia.chat.editMessage(before.id, 'an announcement of mine'),
    'edit of metadata': () => eve.tertulia.chat.editMessage(before.id, { metadata: { title: 'x' } }),
    'edit of files': () => eve.tertulia.chat.editMessage(before.id, { attachments: [waiting] }),
    upload: () => eve.tertulia.chat.uploadAttachment(id, file(), { name: 'b.txt' }),
    setting: () => eve.tertulia.chat.updateGroup(id, { writers: 'everyone' }),
  }
  for (const [what, attempt] of Object.entries(refused)) expect(await code(attempt()), what).toBe('forbidden')
  // What was sent before is answered again: a retry is no new message.
  const { data } = await eve.supabase.rpc('send_message', {
    conversation_id: id,
    message_id: before.id,
    content: 'before',
  })
  expect(data.seq).toBe(before.seq)
  await eve.tertulia.chat.react(said.id, '👏')
  await eve.tertulia.chat.markRead(id, said.seq)
  await eve.tertulia.chat.deleteMessage(before.id)

  // A message that waits in the outbox fails for good, and the later ones go on once everybody writes again.
  const pending = await live.send({ content: 'from the outbox' })
  await expect
    .poll(() => live.getSnapshot().pending)
    .toMatchObject([{ id: pending.id, status: 'failed', failure: { code: 'forbidden' } }])
  await ana.tertulia.chat.updateGroup(id, { writers: 'everyone' })
  await live.retry(pending.id)
  await expect.poll(() => live.getSnapshot().pending).toEqual([])
  live.close()

  for (const writers of ['nobody', '', null, 1, ['admins']]) {
    const { error } = await ana.supabase.rpc('update_group', { conversation_id: id, changes: { writers } })
    expect(JSON.parse(error?.details ?? '{}'), String(writers)).toMatchObject({
      code: 'invalid_input',
      field: 'writers',
    })
  }
  const direct = await ana.tertulia.chat.getDirect(eve.id)
  expect(direct.writers).toBe('everyone')
  expect(await code(ana.tertulia.chat.updateGroup(direct.id, { writers: 'admins' }))).toBe('invalid_input')
})

test('who writes is decided under the lock: a send that waited obeys the change that it waited for', async () => {
  const { sql, call, people, group, send } = connectToDatabase(6)
  const [ana = '', ben = '', eve = ''] = await people(3)
  const id = await group([ana, ben, eve])
  await call(ana, 'set_role', { conversation_id: id, user_id: ben, role: 'admin' })
  const first = await send(eve, id, 'first')
  const hold = `select from public.conversations where id = '${id}' for update;`
  const close = `${hold} update public.conversations set writers = 'admins' where id = '${id}'`
  expect(await whileHeld(close, 'send_message', () => codeOf(send(eve, id, 'late')))).toBe('forbidden')
  const setBack = `${hold} update public.conversation_participants set role = 'member' where user_id = '${ben}'`
  expect(await whileHeld(setBack, 'send_message', () => codeOf(send(ben, id, 'late')))).toBe('forbidden')
  const edit = () => codeOf(call(eve, 'edit_message', { message_id: first.id, changes: { content: 'late' } }))
  await call(ana, 'update_group', { conversation_id: id, changes: { writers: 'everyone' } })
  expect(await whileHeld(close, 'edit_message', edit)).toBe('forbidden')
  // Two who change it at once: one after the other, and each that changed something has a revision.
  await call(ana, 'set_role', { conversation_id: id, user_id: ben, role: 'owner' })
  for (let round = 0; round < 5; round++) {
    const toggles = [ana, ben].map((person, i) =>
      call(person, 'update_group', { conversation_id: id, changes: { writers: i ? 'admins' : 'everyone' } }),
    )
    expect((await Promise.allSettled(toggles)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
    ])
  }
  const [row] = await sql`
    select c.last_revision = count(distinct m.payload ->> 'revision') as whole
    from public.conversations c
    join realtime.messages m on m.topic = ${`user:${eve}`} and m.payload ->> 'conversation_id' = c.id::text
    where c.id = ${id} group by c.id`
  expect(row).toEqual({ whole: true })
})

test('a banned user is out at once, sees nothing, and nobody adds them until the ban is taken back', async () => {
  const { ana, ben, eve, id } = await setRoles()
  const gil = await signUp('Gil')
  const live = eve.tertulia.chat.openConversation(id)
  await expect.poll(() => live.getSnapshot().status).toBe('live')
  const banned = await ben.tertulia.chat.ban(id, eve.id)
  expect(banned.participants.map(({ displayName }) => displayName).sort()).toEqual(['Ana', 'Ben'])
  await expect.poll(() => live.getSnapshot()).toMatchObject({ status: 'closed', closeReason: 'removed' })
  await ben.tertulia.chat.ban(id, eve.id)
  // Before they come.
  await ana.tertulia.chat.ban(id, gil.id)

  const again = [
    () => ana.tertulia.chat.addParticipants(id, [eve.id]),
    () => ben.tertulia.chat.addParticipants(id, [ana.id, gil.id]),
    () => eve.tertulia.chat.addParticipants(id, [eve.id]),
    () => eve.tertulia.chat.send(id, { content: 'x' }),
    () => eve.tertulia.chat.unban(id, eve.id),
    () => eve.tertulia.chat.listBans(id),
    () => eve.tertulia.chat.createGroup({ id, memberIds: [] }),
    () => eve.tertulia.chat.report(crypto.randomUUID(), { reason: 'x' }),
  ]
  const none = 'conversation_not_found'
  expect(await Promise.all(again.map((attempt) => code(attempt())))).toEqual([
    ...['banned', 'banned', none, none, none, none],
    ...['group_id_taken', 'message_not_found'],
  ])
  expect((await ana.tertulia.chat.inbox()).items[0]?.conversation.participants).toHaveLength(2)

  const list = ben.tertulia.chat.listBans
  const { items, nextCursor } = await list(id, { limit: 1 })
  expect(items).toMatchObject([{ id: gil.id, displayName: 'Gil', bannedBy: ana.id }])
  expect((await list(id, { limit: 1, cursor: nextCursor! })).items).toMatchObject([
    { id: eve.id, bannedBy: ben.id },
  ])
  expect(JSON.stringify(await ana.tertulia.chat.inbox())).not.toContain('bann')
  // A ban tells nothing of a stranger whose profile is not listed.
  await gil.tertulia.profiles.update({ isListed: false })
  expect((await list(id)).items).toMatchObject([
    { id: gil.id, handle: null, displayName: '' },
    { id: eve.id },
  ])

  await ana.tertulia.chat.unban(id, eve.id)
  await ana.tertulia.chat.unban(id, eve.id)
  expect((await ben.tertulia.chat.addParticipants(id, [eve.id])).participants).toHaveLength(3)
  expect(await code(eve.tertulia.chat.listBans(id))).toBe('forbidden')
  expect(await code(eve.tertulia.chat.unban(id, gil.id))).toBe('forbidden')
  expect(await code(eve.tertulia.chat.ban(id, gil.id))).toBe('forbidden')
  // Admins ban neither owners nor other admins; nobody bans themselves or somebody who is not there.
  await ana.tertulia.chat.setRole(id, eve.id, 'admin')
  for (const other of [ana, eve]) expect(await code(ben.tertulia.chat.ban(id, other.id))).toBe('forbidden')
  expect(await code(ana.tertulia.chat.ban(id, ana.id))).toBe('invalid_input')
  expect(await code(ana.tertulia.chat.ban(id, crypto.randomUUID()))).toBe('profile_not_found')
  const direct = await ana.tertulia.chat.getDirect(gil.id)
  expect(await code(ana.tertulia.chat.ban(direct.id, gil.id))).toBe('invalid_input')
  expect(await code(ana.tertulia.chat.listBans(direct.id))).toBe('forbidden')
  // A ban goes with the account.
  await gil.supabase.rpc('delete_account')
  expect((await ana.tertulia.chat.listBans(id)).items).toEqual([])
})

test('a ban and an addition at once leave the user out, whichever comes first', async () => {
  const { sql, call, people, group } = connectToDatabase(8)
  const [ana = '', ben = '', eve = ''] = await people(3)
  const id = await group([ana, ben])
  await call(ana, 'set_role', { conversation_id: id, user_id: ben, role: 'admin' })
  const outcomes = new Set<string | null>()
  for (let round = 0; round < 15; round++) {
    const [added] = await Promise.all([
      codeOf(call(ben, 'add_participants', { conversation_id: id, user_ids: [eve] })),
      call(ana, 'ban_user', { conversation_id: id, user_id: eve }),
    ])
    outcomes.add(added)
    const inIt = await sql`
      select from public.conversation_participants
      where conversation_id = ${id} and user_id = ${eve} and left_at is null`
    expect(inIt).toHaveLength(0)
    await sql`delete from private.rate_limits`
    await call(ana, 'unban_user', { conversation_id: id, user_id: eve })
  }
  for (const outcome of outcomes) expect(['banned', null]).toContain(outcome)
  // An addition that waits for a ban is refused.
  const ban = `select from public.conversations where id = '${id}' for update;
    insert into private.group_bans (conversation_id, user_id, banned_by) values ('${id}', '${eve}', '${ana}')`
  const add = () => codeOf(call(ben, 'add_participants', { conversation_id: id, user_ids: [eve] }))
  expect(await whileHeld(ban, 'add_participants', add)).toBe('banned')
  // Two admins who ban each other: one is left.
  await call(ana, 'set_role', { conversation_id: id, user_id: ben, role: 'owner' })
  const codes = await Promise.all([
    codeOf(call(ana, 'ban_user', { conversation_id: id, user_id: ben })),
    codeOf(call(ben, 'ban_user', { conversation_id: id, user_id: ana })),
  ])
  expect(codes.toSorted()).toEqual(['conversation_not_found', null])
})
