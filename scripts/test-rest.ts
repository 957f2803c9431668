import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { notOnThisMachine } from './not-on-this-machine.ts'

// All tests on the real PostgREST, which comes with no package of npm: the one that is on the PATH, or that TERTULIA_LOCAL_REST names.

const program = process.env.TERTULIA_LOCAL_REST ?? 'postgrest'
const places = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program))
if (![program, ...places].some((place) => place.includes('/') && existsSync(place))) {
  console.error(
    'unable to test on PostgREST; there is none here\n  Install it (https://docs.postgrest.org), or name its path in TERTULIA_LOCAL_REST',
  )
  process.exit(notOnThisMachine)
}
const { status } = spawnSync('vitest', ['run', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, TERTULIA_LOCAL_REST: program },
})
process.exit(status ?? 1)
