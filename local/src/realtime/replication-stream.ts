import pg from 'pg'
import { type Change, createDecoder, formatLsn, standbyStatus } from './pgoutput.ts'

export interface ReplicationStream {
  /** Resolves when the connection is over, with why if it failed. */
  ended: Promise<Error | undefined>
  stop(): void
}

interface StreamOptions {
  adminUrl: string
  slot: string
  publication: string
  from: bigint
  onChange(change: Change): void
  /** PostgreSQL has nothing more up to here. */
  onIdle(lsn: bigint): void
  confirmed(): bigint
}

/** What `pg` leaves to those who speak the replication protocol with it. */
interface RawConnection {
  on(event: 'copyData', listener: (message: { chunk: Buffer }) => void): void
  once(event: 'replicationStart', listener: () => void): void
  sendCopyFromChunk(chunk: Buffer): void
}

const statusEveryMs = 1_000
const walData = 0x77
const keepalive = 0x6b

/** Opens a replication connection and resolves once changes flow. */
export async function openReplicationStream(options: StreamOptions): Promise<ReplicationStream> {
  const decode = createDecoder()
  const client = new pg.Client({
    connectionString: options.adminUrl,
    application_name: 'realtime replication',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    ...{ replication: 'database' },
  })
  const over = deferred<Error | undefined>()
  const started = deferred<void>()
  client.on('error', (error) => over.resolve(error))
  client.on('end', () => over.resolve(undefined))
  await client.connect()
  const { connection } = client as unknown as { connection: RawConnection }

  let reported = options.from
  let inTransaction = false
  const report = () => {
    reported = options.confirmed()
    connection.sendCopyFromChunk(standbyStatus(reported))
  }
  connection.once('replicationStart', () => started.resolve())
  connection.on('copyData', ({ chunk }) => {
    try {
      if (chunk[0] === walData) {
        const change = decode(chunk.subarray(25))
        if (!change) return
        inTransaction = change.tag !== 'commit'
        options.onChange(change)
      } else if (chunk[0] === keepalive) {
        // Everything up to here was sent, and what was sent is dealt with: rows are handled as they come.
        if (!inTransaction) options.onIdle(chunk.readBigUInt64BE(1))
        if (chunk[17] === 1) report()
      }
    } catch (error) {
      over.resolve(error instanceof Error ? error : new Error(String(error)))
      client.end().catch(() => {})
    }
  })

  // The grammar of replication commands knows its words in capitals only.
  const command = `START_REPLICATION SLOT "${options.slot}" LOGICAL ${formatLsn(options.from)}
    (proto_version '1', publication_names '${options.publication}')`
  client.query(command).then(
    () => over.resolve(undefined),
    (error) => {
      over.resolve(error)
      started.reject(error)
    },
  )
  const timer = setInterval(() => {
    if (options.confirmed() > reported) report()
  }, statusEveryMs)
  const ended = over.promise.finally(() => {
    clearInterval(timer)
    started.reject(new Error('the connection ended before replication started'))
    client.end().catch(() => {})
  })
  await started.promise
  return {
    ended,
    stop: () => {
      // What was delivered must not come again to the server that starts next.
      if (options.confirmed() > reported) report()
      client.end().catch(() => {})
    },
  }
}

export interface Deferred<Value> {
  promise: Promise<Value>
  resolve(value: Value): void
  reject(error: unknown): void
}

export function deferred<Value>(): Deferred<Value> {
  let settle: Pick<Deferred<Value>, 'resolve' | 'reject'> = { resolve: () => {}, reject: () => {} }
  const promise = new Promise<Value>((resolve, reject) => {
    settle = { resolve, reject }
  })
  return { promise, ...settle }
}
