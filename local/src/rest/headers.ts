/**
 * The headers of an answer, their values in UTF-8 as PostgREST sends them. Undefined when a name or a value is none of a
 * header. What belongs to the connection is left out: the server alone knows it.
 */
export function answerHeaders(entries: Iterable<[name: string, value: string]>): Headers | undefined {
  const headers = new Headers()
  try {
    for (const [name, value] of entries) {
      if (CONTROLS.test(value)) return undefined
      if (OF_CONNECTION.test(name)) continue
      // A string of headers holds one byte in each character.
      const bytes = Buffer.from(value).toString('latin1')
      if (name.toLowerCase() === 'set-cookie') headers.append(name, bytes)
      else headers.set(name, bytes)
    }
    return headers
  } catch {
    return undefined
  }
}

const OF_CONNECTION = /^(content-length|transfer-encoding|connection|keep-alive|trailer|upgrade)$/i

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no header may hold
const CONTROLS = /[\0-\x08\n-\x1f\x7f]/

/** The text of a header that a client sent in UTF-8; other bytes are read as Latin 1. */
export function headerText(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'))
  } catch {
    return value
  }
}
