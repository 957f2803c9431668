import { expect, test } from 'vitest'
import { codeOf } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { type InvitationJson, stage } from './stage.ts'

await takeFreshStack()

const past = new Date(Date.now() - 60_000).toISOString()
const received = (call: ReturnType<typeof stage>['call'], person: string) =>
  call<InvitationJson | null>(person, 'list_circle_invitations_received')

test('an invitation by id, handle or address is no membership, and shows neither the circle’s id nor its members', async () => {
  const { sql, call, people, circle } = stage()
  const [ana = '', ben = '', carla = ''] = await people(3)
  const id = await circle([ana])
  await sql`update public.profiles set handle = 'carla.voz' where id = ${carla}`
  await sql`update private.settings set claims_by_address = true`
  await sql`update auth.users set email_confirmed_at = now() where id = ${ben}`
  const by = (named: object) => call<InvitationJson>(ana, 'invite_to_circle', { circle_id: id, ...named })
  for (const [person, named] of [
    [carla, { handle: '@CARLA.voz', message: 'Come' }],
    [ben, { email: ` ${ben.toUpperCase()}@example.com ` }],
  ] as const) {
    const made = await by(named)
    const seen = await received(call, person)
    expect(seen).toMatchObject({ id: made.id, circle_name: 'The band', circle_id: null, state: 'pending' })
    expect(JSON.stringify(seen)).not.toContain(id)
    for (const name of ['get_circle', 'watch_circle', 'list_circle_shares', 'list_circle_invitations'])
      expect(await codeOf(call(person, name, { circle_id: id })), name).toBe('circle_not_found')
    const joined = await call<{ role: string; member_count: number }>(person, 'accept_circle_invitation', {
      invitation_id: made.id,
    })
    expect(joined).toMatchObject({ id, role: 'member' })
    // Once more is a success and changes nothing.
    expect(await call(person, 'accept_circle_invitation', { invitation_id: made.id })).toMatchObject({
      version: joined.member_count,
    })
    expect(await received(call, person)).toBeUndefined()
  }
  // Of an address without an account the answer is the same as of one with an account.
  const [known, unknown] = [
    await by({ email: `${ana}x@example.com` }),
    await by({ email: 'nobody@example.com' }),
  ]
  expect(Object.keys(known)).toEqual(Object.keys(unknown))
  expect([known.user, unknown.user]).toEqual([null, null])
  await sql`update private.settings set claims_by_address = false`
})

test.each([
  ['nobody', {}, 'invalid_input'],
  ['two ways at once', { user_id: crypto.randomUUID(), email: 'x@example.com' }, 'invalid_input'],
  ['a user who is not there', { user_id: crypto.randomUUID() }, 'profile_not_found'],
  ['a handle that nobody has', { handle: 'nobody-at-all' }, 'profile_not_found'],
  ['a text that is no address', { email: 'x' }, 'invalid_input'],
  ['an owner', { email: 'x@example.com', role: 'owner' }, 'invalid_input'],
  ['a role that there is not', { email: 'x@example.com', role: 'edit' }, 'invalid_input'],
  ['until a time that has passed', { email: 'x@example.com', expires_at: past }, 'invalid_input'],
  ['for ten years', { email: 'x@example.com', expires_at: '2040-01-01T00:00:00Z' }, 'invalid_input'],
  ['with an empty message', { email: 'x@example.com', message: ' ' }, 'invalid_input'],
])('inviting %s is refused, and nothing is kept', async (_what, named, code) => {
  const { call, sql, people, circle } = stage(2)
  const [ana = ''] = await people(1)
  const id = await circle([ana])
  expect(await codeOf(call(ana, 'invite_to_circle', { circle_id: id, ...named }))).toBe(code)
  expect(await sql`select from private.circle_invitations where circle_id = ${id}`).toHaveLength(0)
})

