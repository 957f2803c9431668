import { execFile } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CliContext } from '../../src/cli/context.ts'
import { run } from '../../src/cli/run.ts'

/** What a command said. */
export interface Said {
  code: number
  out: string
  err: string
}

/** A folder for one test, with these files in it. */
export function makeFolder(files: Record<string, string> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'tertulia-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)
  writeFiles(folder, files)
  return folder
}

export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), content)
  }
}

/** Every file and empty folder below, with its content. */
export function readTree(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return Object.fromEntries(
    entries
      .map((entry) => {
        const path = join(entry.parentPath, entry.name)
        const name = path.slice(folder.length + 1)
        return entry.isDirectory() ? [`${name}/`, ''] : [name, readFileSync(path, 'utf8')]
      })
      .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
  )
}

/** Our package as npm would install it, to be given more migrations. */
export function copyPackage(): string {
  const folder = makeFolder({ 'package.json': readFileSync('package.json', 'utf8') })
  for (const part of ['migrations', 'tests']) {
    cpSync(join('supabase', part), join(folder, 'supabase', part), { recursive: true })
  }
  return folder
}

/** Runs a command line in this process. */
export async function tertulia(args: string[], overrides: Partial<CliContext> = {}): Promise<Said> {
  const out: string[] = []
  const err: string[] = []
  const code = await run(args, {
    cwd: overrides.cwd ?? process.cwd(),
    env: {},
    packageDir: resolve('.'),
    now: () => new Date('2027-03-01T12:00:00Z'),
    out: (text) => out.push(text),
    err: (text) => err.push(text),
    ...overrides,
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}

/** Runs a program and answers what it said, whatever its exit code. */
export function execute(program: string, args: string[]): Promise<Said> {
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
  return new Promise((settle) => {
    execFile(program, args, { env: { ...process.env, PATH }, timeout: 60_000 }, (error, out, err) => {
      settle({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, err })
    })
  })
}
