import { expect, inject, test } from 'vitest'
import { soak } from './soak.ts'

test('half a minute of talking, saving and searching loses nothing', async () => {
  const options = { clients: 20, conversations: 5, minutes: 0.5, pauseMs: 1_500 }
  const { messages, saves, searches, refused, lost } = await soak(inject('preparedCluster'), options)
  expect(lost).toEqual([])
  expect(refused).toEqual({})
  expect(messages).toBeGreaterThan(20)
  expect(saves + searches).toBeGreaterThan(0)
}, 300_000)
