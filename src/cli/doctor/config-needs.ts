import { join } from 'node:path'
import { parse, TomlError, type TomlTable } from 'smol-toml'
import { readIfThere } from '../files/project.ts'

/** A setting in `config.toml` that keeps Tertulia from working. */
export interface ConfigNeed {
  problem: string
  /** The lines as they should read; not there when the file is not TOML. */
  lines?: string
}

/** What must change in the project's `config.toml`; null when it has none, which means that the defaults hold. */
export function readConfigNeeds(root: string): ConfigNeed[] | null {
  const text = readIfThere(join(root, 'config.toml'))
  return text === null ? null : findConfigNeeds(text)
}

/** What must change in this `config.toml`. Only what is written there counts: every default of Supabase fits. */
export function findConfigNeeds(text: string): ConfigNeed[] {
  let config: TomlTable
  try {
    config = parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const [reason = ''] = error.message.split('\n')
    return [{ problem: `line ${error.line}, column ${error.column}: ${reason}` }]
  }
  const needs: ConfigNeed[] = []
  for (const service of ['api', 'realtime', 'storage']) {
    if (tableOf(config, service).enabled === false)
      needs.push({ problem: `[${service}] is off`, lines: `[${service}]\nenabled = true` })
  }
  const { schemas } = tableOf(config, 'api')
  if (!Array.isArray(schemas)) return needs
  const wanted = [...new Set(['public', ...schemas])].filter((name) => name !== 'private')
  const lines = `[api]\nschemas = [${wanted.map((name) => `"${name}"`).join(', ')}]`
  if (!schemas.includes('public')) needs.push({ problem: 'the API does not serve schema public', lines })
  if (schemas.includes('private'))
    needs.push({ problem: 'the API serves schema private, which is internal', lines })
  return needs
}

function tableOf(config: TomlTable, name: string): TomlTable {
  const value = config[name]
  return typeof value === 'object' && !Array.isArray(value) ? (value as TomlTable) : {}
}
