import { parseExactly } from './json.ts'
import type { Introspection } from './own-schema.ts'
import { rebuilt } from './rebuilt.ts'
import { type FieldsOf, isJsonType, toInput, typeOf, unrounded, type ValueType } from './values.ts'

type TypeOfKey = (key: string) => ValueType | undefined

/**
 * The request with every value of its JSON body in the form that PostgreSQL reads. Others are left as they are. A body that is
 * nested deeper than PostgreSQL parses is answered as it answers.
 */
export async function withTypedBody(request: Request, catalogue: Introspection): Promise<Request | Response> {
  if (!/^(POST|PUT|PATCH)$/.test(request.method) || !isJson(request)) return request
  const text = await request.text()
  if (isTooDeep(text)) return tooDeep()
  const body = parsed(text)
  const typed = typeof body === 'object' && body !== null ? retyped(request, body, catalogue) : undefined
  return rebuilt(request, { body: typed ?? text })
}

/** The request with long whole numbers in its filters as they were written, which @supabase/lite would round. */
export function withExactFilters(request: Request, catalogue: Introspection): Request {
  const url = new URL(request.url)
  if (!/\d{16}/.test(url.search)) return request
  const types = typesOfColumns(catalogue, decoded(url.pathname.slice(url.pathname.lastIndexOf('/') + 1)))
  for (const [key, value] of url.searchParams) {
    if (!['bigint', 'bigserial'].includes(types(key)?.name ?? '')) continue
    url.searchParams.set(key, value.replace(/(?<!\d|\d\.)\d+(?!\d|\.\d)/g, unrounded))
  }
  return rebuilt(request, { url })
}

function isJson(request: Request): boolean {
  const type = request.headers.get('content-type')
  return request.body !== null && (type === null || /^application\/(json|vnd\.pgrst)/.test(type))
}

/** PostgreSQL parses some thousands of levels. JavaScript runs out of stack in the same range. */
function isTooDeep(text: string): boolean {
  let depth = 0
  for (const [piece] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{\]}]/g)) {
    if (piece === '[' || piece === '{') depth++
    else if (piece === ']' || piece === '}') depth--
    if (depth > 1000) return true
  }
  return false
}

function tooDeep(): Response {
  const hint = 'Increase the configuration parameter "max_stack_depth".'
  return Response.json(
    { code: '54001', details: null, hint, message: 'stack depth limit exceeded' },
    { status: 500 },
  )
}

function parsed(text: string): unknown {
  try {
    return parseExactly(text)
  } catch {
    return undefined
  }
}

function retyped(request: Request, body: object, catalogue: Introspection): string | undefined {
  const [, isFunction, encoded = ''] =
    /\/rest\/v1\/(rpc\/)?([^/]+)$/.exec(new URL(request.url).pathname) ?? []
  const name = decoded(encoded)
  const types = isFunction
    ? typesOfArguments(catalogue, name, Object.keys(body))
    : typesOfColumns(catalogue, name)
  if (!types || (isFunction && Array.isArray(body))) return undefined
  const fieldsOf = fieldsIn(catalogue)
  const change = (row: unknown) =>
    typeof row !== 'object' || row === null
      ? row
      : Object.fromEntries(
          Object.entries(row).map(([key, value]) => {
            const type = types(key)
            if (!type) return [key, value]
            const input = toInput(value, type, fieldsOf)
            // For a column @supabase/lite parses the text of a JSON value once more.
            return [key, isJsonType(type) && !isFunction && value !== null ? JSON.stringify(input) : input]
          }),
        )
  return JSON.stringify(Array.isArray(body) ? body.map(change) : change(body))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function typesOfColumns(catalogue: Introspection, table: string): TypeOfKey {
  const types = new Map(
    catalogue.columns
      .filter((column) => column.table === table)
      .map((column): [string, ValueType] => [column.name, typeOfColumn(column)]),
  )
  return (key) => types.get(key)
}

/** The catalogue names an array by its entries alone; PostgreSQL's own name begins with a line. */
function typeOfColumn({ type, pg_type: internal }: Introspection['columns'][number]): ValueType {
  return internal?.startsWith('_') ? { name: internal.slice(1), isArray: true } : typeOf(type)
}

/** The one function that takes arguments of these names; undefined where only PostgreSQL can tell which is meant. */
function typesOfArguments(catalogue: Introspection, name: string, keys: string[]): TypeOfKey | undefined {
  const fits = (catalogue.functions ?? []).filter(
    ({ name: candidate, arg_names: names }) =>
      candidate === name && names.length > 0 && keys.every((key) => names.includes(key)),
  )
  const [only] = fits
  if (!only || fits.length > 1) return undefined
  return (key) => {
    const type = only.arg_types[only.arg_names.indexOf(key)]
    return type === undefined ? undefined : typeOf(type)
  }
}

/** The fields of a composite type. The row of every table is one as well. */
function fieldsIn({ custom_types: types, columns }: Introspection): FieldsOf {
  return ({ name, isArray }) => {
    if (isArray) return undefined
    const found = types?.find(({ type, kind }) => type === name && kind === 'composite')
    if (!found || !('fields' in found)) {
      const bare = name.replace(/^.*\./, '').replaceAll('"', '')
      const row = columns.filter(({ table }) => table === bare)
      return row.length > 0
        ? row.map((column) => ({ name: column.name, type: typeOfColumn(column) }))
        : undefined
    }
    return found.fields?.map((field) => ({ name: field.name, type: typeOf(field.type) }))
  }
}
