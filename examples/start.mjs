// Plain JavaScript, which any Node reads: after an interrupted install the one that runs the rest may be missing.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const needed = ['node_modules/.package-lock.json', 'dist/index.js', 'local/dist/cli.js']
const missing = needed.filter((file) => !existsSync(fileURLToPath(new URL(`../${file}`, import.meta.url))))
const [major] = process.versions.node.split('.')

if (missing.length > 0 || Number(major) < 22) {
  const reason = missing.length > 0 ? `${missing.join(' and ')} is missing` : `this is Node ${major}`
  console.error(`unable to start; the installation is not complete (${reason})\n  Run: npm install`)
  process.exitCode = 1
} else {
  await import('./start.ts')
}
