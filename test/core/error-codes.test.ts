import { readdirSync, readFileSync } from 'node:fs'
import { errorCodes } from 'tertulia'
import { expect, test } from 'vitest'
import { retryableCodes } from '../../src/core/error-codes.ts'

const sql = readdirSync('supabase/migrations').map((file) =>
  readFileSync(`supabase/migrations/${file}`, 'utf8'),
)
const raised = new Set(
  sql.flatMap((text) => [
    ...[...text.matchAll(/raise_error\(\s*'(\w+)'/g)].map(([, code]) => code),
    ...[...text.matchAll(/json_build_object\('code', '(\w+)'/g)].map(([, code]) => code),
    ...[...text.matchAll(/require_role\('(\w+)'/g)].map(([, kind]) => `${kind}_not_found`),
  ]),
)

test('every code that the database raises is in the catalogue', () => {
  expect([...raised].filter((code) => !Object.hasOwn(errorCodes, code ?? ''))).toEqual([])
  expect(raised.size).toBeGreaterThan(5)
})

test('every code in the catalogue has a use: the database raises it or the library names it', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter(
      (file) =>
        file.endsWith('.ts') && !file.endsWith('error-codes.ts') && !file.endsWith('database.types.ts'),
    )
    .map((file) => readFileSync(`src/${file}`, 'utf8'))
    .join('\n')
  expect(
    Object.keys(errorCodes).filter((code) => !raised.has(code) && !sources.includes(`'${code}'`)),
  ).toEqual([])
})

test('every code says what to do', () => {
  for (const hint of Object.values(errorCodes)) expect(hint).toMatch(/^[A-Z].*\.$/)
})

test('the error page of the docs lists every code', () => {
  const page = readFileSync('docs/errors.md', 'utf8')
  expect(Object.keys(errorCodes).filter((code) => !page.includes(`| \`${code}\` |`))).toEqual([])
})

test('the error page says which codes are retryable', () => {
  const page = readFileSync('docs/errors.md', 'utf8')
  const said = [...page.matchAll(/^\| `(\w+)` \| yes \|/gm)].map(([, code]) => code)
  expect(said.sort()).toEqual([...retryableCodes].sort())
})
