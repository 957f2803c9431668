import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { takeFreshStack } from '../support/fresh-stack.ts'
import { type Person, signUp } from '../support/people.ts'

await takeFreshStack('migratedCluster')

let sql: postgres.Sql
beforeAll(() => {
  sql = postgres(inject('stack').dbUrl, { max: 4 })
})
afterAll(() => sql.end())

const id = () => crypto.randomUUID()

/** Accounts that nobody signs in as. */
async function makePeople(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, id)
  await sql`insert into auth.users (id, email, aud, role) select u, u || '@example.com', 'authenticated', 'authenticated'
    from unnest(${ids}::uuid[]) as u`
  return ids
}

/** How many of the calls go through; the others must all be told when to come back, and leave nothing. */
async function passing(calls: (() => Promise<unknown>)[]): Promise<number> {
  const results: PromiseSettledResult<unknown>[] = []
  // Ten at a time, as all of one user's calls wait for each other.
  for (let at = 0; at < calls.length; at += 10)
    results.push(...(await Promise.allSettled(calls.slice(at, at + 10).map((call) => call()))))
  for (const result of results) {
    if (result.status === 'rejected')
      expect(result.reason).toMatchObject({ code: 'rate_limited', retryAfterMs: expect.any(Number) })
  }
  return results.filter(({ status }) => status === 'fulfilled').length
}

test('seventy strangers in one go: twenty conversations are opened', async () => {
  const ana = await signUp()
  const strangers = await makePeople(70)
  expect(await passing(strangers.map((stranger) => () => ana.tertulia.chat.getDirect(stranger)))).toBe(20)
  const [row] =
    await sql`select count(*)::integer as made from public.conversations where created_by = ${ana.id}`
  expect(row?.made).toBe(20)
  // One that is there costs nothing.
  const [open] =
    await sql`select c.direct_key from public.conversations c where c.created_by = ${ana.id} limit 1`
  const other = open?.direct_key.split(':').find((one: string) => one !== ana.id)
  await ana.tertulia.chat.getDirect(other)
})

describe('groups', () => {
  test('sixty changes of one group in ten minutes', async () => {
    const ana = await signUp()
    const group = await ana.tertulia.chat.createGroup({ subject: 'Coro', memberIds: [] })
    const calls = Array.from(
      { length: 64 },
      (_, at) => () => ana.tertulia.chat.updateGroup(group.id, { subject: `Coro ${at}` }),
    )
    const passed = await passing(calls)
    // One more comes back every ten seconds.
    expect(passed).toBeGreaterThanOrEqual(60)
    expect(passed).toBeLessThan(64)
  })

  test('three hundred people a day, however they are put into groups', async () => {
    const ana = await signUp()
    const [first, second] = [await makePeople(200), await makePeople(101)]
    await ana.tertulia.chat.createGroup({ subject: 'Coro', memberIds: first })
    await expect(ana.tertulia.chat.createGroup({ subject: 'Más', memberIds: second })).rejects.toMatchObject({
      code: 'rate_limited',
    })
    const group = await ana.tertulia.chat.createGroup({ subject: 'Más', memberIds: second.slice(0, 99) })
    expect(
      await passing(second.slice(98).map((one) => () => ana.tertulia.chat.addParticipants(group.id, [one]))),
    ).toBe(2)
  })
})

test('sixty people blocked in an hour', async () => {
  const ana = await signUp()
  const strangers = await makePeople(64)
  expect(await passing(strangers.map((stranger) => () => ana.tertulia.chat.block(stranger)))).toBe(60)
})

test('ten messages reported in ten minutes', async () => {
  const [ana, ben] = await Promise.all([signUp(), signUp('Ben')])
  const { id: talk } = await ana.tertulia.chat.getDirect(ben.id)
  const messages = await Promise.all(
    Array.from({ length: 12 }, () => ana.tertulia.chat.send(talk, { content: 'hola' })),
  )
  expect(
    await passing(messages.map((one) => () => ben.tertulia.chat.report(one.id, { reason: 'spam' }))),
  ).toBe(10)
})

