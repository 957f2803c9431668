/** A stack in a process of its own, which can be killed: `fork(…, [DATA_DIR, PORT, DB_PORT])`. */
import './mended-driver.ts'

import { shiftClock } from './shifted-date.ts'

const { startStack } = await import('../../local/src/index.ts')
const { addressesOf } = await import('../support/stack.ts')

const [dataDir = '', port = '0', dbPort = '0', migrate = 'true'] = process.argv.slice(2)
const stack = await startStack({
  dataDir,
  port: Number(port),
  dbPort: Number(dbPort),
  migrate: migrate === 'true',
})
process.on('message', async (request: string | { shiftClock: number }) => {
  if (request === 'stop') {
    await stack.stop()
    process.exit(0)
  }
  if (typeof request === 'object') {
    shiftClock(request.shiftClock)
    process.send?.('shifted')
    return
  }
  // PostgreSQL was killed: as an operator, or the platform, starts it again.
  await stack.failed
  await stack.restartPostgres()
  process.send?.('restarted')
})
process.once('disconnect', () => void stack.stop().finally(() => process.exit(0)))
process.send?.(addressesOf(stack))
