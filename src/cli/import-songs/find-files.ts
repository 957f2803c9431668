import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { describe } from '../refusal.ts'

/** What people name files of songs. */
export const songExtensions = [
  'cho',
  'crd',
  'pro',
  'chopro',
  'chordpro',
  'cpm',
  'txt',
  'tab',
  'onsong',
  'opensong',
  'musicxml',
  'mxl',
  'xml',
] as const

/** A file to read: where it is, and what it is called in what is said about it. */
export interface SongFile {
  path: string
  name: string
}

/** A file or folder that cannot be read, and why. */
interface Problem {
  name: string
  reason: string
}

/** What lies under the paths that were given. */
export interface Found {
  files: SongFile[]
  /** How many files have another extension, by extension. */
  others: Map<string, number>
  problems: Problem[]
}

const byNumber = new Intl.Collator('en', { numeric: true })
const pattern = new RegExp(`\\.(?:${songExtensions.join('|')})$`, 'i')

/**
 * The files of songs under each path, in the order of the paths and then of their names, numbers as numbers: `2.cho` before
 * `10.cho`. A file that is named itself is taken whatever it is called. Hidden files and folders are left out.
 */
export function findSongFiles(paths: readonly string[], cwd: string): Found {
  const found: Found = { files: [], others: new Map(), problems: [] }
  const seen = new Set<string>()
  const add = (file: SongFile) => {
    const real = realpathSync(file.path)
    if (!seen.has(real)) found.files.push(file)
    seen.add(real)
  }
  for (const given of paths) {
    const path = resolve(cwd, given)
    try {
      const entry = statSync(path)
      if (entry.isDirectory()) walk(path, path, found, add)
      else if (entry.isFile()) add({ path, name: basename(path) })
      else found.problems.push({ name: given, reason: 'neither a file nor a folder' })
    } catch (error) {
      found.problems.push({ name: given, reason: reason(error) })
    }
  }
  return found
}

function walk(root: string, folder: string, found: Found, add: (file: SongFile) => void): void {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    found.problems.push({ name: relative(root, folder) || root, reason: reason(error) })
    return
  }
  entries.sort((one, other) => byNumber.compare(one.name, other.name))
  for (const entry of entries) {
    const path = join(folder, entry.name)
    const name = relative(root, path)
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) walk(root, path, found, add)
    else if (pattern.test(entry.name)) addFile({ path, name }, found, add)
    else if (entry.isFile())
      count(found.others, /\.[^.]+$/.exec(entry.name)?.[0].toLowerCase() ?? 'no extension')
  }
}

/** A link is followed to a file only: one to a folder could lead in a circle. */
function addFile(file: SongFile, found: Found, add: (file: SongFile) => void): void {
  try {
    if (statSync(file.path).isFile()) add(file)
  } catch (error) {
    found.problems.push({ name: file.name, reason: reason(error) })
  }
}

const reason = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT'
    ? 'there is no such file or folder'
    : describe(error).replace(/^.*?: /, '')

const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
