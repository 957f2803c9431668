/**
 * One small change of the schema that lets somebody do what they must not, or loses something. The tests that are named must fail
 * with it, or they show nothing.
 */
export interface Mutant {
  /** The schema file, such as `30_chat/50_send.sql`. */
  file: string
  /** Text of the file, there exactly once. */
  find: string
  /** What stands there instead: the statement around it is run again so. */
  replace?: string
  /** More of the same statement, there once each, and what stands there instead: where two guards hold one thing. */
  also?: [find: string, replace: string][]
  /** What is run in place of that, where a statement cannot be run again: a constraint, an index, a grant, a row. */
  sql?: string
  /** Test files that should fail. */
  tests: string[]
}

/** The mutants of a domain by what each of them does. */
export type Mutants = Record<string, Mutant>

/** The statements of a file, by the semicolons that stand outside of texts, names, comments and bodies. */
export function splitStatements(text: string): { start: number; end: number }[] {
  const pieces = /--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([a-z_]*)\$[\s\S]*?\$\1\$|;/g
  const statements: { start: number; end: number }[] = []
  let start = 0
  for (const piece of text.matchAll(pieces)) {
    if (piece[0] !== ';') continue
    statements.push({ start, end: piece.index + 1 })
    start = piece.index + 1
  }
  return statements
}

/** The statement of the file with that text in it, with or without the change, so that it can be run again. */
function runAgain(
  name: string,
  { find, replace = '', also = [] }: Mutant,
  source: string,
  withChange: boolean,
): string {
  const at = source.indexOf(find)
  const statement = splitStatements(source).find(({ start, end }) => start <= at && at + find.length <= end)
  if (!statement) throw new Error(`the mutant "${name}" is no change of one statement`)
  let changed = source.slice(statement.start, statement.end)
  for (const [one, other] of withChange ? [[find, replace] as const, ...also] : []) {
    if (changed.split(one).length !== 2)
      throw new Error(`"${one}" is not once where "${find}" is: correct the mutant "${name}"`)
    // A text has no patterns: $1 in it is what stands there.
    changed = changed.replace(one, () => other)
  }
  const text = changed.replace(/^\s*(?:--[^\n]*\n\s*)*/, '')
  const [, kind] = /^(?:create (?:or replace )?)?(function|view|policy|trigger)\b/.exec(text) ?? []
  if (kind === 'policy') {
    const [, policy, table] = /^create policy ("[^"]+")\s+on ([\w.]+)/.exec(text) ?? []
    return `drop policy ${policy} on ${table};\n${text}`
  }
  if (kind) return text.replace(/^create (?!or replace)/, 'create or replace ')
  throw new Error(`the mutant "${name}" changes a statement that cannot be run again: give it sql`)
}

/** What makes a database with the schema one with the mutant. Throws when the schema has moved on and the change no longer fits. */
export function mutantSql(name: string, mutant: Mutant, source: string): string {
  const times = source.split(mutant.find).length - 1
  if (times !== 1) {
    throw new Error(`${mutant.file} has "${mutant.find}" ${times} times: correct the mutant "${name}"`)
  }
  return mutant.sql ?? runAgain(name, mutant, source, true)
}

/** What takes it back; null where only a new database does. */
export function originalSql(name: string, mutant: Mutant, source: string): string | null {
  return mutant.sql === undefined ? runAgain(name, mutant, source, false) : null
}
