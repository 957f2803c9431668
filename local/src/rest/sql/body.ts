import { ident, literal, type Params } from './text.ts'

/** A column or argument that is read from the body. */
export interface BodyField {
  name: string
  type: string
  default?: string | null
}

interface BodyOptions {
  text: string
  fields: BodyField[]
  /** What the body leaves out gets the default of its column, not null. */
  withDefaults: boolean
  /** One row, also of a list. */
  isSingle?: boolean
}

/** `from … body`: the rows of a JSON body, each value read by PostgreSQL as the type of its column. */
export function bodySql({ text, fields, withDefaults, isSingle }: BodyOptions, params: Params): string {
  const isObject = /^\s*\{/.test(text)
  const json = withDefaults ? 'jsonb' : 'json'
  const payload = `${params.add(text)}::${json}`
  const rows = withDefaults ? withDefaultsSql(payload, fields, isObject) : payload
  if (fields.length === 0)
    return `from ${isObject ? '(values (1))' : `${json}_array_elements(${rows})`} as pgrst_body`
  const typed = fields.map(({ name, type }) => `${ident(name)} ${type}`).join(', ')
  const read = `${json}_to_record${isObject ? '' : 'set'}(${rows}) as _(${typed})`
  return `from (select * from ${read}${isSingle ? ' limit 1' : ''}) as pgrst_body`
}

function withDefaultsSql(payload: string, fields: BodyField[], isObject: boolean): string {
  const defaults = fields.flatMap((field) =>
    field.default ? [`${literal(field.name)}, ${field.default}`] : [],
  )
  const base = `jsonb_build_object(${defaults.join(', ')})`
  if (isObject) return `${base} || ${payload}`
  return `(select coalesce(jsonb_agg(${base} || entry), '[]') from jsonb_array_elements(${payload}) as entry)`
}
