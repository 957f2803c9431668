export type TomlValue = string | number | boolean | string[]

/** Sections, strings, numbers, booleans and lists of strings: what `config.toml` is made of, keyed `section.name`. */
export function readToml(text: string): Record<string, TomlValue> {
  const values: Record<string, TomlValue> = {}
  let section = ''
  // A list may run over several lines.
  const lines = text
    .replace(/=\s*\[[^\]]*\]/g, (list) => list.replace(/#[^\n]*/g, '').replace(/\n/g, ' '))
    .split('\n')
  for (const line of lines) {
    const [, header] = /^\s*\[([^[\]]+)\]/.exec(line) ?? []
    if (header) section = `${header.trim()}.`
    const [, key, raw] = /^\s*([\w."-]+)\s*=\s*(.+?)\s*$/.exec(line) ?? []
    const value = raw === undefined ? undefined : readValue(raw)
    if (key && value !== undefined) values[`${section}${key}`] = value
  }
  return values
}

function readValue(raw: string): TomlValue | undefined {
  if (raw.startsWith('[')) return strings(raw)
  const [text] = strings(raw)
  if (/^["']/.test(raw)) return text === undefined ? undefined : fromEnvironment(text)
  const [word = ''] = raw.split(/[\s#]/)
  if (word === 'true' || word === 'false') return word === 'true'
  const value = Number(word.replaceAll('_', ''))
  return word !== '' && Number.isFinite(value) ? value : undefined
}

function strings(raw: string): string[] {
  return [...raw.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g)].map(([, double, single]) =>
    double === undefined ? (single ?? '') : double.replace(/\\(["\\])/g, '$1'),
  )
}

/** `env(NAME)`, as the Supabase CLI reads it. */
function fromEnvironment(text: string): string {
  const [, name] = /^env\((\w+)\)$/.exec(text) ?? []
  return name ? (process.env[name] ?? '') : text
}
