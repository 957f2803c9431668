import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startStack } from '../local/src/index.ts'
import { checks } from './examples/checks.ts'
import { fill } from './examples/people.ts'
import { withCopy, writeLock } from './examples/project.ts'

/**
 * Builds and runs the examples that have a lock file of their own, each in a copy with the packed package, against a running stack.
 *
 *   npm run test:examples [-- --lock] [NAME …]
 *
 * `--lock` writes the lock files anew, after a change of a package.json.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { lock: { type: 'boolean', default: false } },
})
if (!existsSync('.packed/tertulia.tgz')) {
  console.error('unable to check the examples; the package is not packed\n  Run: npm run pack')
  process.exit(1)
}
const names = Object.keys(checks).filter((name) => positionals.length === 0 || positionals.includes(name))
if (names.length === 0) {
  console.error(`unable to check the examples; there are ${Object.keys(checks).join(', ')}`)
  process.exit(2)
}
if (values.lock) {
  for (const name of names) await writeLock(name)
  process.exit(0)
}

const failed: string[] = []
const stack = await startStack({ seed: false })
try {
  const scene = await fill(stack)
  for (const name of names) {
    const startedAt = performance.now()
    const seconds = () => `${Math.round((performance.now() - startedAt) / 1000)} s`
    try {
      const note = await withCopy(name, async (copy) => {
        await copy.run('npm', ['ci', '--no-audit', '--no-fund'])
        return checks[name]?.(copy, scene)
      })
      console.log(`ok      ${name.padEnd(5)} ${seconds().padStart(6)}  ${note}`)
    } catch (error) {
      failed.push(name)
      console.log(
        `FAILED  ${name.padEnd(5)} ${seconds().padStart(6)}\n${(error as Error).message.replace(/^/gm, '        ')}`,
      )
    }
  }
} finally {
  await stack.stop()
}
console.log(`${names.length - failed.length} of ${names.length} examples work`)
process.exit(failed.length === 0 ? 0 : 1)
