import type { Json } from '../database.types.ts'
import { wholeText } from './text.ts'

/**
 * Reads an unknown value as a `T`, or throws a {@link ShapeError}. `path` names the value, for the error; `context` is whose answer it
 * is, for values that depend on the project.
 */
export type Reader<T> = (value: unknown, path: string, context?: unknown) => T

/** The type that a reader returns. */
export type Read<R> = R extends Reader<infer T> ? T : never

/** A value is not as expected. */
export class ShapeError extends Error {
  readonly path: string

  constructor(path: string, expected: string) {
    super(`expected ${expected}`)
    this.path = path
  }
}

/** The readers of an object's fields, by their names. */
export type Fields = Record<string, Reader<unknown>>
type OptionalKeys<F extends Fields> = { [K in keyof F]: undefined extends Read<F[K]> ? K : never }[keyof F]
/** The object that such readers read. */
export type ObjectOf<F extends Fields> = { [K in Exclude<keyof F, OptionalKeys<F>>]: Read<F[K]> } & {
  [K in OptionalKeys<F>]?: Read<F[K]>
}

/** Whether a value is an object that is no list. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const below = (path: string, key: string | number) => (path ? `${path}.${key}` : String(key))

// Makers are marked as free of side effects, so that bundlers leave out readers that nothing uses.

/** A value that passes a test; `expected` says which do, for the error. */
/* @__NO_SIDE_EFFECTS__ */
function passing<T>(passes: (value: unknown) => boolean, expected: string): Reader<T> {
  return (value, path) => {
    if (passes(value)) return value as T
    throw new ShapeError(path, expected)
  }
}

/** Text that matches a pattern, or any `wholeText`. `expected` says which, for the error; the database knows how long. */
/* @__NO_SIDE_EFFECTS__ */
export function text({ pattern = wholeText, expected = 'text' } = {}): Reader<string> {
  return (value, path) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw new ShapeError(path, expected)
    return value
  }
}

/** A whole number in a range. */
/* @__NO_SIDE_EFFECTS__ */
export function integer(min?: number, max = Number.MAX_SAFE_INTEGER): Reader<number> {
  return passing(
    (value) => Number.isSafeInteger(value) && Number(value) >= (min ?? -max) && Number(value) <= max,
    `a whole number${min === undefined ? '' : ` from ${min} to ${max}`}`,
  )
}

/** A number that is one. */
export const number: Reader<number> = passing((value) => Number.isFinite(value), 'a number')

/** True or false. */
export const flag: Reader<boolean> = passing((value) => typeof value === 'boolean', 'true or false')

/** One of the given values. */
/* @__NO_SIDE_EFFECTS__ */
export function oneOf<T extends string | boolean>(...values: T[]): Reader<T> {
  return passing((value) => values.includes(value as T), values.join(' or '))
}

/** The value or null. */
/* @__NO_SIDE_EFFECTS__ */
export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, path, context) => (value === null ? null : reader(value, path, context))
}

/** The value, or nothing. */
/* @__NO_SIDE_EFFECTS__ */
export function optional<T>(reader: Reader<T>): Reader<T | undefined> {
  return withDefault<T | undefined>(reader, undefined)
}

/** The value, or in its absence another. */
/* @__NO_SIDE_EFFECTS__ */
export function withDefault<T>(reader: Reader<T>, fallback: T): Reader<T> {
  return (value, path, context) => (value === undefined ? fallback : reader(value, path, context))
}

/** A list of such values. */
/* @__NO_SIDE_EFFECTS__ */
export function list<T>(reader: Reader<T>): Reader<T[]> {
  return (value, path, context) => {
    if (!Array.isArray(value)) throw new ShapeError(path, 'a list')
    return value.map((item, index) => reader(item, below(path, index), context))
  }
}

/** A list of exactly these values. */
/* @__NO_SIDE_EFFECTS__ */
export function tuple<T extends unknown[]>(...readers: { [K in keyof T]: Reader<T[K]> }): Reader<T> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== readers.length)
      throw new ShapeError(path, `a list of ${readers.length}`)
    return readers.map((reader, index) => reader(value[index], below(path, index))) as T
  }
}

/** A name as the database writes it: `createdAt` is `created_at`. */
export const toColumn = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** Fields as the database names them; `columns` names those that differ more. */
export function toColumns(
  fields: object,
  columns: Record<string, string> = {},
): { [column: string]: Json | undefined } {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [columns[key] ?? toColumn(key), value]),
  )
}

/**
 * An object that a server answers, named as here: `createdAt` is read from `created_at`. `columns` names those that differ
 * more. Other fields are left out, so that a newer server may add some; with null for `columns` it is {@link object}.
 */
/* @__NO_SIDE_EFFECTS__ */
export function row<F extends Fields>(
  fields: F,
  columns: { [K in keyof F]?: string } | null = {},
): Reader<ObjectOf<F>> {
  const entries = Object.entries(fields).map(
    ([key, reader]) => [key, columns ? (columns[key] ?? toColumn(key)) : key, reader] as const,
  )
  return (value, path, context) => {
    if (!isObject(value)) throw new ShapeError(path, 'an object')
    for (const key of columns ? [] : Object.keys(value)) {
      if (!Object.hasOwn(fields, key)) {
        throw new ShapeError(below(path, key), `only ${Object.keys(fields).join(' or ')}`)
      }
    }
    const result: Record<string, unknown> = {}
    for (const [key, column, reader] of entries) {
      const read = reader(value[column], below(path, column), context)
      if (read !== undefined) result[key] = read
    }
    return result as ObjectOf<F>
  }
}

/** An object that a caller passes, with these fields. Any other field is refused: it is a mistake, not something to drop. */
/* @__NO_SIDE_EFFECTS__ */
export function object<F extends Fields>(fields: F): Reader<ObjectOf<F>> {
  return row(fields, null)
}

/** An object of any keys with such values. */
/* @__NO_SIDE_EFFECTS__ */
export function record<T>(reader: Reader<T>): Reader<Record<string, T>> {
  return (value, path) => {
    if (!isObject(value)) throw new ShapeError(path, 'an object')
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [text()(key, path), reader(item, below(path, key))]),
    )
  }
}

/** The value as a `T`, or null when it is not one. */
export function readOrNull<T>(reader: Reader<T>, value: unknown, context?: unknown): T | null {
  try {
    return reader(value, '', context)
  } catch {
    return null
  }
}

/** What JSON can carry, every text in it whole, its keys as well. */
export const json: Reader<unknown> = (value, path) => {
  const read =
    typeof value === 'string'
      ? text()
      : Array.isArray(value)
        ? list(json)
        : isObject(value)
          ? record(json)
          : anything
  return read(value, path)
}

/** Anything. */
export const anything: Reader<unknown> = (value) => value
