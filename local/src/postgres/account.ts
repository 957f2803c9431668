import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stackError } from '../stack-error.ts'

/** Whom PostgreSQL runs as. It refuses to run as root, so root hands it to an account without rights. */
export interface Account {
  uid?: number
  gid?: number
  name?: string
}

export function serverAccount(): Account {
  if (process.platform === 'win32' || process.getuid?.() !== 0) return {}
  const accounts = readFileSync('/etc/passwd', 'utf8').split('\n')
  for (const wanted of ['postgres', 'nobody']) {
    const [name, , uid, gid] = accounts.find((line) => line.startsWith(`${wanted}:`))?.split(':') ?? []
    if (name && Number(uid) > 0) return { name, uid: Number(uid), gid: Number(gid) }
  }
  throw stackError('platform_unsupported', 'unable to start PostgreSQL; it does not run as root', {
    hint: 'start it as an ordinary user, or create one: useradd --system postgres',
  })
}

/** Whether the account can enter the directory; asks the system, so that access lists and mounts count too. */
export function canEnter({ uid, gid }: Account, directory: string): boolean {
  if (uid === undefined) return true
  return (
    spawnSync('/bin/sh', ['-c', 'cd "$0"', directory], { uid, gid, cwd: '/', stdio: 'ignore' }).status === 0
  )
}

/** The folder itself, or, when root's server could not reach it, one of its own under the system's temporary folder. */
export function reachableFolder(folder: string, log: (line: string) => void): string {
  const account = serverAccount()
  if (canEnter(account, nearest(dirname(folder)))) return folder
  const substitute = join(
    '/var/tmp',
    `tertulia-local-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`,
  )
  log(
    `keeping the data in ${substitute}, for the account ${account.name} that PostgreSQL runs as cannot reach ${folder}`,
  )
  return substitute
}

function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder))
}
