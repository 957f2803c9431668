import { createHash } from 'node:crypto'
import postgres from 'postgres'
import { expect, inject, test } from 'vitest'
import { signInAgain, signUp } from '../support/people.ts'
import { openProxy } from '../support/proxy.ts'
import { closing, live, until } from '../support/watching.ts'

/** How many messages; `npm run test:soak` sends 10,000. */
const total = Number(process.env.TERTULIA_SOAK_MESSAGES ?? 400)
const senders = 8

const digest = (rows: { id: string; seq: number; content: string }[]) =>
  createHash('sha256')
    .update(JSON.stringify(rows.map(({ id, seq, content }) => [id, seq, content])))
    .digest('hex')

test(
  `${total} messages by ${senders} senders at once reach 3 watchers whose sockets are cut twice`,
  async () => {
    const [ana, ben] = await Promise.all([signUp('Ana'), signUp('Ben')])
    const { id } = await ana.tertulia.chat.getDirect(ben.id)
    const devices = await Promise.all(
      Array.from({ length: senders }, (_, i) => signInAgain(i % 2 ? ana : ben)),
    )
    const watchers = await Promise.all(
      [ana, ben, ben].map(async (person) => {
        const proxy = await openProxy()
        const device = await signInAgain(person, { apiUrl: proxy.apiUrl })
        return { proxy, conversation: closing(device.tertulia.chat.openConversation(id)) }
      }),
    )
    await Promise.all(watchers.map(({ conversation }) => live(conversation)))

    let sent = 0
    const startedAt = performance.now()
    await Promise.all(
      devices.map(async (device, i) => {
        for (let n = i; n < total; n += senders) {
          await device.tertulia.chat.send(id, { content: `message ${n}` })
          sent++
          if (sent === Math.floor(total / 3) || sent === Math.floor((2 * total) / 3)) {
            for (const { proxy } of watchers) proxy.cut()
          }
        }
      }),
    )
    const seconds = (performance.now() - startedAt) / 1000

    const sql = postgres(inject('stack').dbUrl, { max: 1 })
    const rows = await sql<{ id: string; seq: number; content: string }[]>`
      select id, seq::integer, content from public.messages where conversation_id = ${id} order by seq`
    await sql.end()
    expect(rows).toHaveLength(total)
    expect(rows.at(-1)?.seq).toBe(total)

    for (const { conversation } of watchers) {
      await until(conversation, ({ status, messages }) => status === 'live' && messages.at(-1)?.seq === total)
      while (conversation.getSnapshot().hasOlder) await conversation.loadOlder({ limit: 200 })
      expect(digest([...conversation.getSnapshot().messages])).toBe(digest(rows))
    }
    console.log(`${total} messages in ${seconds.toFixed(1)} s; 3 of 3 watchers equal the database`)
  },
  20 * 60_000,
)
