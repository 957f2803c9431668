import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startStack } from '../../local/src/index.ts'
import { startOffline } from '../../test/browser/offline.ts'
import { type Measure, measure } from '../measure.ts'

/** A page that is reloaded without a network, in a real Chromium: how soon it shows what the cache keeps. */
export async function run(): Promise<Measure[]> {
  const stack = await startStack({ workdir: fileURLToPath(new URL('../..', import.meta.url)), seed: true })
  const folder = await mkdtemp(join(tmpdir(), 'tertulia-browser-'))
  try {
    const times = await startOffline(stack, folder)
    return times.flatMap(({ inbox, conversation, songs }, at) => {
      const session = at === 0 ? 'a valid session' : 'an expired session'
      return [
        measure(`${session}: inbox shows after`, Math.round(inbox), 'ms', ['<=', 300]),
        measure(`${session}: conversation shows after`, Math.round(conversation), 'ms', ['<=', 300]),
        measure(`${session}: kept songs show after`, Math.round(songs), 'ms', ['<=', 300]),
      ]
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
    await stack.stop()
  }
}
