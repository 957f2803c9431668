import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { CliContext } from '../context.ts'
import { codeOf, describe, Refusal } from '../refusal.ts'

/** The `supabase/` folder of the project to work on; it need not be there yet. */
export function findRoot(context: CliContext, dir: string | undefined, task: string): string {
  const folder = resolve(context.cwd, dir ?? '.')
  const refuse = (reason: string, hint: string, cause?: unknown) =>
    new Refusal(`unable to ${task}; ${reason}`, hint, cause)
  try {
    if (!statSync(folder).isDirectory()) {
      throw refuse(`${folder} is not a folder`, 'Name the folder that holds supabase/, or will.')
    }
    if (realpathSync(folder) === realpathSync(context.packageDir)) {
      throw refuse('this is the package itself', 'Name the folder of an app with --dir.')
    }
  } catch (error) {
    if (error instanceof Refusal) throw error
    const reason = codeOf(error) === 'ENOENT' ? `there is no folder ${folder}` : describe(error)
    throw refuse(reason, 'Name a folder that is there with --dir.', error)
  }
  if (basename(folder) === 'supabase' && listFolder(folder).includes('config.toml')) {
    throw refuse('this is the supabase folder itself', 'Run it one folder up, or name that with --dir.')
  }
  const root = join(folder, 'supabase')
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() === false) {
    throw refuse(`${root} is not a folder`, 'Nothing was changed. Move that file out of the way.')
  }
  return root
}

/** The names in a folder; none when there is no such folder. */
function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw new Refusal(
      `unable to read ${folder}; ${describe(error)}`,
      'Make it a folder that can be read.',
      error,
    )
  }
}

/** The project's own migrations and ours, by name. */
export function listMigrations(root: string): string[] {
  return listFolder(join(root, 'migrations')).filter((file) => file.endsWith('.sql'))
}

/** A file's text; null when there is none. */
export function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EISDIR') return null
    throw new Refusal(`unable to read ${file}; ${describe(error)}`, 'Make it readable.', error)
  }
}
