import { readFileSync } from 'node:fs'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { filesOf, mutants, mutate } from './mutants.ts'
import { type Person, signUpPeople } from './people.ts'
import { runChaos } from './run.ts'

const sql = postgres(inject('stack').adminDbUrl, { max: 2, onnotice: () => {} })
let people: Person[] = []

beforeAll(async () => {
  people = await signUpPeople(inject('stack'), ['ana', 'ben', 'eve'])
})
afterAll(() => sql.end())

// `npm run test:chaos` has a thousand.
test.each(Array.from({ length: 10 }, (_, i) => i + 1))(
  'after the faults of seed %i every device equals the database',
  async (seed) => {
    const { mismatches, convergedAfterMs } = await runChaos(inject('stack'), sql, people, seed)
    expect(mismatches).toEqual([])
    expect(convergedAfterMs).toBeLessThanOrEqual(30_000)
  },
)

describe('what npm run test:chaos breaks on purpose', () => {
  test.each(Object.keys(mutants))('%s can still be broken', (name) => {
    for (const file of filesOf(name)) {
      const source = readFileSync(file, 'utf8')
      expect(mutate(source, name, file)).not.toBe(source)
    }
  })
})
