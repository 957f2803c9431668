import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import postgres from 'postgres'
import { startStack } from '../local/src/index.ts'
import { compareOldSite, fillOldSite, oldSite } from '../test/upkeep/old-site.ts'

/**
 * Takes a generated older site over by `tertulia migrate-old`, killed again and again and taken up, and compares every row.
 *
 *   npm run test:migration [-- --people 10000] [--messages 100000] [--kills 8]
 */
const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '10000' },
    messages: { type: 'string', default: '100000' },
    kills: { type: 'string', default: '8' },
  },
})
const [people, messages, kills] = [Number(values.people), Number(values.messages), Number(values.kills)]
const root = fileURLToPath(new URL('..', import.meta.url))
const stack = await startStack({ workdir: root, seed: false })
const sql = postgres(stack.dbUrl, { max: 2, onnotice: () => {} })

/** How many steps are done: people, profiles, conversations, messages. */
const steps = async () =>
  Number(
    (
      await sql`select (select count(*) from tertulia_old_profiles.people) + (select count(*) from tertulia_old_profiles.profiles)
        + (select count(*) from tertulia_old_profiles.conversations where outcome is not null)
        + (select count(*) from tertulia_old_profiles.messages where outcome is not null) as n`
    )[0]?.n,
  )

function start() {
  const child = spawn(process.execPath, [`${root}/src/cli/main.ts`, 'migrate-old'], {
    env: { ...process.env, SUPABASE_URL: stack.apiUrl, SUPABASE_SECRET_KEY: stack.secretKey },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  return {
    child,
    ended: once(child, 'exit') as Promise<[number | null, string | null]>,
    said: () => said,
  }
}

try {
  await sql.unsafe(oldSite).simple()
  await fillOldSite(sql, { people, messages })
  const preparation = await readFile(`${root}/supabase/old-profiles.sql`, 'utf8')
  const alone = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
  await alone.unsafe(preparation).simple()
  await alone.end()

  const startedAt = performance.now()
  const seconds = () => Math.round((performance.now() - startedAt) / 1000)
  const all = people * 2 + Math.ceil(messages / 10) + messages
  let killed = 0
  for (let turn = 0; turn < kills; turn++) {
    const run = start()
    const least = (all * (turn + Math.random())) / (kills + 1)
    let isOver = false
    run.ended.then(() => {
      isOver = true
    })
    // Counting reads every row: not so often that it takes the processor from the command.
    while (!isOver && (await steps()) < least) await wait(Math.min(500, all / 100))
    run.child.kill('SIGKILL')
    const [, signal] = await run.ended
    if (signal !== 'SIGKILL') {
      console.log('ended before it could be killed')
      break
    }
    killed += 1
    console.log(`killed at ${await steps()} of ${all} steps, after ${seconds()} s`)
  }
  const last = start()
  const [code] = await last.ended
  console.log(
    last
      .said()
      .slice(last.said().indexOf('\n\n') + 2)
      .trimEnd(),
  )
  const differing = await compareOldSite(sql)
  console.log(
    `${people} people and ${messages} messages in ${seconds()} s, killed ${killed} times; differing rows:`,
  )
  for (const [what, count] of Object.entries(differing))
    console.log(`  ${what.replaceAll('_', ' ')}: ${count}`)
  const isEqual = Object.values(differing).every((count) => count === 0)
  if (!isEqual || code !== 0 || killed < Math.min(kills, 3)) {
    console.error(
      `unable to take the older site over; exit code ${code}, ${isEqual ? 'equal' : 'not equal'}, killed ${killed} of ${kills} times`,
    )
    process.exitCode = 1
  } else console.log('equal')
} finally {
  await sql.end()
  await stack.stop()
}
