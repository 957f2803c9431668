import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { startStack } from '../local/src/index.ts'

/** The TypeScript types of a migrated database's public schema. */
export async function generateTypes(dbUrl: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    'supabase',
    ['gen', 'types', 'typescript', `--remote=${dbUrl}?sslmode=disable`, '--schema', 'public'],
    { maxBuffer: 64 * 1024 * 1024 },
  )
  return stdout
}

if (import.meta.main) {
  const stack = await startStack({ seed: false })
  try {
    await writeFile('src/database.types.ts', await generateTypes(stack.dbUrl))
  } finally {
    await stack.stop()
  }
}
