import type { App } from '@supabase/lite'
import type { Handler } from './gateway.ts'

/**
 * Answers each request with the app of the schema that it asks for, the first exposed one by default. The apps differ
 * in what they know: one schema each.
 */
export function profiles(apps: Map<string, App>): Handler {
  const [first] = apps
  if (!first) throw new Error('unable to start the API; config.toml exposes no schema')
  const [defaultSchema, defaultApp] = first
  return async (request, peerAddress) => {
    const header = /^(POST|PUT|PATCH|DELETE)$/.test(request.method) ? 'content-profile' : 'accept-profile'
    const asked = request.headers.get(header)
    if (asked !== null) return await (apps.get(asked) ?? defaultApp).fetch(request, { peerAddress })
    if (defaultSchema === 'public') return await defaultApp.fetch(request, { peerAddress })
    const headers = new Headers(request.headers)
    headers.set(header, defaultSchema)
    return await defaultApp.fetch(new Request(request, { headers }), { peerAddress })
  }
}
