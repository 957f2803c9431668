import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { schemaObjects } from './schema-objects.ts'
import { checkSeedMap } from './seed-map.ts'

const readFile = (path: string): string | undefined =>
  existsSync(path) && statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined

const folder = 'supabase/migrations'
const migrations = readdirSync(folder)
  .filter((name) => name.endsWith('.sql'))
  .sort()
const { rows, items, failures } = checkSeedMap({
  map: readFile('docs/seed-map.md') ?? '',
  items: readFile('docs/seed-items.txt') ?? '',
  objects: await schemaObjects(migrations.map((name) => readFileSync(`${folder}/${name}`, 'utf8'))),
  readFile,
})

for (const failure of failures) console.error(`  docs/seed-map.md: ${failure}`)
console.log(`${rows} rows, ${items} items, ${failures.length} failures`)
process.exitCode = failures.length > 0 ? 1 : 0
