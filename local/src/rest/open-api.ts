import { apiError } from './errors.ts'
import type { Exchange } from './exchange.ts'
import type { Column, Routine, Table } from './schema/types.ts'
import { literal, tableName } from './sql/text.ts'

/** The description of the API at its root: what the caller may use, as Swagger 2.0. */
export async function openApi({
  request,
  schema,
  schemaName,
  context,
  database,
}: Exchange): Promise<Response> {
  if (!/^(GET|HEAD)$/.test(request.method))
    throw apiError(405, 'PGRST117', `Unsupported HTTP method: ${request.method}`)
  const own = <T extends { schema: string }>(list: T[]) => list.filter((entry) => entry.schema === schemaName)
  const tables = own(schema.tables)
  const allowed = await database.run({ ...context, isReadOnly: true }, async (run) => {
    const rights = `'select, insert, update, delete'`
    const list = tables.map((table) => literal(tableName(table))).join(', ')
    const rows = await run(
      `select name from unnest(array[${list}]::text[]) as name
      where has_table_privilege(name, ${rights}) or has_any_column_privilege(name, 'select, insert, update')`,
      [],
    )
    return new Set(rows.map(({ name }) => name))
  })
  const shown = tables.filter((table) => allowed.has(tableName(table)))
  const routines = own(schema.allRoutines)
  const body = {
    swagger: '2.0',
    info: { title: 'standard public schema', description: '', version: '14' },
    basePath: '/',
    schemes: ['http'],
    consumes: TYPES,
    produces: TYPES,
    paths: {
      '/': { get: { tags: ['Introspection'], responses: { 200: { description: 'OK' } } } },
      ...Object.fromEntries(shown.map((table) => [`/${table.name}`, pathOf(table)])),
      ...Object.fromEntries(routines.map((routine) => [`/rpc/${routine.name}`, callOf(routine)])),
    },
    definitions: Object.fromEntries(shown.map((table) => [table.name, definitionOf(table)])),
  }
  return new Response(request.method === 'HEAD' ? null : JSON.stringify(body), {
    headers: { 'content-type': 'application/openapi+json; charset=utf-8' },
  })
}

const TYPES = [
  'application/json',
  'application/vnd.pgrst.object+json;nulls=stripped',
  'application/vnd.pgrst.object+json',
  'text/csv',
]

function pathOf({ name }: Table) {
  const operation = (description: string) => ({ tags: [name], responses: { 200: { description } } })
  return {
    get: operation('OK'),
    post: operation('Created'),
    delete: operation('No Content'),
    patch: operation('No Content'),
  }
}

function callOf({ name, parameters }: Routine) {
  const properties = Object.fromEntries(
    parameters.map((parameter) => [parameter.name, typeOf(parameter.type)]),
  )
  const required = parameters.filter((parameter) => parameter.required).map((parameter) => parameter.name)
  const args = { in: 'body', name: 'args', required: true, schema: { type: 'object', required, properties } }
  return { post: { tags: [`(rpc) ${name}`], parameters: [args], responses: { 200: { description: 'OK' } } } }
}

function definitionOf({ columns, primaryKey }: Table) {
  const required = columns.filter(({ default: value, name }) => value === null && primaryKey.includes(name))
  return {
    type: 'object',
    required: required.map(({ name }) => name),
    properties: Object.fromEntries(
      columns.map((column) => [column.name, propertyOf(column, primaryKey.includes(column.name))]),
    ),
  }
}

function propertyOf(column: Column, isKey: boolean) {
  return { ...typeOf(column.type), ...(isKey ? { description: 'Note:\nThis is a Primary Key.<pk/>' } : {}) }
}

function typeOf(type: string): { type?: string; format: string; items?: object } {
  if (type.endsWith('[]'))
    return { type: 'array', format: type, items: { type: typeOf(type.slice(0, -2)).type } }
  if (/^(smallint|integer|bigint)/.test(type)) return { type: 'integer', format: type }
  if (/^(numeric|real|double)/.test(type)) return { type: 'number', format: type }
  if (/^boolean/.test(type)) return { type: 'boolean', format: type }
  return /^jsonb?$/.test(type) ? { format: type } : { type: 'string', format: type }
}
