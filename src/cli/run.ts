import { parseArgs } from 'node:util'
import { doctor } from './commands/doctor.ts'
import type { ImportOptions } from './commands/import-songs.ts'
import { init } from './commands/init.ts'
import { maintain } from './commands/maintain.ts'
import { migrateOld } from './commands/migrate-old.ts'
import { upgrade } from './commands/upgrade.ts'
import type { CliContext } from './context.ts'
import { readPackageVersion } from './files/package.ts'
import { describe, Refusal } from './refusal.ts'

export const usage = `Usage:
  tertulia init [--dir DIR]      add Tertulia's migrations and pgTAP tests to a project
  tertulia upgrade [--dir DIR]   add what is new since
  tertulia doctor [--dir DIR] [--url URL] [--key KEY]
                                 say what is missing
  tertulia maintain [--once] [--url URL] [--key SECRET_KEY]
                                 do the upkeep, where pg_cron does not: all of it, in batches
  tertulia import-songs PATH... [--email EMAIL] [--public] [--encoding NAME] [--dry-run] [--url URL] [--key KEY]
                                 save the songs of files and folders as one person's own
  tertulia migrate-old [--url URL] [--key SECRET_KEY]
                                 take over people, profiles, conversations and songs of older schemas

  --dir DIR       the folder that holds supabase/; default: the current one
  --url URL       the API URL of a running project; default: $SUPABASE_URL, else $API_URL
  --key KEY       for doctor and import-songs its publishable key; default: $SUPABASE_PUBLISHABLE_KEY, else $SUPABASE_ANON_KEY
                  for the other two its secret key; default: $SUPABASE_SECRET_KEY, else $SUPABASE_SERVICE_ROLE_KEY
  --email EMAIL   whose songs they will be; default: $TERTULIA_EMAIL; the password is $TERTULIA_PASSWORD
  --public        everybody sees the songs; default: only their owner does
  --encoding NAME how files are written that are not UTF-8 or UTF-16, such as windows-1252
  --dry-run       say what would be saved; needs no account
  --once          one request of half a second, whatever remains
  -h, --help      show this
  -v, --version   show the package's version

Exit codes: 0 done, 1 refused, failed or something is missing, 2 wrong usage.`

const text = { type: 'string' } as const
const flags = {
  init: { dir: text },
  upgrade: { dir: text },
  doctor: { dir: text, url: text, key: text },
  maintain: { url: text, key: text, once: { type: 'boolean' } },
  'import-songs': {
    url: text,
    key: text,
    email: text,
    encoding: text,
    public: { type: 'boolean' },
    'dry-run': { type: 'boolean' },
  },
  'migrate-old': { url: text, key: text },
} as const

/** What a command line can say, whichever command it is for. */
interface Flags extends ImportOptions {
  dir?: string
  once?: boolean
}

function isCommand(name: string | undefined): name is keyof typeof flags {
  return name !== undefined && Object.hasOwn(flags, name)
}

/** Runs one command line; answers the exit code. */
export async function run(args: string[], context: CliContext): Promise<number> {
  try {
    return await dispatch(args, context)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    context.err(`tertulia: ${error.message}\n  ${error.hint}`)
    return 1
  }
}

async function dispatch([command, ...rest]: string[], context: CliContext): Promise<number> {
  const wants = (...names: string[]) => [command, ...rest].some((arg) => arg && names.includes(arg))
  if (wants('--help', '-h') || command === 'help') {
    context.out(usage)
    return 0
  }
  if (command === '--version' || command === '-v') {
    context.out(readPackageVersion(context.packageDir))
    return 0
  }
  if (!isCommand(command)) {
    return misused(context, command ? `there is no command ${command}` : 'say which command')
  }
  let values: Flags
  let paths: string[]
  try {
    ;({ values, paths } = readFlags(command, rest))
  } catch (error) {
    return misused(context, describe(error).split('. ')[0] ?? '')
  }
  const empty = Object.entries(values).find(([, value]) => value === '')
  if (empty) return misused(context, `--${empty[0]} is empty`)
  if (command === 'import-songs') {
    if (paths.length === 0) return misused(context, 'say which files or folders to import')
    // Only this command needs supabase-js.
    const { importSongs } = await import('./commands/import-songs.ts')
    return await importSongs(context, paths, values)
  }
  if (command === 'init') return init(context, values)
  if (command === 'upgrade') return upgrade(context, values)
  if (command === 'maintain') return await maintain(context, values)
  if (command === 'migrate-old') return await migrateOld(context, values)
  return await doctor(context, values)
}

function readFlags(command: keyof typeof flags, args: string[]): { values: Flags; paths: string[] } {
  const allowPositionals = command === 'import-songs'
  const { values, positionals } = parseArgs({ args, options: flags[command], strict: true, allowPositionals })
  return { values: values as Flags, paths: positionals }
}

function misused(context: CliContext, what: string): number {
  context.err(`tertulia: ${what}\n\n${usage}`)
  return 2
}
