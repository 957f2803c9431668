import { expect, test } from 'vitest'
import { checkSchemas } from '../../scripts/schema-rules.ts'
import { assembleMigrations } from '../../scripts/schemas.ts'

const table = 'create table public.zz (id int primary key);\n'
const longFunction = (lines: number) =>
  `-- Why.\ncreate function private.zz()\nreturns int\nlanguage sql\nas $$\n${'select 1;\n'.repeat(lines - 5)}$$;\n`
const rules = async (...files: [path: string, text: string][]) =>
  (await checkSchemas(files.map(([path, text]) => ({ path, text })))).map(
    ({ file, rule, what }) => `${file} ${rule} ${what}`,
  )

test('a file needs no later file, in code or in the body of a function', async () => {
  const reader =
    "create function private.read_zz() returns setof public.zz language sql as 'select * from public.zz';"
  expect(await rules(['10_a/10_x.sql', table], ['10_a/20_y.sql', reader])).toEqual([])
  expect(await rules(['10_a/10_x.sql', reader], ['10_a/20_y.sql', table])).toEqual([
    '10_a/10_x.sql order it needs public.zz of 10_a/20_y.sql',
  ])
  expect(await rules(['10_a/10_x.sql', '-- As public.zz.\nselect 1;'], ['10_a/20_y.sql', table])).toEqual([])
})

test('a function has at most 80 lines, its comment aside', async () => {
  expect(await rules(['10_a/10_x.sql', longFunction(80)])).toEqual([])
  expect(await rules(['10_a/10_x.sql', longFunction(81)])).toEqual([
    '10_a/10_x.sql function-length private.zz has 81 lines',
  ])
})

test('a file has at most 300 lines', async () => {
  expect(await rules(['10_a/10_x.sql', `${'-- x\n'.repeat(299)}select 1;\n`])).toEqual([])
  expect(await rules(['10_a/10_x.sql', `${'-- x\n'.repeat(300)}select 1;\n`])).toEqual([
    '10_a/10_x.sql file-length 301 lines',
  ])
})

test('a literal with a backslash says that it escapes, whatever a connection says', async () => {
  const body = (literal: string) =>
    `create function private.zz() returns text language sql as $$ select ${literal} $$;\n`
  expect(
    await rules(['10_a/10_x.sql', body("E'\\\\s' || 'plain' || 'it''s' -- a \\ in a comment\n")]),
  ).toEqual([])
  expect(await rules(['10_a/10_x.sql', body("E'\\\\s'\n    '\\\\w'")])).toEqual([])
  expect(await rules(['10_a/10_x.sql', body("regexp_replace(x, '\\s+', E'\\\\1')")])).toEqual([
    "10_a/10_x.sql escape write '\\s+' as E'…'",
  ])
})

test('a migration is a domain: what it is about, then its files in one transaction', () => {
  const migrations = assembleMigrations([
    { path: '00_base/00_about.sql', text: '-- Base.\n' },
    { path: '00_base/10_x.sql', text: 'select 1;\n' },
    { path: '10_people/00_about.sql', text: '-- People.\n' },
    { path: '10_people/10_x.sql', text: 'select 2;\n' },
    { path: '10_people/20_y.sql', text: 'select 3;\n' },
  ])
  expect([...migrations]).toEqual([
    [
      '20261121000000_base.sql',
      "-- Base.\n\nbegin;\nset local lock_timeout = '10s';\n\nselect 1;\n\ncommit;\n",
    ],
    [
      '20261121000100_people.sql',
      "-- People.\n\nbegin;\nset local lock_timeout = '10s';\n\nselect 2;\n\nselect 3;\n\ncommit;\n",
    ],
  ])
})
