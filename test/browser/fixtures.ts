import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test as base } from '@playwright/test'
import { serveBuild } from '../../examples/web/serve.ts'
import { type Stack, startStack } from '../../local/src/index.ts'
import { openWindow, type Person } from './person.ts'

interface Shared {
  /** A folder that goes with the run. */
  folder: string
  stack: Stack
  /** The address of the demo. */
  url: string
  ana: Person
  bento: Person
}

interface EachTest {
  /** Fails a test in which the browser reported an error that the test did not expect, and keeps what the windows show. */
  watched: undefined
}

export const test = base.extend<EachTest, Shared>({
  folder: [
    // biome-ignore lint/correctness/noEmptyPattern: the runner wants the braces
    async ({}, use) => {
      const folder = await mkdtemp(join(tmpdir(), 'tertulia-browser-'))
      await use(folder)
      await rm(folder, { recursive: true })
    },
    { scope: 'worker' },
  ],
  stack: [
    // biome-ignore lint/correctness/noEmptyPattern: the runner wants the braces
    async ({}, use) => {
      const stack = await startStack({
        workdir: fileURLToPath(new URL('../..', import.meta.url)),
        seed: true,
      })
      await use(stack)
      await stack.stop()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  url: [
    async ({ stack, folder }, use) => {
      const web = await serveBuild(stack, join(folder, 'app'), true)
      await use(web.url)
      await web.close()
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  ana: [
    async ({ browser, url }, use) => {
      const ana = await openWindow(browser, 'Ana', url)
      await use(ana)
      await ana.context.close()
    },
    { scope: 'worker' },
  ],
  bento: [
    async ({ browser, url }, use) => {
      const bento = await openWindow(browser, 'Bento', url)
      await use(bento)
      await bento.context.close()
    },
    { scope: 'worker' },
  ],
  watched: [
    async ({ ana, bento }, use, testInfo) => {
      await use(undefined)
      const troubles = [ana, bento].flatMap((person) => person.troubles.splice(0))
      const failed = testInfo.status !== testInfo.expectedStatus || troubles.length > 0
      for (const { name, page } of failed ? [ana, bento] : []) {
        const path = testInfo.outputPath(`${name}.png`)
        await page.screenshot({ path })
        testInfo.attachments.push({ name: `${name}'s window`, path, contentType: 'image/png' })
      }
      if (troubles.length > 0) throw new Error(`the browser reported\n${troubles.join('\n')}`)
    },
    { auto: true },
  ],
})
