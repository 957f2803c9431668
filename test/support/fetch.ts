/** What a wire does to one request: passes it on, answers for the server, or loses the answer after the server acted. */
export type Fault = 'pass' | 'lose answer' | Response

/** A fetch that asks before each request what is to happen to it. */
export function faultyFetch(decide: (path: string) => Fault): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const fault = decide(url.pathname)
    if (fault instanceof Response) return fault
    const response = await fetch(input, init)
    if (fault === 'pass') return response
    await response.arrayBuffer()
    throw new TypeError('fetch failed')
  }
}
