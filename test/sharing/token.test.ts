import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { createTertulia, type TertuliaOptions } from 'tertulia'
import { expect, onTestFinished, test } from 'vitest'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { startFreshStack } from '../support/fresh-stack.ts'

test('a link’s token is in no table, log, history or broadcast, nor in what anybody else is told', async () => {
  // A stack of its own, whose servers' logs can be read.
  const logged: string[] = []
  const stack = await startFreshStack({ serverLog: (line) => logged.push(line) })
  const sql = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(async () => {
    await sql.end()
    await stack.stop()
  })
  const signUp = async (options?: TertuliaOptions) => {
    const supabase = createClient(stack.apiUrl, stack.publishableKey, {
      auth: { persistSession: false, autoRefreshToken: false },
    })
    const { id } = await signUpConfirmed(supabase, stack)
    return { id, ...createTertulia(supabase, options) }
  }
  const reports: unknown[] = []
  const [ana, ben, late] = await Promise.all([
    signUp(),
    signUp(),
    signUp({ onOperation: (report) => reports.push(report) }),
  ])

  const song = await ana.songs.create({ content: 'la', visibility: 'shared' })
  const { token } = await ana.sharing.createLink(song.id, { role: 'edit', maxUses: 1 })
  expect(token).toMatch(/^[0-9a-f]{64}$/)
  await ben.sharing.openLink(token)
  await ben.songs.update(song.id, { genre: 'vals' })
  await expect(late.sharing.openLink(token)).rejects.toMatchObject({ code: 'link_not_found' })
  // An attempt that the database refuses with an error, which it logs with the statement.
  await sql`
    insert into private.rate_limits (user_id, action, tokens, refilled_at, burst) values (${late.id}, 'open_link', 0, now(), 1)
    on conflict (user_id, action) do update set tokens = 0, refilled_at = now(), burst = 1`
  await expect(late.sharing.openLink(token)).rejects.toMatchObject({ code: 'rate_limited' })
  expect(logged.join('\n')).toContain('rate_limited')
  expect(logged.join('\n')).toContain('open_link')
  expect(logged.join('\n')).not.toContain(token)

  const tables = await sql<{ name: string }[]>`
    select c.oid::regclass::text as name
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'm') and n.nspname !~ '^(pg_|information_schema)'`
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['private.share_links', 'song_history', 'shares']),
  )
  expect(tables.some(({ name }) => name.startsWith('realtime.messages_'))).toBe(true)
  for (const { name } of tables) {
    const [found] = await sql.unsafe(
      `select count(*)::integer from ${name} t where to_jsonb(t)::text ilike '%${token}%'`,
    )
    expect(found?.count, name).toBe(0)
  }
  const told = [
    await ana.sharing.listLinks(song.id),
    (await ana.sharing.listShares(song.id)).items,
    (await ana.songs.listVersions(song.id)).items,
    (await ana.sharing.listNotices()).items,
    (await ben.sharing.listReceived()).items,
    (await ben.sharing.listNotices()).items,
    reports,
  ]
  expect(JSON.stringify(told)).not.toContain(token)
})
