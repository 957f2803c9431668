import { spawn } from 'node:child_process'
import { chown, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { stackError } from '../stack-error.ts'
import { type Account, canEnter } from './account.ts'
import type { Binaries } from './binaries.ts'

export const ADMIN = 'supabase_admin'
export const PASSWORD = 'postgres'

/** Makes the data directory unless it is there; an interrupted attempt leaves nothing that looks like one. */
export async function ensureCluster(dataDir: string, account: Account, { initdb }: Binaries): Promise<void> {
  await mkdir(dirname(dataDir), { recursive: true })
  if (!canEnter(account, dirname(dataDir))) {
    throw stackError(
      'data_dir_unusable',
      `unable to use ${dataDir}; the account ${account.name} cannot reach it`,
      {
        hint: 'PostgreSQL does not run as root: choose a directory that every account can enter, such as one under /var/tmp',
      },
    )
  }
  const content = await readdir(dataDir).catch((): string[] => [])
  if (content.includes('PG_VERSION')) return await checkVersion(dataDir)
  if (content.length > 0) {
    throw stackError(
      'data_dir_unusable',
      `unable to use ${dataDir}; it holds something that is not a database`,
      {
        hint: 'choose an empty directory',
      },
    )
  }
  const fresh = `${dataDir}.${process.pid}`
  const passwordFile = `${fresh}.password`
  try {
    await mkdir(fresh, { mode: 0o700 })
    await writeFile(passwordFile, PASSWORD, { mode: 0o600 })
    if (account.uid !== undefined && account.gid !== undefined) {
      await chown(fresh, account.uid, account.gid)
      await chown(passwordFile, account.uid, account.gid)
    }
    await runInitdb(initdb, fresh, passwordFile, account)
    await rmdir(dataDir).catch(() => undefined)
    await rename(fresh, dataDir)
  } finally {
    await rm(passwordFile, { force: true })
    await rm(fresh, { recursive: true, force: true })
  }
}

async function checkVersion(dataDir: string): Promise<void> {
  const version = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim()
  if (version === '17') return
  throw stackError(
    'data_dir_unusable',
    `unable to use ${dataDir}; it was made by PostgreSQL ${version}, this is 17`,
    {
      hint: 'choose another directory, or delete this one if its data may go',
    },
  )
}

/** ICU's en-US sorts as the platform's en_US.UTF-8 does, on every host, and is like it no C collation for indexes. */
async function runInitdb(
  initdb: string,
  dataDir: string,
  passwordFile: string,
  account: Account,
): Promise<void> {
  const flags = [
    `--pgdata=${dataDir}`,
    `--username=${ADMIN}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=icu',
    '--icu-locale=en-US',
    `--locale=${process.platform === 'linux' ? 'C.UTF-8' : 'en_US.UTF-8'}`,
    '--lc-messages=C',
    '--no-sync',
  ]
  const { uid, gid } = account
  const child = spawn(initdb, flags, {
    uid,
    gid,
    cwd: parse(dataDir).root,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (chunk) => {
    complaint += chunk
  })
  await new Promise<void>((resolve, reject) => {
    const fail = (cause?: Error) =>
      reject(
        stackError(
          'server_failed',
          `unable to create the database in ${dataDir}; ${complaint.trim() || cause?.message}`,
          { cause },
        ),
      )
    child.once('error', fail)
    child.once('close', (code) => (code === 0 ? resolve() : fail()))
  })
}
