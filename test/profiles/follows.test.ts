import { describe, expect, test } from 'vitest'
import { codeOf, connectToDatabase } from '../chat/sql/database.ts'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { connectAsService, signUp } from '../support/people.ts'
import { whileHeld } from '../support/waiting.ts'

await takeFreshStack()

interface Follows {
  followers: number
  following: number
  is_followed: boolean
  follows_you: boolean
}
const named = (user_id: string) => ({ user_id })

describe('following', () => {
  test('is told to both sides, done once, and ends when the user unfollows', async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const picture = await ben.tertulia.profiles.setAvatar(
      new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1]),
    )
    await Promise.all([ana, ana, ana].map(({ tertulia }) => tertulia.profiles.follow(ben.id)))
    expect(await ana.tertulia.profiles.getFollows(ben.id)).toEqual({
      followers: 1,
      following: 0,
      isFollowed: true,
      followsYou: false,
    })
    expect(await ben.tertulia.profiles.getFollows(ana.id)).toMatchObject({ following: 1, followsYou: true })
    expect(await ben.tertulia.profiles.getFollows()).toMatchObject({ followers: 1 })
    const { items, nextCursor } = await ana.tertulia.profiles.listFollowing()
    expect(nextCursor).toBeNull()
    expect(items).toEqual([
      {
        id: ben.id,
        handle: expect.any(String),
        displayName: 'Ben',
        avatarUrl: picture,
        verifiedAt: null,
        followedAt: expect.any(Date),
        isFollowed: true,
      },
    ])
    const [follower] = (await ben.tertulia.profiles.listFollowers()).items
    expect(follower).toMatchObject({ id: ana.id, avatarUrl: null, isFollowed: false })

    await ana.tertulia.profiles.unfollow(ben.id)
    await ana.tertulia.profiles.unfollow(ben.id)
    expect((await ben.tertulia.profiles.listFollowers()).items).toEqual([])
    expect(await ben.tertulia.profiles.getFollows()).toMatchObject({ followers: 0 })

    for (const [userId, code] of [
      [ana.id, 'invalid_input'],
      ['', 'invalid_input'],
      [crypto.randomUUID(), 'profile_not_found'],
    ] as const)
      await expect(ana.tertulia.profiles.follow(userId)).rejects.toMatchObject({ code, field: 'userId' })
    await expect(ana.tertulia.profiles.getFollows(crypto.randomUUID())).rejects.toMatchObject({
      code: 'profile_not_found',
    })
    await connectAsService().auth.admin.deleteUser(ben.id)
    await expect(ana.tertulia.profiles.follow(ben.id)).rejects.toMatchObject({ code: 'profile_not_found' })
  })

  test('is listed a page at a time, each user once, also where many followed in one moment', async () => {
    const { sql, people } = connectToDatabase(1)
    const ana = await signUp('Ana')
    const followers = await people(9)
    await sql`
      insert into public.user_follows (follower_id, followed_id, created_at)
      select id, ${ana.id}, case when n < 7 then '2026-01-01T00:00:00.123456Z'::timestamptz else now() end
      from unnest(${followers}::uuid[]) with ordinality as f (id, n)`
    const listed: string[] = []
    for await (const { id } of ana.tertulia.profiles.listFollowers(ana.id, { limit: 2 })) listed.push(id)
    expect(listed).toHaveLength(9)
    expect([...listed].sort()).toEqual([...followers].sort())
    const { nextCursor } = await ana.tertulia.profiles.listFollowers(ana.id, { limit: 2 })
    await expect(
      ana.tertulia.profiles.listFollowing(ana.id, { cursor: nextCursor ?? '' }),
    ).rejects.toMatchObject({ code: 'invalid_cursor' })
  })
})

