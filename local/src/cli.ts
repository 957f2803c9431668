import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { detach, tell } from './cli/detach.ts'
import type { StartOptions } from './cli/start.ts'
import { type StatusFormat, status } from './cli/status.ts'
import { stop } from './cli/stop.ts'

// Whoever reads along may stop early, as `| head` does; the stack goes on.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

const say = (line: string) => {
  process.stdout.write(`${line}\n`)
  tell({ line })
}

const workdirOption = [
  '--workdir <dir>',
  'the folder that holds supabase/',
  resolveFolder,
  process.cwd(),
] as const

// From `dist/` as from `src/`, the package is one folder up.
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

const program = new Command('tertulia-local')
  .description(
    'A Supabase stack for development and tests without Docker. It stands in for the platform; it does not replace it.',
  )
  .version(version)

program
  .command('start')
  .description('start the stack, apply new migrations, and run until Ctrl-C')
  .option('--port <port>', 'of the API (default: config.toml, else 54321; 0 takes a free one)', readPort)
  .option(
    '--db-port <port>',
    'of PostgreSQL (default: config.toml, else 54322; 0 takes a free one)',
    readPort,
  )
  .option(
    '--mail-port <port>',
    'of the mails (default: config.toml, else 54324; a free one when it is taken)',
    readPort,
  )
  .option(
    '--rest <program>',
    'what answers REST: built-in, or the PostgREST that is installed (a name or a path)',
  )
  .option('--data-dir <dir>', 'where the data live (default: .tertulia-local/data)', resolveFolder)
  .option('--ephemeral', 'keep nothing when it stops')
  .option('--no-seed', 'do not run the seed files')
  .option('--detach', 'return when it is ready and leave it running')
  .addOption(new Option('--attached', 'end with the program that started it').hideHelp())
  .option(...workdirOption)
  .action(async (options: StartOptions & { detach?: boolean }) => {
    if (options.detach) {
      const args = process.argv.slice(2).filter((arg) => arg !== '--detach')
      process.exitCode = (await detach(options.workdir, args, say)) ? 0 : 1
    } else {
      // The servers are loaded only where they run: the other commands answer at once.
      const { start } = await import('./cli/start.ts')
      process.exitCode = await start(options, say, () => tell({ ready: true }))
    }
  })

program
  .command('stop')
  .description('stop the stack of this project')
  .option(...workdirOption)
  .action(async ({ workdir }: { workdir: string }) => say(await stop(workdir)))

program
  .command('status')
  .description('addresses and keys of the running stack')
  .addOption(
    new Option('-o, --output <format>', 'how to print them')
      .choices(['env', 'json', 'pretty'])
      .default('pretty'),
  )
  .option(...workdirOption)
  .action(async ({ workdir, output }: { workdir: string; output: StatusFormat }) =>
    say(await status(workdir, output)),
  )

program
  .command('reset')
  .description('drop all data and apply migrations and seed again')
  .option('--data-dir <dir>', 'where the data live (default: .tertulia-local/data)', resolveFolder)
  .option('--no-seed', 'do not run the seed files')
  .option(...workdirOption)
  .action(async (options: { workdir: string; dataDir?: string; seed: boolean }) => {
    const { reset } = await import('./cli/reset.ts')
    await reset(options.workdir, options, say)
  })

try {
  await program.parseAsync()
} catch (error) {
  const { message, hint } = error as Error & { hint?: string }
  process.stderr.write(`${message}\n${hint ? `  ${hint}\n` : ''}`)
  tell({ failed: { message, hint } })
  process.exitCode = 1
}
// Sockets that a test or a browser left open must not keep a finished command alive.
if (process.connected) process.disconnect()

function readPort(text: string): number {
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new InvalidArgumentError('Not a port.')
  return port
}

function resolveFolder(text: string): string {
  return resolve(text)
}