test('who may not invite, whom one may not invite, and what an admin may not', async () => {
  const { call, sql, people, circle, invite, accept } = stage()
  const [ana = '', ben = '', carla = '', dora = '', eve = ''] = await people(5)
  const id = await circle([ana, ben], 'admin')
  await accept(carla, (await invite(ana, id, carla)).id)
  expect(await codeOf(invite(carla, id, dora))).toBe('forbidden')
  expect(await codeOf(invite(eve, id, dora))).toBe('circle_not_found')
  expect(await codeOf(invite(ben, id, dora, 'admin'))).toBe('forbidden')
  expect(await codeOf(invite(ana, id, ana))).toBe('invalid_input')
  expect(await codeOf(invite(ana, id, carla))).toBe('invalid_input')
  // What an owner offered an admin neither lowers nor takes back.
  const high = await invite(ana, id, dora, 'admin')
  expect(await codeOf(invite(ben, id, dora))).toBe('forbidden')
  expect(await codeOf(call(ben, 'revoke_circle_invitation', { invitation_id: high.id }))).toBe('forbidden')
  // A block, before and after.
  await call(eve, 'block_user', { user_id: ana })
  expect(await codeOf(invite(ana, id, eve))).toBe('blocked')
  await call(dora, 'block_user', { user_id: ana })
  expect(await received(call, dora)).toBeUndefined()
  expect(await codeOf(accept(dora, high.id))).toBe('invitation_not_found')
  await sql`delete from public.user_blocks`
  expect(await accept(dora, high.id)).toMatchObject({ role: 'admin' })
})

test('an invitation answers by what became of it, and lets in nobody it is not for', async () => {
  const { call, sql, people, circle, invite, accept } = stage()
  const [ana = '', ben = '', carla = '', dora = '', eve = ''] = await people(5)
  const id = await circle([ana, carla], 'admin')
  const of = async (person: string, by = ana) => (await invite(by, id, person)).id
  // Expired; and inviting once more opens it again.
  const expired = await of(ben)
  await sql`update private.circle_invitations set expires_at = ${past} where id = ${expired}`
  expect(await codeOf(accept(ben, expired))).toBe('invitation_expired')
  expect(await of(ben)).toBe(expired)
  expect(await codeOf(accept(dora, expired))).toBe('invitation_not_found')
  expect(await codeOf(call(dora, 'decline_circle_invitation', { invitation_id: expired }))).toBe(
    'invitation_not_found',
  )
  await call(ben, 'decline_circle_invitation', { invitation_id: expired })
  expect(await codeOf(accept(ben, expired))).toBe('invitation_not_found')
  // A declined or revoked one does not stand in the way of the next.
  const revoked = await of(ben)
  expect(revoked).not.toBe(expired)
  await call(ana, 'revoke_circle_invitation', { invitation_id: revoked })
  expect(await codeOf(accept(ben, revoked))).toBe('invitation_not_found')
  // Of a member who was set back, or left, no invitation stands.
  const byAdmin = await of(dora, carla)
  await call(ana, 'set_circle_role', { circle_id: id, user_id: carla, role: 'member' })
  expect(await codeOf(accept(dora, byAdmin))).toBe('invitation_not_found')
  expect(await received(call, dora)).toBeUndefined()
  expect(await of(dora)).toBe(byAdmin)
  await accept(dora, byAdmin)
  // Used: whoever was removed does not come back by it, and can be invited again.
  await call(ana, 'remove_circle_member', { circle_id: id, user_id: dora })
  expect(await codeOf(accept(dora, byAdmin))).toBe('invitation_used')
  await accept(dora, await of(dora))
  // What was accepted is not revoked behind the member's back.
  await call(ana, 'revoke_circle_invitation', { invitation_id: byAdmin })
  expect(await sql`select end_reason from private.circle_invitations where id = ${byAdmin}`).toEqual([
    { end_reason: 'accepted' },
  ])
  // Banned: neither invited nor let in.
  const pending = await of(eve)
  await call(ana, 'ban_from_circle', { circle_id: id, user_id: eve })
  expect(await codeOf(accept(eve, pending))).toBe('banned')
  expect(await codeOf(invite(ana, id, eve))).toBe('banned')
  await call(ana, 'unban_from_circle', { circle_id: id, user_id: eve })
  expect(await codeOf(accept(eve, pending))).toBe('invitation_not_found')
  await accept(eve, await of(eve))
})

