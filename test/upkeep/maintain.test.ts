import { createServer } from 'node:http'
import { expect, test, vi } from 'vitest'
import { tertulia } from '../support/cli.ts'
import { listen } from '../support/listen.ts'
import { startOwnStack } from './own-stack.ts'

const { stack, sql, addPeople, addSongs } = await startOwnStack()
const env = { SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.secretKey }
const maintain = (...args: string[]) => tertulia(['maintain', ...args], { env })
const trashed = async () => (await sql`select from public.songs where deleted_at is not null`).length

test('it goes on until nothing remains, and tells each step; a second run finds nothing', async () => {
  const [ana = ''] = await addPeople(1)
  await addSongs(ana, 1200, {}, 31)
  const { code, out, err } = await maintain()
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^done {7}purge_trash +1200$/m)
  const steps = await sql`select name from private.maintenance_steps order by position`
  expect(out.split('\n').map((line) => line.split(/ +/)[1])).toEqual(steps.map(({ name }) => name))
  expect(await trashed()).toBe(0)
  const again = await maintain()
  expect(again).toMatchObject({ code: 0, err: '' })
  expect(again.out.split('\n').every((line) => /^done +\w+ +0$/.test(line))).toBe(true)
})

test('once is one request, and says when more remains', async () => {
  const [ana = ''] = await addPeople(1)
  await sql`update private.maintenance_steps set batch_size = 2 where name = 'purge_trash'`
  await addSongs(ana, 3000, { content: 'la' }, 31)
  const { code, out } = await maintain('--once')
  expect(code).toBe(0)
  expect(out).toMatch(/^unfinished purge_trash +\d+\nMore remains: run it again\.$/m)
  expect(await trashed()).toBeGreaterThan(0)
  await sql`update private.maintenance_steps set batch_size = 500 where name = 'purge_trash'`
  expect((await maintain()).code).toBe(0)
  expect(await trashed()).toBe(0)
})

test('a step that fails is told, and its exit code, while the others are done', async () => {
  const [ana = ''] = await addPeople(1)
  await addSongs(ana, 3, {}, 31)
  await sql`insert into private.maintenance_steps (name, position, function_name) values ('missing', 1, 'private.missing')`
  const { code, out, err } = await maintain()
  await sql`delete from private.maintenance_steps where name = 'missing'`
  expect(code).toBe(1)
  expect(out).toMatch(/^failed {5}missing +0 {2}42883 /m)
  expect(out).toMatch(/^done {7}purge_trash +3$/m)
  expect(err).toBe(
    'tertulia: failed: missing\n  What the other steps did stays. The view monitoring_failures has all.',
  )
})

test('what another run has is waited for', async () => {
  const [ana = ''] = await addPeople(1)
  await addSongs(ana, 3, {}, 31)
  const waiting: ReturnType<typeof maintain>[] = []
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtextextended('tertulia.maintenance.purge_trash', 0))`
    const since = new Date()
    waiting.push(maintain())
    await vi.waitFor(
      async () =>
        expect(
          await sql`select from private.maintenance_log where step = 'prune_cron_history' and finished_at > ${since}`,
        ).toHaveLength(1),
      { timeout: 20_000 },
    )
    expect(await trashed()).toBe(3)
  })
  const run = await waiting[0]
  expect(run).toMatchObject({ code: 0, err: '' })
  expect(run?.out).toMatch(/^done {7}purge_trash +3$/m)
  expect(await trashed()).toBe(0)
})

test.each([
  [{}, 'there is no URL', 'SUPABASE_URL'],
  [{ SUPABASE_URL: 'nowhere' }, "nowhere is not a project's URL", 'https://'],
  [
    { SUPABASE_URL: 'http://far.example.com', SUPABASE_SECRET_KEY: 'sb_secret_x' },
    'plain http to a far host',
    'https',
  ],
  [{ SUPABASE_URL: stack.apiUrl }, 'there is no key', 'SUPABASE_SECRET_KEY'],
  [
    { SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.publishableKey },
    'not a secret key',
    'secret key',
  ],
  [
    { SUPABASE_URL: 'http://127.0.0.1:1', SUPABASE_SECRET_KEY: 'sb_secret_x' },
    'does not answer; ',
    'continues where it stopped',
  ],
])('%j is refused, and the key shown to nobody', async (env, reason, hint) => {
  const { code, out, err } = await tertulia(['maintain'], { env })
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain(reason)
  expect(err).toContain(hint)
  expect(err).not.toContain('sb_secret_x')
})

test.each([
  [401, {}, 'refuses the key'],
  [404, { code: 'PGRST202', message: 'x' }, 'no function cleanup_old_data'],
  [500, { message: 'out of memory' }, 'failed; out of memory'],
  [200, { hello: 1 }, 'not what this version expects'],
])('a project that answers %i %j is told so', async (status, body, reason) => {
  const url = await listen(
    createServer((_, response) => response.writeHead(status).end(JSON.stringify(body))),
  )
  const { code, err } = await tertulia(['maintain', '--url', url, '--key', 'sb_secret_x'])
  expect(code).toBe(1)
  expect(err).toContain(reason)
})
