import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/**
 * Packs what is published into `.packed/`, from a build that is there: `npm run pack` builds first. The archives are what the gates
 * look at and what `npm publish .packed/tertulia.tgz` takes. Their package.json has nothing that is for working on the packages: npm
 * would show users our scripts, and run `prepare` of a package that somebody links.
 */
const packages = [
  { folder: '.', archive: 'tertulia.tgz' },
  { folder: 'local', archive: 'tertulia-local.tgz' },
]
const ours = ['scripts', 'devDependencies', 'workspaces', 'allowScripts']

type Entries = Record<string, string | { types?: string }>

/** The types of the entries for a TypeScript that does not read `exports`: `moduleResolution: node`, which old projects have. */
function typesOf(entries: Entries): { '*': Record<string, string[]> } {
  const types = Object.entries(entries).flatMap(([entry, target]) =>
    entry !== '.' && typeof target === 'object' && target.types ? [[entry.slice(2), [target.types]]] : [],
  )
  return { '*': Object.fromEntries(types) }
}

/** Without the declarations that no entry leads to: they are of what is internal, and may name packages that users do not have. */
async function dropUnreachableTypes(stage: string, entries: Entries): Promise<void> {
  const waiting = Object.values(entries).flatMap((entry) =>
    typeof entry === 'object' && entry.types ? [join(stage, entry.types)] : [],
  )
  const reached = new Set(waiting)
  for (let file = waiting.pop(); file; file = waiting.pop()) {
    const text = await readFile(file, 'utf8')
    for (const [, path = ''] of text.matchAll(/(?:from |import\()?['"](\.{1,2}\/[^'"]+)\.ts['"]/g)) {
      const target = join(dirname(file), `${path}.d.ts`)
      if (!reached.has(target)) waiting.push(target)
      reached.add(target)
    }
  }
  const files = await readdir(join(stage, 'dist'), { recursive: true })
  for (const file of files.map((name) => join(stage, 'dist', name))) {
    if (file.endsWith('.d.ts') && !reached.has(file)) await rm(file)
  }
}

async function pack(folder: string, archive: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  const stage = await mkdtemp(join(tmpdir(), 'tertulia-pack-'))
  try {
    for (const file of [...manifest.files, 'README.md', 'LICENSE']) {
      await cp(join(folder, file), join(stage, file), { recursive: true })
    }
    await dropUnreachableTypes(stage, manifest.exports)
    const typesVersions = typesOf(manifest.exports)
    const published = Object.fromEntries(Object.entries(manifest).filter(([field]) => !ours.includes(field)))
    await writeFile(
      join(stage, 'package.json'),
      `${JSON.stringify({ ...published, typesVersions }, null, 2)}\n`,
    )
    const out = execFileSync(
      'npm',
      ['pack', stage, '--ignore-scripts', '--silent', '--pack-destination', stage],
      {
        encoding: 'utf8',
        shell: process.platform === 'win32',
      },
    )
    await cp(join(stage, basename(out.trim())), join('.packed', archive))
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

await mkdir('.packed', { recursive: true })
for (const { folder, archive } of packages) await pack(folder, archive)
