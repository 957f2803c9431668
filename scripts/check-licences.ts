import { readFileSync } from 'node:fs'

// The licences of everything that installing `tertulia` or `tertulia-local` brings, from the lock file. Each must allow use in an
// MIT package. `--list` prints the table.

const allowed = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'PostgreSQL',
  'Python-2.0',
  'Unlicense',
]

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

/** Whether a licence expression allows it: of alternatives one suffices, of several all must. */
const allows = (expression: string): boolean =>
  expression
    .replace(/[()]/g, '')
    .split(' OR ')
    .some((choice) => choice.split(' AND ').every((licence) => allowed.includes(licence.trim())))

const refused = production.filter(({ license }) => !license || !allows(license))
for (const { name, version, license } of process.argv.includes('--list') ? production : refused) {
  console.log(`${name} ${version}: ${license ?? 'no licence is named'}`)
}
if (refused.length === 0) console.log(`${production.length} packages, all under licences that allow it`)
process.exitCode = refused.length === 0 ? 0 : 1
