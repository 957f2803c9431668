import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a consumer's project has, and what is done with it. */
export interface Consumer {
  /** Its row in the table. */
  name: string
  /** Part of the quick form. */
  quick?: boolean
  /** Packages beside tertulia and supabase-js, as `npm install` takes them. */
  packages?: string[]
  /** Installs `tertulia-local` as well. */
  local?: boolean
  files?: Record<string, string>
  /** Fields of its package.json. */
  manifest?: object
  /** Throws when the project does not work; answers what is worth a word in the table. */
  check(project: Project): Promise<string | undefined>
}

interface Project {
  folder: string
  /** Runs a program of the project, or Node; answers what it printed. Throws with all that it printed when it fails. */
  run(program: string, args: string[], env?: Record<string, string>): Promise<string>
}

const archives = { tertulia: resolve('.packed/tertulia.tgz'), local: resolve('.packed/tertulia-local.tgz') }

async function execute(
  cwd: string,
  program: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const windows = process.platform === 'win32'
  const bin = join(cwd, 'node_modules', '.bin')
  try {
    const { stdout, stderr } = await run(program, args, {
      cwd,
      // The project's own programs, and nothing of this repository's.
      env: { ...withoutNpm(process.env), PATH: [bin, process.env.PATH].join(windows ? ';' : ':'), ...env },
      shell: windows,
      maxBuffer: 64 * 1024 * 1024,
      timeout: 900_000,
    })
    return stdout + stderr
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & { stdout?: string; stderr?: string }
    const said = `${stdout}${stderr}`.trim()
    throw new Error(`${program} ${args.join(' ')}\n${said || message}`, { cause: error })
  }
}

/** Without what npm tells the scripts that it runs: it is about this repository. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(npm_(?!config_(registry|cache)$)|NODE_OPTIONS$|VITEST)/i.test(name),
    ),
  )
}

/** Makes a consumer's project in a folder of its own, installs the packed packages there, and checks it. */
export async function tryConsumer({ packages = [], local, files = {}, manifest, check }: Consumer) {
  const folder = await mkdtemp(join(tmpdir(), 'tertulia-consumer-'))
  const project: Project = { folder, run: (...given) => execute(folder, ...given) }
  try {
    const own = { name: 'consumer', private: true, type: 'module', ...manifest }
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(own, null, 2)}\n`)
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    const wanted = [
      archives.tertulia,
      ...(local ? [archives.local] : []),
      '@supabase/supabase-js',
      ...packages,
    ]
    await execute(folder, 'npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...wanted])
    return await check(project)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
