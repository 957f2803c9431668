import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { Decide, Fault } from './faults.ts'
import type { Weather } from './weather.ts'

const hopByHop = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade'])

/** Asks the target what a client asked, with its headers but for those of one hop. */
export function askTarget(
  target: URL,
  { url = '/', method, headers }: IncomingMessage,
  more: OutgoingHttpHeaders = {},
) {
  const ask = target.protocol === 'https:' ? requestHttps : requestHttp
  const passedOn = Object.fromEntries(Object.entries(headers).filter(([name]) => !hopByHop.has(name)))
  return ask(new URL(url, target), { method, headers: { ...passedOn, host: target.host, ...more } })
}

/** Passes requests on to the target, with the faults that are decided for each. */
export function createRequestHandler(target: URL, weather: Weather, decide: Decide) {
  /** Whether the request met its end before the target heard of it. */
  function stop(fault: Fault | null, request: IncomingMessage, response: ServerResponse): boolean {
    if (fault === 'partition') weather.partition()
    else if (fault === 'loseRequest') request.socket.destroy()
    else if (fault === 'unavailable') refuse(response, 503, { message: 'Service Unavailable' })
    else if (fault === 'expire' && carriesToken(request)) refuse(response, 401, expired)
    else return false
    if (fault !== 'partition') weather.count(fault)
    return true
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    const fault = request.method === 'OPTIONS' ? null : decide('request')
    if (stop(fault, request, response)) return
    const lose = () => void request.socket.destroy()

    function answered(answer: IncomingMessage): void {
      if (fault === 'loseAnswer') {
        // Only once the whole answer is there: by then the server has committed.
        weather.count(fault)
        answer.on('end', lose).resume()
      } else if (fault === 'slow') {
        weather.count(fault)
        weather.later(weather.random() * weather.maxDelayMs, () => give(answer))
      } else give(answer)
    }
    const give = (answer: IncomingMessage) => weather.whenPassing(() => pass(answer, response))

    weather.whenPassing(() => {
      const upstream = askTarget(target, request)
      upstream.on('error', lose)
      upstream.on('response', answered)
      response.on('close', () => upstream.destroy())
      request.pipe(upstream)
    })
  }
}

/** As PostgREST says it. */
const expired = { code: 'PGRST303', message: 'JWT expired', details: null, hint: null }

/** Whether a request is a user's: its token is none of the project's keys. */
function carriesToken({ headers }: IncomingMessage): boolean {
  const token = headers.authorization?.replace(/^bearer /i, '')
  return token?.split('.').length === 3 && token !== headers.apikey
}

function pass(answer: IncomingMessage, response: ServerResponse): void {
  const headers = answer.rawHeaders.flatMap((name, i, raw) =>
    i % 2 === 1 || hopByHop.has(name.toLowerCase()) ? [] : [name, raw[i + 1] ?? ''],
  )
  response.writeHead(answer.statusCode ?? 502, headers)
  answer.on('error', () => response.destroy())
  answer.pipe(response)
}

function refuse(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'access-control-allow-origin': '*' })
  response.end(JSON.stringify(body))
}
