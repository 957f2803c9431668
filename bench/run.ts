import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { Measure, Scale } from './measure.ts'

// npm run bench -- <suite> [--scale small|full]

const suites = (await readdir(new URL('suites/', import.meta.url)))
  .map((file) => file.replace('.ts', ''))
  .sort()
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { scale: { type: 'string', default: 'full' } },
})
const chosen = positionals.length > 0 ? positionals : suites
if (chosen.some((name) => !suites.includes(name)) || !['small', 'full'].includes(values.scale)) {
  console.error(`usage: npm run bench -- [${suites.join('|')}]… [--scale small|full]`)
  process.exit(2)
}

for (const name of chosen) {
  const { run } = (await import(`./suites/${name}.ts`)) as { run(scale: Scale): Promise<Measure[]> }
  const measures = await run(values.scale as Scale)
  console.log(`\n${name} (${values.scale})`)
  const width = Math.max(...measures.map((one) => one.name.length))
  for (const { name: what, value, unit, target, met } of measures) {
    const verdict = target === null ? '' : `${met ? 'met   ' : 'MISSED'} ${target}`
    console.log(`  ${what.padEnd(width)}  ${String(value).padStart(10)} ${unit.padEnd(12)} ${verdict}`)
  }
  await mkdir(new URL('results/', import.meta.url), { recursive: true })
  await writeFile(new URL(`results/${name}.json`, import.meta.url), `${JSON.stringify(measures, null, 2)}\n`)
}
