import { loadModule, parseSync } from '@libpg-query/parser'
import type { SchemaFile } from './schemas.ts'

/** What a file of the schema does that the house does not allow. */
export interface SchemaViolation {
  file: string
  rule: 'escape' | 'file-length' | 'function-length' | 'order'
  what: string
}

const longestFile = 300
const longestFunction = 80

/** Functions that stay longer than the limit, each with the reason. */
const longOnPurpose: Record<string, string> = {
  'private.send_message':
    'a send is measured in transactions a second, and a call costs what a statement does',
  'private.characters': 'a script makes it: a table of characters, written as one function',
  'private.find_profiles': 'its conditions and their parameters stand beside the query that they are for',
  'private.track_events': 'one statement takes a batch in, so that no partition is locked twice',
  'private.update_song_analytics': 'one statement sets all figures of a batch from one snapshot',
}

/** A file that a script makes. */
const madeFiles = new Set(['00_foundation/40_characters.sql'])

interface Definition {
  name: string
  file: string
  kind: string
  lines: number
}

type Node = Record<string, unknown>
const names = (list: unknown): string[] =>
  Array.isArray(list) ? list.map((item) => String((item as { String?: Node }).String?.sval ?? '')) : []
const relation = (value: unknown): string => {
  const { schemaname = 'public', relname } = (value ?? {}) as Node
  return `${schemaname}.${relname}`
}

/** What a statement defines: a function, table, view or type. */
function definedBy(kind: string, body: Node): string | undefined {
  if (kind === 'CreateFunctionStmt') return names(body.funcname).join('.')
  if (kind === 'CreateStmt') return relation(body.relation)
  if (kind === 'ViewStmt') return relation(body.view)
  if (kind === 'CompositeTypeStmt') return relation(body.typevar)
  return undefined
}

function definitions({ path, text }: SchemaFile): Definition[] {
  const bytes = Buffer.from(text)
  const { stmts } = parseSync(text) as { stmts?: { stmt: Node; stmt_location?: number; stmt_len?: number }[] }
  return (stmts ?? []).flatMap(({ stmt, stmt_location: from = 0, stmt_len: length }) => {
    const [kind = '', body] = Object.entries(stmt)[0] ?? []
    const name = definedBy(kind, (body ?? {}) as Node)
    if (!name) return []
    const end = length === undefined ? undefined : from + length
    const source = bytes
      .subarray(from, end)
      .toString()
      .trim()
      .replace(/^(?:--.*\n)+/, '')
    return [{ name, file: path, kind, lines: source.split('\n').length }]
  })
}

/**
 * Literals in which a backslash means what `standard_conforming_strings` says. PostgreSQL reads the body of a function when it first
 * runs, with the settings of that connection, so such a literal is written as `E'\\\\'`.
 */
function looseBackslashes(text: string): string[] {
  const found: string[] = []
  let escapes = false
  let end = -1
  for (const match of text.matchAll(/--[^\n]*|"[^"]*"|(\b[eE])?'((?:[^'\\]|''|\\[\s\S])*)'/g)) {
    const [whole, prefix, literal] = match
    if (literal === undefined) continue
    // A literal on the next line goes on with the one before.
    const goesOn = end >= 0 && /^\s*\n\s*$/.test(text.slice(end, match.index))
    escapes = prefix !== undefined || (goesOn && escapes)
    end = match.index + whole.length
    if (!escapes && literal.includes('\\')) found.push(whole)
  }
  return found
}

/**
 * Checks the files of the schema: their length, the length of functions, that no file needs a later one, and that no literal depends on
 * a connection's settings.
 */
export async function checkSchemas(files: SchemaFile[]): Promise<SchemaViolation[]> {
  await loadModule()
  const found: SchemaViolation[] = []
  const defined = files.flatMap(definitions)
  const firstFile = new Map<string, string>()
  for (const { name, file } of defined) if (!firstFile.has(name)) firstFile.set(name, file)

  for (const { name, file, kind, lines } of defined) {
    const isLong = kind === 'CreateFunctionStmt' && lines > longestFunction
    if (isLong && !(name in longOnPurpose))
      found.push({ file, rule: 'function-length', what: `${name} has ${lines} lines` })
  }
  for (const { path, text } of files) {
    const lines = text.trimEnd().split('\n').length
    if (lines > longestFile && !madeFiles.has(path))
      found.push({ file: path, rule: 'file-length', what: `${lines} lines` })
    for (const literal of looseBackslashes(text))
      found.push({ file: path, rule: 'escape', what: `write ${literal} as E'…'` })
    const code = text.replace(/--.*$/gm, '')
    const used = new Set([...code.matchAll(/\b(?:public|private)\.\w+/g)].map(([name]) => name))
    for (const name of used) {
      const home = firstFile.get(name)
      if (home !== undefined && home > path)
        found.push({ file: path, rule: 'order', what: `it needs ${name} of ${home}` })
    }
  }
  return found
}
