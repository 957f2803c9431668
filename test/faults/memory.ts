import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

interface Process {
  pid: number
  parent: number
  /** Resident bytes. */
  resident: number
}

/** Every process, by `ps` as Linux, macOS and the BSDs have it; none where there is no `ps`. */
async function listProcesses(): Promise<Process[]> {
  const { stdout } = await run('ps', ['-axo', 'pid=,ppid=,rss='], { maxBuffer: 16e6 }).catch(() => ({
    stdout: '',
  }))
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, kibibytes] = line.trim().split(/\s+/).map(Number)
    return pid && kibibytes !== undefined ? [{ pid, parent: parent ?? 0, resident: kibibytes * 1024 }] : []
  })
}

/** Resident bytes of a process, or null where the system does not say. */
export async function memoryOf(pid: number): Promise<number | null> {
  return (await listProcesses()).find((one) => one.pid === pid)?.resident ?? null
}

/**
 * Bytes of a process and its children, or null where the system does not say. Linux tells what each has for itself; elsewhere the
 * memory that PostgreSQL's processes share is counted with each of them, so that the figure is high and says only how it grows.
 */
export async function memoryOfFamily(pid: number): Promise<number | null> {
  const family = (await listProcesses()).filter((one) => one.pid === pid || one.parent === pid)
  let bytes = 0
  for (const { pid: member, resident } of family) {
    const status = await readFile(`/proc/${member}/status`, 'utf8').catch(() => '')
    const [, own] = /^RssAnon:\s+(\d+)/m.exec(status) ?? []
    bytes += own === undefined ? resident : Number(own) * 1024
  }
  return family.length > 0 ? bytes : null
}
