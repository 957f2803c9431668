import { describe, expect, inject, test } from 'vitest'
import { faults } from './index.ts'

/** One case of each kind; `npm run test:faults` has them all. */
const sample = [
  'kill -9 of client: send',
  'kill -9 of stack: upload',
  'kill -9 of PostgreSQL: save',
  'kill -9 of PostgreSQL: migration',
  'kill -9 of PostgreSQL: roll-up',
  'a full disk',
  'clocks that jump apart',
  'reconnects',
  'migrations beside a running SDK',
]

describe('after a fault nothing that was acknowledged is lost, and everything converges', () => {
  test.each(sample)(
    '%s',
    async (name) => {
      const fault = faults.find((one) => one.name === name)
      if (!fault) throw new Error(`there is no fault "${name}"`)
      const clusters = { cluster: inject('cluster'), preparedCluster: inject('preparedCluster') }
      const outcome = await fault.run(clusters, true)
      expect(outcome.wrong).toEqual([])
      // Where the system allows no small disk there is nothing to see: `note` says why.
      if (!outcome.note?.startsWith('not run')) expect(outcome.faults).toBeGreaterThan(0)
      expect(outcome.name).toBe(fault.name)
    },
    300_000,
  )
})
