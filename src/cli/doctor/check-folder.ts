import { join } from 'node:path'
import { schemaVersion } from '../../core/schema-version.ts'
import { findDamage, isAhead, type Lock, lockFile, readLock } from '../files/lock.ts'
import type { Release } from '../files/package.ts'
import { desk, isThere } from '../files/transaction.ts'
import { Refusal } from '../refusal.ts'
import { readConfigNeeds } from './config-needs.ts'
import { type Finding, note, ok, problem } from './finding.ts'
import { clashHint, findClashes } from './own-tables.ts'

/** What a project's folder lacks, compared with what this package brings. */
export function checkFolder(root: string, release: Release): Finding[] {
  const findings: Finding[] = []
  if (isThere(join(root, desk))) {
    findings.push(
      problem(
        `supabase/${desk} is there: init or upgrade is running, or was cut short`,
        'Run it again: npx tertulia init, or upgrade where there is a lock. It undoes first what is half-done.',
      ),
    )
  }
  try {
    findings.push(...checkLock(root, release))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    findings.push(problem(error.message, error.hint))
  }
  return [...findings, ...checkConfig(root)]
}

function checkLock(root: string, release: Release): Finding[] {
  const lock = readLock(root)
  if (!lock) return [problem(`there is no supabase/${lockFile}`, 'Run: npx tertulia init')]
  return [
    ok(`supabase/${lockFile}: schema ${lock.schemaVersion}, written by tertulia ${lock.package}`),
    ...checkFiles(root, lock),
    checkAge(lock, release),
    ...checkTables(root, release, lock),
  ]
}

function checkTables(root: string, release: Release, lock: Lock): Finding[] {
  const ours = lock.files.map(({ file }) => file)
  return findClashes(root, release, ours).map(({ table, file }) =>
    problem(`supabase/${file} creates ${table}, a name that Tertulia needs`, clashHint),
  )
}

function checkFiles(root: string, lock: Lock): Finding[] {
  const damage = findDamage(root, lock)
  if (damage.length === 0) return [ok(`all ${lock.files.length} files of Tertulia are as they came`)]
  return damage.map(({ file, fate }) =>
    problem(
      `supabase/${file} is ${fate}`,
      'Restore it from version control; write your changes as a migration of your own.',
    ),
  )
}

function checkAge(lock: Lock, release: Release): Finding {
  if (isAhead(lock, release)) {
    return problem(
      `the project has migrations of a tertulia newer than this ${release.version}`,
      'Run: npm install tertulia@latest',
    )
  }
  const recorded = new Map(lock.files.map(({ name, sha256 }) => [name, sha256]))
  const migrations = release.migrations.filter(({ name }) => !recorded.has(name)).length
  const tests = release.tests.filter(({ name, sha256 }) => recorded.get(name) !== sha256).length
  const rewritten = release.migrations.find(({ name, sha256 }) => (recorded.get(name) ?? sha256) !== sha256)
  if (rewritten) {
    return problem(
      `${rewritten.name} of tertulia ${release.version} is not what tertulia ${lock.package} brought`,
      'Released migrations never change: install a released version of tertulia.',
    )
  }
  if (migrations > 0) {
    return problem(
      `the package brings migrations that the project does not have yet: ${migrations}`,
      'Run: npx tertulia upgrade',
    )
  }
  if (tests > 0) return note(`the package brings newer pgTAP tests: ${tests}`, 'Run: npx tertulia upgrade')
  return ok(`nothing to upgrade: tertulia ${release.version} brings schema ${schemaVersion}`)
}

function checkConfig(root: string): Finding[] {
  const needs = readConfigNeeds(root)
  if (needs === null) return [note('there is no supabase/config.toml: the defaults hold, and they fit')]
  if (needs.length === 0) return [ok('supabase/config.toml')]
  return needs.map(({ problem: what, lines }) =>
    problem(
      `supabase/config.toml: ${what}`,
      lines === undefined ? 'Correct that line.' : `It should read:\n${lines}`,
    ),
  )
}
