import { loadModule, parseSync } from '@libpg-query/parser'

type Node = Record<string, unknown>

/** Objects as the seed map writes them (`table public.songs`), each with the relation that it goes down with. */
export type SchemaObjects = Map<string, string>

const text = (value: unknown): string => String((value as { String?: Node } | undefined)?.String?.sval ?? '')
const list = (value: unknown): Node[] => (Array.isArray(value) ? value : [])
const relation = (value: unknown): string => {
  const { schemaname = 'public', relname } = value as Node
  return `${schemaname}.${relname}`
}

/** The dotted name of a dropped object, whichever of its shapes the parser gives it. */
function names(object: Node): string[] {
  const parts = (object.List as Node)?.items ?? (object.ObjectWithArgs as Node)?.objname ?? [object]
  return list(parts).map(text)
}

const constraintEndings: Record<string, string> = {
  CONSTR_PRIMARY: 'pkey',
  CONSTR_UNIQUE: 'key',
  CONSTR_EXCLUSION: 'excl',
  CONSTR_FOREIGN: 'fkey',
  CONSTR_CHECK: 'check',
}
const indexed = new Set(['CONSTR_PRIMARY', 'CONSTR_UNIQUE', 'CONSTR_EXCLUSION'])

/** Adds a constraint and the index that it implies, under the name that PostgreSQL gives where none is written. */
function addConstraint(objects: SchemaObjects, table: string, constraint: Node, column?: string): void {
  const kind = String(constraint.contype)
  const ending = constraintEndings[kind]
  if (!ending) return
  const [schema, name] = table.split('.')
  const columns = column ? [column] : list(constraint.keys ?? constraint.fk_attrs).map(text)
  const parts = [name, ...(kind === 'CONSTR_PRIMARY' ? [] : columns), ending]
  const called = String(constraint.conname ?? parts.join('_'))
  objects.set(`constraint ${called} on ${table}`, table)
  if (indexed.has(kind)) objects.set(`index ${schema}.${called}`, table)
}

function addColumn(objects: SchemaObjects, table: string, column: Node): void {
  const name = String(column.colname)
  objects.set(`column ${table}.${name}`, table)
  for (const { Constraint } of list(column.constraints))
    addConstraint(objects, table, Constraint as Node, name)
}

function addTable(objects: SchemaObjects, body: Node): void {
  const table = relation(body.relation)
  objects.set(`table ${table}`, table)
  for (const { ColumnDef, Constraint } of list(body.tableElts)) {
    if (ColumnDef) addColumn(objects, table, ColumnDef as Node)
    if (Constraint) addConstraint(objects, table, Constraint as Node)
  }
}

/** The output names of a query; a `*` among them stays unknown. */
function outputNames(query: Node): string[] {
  if (query.larg) return outputNames(query.larg as Node)
  return list(query.targetList).flatMap(({ ResTarget }) => {
    const { name, val } = ResTarget as { name?: string; val?: Node }
    const last = text(list((val?.ColumnRef as Node)?.fields).at(-1))
    return name ?? (last || [])
  })
}

function addView(objects: SchemaObjects, view: string, query: unknown, aliases: unknown): void {
  objects.set(`view ${view}`, view)
  const given = list(aliases).map(text)
  for (const [at, name] of outputNames((query as { SelectStmt: Node }).SelectStmt ?? {}).entries()) {
    objects.set(`column ${view}.${given[at] ?? name}`, view)
  }
}

function addIndex(objects: SchemaObjects, body: Node): void {
  const table = relation(body.relation)
  const [schema, name] = table.split('.')
  const columns = list(body.indexParams).map(({ IndexElem }) => (IndexElem as Node).name ?? 'expr')
  objects.set(`index ${schema}.${body.idxname ?? [name, ...columns, 'idx'].join('_')}`, table)
}

function removeRelation(objects: SchemaObjects, gone: string): void {
  for (const [object, owner] of objects) if (owner === gone) objects.delete(object)
}

function alterTable(objects: SchemaObjects, body: Node): void {
  const table = relation(body.relation)
  for (const { AlterTableCmd } of list(body.cmds)) {
    const { subtype, name, def } = AlterTableCmd as {
      subtype: string
      name?: string
      def?: Record<string, Node>
    }
    if (subtype === 'AT_AddColumn') addColumn(objects, table, def?.ColumnDef ?? {})
    if (subtype === 'AT_AddConstraint') addConstraint(objects, table, def?.Constraint ?? {})
    if (subtype === 'AT_DropColumn') objects.delete(`column ${table}.${name}`)
    if (subtype === 'AT_DropConstraint') {
      objects.delete(`constraint ${name} on ${table}`)
      objects.delete(`index ${table.split('.')[0]}.${name}`)
    }
  }
}

