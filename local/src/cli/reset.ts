import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { reachableFolder } from '../postgres/account.ts'
import { startStack } from '../stack.ts'
import { stackError } from '../stack-error.ts'
import { readState } from './state.ts'

/** `tertulia-local reset`: all data gone, migrations and seed applied again; a stack that runs keeps running. */
export async function reset(
  workdir: string,
  options: { dataDir?: string; seed: boolean },
  say: (line: string) => void,
): Promise<void> {
  const state = await readState(workdir)
  if (state && !state.stack) {
    throw stackError('already_running', 'unable to reset; the stack is starting', {
      hint: 'try again in a moment',
    })
  }
  if (state?.stack) {
    const { apiUrl, secretKey } = state.stack
    const response = await fetch(`${apiUrl}/tertulia-local/reset`, {
      method: 'POST',
      headers: { apikey: secretKey },
    })
    const { message, hint } = (await response.json()) as { message: string; hint?: string }
    if (!response.ok) throw stackError('migration_failed', message, { hint })
    return say('The database is reset; the stack is running.')
  }
  const dataDir = options.dataDir ?? reachableFolder(join(workdir, '.tertulia-local', 'data'), say)
  await rm(join(dataDir, 'db'), { recursive: true, force: true })
  await rm(join(dataDir, 'storage'), { recursive: true, force: true })
  const stack = await startStack({ workdir, dataDir, seed: options.seed, log: say })
  await stack.stop()
  say('The database is reset.')
}
