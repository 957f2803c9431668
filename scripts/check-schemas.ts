import { readdir, readFile } from 'node:fs/promises'
import { checkSchemas } from './schema-rules.ts'
import { assembleMigrations, readSchemas } from './schemas.ts'

const files = await readSchemas()
const failures = (await checkSchemas(files)).map(({ file, rule, what }) => `${file}: ${rule}: ${what}`)

const folder = 'supabase/migrations'
const migrations = assembleMigrations(files)
const present = (await readdir(folder)).filter((name) => name.endsWith('.sql'))
for (const name of new Set([...migrations.keys(), ...present])) {
  const text = present.includes(name) ? await readFile(`${folder}/${name}`, 'utf8') : undefined
  if (text !== migrations.get(name))
    failures.push(`${folder}/${name} is not what supabase/schemas makes; run "npm run generate"`)
}

for (const failure of failures) console.error(`  ${failure}`)
console.log(`${files.length} schema files, ${migrations.size} migrations: ${failures.length} violations`)
process.exitCode = failures.length > 0 || files.length === 0 ? 1 : 0
