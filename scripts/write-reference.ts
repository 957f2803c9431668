import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { listMembers, openDeclarations, unpack } from './docs/declarations.ts'
import { writeReference } from './docs/reference.ts'

// node scripts/write-reference.ts [FOLDER]: a page for each entry of the packed package, with every public name. `npm run pack` comes first.

const folder = process.argv[2] ?? '.packed/reference'
await unpack()
const { api, project } = openDeclarations()
const pages = writeReference(listMembers(project))
api.close()
await rm(folder, { recursive: true, force: true })
await mkdir(folder, { recursive: true })
for (const [file, text] of pages) await writeFile(join(folder, file), text)
console.log(`${pages.size} pages in ${folder}`)
