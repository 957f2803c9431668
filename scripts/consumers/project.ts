import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { type ManagerName, managers, programsOf } from './managers.ts'

const run = promisify(execFile)

/** What a consumer's project has, and what is done with it. */
export interface Consumer {
  /** Its row in the table. */
  name: string
  /** Part of the quick form. */
  quick?: boolean
  /** Packages beside tertulia and supabase-js, as `npm install` takes them. */
  packages?: string[]
  /** Installs `tertulia-local` as well, or nothing else. */
  local?: boolean | 'alone'
  /** What installs the packages and runs their programs; npm when it is not said. */
  manager?: ManagerName
  files?: Record<string, string>
  /** Fields of its package.json. */
  manifest?: object
  /** Throws when the project does not work; answers what is worth a word in the table. */
  check(project: Project): Promise<string | undefined>
}

export interface Project {
  folder: string
  /** Runs a program of the project, or Node; answers what it printed. Throws with all that it printed when it fails. */
  run(program: string, args: string[], env?: Record<string, string>): Promise<string>
}

const tertulia = { name: 'tertulia', archive: resolve('.packed/tertulia.tgz') }
const stack = { name: 'tertulia-local', archive: resolve('.packed/tertulia-local.tgz') }

async function execute(
  cwd: string,
  tools: string[],
  [program = '', ...args]: string[],
  env: Record<string, string> = {},
): Promise<string> {
  const windows = process.platform === 'win32'
  const bins = [join(cwd, 'node_modules', '.bin'), ...tools]
  try {
    const { stdout, stderr } = await run(program, args, {
      cwd,
      // The project's own programs, and nothing of this repository's.
      env: {
        ...withoutNpm(process.env),
        PATH: [...bins, process.env.PATH].join(windows ? ';' : ':'),
        ...env,
      },
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

const toolPackages = Object.values(managers).flatMap(({ from }) => from ?? [])

/** Without what npm tells the scripts that it runs: it is about this repository. */
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(npm_(?!config_(registry|cache)$)|NODE_OPTIONS$|VITEST)/i.test(name),
    ),
  )
}

/** Makes a consumer's project in a folder of its own, installs the packed packages there, and checks it. */
export async function tryConsumer({ packages = [], local, files, manifest, check, ...rest }: Consumer) {
  const manager = managers[rest.manager ?? 'npm']
  const tools = manager.from ? [programsOf(toolPackages)] : []
  const folder = await mkdtemp(join(tmpdir(), 'tertulia-consumer-'))
  try {
    const own = { name: 'consumer', private: true, type: 'module', ...manifest }
    const all = { 'package.json': `${JSON.stringify(own, null, 2)}\n`, ...manager.files, ...files }
    for (const [name, text] of Object.entries(all)) {
      await mkdir(dirname(join(folder, name)), { recursive: true })
      await writeFile(join(folder, name), text)
    }
    const sdk = local === 'alone' ? [] : [tertulia, '@supabase/supabase-js']
    await execute(folder, tools, manager.install([...sdk, ...(local ? [stack] : []), ...packages]))
    return await check({
      folder,
      run: (program, args, env) => execute(folder, tools, manager.exec(program, args), env),
    })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
