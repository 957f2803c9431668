import { apiError } from './errors.ts'

export interface Payload {
  /** JSON, or what a function takes as it is. */
  text: string
  /** The columns or arguments that it names. */
  names: string[]
  kind: 'json' | 'form' | 'whole'
  form?: URLSearchParams
}

const invalid = (message: string) => apiError(400, 'PGRST102', message)

/** The body of a change or a call. `columns` spares the look at its keys. */
export async function payloadOf(
  request: Request,
  isCall: boolean,
  columns: string[] | undefined,
): Promise<Payload> {
  const type = mediaType(request)
  if (isCall && type === 'application/octet-stream') return await bytesPayload(request)
  const text = await request.text()
  if (type === 'application/json') return jsonPayload(text, isCall, columns)
  if (type === 'text/csv') return csvPayload(text)
  if (type === 'application/x-www-form-urlencoded') {
    const form = new URLSearchParams(text)
    const names = [...new Set(form.keys())]
    return { text: JSON.stringify(Object.fromEntries(form)), names, kind: isCall ? 'form' : 'json', form }
  }
  if (isCall && (type === 'text/plain' || type === 'text/xml')) return { text, names: [], kind: 'whole' }
  throw invalid(`Content-Type not acceptable: ${type}`)
}

export function mediaType(request: Request): string {
  const header = request.headers.get('content-type') ?? 'application/json'
  return header.split(';')[0]?.trim().toLowerCase() ?? ''
}

function jsonPayload(text: string, isCall: boolean, columns: string[] | undefined): Payload {
  if (columns) return { text, names: columns, kind: 'json' }
  if (text === '' && isCall) return { text: '{}', names: [], kind: 'json' }
  const json = parsed(text)
  if (!Array.isArray(json)) {
    if (typeof json === 'object' && json !== null) return { text, names: Object.keys(json), kind: 'json' }
    return { text: '[]', names: [], kind: 'json' }
  }
  const [first] = json
  if (first === undefined) return { text: '[]', names: [], kind: 'json' }
  const names = keysOf(first)
  const isUniform =
    names !== undefined &&
    json.every((row) => {
      return keysOf(row)?.length === names.length && names.every((name) => Object.hasOwn(row as object, name))
    })
  if (!isUniform) throw invalid('All object keys must match')
  return { text, names, kind: 'json' }
}

/** As PostgreSQL writes a `bytea`. */
async function bytesPayload(request: Request): Promise<Payload> {
  const bytes = Buffer.from(await request.arrayBuffer())
  return { text: `\\x${bytes.toString('hex')}`, names: [], kind: 'whole' }
}

/** PostgreSQL reads it again; a body that is nested too deep for this is left to its limit. */
function parsed(text: string): unknown {
  try {
    return /\\ud[89a-f]/i.test(text) ? JSON.parse(text, refuseHalves) : JSON.parse(text)
  } catch (error) {
    // As PostgreSQL says it of JSON that is nested too deep.
    if (error instanceof RangeError) throw apiError(500, '54001', 'stack depth limit exceeded')
    throw invalid('Empty or invalid json')
  }
}

/** Half of a surrogate pair is no text. */
function refuseHalves(key: string, value: unknown): unknown {
  const isHalf = (text: unknown) => typeof text === 'string' && /\p{Surrogate}/u.test(text)
  if (isHalf(key) || isHalf(value)) throw invalid('Empty or invalid json')
  return value
}

function keysOf(row: unknown): string[] | undefined {
  return typeof row === 'object' && row !== null && !Array.isArray(row) ? Object.keys(row) : undefined
}

/** The first line names the columns; NULL is null. */
function csvPayload(text: string): Payload {
  const [names = [], ...rows] = csvRows(text)
  if (names.length === 0 || rows.some((row) => row.length !== names.length))
    throw invalid('All lines must have same number of fields')
  const objects = rows.map((row) =>
    Object.fromEntries(names.map((name, index) => [name, row[index] === 'NULL' ? null : row[index]])),
  )
  return { text: JSON.stringify(objects), names, kind: 'json' }
}

function csvRows(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    if (end === '' && quoted === undefined && plain === '' && row.length === 0) break
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'))
    if (end !== ',') {
      rows.push(row)
      row = []
    }
    if (end === '') break
  }
  return rows
}
