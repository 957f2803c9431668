import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createClient } from '@supabase/supabase-js'
import { createTertulia, isTertuliaError } from 'tertulia'
import { readStackStatus } from '../stack-status.ts'
import { accountPassword, accounts } from '../web/src/accounts.ts'
import { importSong } from './import-song.ts'
import { findFiles, readSongs } from './read-songs.ts'
import { createReport } from './report.ts'

// npm run import-songs -- DIR [--email …] [--password …] [--private]
// Imports a folder of ChordPro files into the running stack, or into the project that API_URL and PUBLISHABLE_KEY name.

const concurrency = 4

async function main(): Promise<number> {
  const { positionals, values } = readArguments()
  const [folder] = positionals
  if (!folder) throw new Error('name the folder to import: npm run import-songs -- DIR')
  const files = await listFiles(folder)
  const { supabase, url } = await connect()
  const { data, error } = await supabase.auth.signInWithPassword(values)
  if (error) throw new Error(`unable to sign in as ${values.email} at ${url}; ${error.message}`)
  const { songs } = createTertulia(supabase)
  const report = createReport(files.length)

  async function importFile(file: string): Promise<void> {
    try {
      for (const content of await readSongs(join(folder ?? '', file))) {
        const visibility = values.private ? 'private' : 'public'
        report.found(file, await importSong(songs, { userId: data.user?.id ?? '', content, visibility }))
      }
    } catch (error) {
      if (endsAll(error)) throw error
      report.failed(file, error)
    }
  }

  // A few at a time, however many there are: each worker takes the next file.
  const queue = files.values()
  const work = async () => {
    for (const file of queue) await importFile(file)
  }
  try {
    await Promise.all(Array.from({ length: concurrency }, work))
    const word = report.exampleWord()
    if (word) report.searched(word, (await songs.search(word, { limit: 3 })).items)
  } finally {
    report.print()
    await supabase.auth.signOut({ scope: 'local' })
  }
  return report.songCount() > 0 ? 0 : 1
}

function readArguments() {
  return parseArgs({
    allowPositionals: true,
    options: {
      email: { type: 'string', default: accounts[0].email as string },
      password: { type: 'string', default: accountPassword },
      private: { type: 'boolean', default: false },
    },
  })
}

async function listFiles(folder: string): Promise<string[]> {
  const found = await stat(folder).catch(() => null)
  if (!found?.isDirectory()) throw new Error(`unable to import; there is no folder ${folder}`)
  const files = await findFiles(folder)
  if (files.length > 0) return files
  throw new Error(
    `unable to import; ${folder} holds no ChordPro file (.cho .crd .chopro .chordpro .pro .txt)`,
  )
}

async function connect() {
  const status = process.env.API_URL ? null : await readStackStatus()
  const url = process.env.API_URL ?? status?.API_URL
  const key = process.env.PUBLISHABLE_KEY ?? status?.PUBLISHABLE_KEY
  if (url && key) return { url, supabase: createClient(url, key, { auth: { persistSession: false } }) }
  throw new Error(
    'unable to find a running stack; start it with "npm start", or name a project with API_URL and PUBLISHABLE_KEY',
  )
}

/** Failures that have nothing to do with the one song: every other file would fail in the same way. */
function endsAll(error: unknown): boolean {
  const codes = ['unreachable', 'timeout', 'unavailable', 'invalid_key', 'not_signed_in', 'session_expired']
  return isTertuliaError(error) && [...codes, 'schema_outdated'].includes(error.code)
}

try {
  process.exitCode = await main()
} catch (error) {
  const hint = isTertuliaError(error) ? `\n  ${error.hint}` : ''
  console.error(`${error instanceof Error ? error.message : error}${hint}`)
  process.exitCode = 1
}