const relationKinds = new Set(['OBJECT_TABLE', 'OBJECT_VIEW', 'OBJECT_MATVIEW'])

function drop(objects: SchemaObjects, body: Node): void {
  const kind = String(body.removeType)
  for (const object of list(body.objects)) {
    const parts = names(object)
    const name = parts.join('.')
    const table = parts.slice(0, -1).join('.')
    if (relationKinds.has(kind)) removeRelation(objects, name)
    if (kind === 'OBJECT_TRIGGER') objects.delete(`trigger ${parts.at(-1)} on ${table}`)
    if (kind === 'OBJECT_POLICY') objects.delete(`policy "${parts.at(-1)}" on ${table}`)
    for (const word of ['function', 'index', 'type', 'extension', 'schema']) {
      if (kind === `OBJECT_${word.toUpperCase()}`) objects.delete(`${word} ${name}`)
    }
  }
}

/** A new name for a relation, a column or a policy; what hangs on a renamed relation follows it. */
function rename(objects: SchemaObjects, body: Node): void {
  const [from, to] = [relation(body.relation ?? {}), String(body.newname)]
  const [schema] = from.split('.')
  const replace = (old: string, next: string) => {
    const owner = objects.get(old)
    if (owner === undefined) return
    objects.delete(old)
    objects.set(next, owner)
  }
  if (body.renameType === 'OBJECT_COLUMN') replace(`column ${from}.${body.subname}`, `column ${from}.${to}`)
  if (body.renameType === 'OBJECT_INDEX') replace(`index ${from}`, `index ${schema}.${to}`)
  if (body.renameType === 'OBJECT_POLICY')
    replace(`policy "${body.subname}" on ${from}`, `policy "${to}" on ${from}`)
  if (!relationKinds.has(String(body.renameType))) return
  for (const [object, owner] of [...objects]) {
    if (owner !== from) continue
    objects.delete(object)
    const moved = object.replace(new RegExp(`( )${from.replace('.', '\\.')}(?=\\.|$)`), `$1${schema}.${to}`)
    objects.set(moved, `${schema}.${to}`)
  }
}

function apply(objects: SchemaObjects, kind: string, body: Node): void {
  const on = () => relation(body.relation ?? body.table)
  const dotted = (value: unknown) => list(value).map(text).join('.')
  if (kind === 'CreateStmt') addTable(objects, body)
  if (kind === 'IndexStmt') addIndex(objects, body)
  if (kind === 'ViewStmt') addView(objects, relation(body.view), body.query, body.aliases)
  if (kind === 'CreateTableAsStmt') addView(objects, relation((body.into as Node).rel), body.query, undefined)
  if (kind === 'CreateFunctionStmt') objects.set(`function ${dotted(body.funcname)}`, '')
  if (kind === 'CreateEnumStmt') objects.set(`type ${dotted(body.typeName)}`, '')
  if (kind === 'CompositeTypeStmt') objects.set(`type ${relation(body.typevar)}`, '')
  if (kind === 'CreateExtensionStmt') objects.set(`extension ${body.extname}`, '')
  if (kind === 'CreateSchemaStmt') objects.set(`schema ${body.schemaname}`, '')
  if (kind === 'CreateTrigStmt') objects.set(`trigger ${body.trigname} on ${on()}`, on())
  if (kind === 'CreatePolicyStmt') objects.set(`policy "${body.policy_name}" on ${on()}`, on())
  if (kind === 'AlterTableStmt') alterTable(objects, body)
  if (kind === 'DropStmt') drop(objects, body)
  if (kind === 'RenameStmt') rename(objects, body)
}

/**
 * Everything that migrations, run in this order, leave behind: tables, columns (of views too), constraints, indexes
 * (also those that a constraint implies), views, functions, triggers, policies, types, extensions, schemas. What a
 * `do` block makes is not seen, nor that an index goes with its column.
 */
export async function schemaObjects(migrations: string[]): Promise<SchemaObjects> {
  await loadModule()
  const objects: SchemaObjects = new Map()
  for (const migration of migrations) {
    const { stmts } = parseSync(migration) as { stmts: { stmt: Node }[] }
    for (const { stmt } of stmts) {
      for (const [kind, body] of Object.entries(stmt)) apply(objects, kind, body as Node)
    }
  }
  return objects
}
