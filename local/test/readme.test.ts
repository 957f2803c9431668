import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { ABSENT } from '../src/auth/absent.ts'
import { readConfig } from '../src/project/config.ts'
import { fixture } from './support/folders.ts'

const readme = readFileSync(fileURLToPath(new URL('../README.md', import.meta.url)), 'utf8')
const rows = readme
  .slice(readme.indexOf('## What is there'))
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| |'))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
const row = (area: string) => rows.find(([name]) => name === area) ?? []

describe('the table of the README', () => {
  it('names for each area the tests that show it, and leaves out none', () => {
    const named = new Set(
      rows.flatMap((cells) => [...(cells[3] ?? '').matchAll(/`(test\/\w+)`/g)]).map(([, path]) => path),
    )
    expect(rows.filter((cells) => cells.length !== 4)).toEqual([])
    const folders = readdirSync(fileURLToPath(new URL('.', import.meta.url)), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !['support', 'fixtures'].includes(entry.name))
      .map(({ name }) => `test/${name}`)
    expect([...named].sort()).toEqual(folders.sort())
  })

  it('names what Auth answers with 501', () => {
    const [, , absent = ''] = row('Auth')
    for (const [, feature] of ABSENT) expect(absent).toContain(feature)
  })

  it('names the settings that are read', async () => {
    const { mail } = await readConfig(fixture)
    expect(mail.port).toBe(54324)
    for (const setting of ['inbucket.port', 'auth.enable_anonymous_sign_ins', 'storage.buckets'])
      expect(readme).toContain(setting)
  })
})
