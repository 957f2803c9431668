import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { metroFiles, metroPackages, runMetro } from './metro.ts'
import type { Consumer } from './project.ts'

const client = `import { createClient } from '@supabase/supabase-js'
import { createTertulia } from 'tertulia'
export const tertulia = createTertulia(createClient('https://project.example.com', 'sb_publishable_x'))
`
const room = `import { TertuliaProvider, useConversation, useInbox } from 'tertulia/react'
import { tertulia } from './client'
function Room({ id }) {
  const { snapshot, error } = useConversation(id)
  const inbox = useInbox()
  if (error && !error.retryable) return <p>{error.message}</p>
  return <p>{snapshot ? snapshot.messages.length : 'Opening'} {inbox.snapshot?.unread}</p>
}
export const App = () => <TertuliaProvider tertulia={tertulia}><Room id="x" /></TertuliaProvider>
`

/** Everything that a build wrote, as one text. */
async function readBuild(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const scripts = files.filter((file) => file.isFile() && /\.[cm]?js$/.test(file.name))
  return (await Promise.all(scripts.map((file) => readFile(join(file.parentPath, file.name), 'utf8')))).join(
    '\n',
  )
}

/** The build has the SDK in it, and nothing of Node's. */
async function expectBuilt(folder: string, must = 'useConversation'): Promise<string> {
  const text = await readBuild(folder)
  if (!/unable to/.test(text)) throw new Error(`${must} is not in what was built`)
  if (/["']node:(?!.*externali)/.test(text) && !/react-server/.test(text)) {
    throw new Error('what was built asks for a module of Node')
  }
  return `${Math.round(text.length / 1024)} KiB of JavaScript`
}

const html = '<div id="root"></div><script type="module" src="/main.jsx"></script>'
const reactMain = `import { createRoot } from 'react-dom/client'
import { App } from './room.jsx'
createRoot(document.getElementById('root')).render(<App />)
`

const viteWithReact = (version: string, quick = false): Consumer => ({
  name: `vite, react ${version}`,
  quick,
  packages: ['vite', '@vitejs/plugin-react', `react@${version}`, `react-dom@${version}`],
  files: {
    'index.html': html,
    'vite.config.js': `import react from '@vitejs/plugin-react'\nexport default { plugins: [react()] }\n`,
    'client.js': client,
    'room.jsx': room,
    'main.jsx': reactMain,
  },
  async check({ folder, run }) {
    await run('vite', ['build', '--logLevel', 'warn'])
    return expectBuilt(join(folder, 'dist'))
  },
})

const viteWithVue: Consumer = {
  name: 'vite, vue',
  packages: ['vite', '@vitejs/plugin-vue', 'vue'],
  files: {
    'index.html': html.replace('main.jsx', 'main.js'),
    'vite.config.js': `import vue from '@vitejs/plugin-vue'\nexport default { plugins: [vue()] }\n`,
    'client.js': client,
    'App.vue': `<script setup>
import { useInbox } from 'tertulia/vue'
const { snapshot } = useInbox()
</script>
<template><p>{{ snapshot?.unread }}</p></template>
`,
    'Provider.vue': `<script setup>
import { provideTertulia } from 'tertulia/vue'
import App from './App.vue'
import { tertulia } from './client'
provideTertulia(tertulia)
</script>
<template><App /></template>
`,
    'main.js': `import { createApp } from 'vue'\nimport Provider from './Provider.vue'\ncreateApp(Provider).mount('#root')\n`,
  },
  async check({ folder, run }) {
    await run('vite', ['build', '--logLevel', 'warn'])
    return expectBuilt(join(folder, 'dist'))
  },
}

const viteWithSvelte: Consumer = {
  name: 'vite, svelte',
  packages: ['vite', '@sveltejs/vite-plugin-svelte', 'svelte'],
  files: {
    'index.html': html.replace('main.jsx', 'main.js'),
    'vite.config.js': `import { svelte } from '@sveltejs/vite-plugin-svelte'\nexport default { plugins: [svelte()] }\n`,
    'client.js': client,
    'App.svelte': `<script>
import { onDestroy } from 'svelte'
import { toStore } from 'tertulia/svelte'
import { tertulia } from './client'
const inbox = tertulia.chat.watchInbox()
const store = toStore(inbox)
onDestroy(() => inbox.close())
</script>
<p>{$store.unread}</p>
`,
    'main.js': `import { mount } from 'svelte'\nimport App from './App.svelte'\nmount(App, { target: document.getElementById('root') })\n`,
  },
  async check({ folder, run }) {
    await run('vite', ['build', '--logLevel', 'warn'])
    return expectBuilt(join(folder, 'dist'))
  },
}

const next = (bundler: 'turbopack' | 'webpack'): Consumer => ({
  name: `next, ${bundler}`,
  packages: ['next', 'react', 'react-dom', 'typescript@5.9', '@types/react', '@types/node'],
  manifest: { type: undefined },
  files: {
    'next.config.mjs': 'export default { devIndicators: false }\n',
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        strict: true,
        module: 'esnext',
        moduleResolution: 'bundler',
        jsx: 'preserve',
        lib: ['es2022', 'dom', 'dom.iterable', 'dom.asynciterable'],
        target: 'es2022',
        noEmit: true,
        plugins: [{ name: 'next' }],
      },
      include: ['**/*.ts', '**/*.tsx'],
    }),
    'app/layout.tsx': `import type { ReactNode } from 'react'
export default function Layout({ children }: { children: ReactNode }) {
  return <html lang="en"><body>{children}</body></html>
}
`,
    'app/client.ts': client,
    // No 'use client' here: the entry itself says that its hooks run in the browser.
    'app/page.tsx': `import { Shown } from './shown'
export default function Page() { return <Shown /> }
`,
    'app/shown.tsx': `'use client'
import { TertuliaProvider, useInbox } from 'tertulia/react'
import { tertulia } from './client'
function Unread() { return <b>{useInbox().snapshot?.unread ?? 'none yet'}</b> }
export function Shown() { return <TertuliaProvider tertulia={tertulia}><Unread /></TertuliaProvider> }
`,
    // On the server, and at the edge.
    'app/server/page.tsx': `import { parseChordPro } from 'tertulia/chordpro'
import { tertulia } from '../client'
export default function Page() {
  return <p>{parseChordPro('{title: Luna}').warnings.length} {Object.keys(tertulia).length}</p>
}
`,
    'app/edge/route.ts': `import { isTertuliaError } from 'tertulia'
import { tertulia } from '../client'
export const runtime = 'edge'
export async function GET() {
  const answer = await tertulia.profiles.update({ handel: 'x' } as object).catch((error: unknown) => error)
  return Response.json({ code: isTertuliaError(answer) && answer.code })
}
`,
  },
  async check({ folder, run }) {
    const said = await run('next', ['build', `--${bundler}`], { NEXT_TELEMETRY_DISABLED: '1', CI: '1' })
    if (!said.includes('/edge')) throw new Error(said)
    return expectBuilt(join(folder, '.next', 'static'))
  },
})

/** With hooks alone. */
const metro: Consumer = {
  name: 'metro, hermesc',
  packages: metroPackages,
  manifest: { type: undefined },
  files: {
    ...metroFiles,
    'client.js': client,
    'room.js': room.replaceAll('<p>', '<>').replaceAll('</p>', '</>'),
    'index.js': `import { App } from './room'\nglobalThis.app = App\n`,
  },
  check: (project) => runMetro(project, 'index.js', 'useConversation'),
}

export const bundlers: Consumer[] = [
  viteWithReact('18'),
  viteWithReact('19', true),
  viteWithVue,
  viteWithSvelte,
  next('turbopack'),
  next('webpack'),
  metro,
]
