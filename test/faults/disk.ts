import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBackend } from './backend.ts'
import { type Acknowledged, drain, openDevice, tasks } from './device.ts'
import { judge, type Outcome, openScene } from './kills.ts'

/** A small disk, or why there is none. */
async function openSmallDisk(
  megabytes: number,
): Promise<{ folder: string; close(): Promise<void> } | string> {
  const folder = await mkdtemp(join(tmpdir(), 'tertulia-disk-'))
  const options = `size=${megabytes}m,mode=0711`
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder])
  if (status !== 0) {
    await rm(folder, { recursive: true })
    return `no tmpfs can be mounted here: ${error?.message ?? String(stderr).trim()}`
  }
  await chmod(folder, 0o711)
  return {
    folder,
    async close() {
      spawnSync('umount', ['-l', folder])
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * The disk fills up while a device sends, uploads and saves, `rounds` times: what is refused is refused as a retryable error, and
 * once there is room again everything that was acknowledged is there.
 */
export async function fillDisk(preparedCluster: string, rounds: number): Promise<Outcome> {
  const outcome: Outcome = { name: 'a full disk', faults: 0, acknowledged: 0, wrong: [] }
  const disk = await openSmallDisk(320)
  if (typeof disk === 'string') return { ...outcome, note: `not run: ${disk}` }
  const backend = await openBackend(preparedCluster, { folder: disk.folder })
  try {
    const scene = await openScene(backend)
    const acknowledged: Acknowledged[] = []
    for (let round = 0; round < rounds; round++) {
      const ballast = join(disk.folder, 'ballast')
      const device = openDevice(scene.optionsOf(scene.people[0], `disk-${round}`), () => {})
      // Until there is nothing left; the last pages go with the writes themselves.
      spawnSync('sh', ['-c', `cat /dev/zero > ${ballast}`])
      outcome.faults++
      const running = Object.entries(tasks).map(async ([task, run]) => {
        await run(device, `disk ${round} ${task}`, (done) => void acknowledged.push(done))
      })
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      await rm(ballast)
      // A server whose log could not be written has ended itself, as it must.
      const alive = await backend.ask((sql) => sql`select 1`).catch(() => null)
      if (!alive) {
        await backend.startPostgres()
        outcome.note = 'PostgreSQL ended itself and recovered'
      }
      for (const result of await Promise.allSettled(running)) {
        if (result.status === 'fulfilled') continue
        const { code, message, cause } = result.reason as { code?: string; message: string; cause?: unknown }
        outcome.wrong.push(`round ${round}: ${code} ${message} ${JSON.stringify(cause)}`)
      }
      await drain(device)
      await device.close()
      outcome.wrong.push(...(await judge(scene, acknowledged)).map((what) => `round ${round}: ${what}`))
    }
    outcome.acknowledged = acknowledged.length
    await scene.close()
  } finally {
    await backend.close()
    await disk.close()
  }
  return outcome
}
