import { expect, test } from 'vitest'
import { codeOf } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { type InvitationJson, stage } from './stage.ts'

await takeFreshStack()

const rounds = 8

test('who may do what to whom in a circle', async () => {
  const { call, people, circle, invite, accept } = stage()
  const [owner = '', second = '', admin = '', other = '', member = '', stranger = ''] = await people(6)
  const id = await circle([owner, admin, other], 'admin')
  await accept(member, (await invite(owner, id, member)).id)
  await accept(second, (await invite(owner, id, second)).id)
  await call(owner, 'set_circle_role', { circle_id: id, user_id: second, role: 'owner' })
  const attempt = (by: string, name: string, named: object = {}) =>
    codeOf(call(by, name, { circle_id: id, ...named }))
  const wrong: string[] = []
  const cell = async (what: string, code: string | null, should: string | null) => {
    if (code !== should) wrong.push(`${what}: ${code} in place of ${should}`)
  }
  for (const [name, named] of [
    ['update_circle', { name: 'x' }],
    ['create_circle_link', {}],
    ['list_circle_invitations', {}],
    ['list_circle_bans', {}],
    ['unban_from_circle', { user_id: stranger }],
  ] as const) {
    for (const by of [owner, second, admin])
      await cell(`${name} by an admin`, await attempt(by, name, named), null)
    await cell(`${name} by a member`, await attempt(member, name, named), 'forbidden')
    await cell(`${name} by a stranger`, await attempt(stranger, name, named), 'circle_not_found')
  }
  for (const name of ['remove_circle_member', 'ban_from_circle']) {
    for (const whom of [owner, second, other])
      await cell(`${name} by an admin`, await attempt(admin, name, { user_id: whom }), 'forbidden')
    await cell(`${name} of oneself`, await attempt(admin, name, { user_id: admin }), 'invalid_input')
    await cell(`${name} by a member`, await attempt(member, name, { user_id: admin }), 'forbidden')
    await cell(
      `${name} by a stranger`,
      await attempt(stranger, name, { user_id: member }),
      'circle_not_found',
    )
  }
  for (const by of [admin, member]) {
    for (const role of ['owner', 'admin', 'member'])
      await cell(`set ${role}`, await attempt(by, 'set_circle_role', { user_id: by, role }), 'forbidden')
    await cell(
      'transfer',
      await attempt(by, 'transfer_circle', { user_id: by === admin ? member : admin }),
      'forbidden',
    )
    await cell('delete', await attempt(by, 'delete_circle'), 'forbidden')
  }
  for (const [named, code] of [
    [{ user_id: stranger, role: 'owner' }, 'profile_not_found'],
    [{ user_id: member, role: 'king' }, 'invalid_input'],
    [{ user_id: null, role: 'member' }, 'invalid_input'],
  ] as const)
    await cell('set a role', await attempt(owner, 'set_circle_role', named), code)
  await cell(
    'transfer to oneself',
    await attempt(owner, 'transfer_circle', { user_id: owner }),
    'invalid_input',
  )
  await cell(
    'transfer to a stranger',
    await attempt(owner, 'transfer_circle', { user_id: stranger }),
    'profile_not_found',
  )
  expect(wrong).toEqual([])
  expect(await call(owner, 'remove_circle_member', { circle_id: id, user_id: stranger })).toMatchObject({
    member_count: 5,
  })
  expect(await call(owner, 'remove_circle_member', { circle_id: id, user_id: second })).toMatchObject({
    member_count: 4,
  })
  // A stranger can be banned before coming, and the bans show it.
  await call(admin, 'ban_from_circle', { circle_id: id, user_id: stranger })
  expect(await call(admin, 'list_circle_bans', { circle_id: id })).toMatchObject({
    user_id: stranger,
    banned_by: admin,
  })
})

