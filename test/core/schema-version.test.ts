import { readdirSync, readFileSync } from 'node:fs'
import { expect, inject, test } from 'vitest'
import { schemaVersion } from '../../src/core/schema-version.ts'
import { connect } from '../support/people.ts'

test('the newest migration that says the schema version says the one that the package needs', () => {
  const files = readdirSync('supabase/migrations').sort()
  const sql = files.map((file) => readFileSync(`supabase/migrations/${file}`, 'utf8')).join('\n')
  const said = [
    ...sql.matchAll(
      /create (?:or replace )?function public\.tertulia_schema_version\(\)[\s\S]*?\bselect (\d+)/g,
    ),
  ]
  expect(Number(said.at(-1)?.[1])).toBe(schemaVersion)
})

test('anybody with the publishable key can ask the database for it', async () => {
  const { data, error } = await connect(inject('stack').apiUrl).rpc('tertulia_schema_version')
  expect({ data, error }).toEqual({ data: schemaVersion, error: null })
})
