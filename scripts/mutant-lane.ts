import { join } from 'node:path'
import postgres from 'postgres'
import type { TestModule, TestSpecification } from 'vitest/node'
import { createVitest } from 'vitest/node'
import { type Stack, startStack } from '../local/src/index.ts'
import { copyCluster } from '../local/test/support/cluster.ts'
import { addressesOf } from '../test/support/stack.ts'

/** A test, and whether it failed because its time was over. */
export interface Failure {
  file: string
  test: string
  timedOut: boolean
}

/** A stack and a test runner that stay while one mutant after the other is made and taken back. */
export interface Lane {
  /** The first test of these files that fails while the change is in the schema. */
  findFailure(files: string[], change: Change, first?: Failure): Promise<Failure | undefined>
  /** Whether a test fails without any change. */
  isRed(failure: Failure): Promise<boolean>
  close(): Promise<void>
}

export interface Change {
  make: string
  /** Null where only a new database takes it back. */
  undo: string | null
}

/** Opens a lane on a copy of the prepared cluster; stacks that tests start for themselves are changed as they start. */
export async function openLane(preparedCluster: string): Promise<Lane> {
  const start = async (ports: { port?: number; dbPort?: number } = {}) =>
    startStack({ seed: false, dataDir: await copyCluster(preparedCluster), ephemeral: true, ...ports })
  let stack: Stack = await start()
  // The global set-up takes this stack as the one of its only worker.
  process.env.TERTULIA_GIVEN_STACK = JSON.stringify(addressesOf(stack))
  const vitest = await createVitest('test', {
    project: ['sdk'],
    watch: false,
    maxWorkers: 1,
    bail: 1,
    reporters: [{}],
  })
  await vitest.standalone()
  const [project] = vitest.projects
  if (!project) throw new Error('there is no project sdk')

  async function run(file: string, test?: string): Promise<Failure | undefined> {
    const options = test === undefined ? undefined : { testNamePattern: exactly(test) }
    const path = join(process.cwd(), file)
    const specification: TestSpecification = project!.createSpecification(path, options)
    // The answer has the files of earlier runs in it.
    const { testModules } = await vitest.runTestSpecifications([specification])
    const module = testModules.find(({ moduleId }) => moduleId === path)
    if (!module) throw new Error(`${file} did not run`)
    const all = [...module.children.allTests()]
    if (test !== undefined && all.every((one) => one.result().state === 'skipped')) {
      throw new Error(`${file} has no test "${test}"`)
    }
    return failureOf(file, module)
  }

  async function alter(change: string): Promise<void> {
    const sql = postgres(stack.dbUrl, { max: 1, onnotice: () => {} })
    try {
      await sql.unsafe(change).simple()
    } finally {
      await sql.end()
    }
  }

  return {
    async findFailure(files, { make, undo }, first) {
      project.provide('change', make)
      await alter(make)
      try {
        const failure = first && (await run(first.file, first.test))
        if (failure) return failure
        for (const file of files) {
          const found = await run(file)
          if (found) return found
        }
        return undefined
      } finally {
        project.provide('change', '')
        if (undo !== null) await alter(undo)
        else {
          const [port, dbPort] = [stack.apiUrl, stack.dbUrl].map((url) => Number(new URL(url).port))
          await stack.stop()
          stack = await start({ port, dbPort })
        }
      }
    },
    isRed: async ({ file, test }) => (await run(file, test)) !== undefined,
    async close() {
      await vitest.close()
      await stack.stop()
    },
  }
}

/** As vitest compares names: the suites' and the test's, with blanks between them. */
const exactly = (test: string) =>
  new RegExp(`${test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' > ', '(?: >)? ')}$`)

function failureOf(file: string, module: TestModule): Failure | undefined {
  for (const test of module.children.allTests('failed')) {
    const errors = test.result().errors ?? []
    return { file, test: test.fullName, timedOut: errors.some(({ message }) => /timed out in/.test(message)) }
  }
  if (module.state() === 'failed') {
    throw new Error(`${file} fails as a whole: ${module.errors().map(({ message }) => message)}`)
  }
  return undefined
}
