import type { App } from '@supabase/lite'
import { withExactFilters, withTypedBody } from './body.ts'
import type { Catalogue } from './catalogue.ts'
import type { Handler } from './gateway.ts'

/**
 * Answers each request with the app of the schema that it asks for, the first exposed one by default. The apps differ
 * in what they know: one schema each.
 */
export function profiles(apps: Map<string, App>, catalogue: Catalogue): Handler {
  const [first] = apps
  if (!first) throw new Error('unable to start the API; config.toml exposes no schema')
  const [defaultSchema] = first
  return async (request, peerAddress) => {
    const header = /^(POST|PUT|PATCH|DELETE)$/.test(request.method) ? 'content-profile' : 'accept-profile'
    const asked = request.headers.get(header)
    const schema = asked !== null && apps.has(asked) ? asked : defaultSchema
    const app = apps.get(schema) ?? first[1]
    const known = await catalogue.read(schema).catch(() => undefined)
    if (!known) return unknownSchema()
    const typed = await withTypedBody(withExactFilters(request, known), known)
    if (asked !== null || defaultSchema === 'public') return await app.fetch(typed, { peerAddress })
    const headers = new Headers(typed.headers)
    headers.set(header, defaultSchema)
    return await app.fetch(new Request(typed, { headers }), { peerAddress })
  }
}

function unknownSchema(): Response {
  const message = 'Could not query the database for the schema cache. Retrying.'
  return Response.json({ code: 'PGRST002', details: null, hint: null, message }, { status: 503 })
}
