import { refusal } from './error.ts'
import {
  type Fields,
  isObject,
  json,
  type ObjectOf,
  object,
  type Reader,
  record,
  ShapeError,
  text,
} from './shape.ts'

/** Reads an operation's input. Throws `invalid_input` with the field at fault, also where reading it throws or never ends. */
export function parseInput<T>(operation: string, reader: Reader<T>, input: unknown): T {
  try {
    return reader(input, '')
  } catch (cause) {
    const { path, message } = Object(cause) as ShapeError
    const field = path || undefined
    throw refusal('invalid_input', operation, `${field ?? 'the input'}: ${message}`, { field, cause })
  }
}

type CallOptionReaders = { signal: Reader<AbortSignal | undefined> }

const signal: Reader<AbortSignal | undefined> = (value, path) => {
  if (value && !(value as AbortSignal).addEventListener) throw new ShapeError(path, 'an AbortSignal')
  return value as AbortSignal
}

/**
 * What an operation is called with, as a list: its arguments in their order, then its options, which are these and `signal`.
 * All are read into one object. A field at fault is named as the caller wrote it: an argument or an option by its name, a
 * field of an argument by its own name.
 */
/* @__NO_SIDE_EFFECTS__ */
export function calledWith<F extends Fields, O extends Fields = Record<never, never>>(
  fields: F,
  options?: O,
): Reader<ObjectOf<F & O & CallOptionReaders>> {
  const entries = Object.entries(fields)
  const readOptions = object({ ...options, signal })
  return (value) => {
    const given = value as unknown[]
    const read = entries.map(([name, reader], at) => [
      name,
      reader(given[at], isObject(given[at]) ? '' : name),
    ])
    return { ...Object.fromEntries(read), ...readOptions(given[entries.length] ?? {}, '') } as ObjectOf<
      F & O & CallOptionReaders
    >
  }
}

/** Reads a server's answer. Throws `invalid_answer`, for nothing may go on with half-known data. */
export function parseAnswer<T>(operation: string, reader: Reader<T>, data: unknown, context?: unknown): T {
  try {
    return reader(data, '', context)
  } catch (cause) {
    if (!(cause instanceof ShapeError)) throw cause
    throw refusal('invalid_answer', operation, `the answer: ${cause.path} ${cause.message}`, { cause })
  }
}

/** A timestamp as PostgREST (`…T…+00:00`) or PostgreSQL (`… …+00`) writes it, as a `Date`. */
export const timestamp: Reader<Date> = (value, path) => {
  const date = new Date(
    String(value)
      .replace(' ', 'T')
      .replace(/([+-]\d\d)$/, '$1:00'),
  )
  if (typeof value !== 'string' || Number.isNaN(date.getTime())) throw new ShapeError(path, 'a timestamp')
  return date
}

/** The form of a UUID. */
export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const anyCase = text({ pattern: uuid, expected: 'a UUID' })

/** An id: any UUID, read as the database writes it, in lower case. */
export const id: Reader<string> = (value, path) => anyCase(value, path).toLowerCase()

/** The app's own fields on one of our rows: a JSON object of at most 8 KiB. */
export const metadata = record(json)
