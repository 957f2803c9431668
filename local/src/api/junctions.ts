import type { Introspection } from './own-schema.ts'

/**
 * The catalogue for one request with embeds: a table that the request does not name can only serve as a junction, and
 * PostgREST takes it for one when its primary key holds the foreign keys. @supabase/lite takes any table with two.
 */
export function withoutFalseJunctions(catalogue: Introspection, url: URL): Introspection {
  if (!url.searchParams.get('select')?.includes('(')) return catalogue
  const words = [url.pathname, ...[...url.searchParams].flat()].join(' ')
  const named = new Set(words.match(/[\p{L}\p{N}_$]+/gu))
  const keys = new Map(catalogue.primary_keys.map(({ table, columns }) => [table, columns]))
  const views = new Set(catalogue.views.map(({ name }) => name))
  const isKept = (key: Introspection['foreign_keys'][number]) =>
    named.has(key.table) ||
    named.has(key.foreign_key_name ?? '') ||
    views.has(key.table) ||
    keys.get(key.table)?.includes(key.column) === true
  return { ...catalogue, foreign_keys: catalogue.foreign_keys.filter(isKept) }
}