describe('a block', () => {
  test('ends the follows of both and prevents new ones, whichever of the two blocked; what others follow stays', async () => {
    const { call, people } = connectToDatabase(4)
    const [ana = '', ben = '', cleo = ''] = await people(3)
    for (const [one, other] of [
      [ana, ben],
      [ben, ana],
      [ana, cleo],
      [cleo, ben],
    ] as const)
      await call(one, 'follow_user', named(other))
    await call(ana, 'block_user', named(ben))
    expect(await call(ana, 'get_follows')).toMatchObject({ followers: 0, following: 1 })
    expect(await call(ben, 'get_follows')).toMatchObject({ followers: 1, following: 0 })
    expect(await codeOf(call(ana, 'follow_user', named(ben)))).toBe('blocked')
    expect(await codeOf(call(ben, 'follow_user', named(ana)))).toBe('blocked')
    await call(ana, 'unblock_user', named(ben))
    expect(await call(ana, 'get_follows', named(ben))).toMatchObject({ is_followed: false })
    await call(ben, 'follow_user', named(ana))
  })

  test('that is not committed yet makes a follow wait, and refuses it', async () => {
    const { call, people } = connectToDatabase(4)
    const [ana = '', ben = ''] = await people(2)
    const code = await whileHeld(
      `insert into public.user_blocks (blocker_id, blocked_id) values ('${ben}', '${ana}')`,
      'follow_user',
      () => codeOf(call(ana, 'follow_user', named(ben))),
    )
    expect(code).toBe('blocked')
  })

  test('ends a follow that was not committed when it began', async () => {
    const { sql, call, people } = connectToDatabase(4)
    const [ana = '', ben = ''] = await people(2)
    await whileHeld(
      `set local role authenticated; set local request.jwt.claims = '{"sub": "${ana}", "role": "authenticated"}';
      select public.follow_user('${ben}')`,
      'block_user',
      () => call(ben, 'block_user', named(ana)),
    )
    expect(await sql`select from public.user_follows where follower_id = ${ana}`).toHaveLength(0)
  })
})

describe('counts', () => {
  const rowsOf = async (database: ReturnType<typeof connectToDatabase>, id: string) => {
    const counts = await database.call<Follows>(id, 'get_follows')
    const [followers, following] = await Promise.all(
      ['list_followers', 'list_following'].map((name) =>
        database.call<unknown[]>(id, name, { page_size: 200 }),
      ),
    )
    return { counts, lists: { followers: followers?.length, following: following?.length } }
  }

  test('are what the lists hold while users follow, unfollow, block and delete their accounts at once', async () => {
    const database = connectToDatabase(12)
    const { sql, call, people } = database
    const [ana = '', ...others] = await people(12)
    await Promise.all(
      others.flatMap((other, n) =>
        [
          call(other, 'follow_user', named(ana)),
          call(ana, 'follow_user', named(other)),
          ...(n % 3 === 0 ? [call(other, 'unfollow_user', named(ana))] : []),
          ...(n % 4 === 1 ? [codeOf(call(ana, 'block_user', named(other)))] : []),
        ].map((done) => codeOf(done)),
      ),
    )
    await Promise.all(
      others
        .filter((_other, n) => n % 5 === 2)
        .map((other) => sql`delete from auth.users where id = ${other}`),
    )
    const { counts, lists } = await rowsOf(database, ana)
    expect(counts).toMatchObject(lists)
    expect(counts.following).toBeGreaterThan(3)
    expect(
      await sql`
        select from public.user_follows f
        join public.profiles p on p.id in (f.follower_id, f.followed_id)
        where p.user_id is null`,
    ).toHaveLength(0)
    expect(
      await sql`
        select from public.user_follows f
        join public.user_blocks b on (b.blocker_id, b.blocked_id) in
          ((f.follower_id, f.followed_id), (f.followed_id, f.follower_id))`,
    ).toHaveLength(0)
  })

  test('of users who follow each other are zero after all are deleted at once, and when one comes back', async () => {
    const database = connectToDatabase(8)
    const { sql, call, people } = database
    const circle = await people(6)
    for (const one of circle)
      for (const other of circle) if (one !== other) await call(one, 'follow_user', named(other))
    await Promise.all(circle.map((id) => sql`delete from auth.users where id = ${id}`))
    expect(
      await sql`select from public.user_follows where follower_id = any (${circle}::uuid[])`,
    ).toHaveLength(0)
    const [back = ''] = circle
    await sql`insert into auth.users (id, email) values (${back}, ${`${back}@example.com`})`
    expect((await rowsOf(database, back)).counts).toMatchObject({ followers: 0, following: 0 })
  })

  test('of one user stay within the limit, also when many follows come at once', async () => {
    const database = connectToDatabase(10)
    const { sql, call, people } = database
    const [ana = '', ...others] = await people(9)
    await sql`update private.limits set at_most = 3 where key = 'following'`
    const codes = await Promise.all(others.map((other) => codeOf(call(ana, 'follow_user', named(other)))))
    await sql`update private.limits set at_most = 5000 where key = 'following'`
    expect(codes.filter((code) => code === null)).toHaveLength(3)
    expect(codes.filter((code) => code === 'invalid_input')).toHaveLength(5)
    expect((await rowsOf(database, ana)).counts.following).toBe(3)
  })
})
