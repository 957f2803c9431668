import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findConfigNeeds } from '../../src/cli/config-needs.ts'

test('our own configuration and an empty one need nothing', () => {
  expect(findConfigNeeds(readFileSync('supabase/config.toml', 'utf8'))).toEqual([])
  expect(findConfigNeeds('')).toEqual([])
  expect(findConfigNeeds('[api]\nauto_expose_new_tables = true\n[auth]\nenabled = false')).toEqual([])
})

test('services that are off are named with the lines that turn them on', () => {
  const text =
    'project_id = "x"\r\n[api]\r\nenabled = false # for now\r\n\r\n[realtime] # off\r\n  enabled = false\r\n[storage]\r\nenabled = false\r\n'
  expect(findConfigNeeds(text)).toEqual([
    { problem: '[api] is off', lines: '[api]\nenabled = true' },
    { problem: '[realtime] is off', lines: '[realtime]\nenabled = true' },
    { problem: '[storage] is off', lines: '[storage]\nenabled = true' },
  ])
})

test('the API serves public and never private; the rest of its schemas stay', () => {
  const text =
    '[api]\nschemas = [\n  "graphql_public", # "public",\n  "private",\n]\n[api.tls]\nenabled = false\n'
  const lines = '[api]\nschemas = ["public", "graphql_public"]'
  expect(findConfigNeeds(text)).toEqual([
    { problem: 'the API does not serve schema public', lines },
    { problem: 'the API serves schema private, which is internal', lines },
  ])
})
