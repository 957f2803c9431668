import { parseCondition, parseLogic, parsePath } from './conditions.ts'
import { parseNames, parseOrder, parseSelect } from './fields.ts'
import type { At, Query } from './types.ts'

/** The parameters of a request. `isCall`: those that are no filters are arguments of a function. */
export function parseQuery(search: URLSearchParams, isCall: boolean): Query {
  const query: Query = {
    select: parseSelect(search.get('select') || '*'),
    filters: [],
    logic: [],
    order: [],
    limits: [],
    offsets: [],
    columns: search.has('columns') ? parseNames(search.get('columns') ?? '', 'columns') : undefined,
    onConflict: search.has('on_conflict')
      ? parseNames(search.get('on_conflict') ?? '', 'on_conflict')
      : undefined,
    params: [],
    canonical: canonicalOf(search),
  }
  for (const [key, value] of search) addParameter(query, key, value, isCall)
  return query
}

function addParameter(query: Query, key: string, value: string, isCall: boolean): void {
  if (['select', 'columns', 'on_conflict', ''].includes(key)) return
  const path = key.split('.').slice(0, -1)
  const at = <T>(value: T): At<T> => ({ path, value })
  switch (key.slice(key.lastIndexOf('.') + 1)) {
    case 'order':
      query.order.push(at(parseOrder(value)))
      return
    case 'limit':
    case 'offset': {
      const number = /^-?\d+$/.test(value) ? Number(value) : undefined
      if (number !== undefined) (key.endsWith('limit') ? query.limits : query.offsets).push(at(number))
      return
    }
    case 'and':
    case 'or': {
      const { path: of, logic } = parseLogic(key, value)
      query.logic.push({ path: of, value: logic })
      return
    }
  }
  const condition = parseCondition(value, isCall)
  if (!condition) {
    query.params.push([key, value])
    return
  }
  const { path: of, field } = parsePath(key)
  query.filters.push({ path: of, value: { field, condition } })
}

function canonicalOf(search: URLSearchParams): string {
  return [...search]
    .sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join('&')
}
