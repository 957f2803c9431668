import { createPostgresConnection } from '@supabase/lite/postgres'
import postgres from 'postgres'

type Introspection = Awaited<ReturnType<ReturnType<typeof createPostgresConnection>['introspect']>>

export interface Catalogue {
  read(): Promise<Introspection>
  forget(): void
  close(): Promise<void>
}

/** What the API knows of tables and functions: read once, and again after `notify pgrst`, which every DDL sends. */
export async function catalogueOf(url: string): Promise<Catalogue> {
  const connection = createPostgresConnection({
    url,
    postgresOptions: { max: 1, idle_timeout: 5, onnotice: () => undefined },
  })
  const listener = postgres(url, { max: 1, onnotice: () => undefined })
  let known: Promise<Introspection> | undefined
  const forget = () => {
    known = undefined
  }
  // Also on every (re)connection of the listener: what happened before it is unknown.
  await listener.listen('pgrst', forget, forget)
  return {
    read: () => {
      known ??= connection.introspect({ useCache: false })
      return known
    },
    forget,
    close: async () => {
      await Promise.all([connection.close(), listener.end({ timeout: 1 })])
    },
  }
}
