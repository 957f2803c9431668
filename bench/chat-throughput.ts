import postgres from 'postgres'
import { startStack } from '../local/src/index.ts'
import { raiseRateLimits } from '../test/support/rate-limits.ts'
import { makeGroup, sendMessage, writeByHand } from './chat-send.ts'
import { type Measure, measure, type Scale } from './measure.ts'

const connections = 16
type Place = Awaited<ReturnType<typeof makeGroup>>

/** Sends a second while many connections send at once: into one conversation, and each into its own. */
export async function measureThroughput(scale: Scale): Promise<Measure[]> {
  const seconds = scale === 'full' ? 10 : 1
  const stack = await startStack({ seed: false })
  const sessions = Array.from({ length: connections }, () =>
    postgres(stack.dbUrl, { max: 1, onnotice: () => {} }),
  )
  try {
    await raiseRateLimits(stack.dbUrl)
    const places = await Promise.all(sessions.map((sql) => makeGroup(sql, 2)))
    const [first] = places as [Place]
    // All of one's own connections may be at it at once, as a person with many devices.
    const asFirst = (sql: postgres.Sql) =>
      sql`select set_config('request.jwt.claims', ${JSON.stringify({ sub: first.sender, role: 'authenticated' })}, false)`
    const rate = async (work: (sql: postgres.Sql, place: Place) => PromiseLike<unknown>, shared: boolean) => {
      let done = 0
      const end = performance.now() + seconds * 1000
      await Promise.all(
        sessions.map(async (sql, n) => {
          const place = shared ? first : (places[n] as Place)
          while (performance.now() < end) {
            await work(sql, place)
            done++
          }
        }),
      )
      return done / seconds
    }
    const send = (sql: postgres.Sql, { conversation }: Place) => sendMessage(sql, conversation)
    const write = (sql: postgres.Sql, { conversation, sender }: Place) =>
      writeByHand(sql, conversation, sender)
    const compare = async (name: string, shared: boolean) => {
      // In turns, so that whatever else the machine does hits both alike.
      const rates = { ours: 0, theirs: 0 }
      for (let turn = 0; turn < 2; turn++) {
        rates.ours += (await rate(send, shared)) / 2
        rates.theirs += (await rate(write, shared)) / 2
      }
      return [
        measure(`${name}: sends of ${connections} connections`, rates.ours, '/s'),
        measure(`${name}: sends / the same rows by hand`, rates.ours / rates.theirs, '×', ['>=', 0.6]),
      ]
    }
    const many = await compare(`${connections} conversations`, false)
    await Promise.all(sessions.map(asFirst))
    return [...many, ...(await compare('one conversation', true))]
  } finally {
    await Promise.all(sessions.map((sql) => sql.end()))
    await stack.stop()
  }
}
