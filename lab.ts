import { startStack } from './local/src/index.ts'
const stack = await startStack({ workdir: '/tmp/lab', port: 54991, dbPort: 54992, seed: false })
console.log('ready')
process.on('SIGTERM', async () => { await stack.stop(); process.exit(0) })
setInterval(() => {}, 100000)
