import { isAlive } from '../processes.ts'
import { stackError } from '../stack-error.ts'
import { dropState, readState } from './state.ts'

/** `tertulia-local stop`: returns when the process, and PostgreSQL with it, is gone. */
export async function stop(workdir: string): Promise<string> {
  const state = await readState(workdir)
  if (!state) {
    await dropState(workdir)
    return 'No stack of this project is running.'
  }
  process.kill(state.pid, 'SIGTERM')
  if (!(await gone(state.pid, 20_000))) {
    // Its watchdog ends PostgreSQL.
    process.kill(state.pid, 'SIGKILL')
    if (!(await gone(state.pid, 10_000)))
      throw stackError('server_failed', `unable to end process ${state.pid}`)
    await dropState(workdir)
  }
  return 'Stopped.'
}

async function gone(pid: number, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (isAlive(pid)) {
    if (Date.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return true
}
