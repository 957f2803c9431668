import { schemaVersion } from '../../core/schema-version.ts'
import type { FileRecord } from './lock.ts'
import type { ReleasedFile } from './package.ts'
import { listMigrations } from './project.ts'
import { newestStamp, stampOf, stampsAfter } from './stamps.ts'
import type { Change } from './transaction.ts'

/** A file of ours on its way into a project. */
export interface Addition {
  change: Change
  record: FileRecord
}

/** Our migrations for this project: after its newest one; with our own stamps where it has none. */
export function addMigrations(root: string, migrations: ReleasedFile[], now: Date): Addition[] {
  const newest = newestStamp(listMigrations(root))
  const stamps = newest === null ? null : stampsAfter(newest, migrations.length, now)
  return migrations.map((released, index) => {
    const base = released.name.slice('migrations/'.length)
    const own = stampOf(base) ?? ''
    const file = `migrations/${stamps?.[index] ?? own}_tertulia_${base.slice(own.length + 1)}`
    return addition(released, file)
  })
}

/** Our pgTAP tests for a project, in a folder of their own. */
export function addTests(tests: ReleasedFile[]): Addition[] {
  return tests.map((released) => addition(released, released.name.replace(/^tests\//, 'tests/tertulia/')))
}

function addition({ name, content, sha256 }: ReleasedFile, file: string): Addition {
  return { change: { file, content }, record: { name, file, sha256, schemaVersion } }
}
