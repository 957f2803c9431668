import { avatarBucket } from '../core/avatar.ts'
import { isObject, toColumn } from '../core/shape.ts'

/**
 * A value as the database writes it in format 1, so that what is kept is read, and checked, by what reads answers. It is the reverse of
 * that reading.
 */
export function toWire(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toWire)
  if (value instanceof Date) return value.toISOString()
  if (!isObject(value)) return value
  // A participant.
  if ('avatarUrl' in value) {
    const { id, avatarUrl, ...rest } = value
    const path = decodeURI(String(avatarUrl)).split(`/${avatarBucket}/`)[1]
    return toWire({ ...rest, userId: id, avatarPath: path ?? null })
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [toColumn(key), key === 'metadata' ? item : toWire(item)]),
  )
}
