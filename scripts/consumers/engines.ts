import type { Consumer } from './project.ts'

/** Makes a client and calls what needs no server; `report` is what the engine says the outcome with. */
const program = `import { createClient } from '@supabase/supabase-js'
import { createTertulia, isTertuliaError } from 'tertulia'
import { parseChordPro, renderText } from 'tertulia/chordpro'

export async function tryOut() {
  const tertulia = createTertulia(createClient('https://project.example.com', 'sb_publishable_x'))
  const refused = await tertulia.profiles.update({ handel: 'ana' }).catch((error) => error)
  if (!isTertuliaError(refused) || refused.field !== 'handel') throw refused
  const text = renderText(parseChordPro('{title: Luna}\\n[Am]Sube'))
  if (!text.includes('Sube')) throw new Error(text)
  const inbox = tertulia.chat.watchInbox()
  for (let n = 0; n < 200 && inbox.getSnapshot().status !== 'closed'; n++) await new Promise((done) => setTimeout(done, 10))
  const { status, error } = inbox.getSnapshot()
  if (status !== 'closed' || error?.code !== 'not_signed_in') throw new Error('inbox: ' + status)
  return 'works'
}
`

const deno: Consumer = {
  name: 'deno',
  packages: ['deno'],
  manifest: { allowScripts: { deno: true } },
  files: {
    'program.js': program,
    'main.js': `import { tryOut } from './program.js'\nconsole.log(await tryOut())\nDeno.exit()\n`,
  },
  async check({ run }) {
    const said = await run('deno', [
      'run',
      '--allow-env',
      '--allow-net',
      '--node-modules-dir=manual',
      'main.js',
    ])
    if (!said.includes('works')) throw new Error(said)
    return (await run('deno', ['--version'])).split('\n')[0]
  },
}

const workerd: Consumer = {
  name: 'workerd',
  packages: ['miniflare', 'esbuild'],
  manifest: { allowScripts: { esbuild: true, workerd: true } },
  files: {
    'program.js': program,
    'worker.js': `import { tryOut } from './program.js'
export default { fetch: async () => new Response(await tryOut().catch((error) => String(error?.stack ?? error))) }
`,
    'main.js': `import { Miniflare } from 'miniflare'
const worker = new Miniflare({ modules: true, scriptPath: 'out.js', compatibilityDate: '2026-01-01' })
console.log(await (await worker.dispatchFetch('http://localhost')).text())
await worker.dispose()
`,
  },
  async check({ run }) {
    const bundle = [
      'worker.js',
      '--bundle',
      '--format=esm',
      '--outfile=out.js',
      '--conditions=workerd,worker,browser',
    ]
    await run('esbuild', bundle)
    const said = await run('node', ['main.js'])
    if (!said.includes('works')) throw new Error(said)
    return undefined
  },
}

export const engines: Consumer[] = [deno, workerd]
