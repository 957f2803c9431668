import { defineConfig } from 'tsup'
import { bundleLite, insideLite } from '../scripts/bundling/bundle-lite.ts'
import { thirdParty } from '../scripts/bundling/third-party.ts'

// Types come from tsc: TypeScript 7 has no compiler API for tsup to call. What package.json lists under devDependencies is bundled.
export default defineConfig({
  entry: { index: 'src/index.ts', cli: 'src/cli.ts', vitest: 'src/vitest.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node22',
  dts: false,
  splitting: true,
  esbuildPlugins: [bundleLite, thirdParty('dist/THIRD-PARTY.txt', insideLite)],
  // The types that tsc put there stay: npm packs after "prepare" has bundled once more.
  clean: ['!**/*.d.ts'],
  tsconfig: 'tsconfig.build.json',
})
