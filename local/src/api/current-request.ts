import { AsyncLocalStorage } from 'node:async_hooks'

/** What a policy or function may ask of the request with `current_setting('request.…')`. */
export interface CurrentRequest {
  method: string
  path: string
  headers: Record<string, string>
  url: URL
}

/** The request that is being answered: @supabase/lite tells its connection of it only for functions. */
export const currentRequest = new AsyncLocalStorage<CurrentRequest>()

export function describe(request: Request): CurrentRequest {
  const url = new URL(request.url)
  return {
    url,
    method: request.method,
    path: url.pathname.slice('/rest/v1'.length) || '/',
    headers: Object.fromEntries(request.headers),
  }
}

/** Cookies by name, as PostgREST gives them in `request.cookies`. */
export function cookiesOf({ headers }: CurrentRequest): Record<string, string> {
  const pairs = (headers.cookie ?? '').split(/;\s*/).filter((pair) => pair.includes('='))
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
}
