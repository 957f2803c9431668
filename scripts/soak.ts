/**
 * Talks for a long time.
 *
 *   npm run test:soak [-- MESSAGES]            chat alone: so many messages, and watchers whose sockets are cut
 *   npm run test:soak -- --whole [--minutes 30] [--clients 200] [--conversations 50]
 *                                              chat, saving and searching of many clients: nothing is lost, memory stays flat
 */
import { spawnSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    whole: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '30' },
    clients: { type: 'string', default: '200' },
    conversations: { type: 'string', default: '50' },
    'pause-ms': { type: 'string', default: '10000' },
  },
})
process.exit(values.whole ? await soakWhole() : soakChat())

function soakChat(): number {
  const { status } = spawnSync('vitest', ['run', '--project', 'sdk', 'test/chat/soak.test.ts'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
    env: { ...process.env, TERTULIA_SOAK_MESSAGES: positionals[0] ?? '10000' },
  })
  return status ?? 1
}

async function soakWhole(): Promise<number> {
  const { growthOf, soak } = await import('../test/soak/soak.ts')
  const { makeClusters } = await import('../test/support/stack.ts')
  const clusters = await makeClusters()
  const { lost, samples, refused, ...counts } = await soak(clusters[2], {
    clients: Number(values.clients),
    conversations: Number(values.conversations),
    minutes: Number(values.minutes),
    pauseMs: Number(values['pause-ms']),
    report: (line) => console.log(`${new Date().toISOString().slice(11, 19)}  ${line}`),
  })
  for (const folder of clusters) await rm(folder, { recursive: true, force: true })
  const figures = ['clientHeap', 'stack', 'postgres'] as const
  const growth = figures.map((figure) => [figure, growthOf(samples, figure)] as const)
  for (const what of lost) console.log(`LOST  ${what}`)
  console.log(
    `${values.clients} clients, ${values.conversations} conversations, ${values.minutes} min: ${JSON.stringify(counts)}, ` +
      `refused ${JSON.stringify(refused)}, ${lost.length} lost`,
  )
  console.log(
    `last quarter against the second: ${growth.map(([name, of]) => `${name} ${of === null ? 'not known' : `${of.toFixed(2)}×`}`).join(', ')}`,
  )
  const flat = growth.every(([, of]) => of === null || of <= 1.15)
  if (!flat) console.log('memory is not flat: more than 1.15×')
  return lost.length === 0 && flat ? 0 : 1
}
