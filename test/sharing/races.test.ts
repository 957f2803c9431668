import { expect, test, vi } from 'vitest'
import { codeOf, connectToDatabase } from '../chat/sql/database.ts'

/** The columns of a share's JSON that these tests look at. */
interface ShareJson {
  id: string
  state: string
}

const rounds = 15

function stage(connections = 12) {
  const db = connectToDatabase(connections)
  const { call, sql } = db
  return {
    ...db,
    async song(owner: string, fields: object = {}): Promise<string> {
      const id = crypto.randomUUID()
      await sql`insert into public.songs ${sql({ id, title: 'x', content: 'la', created_by: owner, visibility: 'shared', ...fields })}`
      return id
    },
    share: (by: string, song: string, user: string, role: string) =>
      call<ShareJson>(by, 'offer_share', { target_id: song, user_id: user, role }),
    async member(owner: string, song: string, user: string, role: string): Promise<string> {
      const { id } = await call<ShareJson>(owner, 'offer_share', { target_id: song, user_id: user, role })
      await call(user, 'accept_share', { share_id: id })
      return id
    },
    role: (user: string, song: string) => call<string | null>(user, 'role_in', { target_id: song }),
    ownerOf: async (song: string) =>
      (await sql`select created_by from public.songs where id = ${song}`)[0]?.created_by as string,
    /** Runs calls at once, in another order each round, and answers their codes. */
    async race(round: number, ...calls: (() => Promise<unknown>)[]): Promise<(string | null)[]> {
      const codes: (string | null)[] = []
      const order = calls.map((_, at) => (at + round) % calls.length)
      await Promise.all(
        order.map(async (at) => {
          codes[at] = await codeOf(calls[at]!())
        }),
      )
      return codes
    },
  }
}

test('accept against revoke: whatever comes first, afterwards there is no role', async () => {
  const { call, people, song, share, role, race } = stage()
  const [ana = '', ben = ''] = await people(2)
  for (let round = 0; round < rounds; round++) {
    const id = await song(ana)
    const { id: share_id } = await share(ana, id, ben, 'edit')
    const [accepted, revoked] = await race(
      round,
      () => call(ben, 'accept_share', { share_id }),
      () => call(ana, 'revoke_share', { share_id }),
    )
    expect(revoked).toBeNull()
    expect([null, 'share_not_found']).toContain(accepted)
    expect(await role(ben, id)).toBeNull()
  }
})

test('accept against decline: one of them wins, and the role is as the last one left it', async () => {
  const { call, people, song, share, role, race } = stage()
  const [ana = '', ben = ''] = await people(2)
  for (let round = 0; round < rounds; round++) {
    const id = await song(ana)
    const { id: share_id } = await share(ana, id, ben, 'view')
    const [accepted, declined] = await race(
      round,
      () => call(ben, 'accept_share', { share_id }),
      () => call(ben, 'decline_share', { share_id }),
    )
    expect([accepted, declined]).toEqual([accepted === null ? null : 'share_not_found', null])
    expect(await role(ben, id)).toBeNull()
  }
})

test('sharing with one person at once by two admins and the owner: one share in force', async () => {
  const { sql, people, song, share, member, race } = stage()
  const [ana = '', ben = '', carla = '', dora = ''] = await people(4)
  for (let round = 0; round < rounds; round++) {
    const id = await song(ana)
    await Promise.all([member(ana, id, ben, 'admin'), member(ana, id, carla, 'admin')])
    const codes = await race(
      round,
      () => share(ana, id, dora, 'admin'),
      () => share(ben, id, dora, 'edit'),
      () => share(carla, id, dora, 'view'),
    )
    expect(codes[0]).toBeNull()
    for (const code of codes) expect([null, 'forbidden']).toContain(code)
    const rows =
      await sql`select role from public.shares where song_id = ${id} and shared_with = ${dora} and ended_at is null`
    expect(rows).toEqual([{ role: 'admin' }])
  }
})

