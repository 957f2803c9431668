import postgres, { type Sql } from 'postgres'
import { inject, onTestFinished } from 'vitest'

/**
 * Makes two roles that may select from every table of ours, as in an app that opened them: `app_user` has the policies of
 * `authenticated`, `app_visitor` those of `anon`. API roles themselves select from catalogues alone.
 */
export async function makeReaders(adminDbUrl: string): Promise<void> {
  const sql = postgres(adminDbUrl, { max: 1, onnotice: () => {} })
  try {
    for (const [reader, role] of [
      ['app_user', 'authenticated'],
      ['app_visitor', 'anon'],
    ]) {
      if ((await sql`select from pg_roles where rolname = ${reader ?? ''}`).length === 0)
        await sql.unsafe(
          `create role ${reader} nologin; grant ${role} to ${reader}; grant ${reader} to postgres`,
        )
      await sql.unsafe(`grant select on all tables in schema public to ${reader}`)
    }
  } finally {
    await sql.end()
  }
}

/** Becomes a user, or without an id a visitor, of an app that opened every table, for the rest of the transaction. */
export async function becomeReader(tx: Sql, user?: string): Promise<void> {
  const claims = JSON.stringify(user ? { sub: user, role: 'authenticated' } : { role: 'anon' })
  await tx`select set_config('role', ${user ? 'app_user' : 'app_visitor'}, true), set_config('request.jwt.claims', ${claims}, true)`
}

/** What the policies let a user, or without an id a visitor, read of an opened table. */
export async function readAs(user: string | undefined, query: string): Promise<Record<string, unknown>[]> {
  const sql = postgres(inject('stack').dbUrl, { max: 1, onnotice: () => {} })
  onTestFinished(() => sql.end())
  return sql.begin(async (tx) => {
    await becomeReader(tx as unknown as Sql, user)
    return tx.unsafe(query)
  })
}
