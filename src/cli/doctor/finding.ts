/** One thing that doctor looked at. Only a `problem` makes it fail. */
export interface Finding {
  state: 'ok' | 'note' | 'problem'
  what: string
  /** What to do about it. */
  todo?: string
}

export const ok = (what: string): Finding => ({ state: 'ok', what })
export const note = (what: string, todo?: string): Finding => ({ state: 'note', what, todo })
export const problem = (what: string, todo: string): Finding => ({ state: 'problem', what, todo })

/** The finding as text: its state, what was found, and below it what to do. */
export function formatFinding({ state, what, todo }: Finding): string {
  const line = `${state.padEnd(8)} ${what}`
  return todo ? `${line}\n${todo.replaceAll(/^/gm, ' '.repeat(9))}` : line
}
