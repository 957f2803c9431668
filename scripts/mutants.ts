/**
 * Makes one small change of the schema after the other, and runs the tests that should see it: one that no test sees survives.
 *
 *   npm run test:mutants [-- --at-once 2] [--resume] [--list] [WORDS …]
 *
 * WORDS are parts of names of mutants or of test files; without any, all of them run. A test that fails with a mutant is run again
 * without it, and must pass. `--resume` counts a mutant as killed when an earlier run saw the same change killed. Status 1 when a
 * mutant survived.
 */
import { fork } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { mutants } from '../test/mutants/index.ts'
import { mutantSql, originalSql } from '../test/mutants/mutant.ts'
import { makeClusters } from '../test/support/stack.ts'
import { type Change, type Failure, openLane } from './mutant-lane.ts'
import { schemaFolder } from './schemas.ts'

interface Answer {
  name: string
  failure?: Failure
  error?: string
}

/** A killed mutant: the test that saw it, and the change that it saw. */
interface Kill extends Failure {
  change?: string
}

const remembered = 'node_modules/.cache/tertulia-mutants.json'
const [, , first, ...lane] = process.argv
if (first === '--lane') await work(lane[0] ?? '', lane.slice(1).join(' '))
else await lead()

/** Tries the mutants whose names it is sent. */
async function work(preparedCluster: string, clusters: string): Promise<void> {
  process.env.TERTULIA_CLUSTERS = clusters
  const killers = await readKillers()
  const changes = await readChanges()
  const green = new Set<string>()
  const lane = await openLane(preparedCluster)
  const send = (answer: Answer) => process.send?.(answer)
  for await (const name of names()) {
    const mutant = mutants[name]
    const change = changes.get(name)
    if (!mutant || !change) continue
    try {
      const known = killers[name]
      const failure = await lane.findFailure(
        mutant.tests,
        change,
        known && mutant.tests.includes(known.file) ? known : undefined,
      )
      const key = JSON.stringify([failure?.file, failure?.test])
      if (failure && !green.has(key)) {
        if (await lane.isRed(failure))
          throw new Error(`${failure.file}: "${failure.test}" fails without the mutant too`)
        green.add(key)
      }
      send({ name, failure })
    } catch (error) {
      send({ name, error: error instanceof Error ? error.message : String(error) })
    }
  }
  await lane.close()
  process.exit(0)
}

/** What the leading process sends, until it sends the empty name. */
async function* names(): AsyncGenerator<string> {
  for (;;) {
    const name = await new Promise<string>((resolve) => {
      process.once('message', (message) => resolve(String(message)))
      process.send?.({ name: '' })
    })
    if (name === '') return
    yield name
  }
}

async function readChanges(): Promise<Map<string, Change>> {
  const changes = new Map<string, Change>()
  for (const [name, mutant] of Object.entries(mutants)) {
    const source = await readFile(`${schemaFolder}/${mutant.file}`, 'utf8')
    changes.set(name, { make: mutantSql(name, mutant, source), undo: originalSql(name, mutant, source) })
  }
  return changes
}

/** The tests that saw the mutants in earlier runs: they are asked first. */
async function readKillers(): Promise<Record<string, Kill>> {
  return JSON.parse(await readFile(remembered, 'utf8').catch(() => '{}'))
}

async function lead(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'at-once': { type: 'string', default: '2' },
      resume: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
    },
  })
  const changes = await readChanges()
  const killers = await readKillers()
  const chosen = Object.entries(mutants).filter(
    ([name, { tests }]) =>
      positionals.length === 0 ||
      positionals.some((word) => name.includes(word) || tests.some((file) => file.includes(word))),
  )
  if (values.list) {
    for (const [name, { tests }] of chosen) console.log(`${name}: ${tests.join(', ')}`)
    return
  }
  const startedAt = performance.now()
  const seen = ({ 0: name }: [string, unknown]) => killers[name]?.change === changes.get(name)?.make
  const before = values.resume ? chosen.filter(seen) : []
  const waiting = chosen.filter((one) => !before.includes(one)).map(([name]) => name)
  await mkdir('node_modules/.cache', { recursive: true })
  const survivors: string[] = []
  const broken: string[] = []
  const clusters = await makeClusters()
  try {
    await Promise.all(
      Array.from({ length: Math.min(Number(values['at-once']), waiting.length) }, async () => {
        const child = fork('scripts/mutants.ts', ['--lane', clusters[2], clusters.join(':')])
        child.on('message', ({ name, failure, error }: Answer) => {
          if (name === '') {
            child.send(waiting.shift() ?? '')
            return
          }
          if (failure) {
            killers[name] = { ...failure, change: changes.get(name)?.make }
            writeFileSync(remembered, JSON.stringify(killers))
            console.log(
              `killed    ${name} (${failure.file}: ${failure.test}${failure.timedOut ? ', timed out' : ''})`,
            )
          } else if (error !== undefined) {
            broken.push(`${name}: ${error}`)
            console.log(`BROKEN    ${name}: ${error}`)
          } else {
            survivors.push(name)
            console.log(`SURVIVED  ${name} (${mutants[name]?.tests.join(', ')})`)
          }
        })
        await new Promise((resolve) => child.once('close', resolve))
      }),
    )
  } finally {
    for (const folder of clusters) await rm(folder, { recursive: true, force: true })
  }
  const killed = chosen.length - survivors.length - broken.length - waiting.length
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  for (const name of survivors) console.log(`SURVIVED  ${name}`)
  for (const name of broken) console.log(`BROKEN    ${name}`)
  console.log(
    `${chosen.length} mutants made, ${killed} killed${values.resume ? ` (${before.length} in earlier runs)` : ''}, ${survivors.length} survivors, ${broken.length} broken, ${seconds} s`,
  )
  process.exitCode = killed === chosen.length ? 0 : 1
}
