import { type Backend, openBackend } from './backend.ts'
import { migrateBeside } from './beside.ts'
import { moveClocks } from './clocks.ts'
import { fillDisk } from './disk.ts'
import { killAtEveryStep, type Outcome, openScene, type Scene } from './kills.ts'
import { killMigrations } from './migrations.ts'
import { reconnect } from './reconnects.ts'
import { killRollUps } from './roll-ups.ts'

interface Clusters {
  /** As `initdb` makes one. */
  cluster: string
  /** With our migrations and limits that no test reaches. */
  preparedCluster: string
}

/** A kind of fault; `small` runs a few cases of it. */
export interface Fault {
  name: string
  run(clusters: Clusters, small: boolean): Promise<Outcome>
}

/** On a stack of its own. */
const onBackend = (name: string, run: (backend: Backend, small: boolean) => Promise<Outcome>): Fault => ({
  name,
  async run({ preparedCluster }, small) {
    const backend = await openBackend(preparedCluster)
    try {
      return await run(backend, small)
    } finally {
      await backend.close()
    }
  },
})

const inScene = (name: string, run: (scene: Scene, small: boolean) => Promise<Outcome>) =>
  onBackend(name, async (backend, small) => {
    const scene = await openScene(backend)
    const outcome = await run(scene, small)
    await scene.close()
    return outcome
  })

/** Every fault, in the order in which they are run. */
export const faults: Fault[] = [
  ...(['client', 'PostgreSQL', 'stack'] as const).flatMap((victim) =>
    ['send', 'upload', 'save'].map((task) =>
      inScene(`kill -9 of ${victim}: ${task}`, (scene, small) =>
        // The middle is where a request is under way.
        killAtEveryStep(scene, victim, task, (step, steps) => !small || step === Math.ceil(steps / 2)),
      ),
    ),
  ),
  ...(['migration', 'PostgreSQL'] as const).map((victim) => ({
    name: `kill -9 of ${victim}: migration`,
    run: ({ cluster }: Clusters, small: boolean) => killMigrations(cluster, victim, small ? 1 : 20),
  })),
  ...(['roll-up', 'PostgreSQL'] as const).map((victim) =>
    inScene(`kill -9 of ${victim}: roll-up`, (scene, small) => killRollUps(scene, victim, small ? 1 : 20)),
  ),
  { name: 'a full disk', run: ({ preparedCluster }, small) => fillDisk(preparedCluster, small ? 1 : 5) },
  onBackend('clocks that jump apart', (backend, small) => moveClocks(backend, small ? 1 : undefined)),
  onBackend('reconnects', (backend, small) => reconnect(backend, small ? 5 : 50, small ? 4 : 200)),
  onBackend('migrations beside a running SDK', (backend, small) => migrateBeside(backend, small ? 1 : 10)),
]
