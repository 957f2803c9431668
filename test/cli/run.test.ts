import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { usage } from '../../src/cli/run.ts'
import { execute, makeFolder, tertulia } from '../support/cli.ts'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

test.each([
  [[], 'say which command'],
  [['frobnicate'], 'there is no command frobnicate'],
  [['init', '--force'], "Unknown option '--force'"],
  [['init', 'here'], "Unexpected argument 'here'"],
  [['upgrade', '--dir'], "Option '--dir <value>' argument missing"],
  [['init', '--dir', ''], '--dir is empty'],
  [['upgrade', '--url', 'x'], "Unknown option '--url'"],
])('%j is wrong usage', async (args, word) => {
  expect(await tertulia(args)).toEqual({ code: 2, out: '', err: `tertulia: ${word}\n\n${usage}` })
})

test.each([['--help'], ['-h'], ['help'], ['init', '--help']])('%s %s shows the usage', async (...args) => {
  expect(await tertulia(args)).toEqual({ code: 0, out: usage, err: '' })
})

test('the program itself says its version and keeps its exit codes', async () => {
  const main = resolve('src/cli/main.ts')
  expect(await execute(process.execPath, [main, '--version'])).toEqual({
    code: 0,
    out: `${version}\n`,
    err: '',
  })
  expect((await execute(process.execPath, [main, 'doctor', '--dir', makeFolder()])).code).toBe(1)
  expect((await execute(process.execPath, [main, 'nonsense'])).code).toBe(2)
  expect(readFileSync(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
})

test('a package that is not whole says so', async () => {
  const said = await tertulia(['init'], {
    cwd: makeFolder(),
    packageDir: makeFolder({ 'package.json': '{"version":"1.0.0"}' }),
  })
  expect(said).toMatchObject({ code: 1, err: expect.stringContaining('npm install tertulia') })
})
