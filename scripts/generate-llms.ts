import { writeFileSync } from 'node:fs'
import { writeLlms } from './docs/llms.ts'

// `llms.txt` from the pages under `docs/`; `npm run generate` runs it.
writeFileSync('llms.txt', writeLlms())
