import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { CliContext } from '../context.ts'
import { readConfigNeeds } from '../doctor/config-needs.ts'
import { clashHint, findClashes } from '../doctor/own-tables.ts'
import { addMigrations, addTests } from '../files/additions.ts'
import { lockFile, readLock, writeLock } from '../files/lock.ts'
import { checksum, type Release, readRelease } from '../files/package.ts'
import { findRoot, listMigrations, readIfThere } from '../files/project.ts'
import { type Change, changeFiles, isThere } from '../files/transaction.ts'
import { Refusal } from '../refusal.ts'

const task = 'initialise'

/** `tertulia init`: brings our migrations and pgTAP tests into a project, all or nothing. */
export function init(context: CliContext, { dir }: { dir?: string }): number {
  const root = findRoot(context, dir, task)
  const release = readRelease(context.packageDir)
  const changes = changeFiles(root, task, () => planInit(root, release, context.now()))
  context.out(`Added to ${root}:\n${changes.map(({ file }) => `  ${file}`).join('\n')}`)
  context.out(`\n${describeConfig(root)}`)
  const ours = changes.map(({ file }) => file)
  for (const { table, file } of findClashes(root, release, ours)) {
    context.out(
      `\nsupabase/${file} creates ${table}, a name that Tertulia needs: a push will stop there.\n  ${clashHint}`,
    )
  }
  context.out(`\n${nextSteps}`)
  return 0
}

function planInit(root: string, release: Release, now: Date): Change[] {
  if (readLock(root)) {
    throw new Refusal(
      `unable to ${task}; this project is already initialised`,
      'Nothing was changed. To add what is new since: npx tertulia upgrade',
    )
  }
  refuseCopies(root, release)
  const additions = [...addMigrations(root, release.migrations, now), ...addTests(release.tests)]
  refuseFilesInTheWay(
    root,
    additions.map(({ change }) => change.file),
  )
  const lock = writeLock(
    release.version,
    additions.map(({ record }) => record),
  )
  return [...additions.map(({ change }) => change), { file: lockFile, content: lock }]
}

/** A project that lost its lock would otherwise get every migration twice. */
function refuseCopies(root: string, release: Release): void {
  const ours = new Set(release.migrations.map(({ sha256 }) => sha256))
  const copy = listMigrations(root).find((file) =>
    ours.has(checksum(readIfThere(join(root, 'migrations', file)) ?? '')),
  )
  if (!copy) return
  throw new Refusal(
    `unable to ${task}; supabase/migrations/${copy} is a migration of Tertulia, but supabase/${lockFile} is missing`,
    `Nothing was changed. Restore supabase/${lockFile} from version control, or delete those migrations if no database has them.`,
  )
}

function refuseFilesInTheWay(root: string, files: string[]): void {
  for (const file of files) {
    const taken = findObstacle(root, file)
    if (!taken) continue
    throw new Refusal(
      `unable to ${task}; supabase/${taken} is in the way`,
      'Nothing was changed. Rename or move that file and run this again.',
    )
  }
}

/** What stands where the file, or a folder above it, must be. */
function findObstacle(root: string, file: string): string | undefined {
  const parts = file.split('/')
  for (let depth = 1; depth < parts.length; depth++) {
    const folder = parts.slice(0, depth).join('/')
    if (!isThere(join(root, folder))) return undefined
    if (!statSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory()) return folder
  }
  return isThere(join(root, file)) ? file : undefined
}

function describeConfig(root: string): string {
  const needs = readConfigNeeds(root)
  if (needs === null)
    return 'There is no supabase/config.toml: the defaults fit. The Supabase CLI wants one; npx supabase init makes it.'
  if (needs.length === 0) return 'supabase/config.toml needs no change.'
  const [first] = needs
  if (first && first.lines === undefined)
    return `supabase/config.toml cannot be read; ${first.problem}\n  Correct that line, then run: npx tertulia doctor`
  const lines = needs.map(({ problem, lines }) => `# ${problem}\n${lines}`.replaceAll(/^/gm, '  '))
  return `supabase/config.toml needs these lines:\n\n${lines.join('\n\n')}`
}

const nextSteps = `Next:
  1. Commit supabase/ with supabase/${lockFile}; never edit these migrations.
  2. Start a stack: npx supabase start (with Docker) or npx tertulia-local start (without).
     On a stack that runs already: npx supabase migration up
  3. On a hosted project: npx supabase login, npx supabase link, then npx supabase db push --remote
     Without --remote the push goes to the local stack; without a terminal add --yes.
  4. See that nothing is missing: npx tertulia doctor --url URL --key PUBLISHABLE_KEY`