test('a link lets in as many as it is for, each by accepting, and not a user who was removed after it was made', async () => {
  const { call, people, circle, link, open, sql } = stage()
  const [ana = '', ben = '', carla = '', dora = ''] = await people(4)
  const id = await circle([ana])
  const two = await link(ana, id, { max_uses: 2 })
  const seen = await call<InvitationJson>(ben, 'get_circle_invitation', { token: two.token })
  expect(seen).toMatchObject({
    circle_name: 'The band',
    circle_id: null,
    kind: 'link',
    role: 'member',
    state: 'pending',
  })
  expect(await codeOf(call(ben, 'get_circle', { circle_id: id }))).toBe('circle_not_found')
  for (const person of [ben, ben, carla]) await open(person, two.token)
  expect(await codeOf(open(dora, two.token))).toBe('invitation_used')
  expect(await codeOf(call(dora, 'get_circle_invitation', { token: two.token }))).toBe('invitation_used')
  const many = await link(ana, id)
  await call(ana, 'remove_circle_member', { circle_id: id, user_id: ben })
  expect(await codeOf(open(ben, many.token))).toBe('invitation_not_found')
  await open(ben, (await link(ana, id)).token)
  // Who leaves can come back.
  await call(carla, 'leave_circle', { circle_id: id })
  await open(carla, many.token)
  await sql`update private.circle_invitations set expires_at = ${past} where id = ${many.id}`
  expect(await codeOf(open(dora, many.token))).toBe('invitation_expired')
  for (const token of ['', 'x', two.token.slice(1), 'x'.repeat(5000)])
    expect(await codeOf(open(dora, token))).toBe('invitation_not_found')
  await call(ana, 'delete_circle', { circle_id: id })
  expect(await codeOf(open(dora, many.token))).toBe('invitation_not_found')
})

test('a link that was sent to an address is for the user who has it, where the project knows that', async () => {
  const { call, people, circle, sql, open } = stage()
  const [ana = '', ben = '', carla = '', dora = ''] = await people(4)
  await sql`update auth.users set email_confirmed_at = now()`
  const id = await circle([ana])
  const send = async (email: string) => {
    const made = await call<InvitationJson>(ana, 'invite_to_circle', { circle_id: id, email })
    const [row] = await sql<
      { token: string }[]
    >`select private.create_circle_invitation_link(${made.id}) as token`
    return { ...made, token: row?.token ?? '' }
  }
  await sql`update private.settings set claims_by_address = true`
  const mine = await send(`${ben}@example.com`)
  expect(await codeOf(call(carla, 'get_circle_invitation', { token: mine.token }))).toBe('wrong_address')
  expect(await codeOf(open(carla, mine.token))).toBe('wrong_address')
  expect(await codeOf(call(carla, 'accept_circle_invitation', { invitation_id: mine.id }))).toBe(
    'invitation_not_found',
  )
  expect(await open(ben, mine.token)).toMatchObject({ id, role: 'member' })
  expect(await codeOf(open(carla, mine.token))).toBe('wrong_address')
  // Where addresses are not confirmed, the link itself is the proof, once.
  await sql`update private.settings set claims_by_address = false`
  const other = await send('someone@example.com')
  expect(await open(carla, other.token)).toMatchObject({ id })
  expect(await codeOf(open(dora, other.token))).toBe('invitation_used')
})

test('invitations and notices are bounded', async () => {
  const { call, people, circle, sql, invite, link } = stage()
  const [ana = '', ben = ''] = await people(2)
  const id = await circle([ana])
  await sql`update private.limits set at_most = 2 where key in ('circle_invitations', 'circle_links')`
  await Promise.all([0, 1].map(() => link(ana, id)))
  expect(await codeOf(link(ana, id))).toBe('too_many_invitations')
  for (let round = 0; round < 5; round++) await invite(ana, id, ben)
  expect(
    await sql`select from public.notices where user_id = ${ben} and kind = 'circle_invited'`,
  ).toHaveLength(1)
  await call(ana, 'invite_to_circle', { circle_id: id, email: 'a@example.com' })
  expect(await codeOf(call(ana, 'invite_to_circle', { circle_id: id, email: 'b@example.com' }))).toBe(
    'too_many_invitations',
  )
  await sql`update private.limits set at_most = case key when 'circle_links' then 20 else 300 end where key in ('circle_invitations', 'circle_links')`
  // A notice tells no id of the circle before it is accepted.
  expect(JSON.stringify(await call(ben, 'list_notices'))).not.toContain(id)
})

test('inviting again is answered while the circle has as many open invitations as it may', async () => {
  const { people, circle, invite, sql } = stage(4)
  const [ana = '', ben = '', carla = ''] = await people(3)
  const id = await circle([ana])
  await sql`update private.limits set at_most = 1 where key = 'circle_invitations'`
  const first = await invite(ana, id, ben)
  expect(await codeOf(invite(ana, id, carla))).toBe('too_many_invitations')
  expect(await invite(ana, id, ben, 'admin')).toMatchObject({ id: first.id, role: 'admin' })
  // One that has expired takes a place again.
  await sql`update private.circle_invitations set expires_at = now() - interval '1 minute' where id = ${first.id}`
  await invite(ana, id, carla)
  expect(await codeOf(invite(ana, id, ben))).toBe('too_many_invitations')
  await sql`update private.limits set at_most = 300 where key = 'circle_invitations'`
})
