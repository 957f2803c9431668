import type { createPostgresConnection } from '@supabase/lite/postgres'

export type Introspection = Awaited<ReturnType<ReturnType<typeof createPostgresConnection>['introspect']>>

export interface Relation {
  schema: string
  name: string
}

export interface Relations {
  keys: { name: string; from: Relation; to: Relation }[]
  /** Every relation that a view reads, also through other views. */
  views: { view: Relation; base: Relation }[]
}

/**
 * The catalogue of one exposed schema. @supabase/lite compares bare names, so a table of `auth`, `storage` or `realtime`
 * would get mixed up with one of the project that has its name.
 */
export function ownSchema(everything: Introspection, relations: Relations, schema: string): Introspection {
  const own = (entry: { schema?: string | null }) => (entry.schema ?? 'public') === schema
  const isReal = foreignKeyTest(relations, schema)
  return {
    ...everything,
    default_schema: schema,
    tables: everything.tables.filter(own),
    columns: everything.columns.filter(own),
    indexes: everything.indexes.filter(own),
    primary_keys: everything.primary_keys.filter(own),
    foreign_keys: everything.foreign_keys.filter((key) => own(key) && isReal(key)),
    views: everything.views.filter(own),
    triggers: everything.triggers.filter(own),
    functions: everything.functions?.filter(own),
    check_constraints: everything.check_constraints.filter(own),
    unique_constraints: everything.unique_constraints.filter(own),
    comments: everything.comments.filter(own),
    partitions: everything.partitions?.filter(own),
  }
}

/** Tells a foreign key between two relations of the schema, tables or views on them, from one that only looks so. */
function foreignKeyTest({ keys, views }: Relations, schema: string) {
  const nameOf = (relation: Relation) => JSON.stringify([relation.schema, relation.name])
  const bases = new Map<string, Set<string>>()
  for (const { view, base } of views) {
    const known = bases.get(nameOf(view)) ?? new Set()
    bases.set(nameOf(view), known.add(nameOf(base)))
  }
  const stands = (name: string, table: Relation) => {
    const relation = nameOf({ schema, name })
    return relation === nameOf(table) || bases.get(relation)?.has(nameOf(table)) === true
  }
  const byName = new Map<string, Relations['keys']>()
  for (const key of keys) byName.set(key.name, [...(byName.get(key.name) ?? []), key])
  return (key: { foreign_key_name?: string; table: string; ref_table: string }) =>
    (byName.get(key.foreign_key_name ?? '') ?? []).some(
      ({ from, to }) => stands(key.table, from) && stands(key.ref_table, to),
    )
}
