import postgres, { type Sql, type TransactionSql } from 'postgres'
import { expect, test } from 'vitest'

type Ask = (tx: TransactionSql) => Promise<unknown>

/** Runs in a transaction that leaves nothing. Answers a failure as its SQLSTATE, or as the code of an error of ours. */
async function ask(sql: Sql, prepare: Ask, run: Ask): Promise<unknown> {
  let answer: unknown
  const done = Symbol('done')
  await sql
    .begin(async (tx) => {
      await prepare(tx)
      answer = await run(tx)
      throw done
    })
    .catch((thrown) => {
      if (thrown === done) return
      if (!(thrown instanceof postgres.PostgresError)) throw thrown
      answer = thrown.code === 'TT000' ? JSON.parse(thrown.detail ?? '{}').code : thrown.code
    })
  return answer
}

/**
 * Tests of what the seed's schema gets wrong. Each asks one question of our schema and of a small rewrite of the seed's: ours must
 * give the right answer, and the seed's another one, or the test would show nothing. `prepare` makes the rewrite.
 */
export function errataOf(sql: Sql, prepare: Ask) {
  return (number: number, title: string, right: unknown, ours: Ask, seed: Ask, connection = sql) =>
    test(`${title} (erratum ${number})`, async () => {
      expect(await ask(connection, prepare, ours)).toEqual(right)
      expect(await ask(connection, prepare, seed)).not.toEqual(right)
    })
}
