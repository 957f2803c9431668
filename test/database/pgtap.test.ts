import { readdirSync } from 'node:fs'
import { expect, inject, test } from 'vitest'
import { runPgTap } from '../support/pgtap.ts'

const folder = 'supabase/tests/database'

test.each(readdirSync(folder).filter((name) => name.endsWith('.test.sql')))('%s', async (file) => {
  const lines = await runPgTap(inject('stack').dbUrl, `${folder}/${file}`)
  const planned = Number(/^1\.\.(\d+)$/.exec(lines.find((line) => line.startsWith('1..')) ?? '')?.[1])
  expect(lines.filter((line) => line.startsWith('not ok') || line.startsWith('#'))).toEqual([])
  expect(lines.filter((line) => line.startsWith('ok '))).toHaveLength(planned)
})