test('an admin who shares while being revoked: what was offered opens nothing', async () => {
  const { call, people, song, share, member, role, race } = stage()
  const [ana = '', ben = '', carla = ''] = await people(3)
  for (let round = 0; round < rounds; round++) {
    const id = await song(ana)
    const admin = await member(ana, id, ben, 'admin')
    const offered: ShareJson[] = []
    const codes = await race(
      round,
      async () => offered.push(await share(ben, id, carla, 'edit')),
      () => call(ana, 'revoke_share', { share_id: admin }),
      () => share(ben, id, ben, 'admin'),
    )
    expect([codes[1], codes[2]]).toEqual([null, 'invalid_input'])
    for (const { id: share_id } of offered)
      expect(await codeOf(call(carla, 'accept_share', { share_id }))).toBe('share_not_found')
    expect([await role(ben, id), await role(carla, id)]).toEqual([null, null])
  }
})

test('two admins who revoke each other and raise themselves: both stay what they are', async () => {
  const { call, people, song, share, member, role, race } = stage()
  const [ana = '', ben = '', carla = ''] = await people(3)
  const id = await song(ana)
  const [bens, carlas] = await Promise.all([member(ana, id, ben, 'admin'), member(ana, id, carla, 'admin')])
  for (let round = 0; round < rounds; round++) {
    const codes = await race(
      round,
      () => call(ben, 'revoke_share', { share_id: carlas }),
      () => call(carla, 'revoke_share', { share_id: bens }),
      () => share(ben, id, carla, 'view'),
      () => call(ben, 'offer_transfer', { target_id: id, user_id: carla }),
    )
    expect(codes).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden'])
  }
  expect([await role(ben, id), await role(carla, id), await role(ana, id)]).toEqual([
    'admin',
    'admin',
    'owner',
  ])
})

test('transfer: accept against cancel against delete against another offer: one owner, and only by an offer that stood', async () => {
  const { call, people, song, role, ownerOf, race, sql } = stage()
  const [ana = '', ben = '', carla = ''] = await people(3)
  const outcomes = new Set<string>()
  for (let round = 0; round < 4 * rounds; round++) {
    const id = await song(ana)
    const { id: transfer_id } = await call<ShareJson>(ana, 'offer_transfer', {
      target_id: id,
      user_id: ben,
    })
    const [accepted, other] = await race(
      round,
      () => call(ben, 'accept_transfer', { transfer_id }),
      [
        () => call(ana, 'end_transfer', { transfer_id }),
        () => call(ana, 'delete_song', { song_id: id }),
        () => call(ana, 'offer_transfer', { target_id: id, user_id: carla }),
        () => call(ben, 'end_transfer', { transfer_id }),
      ][round % 4]!,
    )
    const owner = await ownerOf(id)
    outcomes.add(`${round % 4} ${accepted} ${other}`)
    expect(owner).toBe(accepted === null ? ben : ana)
    if (accepted !== null) expect([accepted, other]).toEqual(['transfer_not_found', null])
    else expect(['transfer_not_found', 'forbidden']).toContain(other)
    const [trash] = await sql`select deleted_at is not null as deleted from public.songs where id = ${id}`
    if (!trash?.deleted) expect(await role(owner, id)).toBe('owner')
  }
  console.info(`transfers: ${[...outcomes].sort().join('; ')}`)
})

test('transfer: accepted ten times at once, once', async () => {
  const { call, people, song, ownerOf, sql } = stage()
  const [ana = '', ben = ''] = await people(2)
  const id = await song(ana)
  const { id: transfer_id } = await call<ShareJson>(ana, 'offer_transfer', { target_id: id, user_id: ben })
  const codes = await Promise.all(
    Array.from({ length: 10 }, () => codeOf(call(ben, 'accept_transfer', { transfer_id }))),
  )
  expect(codes.filter((code) => code === null)).toHaveLength(1)
  expect(await ownerOf(id)).toBe(ben)
  expect(
    await sql`select version_number, change_type from public.song_history where song_id = ${id} order by 1`,
  ).toEqual([
    { version_number: 1, change_type: 'create' },
    { version_number: 2, change_type: 'transfer' },
  ])
  expect(await sql`select role from public.shares where song_id = ${id} and ended_at is null`).toEqual([
    { role: 'admin' },
  ])
})

