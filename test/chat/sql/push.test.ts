import { readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { connectToDatabase } from './database.ts'

interface Feed {
  items: { id: number; message: { id: string }; recipients: string[]; sender: { user_id: string } }[]
  next_id: number
}

test('the push feed names who has not read, and misses no send that commits late', async () => {
  const { sql, call, people, group, send } = connectToDatabase()
  const [ana = '', ben = '', muted = '', read = '', offended = ''] = await people(5)
  const id = await group([ana, ben, muted, read, offended])
  await call(muted, 'set_conversation_flags', { conversation_id: id, flags: { muted: true } })
  await call(offended, 'block_user', { user_id: ana })
  const page = (after: number) =>
    sql.begin(async (tx) => {
      await tx`set local role service_role`
      const [row] = await tx`select public.list_undelivered(${after}, 1000) as answer`
      return row?.answer as Feed
    })
  /** All that is there now of these people, however much of others lies between. */
  async function feed(after: number): Promise<Feed> {
    const items: Feed['items'] = []
    for (let from = after; ; ) {
      const answer = await page(from)
      items.push(...answer.items.filter(({ sender }) => [ana, ben].includes(sender.user_id)))
      if (answer.next_id === from) return { items, next_id: from }
      from = answer.next_id
    }
  }
  const start = (await feed(0)).next_id

  // One begins first and commits last.
  const slow = await sql.reserve()
  const late = crypto.randomUUID()
  await slow`begin`
  await slow`select set_config('request.jwt.claims', ${JSON.stringify({ sub: ana, role: 'authenticated' })}, true)`
  const other = await group([ana, ben])
  await slow`select public.send_message(${other}, ${late}, 'late')`
  const early = await send(ben, id, 'early')
  const meanwhile = await feed(start)
  expect(meanwhile.items).toEqual([])
  await slow`commit`
  slow.release()
  // Other tests may have transactions open that hold the feed back for a moment.
  const until = (messages: string[], after: number) =>
    vi.waitFor(
      async () => {
        const answer = await feed(after)
        expect(new Set(answer.items.map(({ message }) => message.id))).toEqual(new Set(messages))
        return answer
      },
      { timeout: 20_000, interval: 20 },
    )
  const seen = await until([late, early.id], meanwhile.next_id)

  const sent = await send(ana, id, 'news')
  await call(read, 'mark_read', { conversation_id: id, seq: sent.seq })
  const news = await until([sent.id], seen.next_id)
  expect(news.items).toMatchObject([{ recipients: [ben] }])
  expect((await feed(news.next_id)).items).toEqual([])
  const gone = await send(ana, id, 'regret')
  await call(ana, 'delete_message', { message_id: gone.id })
  expect((await feed(news.next_id)).items).toEqual([])
})

test('the example keeps its place, for the service alone', async () => {
  const { sql } = connectToDatabase(1)
  const undone = new Error('undone')
  const tried = sql.begin(async (tx) => {
    await tx.unsafe(readFileSync('supabase/functions/push/push.sql', 'utf8'))
    await tx`set local role service_role`
    await tx`select public.set_push_position(7)`
    await tx`select public.set_push_position(5)`
    expect(await tx`select public.get_push_position()::integer as at`).toMatchObject([{ at: 7 }])
    await tx`set local role authenticated`
    await expect(tx.savepoint((inner) => inner`select public.get_push_position()`)).rejects.toMatchObject({
      code: '42501',
    })
    throw undone
  })
  await expect(tried).rejects.toBe(undone)
})
