import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

/**
 * Waits on a pipe that only this process holds. "done" ends it; when the pipe just closes, this process died without
 * stopping PostgreSQL (kill -9), and the shell does it instead. The lock file, once there, tells whose the number is.
 */
const SCRIPT = `
trap '' INT TERM HUP
read -r word
[ "$word" = done ] && exit 0
ours() {
  kill -0 "$1" 2>/dev/null || return 1
  [ ! -e "$2/postmaster.pid" ] || [ "$(head -n 1 "$2/postmaster.pid")" = "$1" ]
}
for signal in INT QUIT KILL; do
  ours "$1" "$2" && kill -s "$signal" "$1" 2>/dev/null
  tries=0
  while ours "$1" "$2" && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
done
[ -z "$3" ] || rm -rf "$3"
`

export interface Watchdog {
  dismiss(): void
}

/** Guards the server with that process number; `removeAfter` goes too when this process dies (a temporary directory). */
export function startWatchdog(pid: number, dataDir: string, removeAfter = ''): Watchdog {
  if (process.platform === 'win32') return { dismiss: () => undefined }
  const child = spawn(
    '/bin/sh',
    ['-c', SCRIPT, 'tertulia-local-watchdog', String(pid), dataDir, removeAfter],
    {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  )
  child.stdin.on('error', () => undefined)
  child.on('error', () => undefined)
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  return { dismiss: () => child.stdin.end('done\n') }
}
