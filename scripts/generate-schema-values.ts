import { readFile, writeFile } from 'node:fs/promises'

// Writes the lists of the database that `tertulia/schemas` checks against: characters, countries and currencies.

const target = 'src/schemas/values.ts'
const read = (file: string) => readFile(`supabase/schemas/${file}`, 'utf8')

/** The literals after a place in SQL, joined. */
function literalsAfter(sql: string, start: string): string {
  const rest = sql.slice(sql.indexOf(start) + start.length)
  const [literals] = /^\s*E?(?:'[^']*'\s*)+/.exec(rest) ?? []
  if (!sql.includes(start) || !literals) throw new Error(`unable to find the text after ${start}`)
  return [...literals.matchAll(/'([^']*)'/g)].map(([, text]) => text).join('')
}

/** A bracket expression of PostgreSQL as one of JavaScript. */
const toClass = (inside: string) =>
  inside
    .replaceAll('\\\\', '\\')
    .replace(/\\U000?([0-9a-f]+)/g, (_whole, code: string) => `\\u{${code.replace(/^0+/, '')}}`)

function wrapped(text: string): string {
  const lines = text.match(/.{1,100}/g) ?? []
  return lines.map((line) => `  '${line.replaceAll('\\', '\\\\')}'`).join(' +\n')
}

/** The module's text. */
export async function schemaValues(): Promise<string> {
  const characters = await read('00_foundation/40_characters.sql')
  const [profiles, parts] = await Promise.all([
    read('10_people/10_profiles.sql'),
    read('10_people/40_profile_parts.sql'),
  ])
  const entries: [name: string, what: string, value: string][] = [
    ['blanks', 'Characters that show nothing', toClass(literalsAfter(characters, "when 'blank' then"))],
    [
      'marks',
      'Marks that attach to another character',
      toClass(literalsAfter(characters, "when 'mark' then")),
    ],
    ['countries', 'Codes of ISO 3166-1 alpha-2', literalsAfter(profiles, 'code = any (string_to_array(')],
    ['currencies', 'Codes of ISO 4217 in use', literalsAfter(parts, 'code = any (string_to_array(')],
  ]
  return `// Made by scripts/generate-schema-values.ts from supabase/schemas; do not edit.
${entries.map(([name, what, value]) => `\n/** ${what}. */\nexport const ${name} =\n${wrapped(value)}\n`).join('')}`
}

if (import.meta.main) await writeFile(target, await schemaValues())
