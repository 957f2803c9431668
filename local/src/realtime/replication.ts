import { sqlState } from './database.ts'
import type { Change, RowChange } from './pgoutput.ts'
import { deferred, openReplicationStream } from './replication-stream.ts'
import type { Slot } from './slot.ts'

export interface ReplicationOptions {
  adminUrl: string
  slot: Slot
  publication: string
  /** Called for each committed row, in commit order, once. */
  onRow(row: RowChange, transaction: Transaction): void
  /** Called when rows may have been lost: PostgreSQL no longer has what was not read yet. */
  onGap(): void
  log(line: string): void
}

/** What is known of the commit that a row came with. */
export type Transaction = Extract<Change, { tag: 'begin' }>

export interface Replication {
  /** Resolves while rows arrive; waits out a reconnect. */
  streaming(): Promise<void>
  close(): Promise<void>
}

const undefinedObject = '42704'
const shortestWaitMs = 50
const longestWaitMs = 5_000

/** How far rows are delivered. It outlives the connections: PostgreSQL repeats what was not acknowledged in time. */
interface Progress {
  /** The commit of the newest transaction of which rows were delivered, and how many of them. */
  commitLsn: bigint
  delivered: number
  /** The end of the newest transaction delivered whole: what is acknowledged. */
  confirmedLsn: bigint
}

/** Follows the publication until closed, over restarts of PostgreSQL and lost connections. */
export async function startReplication(options: ReplicationOptions): Promise<Replication> {
  const { slot, log } = options
  const progress: Progress = { commitLsn: 0n, delivered: 0, confirmedLsn: await slot.recreate() }
  const deliver = createDelivery(progress, options.onRow)
  const open = () =>
    openReplicationStream({
      adminUrl: options.adminUrl,
      slot: slot.name,
      publication: options.publication,
      from: progress.confirmedLsn,
      onChange: deliver,
      confirmed: () => progress.confirmedLsn,
      onIdle: (lsn) => {
        if (lsn > progress.confirmedLsn) progress.confirmedLsn = lsn
      },
    })
  const reopen = async (anew: boolean) => {
    if (!(await slot.prepare()) || anew) {
      // It may be another cluster by now, whose positions begin anew.
      Object.assign(progress, { commitLsn: 0n, delivered: 0, confirmedLsn: await slot.recreate() })
      log(
        `realtime: the replication slot ${slot.name} starts anew; what was committed meanwhile is not delivered`,
      )
      options.onGap()
    }
    return open()
  }

  let stream = await open().catch(async (error) => {
    await slot.drop().catch(() => {})
    throw error
  })
  let closed = false
  let cutWait = () => {}
  let streaming = Promise.resolve()

  const follow = async () => {
    while (!closed) {
      const failure = await stream.ended
      if (closed) return
      // The publication was dropped: what it would have said until it is back is lost.
      const unpublished = failure !== undefined && sqlState(failure) === undefinedObject
      log(`realtime: the replication connection ended; ${failure?.message ?? 'PostgreSQL closed it'}`)
      const back = deferred<void>()
      streaming = back.promise
      for (let wait = shortestWaitMs; ; wait = Math.min(wait * 2, longestWaitMs)) {
        await new Promise<void>((resolve) => {
          cutWait = resolve
          setTimeout(resolve, wait).unref()
        })
        if (closed) return
        try {
          stream = await reopen(unpublished)
          break
        } catch (error) {
          log(`realtime: unable to follow the database; ${error instanceof Error ? error.message : error}`)
        }
      }
      if (closed) stream.stop()
      log('realtime: the replication connection is back')
      back.resolve()
    }
  }
  const following = follow()
  return {
    streaming: () => streaming,
    close: async () => {
      closed = true
      cutWait()
      stream.stop()
      await following
      await slot
        .drop()
        .catch((error) => log(`realtime: unable to drop the replication slot; ${error.message}`))
    },
  }
}

/** Delivers each row once: after a reconnect the transactions come again from the last acknowledged one on. */
function createDelivery(
  progress: Progress,
  onRow: (row: RowChange, transaction: Transaction) => void,
): (change: Change) => void {
  let transaction: Transaction | undefined
  let repeated = 0
  let known = false
  return (change) => {
    if (change.tag === 'begin') {
      transaction = change
      known = change.commitLsn < progress.commitLsn
      repeated = change.commitLsn === progress.commitLsn ? progress.delivered : 0
      if (change.commitLsn > progress.commitLsn)
        Object.assign(progress, { commitLsn: change.commitLsn, delivered: 0 })
    } else if (change.tag === 'commit') {
      if (change.endLsn > progress.confirmedLsn) progress.confirmedLsn = change.endLsn
    } else if (known) {
      return
    } else if (repeated > 0) {
      repeated -= 1
    } else if (transaction) {
      progress.delivered += 1
      onRow(change, transaction)
    }
  }
}