test('a link at its limit, opened by fifty at once: as many get in as it says', async () => {
  const { call, people, song, sql } = stage(25)
  const [ana = '', ...others] = await people(51)
  const id = await song(ana)
  const { token, id: link } = await call<{ token: string; id: string }>(ana, 'create_link', {
    target_id: id,
    max_uses: 7,
  })
  const answers = await Promise.all(
    others.map((person) => call<object | null>(person, 'open_link', { token })),
  )
  expect(answers.filter((answer) => answer !== null)).toHaveLength(7)
  const [row] = await sql`
    select l.use_count, (select count(*)::integer from public.shares h where h.link_id = l.id) as people
    from private.share_links l where l.id = ${link}`
  expect(row).toEqual({ use_count: 7, people: 7 })
  // And one person ten times at once is one.
  const { token: single } = await call<{ token: string }>(ana, 'create_link', {
    target_id: id,
    role: 'edit',
    max_uses: 1,
  })
  const again = await Promise.all(
    Array.from({ length: 10 }, () => call<object | null>(others[0]!, 'open_link', { token: single })),
  )
  expect(again.every((answer) => answer !== null)).toBe(true)
})

test('opening a link against revoking it, against the song becoming private: nobody is left inside', async () => {
  const { call, people, song, role, race } = stage()
  const [ana = '', ben = ''] = await people(2)
  for (let round = 0; round < rounds; round++) {
    const id = await song(ana)
    const { token, id: link_id } = await call<{ token: string; id: string }>(ana, 'create_link', {
      target_id: id,
    })
    const codes = await race(
      round,
      () => call(ben, 'open_link', { token }),
      round % 2
        ? () => call(ana, 'revoke_link', { link_id })
        : () => call(ana, 'save_song', { song_id: id, changes: { visibility: 'private' } }),
    )
    expect(codes).toEqual([null, null])
    expect(await role(ben, id)).toBeNull()
  }
})

test('claim of an address against revoke, decline, and the deletion of the song: nothing fails, nothing opens', async () => {
  const { sql, call, people, song, role, race } = stage()
  const [ana = ''] = await people(1)
  for (let round = 0; round < rounds; round++) {
    const id = await song(ana)
    const [ben = ''] = await people(1)
    const { id: share_id } = await call<ShareJson>(ana, 'offer_share', {
      target_id: id,
      email: `${ben}@example.com`,
      role: 'edit',
    })
    const codes = await race(
      round,
      () => sql`update auth.users set email_confirmed_at = now() where id = ${ben}`,
      [
        () => call(ana, 'revoke_share', { share_id }),
        () => call(ben, 'decline_share', { share_id }),
        () => sql`delete from public.songs where id = ${id}`,
      ][round % 3]!,
      () => call(ben, 'list_shares_received'),
    )
    expect(codes[0]).toBeNull()
    expect([null, 'share_not_found']).toContain(codes[1])
    expect(codes[2]).toBeNull()
    expect(await role(ben, id)).toBeNull()
  }
})

test('edits, tags and restored versions against the revocation of the editor: nothing is saved after it', async () => {
  const { sql, call, people, song, member, race } = stage()
  const [ana = '', ben = ''] = await people(2)
  for (let round = 0; round < rounds; round++) {
    const id = await song(ana)
    const share_id = await member(ana, id, ben, 'edit')
    const [saved, tagged, restored, revoked] = await race(
      round,
      () => call(ben, 'save_song', { song_id: id, changes: { genre: 'vals' } }),
      () => call(ben, 'tag_song', { song_id: id, labels: ['x'] }),
      () => call(ben, 'restore_song_version', { song_id: id, version: 1 }),
      () => call(ana, 'revoke_share', { share_id }),
    )
    for (const code of [saved, tagged, restored]) expect([null, 'song_not_found']).toContain(code)
    expect(revoked).toBeNull()
    const [late] = await sql`
      select count(*)::integer from public.song_history h
      join public.shares s on s.id = ${share_id}
      where h.song_id = ${id} and h.changed_by = ${ben} and h.created_at > s.ended_at`
    expect(late?.count).toBe(0)
  }
})