test('the last owner cannot go before another member is one; the last member takes the circle along', async () => {
  const { call, people, circle, sql, rolesIn } = stage()
  const [ana = '', ben = ''] = await people(2)
  const id = await circle([ana, ben])
  const change = (by: string, name: string, named: object = {}) =>
    codeOf(call(by, name, { circle_id: id, ...named }))
  expect(await change(ana, 'leave_circle')).toBe('last_owner')
  for (const role of ['admin', 'member'])
    expect(await change(ana, 'set_circle_role', { user_id: ana, role })).toBe('last_owner')
  expect(await call(ana, 'transfer_circle', { circle_id: id, user_id: ben })).toMatchObject({ role: 'admin' })
  expect((await rolesIn(id)).sort()).toEqual(['admin', 'owner'])
  expect(await change(ana, 'leave_circle')).toBeNull()
  expect(await change(ana, 'leave_circle')).toBe('circle_not_found')
  expect(await change(ben, 'leave_circle')).toBeNull()
  expect(await sql`select from public.circles where id = ${id}`).toHaveLength(0)
})

test('a deleted account leaves its circles: the oldest admin, else member, owns what nobody else does', async () => {
  const { call, people, circle, sql, invite, link, open } = stage()
  const [ana = '', ben = '', carla = '', dora = '', eve = ''] = await people(5)
  const withAdmin = await circle([ana, ben])
  for (const [person, role] of [
    [carla, 'admin'],
    [dora, 'member'],
  ] as const)
    await call(person, 'accept_circle_invitation', {
      invitation_id: (await invite(ana, withAdmin, person, role)).id,
    })
  const membersOnly = await circle([ana, dora, ben])
  const alone = await circle([ana])
  // Not the creator, and still the only owner.
  const passedOn = await circle([ben, ana])
  await call(ben, 'transfer_circle', { circle_id: passedOn, user_id: ana })
  const pending = await invite(ana, withAdmin, eve)
  const { token } = await link(ana, withAdmin)
  await call(ana, 'invite_to_circle', {
    circle_id: withAdmin,
    email: 'word@example.com',
    message: 'Private words',
  })
  await sql`delete from auth.users where id = ${ana}`
  const roles = async (id: string) =>
    Object.fromEntries(
      (await sql`select user_id, role from public.circle_members where circle_id = ${id}`).map(
        ({ user_id, role }) => [user_id, role],
      ),
    )
  expect(await roles(withAdmin)).toEqual({ [carla]: 'owner', [ben]: 'member', [dora]: 'member' })
  expect(await roles(membersOnly)).toEqual({ [dora]: 'owner', [ben]: 'member' })
  expect(await roles(passedOn)).toEqual({ [ben]: 'owner' })
  expect(await sql`select from public.circles where id = ${alone}`).toHaveLength(0)
  // What she offered opens nothing, and no address or word of hers is left.
  expect(await codeOf(call(eve, 'accept_circle_invitation', { invitation_id: pending.id }))).toBe(
    'invitation_not_found',
  )
  expect(await codeOf(open(eve, token))).toBe('invitation_not_found')
  expect(
    await sql`select from private.circle_invitations where invited_email is not null or message is not null`,
  ).toHaveLength(0)
  expect(await call(carla, 'list_notices')).toMatchObject({
    kind: 'circle_role_changed',
    role: 'owner',
    actor: null,
  })
})

test('of the last place two users who accept at once get one', async () => {
  const { people, circle, sql, link, open, race, rolesIn, call } = stage()
  const [ana = '', ben = '', carla = '', dora = ''] = await people(4)
  await sql`update private.limits set at_most = 2 where key = 'circle_people'`
  for (let round = 0; round < rounds; round++) {
    const id = await circle([ana])
    const { token } = await link(ana, id)
    const codes = await race(round, ...[ben, carla, dora].map((person) => () => open(person, token)))
    expect(codes.sort()).toEqual(['circle_full', 'circle_full', null])
    expect(await rolesIn(id)).toHaveLength(2)
    await call(ana, 'delete_circle', { circle_id: id })
  }
  await sql`update private.limits set at_most = 256 where key = 'circle_people'`
})

