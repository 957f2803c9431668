import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from '../processes.ts'
import type { Stack } from '../stack.ts'
import { stackError } from '../stack-error.ts'

/** What the commands know of the stack of a project: `.tertulia-local/state.json`. */
export interface State {
  pid: number
  /** There is none while it starts. */
  stack?: Pick<
    Stack,
    | 'id'
    | 'apiUrl'
    | 'dbUrl'
    | 'mailUrl'
    | 'publishableKey'
    | 'secretKey'
    | 'jwtSecret'
    | 'anonKey'
    | 'serviceRoleKey'
  >
}

export type RunningState = Required<State>

const stateFolder = (workdir: string) => join(workdir, '.tertulia-local')
const stateFile = (workdir: string) => join(stateFolder(workdir), 'state.json')

/** Makes the folder, which ignores itself in git. */
export async function prepareFolder(workdir: string): Promise<string> {
  const folder = stateFolder(workdir)
  try {
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, '.gitignore'), '*\n')
  } catch (cause) {
    throw stackError('workdir_invalid', `unable to write to ${folder}; ${(cause as Error).message}`, {
      hint: 'the stack keeps its state and log there: make the folder writable, or copy supabase/ to one that is',
      cause,
    })
  }
  return folder
}

/** Takes the project for this process; answers the stack that has it already, if one runs. */
export async function takeProject(workdir: string): Promise<RunningState | undefined> {
  const folder = await prepareFolder(workdir)
  for (;;) {
    try {
      await writeFile(join(folder, 'state.json'), JSON.stringify({ pid: process.pid }), {
        flag: 'wx',
        mode: 0o600,
      })
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const state = await readState(workdir)
    if (!state) await rm(stateFile(workdir), { force: true })
    else if (state.stack) return { ...state, stack: state.stack }
    else {
      throw stackError(
        'already_running',
        `unable to start; process ${state.pid} is starting the stack of this project`,
        {
          hint: 'wait for it, or end it with: tertulia-local stop',
        },
      )
    }
  }
}

export async function saveState(workdir: string, state: State): Promise<void> {
  await writeFile(stateFile(workdir), JSON.stringify(state, null, 2), { mode: 0o600 })
}

export async function dropState(workdir: string): Promise<void> {
  await rm(stateFile(workdir), { force: true })
}

/** The stack of this project, or nothing when what the file tells of is gone. */
export async function readState(workdir: string): Promise<State | undefined> {
  const text = await readFile(stateFile(workdir), 'utf8').catch(() => '')
  const state = parse(text)
  if (!state || !isAlive(state.pid)) return undefined
  if (!state.stack) return state
  // A number can belong to another program by now; only the stack itself knows its id.
  const health = await fetch(`${state.stack.apiUrl}/health`, { signal: AbortSignal.timeout(5_000) })
    .then((response) => response.json() as Promise<{ id?: string }>)
    .catch(() => undefined)
  return health?.id === state.stack.id ? state : undefined
}

function parse(text: string): State | undefined {
  try {
    const state = JSON.parse(text) as State
    return typeof state.pid === 'number' ? state : undefined
  } catch {
    return undefined
  }
}
