import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import postgres from 'postgres'
import { createTertulia } from 'tertulia'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Stack } from '../../local/src/index.ts'
import { signUpConfirmed } from '../../local/test/support/sign-up.ts'
import { checkApi } from '../../src/cli/doctor/check-api.ts'
import { checkFiles } from '../../src/cli/doctor/check-files.ts'
import { openService } from '../../src/cli/service.ts'
import { startFreshStack } from '../support/fresh-stack.ts'

// The app's own API comes first, so that a request that names no schema goes there.
let folder = ''
let stack: Stack
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tertulia-test-'))
  await cp('supabase', join(folder, 'supabase'), { recursive: true })
  await writeFile(join(folder, 'supabase', 'config.toml'), '[api]\nschemas = ["api", "public"]\n')
  stack = await startFreshStack({ workdir: folder })
})
afterAll(async () => {
  await stack.stop()
  await rm(folder, { recursive: true, force: true })
})

const connect = async (schema: string) => {
  const supabase = createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
    db: { schema },
  })
  await signUpConfirmed(supabase, stack)
  return supabase
}

test.each(['api', 'public', 'app_of_its_own'])(
  'a client whose default schema is %s reads, writes, lists and listens',
  async (schema) => {
    const supabase = await connect(schema)
    const tertulia = createTertulia(supabase)
    expect(await tertulia.profiles.update({ displayName: 'Ana' })).toMatchObject({ displayName: 'Ana' })
    expect(await tertulia.profiles.get()).toMatchObject({ displayName: 'Ana' })
    expect((await tertulia.profiles.list()).items.length).toBeGreaterThan(0)
    const song = await tertulia.songs.create({ content: '{title: Luna}\n[Am]Sube', visibility: 'public' })
    expect((await tertulia.songs.search('luna')).items.map(({ id }) => id)).toContain(song.id)
    const inbox = tertulia.chat.watchInbox()
    await expect.poll(() => inbox.getSnapshot().status, { timeout: 15_000 }).toBe('live')
    inbox.close()
    await supabase.realtime.disconnect()
  },
)

test('the command line asks the schema public too', async () => {
  const { findings } = await checkApi(stack.apiUrl, stack.publishableKey, 5_000)
  expect(findings.map(({ state }) => state)).toEqual(['ok', 'ok'])
  const sql = postgres(stack.dbUrl, { max: 1 })
  await sql`insert into private.file_removals (bucket_id, name, queued_at) values ('chat', 'x', now() - interval '2 days')`
  await sql.end()
  expect(await checkFiles(stack.apiUrl, stack.publishableKey, 5_000)).toHaveLength(1)
  const context = { env: {}, cwd: folder, packageDir: '.', now: () => new Date(), out() {}, err() {} }
  const service = openService(context, { url: stack.apiUrl, key: stack.secretKey }, 'ask')
  expect(await service.rpc('tertulia_schema_version', {})).toEqual(expect.any(Number))
})
