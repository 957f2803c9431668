import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { describe, Refusal } from '../refusal.ts'

/** A file that the package brings into a project. */
export interface ReleasedFile {
  /** Its path below the package's `supabase/`, such as `migrations/20261121000100_foundation.sql`. */
  name: string
  content: string
  sha256: string
}

/** What this version of the package brings, each list in its order. */
export interface Release {
  version: string
  migrations: ReleasedFile[]
  tests: ReleasedFile[]
}

/** The checksum of a text, the same whichever line ends the version control writes. */
export function checksum(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex')
}

/** The version that the package's own `package.json` names. */
export function readPackageVersion(packageDir: string): string {
  return whole(() => {
    const manifest: unknown = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8'))
    return z.parse(z.object({ version: z.string() }), manifest).version
  })
}

/** Reads what the package brings. */
export function readRelease(packageDir: string): Release {
  const version = readPackageVersion(packageDir)
  return whole(() => {
    const migrations = readSqlFiles(packageDir, 'migrations')
    if (migrations.length === 0) throw new Error('supabase/migrations is empty')
    return { version, migrations, tests: readSqlFiles(packageDir, 'tests') }
  })
}

function readSqlFiles(packageDir: string, folder: 'migrations' | 'tests'): ReleasedFile[] {
  const root = join(packageDir, 'supabase', folder)
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.sql'))
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map((path) => {
      const content = readFileSync(join(root, path), 'utf8')
      return { name: `${folder}/${path}`, content, sha256: checksum(content) }
    })
}

function whole<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Refusal(
      `unable to read the package tertulia; ${describe(error)}`,
      'Install it again: npm install tertulia',
      error,
    )
  }
}