test('one use of a link against two users; an acceptance against a ban; two accepts of one invitation', async () => {
  const { people, circle, link, open, race, rolesIn, call, invite, accept, sql } = stage()
  const [ana = '', ben = '', carla = ''] = await people(3)
  await sql`update private.limits set per_seconds = 1e-6 where per_seconds is not null`
  for (let round = 0; round < rounds; round++) {
    const id = await circle([ana])
    const { token } = await link(ana, id, { max_uses: 1 })
    const codes = await race(
      round,
      () => open(ben, token),
      () => open(carla, token),
    )
    expect(codes.sort()).toEqual(['invitation_used', null])

    const other = await circle([ana])
    const pending = await invite(ana, other, ben)
    const [accepted, banned] = await race(
      round,
      () => accept(ben, pending.id),
      () => call(ana, 'ban_from_circle', { circle_id: other, user_id: ben }),
    )
    expect([banned, [null, 'banned'].includes(accepted ?? null)]).toEqual([null, true])
    expect(await rolesIn(other)).toEqual(['owner'])

    const third = await circle([ana])
    const twice = await invite(ana, third, ben)
    expect(
      await race(
        round,
        () => accept(ben, twice.id),
        () => accept(ben, twice.id),
      ),
    ).toEqual([null, null])
    expect(await rolesIn(third)).toHaveLength(2)
  }
})

test('owners who leave, step down, hand over and go at once never leave a circle without an owner', async () => {
  const { people, circle, race, rolesIn, call, sql } = stage()
  for (let round = 0; round < rounds; round++) {
    const [ana = '', ben = '', carla = ''] = await people(3)
    const id = await circle([ana, ben, carla])
    const change =
      (by: string, name: string, named: object = {}) =>
      () =>
        call(by, name, { circle_id: id, ...named })
    await call(ana, 'set_circle_role', { circle_id: id, user_id: ben, role: 'owner' })
    const races = [
      [change(ana, 'leave_circle'), change(ben, 'leave_circle')],
      [change(ana, 'leave_circle'), change(ben, 'transfer_circle', { user_id: ana })],
      [
        change(ana, 'set_circle_role', { user_id: ana, role: 'member' }),
        change(ben, 'set_circle_role', { user_id: ben, role: 'member' }),
      ],
      [
        change(ana, 'remove_circle_member', { user_id: ben }),
        change(ben, 'remove_circle_member', { user_id: ana }),
      ],
      [
        () => sql`delete from auth.users where id = ${ana}`,
        () => sql`delete from auth.users where id = ${ben}`,
      ],
      [() => sql`delete from auth.users where id = ${ana}`, change(ben, 'transfer_circle', { user_id: ana })],
      [
        () => sql`delete from auth.users where id = ${carla}`,
        change(ana, 'set_circle_role', { user_id: carla, role: 'owner' }),
        change(ben, 'remove_circle_member', { user_id: carla }),
      ],
      [
        () => sql`delete from auth.users where id = ${carla}`,
        change(ana, 'leave_circle'),
        change(ben, 'transfer_circle', { user_id: carla }),
      ],
    ]
    const codes = await race(round, ...(races[round % races.length] ?? []))
    for (const code of codes)
      expect([
        null,
        'last_owner',
        'circle_not_found',
        'forbidden',
        'profile_not_found',
        'account_not_found',
      ]).toContain(code)
    const roles = await rolesIn(id)
    expect(roles, `round ${round}: ${codes}`).toContain('owner')
  }
})

test('accounts of a whole circle that are deleted at once, and beside its deletion: no deadlock, and nothing is left', async () => {
  const { people, circle, race, call, sql, invite, accept } = stage()
  for (let round = 0; round < rounds; round++) {
    const [ana = '', ben = '', carla = '', dora = ''] = await people(4)
    const id = await circle([ana, ben, carla])
    const pending = await invite(ana, id, dora)
    const gone = (who: string) => () => sql`delete from auth.users where id = ${who}`
    const codes = await race(round, gone(ana), gone(ben), gone(carla), () =>
      round % 2 ? call(ana, 'delete_circle', { circle_id: id }) : accept(dora, pending.id),
    )
    expect(codes.slice(0, 3)).toEqual([null, null, null])
    expect([null, 'circle_not_found', 'account_not_found', 'invitation_not_found']).toContain(codes[3])
    const left = await sql`select user_id, role from public.circle_members where circle_id = ${id}`
    expect(left).toEqual(codes[3] === null && round % 2 === 0 ? [{ user_id: dora, role: 'owner' }] : [])
    expect(await sql`select from public.circles where id = ${id}`).toHaveLength(left.length)
  }
})

