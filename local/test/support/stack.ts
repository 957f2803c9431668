import { afterAll, beforeAll, inject } from 'vitest'
import { type Stack, type StackOptions, startStack } from '../../src/index.ts'
import { copyCluster } from './cluster.ts'
import { fixture } from './folders.ts'

/** A stack of a test's own on the fixture, or with `migrate: false` on an empty database, without an `initdb`. */
export async function startFreshStack(options: StackOptions = {}): Promise<Stack> {
  const dataDir = await copyCluster(inject('cluster'))
  return startStack({ workdir: fixture, dataDir, ephemeral: true, ...options })
}

/** One stack for the tests of a file, on the fixture. */
export function stackOfTheFile(options: StackOptions = {}): () => Stack {
  let stack: Stack | undefined
  beforeAll(async () => {
    stack = await startFreshStack(options)
  })
  afterAll(() => stack?.stop())
  return () => {
    if (!stack) throw new Error('the stack is not started')
    return stack
  }
}