test('a watch that begins while the role is being taken away: it waits for the end of that, and does not begin', async () => {
  const { sql, call, people, song, member } = stage()
  const [ana = '', ben = ''] = await people(2)
  const id = await song(ana)
  const share_id = await member(ana, id, ben, 'view')
  let watching: Promise<string | null> = Promise.resolve(null)
  await sql.begin(async (tx) => {
    const claims = JSON.stringify({ sub: ana, role: 'authenticated' })
    await tx`select set_config('role', 'authenticated', true), set_config('request.jwt.claims', ${claims}, true)`
    await tx`select public.revoke_share(${share_id})`
    let settled = false
    watching = codeOf(call(ben, 'watch_song', { song_id: id })).finally(() => {
      settled = true
    })
    await vi.waitFor(async () => {
      const waiting = await sql`
        select from pg_stat_activity where wait_event_type = 'Lock' and query like '%watch_song%' and query not like '%pg_stat%'`
      expect(settled || waiting.length > 0).toBe(true)
    }, 10_000)
  })
  expect(await watching).toBe('song_not_found')
  expect(await sql`select user_id from private.watchers where song_id = ${id}`).toEqual([])
})

test('accounts that are deleted while others share, accept and hand over: no deadlock, and nothing of theirs is in force', async () => {
  const { sql, call, people, song, share, member, race } = stage(16)
  const [ana = '', carla = ''] = await people(2)
  for (let round = 0; round < rounds; round++) {
    const [ben = ''] = await people(1)
    const [id, bens] = await Promise.all([song(ana), song(ben)])
    await member(ana, id, ben, 'admin')
    const transfer = await call<ShareJson>(ben, 'offer_transfer', { target_id: bens, user_id: carla })
    const offer = await share(ben, bens, carla, 'edit')
    const codes = await race(
      round,
      () => call(ben, 'delete_account'),
      () => call(carla, 'accept_transfer', { transfer_id: transfer.id }),
      () => call(carla, 'accept_share', { share_id: offer.id }),
      () => share(ben, id, carla, 'view'),
      () => share(ana, id, ben, 'view'),
      () => call(ana, 'offer_transfer', { target_id: id, user_id: ben }),
      () => call(ben, 'save_song', { song_id: id, changes: { year: 1900 + round } }),
    )
    expect(codes[0]).toBeNull()
    for (const code of codes) expect(['40P01', '55P03', '23503', '23505']).not.toContain(code)
    const inForce = await sql`
      select from public.shares
      where ended_at is null and (shared_with = ${ben} or (shared_by = ${ben} and accepted_at is null))`
    expect(inForce).toHaveLength(0)
    const owned = await sql`select created_by from public.songs where id = ${bens} or created_by = ${ben}`
    expect(owned.every(({ created_by }) => created_by === carla)).toBe(true)
    expect(owned).toHaveLength(codes[1] === null ? 1 : 0)
  }
})

test('an account that goes while a song goes that it was once offered: no deadlock', async () => {
  const { sql, call, people, song, race } = stage(8)
  const [ana = ''] = await people(1)
  for (let round = 0; round < rounds; round++) {
    const [ben = ''] = await people(1)
    const ids = await Promise.all(Array.from({ length: 4 }, () => song(ana)))
    for (const id of ids) {
      const offer = await call<ShareJson>(ana, 'offer_transfer', { target_id: id, user_id: ben })
      await call(ben, 'end_transfer', { transfer_id: offer.id })
      await call(ana, 'delete_song', { song_id: id })
    }
    const codes = await race(
      round,
      () => call(ben, 'delete_account'),
      ...ids.map((id) => () => call(ana, 'purge_song', { song_id: id })),
    )
    expect(codes).toEqual(codes.map(() => null))
    expect(await sql`select from public.songs where id = any (${ids})`).toHaveLength(0)
  }
})
