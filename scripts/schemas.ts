import { readdir, readFile } from 'node:fs/promises'

/** A file of `supabase/schemas`, which holds a part of one domain. */
export interface SchemaFile {
  /** `30_chat/50_send.sql` */
  path: string
  text: string
}

export const schemaFolder = 'supabase/schemas'

/** The files of the schema in the order in which they are loaded. */
export async function readSchemas(folder = schemaFolder): Promise<SchemaFile[]> {
  const paths = (await readdir(folder, { recursive: true }))
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.sql'))
    .sort()
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(`${folder}/${path}`, 'utf8') })))
}

/**
 * The migrations that the files make, by name: one for each domain. The first file of a domain, `00_about.sql`, is comments alone
 * and stands before `begin`.
 */
export function assembleMigrations(files: SchemaFile[]): Map<string, string> {
  const migrations = new Map<string, string>()
  for (const domain of new Set(files.map(({ path }) => path.split('/')[0] ?? ''))) {
    const [about, ...parts] = files.filter(({ path }) => path.startsWith(`${domain}/`))
    const [place = '', name = ''] = domain.split(/_(.*)/s)
    const body = parts.map(({ text }) => text.trimEnd()).join('\n\n')
    const text = `${about?.text.trimEnd()}\n\nbegin;\nset local lock_timeout = '10s';\n\n${body}\n\ncommit;\n`
    migrations.set(`20261121000${Number(place) / 10}00_${name}.sql`, text)
  }
  return migrations
}
