import { test } from './fixtures.ts'
import { startOffline } from './offline.ts'

test('a page that is reloaded without a network shows what was there, and what is typed then arrives once', async ({
  stack,
  folder,
}) => {
  await startOffline(stack, folder)
})
