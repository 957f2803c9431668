import { defineConfig, type Options } from 'tsup'
import { thirdParty } from './scripts/bundling/third-party.ts'

// Types come from tsc: TypeScript 7 has no compiler API for tsup to call.
const shared: Options = {
  format: 'esm',
  target: 'es2022',
  dts: false,
  tsconfig: 'tsconfig.build.json',
}

export default defineConfig([
  {
    ...shared,
    entry: {
      index: 'src/index.ts',
      'profiles/index': 'src/profiles/index.ts',
      'chat/index': 'src/chat/index.ts',
      'chat/contacts/index': 'src/chat/contacts/index.ts',
      'songs/index': 'src/songs/index.ts',
      'songs/setlists/index': 'src/songs/setlists/index.ts',
      'songs/library/index': 'src/songs/library/index.ts',
      'sharing/index': 'src/sharing/index.ts',
      'sharing/circles/index': 'src/sharing/circles/index.ts',
      'sharing/requests/index': 'src/sharing/requests/index.ts',
      'analytics/index': 'src/analytics/index.ts',
      'analytics/figures/index': 'src/analytics/figures/index.ts',
      'chordpro/index': 'src/chordpro/index.ts',
      'diagrams/index': 'src/diagrams/index.ts',
      'diagrams/guitar': 'src/diagrams/guitar.ts',
      'diagrams/ukulele': 'src/diagrams/ukulele.ts',
      'diagrams/piano': 'src/diagrams/piano.ts',
      'diff/index': 'src/diff/index.ts',
      'images/index': 'src/images/index.ts',
      'import/index': 'src/import/index.ts',
      'moderation/index': 'src/moderation/index.ts',
      'offline/index': 'src/offline/index.ts',
      'people/index': 'src/people/index.ts',
      'query/index': 'src/query/index.ts',
      'react-native/index': 'src/react-native/index.ts',
      'schemas/index': 'src/schemas/index.ts',
      'svelte/index': 'src/svelte/index.ts',
      'vue/index': 'src/vue/index.ts',
      'testing/index': 'src/testing/index.ts',
      'testing/msw/index': 'src/testing/msw/index.ts',
      'songs/comments/index': 'src/songs/comments/index.ts',
      'songs/kept/index': 'src/songs/kept/index.ts',
      'cli/main': 'src/cli/main.ts',
    },
    splitting: true,
    esbuildPlugins: [thirdParty('dist/THIRD-PARTY.txt')],
    // The types that tsc put there stay: npm packs after "prepare" has bundled once more.
    clean: ['!**/*.d.ts', '!react/**'],
  },
  {
    ...shared,
    entry: { 'react/index': 'src/react/index.ts' },
    // Frameworks that render on a server must know that hooks run in the browser.
    banner: { js: "'use client'" },
  },
])
