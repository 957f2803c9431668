import { readFileSync } from 'node:fs'

/** Whether a process runs: one that ended and only waits for its parent to notice does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    // Gone in the meantime, or a system without /proc, where the signal's answer is all there is.
    return process.platform !== 'linux'
  }
}
