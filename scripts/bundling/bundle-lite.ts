import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Options } from 'tsup'
import { type Hidden, packageOf } from './third-party.ts'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** What `@supabase/lite` imports for parts that the stack never calls: a client of its own, and plans of changes of SQLite. */
const neverCalled: Record<string, string> = {
  '@supabase/supabase-js': 'createClient',
  '@supabase/lite/sqlite': 'createConnection',
}

/**
 * Bundles `@supabase/lite` without what only its command and its other databases need. As a dependency it would install its command too:
 * Sentry, PGlite and TypeScript, 94 MB.
 */
export const bundleLite: Plugin = {
  name: 'bundle-lite',
  setup(build) {
    build.onResolve({ filter: /^@supabase\/(supabase-js|lite\/sqlite)$/ }, ({ path }) => ({
      path,
      namespace: 'never-called',
    }))
    build.onLoad({ filter: /.*/, namespace: 'never-called' }, ({ path }) => ({
      contents: `export const ${neverCalled[path]} = () => {\n  throw new Error('unable to load ${path}; it is not bundled')\n}`,
    }))
    // It is a shell around libpg-query and a printer of SQL; lite takes only the parser. That one reads a file beside itself.
    build.onResolve({ filter: /^pgsql-parser$/ }, () => ({ path: 'libpg-query', external: true }))
    // One copy of the printer: its main file is the module of what lite imports beside it as CommonJS.
    build.onResolve({ filter: /^pgsql-deparser\/(utils|visitors)\// }, ({ path, importer, resolveDir }) =>
      build.resolve(path.replace('/', '/esm/'), { kind: 'import-statement', importer, resolveDir }),
    )
  },
}

const require = createRequire(import.meta.url)

/** The published build of lite contains these without saying so, but for the name of the first. */
export const insideLite: Hidden[] = [
  {
    inside: '@supabase/lite',
    name: 'hono',
    licence: 'MIT',
    text: readFileSync(join(packageOf(require.resolve('hono')) ?? '', 'LICENSE'), 'utf8'),
  },
  {
    inside: '@supabase/lite',
    name: 'aws4fetch',
    licence: 'MIT',
    text: readFileSync(new URL('aws4fetch-licence.txt', import.meta.url), 'utf8'),
  },
]
