import type { CliContext } from '../context.ts'
import { type Addition, addMigrations, addTests } from '../files/additions.ts'
import { findDamage, isAhead, type Lock, lockFile, readLock, writeLock } from '../files/lock.ts'
import { type Release, readRelease } from '../files/package.ts'
import { findRoot } from '../files/project.ts'
import { type Change, changeFiles } from '../files/transaction.ts'
import { Refusal } from '../refusal.ts'

const task = 'upgrade'

/** `tertulia upgrade`: adds what the package has brought since the lock was written, all or nothing. */
export function upgrade(context: CliContext, { dir }: { dir?: string }): number {
  const root = findRoot(context, dir, task)
  const release = readRelease(context.packageDir)
  const changes = changeFiles(root, task, () => planUpgrade(root, release, context.now()))
  if (changes.length === 0) {
    context.out(`Nothing to do: ${root} has everything that tertulia ${release.version} brings.`)
    return 0
  }
  const lines = changes.map(({ file, content, replaces }) => {
    const what = content === null ? 'removed ' : replaces ? 'replaced' : 'added   '
    return `  ${what}  ${file}`
  })
  context.out(`Changed in ${root}:\n${lines.join('\n')}`)
  context.out(
    '\nNext: commit them, then npx supabase db push --remote (hosted) or npx supabase migration up (local stack).',
  )
  return 0
}

function planUpgrade(root: string, release: Release, now: Date): Change[] {
  const lock = readLock(root)
  if (!lock) {
    throw new Refusal(
      `unable to ${task}; there is no supabase/${lockFile} here`,
      'Run npx tertulia init first; if the project has Tertulia already, restore that file from version control.',
    )
  }
  if (isAhead(lock, release)) {
    throw new Refusal(
      `unable to ${task}; the project was written by tertulia ${lock.package}, this is ${release.version}`,
      'Nothing was changed. Run: npm install tertulia@latest',
    )
  }
  refuseDamage(root, lock)
  refuseRewrittenHistory(lock, release)

  const recorded = new Map(lock.files.map((record) => [record.name, record]))
  const newMigrations = release.migrations.filter(({ name }) => !recorded.has(name))
  const { changes: testChanges, records: testRecords } = planTests(lock, release)
  const additions = addMigrations(root, newMigrations, now)
  const changes = [...additions.map(({ change }) => change), ...testChanges]
  if (changes.length === 0) return []
  const kept = lock.files.filter(({ name }) => name.startsWith('migrations/'))
  const files = [...kept, ...additions.map(({ record }) => record), ...testRecords]
  return [...changes, { file: lockFile, content: writeLock(release.version, files), replaces: true }]
}

/** Unlike migrations, tests may change between releases: they follow the schema. */
function planTests(lock: Lock, release: Release) {
  const recorded = new Map(lock.files.map((record) => [record.name, record]))
  const current = new Set(release.tests.map(({ name }) => name))
  const records: Addition['record'][] = []
  const changes: Change[] = lock.files
    .filter(({ name }) => name.startsWith('tests/') && !current.has(name))
    .map(({ file }) => ({ file, content: null, replaces: true }))
  for (const { change, record } of addTests(release.tests)) {
    const before = recorded.get(record.name)
    if (before?.sha256 === record.sha256) {
      records.push(before)
      continue
    }
    const file = before?.file ?? record.file
    records.push({ ...record, file })
    changes.push({ ...change, file, replaces: before !== undefined })
  }
  return { changes, records }
}

function refuseDamage(root: string, lock: Lock): void {
  const damage = findDamage(root, lock)
  if (damage.length === 0) return
  const list = damage.map(({ file, fate }) => `supabase/${file} is ${fate}`).join(', ')
  throw new Refusal(
    `unable to ${task}; ${list}`,
    'Nothing was changed. What Tertulia brought never changes: restore it from version control and write your changes as a migration of your own.',
  )
}

/** A release never changes a migration that an earlier one brought. */
function refuseRewrittenHistory(lock: Lock, release: Release): void {
  const ours = new Map(release.migrations.map(({ name, sha256 }) => [name, sha256]))
  const rewritten = lock.files.find(({ name, sha256 }) => (ours.get(name) ?? sha256) !== sha256)
  if (!rewritten) return
  throw new Refusal(
    `unable to ${task}; ${rewritten.name} of tertulia ${release.version} is not what tertulia ${lock.package} brought`,
    'Nothing was changed. Released migrations never change: install a released version of tertulia.',
  )
}
