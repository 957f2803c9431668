import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { allows } from './bundling/licences.ts'
import { heading } from './bundling/third-party.ts'

// The licences of everything that installing `tertulia` or `tertulia-local` brings: dependencies from the lock file, and code that the
// packed archives contain. Each must allow use in an MIT package, and what is contained must be named in `dist/THIRD-PARTY.txt` with its
// version. `--list` prints the table.

interface Locked {
  version?: string
  license?: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, Locked>
}

/** Where Node finds a package from a folder: in its own node_modules, or in those above. */
function resolve(name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.replace(/\/?(?:node_modules\/)?(?:@[^/]+\/)?[^/]+$/, '')) {
    const path = `${folder ? `${folder}/` : ''}node_modules/${name}`
    if (packages[path]) return path
    if (folder === '') return undefined
  }
}

const found = new Map<string, Locked>()
function collect(path: string): void {
  const entry = packages[path] ?? {}
  const optional = entry.peerDependenciesMeta ?? {}
  const peers = Object.keys(entry.peerDependencies ?? {}).filter((name) => !optional[name]?.optional)
  for (const name of [...Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }), ...peers]) {
    const target = resolve(name, path)
    if (!target || found.has(target)) continue
    found.set(target, packages[target] ?? {})
    collect(target)
  }
}
for (const root of ['', 'local']) collect(root)
const production = [...found]
  .map(([path, entry]) => ({ ...entry, name: path.replace(/^.*node_modules\//, '') }))
  .sort((one, other) => one.name.localeCompare(other.name))

const refused = production.filter(({ license }) => !license || !allows(license))
for (const { name, version, license } of process.argv.includes('--list') ? production : refused) {
  console.log(`${name} ${version}: ${license ?? 'no licence is named'}`)
}

interface Archive {
  /** The packages that esbuild names before their code. */
  contains: string[]
  /** The packages that the archive's list of licences names. */
  names: string[]
}

/** What a packed archive contains of other packages, and what it says of it. */
function readArchive(archive: string): Archive {
  const folder = mkdtempSync(join(tmpdir(), 'tertulia-licences-'))
  try {
    execFileSync('tar', ['-xzf', archive, '-C', folder])
    const dist = join(folder, 'package', 'dist')
    const scripts = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.js'),
    )
    const code = scripts.map((file) => readFileSync(join(dist, file), 'utf8')).join('\n')
    const contains = [...code.matchAll(/^\/\/ .*node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\/\S*$/gm)].map(
      ([, name = '']) => name,
    )
    const list = join(dist, 'THIRD-PARTY.txt')
    const text = existsSync(list) ? readFileSync(list, 'utf8') : ''
    const names = [...text.matchAll(/^={80}\n(.+)\n={80}$/gm)].map(([, name = '']) => name)
    return { contains: [...new Set(contains)], names }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const problems: string[] = []
const versions = Object.entries(packages).map(([path, { version, license }]) => ({
  name: path.replace(/^.*node_modules\//, ''),
  version: version ?? '',
  licence: license ?? '',
}))
let bundled = 0
for (const archive of ['.packed/tertulia.tgz', '.packed/tertulia-local.tgz']) {
  const { contains, names } = readArchive(archive)
  bundled += contains.length
  for (const name of contains) {
    const known = versions.filter((one) => one.name === name && allows(one.licence)).map(heading)
    if (!names.some((named) => known.includes(named)))
      problems.push(`${archive} contains ${name} and does not name its licence`)
  }
}
for (const problem of problems) console.log(problem)

const passed = refused.length === 0 && problems.length === 0
if (passed)
  console.log(`${production.length} packages and ${bundled} bundled ones, all under licences that allow it`)
process.exitCode = passed ? 0 : 1
