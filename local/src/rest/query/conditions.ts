import { fieldOf, jsonPath } from './fields.ts'
import { name, quoted, Scanner } from './scanner.ts'
import type { Condition, Field, Logic } from './types.ts'

const COMPARING = 'eq|gte|gt|lte|lt|like|ilike|match|imatch'
const OTHER = 'neq|cs|cd|ov|sl|sr|nxr|nxl|adj|isdistinct'
const SEARCHING = 'fts|plfts|phfts|wfts'
const OPERATOR = new RegExp(
  `(?:(${COMPARING})(?:\\((any|all)\\))?|(${SEARCHING})(?:\\(([\\p{L}\\p{N}_ $]+)\\))?|(${OTHER}|in|is))(?=\\.)`,
  'uy',
)

/** The names that lead to a relation, and the column: `clients.projects.data->a`. */
export function parsePath(text: string): { path: string[]; field: Field } {
  const scanner = new Scanner(text, 'tree path')
  const names = [name(scanner)]
  while (scanner.take('.')) names.push(name(scanner))
  const path = jsonPath(scanner)
  scanner.end()
  return { path: names.slice(0, -1), field: { name: names.at(-1) ?? '', path } }
}

/** `eq.1`; undefined where `isOptional` allows what is none. */
export function parseCondition(text: string, isOptional: boolean): Condition | undefined {
  const scanner = new Scanner(text, 'filter')
  if (isOptional && !isCondition(text)) return undefined
  const condition = conditionOf(scanner, () => {
    const value = text.slice(scanner.at)
    scanner.at = text.length
    return value
  })
  return condition
}

/** `or=(a.eq.1,and(b.gt.2,c.is.null))`: the key is `or`, `and`, `not.or` or `not.and`, with the path of a relation. */
export function parseLogic(key: string, text: string): { path: string[]; logic: Logic } {
  const names = new Scanner(key, 'logic path')
  const words = [name(names)]
  while (names.take('.')) words.push(name(names))
  const operator = words.pop() ?? ''
  const isNegated = words.at(-1) === 'not'
  if (isNegated) words.pop()
  const scanner = new Scanner(`${isNegated ? 'not.' : ''}${operator}${text}`, 'logic tree')
  const logic = logicOf(scanner)
  scanner.end()
  return { path: words, logic }
}

function isCondition(text: string): boolean {
  const scanner = new Scanner(text, 'filter')
  scanner.take('not.')
  return scanner.match(OPERATOR) !== undefined
}

function conditionOf(scanner: Scanner, readValue: () => string): Condition {
  const isNegated = scanner.take('not.')
  const found = scanner.match(OPERATOR)
  if (!found) return scanner.fail(isNegated ? 'operator (eq, gt, ...)' : '"not" or operator (eq, gt, ...)')
  const [, comparing, quantifier, searching, language, other] = found
  const operator = comparing ?? searching ?? other ?? ''
  scanner.expect('.')
  const base = { isNegated, operator, quantifier: quantifier as Condition['quantifier'], language }
  if (operator === 'in') return { ...base, value: listOf(scanner) }
  if (operator === 'is') return { ...base, value: isValue(scanner) }
  return { ...base, value: readValue() }
}

function isValue(scanner: Scanner): string {
  const found = scanner.match(/not_null|null|true|false|unknown/iy)
  return found?.[0].toLowerCase() ?? scanner.fail('isVal: (null, not_null, true, false, unknown)')
}

function listOf(scanner: Scanner): string[] {
  scanner.skip()
  scanner.expect('(')
  scanner.skip()
  const values: string[] = []
  do values.push(listed(scanner) ?? scanner.match(/[^,)]*/y)?.[0] ?? '')
  while (scanner.take(','))
  scanner.skip()
  scanner.expect(')')
  scanner.skip()
  return values
}

/** A value in quotes, unless something follows the closing one. */
function listed(scanner: Scanner): string | undefined {
  const start = scanner.at
  const value = quoted(scanner)
  if (value !== undefined && (scanner.isDone || scanner.sees(',') || scanner.sees(')'))) return value
  scanner.at = start
  return undefined
}

function logicOf(scanner: Scanner): Logic {
  scanner.skip()
  const isNegated = scanner.take('not.')
  const operator = scanner.match(/(and|or)(?=[ \t]*\()/y)?.[1] as 'and' | 'or' | undefined
  if (operator) {
    scanner.skip()
    scanner.expect('(')
    const parts: Logic[] = []
    do parts.push(logicOf(scanner))
    while (scanner.take(','))
    scanner.expect(')')
    scanner.skip()
    return { isNegated, operator, parts }
  }
  if (isNegated) scanner.fail('logic operator (and, or)')
  const field = fieldOf(scanner)
  scanner.expect('.')
  const condition = conditionOf(
    scanner,
    () => listed(scanner) ?? scanner.match(/\{[^{}]*\}/y)?.[0] ?? scanner.match(/[^,)]*/y)?.[0] ?? '',
  )
  scanner.skip()
  return { field, condition }
}
