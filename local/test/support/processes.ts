import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

export interface Running {
  child: ChildProcess
  /** What it wrote so far. */
  output(): string
  ended: Promise<Outcome>
}

const packed = process.env.TERTULIA_LOCAL_PACKED
/** The command's own file. */
export const cli = packed
  ? join(packed, 'bin', 'tertulia-local.js')
  : fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

/** The command, as a user runs it in that folder. */
export function command(cwd: string, ...args: string[]): Running {
  return run(process.execPath, [cli, ...args], cwd)
}

export function run(program: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk
  })
  const ended = new Promise<Outcome>((resolve) =>
    child.once('close', (code) => resolve({ code, stdout, stderr })),
  )
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  return { child, output: () => stdout + stderr, ended }
}
