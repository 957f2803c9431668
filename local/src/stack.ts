import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startGateway } from './api/gateway.ts'
import { startLite } from './api/lite.ts'
import { defaultConfig } from './config/types.ts'
import { developmentKeys } from './keys.ts'
import { type PostgresServer, startPostgres } from './postgres/index.ts'

export interface StackOptions {
  workdir?: string
  port?: number
  dbPort?: number
  dataDir?: string
  log?: (line: string) => void
}
export async function startStack(options: StackOptions = {}) {
  const base = options.dataDir ? resolve(options.dataDir) : await mkdtemp(join(tmpdir(), 'tertulia-local-'))
  await chmod(base, 0o711)
  const pg: PostgresServer = await startPostgres({
    dataDir: join(base, 'db'),
    port: options.dbPort ?? 0,
    removeAfter: base,
  })
  const keys = developmentKeys()
  const urlAs = (role: string) => `postgresql://${role}:postgres@127.0.0.1:${pg.port}/postgres`
  const lite = await startLite({ urlAs, keys, config: defaultConfig })
  const gw = await startGateway(
    options.port ?? 0,
    {
      http: [
        ['/rest/v1', lite.rest],
        ['/auth/v1', lite.auth],
      ],
      upgrade: (_r, s) => s.end(),
    },
    options.log ?? console.log,
  )
  return {
    apiUrl: `http://127.0.0.1:${gw.port}`,
    dbUrl: pg.url,
    adminDbUrl: pg.adminUrl,
    ...keys,
    lite,
    stop: async () => {
      await gw.close()
      await lite.close()
      await pg.stop()
    },
  }
}
