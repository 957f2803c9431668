import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const sources = fileURLToPath(new URL('../../src/', import.meta.url))

/** Writes the service worker with the names of all files of the build. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const built = Object.keys(bundle).filter((name) => name !== 'index.html')
      const files = ['/', '/icon.svg', '/app.webmanifest', ...built.map((name) => `/${name}`)]
      const version = createHash('sha256').update(files.join()).digest('hex').slice(0, 16)
      const worker = readFileSync(new URL('worker.js', import.meta.url), 'utf8')
      const source = `const version = ${JSON.stringify(version)}\nconst files = ${JSON.stringify(files)}\n${worker}`
      this.emitFile({ type: 'asset', fileName: 'sw.js', source })
    },
  }
}

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react(), serviceWorker()],
  // Inside this repository the package is its own sources; in an app of yours, `npm i tertulia` does instead.
  resolve: {
    alias: [
      { find: /^tertulia$/, replacement: `${sources}index.ts` },
      { find: /^tertulia\/diagrams\/(\w+)$/, replacement: `${sources}diagrams/$1.ts` },
      { find: /^tertulia\/(setlists|comments|library|kept)$/, replacement: `${sources}songs/$1/index.ts` },
      { find: /^tertulia\/(circles|requests)$/, replacement: `${sources}sharing/$1/index.ts` },
      { find: /^tertulia\/(\w+)$/, replacement: `${sources}$1/index.ts` },
    ],
  },
})
