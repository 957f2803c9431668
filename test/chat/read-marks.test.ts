import { expect, test } from 'vitest'
import { signUp } from '../support/people.ts'
import { closing, live } from '../support/watching.ts'

async function withMessages(count: number) {
  const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
  const { id } = await ana.tertulia.chat.getDirect(ben.id)
  for (let n = 1; n <= count; n++) await ana.tertulia.chat.send(id, { content: `${n}` })
  return { ana, ben, id }
}

/** How far a user has read, as the database has it. */
async function markOf({ tertulia }: Awaited<ReturnType<typeof signUp>>, id: string): Promise<number> {
  const { items } = await tertulia.chat.inbox()
  return items.find(({ conversation }) => conversation.id === id)?.lastReadSeq ?? -1
}

test('a mark that is set in a listener, whenever that is called, is in the database when its promise resolves', async () => {
  const { ana, ben, id } = await withMessages(1)
  const conversation = closing(ben.tertulia.chat.openConversation(id))
  const wrong: string[] = []
  const marks: Promise<void>[] = []
  const stop = conversation.subscribe(() => {
    const { status, messages } = conversation.getSnapshot()
    const seq = messages.at(-1)?.seq ?? 0
    marks.push(
      conversation.markRead().then(async () => {
        // An event may come a moment before other connections see its transaction; a lost mark stays behind.
        let there = await markOf(ben, id)
        for (let tries = 0; there < seq && tries < 20; tries++) {
          await new Promise((resolve) => setTimeout(resolve, 50))
          there = await markOf(ben, id)
        }
        if (there < seq) wrong.push(`${status}: ${there} of ${seq}`)
      }),
    )
  })
  await live(conversation)
  for (let n = 2; n <= 6; n++) {
    await ana.tertulia.chat.send(id, { content: `${n}` })
    // Each rejoin ends with a synchronisation, whose end the listener hears.
    await ben.supabase.realtime.disconnect()
    await live(conversation)
  }
  await Promise.all(marks)
  stop()
  expect(wrong).toEqual([])
  expect(await markOf(ben, id)).toBe(6)
})

test('a mark that is set only as a synchronisation ends is set', async () => {
  const { ben, id } = await withMessages(3)
  const conversation = closing(ben.tertulia.chat.openConversation(id))
  const marked = new Promise<void>((resolve, reject) => {
    const stop = conversation.subscribe(() => {
      if (conversation.getSnapshot().status !== 'live') return
      stop()
      conversation.markRead().then(resolve, reject)
    })
  })
  await marked
  expect(await markOf(ben, id)).toBe(3)
})

test.each([
  { said: 'no position', seq: undefined },
  { said: 'a position', seq: 3 },
])(
  'a mark with $said, set at once on opening, is in the database when its promise resolves',
  async ({ seq }) => {
    const { ben, id } = await withMessages(3)
    const conversation = closing(ben.tertulia.chat.openConversation(id))
    await conversation.markRead(seq)
    expect(await markOf(ben, id)).toBe(3)
  },
)
