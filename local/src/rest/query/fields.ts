import { jsonKey, name, optionalName, Scanner } from './scanner.ts'
import type { Field, JsonStep, OrderTerm, Select, SelectedField, SelectedRelation } from './types.ts'

/** `select=id,author:users!inner(name)` */
export function parseSelect(text: string): Select {
  const scanner = new Scanner(text, 'select parameter')
  const select = selectList(scanner)
  scanner.end()
  return select
}

/** `columns=a,b` and `on_conflict=a,b` */
export function parseNames(text: string, subject: string): string[] {
  const scanner = new Scanner(text, `${subject} parameter`)
  const names: string[] = []
  do {
    scanner.skip()
    names.push(name(scanner))
    scanner.skip()
  } while (scanner.take(','))
  scanner.end()
  return [...new Set(names)]
}

/** `order=a.desc.nullslast,clients(name)` */
export function parseOrder(text: string): OrderTerm[] {
  const scanner = new Scanner(text, 'order')
  const terms: OrderTerm[] = []
  do {
    scanner.skip()
    terms.push(orderTerm(scanner))
    scanner.skip()
  } while (scanner.take(','))
  scanner.end()
  return terms
}

export function fieldOf(scanner: Scanner): Field {
  scanner.skip()
  const field = { name: name(scanner), path: jsonPath(scanner) }
  scanner.skip()
  return field
}

export function jsonPath(scanner: Scanner): JsonStep[] {
  const path: JsonStep[] = []
  for (;;) {
    const arrow = scanner.take('->>') ? '->>' : scanner.take('->') ? '->' : undefined
    if (!arrow) return path
    const index = scanner.match(/-?\d+(?=->|::|[.,)]|$)/y)
    path.push(
      index ? { arrow, key: index[0], isIndex: true } : { arrow, key: jsonKey(scanner), isIndex: false },
    )
  }
}

function selectList(scanner: Scanner): Select {
  const select: Select = { fields: [], relations: [] }
  scanner.skip()
  if (scanner.isDone || scanner.sees(')')) return select
  do {
    scanner.skip()
    selectItem(scanner, select)
    scanner.skip()
  } while (scanner.take(','))
  return select
}

function selectItem(scanner: Scanner, select: Select): void {
  if (scanner.take('...')) {
    select.relations.push(relation(scanner, name(scanner), undefined, true))
    return
  }
  if (scanner.match(/\*(?=[,)]|$)/y)) {
    select.fields.push({ name: '*', path: [] })
    return
  }
  const alias = aliasOf(scanner)
  if (scanner.take('count()')) {
    select.fields.push({ name: '*', path: [], alias, aggregate: 'count', aggregateCast: castOf(scanner) })
    return
  }
  const word = name(scanner)
  if (scanner.sees('!') || scanner.sees('(')) select.relations.push(relation(scanner, word, alias, false))
  else select.fields.push(selectedField(scanner, word, alias))
}

function aliasOf(scanner: Scanner): string | undefined {
  const start = scanner.at
  const alias = optionalName(scanner)
  if (alias !== undefined && scanner.match(/:(?!:)/y)) return alias
  scanner.at = start
  return undefined
}

function castOf(scanner: Scanner): string | undefined {
  if (!scanner.take('::')) return undefined
  return scanner.match(/[\p{L}\p{N}_ $]+/uy)?.[0].trim() ?? scanner.fail('letter or digit')
}

function selectedField(scanner: Scanner, word: string, alias: string | undefined): SelectedField {
  const path = jsonPath(scanner)
  const cast = castOf(scanner)
  const aggregate = scanner.match(/\.(sum|avg|count|max|min)\(\)/y)?.[1] as SelectedField['aggregate']
  const aggregateCast = aggregate && castOf(scanner)
  scanner.skip()
  if (!scanner.isDone && !scanner.sees(',') && !scanner.sees(')'))
    scanner.fail('"->>", "->", "::", ".", ")", "," or end of input')
  return { name: word, path, alias, cast, aggregate, aggregateCast }
}

function relation(
  scanner: Scanner,
  word: string,
  alias: string | undefined,
  isSpread: boolean,
): SelectedRelation {
  const found: SelectedRelation = { name: word, alias, isSpread, select: { fields: [], relations: [] } }
  for (let count = 0; count < 2 && scanner.take('!'); count++) {
    const join = scanner.match(/(inner|left)(?=[!(])/y)?.[1]
    if (join) found.join ??= join as 'inner' | 'left'
    else found.hint ??= name(scanner)
  }
  scanner.expect('(')
  found.select = selectList(scanner)
  scanner.expect(')')
  return found
}

function orderTerm(scanner: Scanner): OrderTerm {
  const first = fieldOf(scanner)
  const term: OrderTerm = { field: first }
  if (first.path.length === 0 && scanner.take('(')) {
    term.relation = first.name
    term.field = fieldOf(scanner)
    scanner.expect(')')
  }
  term.direction = scanner.match(/\.(asc|desc)(?=[.,]|$)/y)?.[1] as OrderTerm['direction']
  term.nulls = scanner.match(/\.(nullsfirst|nullslast)(?=,|$)/y)?.[1] as OrderTerm['nulls']
  scanner.skip()
  if (scanner.isDone || scanner.sees(',')) return term
  if (scanner.take('.'))
    scanner.fail(
      term.direction ? '"nullsfirst" or "nullslast"' : '"asc", "desc", "nullsfirst" or "nullslast"',
    )
  return scanner.fail('delimiter (.), "," or end of input')
}
