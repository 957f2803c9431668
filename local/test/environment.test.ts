// @vitest-environment happy-dom
import { expect, test } from 'vitest'
import { isStackError, startStack } from '../src/index.ts'
import setup from '../src/vitest.ts'

test('a stack is not started inside of a page, and says what to do', async () => {
  const error = await startStack().catch((thrown: unknown) => thrown)
  expect(isStackError(error)).toBe(true)
  expect(error).toMatchObject({
    code: 'wrong_environment',
    hint: expect.stringContaining('tertulia-local/vitest'),
  })
})

test("vitest's set-up is not run there either", async () => {
  const project = { config: { root: '.' }, provide: () => undefined }
  await expect(setup(project)).rejects.toMatchObject({ code: 'wrong_environment' })
})
