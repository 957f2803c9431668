#!/usr/bin/env node
import { fileURLToPath } from 'node:url'
import { run } from './run.ts'

// The reader of the output may stop early, as `| head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })
}

// From `dist/cli/` as from `src/cli/`, the package is two folders up.
process.exitCode = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  packageDir: fileURLToPath(new URL('../../', import.meta.url)),
  now: () => new Date(),
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
})
