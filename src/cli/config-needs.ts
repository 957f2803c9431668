import { join } from 'node:path'
import { readIfThere } from './project.ts'

/** A setting in `config.toml` that keeps Tertulia from working. */
export interface ConfigNeed {
  problem: string
  /** The lines as they should read. */
  lines: string
}

/** What must change in the project's `config.toml`; null when it has none, which means that the defaults hold. */
export function readConfigNeeds(root: string): ConfigNeed[] | null {
  const text = readIfThere(join(root, 'config.toml'))
  return text === null ? null : findConfigNeeds(text)
}

/** What must change in this `config.toml`. Only what is written there counts: every default of Supabase fits. */
export function findConfigNeeds(text: string): ConfigNeed[] {
  const needs: ConfigNeed[] = []
  for (const service of ['api', 'realtime', 'storage']) {
    if (/^\s*enabled\s*=\s*false\b/m.test(sectionOf(text, service)))
      needs.push({ problem: `[${service}] is off`, lines: `[${service}]\nenabled = true` })
  }
  const list = /^\s*schemas\s*=\s*\[([^\]]*)\]/m.exec(sectionOf(text, 'api'))?.[1]
  if (list === undefined) return needs
  const schemas = [...list.replaceAll(/#.*$/gm, '').matchAll(/["']([^"']+)["']/g)].map(
    ([, name]) => name ?? '',
  )
  const wanted = [...new Set(['public', ...schemas])].filter((name) => name !== 'private')
  const lines = `[api]\nschemas = [${wanted.map((name) => `"${name}"`).join(', ')}]`
  if (!schemas.includes('public')) needs.push({ problem: 'the API does not serve schema public', lines })
  if (schemas.includes('private'))
    needs.push({ problem: 'the API serves schema private, which is internal', lines })
  return needs
}

/** The lines between a table's header and the next one. */
function sectionOf(text: string, name: string): string {
  const lines = text.split(/\r?\n/)
  const header = /^\s*\[+([^[\]]+)\]+\s*(#.*)?$/
  const start = lines.findIndex((line) => header.exec(line)?.[1]?.trim() === name)
  if (start < 0) return ''
  const length = lines.slice(start + 1).findIndex((line) => header.test(line))
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n')
}
