import { defineConfig } from 'tsup'

// Types come from tsc: TypeScript 7 has no compiler API for tsup to call.
export default defineConfig({
  entry: { index: 'src/index.ts', cli: 'src/cli.ts', vitest: 'src/vitest.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: false,
  splitting: true,
  // The types that tsc put there stay: npm packs after "prepare" has bundled once more.
  clean: ['!**/*.d.ts'],
  tsconfig: 'tsconfig.build.json',
})
