import { readdir, readFile } from 'node:fs/promises'
import { checkMigration } from './migration-rules.ts'

const folder = 'supabase/migrations'
const files = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
const found = []
for (const file of files)
  found.push(...(await checkMigration(file, await readFile(`${folder}/${file}`, 'utf8'))))
for (const { file, rule, what } of found) console.error(`  ${file}: ${rule}: ${what}`)
console.log(`${files.length} migrations: ${found.length} violations`)
process.exitCode = found.length > 0 || files.length === 0 ? 1 : 0
