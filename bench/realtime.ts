/**
 * How many deliveries a second the Realtime server makes to 1,000 sockets, how late, and whether any is lost.
 *
 *   node bench/realtime.ts [sockets] [deliveries a second] [seconds]
 *
 * PostgreSQL, the server and the sockets run on this machine; the sockets and the writers in a process of their own each,
 * so that the server is not measured together with its clients. Each socket listens on a private topic with 19 others.
 */
import { fork } from 'node:child_process'
import { chmod, mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startPostgres } from '../local/src/postgres/index.ts'
import { createDatabase } from '../local/src/realtime/database.ts'
import { createRealtime } from '../local/src/realtime/index.ts'

const listenersPerTopic = 20
const publishableKey = 'sb_publishable_bench'

interface Plan {
  role: 'listen' | 'write'
  url: string
  database: string
  sockets: number
  perSecond: number
  seconds: number
}

const plan = process.env.REALTIME_BENCH
if (plan === undefined) await main()
else await work(JSON.parse(plan))

async function main(): Promise<void> {
  const [sockets = 1000, perSecond = 2000, seconds = 15] = process.argv.slice(2).map(Number)
  const root = await mkdtemp(join(tmpdir(), 'tertulia-bench-'))
  await chmod(root, 0o755)
  const postgres = await startPostgres({ dataDir: join(root, 'data'), port: 0, removeAfter: root })
  const admin = createDatabase(postgres.adminUrl, () => {})
  await admin.pool.query('create policy "All read" on realtime.messages for select to anon using (true)')
  await admin.close()
  const realtime = await createRealtime({
    adminUrl: postgres.adminUrl,
    jwtSecret: 'the benchmark needs no users, only a secret',
    publishableKey,
    secretKey: 'sb_secret_bench',
    limits: { connections: sockets + 10, joinsPerSecond: sockets },
  })
  const http = createServer()
  http.on('upgrade', (request, socket, head) => realtime.handleUpgrade(request, socket, head))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}/realtime/v1/websocket?apikey=${publishableKey}&vsn=2.0.0`
  const about = { url, database: postgres.adminUrl, sockets, perSecond, seconds }

  const opening = Date.now()
  const listener = start({ ...about, role: 'listen' })
  await listener.next()
  console.log(`${sockets} sockets joined a private topic each in ${Date.now() - opening} ms`)
  const cpu = process.cpuUsage()
  const started = Date.now()
  const writer = start({ ...about, role: 'write' })
  const { sent } = JSON.parse(await writer.next())
  const took = (Date.now() - started) / 1000
  const used = process.cpuUsage(cpu)
  listener.child.send({ expected: sent * listenersPerTopic })
  const { received, repeated, p50, p95, p99, max } = JSON.parse(await listener.next())
  const percent = Math.round((used.user + used.system) / 1e4 / took)
  console.log(`${sent} rows sent to ${sockets / listenersPerTopic} topics in ${took.toFixed(1)} s`)
  console.log(`${Math.round(received / took)} deliveries a second, ${received} in all`)
  console.log(`lost ${sent * listenersPerTopic - received}, repeated ${repeated}`)
  console.log(`commit to callback: p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, max ${max} ms`)
  console.log(`server: ${percent} % of one core, ${Math.round(process.memoryUsage().rss / 1e6)} MB`)

  await realtime.close()
  http.close()
  http.closeAllConnections()
  await postgres.stop()
}

/** Runs this file again for one part of the work; `next` waits for its next word. */
function start(part: Plan) {
  const child = fork(fileURLToPath(import.meta.url), [], {
    env: { ...process.env, REALTIME_BENCH: JSON.stringify(part) },
  })
  const words: string[] = []
  let tell = () => {}
  child.on('message', (word) => {
    words.push(String(word))
    tell()
  })
  child.on('exit', (code) => {
    if (code) throw new Error(`the part that should ${part.role} ended with ${code}`)
  })
  const next = async (): Promise<string> => {
    while (words.length === 0) {
      await new Promise<void>((resolve) => {
        tell = resolve
      })
    }
    return words.shift() ?? ''
  }
  return { child, next }
}

async function work(part: Plan): Promise<void> {
  if (part.role === 'write') process.send?.(JSON.stringify(await write(part)))
  else await listen(part)
  process.disconnect?.()
}

/** Sends at an even pace, ten connections at once, each row in a transaction of its own with the time in its payload. */
async function write({ database, sockets, perSecond, seconds }: Plan): Promise<{ sent: number }> {
  const { pool, close } = createDatabase(database, () => {})
  const topics = sockets / listenersPerTopic
  const rows = perSecond / listenersPerTopic
  const total = Math.round(rows * seconds)
  const began = Date.now()
  const pending = new Set<Promise<unknown>>()
  for (let n = 0; n < total; n += 1) {
    const wait = began + (n / rows) * 1000 - Date.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    const insert = pool.query(
      `select realtime.send(jsonb_build_object('n', $1::int, 'at', extract(epoch from clock_timestamp()) * 1000,
        'text', repeat('x', 200)), 'bench', $2, true)`,
      [n, `bench:${n % topics}`],
    )
    pending.add(insert)
    insert.finally(() => pending.delete(insert))
  }
  await Promise.all(pending)
  await close()
  return { sent: total }
}

async function listen({ url, sockets }: Plan): Promise<void> {
  const latencies: number[] = []
  const seen = new Set<string>()
  let repeated = 0
  let expected = Number.POSITIVE_INFINITY
  process.on('message', (message: { expected: number }) => {
    expected = message.expected
  })
  const opened: WebSocket[] = []
  for (let index = 0; index < sockets; index += 1) {
    const ws = new WebSocket(url)
    opened.push(ws)
    await new Promise<void>((resolve, reject) => {
      const topic = `realtime:bench:${index % (sockets / listenersPerTopic)}`
      ws.onerror = () => reject(new Error('a socket failed'))
      ws.onopen = () => {
        const config = { private: true, presence: { enabled: false } }
        ws.send(JSON.stringify(['1', '1', topic, 'phx_join', { config }]))
      }
      ws.onmessage = ({ data }) => {
        const [, , , event, payload] = JSON.parse(String(data))
        if (event === 'phx_reply') {
          if (payload.status === 'ok') resolve()
          else reject(new Error(JSON.stringify(payload)))
        } else if (event === 'broadcast') {
          const { n, at } = payload.payload
          const key = `${index}/${n}`
          if (seen.has(key)) repeated += 1
          seen.add(key)
          latencies.push(Date.now() - at)
        }
      }
    })
  }
  process.send?.('joined')
  // Ten seconds without what is still expected, and it is lost.
  let quiet = 0
  for (let before = -1; seen.size < expected && quiet < 100; before = seen.size) {
    quiet = expected < Number.POSITIVE_INFINITY && seen.size === before ? quiet + 1 : 0
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  latencies.sort((a, b) => a - b)
  const at = (share: number) =>
    Math.round(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0)
  process.send?.(
    JSON.stringify({ received: seen.size, repeated, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) }),
  )
  for (const ws of opened) ws.close()
}
