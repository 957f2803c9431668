// A program of its own, to be killed: starts PostgreSQL and never stops it.
import { startPostgres } from '../../src/index.ts'

const [dataDir = '', removeAfter] = process.argv.slice(2)
const server = await startPostgres({ dataDir, port: 0, removeAfter })
process.stdout.write(`server ${server.pid}\n`)
setInterval(() => undefined, 60_000)
