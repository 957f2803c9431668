import type { InboxSnapshot } from 'tertulia'
import { toStore } from 'tertulia/svelte'
import { expect, onTestFinished, test, vi } from 'vitest'
import { signUp } from '../support/people.ts'

test('a store gives the present snapshot at once and each later one, until it is left', async () => {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  const inbox = ana.tertulia.chat.watchInbox()
  onTestFinished(() => inbox.close())
  const seen: InboxSnapshot[] = []
  const stop = toStore(inbox).subscribe((snapshot) => seen.push(snapshot))
  expect(seen).toEqual([inbox.getSnapshot()])
  await vi.waitFor(() => expect(seen.at(-1)?.status).toBe('live'), 15_000)
  await ben.tertulia.chat.send(id, { content: 'hola' })
  await vi.waitFor(() => expect(seen.at(-1)?.unread).toBe(1), 15_000)
  stop()
  const { length } = seen
  await ben.tertulia.chat.send(id, { content: 'otra' })
  await vi.waitFor(() => expect(inbox.getSnapshot().unread).toBe(2), 15_000)
  expect(seen).toHaveLength(length)
})
