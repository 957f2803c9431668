import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { schemaFolder } from '../../scripts/schemas.ts'
import { mutants } from '../mutants/index.ts'
import { mutantSql, originalSql, splitStatements } from '../mutants/mutant.ts'

test.each(Object.entries(mutants))('the schema has the text of the mutant "%s" once', (name, mutant) => {
  const source = readFileSync(`${schemaFolder}/${mutant.file}`, 'utf8')
  expect(mutantSql(name, mutant, source)).not.toBe(originalSql(name, mutant, source))
  for (const file of mutant.tests) expect(existsSync(file), file).toBe(true)
})

test('statements end at semicolons outside of texts, names, comments and bodies', () => {
  const text = `-- a; b\nselect ';' as "x;y";\ncreate function f() as $$ begin; end $$;\nselect $q$ ; $q$;\n`
  expect(splitStatements(text).map(({ start, end }) => text.slice(start, end).trim())).toEqual([
    `-- a; b\nselect ';' as "x;y";`,
    'create function f() as $$ begin; end $$;',
    'select $q$ ; $q$;',
  ])
})

test('a mutant of a policy, a function or a view is the statement once more, with the change in it', () => {
  const source = `create policy "One"\non public.t\nfor select\nusing (a);\n\n-- Why.\ncreate view v as select a;\n`
  const policy = { file: 'x', find: '(a)', replace: '(true)', tests: [] }
  expect(mutantSql('p', policy, source)).toBe(
    'drop policy "One" on public.t;\ncreate policy "One"\non public.t\nfor select\nusing (true);',
  )
  const view = { file: 'x', find: 'select a', replace: 'select b', tests: [] }
  expect(mutantSql('v', view, source)).toBe('create or replace view v as select b;')
  expect(originalSql('v', view, source)).toBe('create or replace view v as select a;')
  const two = { ...view, also: [['v as', 'w as']] as [string, string][] }
  expect(mutantSql('w', two, source)).toBe('create or replace view w as select b;')
  expect(originalSql('w', two, source)).toBe('create or replace view v as select a;')
  expect(() => mutantSql('elsewhere', { ...view, also: [['One', 'Two']] }, source)).toThrow(
    'correct the mutant "elsewhere"',
  )
  expect(() => mutantSql('none', { ...view, find: 'zzz', replace: '' }, source)).toThrow(
    'correct the mutant "none"',
  )
  expect(() => mutantSql('two', { ...view, find: 'select', replace: '' }, source)).toThrow('2 times')
})
