import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Served, serveBuild } from '../examples/web/serve.ts'
import { type Stack, startStack } from '../local/src/index.ts'
import { findChromium, launchChromium } from './browser/chromium.ts'
import { leavePages } from './browser/leaving.ts'
import { openWindow, type Person } from './browser/person.ts'
import { type Step, steps } from './browser/steps.ts'

// npm run test:browser: the demo in a real Chromium, on a stack of its own that leaves nothing behind.

async function main(): Promise<boolean> {
  findChromium()
  const folder = await mkdtemp(join(tmpdir(), 'tertulia-browser-'))
  let stack: Stack | undefined
  let web: Served | undefined
  let browser: Awaited<ReturnType<typeof launchChromium>> | undefined
  let kept = false
  try {
    stack = await startStack({ workdir: fileURLToPath(new URL('..', import.meta.url)), seed: true })
    web = await serveBuild(stack, join(folder, 'app'), true)
    browser = await launchChromium()
    const ana = await openWindow(browser, 'Ana', web.url)
    const bento = await openWindow(browser, 'Bento', web.url)
    const running = stack
    const failed = await runSteps(ana, bento, [
      ...steps,
      [
        'what is tracked in the click that leaves a page arrives, of a user and of a visitor',
        () => leavePages(running, folder),
      ],
    ])
    kept = failed
    if (failed) await keepScreenshots([ana, bento], folder)
    return !failed
  } finally {
    await browser?.close()
    await web?.close()
    await stack?.stop()
    if (!kept) await rm(folder, { recursive: true })
  }
}

/** One line a step; answers whether one failed. */
async function runSteps(ana: Person, bento: Person, steps: Step[]): Promise<boolean> {
  const begun = performance.now()
  for (const [name, run] of steps) {
    const startedAt = performance.now()
    try {
      await run(ana, bento)
      const troubles = [...ana.troubles, ...bento.troubles]
      if (troubles.length > 0) throw new Error(`the browser reported\n${troubles.join('\n')}`)
    } catch (error) {
      console.log(
        `FAILED  ${name}\n${error instanceof Error ? error.stack : error}`.replaceAll('\n', '\n        '),
      )
      return true
    }
    console.log(`ok      ${name} (${Math.round(performance.now() - startedAt)} ms)`)
  }
  console.log(`${steps.length} steps passed in ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  return false
}

async function keepScreenshots(people: Person[], folder: string): Promise<void> {
  for (const { name, page } of people) {
    const path = join(folder, `${name}.png`)
    await page.screenshot({ path })
    console.log(`        ${name}'s window: ${path}`)
  }
}

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
