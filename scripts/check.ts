import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

// Every gate but the tests: the scripts of package.json whose names begin with "check:", in their order, which puts the
// cheapest first. One that fails does not hide the others.

const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
const gates = Object.keys(scripts).filter((name) => name.startsWith('check:'))

function run(gate: string): Promise<{ failed: boolean; output: string }> {
  return new Promise((resolve) => {
    // In its quick form; `npm run verify` runs the whole.
    const args = gate === 'check:consumers' ? ['--', '--quick'] : []
    const child = spawn('npm', ['run', '--silent', gate, ...args], {
      shell: process.platform === 'win32',
      env: { ...process.env, NO_COLOR: '1' },
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.on('close', (code) => resolve({ failed: code !== 0, output }))
  })
}

let failures = 0
for (const gate of gates) {
  const startedAt = performance.now()
  const { failed, output } = await run(gate)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${failed ? 'FAILED' : 'ok    '} ${gate} (${seconds} s)`)
  // Sizes are worth reading also when none is too large.
  if (failed || gate === 'check:size') console.log(output.replace(/^/gm, '       '))
  failures += failed ? 1 : 0
}
console.log(failures === 0 ? `${gates.length} gates passed` : `${failures} of ${gates.length} gates failed`)
process.exitCode = failures === 0 ? 0 : 1
