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
  name: shape.text({ max: 5 }),
  age: shape.optional(shape.integer(0, 150)),
  tags: shape.withDefault(shape.list(shape.text()), []),
  kind: shape.oneOf('reader', 'writer'),
})

describe('an object', () => {
  test('is read field by field; what it does not name is left out', () => {
    expect(read(person, { name: 'Ana', kind: 'reader', extra: 1 })).toEqual({
      name: 'Ana',
      tags: [],
      kind: 'reader',
    })
  })

  test.each([
    [{ name: 'Ana', kind: 'x' }, 'kind: expected reader or writer'],
    [{ name: 'Anastasia', kind: 'reader' }, 'name: expected at most 5 characters'],
    [{ name: 'Ana', kind: 'reader', age: 1.5 }, 'age: expected a whole number from 0 to 150'],
    [{ name: 'Ana', kind: 'reader', tags: ['a', 2] }, 'tags.1: expected text'],
    [{ kind: 'reader' }, 'name: expected text'],
    [[], ': expected an object'],
    [null, ': expected an object'],
  ])('%j is told where it is wrong', (value, expected) => {
    expect(complaint(person, value)).toBe(expected)
  })

  test('read exactly refuses what it does not know, inherited names included', () => {
    const reader = shape.exactly({ a: shape.optional(shape.flag) })
    expect(read(reader, { a: true })).toEqual({ a: true })
    expect(complaint(reader, { b: 1 })).toBe('b: expected no such field')
    expect(complaint(reader, JSON.parse('{"__proto__": 1}'))).toBe('__proto__: expected no such field')
    expect(complaint(reader, { constructor: 1 })).toBe('constructor: expected no such field')
  })
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
