import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'

// Holds the sizes of .size-limit.json, and the figures of documents: each stands between comments that name its row, such as
// `<!--size chat alone-->17.0 KiB<!--/size-->`. With `--write` it writes them.

/** A figure is refused when it is so far from the truth. Smaller changes do not touch documents. */
const tolerance = 0.1
const documents = ['README.md', 'README.es.md', 'docs/chat.md', 'docs/decisions.md', 'docs/frameworks.md']
const figure = /(<!--size ([^>]+?)-->)([^<]*)(<!--\/size-->)/g

interface Row {
  name: string
  size: number
  sizeLimit: number
  passed: boolean
}

function measure(): Row[] {
  try {
    return JSON.parse(
      execFileSync('size-limit', ['--json'], { encoding: 'utf8', shell: process.platform === 'win32' }),
    )
  } catch (error) {
    // It exits with 1 when a row is over its limit, and prints all rows even so.
    const { stdout } = error as { stdout?: string }
    if (!stdout) throw error
    return JSON.parse(stdout)
  }
}

const inKiB = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`
const rows = measure()
let faults = 0
for (const { name, size, sizeLimit, passed } of rows) {
  console.log(`${passed ? 'ok    ' : 'OVER  '} ${name}: ${inKiB(size)} of ${inKiB(sizeLimit)}`)
  if (!passed) faults++
}

const writes = process.argv.includes('--write')
for (const path of documents) {
  const text = await readFile(path, 'utf8')
  const corrected = text.replace(figure, (whole, begin, name, written, end) => {
    const row = rows.find((one) => one.name === name)
    if (!row) {
      console.log(`${path}: there is no size of the name "${name}"`)
      faults++
      return whole
    }
    if (!writes && Math.abs(Number.parseFloat(written) - row.size / 1024) <= tolerance) return whole
    return begin + inKiB(row.size) + end
  })
  if (corrected === text) continue
  if (writes) await writeFile(path, corrected)
  else {
    console.log(`${path}: its sizes are stale; run "npm run check:size -- --write"`)
    faults++
  }
}
process.exitCode = faults === 0 ? 0 : 1
