import { spawn } from 'node:child_process'
import { openSync } from 'node:fs'
import { join } from 'node:path'
import { prepareFolder } from './state.ts'

export type Message = { line: string } | { ready: true } | { failed: { message: string; hint?: string } }

/** Starts this command once more in the background and answers when it is ready; false when it failed. */
export async function detach(workdir: string, args: string[], say: (line: string) => void): Promise<boolean> {
  const output = openSync(join(await prepareFolder(workdir), 'output.log'), 'w')
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...args], {
    // Where this one runs: folders that the options name are relative to it.
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  })
  return await new Promise((resolve) => {
    const done = (ready: boolean) => {
      if (child.connected) child.disconnect()
      child.unref()
      resolve(ready)
    }
    child.on('message', (message: Message) => {
      if ('line' in message) say(message.line)
      else if ('ready' in message) done(true)
      else {
        say(message.failed.message)
        if (message.failed.hint) say(`  ${message.failed.hint}`)
        done(false)
      }
    })
    child.once('error', (error) => {
      say(error.message)
      done(false)
    })
    child.once('exit', () => done(false))
  })
}

/** What a process that was started this way tells the one that waits. */
export function tell(message: Message): void {
  if (process.connected) process.send?.(message, () => undefined)
}
