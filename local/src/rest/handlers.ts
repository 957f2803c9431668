import type { Handlers } from './media.ts'
import type { Query } from './query/types.ts'
import type { Routine, Schema, Table } from './schema/types.ts'

/** The media types that the project adds for the rows of a relation, or for what a function answers. */
export function handlersOf(
  schema: Schema,
  { select }: Query,
  { table, routine }: { table?: Table; routine?: Routine },
): Handlers {
  const [field, ...more] = select.fields
  const isWhole =
    select.relations.length === 0 && more.length === 0 && field?.name === '*' && !field.aggregate
  const ofValue = isWhole && routine?.media && !routine.returnsRows ? routine : undefined
  const aggregate = (media: string, rowsOf: Table | undefined) => {
    const relation = rowsOf?.id ?? null
    const found = schema.handlers.find((one) => one.media === media && one.relation === relation)
    if (!found) return undefined
    const { returnsBytes: isBytes } = found
    return { media, form: { kind: 'raw' as const, isStripped: false, aggregate: found, rowsOf, isBytes } }
  }
  const own = (media: string) => {
    if (ofValue?.media === media) {
      const { returnsBytes } = ofValue
      return { media, form: { kind: 'raw' as const, isStripped: false, isBytes: returnsBytes } }
    }
    return isWhole && table ? aggregate(media, table) : undefined
  }
  return (type) => {
    // The types of PostgREST itself cannot be replaced.
    if (type.startsWith('application/vnd.pgrst.')) return undefined
    return own('*/*') ?? own(type) ?? (type === '*/*' ? undefined : aggregate(type, undefined))
  }
}
