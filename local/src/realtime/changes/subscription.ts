import { createHash } from 'node:crypto'
import type { Channel } from '../channel.ts'
import type { Database } from '../database.ts'
import { checkFilters } from './conditions.ts'
import { describe, readWanted, type Wanted } from './filters.ts'
import { publishedTables, readTable } from './table.ts'

/** The publication that the platform follows, and that projects add their tables to. */
export const changesPublication = 'supabase_realtime'

export interface Subscription {
  /** As the client knows it. */
  id: number
  channel: Channel
  wanted: Wanted
  /** The tables, by number. */
  tables: Set<number>
}

/** The same for the same parameters, as on the platform. */
export function subscriptionId(params: Record<string, unknown>): number {
  return createHash('sha256').update(JSON.stringify(params)).digest().readUInt32BE(0) % 2 ** 27
}

/** The subscriptions of a channel, all of them or none; throws what the client is told. */
export async function resolveSubscriptions(
  database: Database,
  channel: Channel,
  asked: Record<string, unknown>[],
): Promise<Subscription[]> {
  const { role } = channel.claims
  return await Promise.all(
    asked.map(async (params) => {
      const wanted = readWanted(params)
      const { schema, table, filters, select } = wanted
      const tables = await publishedTables(database.pool, changesPublication, schema, table)
      if (tables.length === 0) {
        throw new Error(
          `Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given connect parameters: ${describe(wanted)}`,
        )
      }
      for (const oid of filters.length > 0 || select ? tables : []) {
        const found = await readTable(database.pool, oid, [role])
        if (!found) continue
        await checkFilters(database.pool, found, role, filters, select).catch((error: Error) => {
          throw new Error(
            `Unable to subscribe to changes with given parameters. An exception happened so please check your connect parameters: ${describe(wanted)}. Exception: ${error.message}`,
          )
        })
      }
      return { id: subscriptionId(params), channel, wanted, tables: new Set(tables) }
    }),
  )
}
