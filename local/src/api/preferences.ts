import { rebuilt } from './rebuilt.ts'

const isMutation = (method: string) => /^(POST|PUT|PATCH|DELETE)$/.test(method)

/** The preferences of a request, by name: `Prefer: return=minimal, timezone=UTC`. */
export function preferencesOf(headers: Headers): Map<string, string> {
  const entries = (headers.get('prefer') ?? '').split(',').map((entry) => entry.trim().split('='))
  return new Map(entries.filter(([name]) => name).map(([name = '', value = '']) => [name, value]))
}

/** The request as @supabase/lite answers it rightly: it knows no HEAD with arguments, and forgets what is not asked for. */
export function adapted(request: Request): Request {
  const isFunction = new URL(request.url).pathname.startsWith('/rest/v1/rpc/')
  if (isFunction && request.method === 'HEAD') return rebuilt(request, { method: 'GET' })
  const preferences = preferencesOf(request.headers)
  if (isFunction || !isMutation(request.method) || preferences.size === 0 || preferences.has('return'))
    return request
  // Without a word about it a change answers nothing, whatever else is preferred.
  const headers = new Headers(request.headers)
  headers.set('prefer', `${headers.get('prefer')}, return=minimal`)
  return rebuilt(request, { headers })
}
