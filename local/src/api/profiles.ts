import type { App } from '@supabase/lite'
import { withExactFilters, withTypedBody } from './body.ts'
import type { Catalogue } from './catalogue.ts'
import { currentRequest, describe } from './current-request.ts'
import type { Handler } from './gateway.ts'
import { adapted } from './preferences.ts'
import { rebuilt } from './rebuilt.ts'
import type { ApiSettings } from './settings.ts'

/**
 * Answers each request with the app of the schema that it asks for, the first exposed one by default. The apps differ
 * in what they know: one schema each. New settings get new apps.
 */
export function profiles(
  appsFor: (settings: ApiSettings) => Map<string, App>,
  catalogue: Catalogue,
): Handler {
  let made: { settings: ApiSettings; apps: Map<string, App> } | undefined
  const latest = async () => {
    const settings = await catalogue.settings()
    if (made?.settings !== settings) made = { settings, apps: appsFor(settings) }
    return made.apps
  }
  return async (request, peerAddress) => {
    const apps = await latest().catch(() => undefined)
    const [first] = apps ?? []
    if (!apps || !first) return unknownSchema()
    const [defaultSchema, defaultApp] = first
    const header = /^(POST|PUT|PATCH|DELETE)$/.test(request.method) ? 'content-profile' : 'accept-profile'
    const asked = request.headers.get(header)
    const schema = asked !== null && apps.has(asked) ? asked : defaultSchema
    const known = await catalogue.read(schema).catch(() => undefined)
    if (!known) return unknownSchema()
    const typed = await withTypedBody(withExactFilters(adapted(request), known), known)
    if (typed instanceof Response) return typed
    const named =
      asked === null && defaultSchema !== 'public' ? withHeader(typed, header, defaultSchema) : typed
    const app = apps.get(schema) ?? defaultApp
    const answer = await currentRequest.run(describe(request), () => app.fetch(named, { peerAddress }))
    return request.method === 'HEAD' ? new Response(null, answer) : answer
  }
}

function withHeader(request: Request, name: string, value: string): Request {
  const headers = new Headers(request.headers)
  headers.set(name, value)
  return rebuilt(request, { headers })
}

function unknownSchema(): Response {
  const message = 'Could not query the database for the schema cache. Retrying.'
  return Response.json({ code: 'PGRST002', details: null, hint: null, message }, { status: 503 })
}
