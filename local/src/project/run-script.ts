import { splitSqlStatements } from '@supabase/lite'
import postgres from 'postgres'

/** What PostgreSQL refuses to do in a transaction, and a new enum value's use, need statement by statement instead. */
const WANTS_NO_TRANSACTION = new Set(['25001', '55P04'])

/** Runs a file and its mark as one: a file without `begin` is applied as a whole or not at all. */
export async function runScript(sql: postgres.Sql, content: string, mark: string): Promise<void> {
  try {
    await sql.unsafe(`${content}\n;${mark}`).simple()
  } catch (error) {
    await sql.unsafe('rollback').simple()
    if (!(error instanceof postgres.PostgresError)) throw error
    if (error.code === '42501' && /event trigger/.test(error.message)) {
      const lent = splitSqlStatements(content).map(lendRights).join(';\n')
      await sql.unsafe(`${lent}\n;${mark}`).simple()
    } else if (WANTS_NO_TRANSACTION.has(error.code)) {
      for (const statement of [...splitSqlStatements(content), mark]) await sql.unsafe(statement).simple()
    } else throw error
  }
}

/** The platform lets `postgres` make event triggers, which PostgreSQL keeps for superusers. */
function lendRights(statement: string): string {
  const bare = statement.replace(/^(\s+|--[^\n]*\n|\/\*.*?\*\/)+/s, '').replace(/;\s*$/, '')
  return /^(create|alter|drop)\s+event\s+trigger\s/i.test(bare)
    ? `select extensions.run_event_trigger_ddl(${literal(bare)})`
    : statement
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
