import { parse, TomlError, type TomlTable, type TomlValue as Value } from 'smol-toml'
import { stackError } from '../stack-error.ts'

export type TomlValue = string | number | boolean | string[]

/** The values of a `config.toml`, keyed `section.name`; a name that is not a bare key keeps its quotes. */
export function readToml(text: string): Record<string, TomlValue> {
  const values: Record<string, TomlValue> = {}
  const collect = (table: TomlTable, path: string) => {
    for (const [key, value] of Object.entries(table)) {
      const name = `${path}${/^[\w-]+$/.test(key) ? key : `"${key}"`}`
      if (isTable(value)) collect(value, `${name}.`)
      else {
        const simple = simplified(value)
        if (simple !== undefined) values[name] = simple
      }
    }
  }
  collect(parsed(text), '')
  return values
}

function parsed(text: string): TomlTable {
  try {
    return parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [reason = ''] = error.message.split('\n')
    throw stackError(
      'workdir_invalid',
      `unable to read supabase/config.toml; line ${error.line}, column ${error.column}: ${reason}`,
      { hint: 'correct that line' },
    )
  }
}

const isTable = (value: Value): value is TomlTable =>
  typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date)

/** No setting of Supabase is a date or a list of tables. */
function simplified(value: Value): TomlValue | undefined {
  if (typeof value === 'string') return fromEnvironment(value)
  if (typeof value === 'number' || typeof value === 'boolean') return value
  if (!Array.isArray(value) || value.some((entry) => typeof entry !== 'string')) return undefined
  return value.map((entry) => fromEnvironment(entry as string))
}

/** `env(NAME)`, as the Supabase CLI reads it. */
function fromEnvironment(text: string): string {
  const [, name] = /^env\((\w+)\)$/.exec(text) ?? []
  return name ? (process.env[name] ?? '') : text
}
