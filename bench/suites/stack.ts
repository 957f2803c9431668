import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStack } from '../../local/src/index.ts'
import { type Measure, measure } from '../measure.ts'

/** Resident memory of this process and all its children, in MiB; Linux only. */
async function residentMemory(): Promise<number> {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' })
  const parents = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
  const family = new Set([process.pid])
  for (let before = 0; before !== family.size; ) {
    before = family.size
    for (const [pid = 0, parent = 0] of parents) if (family.has(parent)) family.add(pid)
  }
  let kilobytes = 0
  for (const pid of family) {
    // Proportional: PostgreSQL's processes share their buffers.
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')
    kilobytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0)
  }
  return kilobytes / 1024
}

/** How long the local stack takes to be ready: on an empty folder, then on the data it left. */
export async function run(): Promise<Measure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tertulia-bench-'))
  const time = async (ephemeral: boolean) => {
    const startedAt = performance.now()
    const stack = await startStack({ dataDir, ephemeral, seed: true })
    const seconds = (performance.now() - startedAt) / 1000
    const memory = await residentMemory()
    await stack.stop()
    return { seconds, memory }
  }
  const first = await time(false)
  const second = await time(true)
  return [
    measure('first start: initdb, migrations, seed', first.seconds, 's'),
    measure('second start to ready', second.seconds, 's', ['<=', 5]),
    measure('memory of stack and PostgreSQL (proportional)', second.memory, 'MiB'),
  ]
}
