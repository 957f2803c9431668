interface Changes {
  url?: URL
  method?: string
  headers?: Headers
  body?: string
}

/** A request with changes. The server hands out requests that `new Request` does not take as they are. */
export function rebuilt(request: Request, changes: Changes): Request {
  const { url = request.url, method = request.method, headers = new Headers(request.headers) } = changes
  const body = /^(GET|HEAD)$/.test(method) ? null : (changes.body ?? request.body)
  if (changes.body !== undefined) headers.delete('content-length')
  // A body that streams wants to be told so.
  return new Request(url, { method, headers, body, ...(body === null ? {} : { duplex: 'half' as const }) })
}
