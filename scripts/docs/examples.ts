import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { consumer, type Member } from './declarations.ts'

// Compiles the examples against the packed declarations, as a user's editor would.

const fence = /```(tsx?)\n(.*?)```/gs

/** The examples of all members, one file each, compiled together. Returns what the compiler refuses. */
export async function faultsOfExamples(members: Member[]): Promise<string[]> {
  const names = new Map<string, string>()
  for (const { name, file, entries, tags } of members) {
    for (const { text } of tags.filter((tag) => tag.name === 'example')) {
      for (const [, language, code] of text.matchAll(fence)) {
        const path = `example-${names.size}.${language}`
        names.set(path, `${file} ${name}`)
        await writeFile(join(consumer, path), `${importsFor(code!, entries, members)}${code}\nexport {}\n`)
      }
    }
  }
  await writeFile(join(consumer, 'globals.d.ts'), await readFile('scripts/docs/globals.d.ts', 'utf8'))
  const config = JSON.parse(await readFile(join(consumer, 'tsconfig.json'), 'utf8'))
  config.files = ['globals.d.ts', ...names.keys()]
  await writeFile(join(consumer, 'tsconfig.examples.json'), JSON.stringify(config))
  const faults = compile(join(consumer, 'tsconfig.examples.json'))
  if (names.size === 0) faults.push('no example was found')
  return faults.map((line) =>
    line.replace(/^\S*?(example-\d+\.tsx?)\S*/, (_, path) => names.get(path) ?? path),
  )
}

/** Imports what the entry exports and the example uses without declaring it: a reader has imported what they hover. */
function importsFor(code: string, entries: string[], members: Member[]): string {
  const lines: string[] = []
  for (const { name, entries: from } of members) {
    const entry = from.find((one) => entries.includes(one)) ?? from.find((one) => one === 'tertulia')
    if (name.includes('.') || entry === undefined || !new RegExp(`\\b${name}\\b`).test(code)) continue
    const declared = new RegExp(
      `(?:const|function) (?:[{[][^}\\]]*)?\\b${name}\\b|import [^\n]*\\b${name}\\b`,
    )
    if (!declared.test(code)) lines.push(`import { ${name} } from '${entry}'\n`)
  }
  return lines.join('')
}

function compile(config: string): string[] {
  try {
    execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', config, '--pretty', 'false'])
    return []
  } catch (error) {
    const { stdout } = error as { stdout: Buffer }
    return stdout.toString().trim().split('\n')
  }
}
