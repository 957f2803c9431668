/** One condition of a subscription: `column=op.value`, turned round by `not.`. */
export interface Filter {
  column: string
  op: string
  value: string
  negate: boolean
}

/** What a client asks for with `.on('postgres_changes', …)`. */
export interface Wanted {
  event: '*' | 'INSERT' | 'UPDATE' | 'DELETE'
  /** `*` is every schema, and every table. */
  schema: string
  table: string
  filters: Filter[]
  /** Undefined is every column. */
  select: string[] | undefined
}

const OPS = new Set([
  'eq',
  'neq',
  'lt',
  'lte',
  'gt',
  'gte',
  'in',
  'like',
  'ilike',
  'is',
  'match',
  'imatch',
  'isdistinct',
])

/** Reads what was asked for, or throws what the client is told. */
export function readWanted(params: Record<string, unknown>): Wanted {
  const { schema, table, filter } = params
  const select = readSelect(params.select)
  const event = eventOf(params.event)
  const isName = (value: unknown): value is string => typeof value === 'string'
  if (isName(schema) && isName(table) && (filter === undefined || isName(filter))) {
    if (select && (schema === '*' || table === '*')) {
      throw new Error(
        'Column selection is not supported for wildcard subscriptions. Provide an explicit schema and table name.',
      )
    }
    return { event, schema, table, filters: readFilters(filter ?? ''), select }
  }
  if (isName(schema) && table === undefined && filter === undefined)
    return { event, schema, table: '*', filters: [], select: undefined }
  if (isName(table) && schema === undefined && filter === undefined)
    return { event, schema: 'public', table, filters: [], select }
  throw new Error(
    `No subscription params provided. Please provide at least a \`schema\` or \`table\` to subscribe to: ${JSON.stringify(params)}`,
  )
}

function eventOf(event: unknown): Wanted['event'] {
  const name = typeof event === 'string' ? event.toUpperCase() : ''
  return name === 'INSERT' || name === 'UPDATE' || name === 'DELETE' ? name : '*'
}

function readSelect(select: unknown): string[] | undefined {
  if (typeof select === 'string') {
    throw new Error(
      'Error parsing `select` params: expected a list of column name strings, e.g. select: ["col1", "col2"]',
    )
  }
  const names = Array.isArray(select) ? select.filter((name) => typeof name === 'string') : []
  return names.length > 0 ? names : undefined
}

/** Conditions with commas between them, all of which must hold. */
function readFilters(text: string): Filter[] {
  if (text.trim() === '') return []
  return splitAtCommas(text.trim()).map((segment) => {
    try {
      return readFilter(segment.trim())
    } catch (error) {
      throw new Error(`Error parsing \`filter\` params: ${(error as Error).message}`)
    }
  })
}

function readFilter(segment: string): Filter {
  if (segment === '') throw new Error('filter must not contain empty segments (check for extra commas)')
  const equals = segment.indexOf('=')
  if (equals < 0) throw new Error(JSON.stringify([segment]))
  const rest = segment.slice(equals + 1)
  const negate = rest.startsWith('not.')
  const condition = negate ? rest.slice(4) : rest
  const dot = condition.indexOf('.')
  if (dot < 0) throw new Error(JSON.stringify([condition]))
  const op = condition.slice(0, dot)
  const value = condition.slice(dot + 1)
  if (!OPS.has(op)) throw new Error(`["${op}", "${value}"]`)
  if (op !== 'in') return { column: segment.slice(0, equals), op, value: unquoted(value), negate }
  if (!/^\(.*\)$/s.test(value)) throw new Error('`in` filter value must be wrapped by parentheses')
  return { column: segment.slice(0, equals), op, value: `{${value.slice(1, -1)}}`, negate }
}

/** Commas in parentheses and in quotes belong to a value. */
function splitAtCommas(text: string): string[] {
  const parts: string[] = []
  let part = ''
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string
    if (quoted) {
      part += char
      if (char === '\\') part += text[++at] ?? ''
      if (char === '"') quoted = false
      continue
    }
    if (char === ',' && depth === 0) {
      parts.push(part)
      part = ''
      continue
    }
    if (char === '"' && /[.(,]$/.test(part)) quoted = true
    if (char === '(') depth += 1
    if (char === ')') depth = Math.max(0, depth - 1)
    part += char
  }
  return [...parts, part]
}

function unquoted(value: string): string {
  const [, content] = /^"((?:[^"\\]|\\.)*)"$/s.exec(value) ?? []
  return content === undefined ? value : content.replace(/\\(.)/gs, '$1')
}

/** As the platform's messages name what was asked for. */
export function describe({ event, schema, table, filters, select }: Wanted): string {
  const conditions = filters.map(
    ({ column, op, value, negate }) => `{"${column}", "${op}", "${value}", ${negate}}`,
  )
  const columns = select ? JSON.stringify(select) : 'nil'
  return `[event: ${event}, schema: ${schema}, table: ${table}, filters: [${conditions.join(', ')}], select: ${columns}]`
}
