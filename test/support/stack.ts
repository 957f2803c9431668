import { execFileSync } from 'node:child_process'
import type { TestProject } from 'vitest/node'
import { startStack } from '../../local/src/index.ts'
import { installPgTap } from './pgtap.ts'
import { raiseRateLimits } from './rate-limits.ts'
import { makeReaders } from './readers.ts'

/** Where the tests find the backend. */
export interface StackAddresses {
  apiUrl: string
  dbUrl: string
  /** As the superuser. */
  adminDbUrl: string
  publishableKey: string
  secretKey: string
  jwtSecret: string
}

declare module 'vitest' {
  interface ProvidedContext {
    stack: StackAddresses
  }
}

/** The addresses of a stack that `supabase start` brought up. */
function readSupabaseStatus(): StackAddresses {
  const lines = execFileSync('supabase', ['status', '-o', 'env'], { encoding: 'utf8' }).split('\n')
  const value = (name: string) => {
    const found = lines.find((line) => line.startsWith(`${name}=`))?.slice(name.length + 1)
    if (!found) throw new Error(`supabase status names no ${name}; run "supabase start" first`)
    return found.replace(/^"|"$/g, '')
  }
  return {
    apiUrl: value('API_URL'),
    dbUrl: value('DB_URL'),
    adminDbUrl: value('DB_URL').replace('//postgres:', '//supabase_admin:'),
    publishableKey: value('PUBLISHABLE_KEY'),
    secretKey: value('SECRET_KEY'),
    jwtSecret: value('JWT_SECRET'),
  }
}

/** One real backend for the whole run: our own, or with TERTULIA_STACK=supabase the one that is running. */
export default async function setup(project: TestProject) {
  if (process.env.TERTULIA_STACK === 'supabase') {
    const addresses = readSupabaseStatus()
    await installPgTap(addresses.adminDbUrl)
    await raiseRateLimits(addresses.dbUrl)
    await makeReaders(addresses.adminDbUrl)
    project.provide('stack', addresses)
    return
  }
  const stack = await startStack({ seed: false })
  await installPgTap(stack.adminDbUrl)
  await raiseRateLimits(stack.dbUrl)
  await makeReaders(stack.adminDbUrl)
  project.provide('stack', {
    apiUrl: stack.apiUrl,
    dbUrl: stack.dbUrl,
    adminDbUrl: stack.adminDbUrl,
    publishableKey: stack.publishableKey,
    secretKey: stack.secretKey,
    jwtSecret: stack.jwtSecret,
  })
  return () => stack.stop()
}
