import { chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import postgres from 'postgres'
import { applyMigrations, startPostgres } from '../local/src/index.ts'

/** PostgreSQL with our migrations and room for a large table, without the rest of the stack; its data go at the end. */
export async function openPostgres() {
  const root = await mkdtemp(join(tmpdir(), 'tertulia-bench-'))
  await chmod(root, 0o755)
  const workdir = fileURLToPath(new URL('..', import.meta.url))
  const place = { dataDir: join(root, 'data'), port: 0 }
  const first = await startPostgres(place)
  const admin = postgres(first.adminUrl, { max: 1 })
  await admin`alter system set shared_buffers = '2GB'`
  await admin`alter system set max_wal_size = '8GB'`
  await admin.end()
  await first.stop()
  const server = await startPostgres({ ...place, removeAfter: root })
  await applyMigrations({ url: server.url, workdir, log: () => {} })
  return { url: server.url, adminUrl: server.adminUrl, stop: () => server.stop() }
}
