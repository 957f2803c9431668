/** A device in a process of its own, which kills itself at one of its steps: `fork(…, [OPTIONS, TASK, NAME, STEP])`. */
import { writeSync } from 'node:fs'
import { drain, openDevice, tasks } from './device.ts'

const [options = '{}', task = '', name = '', killAt = '0'] = process.argv.slice(2)
let steps = 0
const device = openDevice(JSON.parse(options), (label) => {
  steps++
  if (steps !== Number(killAt)) return
  writeSync(1, `${JSON.stringify({ killedAt: label })}\n`)
  process.kill(process.pid, 'SIGKILL')
})
const run = tasks[task]
if (run) await run(device, name, (done) => void writeSync(1, `${JSON.stringify(done)}\n`))
else await drain(device)
writeSync(1, `${JSON.stringify({ steps })}\n`)
process.exit(0)
