import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { writeLlms } from '../../scripts/docs/llms.ts'

test('llms.txt names every page under docs/ as it is now', () => {
  expect(readFileSync('llms.txt', 'utf8'), 'run: node scripts/generate-llms.ts').toBe(writeLlms())
})
