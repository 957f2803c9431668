import { createTertulia } from 'tertulia'
import { expect, test } from 'vitest'
import { connect, type Person, signUp } from '../support/people.ts'

async function trio() {
  const people = await Promise.all(['Ana', 'Ben', 'Eve'].map((name) => signUp(name)))
  const [ana, ben, eve] = people as [Person, Person, Person]
  const group = await ana.tertulia.chat.createGroup({
    subject: 'Ensayo',
    memberIds: [ben.id, eve.id],
    metadata: { room: 4 },
  })
  return { ana, ben, eve, group }
}

const roles = ({ participants }: { participants: { displayName: string; role: string }[] }) =>
  Object.fromEntries(participants.map(({ displayName, role }) => [displayName, role]))

test('a group is made once by its id, however often and by however many calls at once', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const wanted = { id: crypto.randomUUID(), subject: 'Dúo', memberIds: [ben.id] }
  const made = await Promise.all(Array.from({ length: 10 }, () => ana.tertulia.chat.createGroup(wanted)))
  expect(new Set(made.map(({ id }) => id))).toEqual(new Set([wanted.id]))
  expect(made[0]).toMatchObject({ kind: 'group', subject: 'Dúo', lastSeq: 1, metadata: {} })
  expect(roles(made[0]!)).toEqual({ Ana: 'owner', Ben: 'member' })
  expect((await ana.tertulia.chat.inbox()).items).toHaveLength(1)
  const taken = { code: 'group_id_taken', field: 'id' }
  await expect(ben.tertulia.chat.createGroup(wanted)).rejects.toMatchObject(taken)
})

test('ids in a nested list, or none, are refused by hand with the field', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.createGroup({ memberIds: [] })
  for (const ids of [[[ben.id], [ben.id]], [null], [[null]], null])
    for (const [name, args] of [
      ['create_group', { group_id: crypto.randomUUID(), subject: null, member_ids: ids, metadata: {} }],
      ['add_participants', { conversation_id: id, user_ids: ids }],
    ] as const) {
      const { error } = await ana.supabase.rpc(name, args as never)
      expect(JSON.parse(error?.details ?? '{}'), `${name} ${JSON.stringify(ids)}`).toMatchObject({
        code: 'invalid_input',
      })
    }
})

test('a group without a subject and with nobody else is one too', async () => {
  const ana = await signUp('Ana')
  const group = await ana.tertulia.chat.createGroup({ memberIds: [] })
  expect(group).toMatchObject({ subject: null, participants: [{ id: ana.id, role: 'owner' }] })
  await ana.tertulia.chat.leave(group.id)
  await ana.tertulia.chat.leave(group.id)
  expect((await ana.tertulia.chat.inbox()).items).toEqual([])
})

test('what a group cannot be is refused with the field at fault', async () => {
  const [ana, ben, eve] = await Promise.all([signUp('Ana'), signUp('Ben'), signUp('Eve')])
  const { createGroup } = ana.tertulia.chat
  const refused = async (group: object) =>
    createGroup({ memberIds: [], ...group }).then(
      () => 'made',
      ({ code, field }) => `${code} ${field}`,
    )
  expect(await refused({ subject: '  ' })).toBe('invalid_input subject')
  expect(await refused({ subject: 'x'.repeat(201) })).toBe('invalid_input subject')
  expect(await refused({ subject: 7 })).toBe('invalid_input subject')
  expect(await refused({ memberIds: ['ben'] })).toBe('invalid_input memberIds.0')
  expect(await refused({ memberIds: [crypto.randomUUID()] })).toBe('profile_not_found memberIds')
  expect(await refused({ memberIds: Array(300).fill(ben.id) })).toBe('invalid_input memberIds')
  expect(await refused({ metadata: { big: 'x'.repeat(9000) } })).toBe('invalid_input metadata')
  expect(await refused({ id: 'x' })).toBe('invalid_input id')
  expect(await refused({ title: 'x' })).toBe('invalid_input title')
  await eve.tertulia.chat.block(ana.id)
  expect(await refused({ memberIds: [eve.id] })).toBe('blocked undefined')
  await expect(createTertulia(connect()).chat.createGroup({ memberIds: [] })).rejects.toMatchObject({
    code: 'not_signed_in',
  })
})

