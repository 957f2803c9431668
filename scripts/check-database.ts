import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { startStack } from '../local/src/index.ts'
import { catalogueRules } from './catalogue-rules.ts'
import { generateTypes } from './generate-types.ts'

/** Findings of the Supabase advisors that are right to be there, each with its reason. */
const accepted: Record<string, string> = {
  unused_index: 'every index is unused on an idle database; exempt by rule',
}

const failures: string[] = []
const stack = await startStack({ seed: false })
try {
  const sql = postgres(stack.adminDbUrl, { max: 1, onnotice: () => {} })
  for (const { rule, query } of catalogueRules) {
    for (const row of await sql.unsafe(query)) failures.push(`${rule}: ${row.what}`)
  }
  await sql.end()

  const { stdout } = await promisify(execFile)('supabase', [
    'db',
    'advisors',
    `--remote=${stack.dbUrl}?sslmode=disable`,
    '--level',
    'info',
    '--fail-on',
    'none',
  ])
  for (const finding of JSON.parse(stdout || '[]')) {
    if (!(finding.name in accepted)) failures.push(`advisor ${finding.name}: ${finding.detail}`)
  }

  if ((await generateTypes(stack.dbUrl)) !== (await readFile('src/database.types.ts', 'utf8'))) {
    failures.push('src/database.types.ts is not what the migrations give; run "npm run generate"')
  }
} finally {
  await stack.stop()
}

for (const failure of failures) console.error(`  ${failure}`)
console.log(
  `${catalogueRules.length} catalogue rules, advisors, generated types: ${failures.length} failures`,
)
process.exitCode = failures.length > 0 ? 1 : 0
