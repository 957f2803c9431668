import { createPostgresConnection, type PostgresConnection } from '@supabase/lite/postgres'
import { arrayType } from './arrays.ts'
import { exactNumber, parseExactly } from './json.ts'

/** Values as PostgREST writes them: ISO 8601 with an offset, numbers as numbers. */
const types = {
  timestamptz: { to: 1184, from: [1184], serialize: String, parse: isoTimestamp },
  timestamp: { to: 1114, from: [1114], serialize: String, parse: isoTimestamp },
  bigint: { to: 20, from: [20], serialize: String, parse: numberOf },
  numeric: { to: 1700, from: [1700], serialize: String, parse: numberOf },
  // Text is PostgreSQL's to read: 'yes' is true, 'maybe' an error.
  boolean: {
    to: 16,
    from: [16],
    serialize: (value: unknown) => (typeof value === 'boolean' ? (value ? 't' : 'f') : String(value)),
    parse: (text: string) => text === 't',
  },
  date: { to: 1082, from: [1082], serialize: String, parse: asWritten },
  time: { to: 1083, from: [1083], serialize: String, parse: asWritten },
  timetz: { to: 1266, from: [1266], serialize: String, parse: asWritten },
  bytea: { to: 17, from: [17], serialize: String, parse: asWritten },
  json: { to: 114, from: [114], serialize: encodeOnce, parse: parseExactly },
  jsonb: {
    to: 3802,
    from: [3802],
    serialize: encodeOnce,
    parse: parseExactly,
  },
}

/** Array types that come with PostgreSQL, by their number. Those of enums and the like are left to the driver. */
const arrays = Object.fromEntries(
  (
    [
      [[1009, 1015, 1014, 1003, 2951, 1041, 651, 1182, 1183, 1270], asWritten],
      [[1000], types.boolean.parse],
      [[1005, 1007, 1016, 1021, 1022, 1231], numberOf],
      [[1115, 1185], isoTimestamp],
      [[199, 3807], parseExactly],
    ] as [number[], (text: string) => unknown][]
  ).flatMap(([numbers, parse]) => numbers.map((oid) => [`array${oid}`, arrayType(oid, parse)])),
)

export function apiConnection(url: string): PostgresConnection {
  return createPostgresConnection({
    url,
    postgresOptions: {
      max: 10,
      idle_timeout: 60,
      onnotice: () => undefined,
      types: { ...types, ...arrays } as never,
    },
  })
}

/**
 * lite hands most JSON over as text that is encoded already (metadata of users, arguments of functions) and has its
 * driver encode it a second time: text that is JSON stays as it is.
 */
function encodeOnce(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  try {
    JSON.parse(value)
    return value
  } catch {
    return JSON.stringify(value)
  }
}

function asWritten(text: string): string {
  return text
}

function isoTimestamp(text: string): string {
  return text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')
}

/** Digits that a JavaScript number cannot hold are answered as they are; 'NaN' is text in JSON. */
function numberOf(text: string): unknown {
  const value = Number(text)
  if (!Number.isFinite(value)) return text
  return text.replace(/^-?0*|\./g, '').length > 15 ? exactNumber(text) : value
}
