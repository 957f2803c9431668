import { createHash } from 'node:crypto'
import type { Sql } from 'postgres'
import { describe, expect, test, vi } from 'vitest'
import { firefox } from '../support/agents.ts'
import { makePeople, makeSong, openDatabase, rollUp, track } from '../support/analytics.ts'
import { openSeed } from './fixtures/against-seed.ts'

/** Every row of every table as text, the platform's too. */
async function dump(sql: Sql): Promise<Map<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'm') and n.nspname !~ '^(pg_|information_schema)'`
  const texts = new Map<string, string>()
  for (const { name } of tables) {
    const [row] =
      await sql`select coalesce(string_agg(t::text, chr(10)), '') as text from ${sql.unsafe(name)} t`
    texts.set(name, row?.text)
  }
  return texts
}

const address = '198.51.100.77'
const address6 = '2001:db8:77::1'
const headers = {
  'x-forwarded-for': `${address}, 10.0.0.1`,
  'cf-connecting-ip': address6,
  'x-real-ip': address,
  'user-agent': `${firefox} (a very particular browser)`,
  'cf-ipcountry': 'UY',
}

test('no address and no browser of anybody is anywhere in the database', async () => {
  const sql = openDatabase('admin')
  const [owner = '', reader = ''] = await makePeople(sql, 2)
  const song = await makeSong(sql, owner)
  for (const user of [undefined, reader])
    await track(sql, { headers, ...(user && { user }) }, [
      { kind: 'song_view', song_id: song },
      { kind: 'profile_view', profile_id: owner },
    ])
  await rollUp(sql, song, owner)
  const texts = await dump(sql)
  expect(texts.size).toBeGreaterThan(40)
  const hashes = ['md5', 'sha1', 'sha256'].flatMap((algorithm) =>
    [address, address6].map((one) => createHash(algorithm).update(one).digest('hex').slice(0, 32)),
  )
  for (const [name, text] of texts)
    for (const secret of [address, address6, 'particular browser', ...hashes])
      expect(text.includes(secret), `${secret} in ${name}`).toBe(false)
  // It did look, and the events are there.
  expect([...texts.values()].some((text) => text.includes(song))).toBe(true)
  const rows = await sql`select country from private.analytics_events where entity_id = ${song}`
  expect(rows).toEqual([{ country: 'UY' }, { country: 'UY' }])
})

test('the first visitor of a day ends the salt of the day before, also where no roll-up runs', async () => {
  const sql = openDatabase('admin')
  const [owner = ''] = await makePeople(sql, 1)
  const song = await makeSong(sql, owner)
  const view = () => track(sql, { headers }, [{ kind: 'song_view', song_id: song }])
  await view()
  const [before] = await sql`update private.analytics_salt set day = day - 1 where true returning salt`
  await view()
  const salts = await sql`select salt from private.analytics_salt`
  expect(salts).toHaveLength(1)
  expect(salts[0]?.salt).not.toEqual(before?.salt)
})

test('when the day is over its salt is gone for good, and yesterday’s hash cannot be made again', async () => {
  const sql = openDatabase('admin')
  const [owner = ''] = await makePeople(sql, 1)
  const song = await makeSong(sql, owner)
  await track(sql, { headers }, [{ kind: 'song_view', song_id: song }])
  const hashWith = (salt: Buffer) =>
    createHash('sha256')
      .update(salt)
      .update(`${address6} ${headers['user-agent']}`)
      .digest('hex')
      .slice(0, 32)
      // A visitor's pseudonym is a UUID of version 8.
      .replace(/(?<=^.{12})./, '8')
  const [{ viewer } = {}] =
    await sql`select replace(viewer::text, '-', '') as viewer from private.analytics_events where entity_id = ${song}`
  const [{ salt, file } = {}] =
    await sql`select salt, pg_relation_filepath('private.analytics_salt') as file from private.analytics_salt`
  // As long as the salt is there, whoever has it and guesses the address finds the hash; so it must go.
  expect(hashWith(salt)).toBe(viewer)
  const [{ persistence } = {}] =
    await sql`select relpersistence as persistence from pg_class where oid = 'private.analytics_salt'::regclass`
  expect(persistence).toBe('u')

  // The day ends: by the roll-up if nobody comes, or by the first visitor of the new one.
  await sql`update private.analytics_salt set day = day - 1 where true`
  await vi.waitFor(async () => {
    await sql`select public.roll_up_analytics()`
    expect(
      await sql`select from private.analytics_salt where day < (now() at time zone 'utc')::date`,
    ).toHaveLength(0)
  })
  await track(sql, { headers }, [{ kind: 'song_view', song_id: song }])
  const texts = await dump(sql)
  for (const [name, text] of texts) expect(text.includes(salt.toString('hex')), name).toBe(false)
  // Not even in the file, where a deleted row would stay.
  const [{ left } = {}] = await sql`select pg_relation_filepath('private.analytics_salt') = ${file} as left`
  expect(left).toBe(false)
  const kept = await sql`select salt from private.analytics_salt`
  expect(kept).toHaveLength(1)
  expect(hashWith(kept[0]?.salt)).not.toBe(viewer)
  // So the same visitor is another one today.
  expect(await sql`select from private.analytics_events where entity_id = ${song}`).toHaveLength(2)
})

describe('what the seed gets wrong', () => {
  const { ana, as, erratum } = openSeed()

  erratum(
    56,
    'no address is kept of who looks at a profile',
    0,
    async (tx) => {
      await as(
        tx,
        null,
        () => tx`select public.track_events(${tx.json([{ kind: 'profile_view', profile_id: ana }])})`,
      )
      const rows = await tx`select e::text as text from private.analytics_events e where entity_id = ${ana}`
      if (rows.length !== 1) return 'not counted'
      const hash = createHash('md5').update('198.51.100.9').digest('hex')
      return rows.filter(
        ({ text }) => text.includes('198.51.100.9') || text.replaceAll('-', '').includes(hash),
      ).length
    },
    async (tx) => {
      await tx`insert into seed.profile_views (user_id, ip) values (${ana}, '198.51.100.9')`
      return (await tx`select v::text as text from seed.profile_views v`).filter(({ text }) =>
        text.includes('198.51.100.9'),
      ).length
    },
  )
})
