import { afterAll, beforeAll } from 'vitest'
import { type Stack, type StackOptions, startStack } from '../../src/index.ts'
import { fixture } from './folders.ts'

/** One stack for the tests of a file, on the fixture. */
export function stackOfTheFile(options: StackOptions = {}): () => Stack {
  let stack: Stack | undefined
  beforeAll(async () => {
    stack = await startStack({ workdir: fixture, ...options })
  })
  afterAll(() => stack?.stop())
  return () => {
    if (!stack) throw new Error('the stack is not started')
    return stack
  }
}
