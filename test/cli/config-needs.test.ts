import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { findConfigNeeds } from '../../src/cli/doctor/config-needs.ts'
import { makeFolder, tertulia, writeFiles } from '../support/cli.ts'

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

test.each([
  ['an inline table', 'storage = { enabled = false }\n', '[storage] is off'],
  ['a dotted key', 'realtime.enabled = false\n', '[realtime] is off'],
  ['spaces in the header', '[ api ]\nenabled = false\n', '[api] is off'],
  ['a bracket in the list', '[api]\nschemas = ["a]b"]\n', 'the API does not serve schema public'],
])('a setting is found in %s', (_name, text, problem) => {
  expect(findConfigNeeds(text)).toMatchObject([{ problem }])
})

test('a setting in a string of several lines, or of another table, is none', () => {
  const text = '[auth.email]\ncontent = """\n[api]\nenabled = false\n"""\n[api.tls]\nenabled = false\n'
  expect(findConfigNeeds(text)).toEqual([])
})

test('a file that is no TOML is named by its line', () => {
  const [need, ...others] = findConfigNeeds('[api]\nenabled false\n')
  expect(need?.problem).toMatch(/^line 2, column \d+: /)
  expect(need).not.toHaveProperty('lines')
  expect(others).toEqual([])
})

test('init brings its files beside such a file, and doctor finds fault with it', async () => {
  const folder = makeFolder()
  writeFiles(folder, { 'supabase/config.toml': '[api]\nenabled false\n' })
  const added = await tertulia(['init'], { cwd: folder })
  expect(added).toMatchObject({ code: 0, err: '' })
  expect(added.out).toMatch(/supabase\/config\.toml cannot be read; line 2, column \d+: /)
  const looked = await tertulia(['doctor'], { cwd: folder })
  expect(looked.code).toBe(1)
  expect(looked.out).toMatch(
    /problem {2}supabase\/config\.toml: line 2, column \d+: .*\n\s+Correct that line\./,
  )
})
