import { defineConfig } from 'tsup'

// Types come from tsc: TypeScript 7 has no compiler API for tsup to call.
export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'profiles/index': 'src/profiles/index.ts',
    'chat/index': 'src/chat/index.ts',
    'songs/index': 'src/songs/index.ts',
    'chordpro/index': 'src/chordpro/index.ts',
    'testing/index': 'src/testing/index.ts',
    'cli/main': 'src/cli/main.ts',
  },
  format: 'esm',
  target: 'es2022',
  dts: false,
  splitting: true,
  // The types that tsc put there stay: npm packs after "prepare" has bundled once more.
  clean: ['!**/*.d.ts'],
  tsconfig: 'tsconfig.build.json',
})
