import type {} from 'vitest'
import { startStack } from './stack.ts'

/** What tests need to know of the stack; `inject('stack')` returns it. */
export interface ProvidedStack {
  apiUrl: string
  /** As `postgres`, as migrations run. */
  dbUrl: string
  /** As the superuser. */
  adminDbUrl: string
  publishableKey: string
  secretKey: string
  jwtSecret: string
}

declare module 'vitest' {
  interface ProvidedContext {
    stack: ProvidedStack
  }
}

/** The part of vitest's project that the set-up uses. */
interface Project {
  config: { root: string }
  provide(name: 'stack', stack: ProvidedStack): void
}

/**
 * Vitest's global set-up: starts one stack on the migrations of the project, before all tests and for all of them, and stops it after.
 *
 * @example
 * ```ts
 * // vitest.config.ts
 * export default defineConfig({ test: { globalSetup: 'tertulia-local/vitest' } })
 *
 * // any.test.ts
 * const { apiUrl, publishableKey } = inject('stack')
 * ```
 */
export default async function setup(project: Project): Promise<() => Promise<void>> {
  const stack = await startStack({ workdir: project.config.root })
  const { apiUrl, dbUrl, adminDbUrl, publishableKey, secretKey, jwtSecret } = stack
  project.provide('stack', { apiUrl, dbUrl, adminDbUrl, publishableKey, secretKey, jwtSecret })
  return () => stack.stop()
}
