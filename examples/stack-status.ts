import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** What `tertulia-local status -o json` tells, as far as it matters here. */
export interface StackStatus {
  API_URL: string
  DB_URL: string
  PUBLISHABLE_KEY: string
}

export const repository = fileURLToPath(new URL('..', import.meta.url))

/** The command `tertulia-local`, from its sources; in a project of yours it is `npx tertulia-local`. */
export const stackCommand = fileURLToPath(new URL('../local/src/cli.ts', import.meta.url))

/** The running stack of this repository, or null. */
export async function readStackStatus(): Promise<StackStatus | null> {
  const args = [stackCommand, 'status', '--output', 'json', '--workdir', repository]
  return promisify(execFile)(process.execPath, args).then(
    ({ stdout }) => JSON.parse(stdout) as StackStatus,
    () => null,
  )
}