test('owners and admins change it, members do not', async () => {
  const { ana, ben, eve, group } = await trio()
  const { id } = group
  const changed = await ana.tertulia.chat.updateGroup(id, { subject: null })
  expect(changed).toMatchObject({ subject: null, metadata: { room: 4 } })
  expect(await ana.tertulia.chat.updateGroup(id, { metadata: {} })).toMatchObject({ metadata: {} })
  const refused = { code: 'forbidden' }
  await expect(ben.tertulia.chat.updateGroup(id, { subject: 'x' })).rejects.toMatchObject(refused)
  await expect(ben.tertulia.chat.addParticipants(id, [])).rejects.toMatchObject(refused)
  await expect(ben.tertulia.chat.removeParticipant(id, eve.id)).rejects.toMatchObject(refused)
  await expect(ben.tertulia.chat.setRole(id, ben.id, 'owner')).rejects.toMatchObject(refused)
  expect(roles(await ana.tertulia.chat.setRole(id, ben.id, 'admin'))).toMatchObject({ Ben: 'admin' })
  expect(await ben.tertulia.chat.updateGroup(id, { subject: 'Concierto' })).toMatchObject({
    subject: 'Concierto',
  })
  expect(roles(await ben.tertulia.chat.removeParticipant(id, eve.id))).toEqual({ Ana: 'owner', Ben: 'admin' })
  await expect(ben.tertulia.chat.removeParticipant(id, ana.id)).rejects.toMatchObject(refused)
  await expect(ana.tertulia.chat.updateGroup(id, { name: 'x' } as never)).rejects.toMatchObject({
    code: 'invalid_input',
    field: 'name',
  })
  await expect(ana.tertulia.chat.setRole(id, ben.id, 'king' as never)).rejects.toMatchObject({
    field: 'role',
  })
  await expect(ana.tertulia.chat.setRole(id, eve.id, 'admin')).rejects.toMatchObject({
    code: 'profile_not_found',
  })
})

test('whoever is added sees all, whoever leaves sees nothing, the last owner stays', async () => {
  const { ana, ben, group } = await trio()
  const fred = await signUp('Fred')
  await ben.tertulia.chat.send(group.id, { content: 'before Fred' })
  expect(roles(await ana.tertulia.chat.addParticipants(group.id, [fred.id, ben.id]))).toMatchObject({
    Fred: 'member',
  })
  const { items } = await fred.tertulia.chat.inbox()
  expect(items).toMatchObject([
    { unread: 0, lastMessage: { system: { type: 'joined', userIds: [fred.id] } } },
  ])
  const contents = (await fred.tertulia.chat.listMessages(group.id)).items.map(({ content }) => content)
  expect(contents).toEqual(['', 'before Fred', ''])
  await fred.tertulia.chat.leave(group.id)
  const gone = { code: 'conversation_not_found' }
  await expect(fred.tertulia.chat.listMessages(group.id)).rejects.toMatchObject(gone)
  await expect(fred.tertulia.chat.updateGroup(group.id, {})).rejects.toMatchObject(gone)
  await expect(ana.tertulia.chat.leave(group.id)).rejects.toMatchObject({ code: 'last_owner' })
  await expect(ana.tertulia.chat.setRole(group.id, ana.id, 'member')).rejects.toMatchObject({
    code: 'last_owner',
  })
  await ana.tertulia.chat.setRole(group.id, ben.id, 'owner')
  await ana.tertulia.chat.leave(group.id)
  const { conversation } = (await ben.tertulia.chat.inbox()).items[0]!
  expect(roles(conversation)).toEqual({ Ben: 'owner', Eve: 'member' })
  const direct = await ana.tertulia.chat.getDirect(ben.id)
  await expect(ana.tertulia.chat.leave(direct.id)).rejects.toMatchObject({ code: 'invalid_input' })
})

test('nobody is added across a block, and an admin gives no roles', async () => {
  const { ana, ben, eve, group } = await trio()
  const fred = await signUp('Fred')
  const blocked = { code: 'blocked' }
  await fred.tertulia.chat.block(ana.id)
  await expect(ana.tertulia.chat.addParticipants(group.id, [fred.id])).rejects.toMatchObject(blocked)
  await fred.tertulia.chat.unblock(ana.id)
  await ana.tertulia.chat.block(fred.id)
  await expect(ana.tertulia.chat.addParticipants(group.id, [fred.id])).rejects.toMatchObject(blocked)
  expect((await fred.tertulia.chat.inbox()).items).toEqual([])
  // Of those who are in it already a block says nothing.
  await ana.tertulia.chat.block(eve.id)
  expect((await ana.tertulia.chat.addParticipants(group.id, [eve.id])).participants).toHaveLength(3)

  await ana.tertulia.chat.setRole(group.id, ben.id, 'admin')
  for (const person of [ben, eve]) {
    await expect(ben.tertulia.chat.setRole(group.id, person.id, 'owner')).rejects.toMatchObject({
      code: 'forbidden',
    })
  }
})
