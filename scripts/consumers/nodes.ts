import type { Consumer } from './project.ts'

const entries = ['profiles', 'chat', 'songs', 'sharing', 'analytics', 'chordpro', 'react', 'diff', 'testing']

/** Loads every entry, makes a client and calls what needs no server. */
const body = `
const supabase = createClient('https://project.example.com', 'sb_publishable_x')
const tertulia = createTertulia(supabase)
if (!['analytics', 'chat', 'profiles', 'sharing', 'songs'].every((name) => name in tertulia)) throw new Error('a domain is missing')
tertulia.profiles.update({ handel: 'ana' }).then(
  () => { throw new Error('a field that does not exist was taken') },
  (error) => {
    if (!isTertuliaError(error) || error.field !== 'handel') throw error
    console.log('works')
    process.exit()
  },
)
`
const esm = `import { createClient } from '@supabase/supabase-js'
import { createTertulia, isTertuliaError } from 'tertulia'
${entries.map((entry) => `import * as ${entry} from 'tertulia/${entry}'`).join('\n')}
for (const entry of [${entries}]) if (Object.keys(entry).length === 0) throw new Error('an entry is empty')
${body}`
const cjs = `const { createClient } = require('@supabase/supabase-js')
const { createTertulia, isTertuliaError } = require('tertulia')
for (const entry of ${JSON.stringify(entries)}) {
  if (Object.keys(require('tertulia/' + entry)).length === 0) throw new Error(entry + ' is empty')
}
${body}`
const command = `import { spawnSync } from 'node:child_process'
const shell = (line) => spawnSync(line, { shell: true, encoding: 'utf8' })
const version = shell('npx tertulia --version')
if (!/^\\d+\\.\\d+/.test(version.stdout)) throw new Error(version.stdout + version.stderr)
const head = shell('npx tertulia --help | head -1')
if (head.stdout !== 'Usage:\\n' || head.stderr !== '') throw new Error(head.stdout + head.stderr)
const init = shell('npx tertulia init')
if (init.status !== 0) throw new Error(init.stdout + init.stderr)
console.log('works')
`

const packages = ['react']
const files = { 'esm.mjs': esm, 'cjs.cjs': cjs, 'command.mjs': command }

async function works(output: Promise<string>): Promise<undefined> {
  const said = await output
  if (!said.includes('works')) throw new Error(said)
}

function onNode(name: string, version: string | undefined, file: string, quick = false): Consumer {
  return {
    name,
    quick,
    packages: version ? [...packages, `node@${version}`] : packages,
    manifest: { allowScripts: { node: true } },
    files,
    async check({ run }) {
      const found = (await run('node', ['--version'])).trim()
      await works(run('node', [file]))
      return found
    },
  }
}

export const nodes: Consumer[] = [
  onNode('node 24, import', undefined, 'esm.mjs', true),
  onNode('node 24, require', undefined, 'cjs.cjs', true),
  onNode('node 22.0, import', '22.0.0', 'esm.mjs'),
  onNode('node 22.12, require', '22.12.0', 'cjs.cjs'),
  onNode('node 22, import', '22', 'esm.mjs'),
  onNode('node 22, require', '22', 'cjs.cjs'),
  onNode('command line', undefined, 'command.mjs', true),
]
