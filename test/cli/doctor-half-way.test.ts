import { readdirSync, readFileSync } from 'node:fs'
import postgres from 'postgres'
import { expect, test, vi } from 'vitest'
import { makeFolder, tertulia } from '../support/cli.ts'
import { startFreshStack } from '../support/fresh-stack.ts'

const migrations = readdirSync('supabase/migrations').sort()

test('a push that stopped after any of its migrations is seen, and what is missing is named', async () => {
  await using stack = await startFreshStack({ migrate: false })
  const folder = makeFolder()
  await tertulia(['init'], { cwd: folder })
  // As `status -o env` prints them.
  const env = { API_URL: stack.apiUrl, PUBLISHABLE_KEY: stack.publishableKey }
  const ask = () => tertulia(['doctor'], { cwd: folder, env })
  const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  try {
    for (const [at, file] of migrations.entries()) {
      await sql.unsafe(readFileSync(`supabase/migrations/${file}`, 'utf8'))
      await sql`notify pgrst, 'reload schema'`
      const isLast = at === migrations.length - 1
      const expected = isLast
        ? /ok +the database has schema \d+, every domain/
        : /problem +a push .* half-way; /
      // The API learns of it a moment after the commit.
      await vi.waitFor(async () => expect((await ask()).out).toMatch(expected))
      expect((await ask()).code).toBe(isLast ? 0 : 1)
      if (/people/.test(file)) {
        await vi.waitFor(async () =>
          expect((await ask()).out).toContain('half-way; it lacks chat, songs, sharing, analytics'),
        )
      }
    }
    await sql`drop function public.list_blocks`
    await sql`notify pgrst, 'reload schema'`
    await vi.waitFor(async () => expect((await ask()).out).toContain('it lacks chat'))
  } finally {
    await sql.end()
  }
})
