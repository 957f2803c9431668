import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { readStackStatus, repository } from '../stack-status.ts'
import { accountPassword, accounts } from '../web/src/accounts.ts'

// npm run import-songs -- DIR [--public …]: runs `tertulia import-songs` on the running stack, as the first user of the demo.

const status = await readStackStatus()
if (status) {
  const child = spawn(
    process.execPath,
    [join(repository, 'dist/cli/main.js'), 'import-songs', ...process.argv.slice(2)],
    {
      stdio: 'inherit',
      env: {
        TERTULIA_EMAIL: accounts[0].email,
        TERTULIA_PASSWORD: accountPassword,
        ...process.env,
        ...status,
      },
    },
  )
  const [code] = await once(child, 'exit')
  process.exitCode = code ?? 1
} else {
  console.error('unable to find a running stack; start it with "npm start"')
  process.exitCode = 1
}
