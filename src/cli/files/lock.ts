import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'
import { schemaVersion } from '../../core/schema-version.ts'
import { codeOf, describe, Refusal } from '../refusal.ts'
import { checksum, type Release } from './package.ts'

export const lockFile = 'tertulia.lock'

// No `..` and no backslash: a lock names nothing outside supabase/.
const path = z
  .string()
  .check(z.regex(/^(migrations|tests)(\/(?!\.\.\/)[^/\\]+)+\.sql$/, 'not a file of ours'))

const recordSchema = z.object({
  /** Our name: the path below the package's `supabase/`. */
  name: path,
  /** The path below the project's `supabase/`. */
  file: path,
  /** Of the text with `\n` line ends. */
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/, 'not a checksum')),
  /** The schema version of the release that brought the file, or changed it last. */
  schemaVersion: z.number(),
})

const lockSchema = z.object({
  lockVersion: z.literal(1),
  /** The version of the package that wrote this. */
  package: z.string(),
  schemaVersion: z.number(),
  files: z.array(recordSchema),
})

/** One file of ours in a project. */
export type FileRecord = z.output<typeof recordSchema>

/** What a project has of ours: the content of `supabase/tertulia.lock`. */
export type Lock = z.output<typeof lockSchema>

/** The text of a lock, with one line end at its end. */
export function writeLock(version: string, files: FileRecord[]): string {
  const lock: Lock = { lockVersion: 1, package: version, schemaVersion, files }
  return `${JSON.stringify(lock, null, 2)}\n`
}

/** The project's lock; null when it has none. */
export function readLock(root: string): Lock | null {
  let text: string
  try {
    text = readFileSync(join(root, lockFile), 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null
    throw unreadable(describe(error), error)
  }
  try {
    return z.parse(lockSchema, JSON.parse(text))
  } catch (error) {
    const field = error instanceof z.core.$ZodError ? error.issues[0]?.path.join('.') : ''
    throw unreadable(field ? `${field} is not as expected` : 'it is not a lock of this version', error)
  }
}

function unreadable(reason: string, cause: unknown): Refusal {
  return new Refusal(
    `unable to read supabase/${lockFile}; ${reason}`,
    'Restore it from version control; if a newer tertulia wrote it, run: npm install tertulia@latest',
    cause,
  )
}

/** Whether a newer release than this one wrote the lock. */
export function isAhead(lock: Lock, release: Release): boolean {
  const known = new Set(release.migrations.map(({ name }) => name))
  return (
    lock.schemaVersion > schemaVersion ||
    lock.files.some(({ name }) => name.startsWith('migrations/') && !known.has(name))
  )
}

/** A recorded file that is no longer as it came. */
export interface Damage {
  file: string
  fate: 'missing' | 'changed'
}

/** The recorded files that are no longer as they came. */
export function findDamage(root: string, lock: Lock): Damage[] {
  return lock.files.flatMap(({ file, sha256 }): Damage[] => {
    try {
      const intact = checksum(readFileSync(join(root, file), 'utf8')) === sha256
      return intact ? [] : [{ file, fate: 'changed' }]
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw unreadableFile(file, error)
      return [{ file, fate: 'missing' }]
    }
  })
}

function unreadableFile(file: string, error: unknown): Refusal {
  return new Refusal(`unable to read supabase/${file}; ${describe(error)}`, 'Make it readable.', error)
}
