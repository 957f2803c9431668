import { readdir, rm, writeFile } from 'node:fs/promises'
import { assembleMigrations, readSchemas } from './schemas.ts'

// Until the first release the migrations are what the schema files make; later ones are written beside them.

const folder = 'supabase/migrations'
const migrations = assembleMigrations(await readSchemas())
for (const name of await readdir(folder)) if (!migrations.has(name)) await rm(`${folder}/${name}`)
for (const [name, text] of migrations) await writeFile(`${folder}/${name}`, text)
console.log(`${migrations.size} migrations`)
