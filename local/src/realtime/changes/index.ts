import { type Changes, type Channel, pushText, system } from '../channel.ts'
import type { Database } from '../database.ts'
import type { RowChange } from '../pgoutput.ts'
import { type Replication, startReplication, type Transaction } from '../replication.ts'
import { createSlot } from '../slot.ts'
import { applyChange, type Told } from './apply.ts'
import { changesPublication, resolveSubscriptions, type Subscription } from './subscription.ts'

export interface ChangesOptions {
  adminUrl: string
  database: Database
  log(line: string): void
}

/** Decoding begins with the first subscriber: a stack that nobody asks pays nothing. */
export function createChanges({ adminUrl, database, log }: ChangesOptions): Changes {
  const subscriptions = new Map<Channel, Subscription[]>()
  const waiting: [RowChange, Transaction][] = []
  let working = false
  let closed = false
  let replication: Promise<Replication> | undefined

  const interested = ({ type, relation }: RowChange) =>
    [...subscriptions.values()]
      .flat()
      .filter(
        ({ wanted, tables }) => tables.has(relation.oid) && (wanted.event === '*' || wanted.event === type),
      )

  /** One change after the other: subscribers hear of them in the order of the commits. */
  const work = async () => {
    working = true
    for (let next = waiting.shift(); next && !closed; next = waiting.shift()) {
      const [change, transaction] = next
      try {
        const asked = interested(change)
        if (asked.length > 0) send(await applyChange(database, change, transaction, asked, log))
      } catch (error) {
        log(`realtime: a change is not delivered; ${(error as Error).message}`)
      }
    }
    working = false
  }

  const start = () => {
    replication ??= startReplication({
      adminUrl,
      slot: createSlot(database, 'tertulia_realtime_changes'),
      publication: changesPublication,
      onRow: (change, transaction) => {
        if (interested(change).length === 0) return
        waiting.push([change, transaction])
        if (!working) work()
      },
      onGap: () => {},
      log,
    }).catch((error) => {
      // The next subscriber tries again.
      replication = undefined
      throw error
    })
    return replication
  }

  return {
    subscribe: async (channel, asked) => {
      try {
        const resolved = await resolveSubscriptions(database, channel, asked)
        await (await start()).streaming()
        if (channel.ended) return
        subscriptions.set(channel, resolved)
        system(channel, 'ok', 'Subscribed to PostgreSQL', 'postgres_changes')
      } catch (error) {
        const { message } = error as Error
        log(`realtime: no changes for ${channel.topic}; ${message}`)
        if (!channel.ended) system(channel, 'error', message, 'postgres_changes')
      }
    },
    unsubscribe: (channel) => subscriptions.delete(channel),
    close: async () => {
      closed = true
      await (await replication?.catch(() => undefined))?.close()
    },
  }
}

/** A channel with several subscriptions that fit hears of a change once, with all their ids. */
function send(told: Told[]): void {
  const messages = new Map<Channel, Map<string, number[]>>()
  for (const { subscription, data } of told) {
    const { channel, id } = subscription
    const ofChannel = messages.get(channel) ?? new Map<string, number[]>()
    messages.set(channel, ofChannel)
    ofChannel.set(data, [...(ofChannel.get(data) ?? []), id])
  }
  for (const [channel, ofChannel] of messages) {
    if (channel.ended) continue
    for (const [data, ids] of ofChannel)
      pushText(channel, 'postgres_changes', `{"ids":${JSON.stringify(ids)},"data":${data}}`)
  }
}