test('what is not possible for the circle itself, and what is the same', async () => {
  const { people, call, circle } = stage(4)
  const [ana = '', ben = ''] = await people(2)
  const id = await circle([ana])
  expect(await call(ana, 'create_circle', { circle_id: id, name: 'Other' })).toMatchObject({
    id,
    name: 'The band',
    version: 1,
  })
  expect(await codeOf(call(ben, 'create_circle', { circle_id: id, name: 'Mine' }))).toBe('invalid_input')
  for (const name of ['', ' ', 'a\nb', 'x'.repeat(121)]) {
    expect(await codeOf(call(ana, 'create_circle', { circle_id: crypto.randomUUID(), name }))).toBe(
      'invalid_input',
    )
    expect(await codeOf(call(ana, 'update_circle', { circle_id: id, name }))).toBe('invalid_input')
  }
  expect(await call(ana, 'update_circle', { circle_id: id, name: ' Los Pérez ' })).toMatchObject({
    name: 'Los Pérez',
    version: 2,
  })
  expect(await call(ana, 'update_circle', { circle_id: id, name: 'Los Pérez' })).toMatchObject({ version: 2 })
  expect(await call(ana, 'list_circles')).toMatchObject({
    id,
    name: 'Los Pérez',
    role: 'owner',
    member_count: 1,
  })
  // It is no target of shares, links and transfers.
  for (const [name, named] of [
    ['offer_share', { role: 'view', user_id: ben }],
    ['create_link', {}],
    ['offer_transfer', { user_id: ben }],
    ['list_shares', {}],
  ] as const)
    expect(await codeOf(call(ana, name, { target_id: id, target_kind: 'circle', ...named })), name).toBe(
      'invalid_input',
    )
})

test('a user is in at most as many circles as the limit says', async () => {
  const { people, call, circle, sql, invite, accept } = stage()
  const [ana = '', ben = ''] = await people(2)
  await sql`update private.limits set at_most = 2 where key = 'circles_joined'`
  const own = await circle([ben])
  const ids = [await circle([ana]), await circle([ana])]
  const pending: InvitationJson[] = []
  for (const id of ids) pending.push(await invite(ana, id, ben))
  expect(await codeOf(call(ana, 'create_circle', { circle_id: crypto.randomUUID(), name: 'x' }))).toBe(
    'too_many_circles',
  )
  const codes = await Promise.all(pending.map(({ id }) => codeOf(accept(ben, id))))
  expect(codes.sort()).toEqual([null, 'too_many_circles'])
  await call(ben, 'leave_circle', { circle_id: own })
  expect(await Promise.all(pending.map(({ id }) => codeOf(accept(ben, id))))).toEqual([null, null])
  await sql`update private.limits set at_most = 100 where key = 'circles_joined'`
})

test('a circle does not take the id of a user, whose folder of pictures it would manage', async () => {
  const { call, people, sql } = stage(4)
  const [ana = '', ben = ''] = await people(2)
  expect(await codeOf(call(ana, 'create_circle', { circle_id: ben, name: 'Mine' }))).toBe('invalid_input')
  expect(await codeOf(call(ana, 'create_circle', { circle_id: ana, name: 'Mine' }))).toBe('invalid_input')
  expect(await sql`select from public.circles where id in ${sql([ana, ben])}`).toHaveLength(0)
})

test('the export names no circle that its creator is not in any more', async () => {
  const { call, people, circle } = stage(4)
  const [ana = '', ben = ''] = await people(2)
  const id = await circle([ana, ben])
  await call(ana, 'transfer_circle', { circle_id: id, user_id: ben })
  const exported = async () => JSON.stringify(await call(ana, 'export_account', { page_size: 200 }))
  expect(await exported()).toContain('The band')
  await call(ben, 'ban_from_circle', { circle_id: id, user_id: ana })
  await call(ben, 'update_circle', { circle_id: id, name: 'Without Ana' })
  expect(await exported()).not.toContain('Without Ana')
})
