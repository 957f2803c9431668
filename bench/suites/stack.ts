import { execFileSync } from 'node:child_process'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StackOptions, startStack } from '../../local/src/index.ts'
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

/** How long the local stack takes to be ready: without a migration, with ours, and on the data that those left. */
export async function run(): Promise<Measure[]> {
  const folder = () => mkdtemp(join(tmpdir(), 'tertulia-bench-'))
  const time = async (options: StackOptions) => {
    const startedAt = performance.now()
    const stack = await startStack(options)
    const seconds = (performance.now() - startedAt) / 1000
    const memory = await residentMemory()
    await stack.stop()
    return { seconds, memory }
  }
  const empty = await time({ workdir: await folder() })
  const dataDir = await folder()
  const first = await time({ dataDir, ephemeral: false })
  const second = await time({ dataDir, ephemeral: true })
  return [
    measure('start without a migration', empty.seconds, 's', ['<=', 1]),
    measure('first start with our migrations', first.seconds, 's', ['<=', 1.5]),
    measure('second start', second.seconds, 's', ['<=', 1]),
    measure('memory of stack and PostgreSQL (proportional)', second.memory, 'MiB'),
  ]
}
