import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { codeOf, describe, Refusal } from '../refusal.ts'

/** A file below the root, with its new content; null takes it away. */
export interface Change {
  file: string
  content: string | null
  /** Whether the file is one of ours that may be replaced; otherwise nothing may be there. */
  replaces?: boolean
}

interface Journal {
  entries: { file: string; replaced: boolean }[]
  folders: string[]
}

/** While this folder is there, a command is at work. New files wait in it, old ones are kept in it. */
export const desk = '.tertulia'

/**
 * Makes all the changes or none. One at a time per root; what a killed process left half-done is undone first.
 *
 * @param task - For messages: what cannot be done, such as "initialise".
 * @param plan - Reads and answers what to change; called before anything is written and again once alone.
 */
export function changeFiles(root: string, task: string, plan: () => Change[]): Change[] {
  if (plan().length === 0) return []
  const deaf = () => undefined
  // Every step is synchronous: with these, Ctrl-C comes before or after all of them.
  process.on('SIGINT', deaf).on('SIGTERM', deaf)
  let madeRoot: string | undefined
  try {
    madeRoot = mkdirSync(root, { recursive: true })
    claim(root, task)
    try {
      const changes = plan()
      stage(root, changes)
      place(root, changes, task)
      // From here on there is nothing to undo.
      rmSync(join(root, desk, 'journal.json'))
      return changes
    } finally {
      undo(root)
    }
  } catch (error) {
    if (madeRoot !== undefined) removeIfEmpty(root)
    if (error instanceof Refusal) throw error
    throw new Refusal(
      `unable to ${task}; ${describe(error)}`,
      'Nothing was changed. Mend that and run this again.',
      error,
    )
  } finally {
    process.off('SIGINT', deaf).off('SIGTERM', deaf)
  }
}

/** Takes the place of the one who works here. The owner is named before the folder gets the name that others look at. */
function claim(root: string, task: string): void {
  const mine = mkdtempSync(join(root, `${desk}-`))
  try {
    writeFileSync(join(mine, 'owner'), String(process.pid))
    mkdirSync(join(mine, 'new'))
    mkdirSync(join(mine, 'old'))
    if (tryRename(mine, join(root, desk))) return
    const owner = readOwner(root)
    if (owner !== null && isAlive(owner)) {
      throw new Refusal(
        `unable to ${task}; process ${owner} is changing this project`,
        `Wait for it. If that is no tertulia command, delete supabase/${desk}/owner and run this again.`,
      )
    }
    undo(root)
    if (tryRename(mine, join(root, desk))) return
    throw new Refusal(
      `unable to ${task}; another command is changing this project`,
      'Wait for it and run this again.',
    )
  } finally {
    rmSync(mine, { recursive: true, force: true })
  }
}

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (error) {
    if (existsSync(to)) return false
    throw error
  }
}

function readOwner(root: string): number | null {
  try {
    return Number(readFileSync(join(root, desk, 'owner'), 'utf8')) || null
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  // A number that came round again, as it does in containers.
  if (pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

function stage(root: string, changes: Change[]): void {
  changes.forEach(({ content }, index) => {
    if (content !== null) writeFileSync(join(root, desk, 'new', String(index)), content)
  })
  const folders = new Set<string>()
  for (const { file } of changes) {
    for (
      let folder = dirname(file);
      folder !== '.' && !existsSync(join(root, folder));
      folder = dirname(folder)
    )
      folders.add(folder)
  }
  const entries = changes.map(({ file, replaces = false }) => ({ file, replaced: replaces }))
  const journal: Journal = { entries, folders: [...folders] }
  writeFileSync(join(root, desk, 'journal.tmp'), JSON.stringify(journal))
  renameSync(join(root, desk, 'journal.tmp'), join(root, desk, 'journal.json'))
}

function place(root: string, changes: Change[], task: string): void {
  changes.forEach(({ file, content, replaces }, index) => {
    const target = join(root, file)
    mkdirSync(dirname(target), { recursive: true })
    if (replaces) renameSync(target, join(root, desk, 'old', String(index)))
    else if (isThere(target)) {
      throw new Refusal(
        `unable to ${task}; supabase/${file} is in the way`,
        'Nothing was changed. Rename or move that file and run this again.',
      )
    }
    if (content !== null) renameSync(join(root, desk, 'new', String(index)), target)
  })
}

/** Puts back what the journal says was begun, if it is still there, and clears the desk. */
function undo(root: string): void {
  const at = (...parts: string[]) => join(root, desk, ...parts)
  if (existsSync(at('journal.json'))) {
    const { entries, folders }: Journal = JSON.parse(readFileSync(at('journal.json'), 'utf8'))
    entries.forEach(({ file, replaced }, index) => {
      const target = join(root, file)
      if (replaced) {
        if (existsSync(at('old', String(index)))) renameSync(at('old', String(index)), target)
        // A new file that has left the desk has arrived.
      } else if (!existsSync(at('new', String(index)))) rmSync(target, { force: true })
    })
    for (const folder of folders.sort().reverse()) removeIfEmpty(join(root, folder))
    rmSync(at('journal.json'))
  }
  rmSync(at(), { recursive: true, force: true })
}

function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder)
}

/** Whether anything has this name, be it a link to nothing. */
export function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}
