import { describe, expect, test } from 'vitest'
import * as shape from '../../src/core/shape.ts'

const read = <T>(reader: shape.Reader<T>, value: unknown) => reader(value, '')
const complaint = (reader: shape.Reader<unknown>, value: unknown) => {
  try {
    reader(value, '')
  } catch (error) {
    if (error instanceof shape.ShapeError) return `${error.path}: ${error.message}`
    throw error
  }
  return null
}

const person = shape.object({
  name: shape.text({ pattern: /^.{0,5}$/, expected: 'up to five' }),
  age: shape.optional(shape.integer(0, 150)),
  tags: shape.withDefault(shape.list(shape.text()), []),
  kind: shape.oneOf('reader', 'writer'),
})

describe('an object', () => {
  test('is read field by field', () => {
    expect(read(person, { name: 'Ana', kind: 'reader' })).toEqual({ name: 'Ana', tags: [], kind: 'reader' })
  })

  test.each([
    [{ name: 'Ana', kind: 'x' }, 'kind: expected reader or writer'],
    [{ name: 'Anastasia', kind: 'reader' }, 'name: expected up to five'],
    [{ name: 'Ana', kind: 'reader', age: 1.5 }, 'age: expected a whole number from 0 to 150'],
    [{ name: 'Ana', kind: 'reader', tags: ['a', 2] }, 'tags.1: expected text'],
    [{ kind: 'reader' }, 'name: expected up to five'],
    [[], ': expected an object'],
    [null, ': expected an object'],
  ])('%j is told where it is wrong', (value, expected) => {
    expect(complaint(person, value)).toBe(expected)
  })

  test('with a field that it does not know is refused, inherited names included', () => {
    const reader = shape.object({ a: shape.optional(shape.flag), b: shape.optional(shape.flag) })
    expect(read(reader, { a: true })).toEqual({ a: true })
    expect(complaint(reader, { c: 1 })).toBe('c: expected only a or b')
    expect(complaint(reader, { c: undefined })).toBe('c: expected only a or b')
    expect(complaint(reader, JSON.parse('{"__proto__": 1}'))).toBe('__proto__: expected only a or b')
    expect(complaint(reader, { constructor: 1 })).toBe('constructor: expected only a or b')
  })
})

test('an answer may have fields that are not known: they are left out', () => {
  const reader = shape.row({ createdAt: shape.text(), capo: shape.integer() }, { capo: 'capo_fret' })
  expect(read(reader, { created_at: 'now', capo_fret: 2, extra: 1 })).toEqual({ createdAt: 'now', capo: 2 })
})

test('a record does not touch prototypes', () => {
  const value = read(shape.record(shape.anything), JSON.parse('{"__proto__": {"polluted": true}, "a": 1}'))
  expect(Object.keys(value)).toEqual(['__proto__', 'a'])
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

test('a tuple has its length', () => {
  const reader = shape.tuple(shape.text(), shape.nullable(shape.integer()))
  expect(read(reader, ['a', null])).toEqual(['a', null])
  expect(complaint(reader, ['a'])).toBe(': expected a list of 2')
})