describe('songs', () => {
  const bounded = async (key: string, most: number, work: () => Promise<void>) => {
    const [before] = await sql`select at_most from private.limits where key = ${key}`
    await sql`update private.limits set at_most = ${most} where key = ${key}`
    await work()
    await sql`update private.limits set at_most = ${before?.at_most} where key = ${key}`
  }
  const make = (ana: Person, content = 'la') => ana.tertulia.songs.create({ content })

  test('created and imported are counted together, an import as a whole', () =>
    bounded('song', 5, async () => {
      const ana = await signUp()
      await make(ana)
      await ana.tertulia.songs.import([{ content: 'uno' }, { content: 'dos' }])
      await expect(
        ana.tertulia.songs.import([{ content: 'a' }, { content: 'b' }, { content: 'c' }]),
      ).rejects.toMatchObject({
        code: 'rate_limited',
      })
      expect(await passing(Array.from({ length: 4 }, () => () => make(ana)))).toBe(2)
      const [row] = await sql`select count(*)::integer as made from public.songs where created_by = ${ana.id}`
      expect(row?.made).toBe(5)
    }))

  test('a song that is there already costs nothing, created or imported again', () =>
    bounded('song', 2, async () => {
      const ana = await signUp()
      const songs = [
        { id: id(), content: 'uno' },
        { id: id(), content: 'dos' },
      ]
      await ana.tertulia.songs.import(songs)
      for (let again = 0; again < 3; again++) {
        expect(await ana.tertulia.songs.import(songs)).toMatchObject([{ added: false }, { added: false }])
        for (const song of songs) await ana.tertulia.songs.create(song)
      }
      await expect(make(ana)).rejects.toMatchObject({ code: 'rate_limited' })
    }))

  test('in versions that tags and the trash make', () =>
    bounded('song_change', 3, async () => {
      const ana = await signUp()
      const song = await make(ana)
      const { songs } = ana.tertulia
      expect(
        await passing(
          Array.from({ length: 6 }, (_, at) => () => (at % 2 ? songs.tag : songs.untag)(song.id, ['A'])),
        ),
      ).toBe(3)
      await songs.delete(song.id)
      await expect(songs.restore(song.id)).rejects.toMatchObject({ code: 'rate_limited' })
    }))

  test('in bytes', () =>
    bounded('song_bytes', 1000, async () => {
      const ana = await signUp()
      expect(await passing(Array.from({ length: 4 }, () => () => make(ana, 'x'.repeat(400))))).toBe(2)
    }))

  test('in versions', () =>
    bounded('song_change', 3, async () => {
      const ana = await signUp()
      const song = await make(ana)
      const calls = Array.from(
        { length: 5 },
        (_, at) => () => ana.tertulia.songs.update(song.id, { title: `T${at}` }),
      )
      expect(await passing(calls)).toBe(3)
    }))

  test('new names in the catalogues', () =>
    bounded('catalogue_name', 4, async () => {
      const ana = await signUp()
      const word = () => `w${id().slice(0, 8)}`
      const known = word()
      await ana.tertulia.profiles.update({ tags: [known, word()], software: [word()] })
      await expect(ana.tertulia.profiles.update({ tags: [word(), word()] })).rejects.toMatchObject({
        code: 'rate_limited',
      })
      const song = await make(ana)
      await ana.tertulia.songs.tag(song.id, [word(), known])
      await expect(ana.tertulia.songs.tag(song.id, [word()])).rejects.toMatchObject({ code: 'rate_limited' })
      await ana.tertulia.songs.tag(song.id, [known.toUpperCase()])
    }))
})

test('five handles in thirty days', async () => {
  const ana = await signUp()
  const calls = Array.from(
    { length: 8 },
    () => () => ana.tertulia.profiles.update({ handle: `kk-${id().slice(0, 8)}` }),
  )
  expect(await passing(calls)).toBe(5)
})

test('the directory, by the profiles that are read', async () => {
  const ana = await signUp()
  await sql`update private.limits set at_most = 100 where key = 'directory'`
  expect(await passing([50, 30, 30].map((limit) => async () => ana.tertulia.profiles.list({ limit })))).toBe(
    2,
  )
  await expect(ana.tertulia.profiles.search('')).rejects.toMatchObject({ code: 'rate_limited' })
  await sql`update private.limits set at_most = 20000 where key = 'directory'`
})

test('a limit that is deleted, or whose window is taken away, holds nobody', async () => {
  const ana = await signUp()
  const strangers = await makePeople(25)
  const [rule] = await sql`update private.limits set per_seconds = null where key = 'open_direct' returning *`
  expect(await passing(strangers.map((stranger) => () => ana.tertulia.chat.getDirect(stranger)))).toBe(25)
  await sql`update private.limits set per_seconds = 3600 where key = 'open_direct'`
  expect(rule?.at_most).toBe('20')
})

test('a clock of the database that was set back holds nobody until the time that it had', async () => {
  const ana = await signUp()
  const strangers = await makePeople(21)
  const open = (some: string[]) => passing(some.map((one) => () => ana.tertulia.chat.getDirect(one)))
  expect(await open(strangers.slice(0, 20))).toBe(20)
  await sql`update private.rate_limits set refilled_at = refilled_at + interval '1 day' where user_id = ${ana.id}`
  expect(await open(strangers.slice(20))).toBe(1)
  // A step of a moment gives nothing.
  await sql`update private.rate_limits set refilled_at = clock_timestamp() + interval '1 second', tokens = 0
    where user_id = ${ana.id} and action = 'open_direct'`
  expect(await open(await makePeople(1))).toBe(0)
})
