import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const sources = fileURLToPath(new URL('../../src/', import.meta.url))

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  // Inside this repository the package is its own sources; in an app of yours, `npm i tertulia` does instead.
  resolve: {
    alias: [
      { find: /^tertulia$/, replacement: `${sources}index.ts` },
      { find: /^tertulia\/diagrams\/(\w+)$/, replacement: `${sources}diagrams/$1.ts` },
      { find: /^tertulia\/setlists$/, replacement: `${sources}songs/setlists/index.ts` },
      { find: /^tertulia\/(\w+)$/, replacement: `${sources}$1/index.ts` },
    ],
  },
})
