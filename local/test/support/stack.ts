import { afterAll, beforeAll, inject } from 'vitest'
import { type Stack, type StackOptions, startStack } from '../../src/index.ts'
import { copyCluster } from './cluster.ts'
import { fixture } from './folders.ts'

/** One stack for the tests of a file, on the fixture. */
export function stackOfTheFile(options: StackOptions = {}): () => Stack {
  let stack: Stack | undefined
  beforeAll(async () => {
    const dataDir = await copyCluster(inject('cluster'))
    stack = await startStack({ workdir: fixture, dataDir, ephemeral: true, ...options })
  })
  afterAll(() => stack?.stop())
  return () => {
    if (!stack) throw new Error('the stack is not started')
    return stack
  }
}
