import { stackError } from '../stack-error.ts'
import { type RunningState, readState } from './state.ts'

export type StatusFormat = 'env' | 'json' | 'pretty'

/** `tertulia-local status`: the names that `supabase status` prints. */
export async function status(workdir: string, format: StatusFormat): Promise<string> {
  return formatStatus(await runningState(workdir), format)
}

async function runningState(workdir: string): Promise<RunningState> {
  const state = await readState(workdir)
  if (state?.stack) return { ...state, stack: state.stack }
  throw stackError('not_running', `unable to find a running stack of ${workdir}`, {
    hint: state ? 'it is starting: try again in a moment' : 'start it: tertulia-local start',
  })
}

export function formatStatus({ stack }: RunningState, format: StatusFormat): string {
  const values = {
    API_URL: stack.apiUrl,
    DB_URL: stack.dbUrl,
    MAILPIT_URL: stack.mailUrl,
    PUBLISHABLE_KEY: stack.publishableKey,
    SECRET_KEY: stack.secretKey,
    JWT_SECRET: stack.jwtSecret,
    ANON_KEY: stack.anonKey,
    SERVICE_ROLE_KEY: stack.serviceRoleKey,
  }
  if (format === 'json') return JSON.stringify(values, null, 2)
  const lines = Object.entries(values)
  if (format === 'env') return lines.map(([name, value]) => `${name}="${value}"`).join('\n')
  const labels: [string, string][] = [
    ['API URL', stack.apiUrl],
    ['Database URL', stack.dbUrl],
    ['Mails', stack.mailUrl],
    ['Publishable key', stack.publishableKey],
    ['Secret key', stack.secretKey],
    ['JWT secret', stack.jwtSecret],
  ]
  return labels.map(([label, value]) => `${label.padStart(16)}: ${value}`).join('\n')
}
