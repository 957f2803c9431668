import { existsSync } from 'node:fs'
import postgres from 'postgres'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { readObjects, readSeedItems, readSeedRows } from './map.ts'

const sql = postgres(inject('stack').adminDbUrl, { max: 1 })
afterAll(() => sql.end())
const objects = await readObjects(sql)
const rows = readSeedRows()
const areas = ['songs', 'chat', 'profiles', 'sharing', 'analytics']

test('everything that the seeds name has one row, and nothing else has', () => {
  expect(rows.flatMap(({ seeds }) => seeds).sort()).toEqual(readSeedItems().sort())
})

describe.each([...new Set(rows.map(({ section }) => section))])('%s', (section) => {
  const own = rows.filter((row) => row.section === section)
  test.each(own.map((row) => [row.seeds.join(', '), row] as const))('%s', (_, { ours, why }) => {
    expect(ours).not.toEqual([])
    for (const notation of ours) {
      const [kind, ...words] = notation.split(' ')
      const name = words.join(' ')
      if (kind === 'file') expect(existsSync(name), notation).toBe(true)
      else if (kind === 'later:') expect(areas).toContain(name)
      else if (kind === 'dropped') expect(why, 'what is dropped needs a reason').not.toBe('—')
      else if (kind === 'platform') expect(objects, notation).toContain(`table ${name}`)
      else expect(objects, notation).toContain(notation)
    }
  })
})
