import { join } from 'node:path'
import type { Release } from '../files/package.ts'
import { listMigrations, readIfThere } from '../files/project.ts'

/** A table or view of the app's own under a name that Tertulia needs. */
export interface Clash {
  table: string
  /** Below `supabase/`. */
  file: string
}

const name = String.raw`((?:"?public"?\.)?"?[a-z_]\w*"?)`
const create = `create\\s+(?:or\\s+replace\\s+)?(?:unlogged\\s+|materialized\\s+|recursive\\s+)?(?:table|view)\\s+(?:if\\s+not\\s+exists\\s+)?${name}`
const alter = `alter\\s+(?:table|view|materialized\\s+view)\\s+(?:if\\s+exists\\s+)?(?:only\\s+)?${name}`
const statements = {
  made: new RegExp(create, 'gi'),
  gone: new RegExp(`drop\\s+(?:table|view|materialized\\s+view)\\s+(?:if\\s+exists\\s+)?${name}`, 'gi'),
  renamed: new RegExp(`${alter}\\s+rename\\s+to\\s+${name}`, 'gi'),
  moved: new RegExp(`${alter}\\s+set\\s+schema\\s+"?(?!public\\b)\\w+"?`, 'gi'),
}

/** A name without its schema, or nothing for one of another schema. */
const bare = (text = '') =>
  text
    .replace(/^"?public"?\./i, '')
    .replaceAll('"', '')
    .toLowerCase()

/** What a file does to tables of `public`, in its order. Comments and texts say nothing. */
function readSteps(sql: string): { at: number; made?: string; gone?: string }[] {
  const text = sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, (skipped) =>
    ' '.repeat(skipped.length),
  )
  // A name of another schema is cut after its schema, and has a dot behind it.
  const isOurs = (match: RegExpMatchArray) => text[(match.index ?? 0) + match[0].length] !== '.'
  const steps = (pattern: RegExp, read: (match: RegExpMatchArray) => { made?: string; gone?: string }) =>
    [...text.matchAll(pattern)].filter(isOurs).map((match) => ({ at: match.index ?? 0, ...read(match) }))
  return [
    ...steps(statements.made, ([, made]) => ({ made: bare(made) })),
    ...steps(statements.gone, ([, gone]) => ({ gone: bare(gone) })),
    ...steps(statements.renamed, ([, gone, made]) => ({ gone: bare(gone), made: bare(made) })),
    ...steps(statements.moved, ([, gone]) => ({ gone: bare(gone) })),
  ].sort((a, b) => a.at - b.at)
}

/** The tables that the project's own migrations leave under names of ours: a push would stop at our first migration. */
export function findClashes(root: string, release: Release, ours: string[]): Clash[] {
  const needed = new Set(
    release.migrations.flatMap(({ content }) => readSteps(content).map(({ made }) => made ?? '')),
  )
  const clashes = new Map<string, Clash>()
  for (const base of listMigrations(root).sort()) {
    const file = `migrations/${base}`
    if (ours.includes(file)) continue
    for (const { made = '', gone = '' } of readSteps(readIfThere(join(root, file)) ?? '')) {
      clashes.delete(gone)
      if (needed.has(made)) clashes.set(made, { table: made, file })
    }
  }
  return [...clashes.values()]
}

export const clashHint =
  'Rename or move that table in a migration of your own before you push, or use a project of its own for Tertulia.'
