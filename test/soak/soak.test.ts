import { expect, inject, test } from 'vitest'
import { memoryOf, memoryOfFamily } from '../faults/memory.ts'
import { growthOf, type Sample, soak } from './soak.ts'

/** Errors that say "try again": on a machine that is busy with something else a request may end so. Nothing was acknowledged then. */
const mayBeTriedAgain = ['unreachable', 'timeout', 'unavailable', 'conflict']

test('a dozen seconds of talking, saving and searching lose nothing', async () => {
  const options = { clients: 20, conversations: 5, minutes: 0.2, pauseMs: 1_500 }
  const { messages, saves, searches, refused, lost } = await soak(inject('preparedCluster'), options)
  expect(lost).toEqual([])
  expect(Object.keys(refused).filter((code) => !mayBeTriedAgain.includes(code))).toEqual([])
  expect(messages).toBeGreaterThan(20)
  expect(saves + searches).toBeGreaterThan(0)
}, 300_000)

test('growth compares the last quarter with the second, and says nothing where nothing is known', async () => {
  const samples = (stack: (number | null)[]): Sample[] =>
    stack.map((bytes) => ({ clientHeap: 1, stack: bytes, postgres: null }))
  expect(growthOf(samples([9, 9, 2, 2, 3, 3, 4, 4]), 'stack')).toBe(2)
  expect(growthOf(samples([9, 9, 2, 2, 3, 3, 4, 4]), 'postgres')).toBeNull()
  expect(growthOf(samples([1, 2]), 'stack')).toBeNull()
  expect(await memoryOf(process.pid)).toBeGreaterThan(1e6)
  expect(await memoryOfFamily(process.pid)).toBeGreaterThan(1e6)
  expect(await memoryOf(2 ** 30)).toBeNull()
})
