import { isExactNumber } from './json.ts'

/** A type as the catalogue names it. */
export interface ValueType {
  name: string
  isArray: boolean
}

/** The fields of a composite type; undefined for every other type. */
export type FieldsOf = (type: ValueType) => { name: string; type: ValueType }[] | undefined

/** 'shop.pair[]' → the type `pair` in an array. */
export function typeOf(name: string): ValueType {
  const bare = name.slice(name.lastIndexOf('.') + 1)
  const isArray = bare.endsWith('[]')
  return { name: (isArray ? bare.slice(0, -2) : bare).replaceAll('"', ''), isArray }
}

/**
 * A value of a JSON body as PostgREST hands it to PostgreSQL, which turns text into the type or refuses it.
 * (@supabase/lite's driver turns it by itself: a text "true" into false, a list of one into its entry.)
 */
export function toInput(value: unknown, type: ValueType, fieldsOf: FieldsOf): unknown {
  if (value === null || value === undefined) return value
  if (isJsonType(type)) return JSON.stringify(value)
  if ((isExactNumber(value) || typeof value === 'string') && isWideNumber(type))
    return unrounded(isExactNumber(value) ? value.rawJSON : value)
  if (Array.isArray(value) && type.isArray) return toText(value, type, fieldsOf)
  if (typeof value === 'string') return value
  if (typeof value === 'number' && type.name !== 'boolean' && type.name !== 'bool') return value
  if (typeof value === 'boolean' && (type.name === 'boolean' || type.name === 'bool') && !type.isArray)
    return value
  return toText(value, type, fieldsOf)
}

const isWideNumber = ({ name, isArray }: ValueType) =>
  !isArray && ['bigint', 'bigserial', 'numeric', 'int8'].includes(name)

/**
 * '9007199254740993' → '9_007199254740993': PostgreSQL reads both, and @supabase/lite does not take the second for a
 * number, which it would round.
 */
export function unrounded(digits: string): string {
  const isLong = /^[+-]?\d+(\.\d+)?$/.test(digits) && digits.replace(/^[+-]?0*|\./g, '').length > 15
  return isLong ? digits.replace(/\d(?=\d)/, '$&_') : digits
}

export const isJsonType = ({ name, isArray }: ValueType) => !isArray && (name === 'json' || name === 'jsonb')

function toText(value: unknown, type: ValueType, fieldsOf: FieldsOf): string {
  if (typeof value === 'string') return value
  if (isExactNumber(value)) return value.rawJSON
  if (isJsonType(type)) return JSON.stringify(value)
  if (type.isArray && Array.isArray(value)) {
    const element = { ...type, isArray: false }
    // A list in a list is a further dimension of the same array.
    return `{${value.map((entry) => (Array.isArray(entry) && !isJsonType(element) ? toText(entry, type, fieldsOf) : quoted(entry, element, fieldsOf, 'NULL'))).join(',')}}`
  }
  const fields = isRecord(value) ? fieldsOf(type) : undefined
  if (fields && isRecord(value)) {
    return `(${fields.map((field) => quoted(value[field.name], field.type, fieldsOf, '')).join(',')})`
  }
  return JSON.stringify(value)
}

function quoted(value: unknown, type: ValueType, fieldsOf: FieldsOf, nothing: string): string {
  if (value === null || value === undefined) return nothing
  return `"${toText(value, type, fieldsOf).replace(/["\\]/g, '\\$&')}"`
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value)
}
