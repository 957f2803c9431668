import * as z from 'zod/mini'
import { isLocalHost } from '../core/local-host.ts'
import type { CliContext } from './context.ts'
import { Refusal } from './refusal.ts'

/** A running project, spoken to with its secret key. */
export interface Service {
  /** Calls a function of the database; answers what it returned. */
  rpc(name: string, args: Record<string, unknown>): Promise<unknown>
  /** Any other request, by default a POST. Returns the status too, for callers that expect some failures. */
  request(path: string, body: unknown, method?: string): Promise<{ status: number; body: unknown }>
}

const timeoutMs = 60_000
/** What to do when the database is behind. Since CLI 3 a push goes to the local stack by default. */
export const pushHint =
  'Push the migrations of this version: npx supabase db push --remote (hosted) or npx supabase migration up (local stack)'
const failureSchema = z.object({
  code: z.optional(z.nullable(z.union([z.string(), z.number()]))),
  message: z.optional(z.nullable(z.string())),
  msg: z.optional(z.nullable(z.string())),
  hint: z.optional(z.nullable(z.string())),
})

/** Checks address and key, and that the key may be sent there; sends nothing yet. */
export function openService(
  { env }: CliContext,
  options: { url?: string; key?: string },
  task: string,
): Service {
  const refuse = (reason: string, hint: string, cause?: unknown) =>
    new Refusal(`unable to ${task}; ${reason}`, hint, cause)
  const given = options.url ?? env.SUPABASE_URL ?? env.API_URL
  const key = options.key ?? env.SUPABASE_SECRET_KEY ?? env.SUPABASE_SERVICE_ROLE_KEY ?? env.SECRET_KEY
  if (!given) throw refuse('there is no URL', 'Give --url, or set SUPABASE_URL.')
  const url = URL.canParse(given) ? new URL(given) : null
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw refuse(`${given} is not a project's URL`, 'Give it as https://<project>.supabase.co')
  }
  if (url.protocol === 'http:' && !isLocalHost(url.hostname)) {
    throw refuse(`${url.origin} is plain http to a far host; the key was not sent`, 'Use https.')
  }
  if (!key)
    throw refuse(
      'there is no key',
      'Set SUPABASE_SECRET_KEY (the dashboard: API keys), rather than --key, which stays in the shell’s history.',
    )
  if (!isSecretKey(key)) {
    throw refuse('this is not a secret key', 'Give the secret key of the project.')
  }
  const base = `${url.origin}${url.pathname.replace(/\/+$/, '')}`
  const headers: Record<string, string> = {
    apikey: key,
    'content-type': 'application/json',
    // Of the schemas that the API serves another one may be the first.
    'content-profile': 'public',
  }
  if (!key.startsWith('sb_secret_')) headers.authorization = `Bearer ${key}`

  const request: Service['request'] = async (path, body, method = 'POST') => {
    try {
      const response = await fetch(base + path, {
        method,
        headers,
        body: JSON.stringify(body),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
      })
      return { status: response.status, body: parseJson(await response.text()) }
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      const reason = cause instanceof Error ? ('code' in cause && cause.code) || cause.message : String(cause)
      throw refuse(
        `${base} does not answer; ${reason}`,
        'Run it again; it continues where it stopped.',
        error,
      )
    }
  }
  return {
    request,
    async rpc(name, args) {
      const { status, body } = await request(`/rest/v1/rpc/${name}`, args)
      if (status >= 200 && status < 300) return body
      const failure = z.safeParse(failureSchema, body).data
      if (status === 401) throw refuse(`${base} refuses the key`, "Give this project's secret key.")
      if (failure?.code === 'PGRST202' || failure?.code === '42883') {
        throw refuse(`the database has no function ${name}`, pushHint)
      }
      throw refuse(
        `${name} failed; ${failure?.message ?? `status ${status}`}`,
        failure?.hint || 'Run it again; it keeps the work that is done.',
      )
    },
  }
}

/** A new secret key, or the legacy one: a token of the role `service_role`. */
export function isSecretKey(key: string): boolean {
  if (key.startsWith('sb_secret_')) return true
  const claims = Buffer.from(key.split('.')[1] ?? '', 'base64url').toString()
  return /"role"\s*:\s*"service_role"/.test(claims)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
